// The memory of each unit: what its gate says, and what a disturbed input shows.

import { filled, number, svg } from "../shared/dom.js";

const HEIGHT = 250;
const [NARROWEST, WIDEST] = [300, 760]; // the width of the picture, in pixels
const TICKS = [0.1, 0.3, 1, 3, 10, 30, 100, 300, 1000];

// Draws the units, which are sorted already, on a logarithmic axis of steps.
export function drawUnits(picture, units, labels) {
  const count = units.length;
  const width = Math.min(Math.max(picture.clientWidth, NARROWEST), WIDEST);
  const box = { left: 50, right: width - 4, top: 10, bottom: 208 };
  picture.setAttribute("viewBox", `0 0 ${width} ${HEIGHT}`);
  picture.setAttribute("aria-label", filled(labels.units_picture, { units: count }));
  const known = units.flatMap(({ gate, measured }) => [gate, measured])
    .filter((value) => value !== null && value > 0);
  const low = Math.log10(Math.max(0.1, Math.min(1, ...known))) - 0.1;
  const high = Math.log10(Math.min(1000, Math.max(3, ...known))) + 0.1;
  const y = (value) => {
    const share = (Math.log10(Math.max(value, 10 ** low)) - low) / (high - low);
    return box.bottom - Math.min(share, 1) * (box.bottom - box.top);
  };
  const x = (rank) => box.left + ((rank + 0.5) / Math.max(count, 1)) * (box.right - box.left);
  const radius = Math.max(2, Math.min(4.5, (0.4 * width) / Math.max(count, 1)));
  const dots = units.flatMap(({ gate, measured, open, apart }, rank) => {
    const at = x(rank);
    const link = { x1: at, x2: at, y1: y(gate ?? measured), y2: y(measured) };
    const parts = [svg("line", { class: apart ? "link apart" : "link", ...link })];
    if (gate !== null) parts.push(svg("circle", { class: "ring", cx: at, cy: y(gate), r: radius }));
    parts.push(open ? upward(at, y(measured), radius) : svg("circle", {
      class: "dot", cx: at, cy: y(measured), r: radius }));
    return parts;
  });
  const marks = units.map((_, rank) => svg("path", {
    "data-rank": rank, opacity: 0, fill: "currentColor", class: "mark",
    d: `M${x(rank)} ${box.bottom + 2}l-6 10h12z`,
  }));
  const grid = TICKS.filter((tick) => Math.log10(tick) >= low && Math.log10(tick) <= high)
    .flatMap((tick) => [
      svg("line", { class: "grid", x1: box.left, x2: box.right, y1: y(tick), y2: y(tick) }),
      svg("text", {
        class: "tick", x: box.left - 6, y: y(tick) + 4, "text-anchor": "end", text: number(tick),
      }),
    ]);
  picture.replaceChildren(
    svg("rect", {
      class: "ground", x: box.left, y: box.top, width: box.right - box.left,
      height: box.bottom - box.top,
    }),
    ...grid, ...dots, ...marks,
    svg("text", {
      x: (box.left + box.right) / 2, y: HEIGHT - 6, "text-anchor": "middle", text: labels.units_axis,
    }),
    svg("text", {
      "text-anchor": "end", text: labels.memory_axis, transform: `translate(10 ${box.top}) rotate(-90)`,
    }),
  );
}

// An arrow: the memory is at least this long.
function upward(x, y, r) {
  return svg("path", { class: "open", d: `M${x - r} ${y}L${x} ${y - 1.6 * r}L${x + r} ${y}M${x} ${y - 1.6 * r}V${y + r}` });
}
