// The forward pass of a trained network, in double precision.
//
// The equations and the names are the same as in gru_core/forecast/cells.py. They follow PyTorch,
// with the gates stacked in the order r, z, n. Values are normalized, as the network sees them.
// To add a cell, add an entry to CELLS.

// For each cell: the number of vectors in its state, and its step (x, state, layer) -> state.
const CELLS = {
  gru: { parts: 1, step: (x, [h], layer) => [gruStep(x, h, layer).h] },
};

// One step of a GRU: update gate z, reset gate r, candidate n and the new hidden state h.
export function gruStep(x, h, layer) {
  const size = h.length;
  const fromInput = affine(layer.input, x, layer.inputBias);
  const fromHidden = affine(layer.hidden, h, layer.hiddenBias);
  const step = { z: [], r: [], n: [], h: [] };
  for (let k = 0; k < size; k += 1) {
    const r = sigmoid(fromInput[k] + fromHidden[k]);
    const z = sigmoid(fromInput[size + k] + fromHidden[size + k]);
    const n = Math.tanh(fromInput[2 * size + k] + r * fromHidden[2 * size + k]);
    step.r.push(r);
    step.z.push(z);
    step.n.push(n);
    step.h.push((1 - z) * n + z * h[k]);
  }
  return step;
}

// One network, ready to forecast. It has one input, one output, and any number of layers.
export class Network {
  constructor({ cell, feedback, window, weights }) {
    if (!(cell in CELLS)) throw new Error(`This code has no cell ${cell}`);
    if (!["window", "state"].includes(feedback)) throw new Error(`Unknown feedback ${feedback}`);
    if ("path.weight" in weights) throw new Error("This code cannot compute a linear path");
    this.cell = CELLS[cell];
    this.feedback = feedback;
    this.window = window;
    this.layers = layersOf(weights);
    [this.readout] = matrix(weights["linear.weight"]);
    [[this.bias]] = matrix(weights["linear.bias"]);
  }

  // The state after reading these values. The first state is zero.
  encode(values) {
    const zero = ({ hidden }) =>
      Array.from({ length: this.cell.parts }, () => hidden[0].map(() => 0));
    return values.reduce((states, x) => this.advance(x, states), this.layers.map(zero));
  }

  // One step of every layer. Returns new states and does not change the old ones.
  advance(x, states) {
    let input = [x];
    return states.map((state, k) => {
      const next = this.cell.step(input, state, this.layers[k]);
      [input] = next;
      return next;
    });
  }

  // The next value, from the hidden state of the last layer.
  read(states) {
    return this.bias + dot(this.readout, states.at(-1)[0]);
  }

  // The next value after a window of true values.
  oneStep(window) {
    return this.read(this.encode(window));
  }

  // The closed loop after a window of true values. It never ends by itself.
  // Feedback `window` reads the whole last window at each step. `state` keeps the hidden state.
  *closedLoop(start) {
    const window = [...start];
    let states = this.encode(window);
    while (true) {
      const value = this.read(states);
      yield value;
      window.push(value);
      window.shift();
      states = this.feedback === "window" ? this.encode(window) : this.advance(value, states);
    }
  }
}

function layersOf(weights) {
  const layers = [];
  for (let k = 0; `rnn.weight_ih_l${k}` in weights; k += 1) {
    layers.push({
      input: matrix(weights[`rnn.weight_ih_l${k}`]),
      hidden: matrix(weights[`rnn.weight_hh_l${k}`]),
      inputBias: matrix(weights[`rnn.bias_ih_l${k}`])[0],
      hiddenBias: matrix(weights[`rnn.bias_hh_l${k}`])[0],
    });
  }
  return layers;
}

// The rows of one member's weights. gru_core packs weights as base64 of little-endian float32.
// Their first axis is the member.
function matrix({ shape, float32 }) {
  if (shape[0] !== 1) throw new Error(`This code computes one member, not ${shape[0]}`);
  const bytes = Uint8Array.from(atob(float32), (letter) => letter.charCodeAt(0));
  const values = Array.from(new Float32Array(bytes.buffer));
  const width = shape.at(-1);
  const rows = [];
  for (let at = 0; at < values.length; at += width) rows.push(values.slice(at, at + width));
  return rows;
}

function affine(rows, x, bias) {
  return rows.map((row, k) => dot(row, x) + bias[k]);
}

function dot(a, b) {
  let sum = 0;
  for (let k = 0; k < a.length; k += 1) sum += a[k] * b[k];
  return sum;
}

function sigmoid(a) {
  return 1 / (1 + Math.exp(-a));
}
