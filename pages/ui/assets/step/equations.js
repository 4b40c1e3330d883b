// The equations, with the numbers of one step under their symbols.

import { element, filled } from "../shared/dom.js";
import { math, symbolsOf } from "../shared/equations.js";
import { roving } from "./light.js";
import { nameOf } from "./numbers.js";

export class Equations {
  constructor(place, view) {
    this.view = view;
    this.lines = Object.entries(view.equations).map(([name, equation]) => this.line(name, equation));
    place.replaceChildren(...this.lines);
    for (const line of this.lines) roving(line, "button");
  }

  line(name, equation) {
    return element("div", {
      class: "line", "data-line": name, role: "group", "aria-label": nameOf(name, this.view.words),
    }, ...equation.split(" ").map((token) => this.token(token)));
  }

  token(token) {
    const [symbol] = symbolsOf(token);
    if (!symbol) return element("span", { class: "sign" }, math(token, token));
    return element("span", { class: "token" }, this.view.symbol(symbol), this.values(symbol));
  }

  values(symbol) {
    const [rows, columns] = [this.view.rows(symbol), this.view.columns(symbol)];
    const cells = [];
    for (let row = 0; row < rows; row += 1) {
      for (let column = 0; column < columns; column += 1) cells.push(this.view.slot(symbol, row, column));
    }
    const style = `grid-template-columns: repeat(${columns}, auto)`;
    const values = element("span", { class: "values", style }, ...cells);
    const left = this.view.size(symbol) - columns;
    if (symbol.startsWith("W_") && left > 0) {
      values.append(element("span", { class: "left", text: filled(this.view.words.left, { count: left }) }));
    }
    return values;
  }

  // Emphasises the equation of a stage.
  stage(name) {
    for (const line of this.lines) line.classList.toggle("on", line.dataset.line === name);
  }
}
