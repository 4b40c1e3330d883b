// One panel of the gradient microscope: what is left of a small change, against how long ago it
// was, on a logarithmic scale.

import { element, filled, number, polyline, rounds, svg } from "../shared/dom.js";

const WIDTH = 240;
const HEIGHT = 190;
const BOX = { left: 38, right: 236, top: 6, bottom: 156 };
const LEAST = 1e-8; // smaller values are below the picture
const LINES = ["before", "rest", "direct", "after"];

// The panel of one network. All panels have the same axes.
export function drawPanel({ name, lines }, all, back, labels) {
  const values = all.flatMap((one) => LINES.flatMap((line) => one.lines[line] ?? []))
    .filter((value) => value > 0);
  const low = Math.floor(Math.log10(Math.max(Math.min(...values), LEAST)));
  const high = Math.max(0, Math.ceil(Math.log10(Math.max(...values))));
  const y = (value) =>
    BOX.top + ((high - Math.log10(value)) / (high - low)) * (BOX.bottom - BOX.top);
  const given = { name, step: lines.after.length - 1, left: number(lines.after.at(-1), 2) };
  const picture = svg("svg", {
    viewBox: `0 0 ${WIDTH} ${HEIGHT}`, role: "img", "aria-label": filled(labels.panel, given),
  });
  picture.append(
    svg("rect", {
      class: "ground", x: BOX.left, y: BOX.top, width: BOX.right - BOX.left,
      height: BOX.bottom - BOX.top,
    }),
    ...grid(low, high, y), ...stepsAxis(back, labels),
    svg("line", { class: "at", y1: BOX.top, y2: BOX.bottom }),
    ...LINES.filter((line) => lines[line]).map((line) =>
      svg("path", { class: `line ${line}`, d: path(lines[line], back, y, 10 ** low) })),
  );
  return element("figure", {}, element("figcaption", { text: name }), picture);
}

// The place of a panel whose numbers are still computed, with a text.
export function waitingPanel(name, text) {
  return element("figure", {},
    element("figcaption", { text: name }), element("p", { class: "computing", text }));
}

// Moves the vertical line of a panel to this number of steps back.
export function showStep(panel, step, back) {
  const line = panel.querySelector(".at");
  line.setAttribute("x1", x(step, back));
  line.setAttribute("x2", x(step, back));
}

function x(step, back) {
  return Math.round(10 * (BOX.left + (step / back) * (BOX.right - BOX.left))) / 10;
}

// A line with gaps where a value lies below the picture.
function path(values, back, y, least) {
  return polyline(values.map((value, step) => [x(step, back), value >= least ? y(value) : NaN]));
}

function grid(low, high, y) {
  const every = high - low > 5 ? 2 : 1;
  const powers = Array.from({ length: Math.floor((high - low) / every) + 1 }, (_, k) => high - k * every);
  return powers.flatMap((power) => {
    const label = svg("text", { x: BOX.left - 5, y: y(10 ** power) + 4, "text-anchor": "end" });
    if (power === 0) label.textContent = "1";
    else {
      label.append("10", svg("tspan", { dy: -4, "font-size": 9, text: number(power) }));
    }
    const place = { x1: BOX.left, x2: BOX.right, y1: y(10 ** power), y2: y(10 ** power) };
    return [svg("line", { class: "grid", ...place }), label];
  });
}

function stepsAxis(back, { steps_axis: name }) {
  const ticks = rounds(0, back, 3).map((step) => svg("text", {
    class: "step", x: x(step, back), y: BOX.bottom + 14, text: number(step),
    "text-anchor": step === back ? "end" : "middle",
  }));
  const middle = (BOX.left + BOX.right) / 2;
  return [...ticks, svg("text", { x: middle, y: HEIGHT - 3, "text-anchor": "middle", text: name })];
}
