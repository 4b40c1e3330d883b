// The forward pass of trained networks, in double precision.
//
// The equations, the names and the packed order of the gates are those of
// gru_core/forecast/cells.py, and the loops are those of gru_core/forecast/forecaster.py. A test
// compares them. To add a cell, add an entry to CELLS.
//
// A *step* is what one layer computed from one value: its gates and its new state, each a
// Float64Array of `hidden` numbers. The step before serves as the state.

// What each cell computes in one step, in this order. `parts` are those that it carries along.
export const CELLS = {
  gru: { names: ["r", "z", "n", "h"], parts: ["h"], step: gruStep },
  "gru-textbook": { names: ["r", "z", "n", "h"], parts: ["h"], step: textbookStep },
  lstm: { names: ["i", "f", "g", "o", "c", "h"], parts: ["h", "c"], step: lstmStep },
  rnn: { names: ["h"], parts: ["h"], step: rnnStep },
};

// One step of PyTorch's GRU. `held` fixes units: see `hold`.
export function gruStep(x, { h }, layer, held) {
  const size = h.length;
  const fromInput = affine(layer.input, x, layer.inputBias);
  const fromHidden = affine(layer.hidden, h, layer.hiddenBias);
  const [r, z, n, next] = vectors(4, size);
  for (let k = 0; k < size; k += 1) {
    r[k] = sigmoid(fromInput[k] + fromHidden[k]);
    z[k] = sigmoid(fromInput[size + k] + fromHidden[size + k]);
  }
  hold(r, held?.r);
  hold(z, held?.z);
  for (let k = 0; k < size; k += 1) {
    n[k] = Math.tanh(fromInput[2 * size + k] + r[k] * fromHidden[2 * size + k]);
  }
  hold(n, held?.n);
  for (let k = 0; k < size; k += 1) next[k] = (1 - z[k]) * n[k] + z[k] * h[k];
  hold(next, held?.h);
  return { r, z, n, h: next };
}

// One step of the textbook's GRU: the reset comes before the matrix, and z is the share of the new.
export function textbookStep(x, { h }, layer, held) {
  const size = h.length;
  const fromInput = affine(layer.input, x, layer.inputBias);
  const fromHidden = affine(layer.hidden, h, layer.hiddenBias, 0, 2 * size);
  const [r, z, n, next, seen] = vectors(5, size);
  for (let k = 0; k < size; k += 1) {
    r[k] = sigmoid(fromInput[k] + fromHidden[k]);
    z[k] = sigmoid(fromInput[size + k] + fromHidden[size + k]);
  }
  hold(r, held?.r);
  hold(z, held?.z);
  for (let k = 0; k < size; k += 1) seen[k] = r[k] * h[k];
  const fromSeen = affine(layer.hidden, seen, layer.hiddenBias, 2 * size, 3 * size);
  for (let k = 0; k < size; k += 1) n[k] = Math.tanh(fromInput[2 * size + k] + fromSeen[k]);
  hold(n, held?.n);
  for (let k = 0; k < size; k += 1) next[k] = (1 - z[k]) * h[k] + z[k] * n[k];
  hold(next, held?.h);
  return { r, z, n, h: next };
}

// One step of an LSTM: gates i, f, o, candidate g, cell state c and hidden state h.
export function lstmStep(x, { h, c }, layer, held) {
  const size = h.length;
  const fromInput = affine(layer.input, x, layer.inputBias);
  const fromHidden = affine(layer.hidden, h, layer.hiddenBias);
  const [i, f, g, o, cell, next] = vectors(6, size);
  for (let k = 0; k < size; k += 1) {
    i[k] = sigmoid(fromInput[k] + fromHidden[k]);
    f[k] = sigmoid(fromInput[size + k] + fromHidden[size + k]);
    g[k] = Math.tanh(fromInput[2 * size + k] + fromHidden[2 * size + k]);
    o[k] = sigmoid(fromInput[3 * size + k] + fromHidden[3 * size + k]);
  }
  for (const [name, values] of Object.entries({ i, f, g, o })) hold(values, held?.[name]);
  for (let k = 0; k < size; k += 1) cell[k] = f[k] * c[k] + i[k] * g[k];
  hold(cell, held?.c);
  for (let k = 0; k < size; k += 1) next[k] = o[k] * Math.tanh(cell[k]);
  hold(next, held?.h);
  return { i, f, g, o, c: cell, h: next };
}

// One step of a plain RNN.
export function rnnStep(x, { h }, layer, held) {
  const fromInput = affine(layer.input, x, layer.inputBias);
  const fromHidden = affine(layer.hidden, h, layer.hiddenBias);
  const next = fromInput.map((value, k) => Math.tanh(value + fromHidden[k]));
  hold(next, held?.h);
  return { h: next };
}

// Sets some units to fixed values. `fixed` maps a unit to its value. `held` names such a map for
// each gate or state, for example { z: new Map([[3, 1]]), h: new Map([[0, 0]]) }.
function hold(values, fixed) {
  if (fixed) for (const [unit, value] of fixed) values[unit] = value;
}

// One network. It has one input, one output, and any number of layers. Values are normalized, as
// the network sees them.
export class Network {
  // `described` comes from pages/ui/network.py. `member` is which of the trained networks this is.
  constructor({ cell, feedback, window, floor = null, weights }, member = 0) {
    if (!(cell in CELLS)) throw new Error(`This code has no cell ${cell}`);
    if (!["window", "state"].includes(feedback)) throw new Error(`Unknown feedback ${feedback}`);
    this.name = cell;
    this.cell = CELLS[cell];
    this.feedback = feedback;
    this.window = window;
    this.floor = floor;
    this.layers = layersOf(weights, member);
    this.readout = matrix(weights["linear.weight"], member).values;
    [this.bias] = matrix(weights["linear.bias"], member).values;
    const path = weights["path.weight"];
    this.path = path ? matrix(path, member).values : null; // from the window to the output
  }

  get hidden() {
    return this.readout.length;
  }

  // The first state: zeros, one entry per layer.
  zero() {
    const state = ({ hidden }) =>
      Object.fromEntries(this.cell.parts.map((part) => [part, new Float64Array(hidden.columns)]));
    return this.layers.map(state);
  }

  // The steps of all layers for one value. `held` is a list with one entry per layer, or nothing.
  advance(x, states, held) {
    let input = [x];
    return states.map((state, k) => {
      const step = this.cell.step(input, state, this.layers[k], held?.[k]);
      input = step.h;
      return step;
    });
  }

  // The states after reading these values from the zero state.
  encode(values, held) {
    let states = this.zero();
    for (const x of values) states = this.advance(x, states, held);
    return states;
  }

  // The steps of all layers for each of these values: an array of what `advance` returns.
  trace(values, held, states = this.zero()) {
    return Array.from(values, (x) => (states = this.advance(x, states, held)));
  }

  // The next value, from the hidden state of the last layer and the window that was read.
  read(states, window) {
    const value = this.bias + dot(this.readout, states.at(-1).h);
    return this.path ? value + dot(this.path, window) : value;
  }

  // The next value after a window of true values.
  oneStep(window, held) {
    return this.stepFrom(window, held).value;
  }

  // The closed loop after a window of true values. It never ends by itself.
  *closedLoop(start, held) {
    for (const { value } of this.loop(start, held)) yield value;
  }

  // The same, with the steps of all layers that led to each value.
  // Feedback `window` reads the whole last window at each step, from the zero state. Feedback
  // `state` keeps the hidden state. With normalization by window, it keeps the first scale.
  *loop(start, held) {
    if (this.feedback === "window") {
      const window = Array.from(start);
      while (true) {
        const step = this.stepFrom(window, held);
        yield step;
        window.push(step.value);
        window.shift();
      }
    }
    const [level, scale] = this.scaleOf(start);
    const window = Array.from(start, (value) => (value - level) / scale);
    let states = this.encode(window, held);
    while (true) {
      const value = this.read(states, window);
      yield { value: value * scale + level, states };
      window.push(value);
      window.shift();
      states = this.advance(value, states, held);
    }
  }

  // The next value after one window, and the steps of all layers at the window's last value.
  stepFrom(window, held) {
    const [level, scale] = this.scaleOf(window);
    const seen = this.floor === null ? window : window.map((value) => (value - level) / scale);
    const states = this.encode(seen, held);
    return { value: this.read(states, seen) * scale + level, states };
  }

  // Level and scale of a window, as in gru_core/forecast/windows.py. Without normalization by
  // window they are 0 and 1.
  scaleOf(window) {
    if (this.floor === null) return [0, 1];
    const level = mean(window);
    const variance = mean(window.map((value) => (value - level) ** 2));
    return [level, Math.sqrt(variance + this.floor ** 2)];
  }

  // How many products of two numbers a closed loop of this length takes.
  work(steps) {
    const perStep = this.layers.reduce(
      (sum, { input, hidden }) => sum + input.values.length + hidden.values.length, 0);
    return perStep * (this.feedback === "window" ? steps * this.window : this.window + steps);
  }
}

function layersOf(weights, member) {
  const layers = [];
  for (let k = 0; `rnn.weight_ih_l${k}` in weights; k += 1) {
    layers.push({
      input: matrix(weights[`rnn.weight_ih_l${k}`], member),
      hidden: matrix(weights[`rnn.weight_hh_l${k}`], member),
      inputBias: matrix(weights[`rnn.bias_ih_l${k}`], member).values,
      hiddenBias: matrix(weights[`rnn.bias_hh_l${k}`], member).values,
    });
  }
  return layers;
}

// One member's weights: the values row by row, and their number of columns. gru_core packs weights
// as base64 of little-endian float32. Their first axis is the member.
function matrix({ shape, float32 }, member) {
  if (member >= shape[0]) throw new Error(`There is no member ${member}: there are ${shape[0]}`);
  const bytes = Uint8Array.from(atob(float32), (letter) => letter.charCodeAt(0));
  const all = new Float32Array(bytes.buffer);
  const size = all.length / shape[0];
  const values = Float64Array.from(all.subarray(member * size, (member + 1) * size));
  return { values, columns: shape.at(-1) };
}

// Rows `from` to `to` of the matrix, times x, plus the bias.
function affine({ values, columns }, x, bias, from = 0, to = bias.length) {
  const result = new Float64Array(to - from);
  for (let row = from, at = from * columns; row < to; row += 1) {
    let sum = bias[row];
    for (let k = 0; k < columns; k += 1, at += 1) sum += values[at] * x[k];
    result[row - from] = sum;
  }
  return result;
}

function vectors(count, size) {
  return Array.from({ length: count }, () => new Float64Array(size));
}

function dot(a, b) {
  let sum = 0;
  for (let k = 0; k < a.length; k += 1) sum += a[k] * b[k];
  return sum;
}

export function mean(values) {
  let sum = 0;
  for (const value of values) sum += value;
  return sum / values.length;
}

export function sigmoid(a) {
  return 1 / (1 + Math.exp(-a));
}
