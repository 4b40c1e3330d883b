// The screen "The loop as a map". It draws a network's closed loop as a path of its hidden state.
//
// A *scene* is what one network shows. That of a network with two numbers of state is a map: it
// has arrows, fixed points, cycles, and a start that one can drag. That of a larger network is a
// plane: two curves that Python has projected. See scenes.js.

import { calm, component, element, filled } from "../shared/dom.js";
import { Drawing } from "./drawing.js";
import { place, sceneOf } from "./scenes.js";

const MILLISECONDS = 90; // per step, while it plays
const FAR = 0.05; // how far an arrow key moves the start
const NEAR = 0.01; // the same with Shift
const MOVES = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] };

export const { draw, remove } = component(".gru-loop-map", (root, data) => new Screen(root, data));

class Screen {
  constructor(root, data) {
    this.root = root;
    this.labels = data.labels;
    this.listening = new AbortController();
    this.scenes = new Map();
    this.drawing = new Drawing(this.part("map"), this.part("output"), this.labels);
    this.range = root.querySelector("input[type=range]");
    this.addHandle();
    this.listen();
    this.part("step-name").textContent = this.labels.step_name;
    this.part("step").textContent = this.labels.step;
    this.part("again").textContent = this.labels.again;
    this.part("networks").setAttribute("aria-label", this.labels.networks);
    this.update(data);
  }

  part(name) {
    return this.root.querySelector(`.${name}`);
  }

  listen() {
    const { signal } = this.listening;
    const on = (target, event, listener) => target.addEventListener(event, listener, { signal });
    on(this.part("play"), "click", () => this.play(!this.playing));
    on(this.part("step"), "click", () => { this.play(false); this.go(this.at + 1); });
    on(this.part("again"), "click", () => { this.play(false); this.go(0); });
    on(this.range, "input", () => { this.play(false); this.go(Number(this.range.value)); });
    on(this.handle, "keydown", (event) => this.press(event));
    const map = this.part("map");
    on(map, "click", (event) => { if (this.scene.movable) this.moveTo(event); });
    for (const target of [map, this.handle]) {
      on(target, "pointerdown", (event) => this.drag(event, target));
      on(target, "pointermove", (event) => {
        if (target.hasPointerCapture(event.pointerId)) this.moveTo(event);
      });
    }
    this.motion = matchMedia("(prefers-reduced-motion: reduce)");
    on(this.motion, "change", () => this.play(false));
  }

  addHandle() {
    this.handle = element("button", { type: "button", class: "handle" });
    this.part("frame").append(this.handle);
  }

  update({ networks, explained }) {
    this.explained = explained;
    if (networks !== this.sent) {
      this.sent = networks;
      this.networks = JSON.parse(networks);
      this.scenes.clear();
      this.drawChoice();
      this.choose(this.networks[0].key);
    }
    this.explain();
  }

  drawChoice() {
    const group = this.part("networks");
    group.hidden = this.networks.length < 2;
    group.replaceChildren(...this.networks.map(({ key, name }, k) =>
      element("label", {}, element("input", {
        type: "radio", name: "gru-loop-map", value: key, checked: k === 0,
        on: { change: () => this.choose(key) },
      }), element("span", { text: name }))));
  }

  choose(key) {
    this.play(false);
    if (!this.scenes.has(key)) {
      const network = this.networks.find((one) => one.key === key);
      this.scenes.set(key, sceneOf(network, this.labels));
    }
    this.scene = this.scenes.get(key);
    this.part("about").textContent = this.scene.about;
    this.handle.hidden = !this.scene.movable;
    this.drawing.begin(this.scene);
    this.started();
  }

  // The start has changed, or the scene has.
  started() {
    this.at = 0;
    this.range.max = this.scene.last;
    this.drawing.newCurves();
    if (this.scene.movable) {
      const [x, y] = this.drawing.placeOf(this.scene.start);
      Object.assign(this.handle.style, { left: `${x}%`, top: `${y}%` });
      const [h1, h2] = this.scene.start;
      const given = { h1: place(h1), h2: place(h2) };
      this.handle.setAttribute("aria-label", filled(this.labels.handle, given));
    }
    this.part("facts").replaceChildren(
      ...this.scene.facts().map((text) => element("li", { text })));
    this.explain();
    this.go(0);
  }

  explain() {
    const text = this.explained ? this.scene.explanation() : "";
    this.part("explained").hidden = !text;
    this.part("explained").textContent = text;
  }

  go(step) {
    this.at = Math.max(0, Math.min(step, this.scene.last));
    this.range.value = this.at;
    const reading = this.scene.reading(this.at);
    this.range.setAttribute("aria-valuetext", reading);
    this.part("reading").textContent = reading;
    this.drawing.show(this.at);
    this.root.dataset.step = this.at; // for tests
    this.showPlaying();
  }

  // Plays on from here, or from the start if the path is at its end. With reduced motion, the whole
  // path appears at once.
  play(playing) {
    clearTimeout(this.timer);
    this.playing = false;
    if (playing && calm()) this.go(this.scene.last);
    else if (playing) {
      this.playing = true;
      this.go(this.at === this.scene.last ? 0 : this.at);
      this.timer = setTimeout(() => this.tick(), MILLISECONDS);
    } else if (this.scene) this.showPlaying();
  }

  tick() {
    if (!document.hidden) this.go(this.at + 1);
    if (this.at === this.scene.last) this.play(false);
    else this.timer = setTimeout(() => this.tick(), MILLISECONDS);
  }

  showPlaying() {
    const { pause, play, whole } = this.labels;
    this.part("play").textContent = this.playing ? pause : calm() ? whole : play;
    this.root.dataset.playing = this.playing; // for tests
  }

  drag(event, target) {
    // A finger on the map may scroll the page. A tap is a click, which moves the start.
    const scrolls = target !== this.handle && event.pointerType === "touch";
    if (!this.scene.movable || scrolls) return;
    event.preventDefault();
    target.setPointerCapture(event.pointerId);
    this.handle.focus({ preventScroll: true });
    this.moveTo(event);
  }

  moveTo({ clientX, clientY }) {
    const box = this.part("map").getBoundingClientRect();
    this.setStart(this.drawing.stateAt((clientX - box.x) / box.width, (clientY - box.y) / box.height));
  }

  press(event) {
    const move = MOVES[event.key];
    if (!move) return;
    event.preventDefault();
    const by = event.shiftKey ? NEAR : FAR;
    this.setStart(this.scene.start.map((value, k) => value + by * move[k]));
  }

  setStart(h) {
    this.play(false);
    this.scene.setStart(h);
    this.started();
  }

  end() {
    clearTimeout(this.timer);
  }
}
