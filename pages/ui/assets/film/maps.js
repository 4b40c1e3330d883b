// The heat maps of the film, with their legend and the notes about them.

import { element, filled } from "../shared/dom.js";
import { boundsOf, heightOf, legend, paint, scaleOf } from "./heat.js";
import { CELLS } from "../shared/gru.js";

const GRU = ["z", "r", "n", "h"];
const NAMES = { gru: GRU, "gru-textbook": GRU }; // other cells: in the order of their computation

export class Maps {
  constructor(screen) {
    this.screen = screen;
    const { root, words, described } = screen;
    const names = NAMES[described.cell] ?? CELLS[described.cell].names;
    const hints = { ...words.hints, ...words.hints[described.cell] };
    this.maps = names.map((name) => element("div", { class: "map", "data-map": name },
      element("span", { class: "title", text: words.maps[name] },
        element("span", { class: "hint", text: `: ${hints[name]}` })),
      element("span", { class: "symbol", text: name, "aria-hidden": "true" }),
      element("canvas", { "aria-hidden": "true" }),
      element("i", { class: "row" })));
    root.querySelector(".maps").replaceChildren(...this.maps);
  }

  show() {
    const { root, place, now, units } = this.screen;
    const { columns } = now.paths[place.member];
    const colors = scaleOf(root);
    const scales = new Map(); // bounds -> the names of the maps that have them
    for (const map of this.maps) {
      const name = map.dataset.map;
      const bounds = boundsOf(name, columns, place.layer);
      const canvas = map.querySelector("canvas");
      map.style.setProperty("--height", `${heightOf(units.length)}px`);
      const { layer } = place;
      paint(canvas, columns, { layer, name, units, bounds, colors, width: this.screen.columns });
      const key = String(bounds);
      if (!scales.has(key)) scales.set(key, { bounds, names: [] });
      scales.get(key).names.push(name);
    }
    const strips = [...scales.values()].map(({ bounds, names }) =>
      legend(bounds, colors, names.join(", ")));
    root.querySelector(".legend").replaceChildren(...strips);
    this.note();
  }

  note() {
    const { root, film, words, series } = this.screen;
    const notes = [words.feedback[film.model.members[0].feedback]];
    if (series.total > film.horizon) {
      notes.push(filled(words.part, { horizon: film.horizon, total: series.total }));
    }
    root.querySelector(".notes").textContent = notes.join(" ");
  }
}
