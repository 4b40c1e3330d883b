// The closed loop of a network with two numbers of state, as a map of the square (−1, 1)² into
// itself: the next state follows from the state alone, because the input is read out of the state.

import { Network } from "../shared/gru.js";
import { jacobianOf } from "../shared/jacobian.js";

const GRID = 15; // starts of Newton's method, along each side
const SETTLE = 4000; // steps until a loop has forgotten its start
const TAIL = 2000; // steps that are then looked at
const STARTS = [[0.05, 0.05], [0.9, 0.9], [0.9, -0.9], [-0.9, 0.9], [-0.9, -0.9]];

export class LoopMap {
  constructor(described, member = 0) {
    this.network = new Network(described, member);
    [this.layer] = this.network.layers;
  }

  // The network's output at a state: the next input.
  output(h) {
    return this.network.read([{ h }], []);
  }

  // The state one step later.
  next(h) {
    return this.step(h).h;
  }

  step(h) {
    return this.network.advance(this.output(h), [{ h }])[0];
  }

  // The states from `start` on, with it.
  path(start, steps) {
    const states = [Float64Array.from(start)];
    while (states.length <= steps) states.push(this.next(states.at(-1)));
    return states;
  }

  // The Jacobian of the map, [[a, b], [c, d]]: by the state, and by the input that is read out of
  // the state.
  jacobian(h) {
    const { state, input } = jacobianOf(this.network.name, this.layer, { h }, this.step(h));
    const [w0, w1] = this.network.readout;
    const [[a, b, c, d], [x0, x1]] = [state.values, input.values];
    return [[a + x0 * w0, b + x0 * w1], [c + x1 * w0, d + x1 * w1]];
  }

  // All fixed points that Newton's method reaches from a grid of starts, each { h, ...stability }.
  fixedPoints() {
    const points = [];
    for (let start = 0; start < GRID ** 2; start += 1) {
      const at = (k) => -0.98 + (1.96 * k) / (GRID - 1);
      const h = this.newton([at(start % GRID), at(Math.floor(start / GRID))]);
      if (h && !points.some((point) => distance(point.h, h) < 1e-6)) {
        points.push({ h, ...stability(this.jacobian(h)) });
      }
    }
    return points;
  }

  // The zero of next(h) − h, by Newton's method. Null if it leaves the square or does not end.
  newton(start) {
    let h = Float64Array.from(start);
    for (let k = 0; k < 50; k += 1) {
      const [[a, b], [c, d]] = this.jacobian(h);
      const [u, v] = this.next(h).map((value, i) => value - h[i]);
      if (Math.hypot(u, v) < 1e-13) return h;
      const determinant = (a - 1) * (d - 1) - b * c;
      h = Float64Array.of(
        h[0] - ((d - 1) * u - b * v) / determinant, h[1] - ((a - 1) * v - c * u) / determinant);
      if (!(Math.max(Math.abs(h[0]), Math.abs(h[1])) <= 1)) return null;
    }
    return distance(this.next(h), h) < 1e-10 ? h : null;
  }

  // Where the loop ends from several starts: fixed points and cycles, each once.
  attractors(fixed = this.fixedPoints(), more = []) {
    const ends = [];
    for (const start of [...more, ...STARTS]) {
      if (!this.endFrom(start, ends, fixed)) {
        ends.push(this.end(this.path(this.settled(start), TAIL), fixed));
      }
    }
    return ends;
  }

  // Which of these ends the loop reaches from a start. Undefined if it is another one.
  endFrom(start, ends, fixed) {
    const h = this.settled(start);
    const near = ends.find(({ tail }) => tail.some((state) => distance(state, h) < 0.01));
    if (near) return near;
    const { point } = this.end(this.path(h, TAIL), fixed); // perhaps it comes closer slowly
    return point && ends.find((end) => end.point === point);
  }

  // The state long after a start.
  settled(start) {
    let h = Float64Array.from(start);
    for (let k = 0; k < SETTLE; k += 1) h = this.next(h);
    return h;
  }

  // What a long run has reached: { tail, point } or { tail, round, low, high }, where `round` is
  // the number of steps in one round, and `low` and `high` are the range of the output.
  end(tail, fixed) {
    const point = fixed.find(({ h, stable }) => stable && draws(tail, h));
    if (point) return { tail: [point.h], point };
    const outputs = tail.map((h) => this.output(h));
    return { tail, round: roundOf(tail), low: Math.min(...outputs), high: Math.max(...outputs) };
  }
}

// Whether the states come closer and closer to a point.
function draws(tail, h) {
  const half = tail.length / 2;
  const farthest = (states) => Math.max(...states.map((state) => distance(state, h)));
  const late = farthest(tail.slice(half));
  return late < 1e-9 || late < 0.9 * farthest(tail.slice(0, half));
}

// The steps in one round of a cycle: when the states have turned around their center m whole times,
// divided by m. NaN if they do not turn. Two states in turn have no direction, but take two steps.
function roundOf(tail) {
  if (distance(tail[0], tail[2]) < 1e-9) return 2;
  const center = [0, 1].map((k) => tail.reduce((sum, h) => sum + h[k], 0) / tail.length);
  const angles = tail.map((h) => Math.atan2(h[1] - center[1], h[0] - center[0]));
  const turned = [0];
  for (let k = 1; k < tail.length; k += 1) {
    const turn = (angles[k] - angles[k - 1]) / (2 * Math.PI);
    turned.push(turned.at(-1) + turn - Math.round(turn));
  }
  const whole = Math.trunc(turned.at(-1));
  if (whole === 0) return NaN;
  const after = turned.findIndex((turns) => (whole > 0 ? turns >= whole : turns <= whole));
  const [from, to] = [turned[after - 1], turned[after]];
  return (after - 1 + (whole - from) / (to - from)) / Math.abs(whole);
}

// The stability of a fixed point from the eigenvalues of the Jacobian there. `factor` is the
// largest size of an eigenvalue: a small distance to the point grows by it at each step.
// `turn` is the number of steps in which a spiral goes round once; null without a spiral.
export function stability([[a, b], [c, d]]) {
  const half = (a + d) / 2;
  const determinant = a * d - b * c;
  const root = half ** 2 - determinant;
  if (root < 0) {
    const factor = Math.sqrt(determinant);
    const turn = (2 * Math.PI) / Math.atan2(Math.sqrt(-root), half);
    return { kind: factor < 1 ? "in" : "out", factor, turn, stable: factor < 1 };
  }
  const [large, small] = [half + Math.sqrt(root), half - Math.sqrt(root)]
    .map(Math.abs).sort((one, other) => other - one);
  const kind = large < 1 ? "sink" : small < 1 ? "saddle" : "source";
  return { kind, factor: large, turn: null, stable: large < 1 };
}

export function distance(a, b) {
  return Math.hypot(a[0] - b[0], a[1] - b[1]);
}
