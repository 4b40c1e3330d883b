// The order in which the film shows the units of a layer, and what each order says about a unit.

import { mean } from "../shared/gru.js";

// The gate that says how much of the old state stays, by cell. The textbook's z says the reverse.
const MEMORY = { gru: "z", "gru-textbook": "z", lstm: "f" };

// The orders that a cell offers.
export function orders(cell) {
  return ["number", ...(cell in MEMORY ? ["memory"] : []), "input", "likeness"];
}

// The units from top to bottom. `columns` are a path's columns, and `inputs` the values that were
// read last before each column.
export function order(by, cell, columns, layer, inputs) {
  const size = columns[0][layer].h.length;
  const units = Array.from({ length: size }, (_, unit) => unit);
  if (by === "number") return units;
  if (by === "likeness") return alike(columns, layer, units);
  const score = by === "memory" ? memories(cell, columns, layer) : units.map((unit) =>
    correlation(standard(trace(columns, layer, "h", unit)), standard(inputs)));
  return units.sort((a, b) => score[b] - score[a]);
}

// How much of its old state each unit keeps, on average. Undefined for a cell without such a gate.
export function memories(cell, columns, layer) {
  const gate = MEMORY[cell];
  if (!gate) return undefined;
  return Array.from(columns[0][layer].h, (_, unit) => {
    const share = mean(trace(columns, layer, gate, unit));
    return cell === "gru-textbook" ? 1 - share : share;
  });
}

// How far the hidden state of each unit moves.
export function swings(columns, layer) {
  return Array.from(columns[0][layer].h, (_, unit) => {
    const values = trace(columns, layer, "h", unit);
    return Math.max(...values) - Math.min(...values);
  });
}

// Each unit is followed by the one that is most like it, among those that are left.
function alike(columns, layer, units) {
  const traces = units.map((unit) => standard(trace(columns, layer, "h", unit)));
  const left = new Set(units.slice(1));
  const found = [0];
  while (left.size) {
    const last = traces[found.at(-1)];
    let best = null;
    for (const unit of left) {
      const likeness = correlation(traces[unit], last);
      if (!best || likeness > best.likeness) best = { unit, likeness };
    }
    found.push(best.unit);
    left.delete(best.unit);
  }
  return found;
}

function trace(columns, layer, name, unit) {
  return columns.map((states) => states[layer][name][unit]);
}

function standard(values) {
  const level = mean(values);
  const size = Math.sqrt(values.reduce((sum, value) => sum + (value - level) ** 2, 0));
  return values.map((value) => (size ? (value - level) / size : 0));
}

function correlation(a, b) {
  return a.reduce((sum, value, k) => sum + value * b[k], 0);
}
