// The values that a network reads, step by step, and all that it computes from them.
//
// Position 0 is the last value before the forecast. The first window holds the positions from
// 1 − window to 0. A *run* is one reading: it begins with the zero state and ends at a position.
// With feedback `window`, each forecast has a run of its own. With feedback `state`, there is one
// run, and each new value makes it longer.

import { Model } from "../shared/model.js";

export class Course {
  // `before` and `after` are the true values up to position 0 and from position 1, in data units.
  // `member` is which of the trained networks is looked at. Each runs its own loop.
  constructor(described, { before, after }, member = 0) {
    this.model = new Model(described);
    this.network = this.model.members[member];
    this.before = before;
    this.after = after;
    this.restart();
  }

  restart() {
    this.data = [...this.before];
    this.own = [true]; // whether position p was an output of the network; index 0 is not used
    this.runs = new Map();
  }

  get window() {
    return this.network.window;
  }

  get layers() {
    return this.network.layers.length;
  }

  // The last position that has a value.
  get last() {
    return this.data.length - this.before.length;
  }

  // Whether the value at a position was an output of the network.
  isOwn(position) {
    return position > 0 && this.own[position];
  }

  // The value that was read at a position, in data units.
  valueAt(position) {
    return this.data[this.before.length - 1 + position];
  }

  // The true value at a position, in data units. Undefined after the end of the data.
  truth(position) {
    return position > 0 ? this.after[position - 1] : this.before[this.before.length - 1 + position];
  }

  // The values up to a position, in data units.
  until(position) {
    return this.data.slice(0, this.before.length + position);
  }

  // Forgets what follows position `end`, and feeds the next value: the network's own output if the
  // wire is `cut`, and the true value otherwise.
  feed(end, cut) {
    const value = cut ? this.run(end).value : this.truth(end + 1);
    this.data.length = this.before.length + end;
    this.own.length = end + 1;
    for (const key of [...this.runs.keys()]) if (key > end) this.runs.delete(key);
    this.data.push(value);
    this.own.push(cut);
  }

  // The run that ends at a position: its first position, the values `xs` and the `steps` of all
  // layers, the output `y`, and `value`, which is the output in data units. Values are normalized,
  // as the network sees them: `level` and `scale` belong to normalization by window.
  run(end) {
    if (!this.runs.has(end)) this.runs.set(end, this.read(end));
    return this.runs.get(end);
  }

  read(end) {
    const carried = this.network.feedback === "state" && end > 0;
    const run = carried ? this.longer(end) : this.fresh(end);
    const seen = run.xs.slice(-this.window);
    run.y = this.network.read(run.steps.at(-1), seen);
    [run.value] = this.model.undo([run.y * run.scale + run.level], this.until(end));
    return run;
  }

  fresh(end) {
    const window = this.model.context(this.until(end));
    const [level, scale] = this.network.scaleOf(window);
    const xs = window.map((value) => (value - level) / scale);
    return { first: end - this.window + 1, level, scale, xs, steps: this.network.trace(xs) };
  }

  longer(end) {
    const { first, level, scale, xs, steps } = this.run(end - 1);
    const x = this.seen(this.until(end), { level, scale });
    const step = this.network.advance(x, steps.at(-1));
    return { first, level, scale, xs: [...xs, x], steps: [...steps, step] };
  }

  // The last of these values (in data units), as the network sees it.
  seen(values, { level, scale }) {
    return (this.model.context(values).at(-1) - level) / scale;
  }

  // The true value after a position, as the network would see it. Undefined if it is not known.
  trueNext(end) {
    const value = this.truth(end + 1);
    if (value === undefined) return undefined;
    return this.seen([...this.until(end), value], this.run(end));
  }
}
