// The equations with the numbers of one unit at one step.

import { element, filled, number } from "../shared/dom.js";
import { EQUATIONS, math, symbolsOf } from "../shared/equations.js";
import { heldBy } from "./surgery.js";

// A hover computes one window. A window that takes more products of two numbers waits for a click.
const QUICK = 2e7;

const INVERSE = { σ: (a) => Math.log(a / (1 - a)), tanh: Math.atanh };

export class Reading {
  constructor(screen) {
    this.screen = screen;
    const equations = EQUATIONS[screen.described.cell];
    this.lines = Object.entries(equations).map(([name, equation]) => {
      const numbers = element("span", { class: "numbers", "data-name": name });
      const line = element("li", { "data-line": name }, math(equation, name), numbers);
      return { name, equation, numbers, line };
    });
    const list = element("ul", { class: "equations" }, ...this.lines.map(({ line }) => line));
    this.root = screen.root.querySelector(".reading");
    this.root.querySelector(".equations")?.remove();
    this.root.append(list);
    // An equation under the mouse lights its map, as a map lights its equation.
    list.addEventListener("pointerover", ({ target }) => {
      this.light(target.closest("[data-symbol]")?.dataset.symbol
        ?? target.closest("li")?.dataset.line);
    });
    list.addEventListener("pointerleave", () => this.light(null));
  }

  // `map` is the heat map that the reader points at, or nothing.
  show(unit, column, map) {
    const { film, operations, now, place, words, series } = this.screen;
    const path = now.paths[place.member];
    if (!(column in path.columns)) return; // the worker has not computed it yet
    if (this.screen.seen && film.model.work(1) > QUICK) return;
    const { x, before, now: steps } = film.moment(place.member, column, operations, path);
    const [step, last] = [steps[place.layer], before[place.layer]];
    const values = { x: place.layer ? NaN : x, before: last.h[unit], "c-before": last.c?.[unit] };
    for (const [name, numbers] of Object.entries(step)) values[name] = numbers[unit];
    const held = heldBy(operations, place.member, steps.length)[place.layer];
    for (const { name, equation, numbers } of this.lines) {
      const fixed = held[name]?.has(unit);
      numbers.textContent = fixed
        ? filled(words.held, { name, value: number(values[name]) })
        : written(name, equation, values);
      numbers.dataset.value = values[name];
    }
    this.where(unit, column, values.x, series.times[column]);
    this.values = values;
    this.light(map);
  }

  where(unit, column, x, time) {
    const { words, series } = this.screen;
    const place = column - series.lead; // 0 is the first step of the loop
    const given = { unit: this.screen.nameOf(unit), time, step: place + 1 };
    given.steps = filled(words.change[place === -1 ? "step" : "steps"], { count: -place });
    const parts = [filled(place < 0 ? words.before : words.at, given)];
    if (Number.isFinite(x)) parts.push(filled(words.read, { x: number(x) }));
    this.root.querySelector(".where").textContent = parts.join(" ");
  }

  light(name) {
    const { root } = this.screen;
    for (const part of root.querySelectorAll("[data-map], [data-line]")) {
      part.classList.toggle("lit", (part.dataset.map ?? part.dataset.line) === name);
    }
  }

  // The place and its numbers, for a screen reader.
  spoken() {
    const numbers = this.lines.map(({ name }) => `${name} ${number(this.values[name])}`);
    return `${this.root.querySelector(".where").textContent} ${numbers.join(", ")}`;
  }
}

// The equation with numbers. Where weights take part, only the last function is written out.
function written(name, equation, values) {
  const right = equation.split(" ").slice(2);
  const result = number(values[name]);
  if (symbolsOf(right.join(" ")).every((symbol) => symbol in values)) {
    const tokens = right.map((token) => {
      const [symbol] = symbolsOf(token);
      return symbol ? bracketed(number(values[symbol])) : token;
    });
    return `${tokens.join(" ")} = ${result}`
      .replaceAll("( ", "(").replaceAll(" )", ")").replaceAll("tanh (", "tanh(")
      .replace(/\(\(([^()]+)\)\)/, "($1)");
  }
  const inner = INVERSE[right[0]](values[name]);
  return Number.isFinite(inner) ? `${right[0]}(${number(inner)}) = ${result}` : `${name} = ${result}`;
}

function bracketed(text) {
  return text.startsWith("−") ? `(${text})` : text;
}
