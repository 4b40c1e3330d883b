// How long a network remembers, measured in two ways: unit by unit, and by the gradient of its
// state. A *run* is a list of values that the network reads from the zero state.

import { mean, Network } from "../shared/gru.js";
import { DIRECT, jacobianOf, times } from "../shared/jacobian.js";

const MOST_RUNS = 8;
const MOST_PRODUCTS = 6e7; // of two numbers, for the gradients of one network: about 0.1 s
const MOST_OF_UNITS = 2e9; // the same for the memories of its units: a few seconds
const MOST_BACK = 30; // how many steps a gradient goes back
const AFTER = 60; // how many steps a disturbance is followed in a state that is carried on
const BUMP = 1e-5; // in normalized units: so small that the response is proportional to it
const FACTOR = 2; // a gate and a measurement that differ by more than this disagree

// All numbers of one network on the screen: the gradients after and before training, and the units
// sorted by their memory. `told` is called with the share that is done.
export function computed({ after, before, inputs }, told = () => {}) {
  const parts = before ? 2 : 1;
  const now = gradients(after, inputs, (share) => told(share / parts));
  const old = before && gradients(before, inputs, (share) => told((1 + share) / parts)).whole;
  const units = unitMemories(after, inputs)
    .sort((a, b) => (a.gate ?? a.measured) - (b.gate ?? b.measured));
  return { lines: { before: old, after: now.whole, direct: now.direct, rest: now.rest }, units };
}

// How many steps back the gradients of a network reach.
export function stepsBack({ window, feedback }, inputs) {
  return Math.min(MOST_BACK, lengthOf({ window, feedback }, inputs, MOST_BACK) - 1);
}

// The runs of a network over its inputs, evenly spaced. With feedback `window` each is one window,
// because nothing is remembered beyond it. With feedback `state` each is longer by `more` values.
export function runsOf(network, inputs, more, count) {
  const length = lengthOf(network, inputs, more);
  const last = inputs.length - length;
  return Array.from({ length: Math.min(count, last + 1) }, (_, k) => {
    const from = Math.round((k * last) / Math.max(count - 1, 1));
    const run = inputs.slice(from, from + length);
    const [level, scale] = network.scaleOf(run.slice(0, network.window));
    return run.map((value) => (value - level) / scale);
  });
}

function lengthOf({ window, feedback }, inputs, more) {
  return Math.min(window + (feedback === "state" ? more : 0), inputs.length);
}

// The gradients ‖∂s(t)/∂s(t−k)‖ for k = 0 … K, as three lists. s is the hidden state of the last
// layer, or the memory cell c of an LSTM. `direct` is the product of the gates that carry s on,
// alone (null without such a gate), and `rest` is what is left of the whole without it.
//
// Each norm is Frobenius' norm divided by the root of the number of units: how much of a small
// change in a random direction is left (root mean square). Over the runs, it is averaged by the
// geometric mean. A large network gets fewer runs. `told` is called with the share that is done.
export function gradients(described, inputs, told = () => {}) {
  const network = new Network(described);
  const columns = network.hidden * network.cell.parts.length; // of the Jacobian of one step
  const count = Math.floor(MOST_PRODUCTS / (MOST_BACK * network.hidden * columns ** 2));
  const runs = runsOf(network, inputs, MOST_BACK, Math.max(1, Math.min(count, MOST_RUNS)));
  const all = runs.map((run, one) =>
    gradientsOf(network, run, (share) => told((one + share) / runs.length)));
  const middle = (name) => all[0][name] && all[0][name].map((_, k) =>
    Math.exp(mean(all.map((one) => Math.log(one[name][k])))));
  return { whole: middle("whole"), direct: middle("direct"), rest: middle("rest") };
}

// The same for one run: t is its end.
export function gradientsOf(network, run, told = () => {}) {
  const size = network.hidden;
  const gate = DIRECT[network.name];
  const offset = network.name === "lstm" ? size : 0; // the state of an LSTM is h, then c
  let product = selector(size, offset);
  const direct = new Float64Array(size).fill(1);
  const found = { whole: [1], direct: gate && [1], rest: gate && [0] };
  const steps = lastLayer(network, run);
  const most = Math.min(MOST_BACK, run.length - 1);
  for (let k = 1; k <= most; k += 1) {
    const { before, step } = steps.at(-k);
    product = times(product, jacobianOf(network.name, network.layers.at(-1), before, step).state);
    found.whole.push(norm(product, offset));
    told(k / most);
    if (!gate) continue;
    gate(step).forEach((value, unit) => { direct[unit] *= value; });
    found.direct.push(Math.sqrt(mean(direct.map((value) => value ** 2))));
    found.rest.push(norm(product, offset, direct));
  }
  return found;
}

// For each unit of the last layer, in steps:
//   gate      how long its gate alone would remember: −1 / ln of the mean gate (null without one);
//   measured  after one input was disturbed a little: how long after its peak the unit's response
//             stays above 1/e of it;
//   open      whether the response was still above at the end, so the memory is at least this long;
//   apart     whether the two differ by more than a factor of 2.
// A gate that always has the value z keeps z^k after k steps, which is 1/e after −1 / ln z steps.
export function unitMemories(described, inputs) {
  const network = new Network(described);
  const perStep = network.layers.reduce(
    (sum, { input, hidden }) => sum + input.values.length + hidden.values.length, 0);
  const count = Math.floor(MOST_OF_UNITS / (2 * perStep * lengthOf(network, inputs, AFTER)));
  const runs = runsOf(network, inputs, AFTER, Math.max(1, Math.min(count, MOST_RUNS)));
  const at = network.feedback === "state" ? network.window - 1 : Math.floor(runs[0].length / 8);
  const part = network.name === "lstm" ? "c" : "h";
  const traces = runs.map((run) => lastLayer(network, run).map(({ step }) => step));
  const disturbed = runs.map((run) => lastLayer(network, run.with(at, run[at] + BUMP)));
  return Array.from({ length: network.hidden }, (_, unit) => {
    const response = runs[0].slice(at).map((_, k) => Math.sqrt(mean(runs.map((_, one) => {
      const change = disturbed[one][at + k].step[part][unit] - traces[one][at + k][part][unit];
      return (change / BUMP) ** 2;
    }))));
    const gate = gateMemory(DIRECT[network.name], traces, unit);
    const { measured, open } = fall(response);
    return { unit, gate, measured, open, apart: disagree(gate, measured, open) };
  });
}

function gateMemory(gate, traces, unit) {
  if (!gate) return null;
  return -1 / Math.log(mean(traces.flatMap((steps) => steps.map((step) => gate(step)[unit]))));
}

// How many steps after its peak a response falls below 1/e of it and stays below. Between two
// steps it is interpolated as a straight line on a logarithmic axis.
export function fall(response) {
  const peak = response.indexOf(Math.max(...response));
  const level = response[peak] / Math.E;
  const last = response.findLastIndex((value) => value >= level);
  if (last === response.length - 1) return { measured: last - peak, open: true };
  const [above, below] = [response[last], response[last + 1]].map((value) => Math.log(value / level));
  const between = Number.isFinite(below) ? above / (above - below) : 0;
  return { measured: last - peak + between, open: false };
}

function disagree(gate, measured, open) {
  if (gate === null) return false;
  return measured > FACTOR * gate || (!open && measured < gate / FACTOR);
}

// The steps of the last layer along a run, each with the step before.
function lastLayer(network, run) {
  let before = network.zero().at(-1);
  return network.trace(run).map((steps) => {
    const pair = { before, step: steps.at(-1) };
    before = pair.step;
    return pair;
  });
}

// The rows of the unit matrix that select `size` numbers of the state, from `offset` on.
function selector(size, offset) {
  const columns = size + offset;
  const values = new Float64Array(size * columns);
  for (let row = 0; row < size; row += 1) values[row * columns + offset + row] = 1;
  return { values, columns };
}

// The norm of the selected block of a product, without the diagonal `less`.
function norm({ values, columns }, offset, less = null) {
  const size = columns - offset;
  let sum = 0;
  for (let row = 0; row < size; row += 1) {
    for (let k = 0; k < size; k += 1) {
      const value = values[row * columns + offset + k];
      sum += (less && k === row ? value - less[row] : value) ** 2;
    }
  }
  return Math.sqrt(sum / size);
}
