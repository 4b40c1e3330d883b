// Where a number came from: a small panel with the products, their sum and the function applied.
// Each number in it can be clicked as well, down to the inputs and the weights.

import { element, filled, number } from "../shared/dom.js";
import { math } from "../shared/equations.js";
import { origin } from "./provenance.js";
import { fill, titleOf } from "./numbers.js";

export class Origin {
  // `beside` is the pane of the equations.
  constructor(root, beside, signal) {
    Object.assign(this, { root, beside });
    this.panel = element("div", { class: "origin", role: "dialog", hidden: true, tabindex: -1 });
    root.append(this.panel);
    root.addEventListener("keydown", (event) => {
      if (event.key !== "Escape" || this.panel.hidden) return;
      event.preventDefault();
      this.close();
    }, { signal });
  }

  // Opens the panel for the number in a button, at that button.
  open(button, node, view) {
    if (!this.panel.contains(button)) Object.assign(this, { opener: button, path: [] });
    this.view = view;
    this.path.push(node);
    this.show();
  }

  close() {
    this.forget();
    this.opener.focus();
  }

  forget() {
    this.panel.hidden = true;
    this.root.dataset.open = "";
  }

  show() {
    const { words } = this.view;
    const node = this.path.at(-1);
    const { squash, sum, rows } = origin(node, this.view.units);
    const name = titleOf(node, words);
    const head = element("div", { class: "head" },
      this.action("←", words.back, () => this.back(), this.path.length < 2),
      element("strong", { text: this.dated(name, node) }),
      this.action("×", words.close, () => this.close()));
    const list = element("ul", {}, ...rows.map((one) => this.row(one)));
    const end = rows.length ? this.result(node, squash, sum, rows.length > 1) : [element("p", { text: this.leaf(node) })];
    const unit = this.inUnits(node);
    if (unit) end.push(element("p", { class: "unit", text: unit }));
    this.panel.replaceChildren(head, ...(rows.length ? [list] : []), ...end);
    Object.assign(this.panel.dataset, { node: node.id, kind: node.kind, squash: squash ?? "" });
    this.panel.dataset.value = node.value;
    this.panel.setAttribute("aria-label", name);
    this.panel.hidden = false;
    this.root.dataset.open = node.id; // for tests
    this.place();
    (this.panel.querySelector("ul .number") ?? this.panel.querySelector("button:last-child")).focus({ preventScroll: true });
  }

  // The name of a number, with its step if that is not the one on the screen.
  dated(name, { where }) {
    if (!where || where.at === this.view.where.at) return name;
    const step = where.at + this.view.graph.course.window;
    return `${name}, ${filled(this.view.words.position, { step })}`;
  }

  row({ sign, factors, value }) {
    const parts = factors.flatMap((factor, k) => [...(k ? ["×"] : []), this.factor(factor)]);
    const alone = factors.length === 1 && sign === 1;
    const product = element("span", { class: "product", "data-value": sign * value,
      text: alone ? "" : `= ${number(sign * value)}` });
    return element("li", { "data-sign": sign }, element("span", { class: "parts" }, ...(sign < 0 ? ["−"] : []), ...parts), product);
  }

  factor(node) {
    const button = element("button", { type: "button", class: "number" });
    fill(button, node, this.view.words, number);
    if (node.symbol) button.dataset.symbol = node.symbol;
    button.addEventListener("click", () => this.open(button, node, this.view));
    return element("span", { class: "factor" }, ...this.written(node), button);
  }

  written(node) {
    const { tokens, words } = this.view;
    if (node.more) return [element("small", { text: titleOf(node, words) })];
    if (!node.symbol) return [];
    return [tokens[node.symbol] ? math(tokens[node.symbol], node.symbol) : element("small", { text: words.symbols[node.symbol] })];
  }

  // The last lines: the sum, the function, and the number itself.
  result(node, squash, sum, several) {
    const { words } = this.view;
    const line = (word, value, name) => element("p", { class: name }, element("span", { text: word }),
      element("span", { "data-value": value, text: number(value) }));
    if (node.kind === "copy") return [element("p", { text: words.origins.copy })];
    const before = squash && several ? [line(words.sum, sum, "sum")] : [];
    const word = squash ? `${squash}(${number(sum)})` : several ? words.sum : words.result;
    return [...before, line(word, node.value, "result")];
  }

  leaf({ kind, symbol }) {
    return this.view.words.origins[symbol === "true" ? "true" : kind];
  }

  // A value that is read, and an output, also in the units of the data.
  inUnits({ symbol, where }) {
    const { graph: { course, cut }, words, unit } = this.view;
    if (!["x", "y", "true", "next"].includes(symbol) || (symbol === "x" && where.layer > 0)) return "";
    const { end, at } = where;
    const own = symbol === "y" || (symbol === "next" && cut);
    const value = symbol === "x" ? course.valueAt(at) : own ? course.run(end).value : course.truth(end + 1);
    const { lag } = course.model;
    return filled(words.data[lag ? "change" : "value"], { value: `${number(value, 4)} ${unit}`.trim(), lag });
  }

  back() {
    this.path.pop();
    this.show();
  }

  action(sign, name, listener, disabled = false) {
    return element("button", { type: "button", class: "action", "aria-label": name, disabled, text: sign,
      on: { click: listener } });
  }

  // Below the equations, where it covers nothing. On a narrow screen, at the number.
  place() {
    const outer = this.root.getBoundingClientRect();
    const free = this.beside.getBoundingClientRect();
    const at = this.opener.getBoundingClientRect();
    const { offsetWidth: width, offsetHeight: height } = this.panel;
    const wide = free.left > outer.left + width;
    const left = wide ? free.left : Math.min(Math.max(at.left - width / 2, outer.left), outer.right - width);
    const below = at.bottom + height + 8 < innerHeight;
    const top = wide ? free.bottom + 8 : below ? at.bottom + 6 : at.top - height - 6;
    this.panel.style.left = `${left - outer.left}px`;
    this.panel.style.top = `${top - outer.top}px`;
    this.panel.scrollIntoView({ block: "nearest" });
  }
}
