// The screen "Shapes and counts": the packed matrices of the first layer, and the parameters.

import { choice, stepper, toggle } from "../shared/controls.js";
import { component, element, filled, svg } from "../shared/dom.js";

// The blocks of each cell in their packed order: the name of the gate here, and the letter there.
const BLOCKS = {
  gru: { pytorch: ["r", "z", "n"], keras: ["z", "r", "n:h"] },
  lstm: { pytorch: ["i", "f", "g", "o"], keras: ["i", "f", "g:c", "o"] },
  rnn: { pytorch: ["h"], keras: ["h"] },
};
const UNIT = 18; // pixels of one number, if there is room
const TALL = 300; // pixels that the matrices may take
const TOP = 44; // pixels above them for their names
const LEFT = 74; // pixels beside them for the names of the blocks
const SLOT = 62; // pixels that a matrix takes at least, because of its name
const FINEST = 5; // pixels; the numbers of a finer matrix are not drawn one by one

export const { draw, remove } = component(".gru-shapes", (root, data) => new Shapes(root, data));

// The parameters of one layer: PyTorch's formula, for `biases` biases per row.
function parameters(cell, input, hidden, biases) {
  return BLOCKS[cell].pytorch.length * hidden * (input + hidden + biases);
}

class Shapes {
  constructor(root, { labels }) {
    this.root = root;
    this.labels = labels;
    this.listening = new AbortController();
    this.chosen = { cell: "gru", input: 1, hidden: 2, layers: 1, biases: 2, order: "pytorch" };
    this.build();
    this.sizing = new ResizeObserver(() => this.show());
    this.sizing.observe(this.part("drawing"));
    this.show();
  }

  end() {
    this.sizing.disconnect();
  }

  part(name) {
    return this.root.querySelector(`.${name}`);
  }

  build() {
    const { labels, chosen } = this;
    const size = (name, max) =>
      stepper({ name, label: labels[name], value: chosen[name], max }, labels, (value) =>
        this.turn({ [name]: value }));
    const { gru, lstm, rnn, pytorch, keras } = labels;
    this.part("controls").append(
      choice({ name: "cell", label: labels.cell, value: "gru" }, { gru, lstm, rnn },
        (cell) => this.turn({ cell })),
      size("input", 1024), size("hidden", 1024), size("layers", 8),
      toggle({ name: "second", label: labels.second, value: true },
        (on) => this.turn({ biases: on ? 2 : 1 })),
      choice({ name: "order", label: labels.order, value: "pytorch" }, { pytorch, keras },
        (order) => this.turn({ order })),
    );
  }

  turn(changed) {
    Object.assign(this.chosen, changed);
    this.show();
  }

  get blocks() {
    const { cell, order } = this.chosen;
    return BLOCKS[cell][order].map((block) => {
      const [name, letter = name] = block.split(":");
      return { name, letter };
    });
  }

  show() {
    this.showMatrices();
    this.showCounts();
    this.showFormula();
    const { labels, chosen } = this;
    this.part("note").textContent = chosen.biases === 2 ? labels.same : labels["one-bias"];
  }

  // The matrices of layer 1, with their names and numbers of columns.
  get matrices() {
    const { input, hidden, biases } = this.chosen;
    const all = [["W_ih", input], ["W_hh", hidden], ["b_ih", 1], ["b_hh", 1]];
    return all.slice(0, 2 + biases).map(([name, columns]) => ({ name, columns }));
  }

  showMatrices() {
    const { labels, blocks, matrices } = this;
    const { hidden, layers, order } = this.chosen;
    const rows = blocks.length * hidden;
    const columns = matrices.reduce((sum, matrix) => sum + matrix.columns, 0);
    const room = this.part("drawing").clientWidth - LEFT - matrices.length * SLOT;
    const unit = Math.min(UNIT, TALL / rows, Math.max(room, 100) / columns);
    const drawing = this.root.querySelector("svg");
    const height = TOP + rows * unit + 4;
    drawing.replaceChildren(...blocks.map((block, k) => this.blockName(block, k, unit)));
    let x = LEFT;
    for (const { name, columns: wide } of matrices) {
      drawing.append(this.matrix(name, x, wide, unit));
      x += Math.max(wide * unit, SLOT - 8) + 12;
    }
    drawing.setAttribute("height", height);
    const letters = blocks.map(({ letter }) => letter).join(", ");
    drawing.setAttribute("aria-label", filled(labels.drawing, { rows, blocks: letters }));
    const sentences = [filled(layers > 1 ? labels.deeper : labels.first, { hidden })];
    if (order === "keras") {
      sentences.push(filled(labels.transposed, { rows, columns: this.chosen.input }));
    }
    this.part("drawn").textContent = sentences.join(" ");
  }

  // A block's letter and its rows, at the left.
  blockName({ name, letter }, k, unit) {
    const { hidden } = this.chosen;
    const y = TOP + (k + 0.5) * hidden * unit + 5;
    const rows = hidden === 1 ? `${k + 1}` : `${k * hidden + 1}–${(k + 1) * hidden}`;
    return svg("g", { class: `name ${name}` },
      svg("text", { x: 4, y, class: "letter", text: letter }),
      svg("text", { x: 24, y, text: rows }));
  }

  matrix(name, x, columns, unit) {
    const { blocks } = this;
    const { hidden } = this.chosen;
    const rows = blocks.length * hidden;
    const wide = columns * unit;
    const group = svg("g", { "data-matrix": name, "data-rows": rows, "data-columns": columns },
      ...this.title(name, x, rows, columns),
      ...blocks.map((block, k) => svg("rect", {
        class: block.name, "data-block": block.letter,
        x, y: TOP + k * hidden * unit, width: Math.max(wide, 2), height: hidden * unit,
      })));
    if (unit >= FINEST) {
      const down = Array.from({ length: columns - 1 }, (_, k) =>
        `M${x + (k + 1) * unit} ${TOP}v${rows * unit}`);
      const across = Array.from({ length: rows - 1 }, (_, k) =>
        `M${x} ${TOP + (k + 1) * unit}h${wide}`);
      group.append(svg("path", { d: [...down, ...across].join("") }));
    }
    return group;
  }

  title(name, x, rows, columns) {
    const [letter, index] = name.split("_");
    return [
      svg("text", { x, y: 16 }, svg("tspan", { class: "letter", text: letter }),
        svg("tspan", { dy: 4, "font-size": 11, text: index })),
      svg("text", { x, y: 36, class: "size", text: `${rows} × ${columns}` }),
    ];
  }

  // How many parameters each part has: [name, number by cell].
  get counts() {
    const { labels } = this;
    const { input, hidden, layers, biases } = this.chosen;
    const by = (count) => Object.fromEntries(Object.keys(BLOCKS).map((cell) => [cell, count(cell)]));
    const first = (cell) => parameters(cell, input, hidden, biases);
    const rest = (cell) => (layers - 1) * parameters(cell, hidden, hidden, biases);
    const deeper = layers === 2 ? labels["second-layer"] : filled(labels.rest, { layers });
    return [
      [labels.one, by(first)],
      ...(layers > 1 ? [[deeper, by(rest)]] : []),
      [labels.total, by((cell) => first(cell) + rest(cell))],
    ];
  }

  showCounts() {
    const { labels, counts } = this;
    const cells = Object.keys(BLOCKS);
    const mark = (cell) => (cell === this.chosen.cell ? "chosen" : null);
    const heads = cells.map((cell) =>
      element("th", { scope: "col", class: mark(cell), text: labels[cell] }));
    const rows = counts.map(([name, by], k) => element("tr", { class: k === counts.length - 1 && "total" },
      element("th", { scope: "row", text: name }),
      ...cells.map((cell) => element("td", {
        class: mark(cell), "data-cell": cell, "data-value": by[cell],
        text: by[cell].toLocaleString("en"),
      }))));
    this.part("counts").replaceChildren(
      element("tr", {}, element("th", { scope: "col", text: labels.count }), ...heads), ...rows);
  }

  showFormula() {
    const { cell, input, hidden, layers, biases } = this.chosen;
    const blocks = BLOCKS[cell].pytorch.length;
    const layer = (read) => `${blocks} × ${hidden} × (${read} + ${hidden} + ${biases})`;
    const times = layers > 2 ? `${layers - 1} × ` : "";
    const rest = layers > 1 ? ` + ${times}${layer(hidden)}` : "";
    const [, total] = this.counts.at(-1);
    const result = total[cell].toLocaleString("en");
    this.part("formula").replaceChildren(
      element("small", { text: `${this.labels[cell]}: ${this.labels.formula}` }),
      element("span", { text: `${layer(input)}${rest} = ` }, element("strong", { text: result })));
  }
}
