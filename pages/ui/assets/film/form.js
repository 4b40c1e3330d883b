// The controls of surgery, and the list of what was done.

import { element, filled, number } from "../shared/dom.js";
import { GATES, SCALES } from "./surgery.js";

export class Form {
  constructor(screen) {
    this.screen = screen;
    this.form = screen.root.querySelector(".surgery");
    const { signal } = screen.listening;
    this.form.addEventListener("submit", (event) => event.preventDefault(), { signal });
    this.form.addEventListener("input", ({ target }) => this.input(target), { signal });
    this.form.addEventListener("click", ({ target }) => this[target.dataset.do]?.(), { signal });
  }

  get fields() {
    return this.form.elements;
  }

  // The choices that the cell and the layer offer.
  fill() {
    const { screen } = this;
    const { words, place } = screen;
    const gates = GATES[screen.described.cell];
    screen.fill("gate", gates.map((name) => [name, words.maps[name]]));
    this.form.querySelector("[data-when=gates]").hidden = !gates.length;
    screen.fill("weights", SCALES.map((name) => [name, this.weightsOf(name, place.layer)]));
    this.fields.unit.max = screen.size;
  }

  show() {
    const { pinned, operations, words } = this.screen;
    if (Number(this.fields.unit.value) !== pinned.unit + 1) this.fields.unit.value = pinned.unit + 1;
    this.form.querySelector("[name=hold-now]").textContent = number(Number(this.fields.hold.value));
    this.form.querySelector("[name=scale-now]").textContent =
      `× ${number(Number(this.fields.scale.value))}`;
    for (const name of ["undo", "restore"]) {
      this.form.querySelector(`[data-do=${name}]`).disabled = !operations.length;
    }
    const items = operations.map((operation) => element("li", { text: this.told(operation, words) }));
    this.form.querySelector(".done").replaceChildren(...items);
  }

  told({ kind, name, value, values, targets }, words) {
    const [[member, layer, unit]] = targets;
    const whole = targets.length > 1;
    return filled(words.done[whole && kind === "freeze" ? "freeze-all" : kind], {
      unit: whole ? words.all : this.screen.nameOf(unit, layer, member),
      name: kind === "scale" ? this.weightsOf(name, layer) : name,
      value: number(value ?? values?.[0] ?? 0),
    });
  }

  // What reads a unit: the output in the last layer, and the next layer in the others.
  weightsOf(name, layer) {
    const last = layer === this.screen.film.model.members[0].layers.length - 1;
    return this.screen.words.weights[name === "out" && !last ? "next" : name];
  }

  input({ name, value }) {
    const { screen } = this;
    if (name === "unit") {
      const unit = Math.round(Number(value)) - 1;
      if (unit >= 0 && unit < screen.size) screen.pin(unit, screen.pinned.column);
    }
    if (name === "hold") this.hold();
    if (name === "scale") this.scale();
  }

  get targets() {
    const { film, place, pinned } = this.screen;
    return this.fields.all.checked ? film.units : [[place.member, place.layer, pinned.unit]];
  }

  hold() {
    const { gate, hold } = this.fields;
    this.add({ kind: "hold", name: gate.value, value: Number(hold.value), targets: this.targets });
  }

  scale() {
    const { weights, scale } = this.fields;
    const value = Number(scale.value);
    this.add({ kind: "scale", name: weights.value, value, targets: this.targets });
  }

  mute() {
    this.add({ kind: "mute", targets: this.targets });
  }

  // Freezes at the value of the chosen step.
  freeze() {
    const { now, pinned } = this.screen;
    const { targets } = this;
    const column = ({ columns }) => columns[pinned.column] ?? columns.at(-1);
    const values = targets.map(([member, layer, unit]) => column(now.paths[member])[layer].h[unit]);
    this.add({ kind: "freeze", values, targets });
  }

  // A slider that moves on changes the last operation. Anything else is a new one.
  add(operation) {
    const { operations } = this.screen;
    const what = ({ kind, name, targets }) => [kind, name, targets].join(" ");
    const last = operations.at(-1);
    const kept = last && what(last) === what(operation) ? operations.slice(0, -1) : operations;
    this.screen.operate([...kept, operation]);
  }

  undo() {
    this.screen.operate(this.screen.operations.slice(0, -1));
    this.keepFocus();
  }

  restore() {
    this.screen.operate([]);
    this.keepFocus();
  }

  // A disabled button loses the focus. Then the keyboard would start again at the top of the page.
  keepFocus() {
    if (!this.screen.operations.length) this.fields.unit.focus();
  }
}
