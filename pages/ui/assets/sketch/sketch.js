// The learner draws the forecast that they expect, before they see the true one.
//
// The drawing has a point every few steps. The mouse or a finger sets the points that it passes.
// With the keyboard, the left and right arrows choose a point, and up and down move it.
// Python gets the drawing when the learner says that it is done, not before.

import { component, element, filled, number, polyline, svg } from "../shared/dom.js";

const EDGE = 16; // pixels around the lines
const LEFT = 30; // pixels for the numbers of the vertical axis
const BELOW = 26; // pixels for those of the horizontal axis
const SLACK = 0.15; // of the distance between two points, for a hand that moves a point straight up
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

  // `points` is how many points the drawing has, `past` and `horizon` count steps. `drawn` is the
  // drawing that Python keeps. Without a change of it, what the learner draws now stays.
  update(data, given) {
    this.data = data;
    this.given = given;
    const kept = JSON.stringify(data.drawn);
    if (kept !== this.kept) {
      this.kept = kept;
      this.values = data.drawn ? [...data.drawn] : Array(data.points).fill(null);
    }
    this.picture.setAttribute("aria-label", data.labels.picture);
    this.show();
  }

  listen() {
    const { signal } = this.listening;
    const on = (target, event, listener) => target.addEventListener(event, listener, { signal });
    on(this.picture, "pointerdown", (event) => {
      if (this.closed || event.button !== 0) return;
      this.picture.setPointerCapture(event.pointerId);
      this.last = null;
      this.nearest = []; // how near this stroke came to each point, in steps
      this.paint(event);
    });
    on(this.picture, "pointermove", (event) => {
      if (!this.closed && this.picture.hasPointerCapture(event.pointerId)) this.paint(event);
    });
    on(this.picture, "keydown", (event) => this.press(event));
    on(this.root.querySelector(".clear"), "click", () => {
      if (this.closed) return this.given.setTriggerValue("drawn", []);
      this.values.fill(null);
      this.show();
    });
    on(this.root.querySelector(".done"), "click", () => {
      this.given.setTriggerValue("drawn", [...this.values]);
    });
  }

  // Once the truth is shown, the drawing stays as it is.
  get closed() {
    return Boolean(this.data.truth);
  }

  // The pointer sets the points that it passes. On its way from its last place it was nearest to a
  // point somewhere: there it gives the point its height. So a fast stroke leaves no point out, and
  // a point does not move any more when the pointer goes on to the next one.
  paint(event) {
    const now = this.place(event);
    const [from, before] = this.last ?? now;
    const [to, value] = now;
    this.last = now;
    for (let k = 0; k < this.values.length; k += 1) {
      const own = k * this.between;
      const share = from === to ? 1 : Math.min(1, Math.max(0, (own - from) / (to - from)));
      const away = Math.abs(own - from - share * (to - from));
      const nearest = this.nearest[k] ?? this.between / 2;
      if (away > nearest + SLACK * this.between) continue;
      this.nearest[k] = Math.min(nearest, away);
      this.values[k] = before + share * (value - before);
      this.chosen = k;
    }
    this.show();
  }

  // The step and the value at the pointer.
  place(event) {
    const box = this.picture.getBoundingClientRect();
    const step = (event.clientX - box.left - LEFT) / this.perStep - this.data.past.length;
    return [step, this.valueAt(event.clientY - box.top)];
  }

  press(event) {
    const moves = { ArrowLeft: -1, ArrowRight: 1, Home: -Infinity, End: Infinity };
    const turns = { ArrowUp: 1, ArrowDown: -1 };
    if (event.key in moves) {
      const last = this.values.length - 1;
      this.chosen = Math.min(last, Math.max(0, this.chosen + moves[event.key]));
    } else if (event.key in turns && !this.closed) {
      const [low, high] = this.data.range;
      const moved = this.valueBefore() + turns[event.key] * STEP_BY_KEY * (high - low);
      this.values[this.chosen] = Math.min(high, Math.max(low, moved));
    } else return;
    event.preventDefault();
    this.show();
    this.picture.querySelectorAll("circle")[this.chosen].focus();
  }

  // Where the chosen point begins to move: at its own value, or at that of the last point before.
  valueBefore() {
    const until = this.values.slice(0, this.chosen + 1);
    return until.findLast((value) => value !== null) ?? this.data.past.at(-1);
  }

  get between() {
    return (this.data.horizon - 1) / (this.values.length - 1);
  }

  get perStep() {
    return (this.width - LEFT - EDGE) / (this.data.past.length + this.data.horizon - 1);
  }

  valueAt(y) {
    const [low, high] = this.data.range;
    const share = 1 - (y - EDGE) / (this.height - EDGE - BELOW);
    return low + Math.min(1, Math.max(0, share)) * (high - low);
  }

  x(step) {
    return LEFT + (this.data.past.length + step) * this.perStep;
  }

  y(value) {
    const [low, high] = this.data.range;
    return EDGE + (1 - (value - low) / (high - low)) * (this.height - EDGE - BELOW);
  }

  show() {
    if (!this.width) return;
    this.picture.querySelector(".axes").replaceChildren(...this.axes());
    this.picture.querySelector(".lines").replaceChildren(...this.lines());
    this.points();
    this.words();
    this.root.dataset.missing = this.missing; // for tests
  }

  get missing() {
    return this.values.filter((value) => value === null).length;
  }

  axes() {
    const text = (x, y, anchor, words) =>
      svg("text", { x, y, "text-anchor": anchor, text: words });
    const level = (value) => svg("line", {
      class: "level", x1: LEFT, x2: this.width - EDGE, y1: this.y(value), y2: this.y(value),
    });
    const values = [1, 0, -1];
    const steps = [...this.data.steps].map((step, k, { length }) => text(this.x(step - 1),
      this.height - 8, k === length - 1 ? "end" : "middle", filled(this.data.labels.point, { step })));
    return [
      ...values.map(level),
      ...values.map((value) => text(LEFT - 8, this.y(value) + 4, "end", number(value))),
      ...steps,
      svg("line", { class: "start", x1: this.x(0), x2: this.x(0), y1: 4, y2: this.height - BELOW }),
    ];
  }

  lines() {
    const { past, truth, forecast } = this.data;
    const known = (pairs) => pairs.filter(([, value]) => value !== null);
    const along = (pairs) =>
      polyline(known(pairs).map(([step, value]) => [this.x(step), this.y(value)]));
    const line = (name, pairs) => svg("path", { class: name, d: along(pairs) });
    const steps = (values, from) => values.map((value, k) => [k + from, value]);
    const set = this.values.map((value, k) => [k * this.between, value]);
    const lines = [line("past", steps(past, -past.length)), line("drawn", set)];
    if (!truth) return lines;
    const true_ = steps([past.at(-1), ...truth], -1);
    return [
      svg("path", { class: "gap", d: `${along([...set, ...true_.slice(1).reverse()])}Z` }),
      line("truth", true_),
      line("forecast", steps(forecast, 0)),
      ...lines,
    ];
  }

  // The points stay the same elements, so the focus stays where it is.
  points() {
    const group = this.picture.querySelector(".points");
    if (group.children.length !== this.values.length) {
      group.replaceChildren(...this.values.map(() => svg("circle", { r: 4.5, role: "slider" })));
    }
    const [low, high] = this.data.range;
    const { labels } = this.data;
    this.values.forEach((value, k) => {
      const shown = value ?? 0;
      const step = Math.round(k * this.between) + 1;
      const attributes = {
        cx: this.x(k * this.between),
        cy: this.y(shown),
        class: value === null ? "unset" : "",
        tabindex: k === this.chosen ? 0 : -1,
        "aria-label": filled(labels.point, { step }),
        "aria-valuemin": low,
        "aria-valuemax": high,
        "aria-valuenow": shown,
        "aria-valuetext": value === null ? labels.unset : number(value),
        "aria-disabled": this.closed,
      };
      for (const [name, is] of Object.entries(attributes)) group.children[k].setAttribute(name, is);
    });
  }

  words() {
    const { labels, drawn } = this.data;
    const [clear, done] = [".clear", ".done"].map((name) => this.root.querySelector(name));
    clear.textContent = this.closed ? labels.again : labels.clear;
    done.textContent = labels.done;
    if (this.closed && done.matches(":focus")) clear.focus();
    done.hidden = this.closed;
    done.disabled = this.missing > 0;
    const kept = drawn && JSON.stringify(this.values) === this.kept;
    const state = this.missing ? labels.missing : kept ? labels.kept : labels.complete;
    this.root.querySelector("[role=status]").textContent =
      this.closed ? "" : filled(state, { missing: this.missing });
    const names = this.closed ? ["truth", "drawn", "forecast"] : ["past", "drawn"];
    this.root.querySelector(".key").replaceChildren(...names.map((name) =>
      element("span", {}, element("i", { class: name }), labels[name])));
  }
}
