// The Jacobian of one step of each cell: how much each number of the new state changes with each
// number of the old state, and with each input. Each one is the derivative of the equations in
// gru_core/forecast/cells.py, by the chain rule. Sources: the equations' own (Cho et al. 2014 in
// PyTorch's form, Hochreiter & Schmidhuber 1997, Elman 1990); σ' = σ (1 − σ) and tanh' = 1 − tanh².
//
// A matrix is { values, columns }: the values row by row, as in gru.js.

// `before` and `step` are what gru.js computed: the step before (or the zero state) and this one.
// Returns { state, input }: matrices with one row per number of the new state. The state of an
// LSTM is h and then c, so its matrix has twice as many rows and columns.
export function jacobianOf(cell, layer, before, step) {
  return JACOBIANS[cell](layer, before, step);
}

const JACOBIANS = { gru: ofGru, "gru-textbook": ofTextbook, lstm: ofLstm, rnn: ofRnn };

// h' = (1 − z) ∘ n + z ∘ h with n = tanh(W_in x + b_in + r ∘ (W_hn h + b_hn)).
function ofGru(layer, { h }, { r, z, n }) {
  const size = h.length;
  const seen = product(layer.hidden, h, 2 * size, layer.hiddenBias); // W_hn h + b_hn
  const toZ = n.map((value, k) => (h[k] - value) * z[k] * (1 - z[k]));
  const toN = n.map((value, k) => (1 - z[k]) * (1 - value ** 2));
  const toR = toN.map((value, k) => value * seen[k] * r[k] * (1 - r[k]));
  const state = blocks(layer.hidden, [toR, toZ, toN.map((value, k) => value * r[k])]);
  addDiagonal(state, z);
  return { state, input: blocks(layer.input, [toR, toZ, toN]) };
}

// h' = (1 − z) ∘ h + z ∘ h̃ with h̃ = tanh(W_in x + b_in + W_hn (r ∘ h) + b_hn).
function ofTextbook(layer, { h }, { r, z, n }) {
  const size = h.length;
  const toZ = n.map((value, k) => (value - h[k]) * z[k] * (1 - z[k]));
  const toN = n.map((value, k) => z[k] * (1 - value ** 2));
  const none = new Float64Array(size);
  const state = blocks(layer.hidden, [none, toZ, none]);
  const input = blocks(layer.input, [none, toZ, toN]);
  const candidate = blocks(layer.hidden, [none, none, toN]); // the rows of W_hn
  const throughR = h.map((value, k) => value * r[k] * (1 - r[k]));
  const reset = blocks(layer.hidden, [throughR, none, none]);
  const resetInput = blocks(layer.input, [throughR, none, none]);
  addDiagonal(reset, r); // the derivative of r ∘ h
  add(state, times(candidate, reset));
  add(input, times(candidate, resetInput));
  addDiagonal(state, z.map((value) => 1 - value));
  return { state, input };
}

// c' = f ∘ c + i ∘ g and h' = o ∘ tanh(c').
function ofLstm(layer, { c }, { i, f, g, o, c: cell }) {
  const size = c.length;
  const gate = (values, factor) => values.map((value, k) => factor[k] * value * (1 - value));
  const none = new Float64Array(size);
  const toC = [gate(i, g), gate(f, c), i.map((value, k) => value * (1 - g[k] ** 2)), none];
  const shown = cell.map((value, k) => o[k] * (1 - Math.tanh(value) ** 2)); // of h' by c'
  const toH = toC.map((part) => part.map((value, k) => value * shown[k]));
  toH[3] = gate(o, cell.map(Math.tanh));
  const kept = f.map((value, k) => value * shown[k]);
  const [ofH, ofC] = [toH, toC].map((factors) => blocks(layer.input, factors));
  const input = new Float64Array(2 * ofC.values.length);
  input.set(ofH.values);
  input.set(ofC.values, ofC.values.length);
  const state = new Float64Array(4 * size ** 2);
  beside(state, 0, blocks(layer.hidden, toH), kept);
  beside(state, size, blocks(layer.hidden, toC), f);
  return {
    state: { values: state, columns: 2 * size },
    input: { values: input, columns: layer.input.columns },
  };
}

// h' = tanh(W_ih x + b_ih + W_hh h + b_hh).
function ofRnn(layer, _, { h: next }) {
  const slope = next.map((value) => 1 - value ** 2);
  return { state: blocks(layer.hidden, [slope]), input: blocks(layer.input, [slope]) };
}

// The gates that carry the state on by themselves, unit by unit: the direct path. Without such a
// gate, it is null.
export const DIRECT = {
  gru: ({ z }) => z,
  "gru-textbook": ({ z }) => z.map((value) => 1 - value),
  lstm: ({ f }) => f,
  rnn: null,
};

// The sum over the gates' blocks of rows of the matrix, each row times its own factor.
function blocks({ values, columns }, factors) {
  const size = factors[0].length;
  const sum = new Float64Array(size * columns);
  factors.forEach((factor, block) => {
    for (let row = 0; row < size; row += 1) {
      const by = factor[row];
      if (by === 0) continue;
      const from = (block * size + row) * columns;
      for (let k = 0; k < columns; k += 1) sum[row * columns + k] += by * values[from + k];
    }
  });
  return { values: sum, columns };
}

// Writes a square matrix with a diagonal matrix beside it into `target`, from row `first` on.
function beside(target, first, { values, columns }, diagonal) {
  for (let row = 0; row < columns; row += 1) {
    const at = 2 * columns * (first + row);
    target.set(values.subarray(row * columns, (row + 1) * columns), at);
    target[at + columns + row] = diagonal[row];
  }
}

// Rows from `first` on of the matrix times x, plus the bias.
function product({ values, columns }, x, first, bias) {
  return x.map((_, k) => {
    let sum = bias[first + k];
    for (let j = 0; j < columns; j += 1) sum += values[(first + k) * columns + j] * x[j];
    return sum;
  });
}

// The product of two matrices.
export function times(a, b) {
  const [left, right, inner, columns] = [a.values, b.values, a.columns, b.columns];
  const values = new Float64Array((left.length / inner) * columns);
  for (let row = 0; row * inner < left.length; row += 1) {
    const to = row * columns;
    for (let k = 0; k < inner; k += 1) {
      const by = left[row * inner + k];
      if (by === 0) continue;
      const from = k * columns;
      for (let j = 0; j < columns; j += 1) values[to + j] += by * right[from + j];
    }
  }
  return { values, columns };
}

function add(matrix, other) {
  for (let k = 0; k < matrix.values.length; k += 1) matrix.values[k] += other.values[k];
}

function addDiagonal({ values, columns }, diagonal) {
  diagonal.forEach((value, k) => { values[k * columns + k] += value; });
}
