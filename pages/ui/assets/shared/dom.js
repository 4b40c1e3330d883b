// Small helpers that the drawings of all pages share.

const SVG = "http://www.w3.org/2000/svg";

// A new element. `attributes` may hold `text` (its text) and `on` (its listeners by event).
export function element(name, attributes = {}, ...children) {
  return fill(document.createElement(name), attributes, children);
}

// The same for a part of a picture.
export function svg(name, attributes = {}, ...children) {
  return fill(document.createElementNS(SVG, name), attributes, children);
}

function fill(made, { text, on = {}, ...attributes }, children) {
  for (const [name, value] of Object.entries(attributes)) {
    if (value === true) made.setAttribute(name, "");
    else if (value !== false && value != null) made.setAttribute(name, value);
  }
  for (const [event, listener] of Object.entries(on)) made.addEventListener(event, listener);
  if (text !== undefined) made.textContent = text;
  made.append(...children);
  return made;
}

// A number as people write it, with three significant digits: 0.167, -1,230, 1.2e-9, 0.
export function number(value, digits = 3) {
  if (!Number.isFinite(value)) return Number.isNaN(value) ? "unknown" : value > 0 ? "∞" : "−∞";
  const rounded = Number(value.toPrecision(digits));
  if (rounded === 0) return "0";
  const size = Math.abs(rounded);
  const text = size < 1e-6 || size >= 1e15
    ? rounded.toExponential()
    : rounded.toLocaleString("en", { maximumSignificantDigits: digits });
  return text.replace("-", "−");
}

// Some round values in a range, about `count` of them: ticks for an axis.
export function rounds(low, high, count = 4) {
  const rough = (high - low) / count;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map((factor) => factor * power).find((size) => size >= rough);
  const first = Math.ceil(low / step);
  const many = Math.floor(high / step) - first + 1;
  return Array.from({ length: many }, (_, k) => (first + k) * step);
}

// The path of a line through points [x, y], to a tenth of a pixel. It has a gap where y is not a
// finite number.
export function polyline(points) {
  let begun = false;
  return points.map(([x, y]) => {
    const move = begun ? "L" : "M";
    begun = Number.isFinite(y);
    return begun ? `${move}${x.toFixed(1)} ${y.toFixed(1)}` : "";
  }).join("");
}

// The text of a message with its {placeholders} filled in.
export function filled(message, given) {
  return message.replace(/\{(\w+)\}/g, (whole, name) => (name in given ? given[name] : whole));
}

// Whether the reader wants nothing to move.
export function calm() {
  return matchMedia("(prefers-reduced-motion: reduce)").matches;
}

// `draw` and `remove` of a component. `make(element, data, component)` builds it once and returns
// an object with `update(data)`, which is called when the data change. Its `listening`, an
// AbortController, is aborted at the end. Keys that are pressed inside never reach Streamlit, which
// reruns the page with R and clears the cache with C.
export function component(selector, make) {
  const made = new WeakMap();
  return {
    draw(given) {
      const root = given.parentElement.querySelector(selector);
      if (!root || !given.data) return;
      if (made.has(root)) {
        made.get(root).update?.(given.data, given);
        return;
      }
      const one = make(root, given.data, given);
      one.listening ??= new AbortController();
      root.addEventListener("keydown", (event) => event.stopPropagation(), {
        signal: one.listening.signal,
      });
      made.set(root, one);
    },
    remove(given) {
      const root = given.parentElement.querySelector(selector);
      made.get(root)?.listening.abort();
      made.get(root)?.end?.();
      made.delete(root);
    },
  };
}
