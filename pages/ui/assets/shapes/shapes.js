// The screen "Shapes and counts": the packed matrices of the first layer, and the parameters.

import { choice, linked, stepper, toggle } from "../shared/controls.js";
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
    this.opened = null; // the count that was opened: { cell, row }
    this.build();
    linked(root, this.listening.signal);
    this.sizing = new ResizeObserver(() => this.showMatrices());
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
        (cell) => this.turn({ cell }, null)),
      size("input", 1024), size("hidden", 1024), size("layers", 8),
      toggle({ name: "second", label: labels.second, value: true },
        (on) => this.turn({ biases: on ? 2 : 1 })),
      choice({ name: "order", label: labels.order, value: "pytorch" }, { pytorch, keras },
        (order) => this.turn({ order })),
    );
  }

  turn(changed, opened = this.opened) {
    Object.assign(this.chosen, changed);
    this.opened = opened;
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

  // The rows of the table of counts. Each has groups of equal layers: the size that they read, and
  // how many layers there are.
  get parts() {
    const { labels } = this;
    const { layers } = this.chosen;
    const first = { reads: "input", times: 1 };
    const rest = { reads: "hidden", times: layers - 1 };
    const deeper = layers === 2 ? labels["second-layer"] : filled(labels.rest, { layers });
    return [
      { label: labels.one, groups: [first] },
      ...(layers > 1 ? [{ label: deeper, groups: [rest] }] : []),
      { label: labels.total, groups: layers > 1 ? [first, rest] : [first] },
    ];
  }

  counted(cell, { groups }) {
    const { hidden, biases } = this.chosen;
    const count = ({ reads, times }) => times * parameters(cell, this.chosen[reads], hidden, biases);
    return groups.map(count).reduce((sum, one) => sum + one);
  }

  // Each count is a button that shows its formula.
  showCounts() {
    const { labels, parts, shown } = this;
    const cells = Object.keys(BLOCKS);
    const mark = (cell) => (cell === this.chosen.cell ? "chosen" : null);
    const heads = cells.map((cell) =>
      element("th", { scope: "col", class: mark(cell), text: labels[cell] }));
    const opener = (cell, row) => element("button", {
      type: "button", text: this.counted(cell, parts[row]).toLocaleString("en"),
      "aria-pressed": String(cell === shown.cell && row === shown.row), title: labels.open,
      on: { click: () => this.open(cell, row) },
    });
    const rows = parts.map((part, row) => element("tr", { class: row === parts.length - 1 && "total" },
      element("th", { scope: "row", text: part.label }),
      ...cells.map((cell) => element("td", {
        class: mark(cell), "data-cell": cell, "data-value": this.counted(cell, part),
      }, opener(cell, row)))));
    this.part("counts").replaceChildren(
      element("tr", {}, element("th", { scope: "col", text: labels.count }), ...heads), ...rows);
  }

  open(cell, row) {
    this.opened = { cell, row };
    this.show();
    this.part("counts").querySelector("[aria-pressed=true]").focus();
  }

  // The count whose formula is shown: the one that was opened, or the total of the chosen cell.
  get shown() {
    const last = this.parts.length - 1;
    const { cell, row } = this.opened ?? { cell: this.chosen.cell, row: last };
    return { cell, row: Math.min(row, last) };
  }

  // Each number of the formula names the size that it comes from.
  showFormula() {
    const { labels, shown } = this;
    const { hidden, biases } = this.chosen;
    const from = (name, value) => element("span", { "data-from": name, text: value });
    const blocks = BLOCKS[shown.cell].pytorch.length;
    const part = this.parts[shown.row];
    const terms = part.groups.map(({ reads, times }) => [
      ...(times > 1 ? [from("layers", times), " × "] : []),
      from("cell", blocks), " × ", from("hidden", hidden), " × (",
      from(reads, this.chosen[reads]), " + ", from("hidden", hidden), " + ", from("second", biases), ")",
    ]);
    this.part("formula").replaceChildren(
      element("small", { text: `${labels[shown.cell]}, ${part.label}: ${labels.formula}` }),
      element("span", { class: "sum" },
        ...terms.flatMap((term, k) => (k ? [" + ", ...term] : term)), " = ",
        element("strong", { text: this.counted(shown.cell, part).toLocaleString("en") })));
  }
}
