// Controls that several screens share. Their styles stand in controls.css.

import { element, filled } from "./dom.js";

// A number and the control that it comes from light up together, under the pointer and with the
// focus. Both have the name of the control in `data-from`.
export function linked(root, signal) {
  const light = (name) => {
    for (const one of root.querySelectorAll("[data-from]")) {
      one.classList.toggle("lit", one.dataset.from === name);
    }
  };
  const named = ({ target }) => light(target.closest("[data-from]")?.dataset.from);
  for (const event of ["pointerover", "focusin"]) root.addEventListener(event, named, { signal });
  for (const event of ["pointerleave", "focusout"]) root.addEventListener(event, () => light(), { signal });
}

// A whole number from `min` to `max`, with buttons for one less and one more. `act` gets each new
// number. `words` has the messages `less` and `more`.
export function stepper({ name, label, value, min = 1, max }, words, act) {
  const field = element("input", { type: "number", name, value, min, max, "aria-label": label });
  let last = value;
  // The same number twice is not news. What is drawn for it would be drawn again under a click.
  const tell = (now) => {
    if (now === last) return;
    last = now;
    act(now);
  };
  const set = (wanted) => {
    if (!Number.isFinite(wanted)) return;
    field.value = Math.min(max, Math.max(min, Math.round(wanted)));
    tell(Number(field.value));
  };
  // While one types, the number may be empty or too large. Then the last one stays.
  field.addEventListener("input", () => {
    if (field.value !== "" && field.checkValidity()) tell(Number(field.value));
  });
  field.addEventListener("change", () => set(field.value === "" ? min : Number(field.value)));
  const button = (text, message, by) => element("button", {
    type: "button", text, "aria-label": filled(message, { name: label }),
    on: { click: () => set(Number(field.value) + by) },
  });
  return element("span", { class: "stepper", "data-from": name }, element("span", { text: label }),
    button("−", words.less, -1), field, button("+", words.more, 1));
}

// One choice among several. `choices` are the texts by their values.
export function choice({ name, label, value }, choices, act) {
  const buttons = Object.entries(choices).map(([one, text]) => {
    const input = element("input", {
      type: "radio", name, value: one, checked: one === value, on: { change: () => act(one) },
    });
    return element("label", {}, input, text);
  });
  return element("span", { class: "choice", role: "radiogroup", "aria-label": label, "data-from": name },
    element("span", { text: label }), ...buttons);
}

// A switch that is on or off.
export function toggle({ name, label, value = false }, act) {
  const box = element("input", {
    type: "checkbox", name, checked: value, on: { change: () => act(box.checked) },
  });
  return element("label", { "data-from": name }, box, label);
}
