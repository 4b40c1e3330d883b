// The window, unrolled in time: the values that were read, the state after each, and the output.
//
// The curve is in the units of the data, because each window can have its own normalization. The
// numbers below it are normalized, as the network sees them.

import { element, filled, svg } from "../shared/dom.js";
import { roving } from "./light.js";

const HIGH = 92; // of the curve, in pixels
const BAR = 24; // of the row of one unit
const NARROWEST = 26; // of a step
const WIDEST = 96;

export class Time {
  // `choose` is called with a position that the reader chooses.
  constructor(place, view, choose) {
    Object.assign(this, { place, view, choose });
    this.picture = svg("svg", { "aria-hidden": "true" });
    this.options = element("div", { class: "options", role: "listbox", "aria-label": view.words.steps,
      "aria-orientation": "horizontal" });
    this.strip = element("div", { class: "strip" }, this.picture, this.options);
    this.names = element("div", { class: "names", "aria-hidden": "true" });
    this.label = element("p", { class: "reading" });
    this.facts = element("div", { class: "facts" }, ...this.chips());
    const rows = element("div", { class: "unrolled" }, this.names, this.strip);
    place.replaceChildren(this.label, rows, this.facts);
    roving(this.options, "button", (one) => choose(Number(one.dataset.position)));
    roving(this.facts, "button");
    this.sizing = new ResizeObserver(() => this.update());
    this.sizing.observe(place);
  }

  end() {
    this.sizing.disconnect();
  }

  get course() {
    return this.view.graph.course;
  }

  // The symbols and numbers of the chosen step, in one line.
  chips() {
    const state = this.view.graph.network.cell.parts.flatMap((part) => [part === "h" ? "before" : "c-before", part]);
    return ["x", ...state, "y", "true", "next"].map((symbol) => element("span", { class: "fact" },
      this.view.symbol(symbol),
      ...Array.from({ length: this.view.rows(symbol) }, (_, row) => this.view.slot(symbol, row))));
  }

  update() {
    const { course, view: { where, words } } = this;
    const first = 1 - course.window;
    const count = course.last + 2 - first; // up to the value that comes next
    const units = this.view.units;
    const names = [words.curve, ...units.map((unit) => filled(words.state, { unit: unit + 1 }))];
    this.names.replaceChildren(...names.map((text) => element("span", { text })));
    const wide = Math.min(Math.max(this.strip.clientWidth / count, NARROWEST), WIDEST);
    const high = HIGH + BAR * units.length + 6;
    const size = { width: count * wide, height: high };
    for (const [name, value] of Object.entries(size)) this.picture.setAttribute(name, value);
    this.options.style.width = `${size.width}px`;
    const x = (position) => (position - first + 0.5) * wide;
    this.picture.replaceChildren(...this.curve(x, first), ...this.states(x, wide, units));
    this.columns(first, wide);
    const end = words.starts[course.network.feedback];
    this.label.textContent = filled(words.step, { step: where.at - first + 1, window: course.window, end });
    this.place.dataset.feedback = course.network.feedback;
  }

  curve(x, first) {
    const { course, view: { where } } = this;
    const run = course.run(where.end);
    const positions = Array.from({ length: course.last + 2 - first }, (_, k) => first + k);
    const truths = positions.map((p) => course.truth(p)).filter((value) => value !== undefined);
    const values = [...truths, ...positions.map((p) => course.valueAt(p)), run.value].filter(Number.isFinite);
    const [low, top] = [Math.min(...values), Math.max(...values)];
    const y = (value) => 10 + (HIGH - 20) * (1 - (value - low) / (top - low || 1));
    const line = (name, points) => svg("path", {
      class: name, d: points.length > 1 ? `M${points.map(([p, value]) => `${x(p)} ${y(value)}`).join("L")}` : "",
    });
    const known = positions.map((p) => [p, course.truth(p)]).filter(([, value]) => value !== undefined);
    const own = positions.filter((p) => course.isOwn(p)).map((p) => [p, course.valueAt(p)]);
    const start = own.length ? [[own[0][0] - 1, course.valueAt(own[0][0] - 1)]] : [];
    const made = [line("truth", known), line("own", [...start, ...own])];
    for (const p of positions.slice(0, -1)) {
      const read = p >= run.first && p <= where.end;
      const kind = `dot ${course.isOwn(p) ? "own" : "true"} ${read ? "" : "unread"}`;
      const lights = p === where.at ? { "data-symbol": "x" } : {};
      made.push(svg("circle", { class: kind, cx: x(p), cy: y(course.valueAt(p)), r: p === where.at ? 6 : 4, ...lights }));
    }
    const after = where.end + 1;
    if (course.truth(after) !== undefined) {
      made.push(svg("circle", { class: "target", cx: x(after), cy: y(course.truth(after)), r: 5, "data-symbol": "true" }));
    }
    made.push(svg("circle", { class: "output", cx: x(after), cy: y(run.value), r: 5, "data-symbol": "y" }));
    return made;
  }

  // The state after each step that was read, as bars from −1 to 1.
  states(x, wide, units) {
    const { graph, where } = this.view;
    const run = this.course.run(where.end);
    return run.steps.flatMap((_, k) => units.map((unit, row) => {
      const at = run.first + k;
      const node = graph.number({ ...where, at }, "h", unit);
      const [middle, long] = [HIGH + BAR * (row + 0.5) + 3, (node.value * BAR) / 2];
      const place = { x: x(at) - wide * 0.3, width: wide * 0.6, y: middle - Math.max(long, 0),
        height: Math.max(Math.abs(long), 1) };
      return svg("rect", { class: "state", ...place, "data-node": node.id });
    }));
  }

  // One button for each step. They are kept, so the focus stays.
  columns(first, wide) {
    const { course, view: { where, words } } = this;
    while (this.options.children.length > course.last + 1 - first) this.options.lastChild.remove();
    for (let p = first; p <= course.last; p += 1) {
      let option = this.options.children[p - first];
      if (!option) {
        option = element("button", { type: "button", role: "option", "data-position": p,
          on: { click: () => this.choose(p) } });
        this.options.append(option);
      }
      option.setAttribute("aria-label", filled(words.position, { step: p - first + 1 }));
      option.setAttribute("aria-selected", p === where.at);
      option.tabIndex = p === where.at ? 0 : -1;
      option.style.width = `${wide}px`;
    }
    const chosen = this.options.children[where.at - first];
    const { scrollLeft, clientWidth } = this.strip;
    if (chosen.offsetLeft < scrollLeft || chosen.offsetLeft + 2 * wide > scrollLeft + clientWidth) {
      this.strip.scrollLeft = chosen.offsetLeft - clientWidth + 3 * wide;
    }
  }
}
