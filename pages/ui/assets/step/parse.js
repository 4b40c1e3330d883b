// The equations in equations.js as trees.

import { EQUATIONS, OUTPUT, symbolsOf } from "../shared/equations.js";

// The equations of a network by the symbol that each computes. y comes last.
export function equationsOf(network) {
  return { ...EQUATIONS[network.name], y: network.path ? `${OUTPUT} + W_p w` : OUTPUT };
}

// The right side of an equation as a tree.
export function parse(equation) {
  const tokens = equation.split(" ").slice(2); // without the left side
  const sum = () => {
    const terms = [product()];
    const signs = [1];
    while (tokens[0] === "+" || tokens[0] === "−") {
      signs.push(tokens.shift() === "+" ? 1 : -1);
      terms.push(product());
    }
    return terms.length > 1 ? { kind: "sum", terms, signs } : terms[0];
  };
  const product = () => {
    const factors = [factor()];
    while (tokens[0] === "∘") {
      tokens.shift();
      factors.push(factor());
    }
    return factors.length > 1 ? { kind: "product", factors } : factors[0];
  };
  const factor = () => {
    const token = tokens.shift();
    if (token === "(") {
      const inner = sum();
      tokens.shift(); // the closing parenthesis
      return inner;
    }
    if (token === "σ" || token === "tanh") return { kind: token, of: factor() };
    if (token === "1") return { kind: "one" };
    const [symbol] = symbolsOf(token);
    return symbol.startsWith("W_") ? { kind: "matrix", symbol, of: factor() } : { kind: "symbol", symbol };
  };
  return sum();
}

// What an equation reads: each symbol once, with the matrix that it goes through, if any.
export function sources(tree, matrix = null) {
  const inner = tree.terms ?? tree.factors ?? (tree.of ? [tree.of] : []);
  const own = tree.kind === "symbol" ? [{ from: tree.symbol, matrix }] : [];
  const all = [...own, ...inner.flatMap((part) =>
    sources(part, tree.kind === "matrix" ? tree.symbol : matrix))];
  return all.filter(({ from }, k) => all.findIndex((other) => other.from === from) === k);
}
