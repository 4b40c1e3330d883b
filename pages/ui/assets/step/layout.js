// Where the boxes and wires of a cell stand. They follow from its equations.
//
// From bottom to top: what the step reads, the gates, and what is mixed from them. The output y
// stands at the top right. The true next value and the input of the next step stand at the bottom
// right. All lengths are pixels.

import { sources } from "./parse.js";

const LEFT = 22; // room for the wire of an old state that is mixed in
const RIGHT = 26; // room for the wire that feeds the output back
const GAP = 26; // between boxes; wide enough for a target
const HEAD = 38;
const ROW = 27;
const TAPS = 26; // below the gates, for the handles of their wires

// What is drawn of the network of a `view`: the gates, what is mixed from them, what is read, and
// the wires between them.
export function structure({ graph: { trees, blocks } }) {
  const names = Object.keys(trees).filter((name) => name !== "y");
  const links = Object.entries(trees).flatMap(([to, tree]) =>
    sources(tree)
      .filter(({ from }) => from in trees || ["x", "before", "c-before"].includes(from))
      .map(({ from, matrix }) => ({ from, to, symbol: matrix ?? from })));
  const inputs = ["x", "before", "c-before"].filter((name) => links.some(({ from }) => from === name));
  return { gates: ordered(blocks, links), mixes: names.filter((name) => !blocks.includes(name)), inputs, links };
}

// Puts a gate that another gate uses right before it.
function ordered(gates, links) {
  const used = links.filter(({ from, to }) => gates.includes(from) && gates.includes(to));
  return [...new Set([...used.flatMap(({ from, to }) => [from, to]), ...gates])];
}

export function layout(width, { gates, mixes, inputs, links }, rowsOf) {
  const count = Math.max(gates.length, mixes.length + 1, inputs.length + 1, 3);
  const wide = (width - LEFT - RIGHT - GAP * (count - 1)) / count;
  const left = (column) => LEFT + column * (wide + GAP);
  const tall = (symbol) => HEAD + ROW * rowsOf(symbol);
  const tallest = (symbols) => Math.max(...symbols.map(tall));
  const boxes = {};
  const put = (symbol, column, top) => {
    boxes[symbol] = { left: left(column), top, width: wide, height: tall(symbol) };
  };
  const tops = [...mixes, "y"];
  const gateTop = 4 + tallest(tops) + 48;
  const busTop = gateTop + tallest(gates) + TAPS + 12;
  const bottom = busTop + 26;
  const lowest = bottom + tallest([...inputs, "next"]) + 16;
  tops.forEach((symbol, k) => put(symbol, count - tops.length + k, 4));
  gates.forEach((symbol, k) => put(symbol, Math.floor((count - gates.length) / 2) + k, gateTop));
  inputs.forEach((symbol, k) => put(symbol, k, bottom));
  put("next", count - 1, bottom);
  boxes.true = { left: LEFT, top: lowest, width: Math.min(150, 2 * wide), height: 34 };
  const place = { boxes, gates, mixes: tops, gateTop, busTop, width, lanes: 0 };
  const wires = links.map((link) => ({ ...link, ...route(link, place, links) }));
  wires.push({ from: "y", to: "next", symbol: "y", ...feedback(place) });
  wires.push({ from: "true", to: "next", symbol: "true", ...fromTruth(place) });
  return { boxes, wires, height: lowest + 42 };
}

const right = (box) => box.left + box.width;
const middle = (box) => box.left + box.width / 2;
const below = (box) => box.top + box.height;

function route(link, place, links) {
  const { boxes, gates, mixes, busTop } = place;
  const [a, b] = [boxes[link.from], boxes[link.to]];
  if (gates.includes(link.from)) return gates.includes(link.to) ? beside(a, b) : up(link, place, links);
  if (mixes.includes(link.from)) return beside(a, b, a.top + 52);
  if (mixes.includes(link.to)) { // an old state, along the left edge
    const y = b.top + 52;
    const bus = busTop - (link.from === "before" ? 0 : -18);
    return { path: `M${middle(a)} ${a.top}V${bus}H8V${y}H${b.left}`, handle: [b.left - 26, y] };
  }
  // Three handles stand below a gate: the old state, the bias, the value read.
  const x = middle(b) + Math.max(b.width / 3, TAPS) * (link.from === "before" ? -1 : 1);
  const bus = busTop + (link.from === "before" ? 0 : 12);
  return { path: `M${middle(a)} ${a.top}V${bus}H${x}V${below(b)}`, handle: [x, below(b) + TAPS / 2 + 2] };
}

function beside(a, b, y = a.top + 58) {
  return { path: `M${right(a)} ${y}H${b.left}`, handle: [(right(a) + b.left) / 2, y] };
}

// From a gate up to what is mixed. Wires that turn have a height of their own.
function up(link, place, links) {
  const { boxes, gates, gateTop } = place;
  const [a, b] = [boxes[link.from], boxes[link.to]];
  const all = links.filter(({ from, to }) => to === link.to && gates.includes(from))
    .sort((one, other) => boxes[one.from].left - boxes[other.from].left);
  const end = b.left + b.width * (all.indexOf(link) + 1) / (all.length + 1);
  const straight = end > a.left + 8 && end < right(a) - 8;
  const start = straight ? end : middle(a);
  const lane = straight ? gateTop : gateTop - 26 - 7 * (place.lanes++ % 2);
  return { path: `M${start} ${gateTop}V${lane}H${end}V${below(b)}`, handle: [start, gateTop - 13] };
}

function feedback({ boxes: { y, next }, width }) {
  const [from, to, x] = [y.top + 52, next.top + next.height / 2, width - 12];
  return { path: `M${right(y)} ${from}H${x}V${to}H${right(next)}`, handle: [x, (from + to) / 2] };
}

// The handle of this wire is the switch that cuts it.
function fromTruth({ boxes: { true: from, next } }) {
  const y = from.top + 17;
  return {
    path: `M${right(from)} ${y}H${middle(next)}V${below(next)}`,
    handle: [(right(from) + middle(next)) / 2, y],
  };
}
