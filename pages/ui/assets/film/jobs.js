// How much of a film the page computes at once, and how much it leaves to worker.js.

// A longer loop would take too long for an answer at once. In products of two numbers: this many
// took about 0.15 s on the machine where it was measured.
export const AT_ONCE = 1e8;
// All ablations together: about half a minute.
const ABLATIONS = 2e10;

// The horizon for a film at once: the whole one, or a shorter preview.
export function atOnce(film) {
  const work = film.model.work(film.horizon);
  if (work <= AT_ONCE) return film.horizon;
  return Math.max(4, Math.floor((film.horizon * AT_ONCE) / 2 / work));
}

// How many steps of the loop the ablations compare.
export function compared(film) {
  const members = film.model.members.length;
  const work = (film.model.work(film.horizon) / members) * film.units.length;
  return Math.max(4, Math.min(film.horizon, Math.floor((film.horizon * ABLATIONS) / work)));
}
