// The learner draws the forecast that they expect, before they see the true one.
//
// The drawing has a point every few steps. The mouse or a finger sets the points that it passes.
// With the keyboard, the left and right arrows choose a point, and up and down move it.
// Python gets the drawing when the learner says that it is done, not before.

import { component, filled, number, svg } from "./dom.js";

const EDGE = 16; // pixels around the lines
const STEP_BY_KEY = 0.05; // of the height of the picture

export const { draw, remove } = component(".gru-sketch", (root, data, given) =>
  new Sketch(root, data, given));

class Sketch {
  constructor(root, data, given) {
    this.root = root;
    this.listening = new AbortController();
    this.picture = root.querySelector("svg");
    this.chosen = 0;
    this.update(data, given);
    this.listen();
    this.sizing = new ResizeObserver(() => this.show());
    this.sizing.observe(this.picture);
  }

  end() {
    this.sizing.disconnect();
  }

  get width() {
    return this.picture.clientWidth;
  }

  get height() {
    return this.picture.clientHeight;
  }

  // `points` is how many points the drawing has, `past` and `horizon` count steps.
  update(data, given) {
    this.data = data;
    this.given = given;
    this.values = data.drawn?.length ? [...data.drawn] : (this.values ?? Array(data.points).fill(null));
    const words = data.labels;
    this.root.querySelector(".clear").textContent = words.clear;
    this.root.querySelector(".done").textContent = words.done;
    this.picture.setAttribute("aria-label", words.picture);
    this.show();
  }

  listen() {
    const { signal } = this.listening;
    const on = (target, event, listener) => target.addEventListener(event, listener, { signal });
    on(this.picture, "pointerdown", (event) => {
      if (this.closed) return;
      this.picture.setPointerCapture(event.pointerId);
      this.last = null;
      this.paint(event);
    });
    on(this.picture, "pointermove", (event) => {
      if (!this.closed && this.picture.hasPointerCapture(event.pointerId)) this.paint(event);
    });
    on(this.picture, "keydown", (event) => this.press(event));
    on(this.root.querySelector(".clear"), "click", () => {
      this.values.fill(null);
      this.show();
    });
    on(this.root.querySelector(".done"), "click", () => {
      this.given.setStateValue("drawn", [...this.values]);
    });
  }

  // Once the truth is shown, the drawing stays as it is.
  get closed() {
    return Boolean(this.data.truth);
  }

  paint(event) {
    const box = this.picture.getBoundingClientRect();
    const y = event.clientY - box.top;
    const step = (event.clientX - box.left - EDGE) / this.perStep - this.data.past.length;
    const at = Math.round(step / this.between);
    if (at < 0 || at >= this.values.length) return;
    const value = this.valueAt(y);
    // A fast mouse jumps over points. They get the values of the straight line.
    const [from, before] = this.last ?? [at, value];
    const way = Math.abs(at - from) || 1;
    for (let k = 0; k <= way; k += 1) {
      const point = Math.round(from + ((at - from) * k) / way);
      this.values[point] = before + ((value - before) * k) / way;
    }
    this.last = [at, value];
    this.chosen = at;
    this.show();
  }

  press(event) {
    const moves = { ArrowLeft: -1, ArrowRight: 1, Home: -Infinity, End: Infinity };
    const turns = { ArrowUp: 1, ArrowDown: -1 };
    if (event.key in moves) {
      const last = this.values.length - 1;
      this.chosen = Math.min(last, Math.max(0, this.chosen + moves[event.key]));
    } else if (event.key in turns && !this.closed) {
      const [low, high] = this.data.range;
      const now = this.values[this.chosen] ?? this.values.slice(0, this.chosen).findLast(
        (value) => value !== null) ?? this.data.past.at(-1);
      const moved = now + turns[event.key] * STEP_BY_KEY * (high - low);
      this.values[this.chosen] = Math.min(high, Math.max(low, moved));
    } else return;
    event.preventDefault();
    this.show();
    this.picture.querySelectorAll("circle")[this.chosen].focus();
  }

  get between() {
    return (this.data.horizon - 1) / (this.values.length - 1);
  }

  get perStep() {
    return (this.width - 2 * EDGE) / (this.data.past.length + this.data.horizon - 1);
  }

  valueAt(y) {
    const [low, high] = this.data.range;
    const share = 1 - (y - EDGE) / (this.height - 2 * EDGE);
    return low + Math.min(1, Math.max(0, share)) * (high - low);
  }

  x(step) {
    return EDGE + (this.data.past.length + step) * this.perStep;
  }

  y(value) {
    const [low, high] = this.data.range;
    return EDGE + (1 - (value - low) / (high - low)) * (this.height - 2 * EDGE);
  }

  show() {
    if (!this.width) return;
    const { past, truth, forecast, labels } = this.data;
    const line = (name, pairs) => svg("path", {
      class: name,
      d: pairs.map(([step, value], k) =>
        `${k ? "L" : "M"}${this.x(step).toFixed(1)} ${this.y(value).toFixed(1)}`).join(""),
    });
    const steps = (values, from = 0) => values.map((value, k) => [k + from, value]);
    const set = this.values.map((value, k) => [k * this.between, value])
      .filter(([, value]) => value !== null);
    const lines = [
      svg("line", { class: "zero", x1: EDGE, x2: this.width - EDGE, y1: this.y(0), y2: this.y(0) }),
      svg("line", { class: "start", x1: this.x(0), x2: this.x(0), y1: 4, y2: this.height - 4 }),
      line("past", steps(past, -past.length)),
      ...(truth ? [line("truth", steps(truth))] : []),
      ...(forecast ? [line("forecast", steps(forecast))] : []),
      line("drawn", set),
    ];
    this.picture.querySelector(".lines").replaceChildren(...lines);
    this.points();
    const missing = this.values.filter((value) => value === null).length;
    const done = this.root.querySelector(".done");
    done.disabled = missing > 0 || this.closed;
    this.root.querySelector(".clear").disabled = this.closed;
    this.root.querySelector("[role=status]").textContent = this.closed
      ? "" : filled(missing ? labels.missing : labels.complete, { missing });
    this.root.dataset.missing = missing; // for tests
  }

  // The points stay the same elements, so the focus stays where it is.
  points() {
    const group = this.picture.querySelector(".points");
    if (group.children.length !== this.values.length) {
      group.replaceChildren(...this.values.map(() => svg("circle", { r: 6, role: "slider" })));
    }
    const [low, high] = this.data.range;
    this.values.forEach((value, k) => {
      const shown = value ?? 0;
      const step = Math.round(k * this.between) + 1;
      const attributes = {
        cx: this.x(k * this.between),
        cy: this.y(shown),
        class: value === null ? "unset" : "",
        tabindex: k === this.chosen ? 0 : -1,
        "aria-label": filled(this.data.labels.point, { step }),
        "aria-valuemin": low,
        "aria-valuemax": high,
        "aria-valuenow": number(shown),
        "aria-disabled": this.closed,
      };
      for (const [name, is] of Object.entries(attributes)) group.children[k].setAttribute(name, is);
    });
  }
}
