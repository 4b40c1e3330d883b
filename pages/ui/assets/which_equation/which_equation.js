// The screen "Which equation?": PyTorch's form of a GRU and the textbook's, side by side.

import { component, element, filled, number, svg } from "../shared/dom.js";
import { math } from "../shared/equations.js";
import { differing, equal, FORMS, inNumbers, stepOf, SYMBOLS, unequal, written } from "../shared/forms.js";
import { Network } from "../shared/gru.js";

const LINE = { width: 400, height: 62, left: 76, y: 30 }; // the drawing of old, candidate and new

export const { draw, remove } = component(".gru-which", (root, data) => new Which(root, data));

class Which {
  constructor(root, { numbers, labels }) {
    this.root = root;
    this.labels = labels;
    const { network, cases } = JSON.parse(numbers);
    this.cases = cases;
    this.case = 0;
    // Both forms compute with the same layer.
    [this.layer] = new Network({ ...network, cell: "gru" }).layers;
    this.switches = { flip: false, moveR: false, moveN: false, open: false, z: null };
    this.chosen = { symbol: "n", unit: 0 };
    this.listening = new AbortController();
    this.part("random").textContent = labels.random;
    this.build();
    this.show();
    this.listen();
  }

  part(name) {
    return this.root.querySelector(`.${name}`);
  }

  build() {
    const { labels } = this;
    this.z = element("input", {
      type: "range", min: 0, max: 1, step: 0.05, value: 0.5, "aria-label": labels.z,
      list: "gru-which-ends",
      on: { input: () => this.turn({ z: Number(this.z.value) }) },
    });
    this.hold = this.toggle("hold", (on) => this.turn({ z: on ? Number(this.z.value) : null }));
    const marks = [["0", 0], ["½", 0.5], ["1", 1]].map(([text, at]) =>
      element("button", {
        type: "button", text, "aria-label": `${labels.z}: ${text}`,
        on: { click: () => { this.z.value = at; this.turn({ z: at }); } },
      }));
    this.part("switches").append(
      this.toggle("flip", (flip) => this.turn({ flip })),
      this.toggle("open", (open) => this.turn({ open })),
      this.toggle("move-r", (moveR) => this.turn({ moveR })),
      this.toggle("move-n", (moveN) => this.turn({ moveN })),
      element("span", { class: "hold" }, this.hold, this.z, ...marks),
      element("button", { type: "button", text: labels.other, on: { click: () => this.next() } }),
    );
    this.sections = FORMS.map((form) => this.section(form));
    this.part("forms").append(...this.sections);
  }

  toggle(name, act) {
    const box = element("input", {
      type: "checkbox", name, on: { change: () => act(box.checked) },
    });
    return element("label", {}, box, element("span", {}, ...indexed(this.labels[name])));
  }

  name(form) {
    return form === "gru" ? this.labels.pytorch : this.labels.textbook;
  }

  section(form) {
    const heading = element("h3", { text: this.name(form) });
    if (form === "gru") {
      const { badge, "badge-help": title } = this.labels;
      heading.append(element("span", { class: "badge", text: `✓ ${badge}`, title }));
    }
    const lines = SYMBOLS.map((symbol) => element("li", { "data-line": symbol }));
    const units = this.cases[0][1].map((_, unit) => element("span", { text: this.unit(unit) }));
    const { width, height } = LINE;
    return element("section", { "data-form": form },
      heading,
      element("div", { class: "units", "aria-hidden": "true" }, element("span"), ...units),
      element("ul", {}, ...lines),
      element("p", { class: "computed" }),
      svg("svg", { class: "mix", viewBox: `0 0 ${width} ${height}`, role: "img" }));
  }

  listen() {
    const { signal } = this.listening;
    for (const event of ["pointerover", "focusin"]) {
      this.root.addEventListener(event, ({ target }) => this.light(target), { signal });
    }
    this.root.addEventListener("pointerleave", () => this.light(null), { signal });
  }

  // Lights every symbol and number that stands for the same thing as `target`.
  light(target) {
    const names = target?.closest("[data-symbol]")?.dataset.symbol.split(" ") ?? [];
    for (const one of this.root.querySelectorAll("[data-symbol]")) {
      const same = one.dataset.symbol.split(" ").some((name) => names.includes(name));
      one.classList.toggle("lit", same);
    }
  }

  turn(changed) {
    Object.assign(this.switches, changed);
    this.hold.querySelector("input").checked = this.switches.z !== null;
    this.show();
  }

  next() {
    this.case = (this.case + 1) % this.cases.length;
    this.show();
  }

  // Computes both forms and shows them.
  show() {
    const [x, before] = this.cases[this.case];
    const { switches } = this;
    const step = (form, given) => stepOf(form, this.layer, x, before, given);
    const lines = FORMS.map((form) => written(form, switches));
    const steps = FORMS.map((form) => step(form, switches));
    const unmoved = FORMS.map((form) => step(form, { ...switches, moveR: false, moveN: false }));
    this.part("read").textContent = filled(this.labels.read, {
      x: number(x), h: before.map((value) => number(value)).join(", "),
    });
    FORMS.forEach((form, k) => {
      this.showLines(k, lines[k], lines[1 - k], steps[k], steps[1 - k], unmoved[k]);
      this.showComputed(k, lines[k], { layer: this.layer, x, before, step: steps[k] });
      this.showMix(k, before[0], steps[k].n[0], steps[k].h[0]);
    });
    this.part("badge").hidden = switches.open || switches.z !== null; // then it is no nn.GRU
    this.say(steps, unmoved);
  }

  showLines(k, lines, others, step, other, unmoved) {
    for (const symbol of SYMBOLS) {
      const equation = math(lines[symbol], symbol);
      mark(equation, ...differing(lines[symbol], others[symbol])[0]);
      this.line(k, symbol).replaceChildren(
        element("span", { class: "equation" }, equation),
        ...Array.from(step[symbol], (value, unit) =>
          this.value(k, symbol, unit, value, other[symbol][unit], unmoved[symbol][unit])));
    }
  }

  line(k, symbol) {
    return this.sections[k].querySelector(`[data-line=${symbol}]`);
  }

  value(k, symbol, unit, value, other, unmoved) {
    const { labels } = this;
    const written = number(value);
    const name = { symbol, unit: this.unit(unit), form: this.name(FORMS[k]), value: written };
    const button = element("button", {
      type: "button", class: "value", text: written, "data-symbol": symbol, "data-unit": unit,
      "data-value": value, "aria-label": filled(labels.value, name),
      "aria-pressed": symbol === this.chosen.symbol && unit === this.chosen.unit,
      on: { click: () => this.choose(k, symbol, unit) },
    });
    button.classList.toggle("differs", !equal(value, other));
    if (!equal(value, unmoved)) {
      const was = filled(labels.was, { value: number(unmoved) });
      button.append(element("small", { text: was }));
    }
    return button;
  }

  unit(unit) {
    return filled(this.labels.unit, { unit: unit + 1 });
  }

  choose(k, symbol, unit) {
    this.chosen = { symbol, unit };
    this.show();
    this.line(k, symbol).querySelector(`[data-unit="${unit}"]`).focus();
  }

  // The equation of the chosen number, with its numbers.
  showComputed(k, lines, given) {
    const { symbol, unit } = this.chosen;
    const held = symbol === "z" && unit === 0 && this.switches.z !== null;
    const parts = held ? [] : inNumbers(lines[symbol], { ...given, unit });
    const shown = parts.map(({ text, value, symbols }, at) => {
      if (text !== undefined) return sign(text === "∘" ? "·" : text);
      const after = at > 0 && parts[at - 1].text !== "("; // two signs need parentheses
      const written = value < 0 && after ? `(${number(value)})` : number(value);
      return element("span", {
        class: "term", text: written, "data-symbol": symbols, "data-value": value,
      });
    });
    const title = filled(this.labels.computed, { symbol, unit: this.unit(unit) });
    const letter = lines[symbol].split(" ")[0];
    const result = number(given.step[symbol][unit]);
    const nothing = shown.length === 1; // r = 1 is its own result
    this.sections[k].querySelector(".computed").replaceChildren(
      element("small", { text: title }),
      element("span", { text: letter, "data-symbol": symbol, class: "term" }),
      ...(nothing ? [] : [sign("="), ...shown]),
      ...(held ? [] : [sign("=")]),
      element("strong", { text: result, "data-symbol": symbol }));
  }

  // Where the new state of the first unit lies between the old state and the candidate.
  showMix(k, old, candidate, fresh) {
    const { labels } = this;
    const { width, left, y, height } = LINE;
    const x = (value) => width / 2 + value * (width / 2 - left);
    const drawing = this.sections[k].querySelector(".mix");
    const given = { old: number(old), candidate: number(candidate), new: number(fresh) };
    drawing.setAttribute("aria-label", filled(labels["mix-alt"], given));
    const name = (text, value, after) => svg("text", {
      x: x(value) + (after ? 9 : -9), y: y - 12, text, "text-anchor": after ? "start" : "end",
    });
    drawing.replaceChildren(
      svg("line", { class: "axis", x1: x(-1), x2: x(1), y1: y, y2: y }),
      svg("line", { class: "between", x1: x(old), x2: x(candidate), y1: y, y2: y }),
      svg("rect", { class: "old", x: x(old) - 6, y: y - 6, width: 12, height: 12 }),
      svg("path", { class: "candidate", d: `M${x(candidate)} ${y - 8}l8 8l-8 8l-8 -8z` }),
      svg("circle", { class: "new", cx: x(fresh), cy: y, r: 5 }),
      name(labels.old, old, old > candidate),
      name(labels.candidate, candidate, candidate >= old),
      svg("text", { x: x(fresh), y: height - 6, text: labels.new, "text-anchor": "middle" }));
  }

  // What differs between the forms, and what a moved bias has changed, in words.
  say(steps, unmoved) {
    const { labels, switches } = this;
    const symbols = unequal(...steps);
    const list = (names) => names.join(", ");
    const first = symbols.length === 0 ? labels.same
      : symbols.includes("h") ? filled(labels.differ, { symbols: list(symbols) })
        : filled(labels["h-only"], { symbols: list(symbols) });
    const sentences = [first];
    if (switches.moveR || switches.moveN) {
      FORMS.forEach((form, k) => {
        const changed = unequal(steps[k], unmoved[k]);
        const message = changed.length ? labels.moved : labels.unmoved;
        sentences.push(filled(message, { symbols: list(changed), form: this.name(form) }));
      });
    }
    this.part("differ").textContent = sentences.join(" ");
  }
}

function sign(text) {
  const kind = { "(": "opens", ")": "closes" }[text];
  return element("span", { text, class: kind });
}

// Marks the symbols of an equation from one position to before another.
function mark(equation, from, to) {
  const row = equation.firstChild;
  const tokens = [...row.children].slice(from, to);
  if (!tokens.length) return;
  const marked = document.createElementNS(row.namespaceURI, "mrow");
  marked.setAttribute("class", "differs");
  tokens[0].before(marked);
  marked.append(...tokens);
}

// A text with the names of biases, such as b_ir, written with a small index.
function indexed(text) {
  return text.split(/(b_\w+)/).flatMap((part) => {
    if (!part.startsWith("b_")) return [part];
    return [element("i", { text: "b" }), element("sub", { text: part.slice(2) })];
  });
}
