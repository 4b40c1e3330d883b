// The gate film: a forecast over heat maps of the gates, and surgery on the units.
//
// The reader points at a column and a unit (`seen`), or chooses them (`pinned`) with a click or the
// arrow keys. Surgery acts on the chosen unit. `base` is the run without surgery, `now` with it.

import { component, element, filled } from "../shared/dom.js";
import { Jobs } from "../shared/jobs.js";
import { change, sentence } from "./change.js";
import { Check } from "./check.js";
import { Form } from "./form.js";
import { atOnce } from "./jobs.js";
import { drawLine } from "./line.js";
import { Maps } from "./maps.js";
import { order, orders } from "./order.js";
import { Reading } from "./reading.js";
import { Film } from "./surgery.js";

const GUTTER = 46; // pixels left of the maps, for the axis and the names

export const { draw, remove } = component(".gru-film", (root, data, given) =>
  new FilmScreen(root, data, given));

class FilmScreen {
  constructor(root, data, given) {
    this.root = root;
    this.listening = new AbortController();
    this.words = JSON.parse(data.labels);
    for (const part of root.querySelectorAll("[data-label]")) {
      part.textContent = this.words[part.dataset.label];
    }
    for (const part of root.querySelectorAll("[data-name]")) {
      part.setAttribute("aria-label", this.words[part.dataset.name]);
    }
    root.style.setProperty("--gutter", `${GUTTER}px`);
    this.stage = root.querySelector(".stage");
    this.form = new Form(this);
    this.check = new Check(this);
    this.listen();
    this.sizing = new ResizeObserver(() => this.line());
    this.update(data, given);
    this.sizing.observe(this.stage);
  }

  update(data, given) {
    this.given = given;
    const fresh = ["network", "series", "epochs"].some((name) => data[name] !== this.data?.[name]);
    this.data = data;
    if (fresh) this.take();
    else this.show(); // perhaps the theme changed
  }

  // Begins with the network of a new subject.
  take() {
    const { network, series, epochs } = this.data;
    this.jobs?.end();
    this.jobs = new Jobs("film/worker.js", () => {
      this.root.querySelector(".sentence").textContent = this.words.failed;
      this.check.clear();
    });
    this.described = JSON.parse(network);
    this.series = JSON.parse(series);
    this.epochs = epochs ? JSON.parse(epochs) : []; // { epoch, weights } of earlier epochs
    this.films = new Map();
    this.place = { member: 0, layer: 0 };
    this.pinned = { unit: 0, column: this.series.lead };
    this.seen = null;
    this.operations = [];
    this.sort = "number";
    this.reading = new Reading(this);
    this.maps = new Maps(this);
    this.film = this.filmOf(this.epochs.length);
    this.fillBar();
    this.useEpoch(this.epochs.length);
  }

  filmOf(place) {
    const weights = this.epochs[place]?.weights ?? this.described.weights;
    if (!this.films.has(place)) {
      this.films.set(place, new Film({ ...this.described, weights }, this.series));
    }
    return this.films.get(place);
  }

  get columns() {
    return this.series.times.length;
  }

  // A unit in words. Its layer and its member are named where there are several.
  nameOf(unit, layer = this.place.layer, member = this.place.member) {
    const { members } = this.film.model;
    const parts = [filled(this.words.name.unit, { unit: unit + 1 })];
    if (members[0].layers.length > 1) parts.push(filled(this.words.name.layer, { layer: layer + 1 }));
    if (members.length > 1) parts.push(filled(this.words.name.member, { member: member + 1 }));
    return parts.join(" ");
  }

  get size() {
    return this.film.model.members[0].layers[this.place.layer].hidden.columns;
  }

  // The weights after the epoch at this place of the slider. The last place is the network itself.
  useEpoch(place) {
    this.film = this.filmOf(place);
    this.root.querySelector("[name=epoch-now]").textContent =
      this.epochs[place]?.epoch ?? this.words["epoch-kept"];
    this.compute([], (run) => {
      this.film.base = run;
      this.sortUnits();
      if (!this.operations.length) this.now = run;
      if (this.now) this.show();
    });
    if (this.operations.length) this.operate();
    this.check.clear();
  }

  // Runs the loop. A long loop is first run for fewer steps, and in full by the worker.
  compute(operations, done) {
    const { film } = this;
    const whole = !operations.length;
    if (whole && film.base?.values.length === film.horizon) {
      done(film.base);
      return;
    }
    const horizon = atOnce(film);
    done(film.run(operations, { horizon }));
    if (horizon === film.horizon) return;
    const message = { kind: "run", ...film.given, operations };
    this.jobs.ask(whole ? "base" : "now", message, ({ run }) => {
      if (film === this.film && (whole || operations === this.operations)) done(run);
    });
  }

  // Takes over new operations. The answer is measured for the tests of speed.
  operate(operations = this.operations) {
    const begun = performance.now();
    this.operations = operations;
    this.compute(operations, (run) => {
      this.now = run;
      this.show();
    });
    this.root.dataset.answered = performance.now() - begun;
  }

  sortUnits() {
    const { base, before, lead } = this.film;
    const { columns } = base.paths[this.place.member];
    const known = [...before.slice(before.length - lead - 1), ...base.values];
    const inputs = known.slice(0, columns.length);
    this.units = order(this.sort, this.described.cell, columns, this.place.layer, inputs);
  }

  // --- drawing

  fillBar() {
    const { members } = this.film.model;
    const counts = { member: members.length, layer: members[0].layers.length };
    for (const [name, count] of Object.entries(counts)) {
      const choices = Array.from({ length: count }, (_, k) => [k, k + 1]);
      this.fill(name, choices);
    }
    this.fill("sort", orders(this.described.cell).map((name) => [name, this.words.sorts[name]]));
    const slider = this.root.querySelector("[name=epoch]");
    slider.max = slider.value = this.epochs.length;
    const shown = { members: counts.member > 1, layers: counts.layer > 1, epochs: this.epochs.length > 0 };
    for (const [name, wanted] of Object.entries(shown)) {
      this.root.querySelector(`[data-when=${name}]`).hidden = !wanted;
    }
    this.form.fill();
  }

  fill(name, choices) {
    const options = choices.map(([value, text]) => element("option", { value, text }));
    this.root.querySelector(`select[name=${name}]`).replaceChildren(...options);
  }

  show() {
    if (!this.units || !this.now) return;
    this.line();
    this.maps.show();
    this.point();
    this.form.show();
    this.check.show();
    const words = this.words.change;
    const told = this.operations.length
      ? sentence(change(this.film.base.values, this.now.values), words)
      : words.untouched;
    const place = this.root.querySelector(".sentence");
    if (place.textContent !== told) place.textContent = told;
    this.root.dataset.steps = this.now.values.length; // for tests, as are the values
    this.root.dataset.values = this.now.values;
  }

  line() {
    const width = this.stage.clientWidth;
    if (!width || !this.now) return;
    const { lead, truth, times } = this.series;
    const open = Array(lead).fill(null);
    drawLine(this.root.querySelector(".line"), {
      truth, times, width, gutter: GUTTER,
      loop: [...open, ...this.now.values],
      ghost: this.operations.length ? [...open, ...this.film.base.values] : null,
    });
    this.root.querySelector(".key .ghost").hidden = !this.operations.length;
    this.root.style.setProperty("--closes", lead / this.columns);
  }

  // Moves the crosshair to the place that is seen, and writes its numbers.
  point() {
    const { unit, column } = this.seen ?? this.pinned;
    const row = this.units.indexOf(unit);
    this.root.style.setProperty("--column", (column + 0.5) / this.columns);
    this.root.style.setProperty("--row", row / this.units.length);
    this.root.style.setProperty("--rows", this.units.length);
    Object.assign(this.root.dataset, { unit, column });
    this.reading.show(unit, column, this.seen?.map);
  }

  // --- pointing

  listen() {
    const { signal } = this.listening;
    const on = (target, events, listener) => {
      for (const event of events) target.addEventListener(event, listener, { signal });
    };
    on(this.stage, ["pointermove", "pointerdown"], (event) => this.look(event));
    on(this.stage, ["pointerleave", "pointercancel"], () => this.lookAway());
    on(this.stage, ["pointerup"], (event) => {
      const { unit, column } = this.placeOf(event);
      this.pin(unit, column);
    });
    on(this.stage, ["keydown"], (event) => this.key(event));
    on(this.root.querySelector(".bar"), ["input"], ({ target }) => this.choose(target));
  }

  look(event) {
    this.seen = this.placeOf(event);
    cancelAnimationFrame(this.frame);
    this.frame = requestAnimationFrame(() => this.point());
  }

  lookAway() {
    this.seen = null;
    cancelAnimationFrame(this.frame);
    this.point();
  }

  placeOf({ clientX, clientY, target }) {
    const { left, right } = this.root.querySelector(".over").getBoundingClientRect();
    const within = (share, count) => Math.min(count - 1, Math.max(0, Math.floor(share * count)));
    const column = within((clientX - left) / (right - left), this.columns);
    const canvas = target.closest(".map")?.querySelector("canvas");
    if (!canvas) return { unit: this.pinned.unit, column };
    const { top, height } = canvas.getBoundingClientRect();
    const unit = this.units[within((clientY - top) / height, this.units.length)];
    return { unit, column, map: canvas.parentElement.dataset.map };
  }

  pin(unit, column) {
    this.pinned = { unit, column };
    this.point();
    this.form.show();
    this.check.show();
  }

  key(event) {
    const { unit, column } = this.pinned;
    const row = this.units.indexOf(unit);
    const far = event.shiftKey ? 10 : 1;
    const to = {
      ArrowLeft: [row, column - far], ArrowRight: [row, column + far],
      ArrowUp: [row - far, column], ArrowDown: [row + far, column],
      Home: [row, 0], End: [row, this.columns - 1],
    }[event.key];
    if (!to) return;
    event.preventDefault();
    const [next, at] = [[to[0], this.units.length], [to[1], this.columns]].map(([value, count]) =>
      Math.min(count - 1, Math.max(0, value)));
    this.seen = null;
    this.pin(this.units[next], at);
    this.root.querySelector(".aloud").textContent = this.reading.spoken();
  }

  choose({ name, value }) {
    if (name === "epoch") this.useEpoch(Number(value));
    else if (name === "sort") this.sort = value;
    else this.place[name] = Number(value);
    this.sortUnits();
    if (!this.units.includes(this.pinned.unit)) this.pinned.unit = 0;
    this.form.fill();
    this.show();
  }

  end() {
    cancelAnimationFrame(this.frame);
    this.sizing.disconnect();
    this.jobs.end();
  }
}
