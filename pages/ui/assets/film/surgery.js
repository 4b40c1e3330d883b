// Surgery on trained networks: operations on units, and the film of the loop with them. It draws
// nothing, so a worker can use it.
//
// A *target* is [member, layer, unit]. An *operation* is
//   { kind: "hold", name, value, targets }    a gate has this value at every step
//   { kind: "mute", targets }                 the hidden state is 0 at every step
//   { kind: "freeze", values, targets }       the hidden state of each target has its own value
//   { kind: "scale", name, value, targets }   weights times `value`; `name` is one of SCALES

import { mean, Network } from "../shared/gru.js";
import { Model } from "../shared/model.js";

// The gates of each cell that one can hold. All are between 0 and 1.
export const GATES = { gru: ["z", "r"], "gru-textbook": ["z", "r"], lstm: ["f", "i", "o"], rnn: [] };

// The weights that one can scale: those that read the unit, and its row of recurrent weights.
export const SCALES = ["out", "recurrent"];

// The film of a run: what its networks compute at each step.
//
// It has `lead` columns with true values, and then one column for each step of the closed loop.
// Column `lead` holds the steps that led to the first value of the loop.
export class Film {
  // `series` holds `before`, `lead` and `horizon`. `before` are the true values before the loop, in data units. There must be enough of them for
  // the window before the first column. With feedback `state`, `lead` is smaller than the window.
  constructor(described, series) {
    this.given = { described, series }; // for a worker
    ({ before: this.before, lead: this.lead, horizon: this.horizon } = series);
    this.model = new Model(described);
    this.untouched = new Map(); // paths without an operation
  }

  // All units, as targets.
  get units() {
    return this.model.members.flatMap((network, m) =>
      network.layers.flatMap(({ hidden }, k) =>
        Array.from({ length: hidden.columns }, (_, unit) => [m, k, unit])));
  }

  // The forecast with these operations: `values` in data units, and for each member its path: the
  // normalized `outputs` and the `columns`. A column is what `Network.advance` returns.
  run(operations = [], { horizon = this.horizon, lead = this.lead } = {}) {
    const paths = this.model.members.map((_, m) => {
      const own = ofMember(operations, m);
      if (own.length) return this.path(m, own, horizon, lead);
      const key = `${m} ${horizon} ${lead}`;
      if (!this.untouched.has(key)) this.untouched.set(key, this.path(m, [], horizon, lead));
      return this.untouched.get(key);
    });
    const outputs = paths[0].outputs.map((_, t) => mean(paths.map((path) => path.outputs[t])));
    return { values: this.model.undo(outputs, this.before), paths };
  }

  path(m, operations, horizon, lead) {
    const [network, held] = this.operated(m, operations);
    const loop = network.loop(this.model.context(this.before), held);
    const steps = Array.from({ length: horizon }, () => loop.next().value);
    return {
      outputs: steps.map(({ value }) => value),
      columns: [...this.leading(network, held, lead), ...steps.map(({ states }) => states)],
    };
  }

  // The columns before the loop. Feedback `window` reads the window before each value. Feedback
  // `state` reads the one window before the loop, value by value.
  leading(network, held, lead) {
    if (!lead) return [];
    if (network.feedback === "state") {
      return network.trace(this.start(network).slice(0, -1), held).slice(-lead);
    }
    return Array.from({ length: lead }, (_, column) =>
      network.stepFrom(this.windowAt(column), held).states);
  }

  // The window before the loop, as a network with feedback `state` reads it.
  start(network) {
    const window = this.model.context(this.before);
    const [level, scale] = network.scaleOf(window);
    return window.map((value) => (value - level) / scale);
  }

  // The window that is read for a column before the loop, or for the first of the loop.
  windowAt(column) {
    return this.model.context(this.before.slice(0, this.before.length - this.lead + column));
  }

  // What member m computed in a column: `x`, the value that it read last, and for each layer the
  // step `before` and the step `now`.
  moment(m, column, operations, { outputs, columns }) {
    const [network, held] = this.operated(m, ofMember(operations, m));
    const j = column - this.lead;
    if (network.feedback === "window") {
      const window = j <= 0
        ? this.windowAt(column)
        : [...this.windowAt(this.lead), ...outputs.slice(0, j)].slice(-this.model.window);
      const [level, scale] = network.scaleOf(window);
      const seen = window.map((value) => (value - level) / scale);
      const steps = network.trace(seen, held);
      return { x: seen.at(-1), before: steps.at(-2) ?? network.zero(), now: steps.at(-1) };
    }
    const [level, scale] = network.scaleOf(this.windowAt(this.lead));
    const seen = this.start(network);
    const x = j > 0 ? (outputs[j - 1] - level) / scale : seen.at(j - 1);
    const before = columns[column - 1] ?? network.encode(seen.slice(0, j - 1), held);
    return { x, before, now: columns[column] };
  }

  // A member's network and what is held in it.
  operated(m, operations) {
    const network = this.model.members[m];
    return [scaled(network, m, operations), heldBy(operations, m, network.layers.length)];
  }
}

function ofMember(operations, m) {
  return operations.filter(({ targets }) => targets.some(([member]) => member === m));
}

// What is held in member m, as `Network.loop` takes it. A later operation on the same thing wins.
export function heldBy(operations, m, layers) {
  const held = Array.from({ length: layers }, () => ({}));
  for (const { kind, name, value, values, targets } of operations) {
    if (kind === "scale") continue;
    targets.forEach(([member, layer, unit], k) => {
      if (member !== m) return;
      const map = (held[layer][kind === "hold" ? name : "h"] ??= new Map());
      map.set(unit, kind === "mute" ? 0 : values?.[k] ?? value);
    });
  }
  return held;
}

// The network of member m with its weights scaled. The network itself stays as it is.
function scaled(network, m, operations) {
  const scales = operations.filter(({ kind }) => kind === "scale");
  if (!scales.length) return network;
  const copy = Object.assign(Object.create(Network.prototype), network);
  copy.readout = network.readout.slice();
  copy.layers = network.layers.map((layer) => ({
    ...layer,
    input: { ...layer.input, values: layer.input.values.slice() },
    hidden: { ...layer.hidden, values: layer.hidden.values.slice() },
  }));
  for (const { name, value, targets } of scales) {
    for (const [member, layer, unit] of targets) {
      if (member === m) scaleUnit(copy, name, layer, unit, value);
    }
  }
  return copy;
}

function scaleUnit(network, name, layer, unit, factor) {
  const { hidden } = network.layers[layer];
  if (name === "recurrent") {
    // One row of `columns` weights for each gate.
    for (let row = unit; row * hidden.columns < hidden.values.length; row += hidden.columns) {
      for (let k = 0; k < hidden.columns; k += 1) hidden.values[row * hidden.columns + k] *= factor;
    }
  } else if (layer === network.layers.length - 1) {
    network.readout[unit] *= factor;
  } else {
    const { values, columns } = network.layers[layer + 1].input;
    for (let at = unit; at < values.length; at += columns) values[at] *= factor;
  }
}

// The root of the mean squared difference. Infinite if one of the curves is not finite.
export function rmse(a, b) {
  let sum = 0;
  for (let k = 0; k < a.length; k += 1) sum += (a[k] - b[k]) ** 2;
  return Number.isFinite(sum) ? Math.sqrt(sum / a.length) : Infinity;
}

// Mutes each unit alone, and yields how much the forecast changes: { target, change }.
export function* ablations(film, horizon) {
  const { values } = film.run([], { horizon, lead: 0 });
  for (const target of film.units) {
    const muted = film.run([{ kind: "mute", targets: [target] }], { horizon, lead: 0 });
    yield { target, change: rmse(muted.values, values) };
  }
}

// How the picked unit stands among all ablations.
export function verdict(scores, picked) {
  const own = scores.find(({ target }) => String(target) === String(picked)).change;
  const rank = 1 + scores.filter(({ change }) => change > own).length;
  const most = Math.max(...scores.map(({ change }) => change));
  return { rank, of: scores.length, own, most, passed: rank === 1 };
}
