"""`Dispatcher`: it sends waiting jobs to workers, and ends them, in a thread of its own.

A job comes in by `add`. What becomes of it can be seen from the job itself: the dispatcher tells
nobody else. `endings` lists how a job can end.
"""

from __future__ import annotations

import logging
import subprocess
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from gru_core.engine.certificates import TlsFiles
from gru_core.engine.cluster import Cluster, is_worker_death
from gru_core.engine.endings import Ending
from gru_core.engine.job import Job
from gru_core.engine.line import Line
from gru_core.engine.messages import News, Reply
from gru_core.engine.workforce import Workforce
from gru_core.errors import EngineUnavailableError
from gru_core.wording import duration

__all__ = ["Dispatcher"]

log = logging.getLogger(__name__)

#: After a stop, a worker is restarted if it was not heard for this many seconds.
HUNG_SECONDS = 15.0
#: After a stop, a worker that is heard has this many seconds to end the job.
STOP_SECONDS = 60.0
#: Seconds between two looks at the workers and the jobs.
LOOK_SECONDS = 1.0
#: Seconds before a new try to connect. Each further try waits twice as long, up to the second.
RETRY_SECONDS, MOST_RETRY_SECONDS = 0.5, 30.0
#: A job is sent again if its worker dies before the first event, up to this many times in all.
MOST_ATTEMPTS = 3


class Dispatcher:
    """Sends jobs to the workers of one cluster, in the order of their turns.

    Args:
        scheduler: address of an existing Dask scheduler; None for a pool on this machine.
        workers: how many processes that pool has.
        tls: the files with the certificates for `scheduler`.
        pool: the process of the pool, if it has been started already.

    Attributes:
        cluster: the connection to the workers.
        workforce: which workers there are, and what each one does.
        present: whether an owner is still there. It is asked every second for each active job.
        grace: how many seconds a job goes on after its owner has left.
    """

    def __init__(
        self,
        scheduler: str | None,
        workers: int,
        *,
        tls: TlsFiles,
        present: Callable[[str], bool],
        grace: float,
        pool: subprocess.Popen[str] | None = None,
    ) -> None:
        self.cluster = Cluster(
            scheduler, workers, tls=tls, receive=self._receive, lost=self._wake, started=pool
        )
        self.workforce = Workforce(self.cluster, self._wake)
        self.present, self.grace = present, grace
        self._lock = threading.RLock()
        self._changed = threading.Condition(self._lock)
        self._jobs: dict[str, Job] = {}  # that have not ended, by their ids
        self._line = Line()
        self._futures: dict[str, Any] = {}  # of the jobs that were sent to Dask
        self._cut_off: set[str] = set()  # jobs that may go on in workers since a lost connection
        self._looked = 0.0
        self._news = False
        self._closed = False
        self._thread = threading.Thread(target=self._work, name="gru-lab-engine", daemon=True)

    def start(self) -> None:
        """Start the cluster, or connect to it, in the background."""
        self._thread.start()

    def wait_ready(self, timeout: float | None = None) -> bool:
        """Wait until a worker can train.

        Returns False after `timeout` seconds, or if there is trouble.
        """
        with self._changed:
            self._changed.wait_for(lambda: self.workforce.ready or self.workforce.trouble, timeout)
            return self.workforce.ready

    def close(self) -> None:
        """Take no more jobs. Stop all jobs, then the cluster if it is a local one."""
        with self._changed:
            self._closed = True
            jobs = list(self._jobs.values())
            self._changed.notify_all()
        for job in jobs:
            job.stop()
        deadline = time.monotonic() + 2.0
        for job in jobs:
            job.wait(max(0.0, deadline - time.monotonic()))
        self.cluster.close()
        if self._thread.is_alive():
            self._thread.join(10.0)
        for job in jobs:
            self._end(job, Ending.CLOSED)

    def take_turn(self) -> int:
        """Take a place in the queue now. No later job begins before it, for up to six seconds."""
        with self._lock:
            return self._line.take_turn()

    def give_up_turn(self, turn: int) -> None:
        """Let later jobs pass: no job comes with this turn, or it has come."""
        with self._lock:
            self._line.give_up(turn)
        self._wake()

    def add(self, job: Job, turn: int) -> None:
        """Queue a job where its turn is.

        Raises:
            EngineUnavailableError: the dispatcher was closed.
        """
        with self._lock:
            if self._closed:
                raise EngineUnavailableError(
                    "The server is shutting down and takes no new runs. Try again in a minute."
                )
            self._jobs[job.id] = job
            self._line.join(job, turn)
        self._wake()

    def place(self, job: Job) -> int:
        """How many jobs are before `job` in the queue; 0 if it is not queued."""
        with self._lock:
            return self._line.place(job)

    def stop(self, job: Job) -> None:
        """Ask a job to end soon. A queued job ends at once."""
        if job.status == "queued":
            self.drop(job, Ending.STOPPED_IN_QUEUE)
            return
        job.asked_to_stop = job.asked_to_stop or time.monotonic()
        self.cluster.tell_to_stop(job.id, job.worker)

    def drop(self, job: Job, ending: Ending, worker: str | None = None) -> None:
        """End a job, then cancel it in Dask.

        In the other order, Dask's answer would end the job as interrupted.
        """
        with self._lock:
            future = self._futures.get(job.id)
        self._end(job, ending)
        if future is not None:
            self.cluster.cancel(future, job.id, worker)

    # -- the dispatcher's own thread -----------------------------------------------------------

    def _work(self) -> None:
        failures = 0
        while not self._closed:
            pause = LOOK_SECONDS
            try:
                if not self.cluster.connected:
                    failures = 0 if self._connect_again() else failures + 1
                if self.cluster.connected:
                    self._look_at_workers()
                    self._send_waiting()
                else:
                    pause = min(MOST_RETRY_SECONDS, RETRY_SECONDS * 2.0 ** min(failures, 9))
                self._look_at_jobs()
            except Exception:  # this thread must live as long as the dispatcher
                log.exception("the dispatcher goes on after an error")
            self._rest(pause)

    def _connect_again(self) -> bool:
        self.workforce.lose()
        with self._lock:
            sent = [job for job in self._jobs.values() if job.id in self._futures]
        for job in sent:
            self._cut(job)
        if self._closed or not self.workforce.connect():
            with self._changed:  # `wait_ready` sees the trouble. It is no news that ends a pause.
                self._changed.notify_all()
            return False
        with self._lock:
            cut_off, self._cut_off = self._cut_off, set()
        for id in cut_off:
            self.cluster.tell_to_stop(id, None)
        return True

    def _look_at_workers(self) -> None:
        if time.monotonic() - self._looked < LOOK_SECONDS:
            return
        try:
            self.workforce.look()
        except Exception as error:
            log.warning("the scheduler does not answer: %s", error)
            self.cluster.disconnect(timeout=1)
        self._looked = time.monotonic()

    def _look_at_jobs(self) -> None:
        now = time.monotonic()
        for job in list(self._jobs.values()):
            future = self._futures.get(job.id)
            if future is not None and self._has_lost_worker(job):
                begun = job.status != "queued"
                self._lose_worker(job)
                if begun:  # a worker that is only stopped may go on later
                    self.cluster.cancel(future, job.id, job.worker)
                else:
                    future.release()
            elif job.asked_to_stop is not None:
                if job.unheard > HUNG_SECONDS:
                    self._replace_worker(job, Ending.WORKER_SILENT)
                elif now - job.asked_to_stop > STOP_SECONDS:
                    self._replace_worker(job, Ending.STOP_IGNORED)
            elif not job.owner or self.present(job.owner):
                job.alone_since = None
            elif job.alone_since is None:
                job.alone_since = now
            elif now - job.alone_since > self.grace:
                log.info("a %s is stopped: its owner has left", job.what)
                job.stop()

    def _send_waiting(self) -> None:
        """Send waiting jobs, one for each free thread of a worker.

        Jobs wait here, not in Dask. Dask gives every job to a worker at once. A job behind another
        one on that worker would lose its turn, and would end if the worker dies.
        """
        while self.cluster.connected and (job := self._next()) is not None:
            try:
                self._send(job)
            except Exception as error:
                log.warning("a job could not be sent: %s", error)
                if self.cluster.connected:
                    self._end(job, Ending.NOT_SENT, error=error)
                else:  # it waits for the next connection
                    self._release(job)

    def _next(self) -> Job | None:
        with self._lock:
            job = self._line.first(self._futures)
            return job if job is not None and self.workforce.assign(job.id) else None

    def _send(self, job: Job) -> None:
        worker = self.workforce.worker_of(job.id)
        if worker is None:
            return
        job.attempts += 1
        envelope = replace(job.envelope(self.cluster.topic), sending=job.attempts)
        future = self.cluster.submit(job.call, envelope, worker)
        with self._lock:
            self._futures[job.id] = future
        future.add_done_callback(lambda done: self._finished(job, done))
        if not job.active:  # it was stopped meanwhile
            self._release(job)
            self.cluster.cancel(future, job.id, None)

    def _rest(self, seconds: float) -> None:
        with self._changed:
            self._changed.wait_for(lambda: self._news or self._closed, seconds)
            self._news = False

    def _wake(self) -> None:
        with self._changed:
            self._news = True
            self._changed.notify_all()

    # -- called by the cluster, from Dask's threads --------------------------------------------

    def _receive(self, news: News) -> None:
        job = self._jobs.get(news.job)
        if job is None:
            return
        if news.sending != job.attempts:  # from a worker that was given up, but begins all the same
            self.cluster.tell_to_stop(job.id, news.worker)
        elif not job.take(news.attempt, news.worker, news.events):
            # The scheduler lost a worker, and began the job again on another one. Some clusters do
            # this, others do not. The user gets the same message from all: interrupted.
            self.drop(job, Ending.BEGAN_AGAIN, news.worker)
        elif job.status == "running":
            with self._lock:
                self._line.leave(job)

    def _finished(self, job: Job, future: Any) -> None:
        current: Any = self._futures.get(job.id)
        if current is not future:  # the job has ended, or was sent again
            return
        if future.status == "finished":
            try:
                reply = Reply.unpack(future.result())
            except Exception as error:  # the worker ended before the transfer
                log.info("a result did not arrive: %s", error)
                self._end(job, Ending.RESULT_LOST)
            else:
                self._replied(job, reply)
        elif future.status == "error":
            self._failed(job, future.exception())
        else:  # the connection to the scheduler was lost, but the worker may still be alive
            self._cut(job)

    def _replied(self, job: Job, reply: Reply) -> None:
        if reply.outcome == "result":
            self._end(job, Ending.RESULT, result=reply.value)
        elif reply.outcome == "refused":
            self._end(job, Ending.REFUSED, error=reply.value)
        else:
            log.error("a job failed: %s", reply.details)
            self._end(job, Ending.BROKEN, error=reply.value)

    def _failed(self, job: Job, error: BaseException) -> None:
        """Dask has failed: `_replied` takes the errors of the job itself."""
        if is_worker_death(error):
            self._lose_worker(job)
        else:
            log.error("a job failed", exc_info=error)
            self._end(job, Ending.BROKEN, error=f"{type(error).__name__}: {error}")

    # -- losses --------------------------------------------------------------------------------

    def _has_lost_worker(self, job: Job) -> bool:
        """Whether the worker that `job` was sent to has gone, or did not begin it and is quiet."""
        if self.workforce.worker_of(job.id) is None:
            return True
        return job.status == "queued" and self.workforce.is_quiet(job.id)

    def _lose_worker(self, job: Job) -> None:
        if job.status != "queued":
            self._end(job, Ending.WORKER_SILENT if job.silence else Ending.WORKER_DIED)
        elif job.attempts < MOST_ATTEMPTS:
            self._release(job)  # it had not begun, so it is sent again in its turn
        else:
            self._end(job, Ending.NEVER_BEGAN)

    def _cut(self, job: Job) -> None:
        """The connection was lost after this job was sent."""
        if job.status == "queued":
            self._release(job)
            return
        with self._lock:
            self._cut_off.add(job.id)
        self.drop(job, Ending.CONNECTION_LOST, job.worker)

    def _replace_worker(self, job: Job, ending: Ending) -> None:
        log.warning("worker %s did not end a stopped job and is restarted", job.worker)
        self.drop(job, ending, job.worker)
        self.cluster.restart(job.worker)

    # -- ending --------------------------------------------------------------------------------

    def _end(self, job: Job, ending: Ending, *, result: Any = None, error: object = "") -> None:
        status, reason = (ending.status, "") if ending.status else job.outcome(result)
        message = ending.text.format(
            what=job.what,
            kept=job.kept,
            attempts=job.attempts,
            reason=reason,
            error=error,
            where=self.cluster.where,
            silence=duration(job.unheard),
            waited=duration(time.monotonic() - (job.asked_to_stop or time.monotonic())),
        )
        if not job.end(status, message, result):
            return
        log.info("a %s ended: %s", job.what, ending.fired_by)
        with self._changed:
            self._jobs.pop(job.id, None)
            self._line.leave(job)
            self._release(job)

    def _release(self, job: Job) -> None:
        """Free the worker thread that `job` was sent to."""
        with self._lock:
            future = self._futures.pop(job.id, None)
            self.workforce.release(job.id, left=future is not None and future.status == "pending")
        self._wake()
