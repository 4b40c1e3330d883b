// The bar above the panes: the buttons, the stages, the caption, and what of the network is shown.

import { calm, element, filled } from "../shared/dom.js";
import { nameOf } from "./numbers.js";

export class Controls {
  constructor(step, words) {
    Object.assign(this, { step, words });
    const button = (name, listener) =>
      element("button", { type: "button", class: name, text: words[name], on: { click: listener } });
    this.backward = button("back", () => this.byHand(() => step.back()));
    this.play = button("play", () => step.toggle());
    this.forward = button("next", () => this.byHand(() => step.next()));
    this.on = button("on", () => this.byHand(() => step.stepOn()));
    this.stages = element("div", { class: "stages", role: "radiogroup", "aria-label": words.stages });
    this.stages.addEventListener("keyup", (event) => event.key === " " && event.preventDefault());
    this.caption = element("p", { class: "caption", role: "status" });
    this.status = element("p", { class: "told", "aria-hidden": "true" });
    this.choices = element("div", { class: "choices" });
    const buttons = element("div", { class: "buttons" }, this.backward, this.play, this.forward, this.on, this.status);
    this.bar = element("div", { class: "bar" }, buttons, this.stages, this.caption, this.choices);
  }

  // A button that steps ends the play.
  byHand(action) {
    this.step.pause();
    action();
  }

  // The stages of this network, and the parts of it that one can choose.
  begin() {
    const { step, words } = this;
    this.stages.replaceChildren(...step.stages.map((name, k) => element("button", {
      type: "button", role: "radio", "data-stage": name, text: words.stage[name] ?? nameOf(name, words),
      on: { click: () => step.chooseStage(k) },
    })));
    const { course, view } = step;
    const { units, layer, member } = words.steppers;
    const one = (at, count) => ({ from: at + 1, to: at + 1, count });
    this.choices.replaceChildren(
      this.stepper(units, view.units.length, (by) => step.chooseUnits(by), () =>
        ({ from: view.units[0] + 1, to: view.units.at(-1) + 1, count: course.network.hidden })),
      this.stepper(layer, 1, (by) => step.chooseLayer(by), () => one(view.where.layer, course.layers)),
      this.stepper(member, 1, (by) => step.chooseMember(by), () => one(step.member, course.model.members.length)));
  }

  // A label between two buttons that move by `by`. It is hidden when there is nothing to choose.
  stepper({ label, less, more }, by, choose, range) {
    const button = (name, text, listener) =>
      element("button", { type: "button", text, "aria-label": name, on: { click: listener } });
    const shown = element("span");
    const [before, after] = [button(less, "‹", () => choose(-by)), button(more, "›", () => choose(by))];
    const made = element("span", { class: "stepper" }, before, shown, after);
    made.refresh = () => {
      const { from, to, count } = range();
      shown.textContent = filled(label, { from, to, count });
      before.disabled = from <= 1;
      after.disabled = to >= count;
      made.hidden = count <= by;
    };
    return made;
  }

  show() {
    const { step, words } = this;
    if (!step.drawing) return;
    this.play.hidden = calm(); // the stages are then stepped by hand
    this.play.textContent = step.playing ? words.pause : words.play;
    this.forward.disabled = step.atEnd;
    this.on.disabled = !step.canFeed;
    this.caption.textContent = step.caption;
    for (const [k, chip] of [...this.stages.children].entries()) {
      chip.setAttribute("aria-checked", k === step.stage);
      chip.tabIndex = k === step.stage ? 0 : -1;
    }
    this.stages.scrollLeft = this.stages.children[step.stage].offsetLeft - 60; // on a narrow screen
    for (const one of this.choices.children) one.refresh();
    step.root.dataset.playing = Boolean(step.playing); // for tests
  }

  // Keeps the focus on the chosen stage.
  follow(target) {
    if (this.stages.contains(target)) this.stages.children[this.step.stage].focus();
  }

  tell(text) {
    this.status.textContent = text;
  }
}
