// The symbols and the numbers of a step, as buttons. All panes make theirs here, so one can find
// the counterparts of a button: `data-symbol` names its symbols, and `data-node` its number.

import { element, filled, number } from "../shared/dom.js";
import { math, symbolsOf } from "../shared/equations.js";
import { equationsOf } from "./parse.js";

const SHOWN = 2; // units that are shown at once

// What the panes show: a graph, one step of it (`where`), and some units.
export class View {
  constructor(graph, words) {
    this.graph = graph;
    this.words = words;
    this.equations = equationsOf(graph.network);
    const tokens = Object.values(this.equations).join(" ").split(" ");
    this.tokens = Object.fromEntries(tokens.map((token) => [symbolsOf(token)[0], token]));
    this.slots = [];
    this.firstUnit = 0;
  }

  get units() {
    const last = Math.min(this.firstUnit + SHOWN, this.graph.network.hidden);
    return Array.from({ length: last - this.firstUnit }, (_, k) => this.firstUnit + k);
  }

  // How many numbers of a symbol are shown below each other, and beside each other.
  rows(symbol) {
    const many = /^[Wb]_[ih]/.test(symbol) ? this.graph.network.hidden : this.size(symbol);
    return symbol === "W_y" || symbol === "W_p" ? 1 : Math.min(SHOWN, many);
  }

  columns(symbol) {
    return symbol.startsWith("W_") ? Math.min(SHOWN, this.size(symbol)) : 1;
  }

  size(symbol) {
    return this.graph.size(symbol, this.where.layer);
  }

  // The unit at a place among those shown.
  unitAt(symbol, place) {
    const size = this.size(symbol);
    if (symbol === "w" || symbol === "W_p") return size - Math.min(SHOWN, size) + place;
    return size > 1 ? this.firstUnit + place : place;
  }

  // The number at a row and a column of what is shown of a symbol. Null if there is none.
  node(symbol, row, column) {
    const matrix = symbol.startsWith("W_");
    const flat = symbol === "W_y" || symbol === "W_p";
    const unit = flat ? 0 : matrix ? this.firstUnit + row : this.unitAt(symbol, row);
    return this.graph.number(this.where, symbol, unit, matrix ? this.unitAt(symbol, column) : undefined);
  }

  // A button for a number. `update` gives it the number of the step that is looked at.
  slot(symbol, row, column = 0) {
    const button = element("button", { type: "button", class: "number", tabindex: -1 });
    this.slots.push({ button, symbol, row, column });
    return button;
  }

  update() {
    for (const { button, symbol, row, column } of this.slots) {
      fill(button, this.node(symbol, row, column), this.words);
      button.dataset.symbol = symbol;
    }
  }

  // A button for a symbol. The symbol is written as in the equations.
  symbol(symbol) {
    const written = this.tokens[symbol]
      ? math(this.tokens[symbol], symbol)
      : element("span", { text: this.words.symbols[symbol] });
    return element("button", {
      type: "button", class: "symbol", tabindex: -1, "data-symbol": symbol,
      "aria-label": nameOf(symbol, this.words),
    }, written);
  }
}

// A number in the panes: three significant digits, and fewer if it is small.
function short(value) {
  const size = Math.abs(value);
  return number(value, size < 0.01 ? 1 : size < 0.1 ? 2 : 3);
}

// Shows a node in a button.
export function fill(button, node, words, write = short) {
  button.disabled = node === null;
  button.textContent = node === null ? "–" : write(node.value);
  if (node === null) {
    for (const name of ["node", "value", "also"]) delete button.dataset[name];
    button.setAttribute("aria-label", words.none);
    return;
  }
  button.dataset.node = node.id;
  button.dataset.value = node.value;
  // A copy and its original light each other.
  button.dataset.also = node.kind === "copy" ? node.parents[0].id : "";
  button.setAttribute("aria-label", `${titleOf(node, words)}: ${button.textContent}`);
}

// A symbol in words.
export function nameOf(symbol, { symbols, weights, bias }) {
  if (symbol in symbols) return symbols[symbol];
  const [kind, , side, gate] = symbol;
  const given = { from: symbols[side === "i" ? "x" : "before"], to: symbols[gate] };
  return filled(kind === "W" ? weights : bias, given);
}

// A number in words: its symbol and its unit.
export function titleOf(node, words) {
  if (node.more) return filled(words.more, { count: node.more });
  if (!node.symbol) return words.between;
  const name = nameOf(node.symbol, words);
  const given = { name, unit: node.unit + 1, column: node.column + 1 };
  if (node.kind === "weight") return filled(words.element, given);
  return node.unit === undefined ? name : filled(words.unit, given);
}
