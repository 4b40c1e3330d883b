// The screen "GRU, LSTM, RNN": the equations side by side, and what each of them decides.

import { component, element, filled } from "../shared/dom.js";
import { EQUATIONS, math } from "../shared/equations.js";

// The jobs of each equation. Equations of other cells with the same job light up with it.
const JOBS = {
  gru: { r: ["see"], z: ["keep", "add"], n: ["propose"], h: ["remember", "show"] },
  lstm: { i: ["add"], f: ["keep"], g: ["propose"], o: ["show"], c: ["remember"], h: ["show"] },
  rnn: { h: ["propose", "remember", "show"] },
};

export const { draw, remove } = component(".gru-cells", (root, data) => new Cells(root, data));

class Cells {
  constructor(root, { labels }) {
    this.root = root;
    this.labels = labels;
    this.listening = new AbortController();
    this.says = root.querySelector(".decides");
    this.says.textContent = labels.hint;
    root.querySelector(".columns").append(...Object.keys(JOBS).map((cell) => this.column(cell)));
  }

  column(cell) {
    const lines = Object.entries(EQUATIONS[cell]).map(([symbol, equation]) => {
      const show = () => this.show(cell, symbol);
      const button = element("button", {
        type: "button", "data-cell": cell, "data-line": symbol,
        "aria-label": filled(this.labels.equation, { cell: this.labels[cell], symbol }),
        on: { pointerenter: show, focus: show, click: show },
      }, math(equation, symbol));
      return element("li", {}, button);
    });
    return element("section", {},
      element("h3", { text: this.labels[cell] }), element("ul", {}, ...lines));
  }

  // Says what one equation decides. Lights it, its symbol, and equations with the same job.
  show(cell, symbol) {
    this.says.textContent = this.labels.decides[`${cell}-${symbol}`];
    const jobs = JOBS[cell][symbol];
    for (const button of this.root.querySelectorAll("button")) {
      const { cell: other, line } = button.dataset;
      const shared = other !== cell && JOBS[other][line].some((job) => jobs.includes(job));
      const chosen = other === cell && line === symbol;
      button.classList.toggle("chosen", chosen);
      button.classList.toggle("shared", shared);
      for (const one of button.querySelectorAll("[data-symbol]")) {
        one.classList.toggle("lit", other === cell && one.dataset.symbol === symbol);
      }
    }
  }
}
