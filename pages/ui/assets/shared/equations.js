// The equations of each cell, as MathML. Every symbol is an element with the attribute
// `data-symbol`, so a drawing can light it up.
//
// An equation is written with one token per symbol or sign:
//   x is the value read, h₋ the state before, h the new state; W_hr is a matrix, b_ir a bias.
// The names of gates and states are those of the steps in gru.js.

export const EQUATIONS = {
  gru: {
    r: "r = σ ( W_ir x + b_ir + W_hr h₋ + b_hr )",
    z: "z = σ ( W_iz x + b_iz + W_hz h₋ + b_hz )",
    n: "n = tanh ( W_in x + b_in + r ∘ ( W_hn h₋ + b_hn ) )",
    h: "h = ( 1 − z ) ∘ n + z ∘ h₋",
  },
  "gru-textbook": {
    r: "r = σ ( W_ir x + b_ir + W_hr h₋ + b_hr )",
    z: "z = σ ( W_iz x + b_iz + W_hz h₋ + b_hz )",
    n: "h̃ = tanh ( W_in x + b_in + W_hn ( r ∘ h₋ ) + b_hn )",
    h: "h = ( 1 − z ) ∘ h₋ + z ∘ h̃",
  },
  lstm: {
    i: "i = σ ( W_ii x + b_ii + W_hi h₋ + b_hi )",
    f: "f = σ ( W_if x + b_if + W_hf h₋ + b_hf )",
    g: "g = tanh ( W_ig x + b_ig + W_hg h₋ + b_hg )",
    o: "o = σ ( W_io x + b_io + W_ho h₋ + b_ho )",
    c: "c = f ∘ c₋ + i ∘ g",
    h: "h = o ∘ tanh ( c )",
  },
  rnn: { h: "h = tanh ( W_ih x + b_ih + W_hh h₋ + b_hh )" },
};

// How the network's output follows from the last state.
export const OUTPUT = "y = W_y h + b_y";

const SIGNS = new Set(["=", "(", ")", "+", "−", "∘", "·"]);
const FUNCTIONS = new Set(["σ", "tanh"]);
// The names of symbols in `data-symbol` where the written form differs.
const NAMES = { "h₋": "before", "c₋": "c-before", "h̃": "n" };

// The symbols of an equation, in their order, with repetitions.
export function symbolsOf(equation) {
  return equation
    .split(" ")
    .filter((token) => !SIGNS.has(token) && !FUNCTIONS.has(token) && token !== "1")
    .map((token) => NAMES[token] ?? token);
}

// The equation as a `math` element. `data-equation` names what it computes.
export function math(equation, name) {
  const row = mathml("mrow", {}, ...equation.split(" ").map(part));
  return mathml("math", { "data-equation": name, display: "inline" }, row);
}

function part(token) {
  if (SIGNS.has(token)) return mathml("mo", { text: token });
  if (FUNCTIONS.has(token)) return mathml("mi", { text: token });
  if (token === "1") return mathml("mn", { text: "1" });
  const symbol = written(token);
  symbol.dataset.symbol = NAMES[token] ?? token;
  return symbol;
}

function written(token) {
  const [base, index] = token.split("_");
  if (index) return mathml("msub", {}, mathml("mi", { text: base }), mathml("mi", { text: index }));
  if (token.endsWith("₋")) {
    const before = mathml("mrow", {}, mathml("mi", { text: "t" }), mathml("mo", { text: "−" }),
      mathml("mn", { text: "1" }));
    return mathml("msub", {}, mathml("mi", { text: token.slice(0, -1) }), before);
  }
  return mathml("msub", {}, mathml("mi", { text: token }), mathml("mi", { text: "t" }));
}

function mathml(name, { text, ...attributes }, ...children) {
  const made = document.createElementNS("http://www.w3.org/1998/Math/MathML", name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  if (text !== undefined) made.textContent = text;
  made.append(...children);
  return made;
}
