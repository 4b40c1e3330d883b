// One step of a network in slow motion: its window in time, its cell as a drawing, and its
// equations with their numbers. This is the controller of the three panes.
//
// `data` holds `network` (see pages/ui/network.py) and `values` ({ before, after }: the true values
// around the place where the forecast begins), both as JSON, the `unit` of the data, and `words`.

import { calm, component, element, filled } from "../shared/dom.js";
import { Graph } from "./provenance.js";
import { Cell } from "./cell.js";
import { Controls } from "./controls.js";
import { Course } from "./course.js";
import { Equations } from "./equations.js";
import { Lights } from "./light.js";
import { nameOf, titleOf, View } from "./numbers.js";
import { Origin } from "./origin.js";
import { sources } from "./parse.js";
import { Time } from "./time.js";

const PAUSE = 1300; // milliseconds between two stages when they play
const FARTHEST = 300; // steps after the first window

export const { draw, remove } = component(".gru-step", (root, data) => new Step(root, data));

class Step {
  constructor(root, data) {
    this.root = root;
    this.listening = new AbortController();
    const { signal } = this.listening;
    this.panes = Object.fromEntries(["time", "cell", "equations"].map((name) =>
      [name, element("section", { class: name, "aria-label": data.words.panes[name] })]));
    this.cut = element("button", { type: "button", class: "cut", on: { click: () => this.turn() } });
    this.controls = new Controls(this, data.words);
    const { time, cell, equations } = this.panes;
    root.setAttribute("aria-label", data.words.alt);
    root.replaceChildren(this.controls.bar, time, element("div", { class: "both" }, cell, equations));
    root.addEventListener("keydown", (event) => this.key(event), { signal });
    root.addEventListener("click", ({ target }) => this.open(target.closest(".number")), { signal });
    document.addEventListener("visibilitychange", () => document.hidden && this.pause(), { signal });
    this.origin = new Origin(root, equations, signal);
    this.lights = new Lights(root, signal, (one) => this.tell(one));
    this.update(data);
  }

  // Begins with a network. Data that stay the same change nothing.
  update(data) {
    if (data.network === this.data?.network && data.values === this.data?.values) return;
    this.data = data;
    this.described = JSON.parse(data.network);
    this.member = 0;
    this.begin();
  }

  begin() {
    this.pause();
    this.course = new Course(this.described, JSON.parse(this.data.values), this.member);
    this.view = new View(new Graph(this.course), this.data.words);
    this.view.unit = this.data.unit ?? "";
    this.stages = [...Object.keys(this.view.graph.trees), "feedback"];
    this.controls.begin();
    // Only the last layer has an output. So the reader sees a whole step first.
    this.go({ end: 0, at: 0, layer: this.course.layers - 1 }, 0, { move: true });
  }

  // Builds the three panes. The number of rows depends on the layer.
  build() {
    this.drawing?.end();
    this.time?.end();
    this.view.slots = [];
    this.drawing = new Cell(this.panes.cell, this.view, this.cut);
    this.time = new Time(this.panes.time, this.view, (position) => this.choose(position));
    this.equations = new Equations(this.panes.equations, this.view);
    this.built = this.view.where.layer;
  }

  // Shows a stage of a step. With `move`, the numbers travel along the wires.
  go(where, stage, { move = false } = {}) {
    this.origin.forget();
    this.view.where = where;
    this.stage = stage;
    if (this.built !== where.layer || !this.drawing || this.drawing.view !== this.view) this.build();
    this.show();
    if (move && !calm()) this.move();
    else this.arrived();
  }

  show() {
    const { view, drawing } = this;
    const name = this.stages[this.stage];
    view.update();
    drawing.update();
    this.time.update();
    this.equations.stage(name);
    drawing.stage(this.partsOf(name));
    this.showCut();
    this.controls.show();
    Object.assign(this.root.dataset, view.where, { stage: name });
  }

  partsOf(name) {
    if (name === "feedback") return { parts: ["y", "true", "next"], wires: (_, to) => to === "next" };
    const from = sources(this.view.graph.trees[name]).map((source) => source.from);
    return { parts: [name, ...from], wires: (_, to) => to === name };
  }

  move() {
    this.root.dataset.moving = "true";
    this.drawing.move(() => {
      this.root.dataset.moved = Number(this.root.dataset.moved ?? 0) + 1; // for tests
      this.arrived();
    });
  }

  // The motion of a stage has ended.
  arrived() {
    this.root.dataset.moving = "false";
    clearTimeout(this.timer);
    if (this.playing) this.timer = setTimeout(() => this.next(), PAUSE);
  }

  // The stages of the step that is shown. Only the last step of a run has an output.
  get count() {
    return this.view.graph.isLast(this.view.where) ? this.stages.length : this.stages.length - 2;
  }

  get canFeed() {
    const { end } = this.view.where;
    return end < FARTHEST && (this.view.graph.cut || this.course.truth(end + 1) !== undefined);
  }

  get atEnd() {
    return this.stages[this.stage] === "feedback" && !this.canFeed;
  }

  next() {
    const { where } = this.view;
    const last = this.course.layers - 1;
    if (this.stage + 1 < this.count) return this.go(where, this.stage + 1, { move: true });
    if (where.layer < last) return this.go({ ...where, layer: where.layer + 1 }, 0, { move: true });
    if (where.at < where.end) return this.go({ ...where, at: where.at + 1, layer: 0 }, 0, { move: true });
    if (!this.canFeed) return this.pause();
    return this.feed(0);
  }

  // Feeds the next value and goes to a stage of its step.
  feed(stage) {
    const { end } = this.view.where;
    this.course.feed(end, this.view.graph.cut);
    this.view.graph.forget(end);
    const layer = stage ? this.course.layers - 1 : 0;
    this.go({ end: end + 1, at: end + 1, layer }, stage, { move: true });
  }

  back() {
    const { where } = this.view;
    const gates = this.stages.length - 3; // the last stage of a step without an output
    if (this.stage > 0) return this.go(where, this.stage - 1);
    if (where.layer > 0) return this.go({ ...where, layer: where.layer - 1 }, gates);
    const layer = this.course.layers - 1;
    if (where.at === where.end && where.end > 0) {
      return this.go({ end: where.end - 1, at: where.end - 1, layer }, this.stages.length - 1);
    }
    if (where.at > this.course.run(where.end).first) this.go({ ...where, at: where.at - 1, layer }, gates);
    return undefined;
  }

  // One whole time step on, to the stage of the feedback.
  stepOn() {
    const { where } = this.view;
    const layer = this.course.layers - 1;
    const stage = this.stages.length - 1;
    if (where.at < where.end) this.go({ ...where, at: where.end, layer }, stage, { move: true });
    else if (this.canFeed) this.feed(stage);
  }

  // A position that the reader chooses: in the run that is shown, or in the run that ended there.
  choose(at) {
    const { where } = this.view;
    const inside = at >= this.course.run(where.end).first && at <= where.end;
    this.pause();
    this.go({ ...where, at, end: inside ? where.end : Math.max(at, 0), layer: where.layer }, 0);
  }

  chooseStage(stage) {
    const { where } = this.view;
    const output = stage >= this.stages.length - 2;
    this.pause();
    const at = output ? { at: where.end, layer: this.course.layers - 1 } : {};
    this.go({ ...where, ...at }, stage, { move: true });
  }

  toggle() {
    if (this.playing) return this.pause();
    this.playing = true;
    this.next();
    this.controls.show();
    return undefined;
  }

  pause() {
    this.playing = false;
    clearTimeout(this.timer);
    this.controls.show();
  }

  // Cuts the wire of the true value, or joins it.
  turn() {
    this.view.graph.cut = !this.view.graph.cut;
    this.chooseStage(this.stages.length - 1);
  }

  showCut() {
    const { cut } = this.view.graph;
    const { words } = this.data;
    this.cut.textContent = cut ? words.join : words.cut;
    this.cut.setAttribute("aria-pressed", Boolean(cut));
    this.root.dataset.cut = Boolean(cut);
    for (const { from, to, path } of this.drawing.wires ?? []) {
      if (to === "next") path.classList.toggle("open", (from === "true") === Boolean(cut));
    }
  }

  chooseUnits(by) {
    const { view } = this;
    const most = this.course.network.hidden - view.units.length;
    view.firstUnit = Math.min(Math.max(view.firstUnit + by, 0), most);
    this.go(view.where, this.stage);
  }

  chooseLayer(by) {
    this.pause();
    this.go({ ...this.view.where, layer: this.view.where.layer + by }, 0);
  }

  // Each of the trained networks runs its own loop, so the course begins again.
  chooseMember(by) {
    this.member += by;
    this.begin();
  }

  // The caption of the stage.
  get caption() {
    const { captions } = this.data.words;
    const name = this.stages[this.stage];
    if (name !== "feedback") return captions[this.course.network.name]?.[name] ?? captions[name];
    const { end } = this.view.where;
    if (!this.canFeed) return captions.ended;
    if (!this.view.graph.cut) return captions.joined;
    let count = 0;
    while (this.course.isOwn(end - count)) count += 1;
    return count ? filled(captions.loop, { count }) : captions.cut;
  }

  // Says what is lit.
  tell(one) {
    const { words } = this.data;
    if (!one) return this.controls.tell("");
    const { node, symbol = "" } = one.dataset;
    if (node && one.getAttribute("aria-label")) return this.controls.tell(one.getAttribute("aria-label"));
    return this.controls.tell(symbol.split(" ").map((name) => nameOf(name, words)).join(", "));
  }

  open(button) {
    const slot = this.view.slots.find((one) => one.button === button);
    if (!slot) return; // not a number, or one in the panel, which opens it itself
    this.pause();
    this.origin.open(button, this.view.node(slot.symbol, slot.row, slot.column), this.view);
  }

  key(event) {
    if (this.origin.panel.contains(event.target) || event.ctrlKey || event.altKey || event.metaKey) return;
    const moves = {
      ArrowRight: () => this.next(), ArrowLeft: () => this.back(),
      Home: () => this.chooseStage(0), End: () => this.chooseStage(this.count - 1),
    };
    const plays = event.key === " " && !event.target.closest("button:not([role=radio])");
    if (!plays && !(event.key in moves)) return;
    event.preventDefault();
    if (plays) this.toggle();
    else {
      this.pause();
      moves[event.key]();
    }
    this.controls.follow(event.target);
  }

  end() {
    clearTimeout(this.timer);
    this.drawing.end();
    this.time.end();
  }
}
