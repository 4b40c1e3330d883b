// Draws a scene of scenes.js: the states on the left, the outputs over time on the right.

import { element, filled, number, rounds, svg } from "../shared/dom.js";

const SIDE = 360; // of the map's picture
const MARGIN = { left: 30, right: 4, top: 4, bottom: 30 };
const WIDTH = 360; // of the picture of the outputs
const HEIGHT = 210;
const DIGIT = 7.5; // how wide a digit is on the axis, at most
const ARROWS = 14; // along each side
const LONGEST = 0.8; // an arrow, as a share of the distance between two
const TICKS = [-1, 0, 1];

export class Drawing {
  constructor(map, output, labels) {
    Object.assign(this, { map, output, labels });
  }

  // A new scene: all that does not depend on the start.
  begin(scene) {
    this.scene = scene;
    [this.xs, this.ys] = scene.bounds;
    this.map.classList.toggle("fixed", !scene.movable);
    this.map.setAttribute("aria-label", scene.movable ? this.labels.map : this.labels.plane);
    this.layers = ["curve", "done", "head"].map(() => svg("g"));
    this.map.replaceChildren(
      svg("rect", {
        class: "ground", x: MARGIN.left, y: MARGIN.top,
        width: SIDE - MARGIN.left - MARGIN.right, height: SIDE - MARGIN.top - MARGIN.bottom,
      }),
      ...this.axes(), ...(scene.movable ? [this.arrows()] : []),
      ...scene.ends.filter(({ point }) => !point).map(({ tail }) => this.cycle(tail)),
      ...scene.fixed.map((point) => this.fixedPoint(point)), ...this.layers,
    );
    this.drawKey();
  }

  x(value) {
    const [low, high] = this.xs;
    const width = SIDE - MARGIN.left - MARGIN.right;
    return MARGIN.left + ((value - low) / (high - low)) * width;
  }

  y(value) {
    const [low, high] = this.ys;
    const height = SIDE - MARGIN.top - MARGIN.bottom;
    return MARGIN.top + ((high - value) / (high - low)) * height;
  }

  // Where a state lies in the picture, in percent of its sides.
  placeOf([h1, h2]) {
    return [(100 * this.x(h1)) / SIDE, (100 * this.y(h2)) / SIDE];
  }

  // The state at a place in the picture, as shares of its sides.
  stateAt(across, down) {
    const inner = SIDE - MARGIN.left - MARGIN.right;
    const tall = SIDE - MARGIN.top - MARGIN.bottom;
    return [
      this.xs[0] + ((across * SIDE - MARGIN.left) / inner) * (this.xs[1] - this.xs[0]),
      this.ys[1] - ((down * SIDE - MARGIN.top) / tall) * (this.ys[1] - this.ys[0]),
    ];
  }

  axes() {
    const { first, second } = this.scene.movable ? this.labels.axes : this.labels.components;
    const bottom = SIDE - MARGIN.bottom;
    const parts = [
      svg("text", { x: SIDE - 6, y: SIDE - 2, "text-anchor": "end", text: first }),
      svg("text", {
        x: 0, y: 0, "text-anchor": "end", text: second, transform: "translate(12 6) rotate(-90)",
      }),
    ];
    if (!this.scene.movable) return parts;
    for (const tick of TICKS) {
      const [x, y] = [this.x(tick), this.y(tick)];
      const text = number(tick);
      parts.push(
        svg("line", { class: "axis", x1: x, x2: x, y1: MARGIN.top, y2: bottom }),
        svg("line", { class: "axis", x1: MARGIN.left, x2: SIDE - MARGIN.right, y1: y, y2: y }),
        svg("text", { x, y: bottom + 15, "text-anchor": tick > 0 ? "end" : "middle", text }),
        svg("text", { x: MARGIN.left - 4, y: y + (tick > 0 ? 10 : 4), "text-anchor": "end", text }),
      );
    }
    return parts;
  }

  // The arrows show the direction of one step. Long ones are cut.
  arrows() {
    const longest = (LONGEST * (this.x(1) - this.x(-1))) / ARROWS;
    const path = this.scene.arrows(ARROWS).map(([from, to]) => {
      const [x, y] = [this.x(from[0]), this.y(from[1])];
      const [dx, dy] = [this.x(to[0]) - x, this.y(to[1]) - y];
      const length = Math.hypot(dx, dy);
      if (!length) return "";
      const [ux, uy] = [dx / length, dy / length];
      const cut = Math.min(length, longest);
      const [tx, ty] = [x + ux * cut, y + uy * cut];
      const side = (turn) => `${round(tx - 4 * ux + turn * 2.5 * uy)} ${round(ty - 4 * uy - turn * 2.5 * ux)}`;
      return `M${round(x)} ${round(y)}L${round(tx)} ${round(ty)}M${side(1)}L${round(tx)} ${round(ty)}L${side(-1)}`;
    });
    return svg("path", { class: "arrows", d: path.join("") });
  }

  // A dot for each state of the long run: together they are the cycle.
  cycle(tail) {
    const dots = tail.map(([h1, h2]) => `M${round(this.x(h1))} ${round(this.y(h2))}h0`);
    return svg("path", { class: "cycle", d: [...new Set(dots)].join("") });
  }

  fixedPoint({ h, stable }) {
    const place = { cx: this.x(h[0]), cy: this.y(h[1]), r: 5.5 };
    return svg("circle", { class: stable ? "point stable" : "point", ...place });
  }

  // New paths: the faint lines, on the left and on the right.
  newCurves() {
    const { curves, last, range, beats } = this.scene;
    const [curve] = this.layers;
    curve.replaceChildren(...curves.map(({ name, points }) =>
      svg("path", { class: `curve ${name}`, d: this.line(points) })));
    const values = [...curves.flatMap((one) => one.values), ...(range ?? [])]
      .filter((value) => value != null); // with the data's range, networks can be compared
    const [low, high] = [Math.min(...values), Math.max(...values)];
    const room = (high - low) * 0.06 || 1;
    const ticks = rounds(low - room, high + room, 5);
    const left = 16 + DIGIT * Math.max(...ticks.map((value) => label(value).length));
    this.tx = (step) => left + (step / last) * (WIDTH - left - 6);
    this.ty = (value) => 8 + ((high + room - value) / (high - low + 2 * room)) * (HEIGHT - 48);
    this.outputs = svg("g");
    const given = { low: number(low), high: number(high), last };
    this.output.setAttribute("aria-label", filled(this.labels.output, given));
    this.output.replaceChildren(
      ...this.timeAxes(ticks, left, last),
      ...beats.map((step) => svg("line", {
        class: "beat", x1: this.tx(step), x2: this.tx(step), y1: 4, y2: HEIGHT - 34,
      })),
      ...curves.map(({ name, values: own }) =>
        svg("path", { class: `curve ${name}`, d: this.timeLine(own) })),
      this.outputs,
    );
  }

  timeAxes(ticks, left, last) {
    const bottom = HEIGHT - 34;
    const levels = ticks.flatMap((value) => [
      svg("line", { class: "grid", x1: left, x2: WIDTH, y1: this.ty(value), y2: this.ty(value) }),
      svg("text", {
        class: "level", x: left - 6, y: this.ty(value) + 4, "text-anchor": "end", text: label(value),
      }),
    ]);
    const steps = rounds(0, last, 5).map((step) => svg("text", {
      class: "time", x: this.tx(step), y: bottom + 15, text: label(step),
      "text-anchor": step === last ? "end" : "middle",
    }));
    const name = { x: (left + WIDTH) / 2, y: HEIGHT - 3, "text-anchor": "middle" };
    return [
      svg("rect", { class: "ground", x: left, y: 4, width: WIDTH - left, height: bottom - 4 }),
      ...levels, ...steps, svg("text", { ...name, text: this.labels.time }),
    ];
  }

  // The paths up to this step, and their heads.
  show(step) {
    const [, done, head] = this.layers;
    const { curves } = this.scene;
    done.replaceChildren(...curves.map(({ name, points }) =>
      svg("path", { class: `done ${name}`, d: this.line(points.slice(0, step + 1)) })));
    head.replaceChildren(...curves.filter(({ points }) => points[step]).map(({ name, points }) =>
      svg("circle", {
        class: name, r: 5, cx: round(this.x(points[step][0])), cy: round(this.y(points[step][1])),
      })));
    this.outputs.replaceChildren(...curves.flatMap(({ name, values }) => {
      const line = svg("path", {
        class: `done ${name}`, d: this.timeLine(values.slice(0, step + 1)),
      });
      if (values[step] == null) return [line];
      const place = { cx: round(this.tx(step)), cy: round(this.ty(values[step])) };
      return [line, svg("circle", { class: name, r: 4.5, ...place })];
    }));
  }

  line(points) {
    return `M${points.map(([a, b]) => `${round(this.x(a))} ${round(this.y(b))}`).join("L")}`;
  }

  timeLine(values) {
    const known = values.findIndex((value) => value == null);
    const shown = known < 0 ? values : values.slice(0, known);
    if (!shown.length) return "";
    return `M${shown.map((value, k) => `${round(this.tx(k))} ${round(this.ty(value))}`).join("L")}`;
  }

  // What the lines and points mean.
  drawKey() {
    const { key } = this.labels;
    const line = (name) => svg("path", { class: name, d: "M3 7H19" });
    const point = (name) => svg("circle", { class: name, cx: 11, cy: 7, r: 5 });
    const entries = this.scene.movable
      ? [[key.path, line("done free")], [key.cycle, line("cycle")], [key.fixed, point("point")],
        [key.arrows, svg("path", { class: "arrows", d: "M2 7H19M15 4L19 7L15 10" })],
        ...(this.scene.period ? [[key.beat, svg("path", { class: "beat", d: "M11 0V14" })]] : [])]
      : [[key.fed, line("done true")], [key.free, line("done free")]];
    const caption = this.map.closest("figure").querySelector(".key");
    caption.replaceChildren(...entries.map(([text, sign]) => element("span", {},
      svg("svg", { viewBox: "0 0 22 14", "aria-hidden": "true" }, sign), element("span", { text }))));
  }
}

// A round value on an axis. It may need more digits than a number in a text: 10,250.
function label(value) {
  return number(value, 6);
}

function round(value) {
  return Math.round(value * 10) / 10;
}
