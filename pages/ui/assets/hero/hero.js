// The moving picture on Home. It computes a trained GRU's closed loop and draws it over the true
// wave.
//
// Positions count steps. Position 0 is the first value of the closed loop.
// The picture stops when the reader pauses it or prefers reduced motion. It also stops while it is
// off the screen.

import { Network } from "../shared/gru.js";

const STEPS_PER_SECOND = 24;
const FRAME = 1000 / 30; // milliseconds; more frames would only use more processor time
const LAST = 5000; // steps; then the loop starts again
const WIDE = 4.5; // pixels per step
const NARROW = 3; // the same on a phone
const TOP = 34; // pixels above the wave for the two labels

const heroes = new WeakMap(); // element -> Hero

export function draw({ data, parentElement }) {
  const element = parentElement.querySelector(".gru-hero");
  if (element && data && !heroes.has(element)) heroes.set(element, new Hero(element, data));
}

export function remove({ parentElement }) {
  const element = parentElement.querySelector(".gru-hero");
  heroes.get(element)?.end();
  heroes.delete(element);
}

class Hero {
  constructor(element, { network, alt }) {
    this.element = element;
    this.svg = element.querySelector("svg");
    this.button = element.querySelector("button");
    this.svg.setAttribute("aria-label", alt);
    Object.assign(this, JSON.parse(network)); // center, scale, step, start and the weights
    this.network = new Network(this);
    this.begin();
    this.listen();
    this.stopped = this.calm.matches;
    if (this.stopped) this.showStill();
    this.update();
  }

  listen() {
    const { signal } = (this.listening = new AbortController());
    this.calm = matchMedia("(prefers-reduced-motion: reduce)");
    this.calm.addEventListener("change", () => this.pause(this.calm.matches), { signal });
    document.addEventListener("visibilitychange", () => this.update(), { signal });
    this.button.addEventListener("click", () => this.pause(!this.stopped), { signal });
    // In Streamlit, R reruns the page and C clears the cache. Keys pressed here must not do that.
    this.element.addEventListener("keydown", (event) => event.stopPropagation(), { signal });
    this.seeing = new IntersectionObserver(([entry]) => {
      this.visible = entry.isIntersecting;
      this.update();
    });
    this.seeing.observe(this.svg);
    this.sizing = new ResizeObserver(() => this.show());
    this.sizing.observe(this.svg);
  }

  begin() {
    this.head = 0; // how far the loop has run, in steps
    this.own = []; // its forecasts
    const before = Array.from({ length: this.window }, (_, k) => this.truth(k - this.window));
    this.loop = this.network.closedLoop(before.map((value) => this.normalized(value)));
  }

  normalized(value) {
    return (value - this.center) / this.scale;
  }

  // The wave itself, at any position.
  truth(position) {
    return Math.sin((this.start + position) * this.step);
  }

  // The one-step forecast for a position before 0, from true values.
  fed(position) {
    const before = Array.from({ length: this.window }, (_, k) =>
      this.normalized(this.truth(position - this.window + k)),
    );
    return this.network.oneStep(before) * this.scale + this.center;
  }

  forecast(position) {
    while (this.own.length <= position) {
      this.own.push(this.loop.next().value * this.scale + this.center);
    }
    return this.own[position];
  }

  // The forecast at a position between two steps, so that the end of the line moves smoothly.
  between(position) {
    const at = Math.floor(position);
    const [from, to] = [this.forecast(at), this.forecast(at + 1)];
    return from + (to - from) * (position - at);
  }

  pause(stopped) {
    this.stopped = stopped;
    this.update();
  }

  // With reduced motion, shows the loop when it has reached the right edge.
  showStill() {
    this.still = true;
    this.show();
  }

  update() {
    const moving = !this.stopped && this.visible && !document.hidden;
    this.button.textContent = this.stopped ? "Play" : "Pause";
    this.element.dataset.moving = moving; // for tests
    cancelAnimationFrame(this.frame);
    if (!moving) return;
    this.still = false;
    this.last = performance.now();
    this.frame = requestAnimationFrame((now) => this.move(now));
  }

  move(now) {
    if (now - this.last >= FRAME) {
      this.head += (Math.min(now - this.last, 100) / 1000) * STEPS_PER_SECOND;
      this.last = now;
      if (this.head > LAST) this.begin();
      this.show();
    }
    this.frame = requestAnimationFrame((later) => this.move(later));
  }

  show() {
    const { clientWidth: width, clientHeight: height } = this.svg;
    if (!width) return;
    const pixels = width < 560 ? NARROW : WIDE;
    // Steps between the left edge and position 0, before the picture scrolls.
    const closes = Math.max(width * 0.33, 150) / pixels;
    if (this.still) this.head = (width * 0.97) / pixels - closes;
    const left = this.still ? -closes : Math.max(-closes, this.head - (width * 0.8) / pixels);
    const x = (position) => ((position - left) * pixels).toFixed(1);
    const half = (height - TOP - 12) / 2;
    const y = (value) => (TOP + half - value * half * 0.92).toFixed(1);
    const line = (name, from, to, value) => {
      const points = [];
      for (let at = from; at < to; at += 1) points.push(`${x(at)} ${y(value(at))}`);
      if (from < to) points.push(`${x(to)} ${y(value(to))}`);
      this.part(name).setAttribute("d", points.length ? `M${points.join("L")}` : "");
    };
    const first = Math.floor(left) - 1;
    line("truth", first, left + width / pixels + 1, (at) => this.truth(at));
    line("fed", first, 0, (at) => this.fedOnce(at));
    line("own", Math.max(first, 0), this.head, (at) => this.between(at));
    this.part("head").setAttribute("cx", x(this.head));
    this.part("head").setAttribute("cy", y(this.between(this.head)));
    this.label(x, height);
  }

  // The one-step forecasts before 0 never change, so each is computed once.
  fedOnce(position) {
    this.readings ??= new Map();
    if (!this.readings.has(position)) this.readings.set(position, this.fed(position));
    return this.readings.get(position);
  }

  label(x, height) {
    const closes = Number(x(0));
    const place = { x1: closes, x2: closes, y1: 8, y2: height - 4 };
    for (const [name, value] of Object.entries(place)) {
      this.part("closes").setAttribute(name, value);
    }
    this.part("label-fed").setAttribute("x", closes - 10);
    this.part("label-own").setAttribute("x", Math.max(closes + 10, 4));
    const steps = Math.floor(this.head);
    this.element.dataset.steps = steps; // for tests
    this.part("count").textContent = `${steps.toLocaleString("en")} steps on its own`;
  }

  part(name) {
    return this.element.querySelector(`.${name}`);
  }

  end() {
    cancelAnimationFrame(this.frame);
    this.listening.abort();
    this.seeing.disconnect();
    this.sizing.disconnect();
  }
}
