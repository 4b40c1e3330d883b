// The forecasts of a run in the units of the data, as gru_core/forecast/problem.py makes them.

import { mean, Network } from "./gru.js";

// All members of a run, in the units of the data. Their forecasts are averaged.
export class Model {
  // `described` also holds `center`, `scale` and `lag` (the difference that the network reads).
  constructor(described) {
    const members = described.weights["linear.bias"].shape[0];
    this.members = Array.from({ length: members }, (_, m) => new Network(described, m));
    ({ center: this.center, scale: this.scale, lag: this.lag } = described);
    this.window = described.window;
  }

  // The last window before the end of `values`, as the network reads it.
  context(values) {
    const last = Array.from(values).slice(-(this.window + this.lag));
    const changes = last.slice(this.lag).map((value, k) => (this.lag ? value - last[k] : value));
    return changes.map((value) => (value - this.center) / this.scale);
  }

  // Forecasts of the members, for the values after `before`: the mean of what they output, undone.
  undo(outputs, before) {
    const known = this.lag ? Array.from(before).slice(-this.lag) : [];
    return outputs.map((output) => {
      const change = output * this.scale + this.center;
      if (!this.lag) return change;
      known.push(known.at(-this.lag) + change);
      return known.at(-1);
    });
  }

  // The closed loop after the true values `before`: `values` in data units, and for each member
  // the `steps` that led to them, as `Network.loop` yields them.
  forecast(before, horizon, held) {
    const context = this.context(before);
    const steps = this.members.map((member) => {
      const loop = member.loop(context, held);
      return Array.from({ length: horizon }, () => loop.next().value);
    });
    const outputs = steps[0].map((_, t) => mean(steps.map((path) => path[t].value)));
    return { values: this.undo(outputs, before), steps };
  }

  // The one-step forecast of the value after `before`, in data units.
  oneStep(before) {
    const context = this.context(before);
    const output = mean(this.members.map((member) => member.oneStep(context)));
    return this.undo([output], before)[0];
  }

  work(horizon) {
    return this.members.reduce((sum, member) => sum + member.work(horizon), 0);
  }
}
