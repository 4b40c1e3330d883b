// The cell as a drawing: a box for each symbol with its numbers, and the wires between them.

import { element, filled, svg } from "../shared/dom.js";
import { math } from "../shared/equations.js";
import { layout, structure } from "./layout.js";
import { roving } from "./light.js";
import { nameOf } from "./numbers.js";

const COLOURS = { r: "reset", z: "update", n: "candidate", i: "update", f: "reset", g: "candidate" };
const MOTION = 280; // milliseconds

export class Cell {
  // `cut` is the button that cuts the wire of the true value.
  constructor(pane, view, cut) {
    const place = element("div", { class: "drawing" });
    pane.replaceChildren(place);
    Object.assign(this, { place, view, cut });
    this.shape = structure(view);
    const { gates, mixes, inputs } = this.shape;
    this.picture = svg("svg", { "aria-hidden": "true" }, arrow());
    this.boxes = Object.fromEntries([...mixes, "y", ...gates, ...inputs, "next", "true"]
      .map((symbol) => [symbol, this.box(symbol)]));
    place.append(this.picture, ...Object.values(this.boxes));
    this.arrange(place.clientWidth);
    roving(place, "button:not(.cut)");
    this.sizing = new ResizeObserver(() => this.arrange(place.clientWidth));
    this.sizing.observe(place);
  }

  end() {
    this.sizing.disconnect();
    this.still();
  }

  box(symbol) {
    const { view } = this;
    const rows = Array.from({ length: view.rows(symbol) }, (_, row) =>
      element("span", { class: "row" }, view.slot(symbol, row), element("i")));
    const word = symbol in view.tokens ? [element("small", { text: view.words.symbols[symbol] })] : [];
    const title = element("span", { class: "title" }, view.symbol(symbol), ...word);
    const pegs = view.equations[symbol] ? this.pegs(symbol) : [];
    const classes = `box ${COLOURS[symbol] ?? ""} ${symbol === "true" ? "flat" : ""}`;
    return element("div", { class: classes, "data-symbol": symbol, "data-box": symbol }, title, ...rows, ...pegs);
  }

  // What enters a box without a wire: its biases, and the window on a linear path to the output.
  pegs(symbol) {
    const tokens = this.view.equations[symbol].split(" ");
    const biases = tokens.filter((token) => token.startsWith("b_"));
    const pegs = biases.length ? [["b", biases]] : [];
    if (tokens.includes("w")) pegs.push(["w", ["W_p", "w"]]);
    return pegs.map(([name, symbols]) => element("button", {
      type: "button", class: `peg peg-${name}`, tabindex: -1, "data-symbol": symbols.join(" "),
      "aria-label": symbols.map((one) => nameOf(one, this.view.words)).join(", "), text: name,
    }));
  }

  // Places everything for a width. The wires are made once.
  arrange(width) {
    if (!width || width === this.width) return;
    this.width = width;
    const { boxes, wires, height } = layout(width, this.shape, (symbol) => this.view.rows(symbol));
    this.place.style.height = `${height}px`;
    for (const [name, value] of Object.entries({ width, height })) this.picture.setAttribute(name, value);
    for (const [symbol, box] of Object.entries(boxes)) {
      for (const [name, value] of Object.entries(box)) this.boxes[symbol].style[name] = `${value}px`;
    }
    this.wires ??= wires.map((wire) => this.wire(wire));
    wires.forEach(({ path, handle }, k) => {
      this.wires[k].path.setAttribute("d", path);
      this.wires[k].handle.style.left = `${handle[0]}px`;
      this.wires[k].handle.style.top = `${handle[1]}px`;
    });
  }

  wire({ from, to, symbol }) {
    const given = { "data-wire": `${from} ${to}`, "data-symbol": symbol };
    const path = svg("path", { class: "wire", ...given });
    const handle = from === "true" ? this.cut : element("button", {
      type: "button", class: "handle", tabindex: -1, ...given, "aria-label": this.wireName(from, to, symbol),
    }, symbol.startsWith("W_") ? math(symbol, symbol) : element("i"));
    this.picture.append(path);
    this.place.append(handle);
    return { from, to, path, handle };
  }

  wireName(from, to, symbol) {
    const { words } = this.view;
    const name = filled(words.wire, { from: nameOf(from, words), to: nameOf(to, words) });
    return symbol.startsWith("W_") ? `${name}: ${symbol}` : name;
  }

  // Draws the bars. A bar of a gate begins at 0. Others begin in the middle.
  update() {
    for (const [symbol, box] of Object.entries(this.boxes)) {
      const gate = this.view.graph.trees[symbol]?.kind === "σ";
      for (const row of box.querySelectorAll(".row")) {
        const value = Math.min(Math.max(Number(row.firstChild.dataset.value ?? 0), -1), 1);
        const [from, to] = gate ? [0, value] : [0.5 + Math.min(value, 0) / 2, 0.5 + Math.max(value, 0) / 2];
        row.lastChild.style.left = `${from * 100}%`;
        row.lastChild.style.width = `${(to - from) * 100}%`;
      }
    }
  }

  // Emphasises what a stage computes. `parts` are the symbols of its boxes.
  stage({ wires, parts, result }) {
    for (const [symbol, box] of Object.entries(this.boxes)) box.classList.toggle("on", parts.includes(symbol));
    for (const { from, to, path, handle } of this.wires ?? []) {
      const on = wires(from, to);
      path.classList.toggle("on", on);
      handle.classList.toggle("on", on);
    }
    this.result = result;
  }

  // Carries the numbers of the sources along the wires. `done` is called at the end.
  move(done) {
    this.still();
    const movers = this.wires.filter(({ path }) => path.matches(".on:not(.open)")).map(({ from, path }) => {
      const text = this.boxes[from].querySelector(".number").textContent;
      const mover = svg("text", { class: "mover", text });
      this.picture.append(mover);
      return { mover, path, length: path.getTotalLength() };
    });
    const began = performance.now();
    const frame = (now) => {
      const part = Math.min((now - began) / MOTION, 1);
      for (const { mover, path, length } of movers) {
        const { x, y } = path.getPointAtLength(part * length);
        mover.setAttribute("x", x);
        mover.setAttribute("y", y - 5);
      }
      if (part < 1) this.frame = requestAnimationFrame(frame);
      else {
        this.still();
        done();
      }
    };
    this.frame = requestAnimationFrame(frame);
  }

  still() {
    cancelAnimationFrame(this.frame);
    for (const mover of this.picture.querySelectorAll(".mover")) mover.remove();
  }
}

function arrow() {
  const marker = svg("marker", {
    id: "step-arrow", viewBox: "0 0 10 10", refX: 9, refY: 5, markerWidth: 7, markerHeight: 7,
    orient: "auto", markerUnits: "userSpaceOnUse",
  }, svg("path", { d: "M0 0L10 5L0 10z" }));
  return svg("defs", {}, marker);
}
