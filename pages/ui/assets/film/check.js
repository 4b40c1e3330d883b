// The check: which unit matters most? It is scored against the ablations of all units.

import { filled, number } from "../shared/dom.js";
import { compared } from "./jobs.js";
import { memories, swings } from "./order.js";
import { verdict } from "./surgery.js";

export class Check {
  constructor(screen) {
    this.screen = screen;
    this.button = screen.root.querySelector("[data-do=check]");
    this.place = screen.root.querySelector(".verdict");
    this.button.addEventListener("click", () => this.ask(), { signal: screen.listening.signal });
  }

  show() {
    const { words, pinned } = this.screen;
    this.button.textContent = filled(words["check-button"], { unit: this.screen.nameOf(pinned.unit) });
  }

  clear() {
    this.place.textContent = "";
  }

  ask() {
    const { film, jobs, place, pinned, words } = this.screen;
    const picked = [place.member, place.layer, pinned.unit];
    const message = { kind: "ablations", ...film.given, horizon: compared(film) };
    if (film.scores) {
      this.answer(film, picked);
      return;
    }
    this.place.textContent = words.computing;
    const told = ({ done, of }) => {
      if (film === this.screen.film && done % Math.ceil(of / 10) === 0) {
        this.place.textContent = filled(words.progress, { done, of });
      }
    };
    jobs.ask("ablations", message, ({ scores }) => {
      film.scores = scores;
      if (film === this.screen.film) this.answer(film, picked);
    }, told);
  }

  answer(film, picked) {
    const { words } = this.screen;
    const [member, layer, unit] = picked;
    const { rank, of, own, most, passed } = verdict(film.scores, picked);
    const given = { rank, of, own: number(own), most: number(most) };
    given.unit = this.screen.nameOf(unit, layer, member);
    const parts = [filled(words.verdict[passed ? "right" : "wrong"], given)];
    if (!passed) parts.push(...reasons(film, picked).map((name) => words.verdict[name]));
    const steps = compared(film);
    if (steps < film.horizon) parts.push(filled(words.verdict.part, { steps }));
    this.place.textContent = parts.join(" ");
    this.place.dataset.passed = passed;
    const outcome = { member, layer, unit, rank, of, passed };
    this.screen.given.setTriggerValue("checked", outcome);
  }
}

// Why someone may have picked this unit: it is the first of its layer in something else.
function reasons(film, [member, layer, unit]) {
  const { columns } = film.base.paths[member];
  const network = film.model.members[member];
  const first = (scores) => scores && Math.max(...scores) === scores[unit];
  return [
    ["weight", layer === network.layers.length - 1 && network.readout.map(Math.abs)],
    ["memory", memories(film.model.members[0].name, columns, layer)],
    ["swing", swings(columns, layer)],
  ].filter(([, scores]) => first(scores)).map(([name]) => name);
}
