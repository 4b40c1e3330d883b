// The screen "Memory and gradients": how far back gradients reach, and how long each unit
// remembers. numbers.js computes, gradients.js and units.js draw. The networks
// that ship are computed at once. The learner's own one can be large, so a worker computes it.

import { component, element, filled, number } from "../shared/dom.js";
import { Jobs } from "../shared/jobs.js";
import { drawPanel, showStep, waitingPanel } from "./gradients.js";
import { computed, stepsBack } from "./numbers.js";
import { drawUnits } from "./units.js";

const STEPS = 10; // how far back the table looks at first
const COLUMNS = ["before", "after", "direct", "rest"];

export const { draw, remove } = component(".gru-memory", (root, data) => new Screen(root, data));

class Screen {
  constructor(root, data) {
    this.root = root;
    this.labels = data.labels;
    this.listening = new AbortController();
    const { signal } = this.listening;
    for (const name of ["gradients_title", "units_title", "back_name", "unit_name"]) {
      this.part(name.replace("_", "-")).textContent = this.labels[name];
    }
    this.part("networks").setAttribute("aria-label", this.labels.networks);
    this.part("back").addEventListener("input", () => this.lookBack(), { signal });
    this.part("unit").addEventListener("input", () => this.showUnit(), { signal });
    this.drawKeys();
    this.update(data);
    this.sizing = new ResizeObserver(() => this.drawUnits());
    this.sizing.observe(this.part("units"));
  }

  part(name) {
    return this.root.querySelector(`.${name}`);
  }

  update({ networks, explained }) {
    this.explained = explained;
    if (networks !== this.sent) {
      this.sent = networks;
      this.networks = JSON.parse(networks);
      this.drawChoice();
      this.compute();
    }
    this.explain();
  }

  // The numbers of each network: about 50 ms for each one that ships.
  compute() {
    this.jobs?.end();
    this.jobs = new Jobs("memory/worker.js", () => this.fail());
    for (const one of this.networks) {
      if (one.key !== "own") Object.assign(one, computed(one));
      else this.ask(one);
    }
    const back = this.networks.map((one) => stepsBack(one.after, one.inputs));
    this.back = Math.max(...back);
    this.part("back").max = this.back;
    this.part("back").value = Math.min(STEPS, ...back);
    this.part("note").textContent = [
      ...new Set([...this.networks.map(({ note }) => note), this.labels.note]),
    ].filter(Boolean).join(" ");
    this.drawPanels();
    this.choose(this.networks[0]);
  }

  // Lets the worker compute a network. Newer data end this job.
  ask(one) {
    const { after, before, inputs } = one;
    one.waiting = filled(this.labels.computing, { name: one.name, percent: 0 });
    const done = ({ lines, units }) => {
      Object.assign(one, { lines, units, waiting: null });
      this.drawPanels();
      if (this.chosen === one) this.choose(one);
    };
    const told = ({ share }) => {
      const percent = Math.floor(100 * share);
      one.waiting = filled(this.labels.computing, { name: one.name, percent });
      one.panel.querySelector(".computing").textContent = one.waiting;
      if (this.chosen === one) this.part("facts").textContent = one.waiting;
    };
    this.jobs.ask(one.key, { after, before, inputs }, done, told);
  }

  // The worker broke while it computed the run of the learner.
  fail() {
    const own = this.networks.find(({ key }) => key === "own");
    own.waiting = filled(this.labels.failed, { name: own.name });
    this.drawPanels();
    if (this.chosen === own) this.choose(own);
  }

  drawPanels() {
    const known = this.networks.filter(({ lines }) => lines);
    for (const one of this.networks) {
      one.panel = one.lines ? drawPanel(one, known, this.back, this.labels)
        : waitingPanel(one.name, one.waiting);
    }
    this.part("panels").replaceChildren(...this.networks.map(({ panel }) => panel));
    this.root.dataset.computing = known.length < this.networks.length; // for tests
    this.lookBack();
  }

  // The table shows all networks at one number of steps back.
  lookBack() {
    const step = Number(this.part("back").value);
    const { labels } = this;
    this.part("back").setAttribute("aria-valuetext", filled(labels.steps_back, { step }));
    const head = [filled(labels.steps_back, { step }), ...COLUMNS.map((name) => labels[name])];
    this.root.querySelector("thead").replaceChildren(
      element("tr", {}, ...head.map((text) => element("th", { scope: "col", text }))));
    this.root.querySelector("tbody").replaceChildren(...this.networks.map(({ name, lines }) =>
      element("tr", {}, element("th", { scope: "row", text: name }), ...COLUMNS.map((column) =>
        element("td", { text: lines ? valueAt(lines[column], step, labels) : "…" })))));
    const known = this.networks.filter(({ lines }) => lines);
    for (const { panel } of known) showStep(panel, step, this.back);
    this.part("meaning").textContent = known.filter(({ lines }) => lines.direct?.[step] != null)
      .map((one) => this.meaningOf(one, step)).join(" ");
    this.root.dataset.back = step; // for tests
  }

  // Which part carries the gradient: the direct path or the rest.
  meaningOf({ name, lines }, step) {
    const [whole, direct] = [lines.after[step], lines.direct[step]];
    const { cancels, direct_most: most, others } = this.labels;
    const text = direct > 1.1 * whole ? cancels : direct > 0.5 * whole ? most : others;
    return filled(text, { name, whole: number(whole, 2), direct: number(direct, 2) });
  }

  drawChoice() {
    this.part("networks").replaceChildren(...this.networks.map((one, k) =>
      element("label", {}, element("input", {
        type: "radio", name: "gru-memory", value: one.key, checked: k === 0,
        on: { change: () => this.choose(one) },
      }), element("span", { text: one.name }))));
  }

  choose(one) {
    this.chosen = one;
    const units = one.units ?? [];
    this.part("unit").disabled = !units.length;
    this.part("unit").max = Math.max(units.length - 1, 0);
    this.part("unit").value = units.length - 1; // the longest memory
    this.part("facts").textContent = one.waiting ?? this.unitFacts(units);
    this.drawUnits();
  }

  drawUnits() {
    drawUnits(this.part("units"), this.chosen.units ?? [], this.labels);
    this.showUnit();
  }

  showUnit() {
    const rank = Number(this.part("unit").value);
    const one = this.chosen.units?.[rank];
    for (const mark of this.part("units").querySelectorAll("[data-rank]")) {
      mark.setAttribute("opacity", Number(mark.dataset.rank) === rank ? 1 : 0);
    }
    if (!one) {
      this.part("reading").textContent = "";
      return;
    }
    const { labels } = this;
    const text = one.gate === null ? labels.reading_plain
      : one.apart ? labels.reading_apart : labels.reading;
    const least = one.open ? labels.at_least : "";
    this.part("reading").textContent = filled(text, {
      unit: one.unit + 1, gate: number(one.gate ?? 0, 2), measured: least + number(one.measured, 2),
    });
    this.part("unit").setAttribute("aria-valuetext", this.part("reading").textContent);
  }

  unitFacts(units) {
    const { labels } = this;
    if (units[0].gate === null) return labels.no_gate;
    const apart = units.filter((one) => one.apart);
    const longer = apart.filter(({ gate, measured }) => measured > gate).length;
    const text = filled(labels.apart, { count: apart.length, units: units.length });
    return longer ? `${text} ${filled(labels.longer, { longer })}` : text;
  }

  // What the numbers say about vanishing gradients, at the farthest step of all networks that ship.
  explain() {
    const known = this.networks.filter(({ lines, key }) => lines && key !== "own");
    const gru = known.find(({ key }) => key === "gru");
    const box = this.part("explained");
    box.hidden = !this.explained || !gru;
    if (box.hidden) return;
    const step = gru.lines.after.length - 1;
    const of = (one) => one.lines.after[step];
    const others = known.filter((one) => one !== gru).map((one) =>
      filled(this.labels.against, { name: one.name, times: number(of(gru) / of(one), 2) }));
    box.textContent = [filled(this.labels.explained, {
      step, percent: number(100 * of(gru), 2), times: number(of(gru) / gru.lines.before[step], 2),
    }), ...others].join(" ");
  }

  drawKeys() {
    const line = (name) => `<path class="line ${name}" d="M1 7H25"/>`;
    const keys = COLUMNS.map((name) => [this.labels[name], line(name)]);
    const units = [
      [this.labels.gate, '<circle class="ring" cx="13" cy="7" r="4.5"/>'],
      [this.labels.measured, '<circle class="dot" cx="13" cy="7" r="4.5"/>'],
      [this.labels.far, '<path class="link apart" d="M3 7H23"/>'],
    ];
    for (const [name, entries] of [["key", keys], ["units-key", units]]) {
      this.part(name).replaceChildren(...entries.map(([text, sign]) => {
        const entry = element("span");
        entry.innerHTML = `<svg viewBox="0 0 26 14" aria-hidden="true">${sign}</svg>`;
        entry.append(text);
        return entry;
      }));
    }
  }

  end() {
    this.sizing.disconnect();
    this.jobs.end();
  }
}

function valueAt(line, step, { nothing }) {
  return line?.[step] == null ? nothing : number(line[step], 2);
}
