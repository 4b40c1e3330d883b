// The forecast over the film: true values, closed loop and, as a ghost, the loop before surgery.

import { number, polyline, rounds, svg } from "../shared/dom.js";

export const HEIGHT = 190;
const [TOP, BOTTOM] = [10, 26]; // pixels above and below the curves
const TICK = 66; // pixels between two times on the axis, at least

// Draws into `picture`, an svg element. All curves have one value per column. `gutter` is the room
// for the values on the axis, in pixels.
export function drawLine(picture, { truth, loop, ghost, times, width, gutter }) {
  const columns = times.length;
  const [low, high] = reach([truth, ghost ?? loop], loop);
  const x = (column) => gutter + ((column + 0.5) / columns) * (width - gutter);
  const y = (value) => TOP + ((high - value) / (high - low || 1)) * (HEIGHT - TOP - BOTTOM);
  picture.setAttribute("viewBox", `0 0 ${width} ${HEIGHT}`);
  picture.replaceChildren(
    ...axis(low, high, y, width, gutter),
    ...ticks(times, x, width - gutter),
    path("truth", truth, x, y),
    ...(ghost ? [path("ghost", ghost, x, y)] : []),
    path("loop", loop, x, y),
  );
}

// The range of the curves. The changed loop may widen it by one range on each side.
function reach(fixed, loop) {
  const known = fixed.flat().filter(Number.isFinite);
  let [low, high] = [Math.min(...known), Math.max(...known)];
  const range = high - low || Math.abs(high) || 1;
  const own = loop.filter(Number.isFinite);
  low = Math.max(Math.min(low, ...own), low - range) - 0.06 * range;
  high = Math.min(Math.max(high, ...own), high + range) + 0.06 * range;
  return [low, high];
}

function axis(low, high, y, width, gutter) {
  return rounds(low, high).flatMap((value) => [
    svg("line", { class: "grid", x1: gutter, x2: width, y1: y(value), y2: y(value) }),
    svg("text", { x: gutter - 6, y: y(value) + 4, "text-anchor": "end", text: number(value) }),
  ]);
}

function ticks(times, x, width) {
  const least = Math.ceil((times.length * TICK) / width);
  const each = [1, 2, 5, 10, 20, 50, 100, 200, 500].find((step) => step >= least) ?? least;
  const first = Number(times[0]); // NaN for a date
  const offset = Number.isInteger(first) ? (each - (first % each)) % each : 0;
  return times.flatMap((time, column) => {
    if (column % each !== offset) return [];
    // A text at an edge would be cut off in the middle.
    const anchor = column === 0 ? "start" : column > times.length - each / 2 ? "end" : "middle";
    return [svg("text", { x: x(column), y: HEIGHT - 6, text: time, "text-anchor": anchor })];
  });
}

// A curve. It has gaps where a value is missing, and it stops where it is not finite.
function path(name, values, x, y) {
  const points = values.map((value, column) => {
    const height = Number.isFinite(value) ? y(value) : NaN;
    return [x(column), Math.min(2 * HEIGHT, Math.max(-HEIGHT, height))];
  });
  return svg("path", { class: name, d: polyline(points) });
}
