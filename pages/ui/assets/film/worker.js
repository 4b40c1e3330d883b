// Computes in a worker what would block the page: long films, and the ablations of all units.

import { ablations, Film } from "./surgery.js";

let film = null;

onmessage = ({ data: { kind, described, series, operations, horizon } }) => {
  if (described) film = new Film(described, series);
  if (kind === "run") postMessage({ kind: "run", run: film.run(operations) });
  if (kind !== "ablations") return;
  const scores = [];
  for (const score of ablations(film, horizon)) {
    scores.push(score);
    postMessage({ kind: "progress", done: scores.length, of: film.units.length });
  }
  postMessage({ kind: "ablations", scores });
};
