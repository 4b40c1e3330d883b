// Heat maps: one row of pixels for each unit, one column for each step.

import { element, number } from "../shared/dom.js";

// From low over the middle to high. Blue and orange differ for colour-blind people, too.
const LIGHT = ["#1f5f9e", "#f7f7f7", "#b0500a"];
const DARK = ["#58b4ee", "#1a2428", "#ffa14f"];

// The colours for the theme of this element.
export function scaleOf(root) {
  const [red, green, blue] = rgb(getComputedStyle(root).getPropertyValue("--st-background-color"));
  return red + green + blue < 384 ? DARK : LIGHT;
}

// What the colours mean: the values of lowest, middle and highest colour. Gates go from 0 to 1,
// candidates and hidden states from −1 to 1. An LSTM's cell state has no bound.
export function boundsOf(name, columns, layer) {
  if (["n", "g", "h"].includes(name)) return [-1, 0, 1];
  if (name !== "c") return [0, 0.5, 1];
  let most = 0;
  for (const states of columns) for (const c of states[layer].c) if (Math.abs(c) > most) most = Math.abs(c);
  return [-most, 0, most];
}

// The height of a map with this many units, in pixels. Each unit has at least one.
export function heightOf(units) {
  return Math.max(units, Math.min(108, Math.max(60, 9 * units)));
}

// Draws the values `name` of all units. `units` are the units from top to bottom, and `width` is the
// number of steps. There may be fewer columns: then the rest is empty.
export function paint(canvas, columns, { layer, name, units, bounds, colors, width }) {
  canvas.width = width;
  canvas.height = units.length;
  const context = canvas.getContext("2d");
  const image = context.createImageData(canvas.width, canvas.height);
  const table = shades(colors);
  columns.forEach((states, column) => {
    const values = states[layer][name];
    units.forEach((unit, row) => {
      const share = (values[unit] - bounds[0]) / (bounds[2] - bounds[0] || 1);
      if (Number.isNaN(share)) return; // transparent: there is no number
      const shade = 3 * Math.round(255 * Math.min(1, Math.max(0, share)));
      const at = 4 * (row * canvas.width + column);
      for (let k = 0; k < 3; k += 1) image.data[at + k] = table[shade + k];
      image.data[at + 3] = 255;
    });
  });
  context.putImageData(image, 0, 0);
}

// A strip of the colours with the values at its ends and its middle.
export function legend(bounds, colors, name) {
  const strip = element("span", { class: "strip" });
  strip.style.background = `linear-gradient(to right, ${colors.join(", ")})`;
  const [low, , high] = bounds;
  return element("span", { class: "scale" }, element("span", { text: name }),
    element("span", { text: number(low) }), strip, element("span", { text: number(high) }));
}

// 256 colours, as red, green and blue in turn.
function shades(colors) {
  const ends = colors.map(rgb);
  return Uint8ClampedArray.from({ length: 768 }, (_, at) => {
    const place = Math.floor(at / 3) / 127.5;
    const from = Math.min(1, Math.floor(place));
    const [a, b] = [ends[from][at % 3], ends[from + 1][at % 3]];
    return a + (b - a) * (place - from);
  });
}

function rgb(color) {
  const context = document.createElement("canvas").getContext("2d");
  context.fillStyle = color.trim() || "#ffffff"; // the context writes each colour as #rrggbb
  return [1, 3, 5].map((at) => parseInt(context.fillStyle.slice(at, at + 2), 16));
}
