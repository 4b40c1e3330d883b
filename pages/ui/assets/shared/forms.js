// The two forms of a GRU step: how each is written, and what each computes from the same weights.
//
// `switches` says what the reader has changed:
//   flip    the weights and biases of z are negated in the textbook's form
//   moveR   b_ir is added to b_hr, and is zero itself
//   moveN   b_in is added to b_hn, and is zero itself
//   open    r is held at 1
//   z       z of the first unit is held at this value; null: it is computed
// When z is negated in the textbook's form, the held value is 1 − z there.

import { EQUATIONS } from "./equations.js";
import { CELLS } from "./gru.js";

export const FORMS = ["gru", "gru-textbook"];
export const SYMBOLS = ["r", "z", "n", "h"];

// Two numbers that differ by less than this are the same number, apart from rounding.
const SAME = 1e-9;

// The gates in the packed order.
const BLOCKS = ["r", "z", "n"];

// The equations of a form with the switches applied, by the symbol that each computes.
export function written(form, { flip, moveR, moveN, open }) {
  const lines = { ...EQUATIONS[form] };
  if (flip && form === "gru-textbook") lines.z = `${lines.z.replace("σ ( ", "σ ( − ( ")} )`;
  if (moveR) lines.r = moved(lines.r, "r");
  if (moveN) lines.n = moved(lines.n, "n");
  if (open) lines.r = "r = 1";
  return lines;
}

function moved(equation, gate) {
  return equation
    .replace(` + b_i${gate}`, "")
    .replace(`b_h${gate}`, `( b_i${gate} + b_h${gate} )`);
}

// Where two equations differ: for each, the positions of its first and after its last such token.
export function differing(one, other) {
  const [a, b] = [one, other].map((equation) => equation.replaceAll("h̃", "n").split(" "));
  let from = 0;
  while (from < Math.min(a.length, b.length) && a[from] === b[from]) from += 1;
  let end = 0;
  const most = Math.min(a.length, b.length) - from;
  while (end < most && a.at(-1 - end) === b.at(-1 - end)) end += 1;
  return [[from, a.length - end], [from, b.length - end]];
}

// One step of a form from the value x and the state `before`, as gru.js computes it.
export function stepOf(form, layer, x, before, switches) {
  return CELLS[form].step([x], { h: before }, changed(layer, form, switches), held(form, before, switches));
}

function held(form, before, { flip, open, z }) {
  const r = open ? new Map(before.map((_, unit) => [unit, 1])) : undefined;
  if (z === null) return { r };
  return { r, z: new Map([[0, flip && form === "gru-textbook" ? 1 - z : z]]) };
}

// The layer with the switches applied to its weights.
function changed({ input, hidden, inputBias, hiddenBias }, form, { flip, moveR, moveN }) {
  const size = hidden.columns;
  const layer = {
    input: { ...input, values: input.values.slice() },
    hidden: { ...hidden, values: hidden.values.slice() },
    inputBias: inputBias.slice(),
    hiddenBias: hiddenBias.slice(),
  };
  if (flip && form === "gru-textbook") {
    for (const array of [layer.input.values, layer.hidden.values, layer.inputBias, layer.hiddenBias]) {
      const block = array.length / 3;
      for (let k = block; k < 2 * block; k += 1) array[k] = -array[k];
    }
  }
  const blocks = [...(moveR ? [0] : []), ...(moveN ? [2] : [])];
  for (const block of blocks) {
    for (let k = block * size; k < (block + 1) * size; k += 1) {
      layer.hiddenBias[k] += layer.inputBias[k];
      layer.inputBias[k] = 0;
    }
  }
  return layer;
}

// The symbols whose values differ between two steps.
export function unequal(one, other) {
  return SYMBOLS.filter((symbol) =>
    one[symbol].some((value, unit) => Math.abs(value - other[symbol][unit]) > SAME));
}

export function equal(one, other) {
  return Math.abs(one - other) <= SAME;
}

// An equation with its numbers for one unit, after the sign "=". Each part has a `text`, a sign, or
// a `value` and the `symbols` that it stands for. A matrix and what it multiplies are one number.
export function inNumbers(equation, { layer, x, before, step, unit }) {
  const values = { x, "h₋": before[unit], "h̃": step.n[unit] };
  for (const symbol of SYMBOLS) values[symbol] = step[symbol][unit];
  const seen = before.map((value, k) => step.r[k] * value);
  const product = (token, vector) => {
    const { values: all, columns } = token[2] === "i" ? layer.input : layer.hidden;
    const row = BLOCKS.indexOf(token[3]) * before.length + unit;
    return vector.reduce((sum, value, k) => sum + all[row * columns + k] * value, 0);
  };
  const bias = (token) =>
    (token[2] === "i" ? layer.inputBias : layer.hiddenBias)[
      BLOCKS.indexOf(token[3]) * before.length + unit];
  const parts = [];
  const tokens = equation.split(" ").slice(2);
  for (let k = 0; k < tokens.length; k += 1) {
    const token = tokens[k];
    if (token.startsWith("W")) {
      const gated = tokens[k + 1] === "(";
      const vector = gated ? seen : tokens[k + 1] === "x" ? [x] : before;
      parts.push({
        value: product(token, vector),
        symbols: gated ? `${token} r before` : `${token} ${tokens[k + 1] === "x" ? "x" : "before"}`,
      });
      k += gated ? 5 : 1;
    } else if (token.startsWith("b")) parts.push({ value: bias(token), symbols: token });
    else if (token in values) {
      parts.push({ value: values[token], symbols: { "h₋": "before", "h̃": "n" }[token] ?? token });
    } else parts.push({ text: token });
  }
  return parts;
}
