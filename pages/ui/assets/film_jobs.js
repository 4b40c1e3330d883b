// The page's side of film_worker.js. The worker starts at the first job.

// A longer loop would take too long for an answer at once. In products of two numbers: this many
// took about 0.15 s on the machine where it was measured.
export const AT_ONCE = 1e8;
// All ablations together: about half a minute.
const ABLATIONS = 2e10;

// Runs jobs one after another. A newer job with the same name replaces one that still waits.
export class Jobs {
  constructor() {
    this.waiting = new Map(); // name -> job
    this.running = null;
  }

  // `done` gets the worker's answer, and `told` each message on the way.
  ask(name, message, done, told) {
    this.waiting.set(name, { message, done, told });
    this.next();
  }

  // Drops everything. The next job starts a new worker.
  end() {
    this.worker?.terminate();
    this.worker = this.running = null;
    this.waiting.clear();
  }

  next() {
    if (this.running || !this.waiting.size) return;
    const [[name, job]] = this.waiting;
    this.waiting.delete(name);
    this.running = job;
    this.worker ??= this.started();
    this.worker.postMessage(job.message);
  }

  started() {
    const address = new URL("/assets/film_worker.js", window.location.origin);
    const worker = new Worker(address, { type: "module" });
    worker.onmessage = ({ data }) => {
      if (data.kind === "progress") {
        this.running.told?.(data);
        return;
      }
      const { done } = this.running;
      this.running = null;
      done(data);
      this.next();
    };
    return worker;
  }
}

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
