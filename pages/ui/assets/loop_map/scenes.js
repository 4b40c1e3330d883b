// What one network shows on the screen "The loop as a map": its curves, and what they say in words.
//
// A *curve* is one run: { name, points, values }. `points` are states, and `values` the outputs
// that are read from them, in data units. A run that is fed with true values has the true ones.

import { filled, number } from "../shared/dom.js";
import { distance, LoopMap } from "./numbers.js";

const EDGE = 0.99; // a start lies inside the square
const REACHED = 0.03; // a state so close to the cycle is on it
const ROUNDS = 6; // how many rounds a path lasts
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
    this.range = described.range; // of the data; null if the output is in other units
    this.movable = true;
    this.map = new LoopMap(described.network);
    const { center, scale, lag } = described.network;
    this.differences = lag > 0; // the output is a difference
    const [level, size] = this.map.network.scaleOf(described.context);
    this.inDataUnits = (value) => (value * size + level) * scale + center;
    this.grain = grainOf(described.context.map((value) => value * scale));
    this.fixed = this.map.fixedPoints();
    const window = described.context.map((value) => (value - level) / size);
    const start = described.start ?? this.map.network.encode(window)[0].h;
    this.ends = this.map.attractors(this.fixed, [start]);
    const turns = Math.max(...this.ends.map(({ round }) => round ?? 0), this.period ?? 0) || 0;
    this.last = Math.round(Math.min(Math.max(ROUNDS * turns, FEWEST), MOST));
    this.setStart(start);
  }

  get bounds() {
    return [[-1, 1], [-1, 1]];
  }

  setStart(h) {
    this.start = Array.from(h, (value) => Math.max(-EDGE, Math.min(EDGE, value)));
    const points = this.map.path(this.start, this.last);
    const values = points.map((point) => this.inDataUnits(this.map.output(point)));
    this.curves = [{ name: "free", points, values }];
    // The first step after which the path stays where the loop ends.
    this.reached = 1 + points.findLastIndex((point) => !this.ends.some((end) => near(end, point)));
    this.beats = this.beatsOf(values);
  }

  // A peak of the output on the cycle, and then one step for each cycle of the data. The later peaks
  // lie there if the loop keeps the rhythm.
  beatsOf(values) {
    const peak = values.findIndex((value, k) =>
      k > this.reached && value >= values[k - 1] && value > values[k + 1]);
    if (peak < 0 || !this.period || this.ends.some(({ point }) => point)) return [];
    const [before, at, after] = values.slice(peak - 1);
    const first = peak + (before - after) / (before - 2 * at + after) / 2; // of a parabola
    const count = Math.floor((this.last - first) / this.period) + 1;
    return Array.from({ length: count }, (_, k) => first + k * this.period);
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
    const output = number(to(values[step], this.grain));
    return filled(this.labels.reading, { step, h1: place(h1), h2: place(h2), output });
  }

  facts() {
    const { labels } = this;
    const facts = this.fixed.map(({ h, kind, factor }) => filled(labels.fixed, {
      h1: place(h[0]), h2: place(h[1]), kind: labels.kinds[kind], factor: number(factor),
    }));
    if (!facts.length) facts.push(labels.no_fixed);
    if (this.ends.length > 1) facts.push(filled(labels.several, { count: this.ends.length }));
    for (const end of this.ends) {
      if (end.point) {
        const output = this.inDataUnits(this.map.output(end.point.h));
        facts.push(filled(labels.ends_at_point, { output: number(to(output, this.grain)) }));
      } else facts.push(filled(labels.cycle, { round: number(end.round), ...this.swing(end) }));
    }
    if (this.reached > this.last) facts.push(filled(labels.not_reached, { steps: this.last }));
    else facts.push(this.reached ? filled(labels.reached, { steps: this.reached }) : labels.already);
    return facts;
  }

  swing({ low, high }) {
    const [a, b] = [low, high].map((value) => number(to(this.inDataUnits(value), this.grain)));
    return { low: a, high: b };
  }

  // What the numbers say about the forecast: whether the cycle keeps the rhythm of the data.
  explanation() {
    const { labels } = this;
    const parts = this.fixed.filter(({ stable }) => !stable).slice(0, 1).map(({ h, factor }) =>
      filled(labels.grows, {
        h1: place(h[0]), h2: place(h[1]), factor: number(factor), after: number(factor ** 10),
      }));
    const end = this.map.endFrom(this.start, this.ends, this.fixed);
    const count = this.ends.length;
    if (end && count > 1) parts.push(filled(labels.from_here, { count }));
    const dies = this.differences ? labels.dies_changes : labels.dies;
    if (end) parts.push(end.point ? dies : this.ofCycle(end));
    return parts.join(" ");
  }

  ofCycle(cycle) {
    const { labels, period, range } = this;
    const parts = [];
    if (period && !(cycle.round > 0)) parts.push(labels.no_rhythm);
    else if (period) {
      const given = { round: number(cycle.round, 4), period: number(period, 4) };
      const degrees = 360 * (period / cycle.round - 1);
      const text = Math.abs(degrees) > 360 * ANOTHER ? labels.another
        : Math.abs(degrees) < IN_STEP ? labels.in_step : degrees > 0 ? labels.ahead : labels.behind;
      parts.push(filled(text, { ...given, degrees: number(Math.abs(degrees), 2) }));
    }
    if (range) {
      const [least, most] = range.map((value) => number(to(value, this.grain)));
      parts.push(filled(labels.swing, { ...this.swing(cycle), least, most }));
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
    this.grain = grainOf(plane.truth.filter((value) => value !== null));
    this.range = null;
    this.fixed = this.ends = this.beats = [];
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
    const of = ({ values }) =>
      (values[step] == null ? this.labels.none : number(to(values[step], this.grain)));
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

// A place in the square, in words.
export function place(value) {
  return number(to(value, 0.01));
}

// The smallest difference that a reading shows: at most a hundredth of the range of the data.
function grainOf(values) {
  const range = Math.max(...values) - Math.min(...values);
  return 10 ** (Math.floor(Math.log10(range || 1)) - 3);
}

// The nearest multiple of `grain`, a power of ten.
function to(value, grain) {
  return Number((Math.round(value / grain) * grain).toPrecision(12));
}

function near({ tail }, point) {
  return tail.some((state) => distance(state, point) < REACHED);
}
