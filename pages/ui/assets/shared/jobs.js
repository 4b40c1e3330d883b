// The page's side of a worker. The worker starts at the first job.

// Runs jobs one after another. A newer job with the same name replaces one that still waits.
export class Jobs {
  // `code` is the worker's file in /assets. `failed` is called if the worker breaks: its memory may
  // be full, or its file may not have arrived. The job is then lost, and a new worker begins.
  constructor(code, failed) {
    Object.assign(this, { code, failed });
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
    const address = new URL(`../${this.code}`, import.meta.url);
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
    worker.onerror = (event) => {
      event.preventDefault();
      this.end();
      this.failed();
    };
    return worker;
  }
}
