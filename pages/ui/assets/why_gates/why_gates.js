// The screen "Why gates": networks that were trained to say the first value of a row. They answer
// here, from their weights. The slider and the chart below it have the same horizontal axis.

import { component, element, filled, svg } from "../shared/dom.js";
import { Network } from "../shared/gru.js";

const EDGE = 8; // pixels beside the thumb at either end of the slider, and beside the chart
const HEIGHT = 190; // pixels, of both pictures
const ROOM = 22; // pixels for words above and below the bars
const TOP = 24; // pixels above the highest error
const BASE = 160; // pixels from the top of the chart to an error of 0
const CELLS = ["rnn", "gru"];

export const { draw, remove } = component(".gru-gates", (root, data) => new WhyGates(root, data));

class WhyGates {
  // `networks` is JSON: for each cell, one trained network and its measured error for each of
  // `delays`. An error above `failed` counts as failed. `guesses` has the position of the guessed delay for each cell, or null for "never".
  constructor(root, { networks, labels, guesses, start }) {
    this.root = root;
    this.labels = labels;
    this.listening = new AbortController();
    Object.assign(this, JSON.parse(networks)); // delays, hidden, failed, cells
    this.guesses = guesses;
    this.at = start;
    this.networks = {};
    this.opened = ""; // the cell whose answer is opened
    this.build();
    this.newRow();
    this.sizing = new ResizeObserver(() => this.show());
    this.sizing.observe(root);
  }

  update({ guesses }) {
    this.guesses = guesses;
    this.show();
  }

  end() {
    this.sizing.disconnect();
  }

  part(name) {
    return this.root.querySelector(`.${name}`);
  }

  get delay() {
    return this.delays[this.at];
  }

  // The values that the networks read: the first one, then `delay` others.
  get row() {
    return this.values.slice(0, this.delay + 1);
  }

  build() {
    const { labels } = this;
    this.slider = element("input", {
      type: "range", id: "gru-gates-delay", min: 0, max: this.delays.length - 1, value: this.at,
      on: { input: () => this.turn(Number(this.slider.value)) },
    });
    this.caption = element("label", { for: this.slider.id });
    const again = element("button", {
      type: "button", text: labels.again, on: { click: () => this.newRow() },
    });
    this.part("turn").append(this.caption, again, this.slider);
    this.buildAnswers();
    this.part("note").textContent = filled(labels.note, { hidden: this.hidden });
  }

  turn(at) {
    this.at = at;
    this.show();
  }

  // A longer row begins like a shorter one, so all rows have the same first value.
  newRow() {
    const longest = this.delays.at(-1) + 1;
    this.values = Array.from({ length: longest }, () => 2 * Math.random() - 1);
    this.show();
  }

  // The network with this cell and for this delay.
  network(cell) {
    const { weights } = this.cells[cell][this.at];
    const described = { cell, feedback: "window", window: this.delay + 1, weights };
    const key = `${cell} ${this.delay}`;
    this.networks[key] ??= new Network(described);
    return this.networks[key];
  }

  // What the network with this cell says after reading the row.
  answer(cell) {
    return this.network(cell).oneStep(this.row);
  }

  // The parts of the answer: the bias, then [weight, state] of each unit.
  parts(cell) {
    const network = this.network(cell);
    const { bias, readout } = network;
    const [{ h }] = network.trace(this.row).at(-1);
    return { bias, products: Array.from(readout, (weight, unit) => [weight, h[unit]]) };
  }

  show() {
    const { labels, delay } = this;
    this.width = this.root.clientWidth;
    if (!this.width) return;
    const [first] = this.row;
    const answers = Object.fromEntries(CELLS.map((cell) => [cell, this.answer(cell)]));
    this.showRow(answers);
    this.showAnswers({ first, ...answers });
    this.showOrigin(answers);
    this.caption.textContent = filled(labels.delay, { delay });
    this.slider.setAttribute("aria-valuetext", filled(labels.delay, { delay }));
    this.part("said").textContent = filled(labels.said, {
      delay, rnn: short(Math.abs(answers.rnn - first)), gru: short(Math.abs(answers.gru - first)),
    });
    this.showErrors();
    this.showLegend();
  }

  // The values as bars, then the two answers. The dashed line shows what they should be.
  showRow(answers) {
    const { row, labels } = this;
    const slots = row.length + 4; // two empty ones before the answers, each answer is wide
    const wide = (this.width - 2 * EDGE - 120) / (this.delays.at(-1) + 1);
    const slot = Math.min(26, Math.max(wide, (this.width - 2 * EDGE - 120) / slots));
    const middle = HEIGHT / 2;
    const y = (value) => middle - value * (middle - ROOM);
    const bar = (name, x, width, value) => svg("rect", {
      class: name, x, width, "data-value": value,
      y: Math.min(y(value), y(0)), height: Math.max(1, Math.abs(y(value) - y(0))),
    });
    const right = this.width - EDGE - 104;
    const spread = Object.entries(answers).map(([cell, value], k) => [
      bar(cell, right + 10 + k * 52, 32, value),
      svg("text", {
        x: right + 26 + k * 52, y: HEIGHT - 6, "text-anchor": "middle", text: labels.short[cell],
      }),
    ]);
    const aim = { class: "truth", x1: EDGE, x2: this.width - EDGE, y1: y(row[0]), y2: y(row[0]) };
    this.part("row").replaceChildren(
      svg("line", { x1: EDGE, x2: this.width - EDGE, y1: middle, y2: middle }),
      ...row.map((value, k) =>
        bar(k ? "value" : "first", EDGE + k * slot, Math.max(2, slot - 2), value)),
      svg("line", aim),
      ...spread.flat(),
      svg("text", { class: "now", x: EDGE, y: 15, text: labels.first }),
    );
    this.part("row").setAttribute("aria-label", filled(labels.row, {
      delay: this.delay, first: short(row[0]), rnn: short(answers.rnn), gru: short(answers.gru),
    }));
  }

  // The places of the numbers. They are made once, so a button keeps the keyboard focus.
  buildAnswers() {
    const { says, open } = this.labels;
    this.answers = {
      first: element("span"),
      ...Object.fromEntries(CELLS.map((cell) =>
        [cell, element("button", { type: "button", title: open, on: { click: () => this.open(cell) } })])),
    };
    this.part("answers").replaceChildren(...Object.entries(this.answers).map(([name, place]) =>
      element("div", {},
        element("dt", {}, ...(CELLS.includes(name) ? [swatch(name)] : []), says[name]),
        element("dd", { "data-name": name }, place))));
  }

  // Shows where an answer comes from, or hides it again.
  open(cell) {
    this.opened = this.opened === cell ? "" : cell;
    this.show();
  }

  showAnswers(values) {
    for (const [name, value] of Object.entries(values)) {
      const place = this.answers[name];
      place.textContent = short(value);
      place.dataset.value = value;
      if (name !== "first") place.setAttribute("aria-expanded", String(this.opened === name));
    }
  }

  // The sum that is the opened answer.
  showOrigin(answers) {
    const { opened, labels } = this;
    const origin = this.part("origin");
    origin.hidden = !opened;
    if (!opened) return;
    const { bias, products } = this.parts(opened);
    const factor = (value) => element("span", { "data-factor": value, text: short(value) });
    origin.replaceChildren(
      element("small", { text: filled(labels.origin, { hidden: this.hidden }) }),
      element("span", { text: `${short(answers[opened])} = ` }),
      element("span", { "data-bias": bias, text: short(bias) }),
      ...products.map(([weight, state]) => element("span", { class: "product" },
        " + (", factor(weight), " × ", factor(state), ")")));
  }

  // The middle of the slider's thumb at this delay.
  x(at) {
    return EDGE + (at * (this.width - 2 * EDGE)) / (this.delays.length - 1);
  }

  y(error) {
    return BASE - Math.min(error, 1.1) * (BASE - TOP);
  }

  // The measured errors of all networks, the delay of the slider and the learner's guesses.
  showErrors() {
    const { labels, delays } = this;
    const level = (error) =>
      svg("line", { x1: 0, x2: this.width, y1: this.y(error), y2: this.y(error) });
    const lines = CELLS.flatMap((cell) => {
      const points = this.cells[cell].map(({ error }, k) => [this.x(k), this.y(error), error]);
      return [
        svg("path", { class: cell, d: `M${points.map(([x, y]) => `${x} ${y}`).join("L")}` }),
        ...points.map(([x, y, error]) => marker(cell, x, y, { "data-error": error })),
      ];
    });
    const ticks = delays.map((delay, k) => svg("text", {
      class: k === this.at ? "now" : "", x: this.x(k), y: HEIGHT - 4, text: delay,
      "text-anchor": "middle",
    }));
    const here = { class: "here", x1: this.x(this.at), x2: this.x(this.at), y1: TOP - 6, y2: BASE };
    this.part("errors").replaceChildren(
      level(0), level(this.failed), level(1), svg("line", here), ...lines, ...this.flags(), ...ticks,
      svg("text", { x: 0, y: TOP - 9, text: labels.nothing }),
      svg("text", { x: 0, y: this.y(this.failed) - 6, text: filled(labels.fails, this) }),
      svg("text", { x: this.width, y: BASE - 7, "text-anchor": "end", text: labels.perfect }),
    );
    this.part("errors").setAttribute("aria-label", this.told());
  }

  // A hollow triangle below the axis at each guess. Two at the same place stand side by side.
  flags() {
    const same = this.guesses.rnn === this.guesses.gru;
    return CELLS.filter((cell) => this.guesses[cell] !== null).map((cell, k) => {
      const x = this.x(this.guesses[cell]) + (same ? 14 * k - 7 : 0);
      return svg("path", {
        class: `guess ${cell}`, d: `M${x} ${BASE + 1}l6 9h-12z`, "data-guess": cell,
      });
    });
  }

  // The errors in words, for who cannot see the chart.
  told() {
    const errors = CELLS.map((cell) => filled(this.labels.told, {
      cell: this.labels.short[cell],
      errors: this.cells[cell].map(({ error }, k) => `${this.delays[k]}: ${short(error)}`).join(", "),
    }));
    return [this.labels.chart, ...errors].join(" ");
  }

  showLegend() {
    const { labels } = this;
    this.part("legend").replaceChildren(...CELLS.map((cell) => {
      const guess = this.guesses[cell];
      const text = guess === null ? labels.never : filled(labels.guess, { delay: this.delays[guess] });
      return element("li", {}, swatch(cell), `${labels.long[cell]}. ${text}`);
    }));
  }
}

// A circle for the plain RNN and a smaller square for the GRU: one sees both at the same place.
function marker(cell, x, y, attributes = {}) {
  return cell === "rnn"
    ? svg("circle", { class: cell, cx: x, cy: y, r: 6, ...attributes })
    : svg("rect", { class: cell, x: x - 4, y: y - 4, width: 8, height: 8, ...attributes });
}

function swatch(cell) {
  return svg("svg", { "aria-hidden": "true" }, marker(cell, 7, 7));
}

// Two digits after the point.
function short(value) {
  return value.toFixed(2).replace("-", "−");
}
