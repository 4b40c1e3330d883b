// The screen "Steps, units, layers": the states of a network, and the shapes of its tensors.

import { choice, linked, stepper, toggle } from "../shared/controls.js";
import { component, element, filled, svg } from "../shared/dom.js";

const CELL = 20; // pixels of one number
const LEFT = 66; // pixels for the names of the layers
const GAP = 12; // pixels between layers, beside the sheets
const SHEET = 4; // pixels from one series of the batch to the one behind it

export const { draw, remove } = component(".gru-sequence", (root, data) => new Sequence(root, data));

class Sequence {
  constructor(root, { labels }) {
    this.root = root;
    this.labels = labels;
    this.listening = new AbortController();
    this.chosen = { window: 5, hidden: 3, layers: 2, series: 3, first: true, show: "output" };
    this.build();
    linked(root, this.listening.signal);
    this.show();
  }

  part(name) {
    return this.root.querySelector(`.${name}`);
  }

  build() {
    const { labels, chosen } = this;
    const size = (name, max) =>
      stepper({ name, label: labels[name], value: chosen[name], max }, labels, (value) =>
        this.turn({ [name]: value }));
    const { output, h_n: last } = labels;
    this.part("controls").append(
      size("window", 10), size("hidden", 6), size("layers", 3), size("series", 5),
      choice({ name: "show", label: labels.show, value: "output" }, { output, h_n: last },
        (show) => this.turn({ show })),
      toggle({ name: "first", label: labels.first, value: true }, (first) => this.turn({ first })),
    );
  }

  turn(changed) {
    Object.assign(this.chosen, changed);
    this.show();
  }

  // How the network reads the data, which always have the shape (series, window, 1).
  get read() {
    const { window, series, first } = this.chosen;
    return first ? { steps: window, batch: series } : { steps: series, batch: window };
  }

  show() {
    const { labels, read } = this;
    const message = this.chosen.first ? labels.right : labels.wrong;
    this.part("verdict").textContent = filled(message, read);
    this.part("verdict").classList.toggle("wrong", !this.chosen.first);
    this.showStates();
    this.showSizes();
    this.part("shared").textContent =
      read.steps === 1 && this.chosen.layers === 1 ? labels.both : labels.shared;
  }

  // Whether a state is part of what is lit.
  lit(layer, step) {
    return this.chosen.show === "output"
      ? layer === this.chosen.layers - 1
      : step === this.read.steps - 1;
  }

  // The states of one series: a column per step, a group of rows per layer. The other series of
  // the batch lie behind it.
  showStates() {
    const { steps, batch } = this.read;
    const { hidden, layers, show } = this.chosen;
    const { labels } = this;
    const drawing = this.root.querySelector("svg");
    const top = (batch - 1) * SHEET + 2;
    const tall = hidden * CELL;
    const y = (layer) => top + (layers - 1 - layer) * (tall + GAP + (batch - 1) * SHEET);
    const bottom = y(0) + tall + GAP;
    const x = (step) => LEFT + step * CELL;
    const sheets = Array.from({ length: layers * (batch - 1) }, (_, k) => {
      const [layer, behind] = [Math.floor(k / (batch - 1)), batch - 1 - (k % (batch - 1))];
      return svg("rect", {
        class: "sheet", x: x(0) + behind * SHEET, y: y(layer) - behind * SHEET,
        width: steps * CELL, height: tall,
      });
    });
    const cells = Array.from({ length: layers * steps * hidden }, (_, k) => {
      const [layer, step, unit] =
        [Math.floor(k / (steps * hidden)), Math.floor(k / hidden) % steps, k % hidden];
      return svg("rect", {
        class: `state ${this.lit(layer, step) ? show : ""}`, "data-layer": layer, "data-step": step,
        x: x(step), y: y(layer) + unit * CELL, width: CELL, height: CELL,
      });
    });
    const names = Array.from({ length: layers }, (_, layer) => svg("text", {
      x: 0, y: y(layer) + tall / 2 + 5, text: filled(labels.layer, { k: layer + 1 }),
    }));
    const values = Array.from({ length: steps }, (_, step) => svg("g", {},
      svg("circle", { cx: x(step) + CELL / 2, cy: bottom + 4, r: 5 }),
      svg("text", {
        x: x(step) + CELL / 2, y: bottom + 27, text: step + 1, "text-anchor": "middle",
      })));
    drawing.replaceChildren(...sheets, ...cells, ...names, ...values,
      svg("text", { x: 0, y: bottom + 9, text: labels.read }),
      svg("text", { x: 0, y: bottom + 27, text: labels.step }));
    drawing.setAttribute("width", x(steps) + batch * SHEET + 8);
    drawing.setAttribute("height", bottom + 34);
    drawing.setAttribute("aria-label", filled(labels.drawing, {
      layers, steps, name: labels[show], all: cells.length,
      cells: cells.filter((cell) => cell.classList.contains(show)).length,
    }));
  }

  // The shapes of the tensors: each size with the name of its axis.
  get tensors() {
    const { hidden, layers, first } = this.chosen;
    const { steps, batch } = this.read;
    const sequence = (last, name) => {
      const axes = [["batch", batch], ["steps", steps]];
      return [...(first ? axes : axes.reverse()), [name, last]];
    };
    return {
      input: sequence(1, "one"),
      output: sequence(hidden, "size"),
      h_n: [["depth", layers], ["batch", batch], ["size", hidden]],
    };
  }

  // The control that each axis comes from. The last axis of the input is always 1.
  get sources() {
    const { first } = this.chosen;
    const [batch, steps] = first ? ["series", "window"] : ["window", "series"];
    return { batch, steps, size: "hidden", depth: "layers" };
  }

  showSizes() {
    const { labels, tensors, sources } = this;
    const entries = Object.entries(tensors).flatMap(([name, axes]) => [
      element("dt", { text: labels[name] }),
      element("dd", { "data-tensor": name, "data-shape": axes.map(([, size]) => size).join() },
        ...axes.map(([axis, size]) => element("span", { class: axis, "data-from": sources[axis] },
          element("strong", { text: size }), element("small", { text: labels[axis] })))),
    ]);
    this.part("sizes").replaceChildren(...entries);
  }
}
