// What one network shows on the screen "The loop as a map": its curves, and what they say in words.
//
// A *curve* is one run: { name, points, values }. `points` are states, and `values` the outputs
// that are read from them, in data units. A run that is fed with true values has the true ones.

import { filled, number } from "./dom.js";
import { distance, LoopMap } from "./loop_map_numbers.js";

const EDGE = 0.99; // a start lies inside the square
const REACHED = 0.03; // a state so close to the cycle is on it
const ROUNDS = 4; // how many rounds a path lasts
const [FEWEST, MOST] = [60, 240]; // steps of a path
const IN_STEP = 0.5; // degrees per cycle: a loop that is so close keeps the rhythm
const ANOTHER = 0.3; // a period so far from that of the data is another rhythm

export function sceneOf(described, labels) {
  return described.plane ? new PlaneScene(described, labels) : new MapScene(described, labels);
}

class MapScene {
  constructor(described, labels) {
    this.labels = labels;
    this.about = described.about;
    this.period = described.period; // of the data, in steps; null without a cycle
    this.movable = true;
    this.map = new LoopMap(described.network);
    const { center, scale } = described.network;
    const [level, size] = this.map.network.scaleOf(described.context);
    this.inDataUnits = (value) => (value * size + level) * scale + center;
    this.fixed = this.map.fixedPoints();
    this.ends = this.map.attractors(this.fixed);
    const turns = Math.max(...this.ends.map(({ round }) => round ?? 0), this.period ?? 0) || 0;
    this.last = Math.round(Math.min(Math.max(ROUNDS * turns, FEWEST), MOST));
    const window = described.context.map((value) => (value - level) / size);
    this.setStart(described.start ?? this.map.network.encode(window)[0].h);
  }

  get bounds() {
    return [[-1, 1], [-1, 1]];
  }

  setStart(h) {
    this.start = Array.from(h, (value) => Math.max(-EDGE, Math.min(EDGE, value)));
    const points = this.map.path(this.start, this.last);
    const values = points.map((point) => this.inDataUnits(this.map.output(point)));
    this.curves = [{ name: "free", points, values }];
    this.reached = points.findIndex((point) => this.ends.some((end) => near(end, point)));
  }

  // Arrows from a grid of states to the states one step later: [from, to].
  arrows(count) {
    const at = (k) => -1 + (2 * k + 1) / count;
    return Array.from({ length: count ** 2 }, (_, k) => {
      const from = Float64Array.of(at(k % count), at(Math.floor(k / count)));
      return [from, this.map.next(from)];
    });
  }

  reading(step) {
    const [{ points, values }] = this.curves;
    const [h1, h2] = points[step];
    const given = { step, h1: number(h1, 2), h2: number(h2, 2), output: number(values[step]) };
    return filled(this.labels.reading, given);
  }

  facts() {
    const { labels } = this;
    const facts = this.fixed.map(({ h, kind, factor }) => filled(labels.fixed, {
      h1: number(h[0]), h2: number(h[1]), kind: labels.kinds[kind], factor: number(factor),
    }));
    if (!facts.length) facts.push(labels.no_fixed);
    if (this.ends.length > 1) facts.push(filled(labels.several, { count: this.ends.length }));
    for (const end of this.ends) {
      if (end.point) facts.push(labels.ends_at_point);
      else facts.push(filled(labels.cycle, this.range(end)));
    }
    if (this.reached < 0) facts.push(filled(labels.not_reached, { steps: this.last }));
    else facts.push(this.reached ? filled(labels.reached, { steps: this.reached }) : labels.already);
    return facts;
  }

  range({ round, low, high }) {
    const [a, b] = [low, high].map(this.inDataUnits);
    return { round: number(round), low: number(Math.min(a, b)), high: number(Math.max(a, b)) };
  }

  // What the numbers say about the forecast: whether the cycle keeps the rhythm of the data.
  explanation() {
    const { labels, period } = this;
    const parts = this.fixed.filter(({ stable }) => !stable).slice(0, 1).map(({ factor }) =>
      filled(labels.grows, { factor: number(factor), after: number(factor ** 10) }));
    const cycle = this.ends.find(({ point }) => !point);
    if (!cycle) parts.push(labels.dies);
    else if (period) {
      const given = { round: number(cycle.round, 4), period: number(period, 4) };
      const degrees = 360 * (period / cycle.round - 1);
      const text = Math.abs(period / cycle.round - 1) > ANOTHER ? labels.another
        : Math.abs(degrees) < IN_STEP ? labels.in_step : degrees > 0 ? labels.ahead : labels.behind;
      parts.push(filled(text, { ...given, degrees: number(Math.abs(degrees), 2) }));
    }
    return parts.join(" ");
  }
}

class PlaneScene {
  constructor({ about, plane }, labels) {
    this.labels = labels;
    this.about = about;
    this.movable = false;
    this.share = plane.share;
    this.curves = [
      { name: "true", points: plane.fed, values: plane.truth },
      { name: "free", points: plane.free, values: plane.values },
    ];
    this.last = plane.fed.length - 1;
    this.fixed = [];
    this.ends = [];
  }

  // One scale for both axes, so that distances are not distorted.
  get bounds() {
    const all = this.curves.flatMap(({ points }) => points);
    const ranges = [0, 1].map((k) => {
      const values = all.map((point) => point[k]);
      return [Math.min(...values), Math.max(...values)];
    });
    const half = (Math.max(...ranges.map(([low, high]) => high - low)) / 2) * 1.06 || 1;
    return ranges.map(([low, high]) => [(low + high) / 2 - half, (low + high) / 2 + half]);
  }

  reading(step) {
    const [fed, free] = this.curves;
    const of = ({ values }) => (values[step] == null ? this.labels.none : number(values[step]));
    return filled(this.labels.reading_plane, { step, truth: of(fed), output: of(free) });
  }

  facts() {
    const { labels, share } = this;
    const facts = [filled(labels.share, { share: number(100 * share) })];
    const apart = this.apart();
    facts.push(apart < 0 ? labels.together : filled(labels.apart, { steps: apart }));
    return facts;
  }

  // The first step where the two states are farther apart than a tenth of the picture; −1 if none.
  apart() {
    const [fed, free] = this.curves;
    const [[low, high]] = this.bounds;
    return free.points.findIndex((point, k) => distance(point, fed.points[k]) > 0.1 * (high - low));
  }

  explanation() {
    return "";
  }
}

function near({ tail }, point) {
  return tail.some((state) => distance(state, point) < REACHED);
}
