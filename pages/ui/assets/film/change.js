// What surgery did to a forecast: first in numbers, then in words.

import { filled, number } from "../shared/dom.js";
import { mean } from "../shared/gru.js";

const SAME = 0.01; // a smaller RMSE cannot be seen; as a share of the old curve's range
const FAR = 5; // ranges from the middle; a curve that goes farther explodes
const FLAT = 0.05; // a smaller range is flat; as a share of the old curve's range

// The change from one curve to another: { kind } is "unknown", "same", "explodes" or "dies" (both
// with a `step`, counted from 1), or "changes" with `rmse` and `parts`.
export function change(before, after) {
  const length = Math.min(before.length, after.length);
  const [old, now] = [before.slice(0, length), after.slice(0, length)];
  if (length < 2 || !old.every(Number.isFinite)) return { kind: "unknown" };
  const range = rangeOf(old) || Math.abs(mean(old)) || 1;
  const middle = middleOf(old);
  const far = now.findIndex((value) => !(Math.abs(value - middle) <= FAR * range));
  if (far >= 0) return { kind: "explodes", step: far + 1 };
  const rmse = Math.sqrt(mean(old.map((value, t) => (value - now[t]) ** 2)));
  if (rmse < SAME * range) return { kind: "same" };
  const tail = Math.max(4, Math.round(length / 4));
  if (rangeOf(now.slice(-tail)) < FLAT * range && rangeOf(old.slice(-tail)) > 4 * FLAT * range) {
    const end = mean(now.slice(-tail));
    return { kind: "dies", step: 1 + now.findLastIndex((v) => Math.abs(v - end) > 0.1 * range) };
  }
  return { kind: "changes", rmse, parts: partsOf(old, now, range) };
}

function partsOf(old, now, range) {
  const parts = [];
  let level = middleOf(now) - middleOf(old);
  if (straightness(old) > 0.5) {
    const [was, is] = [slopeOf(old), slopeOf(now)];
    level = mean(now) - mean(old);
    if (Math.abs(is - was) * old.length >= 0.05 * range) parts.push({ name: "trend", old: was, now: is });
    [old, now] = [detrended(old), detrended(now)];
  }
  const [first, second] = [turns(old), turns(now)];
  const factor = swingOf(now, second) / swingOf(old, first);
  if (Math.abs(factor - 1) >= 0.05) parts.push({ name: "amplitude", percent: 100 * (factor - 1) });
  if (first.length >= 3 && second.length >= 3) parts.push(...timing(first, second));
  else if (second.length < first.length / 2) parts.push({ name: "lost" });
  if (Math.abs(level) >= 0.05 * range) {
    parts.push({ name: level > 0 ? "up" : "down", level: Math.abs(level) });
  }
  return parts;
}

// Where the new curve is late, from the half cycles of both.
function timing(old, now) {
  const period = periodOf(old);
  const pairs = matched(old, now);
  const centre = (pairs.length - 1) / 2;
  const delay = mean(pairs);
  const spread = pairs.reduce((sum, _, j) => sum + (j - centre) ** 2, 0);
  const slope = pairs.reduce((sum, late, j) => sum + (j - centre) * (late - delay), 0) / spread;
  const drift = 2 * slope;
  if (Math.abs(periodOf(now) - period) > 0.25 * period) {
    return [{ name: "cycle", old: period, now: periodOf(now) }];
  }
  const least = Math.max(0.5, 0.02 * period);
  if (pairs.length > 2 && Math.abs(drift) * (pairs.length / 2) >= 2 * least) {
    return [{ name: drift > 0 ? "late-per-cycle" : "early-per-cycle", steps: Math.abs(drift) }];
  }
  if (Math.abs(delay) < least) return [];
  return [{ name: delay > 0 ? "late" : "early", steps: Math.abs(delay) }];
}

// How late each turn of `now` is. The first turns that belong together are the nearest of one kind.
function matched(old, now) {
  const starts = [[0, 0], [1, 0], [0, 1], [2, 0], [0, 2]]
    .filter(([i, j]) => old[i]?.up === now[j]?.up && i < old.length && j < now.length)
    .sort(([i, j], [k, l]) => Math.abs(now[j].at - old[i].at) - Math.abs(now[l].at - old[k].at));
  const [i, j] = starts[0];
  const length = Math.min(old.length - i, now.length - j);
  return Array.from({ length }, (_, k) => now[j + k].at - old[i + k].at);
}

// Where a curve passes its middle, upwards and downwards in turn. Small wiggles do not count.
function turns(curve) {
  const [middle, margin] = [middleOf(curve), 0.15 * rangeOf(curve)];
  const found = [];
  let side = 0;
  let passed = null;
  curve.forEach((value, t) => {
    const [last, now] = [curve[t - 1] - middle, value - middle];
    if (t && last * now <= 0 && last !== now) passed = t - 1 + last / (last - now);
    const next = Math.abs(now) > margin ? Math.sign(now) : side;
    if (next !== side && side && passed !== null) found.push({ at: passed, up: next > 0 });
    side = next;
  });
  return found;
}

function periodOf(found) {
  return (2 * (found.at(-1).at - found[0].at)) / (found.length - 1);
}

// How far a curve swings: its deviation in whole cycles. Without cycles, its range.
function swingOf(curve, found) {
  if (found.length < 3) return rangeOf(curve);
  const last = found[found.length - (found.length % 2 ? 1 : 2)]; // a turn like the first one
  const cycles = curve.slice(Math.round(found[0].at), Math.round(last.at));
  const level = mean(cycles);
  return Math.sqrt(8 * mean(cycles.map((value) => (value - level) ** 2))); // a sine's range
}

function rangeOf(curve) {
  return Math.max(...curve) - Math.min(...curve);
}

function middleOf(curve) {
  return (Math.max(...curve) + Math.min(...curve)) / 2;
}

// The share of the variance that a straight line explains, and the curve without its line.
function straightness(curve) {
  const level = mean(curve);
  const all = curve.reduce((sum, value) => sum + (value - level) ** 2, 0);
  const rest = detrended(curve).reduce((sum, value) => sum + value ** 2, 0);
  return all ? 1 - rest / all : 0;
}

function detrended(curve) {
  const [centre, level, slope] = [(curve.length - 1) / 2, mean(curve), slopeOf(curve)];
  return curve.map((value, t) => value - level - slope * (t - centre));
}

function slopeOf(curve) {
  const [centre, level] = [(curve.length - 1) / 2, mean(curve)];
  const spread = curve.reduce((sum, _, t) => sum + (t - centre) ** 2, 0);
  return curve.reduce((sum, value, t) => sum + (t - centre) * (value - level), 0) / spread;
}

// The sentence about a change. `words` are the texts in the catalogue.
export function sentence({ kind, step, rmse, parts }, words) {
  const at = kind === "dies" && !step ? "dies-at-once" : kind;
  if (kind !== "changes") return filled(words[at], { step });
  if (!parts.length) return filled(words.shape, { rmse: number(rmse) });
  const named = parts.map(({ name, percent = 0, steps = 0, old, now, level }) =>
    filled(words[name], {
      percent: `${percent < 0 ? "−" : "+"}${Math.abs(Math.round(percent))}`,
      steps: counted(steps, words),
      old: number(old),
      now: name === "cycle" ? counted(now, words, 3) : number(now),
      level: number(level),
    }));
  return filled(words.changes, { parts: named.join(", ") });
}

function counted(steps, words, digits = 2) {
  const count = number(steps, digits);
  return filled(count === "1" ? words.step : words.steps, { count });
}
