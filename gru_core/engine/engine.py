"""`Engine`: it queues runs and questions, sends them to workers, and ends them.

A server has one engine. It imports neither torch nor streamlit. `endings` lists how a job can end.
"""

from __future__ import annotations

import logging
import os
import threading
import time
import uuid
from collections.abc import Callable
from typing import Any, TypeVar

from numpy.typing import ArrayLike

from gru_core.data.series import Series
from gru_core.engine.cluster import Cluster, is_worker_death
from gru_core.engine.cost import Calibration, Estimate, Limits, estimate, number
from gru_core.engine.endings import Ending
from gru_core.engine.job import Job, QuestionJob, RunJob
from gru_core.engine.line import Line
from gru_core.engine.messages import Question
from gru_core.engine.workforce import Workforce
from gru_core.errors import EngineUnavailableError, GruLabError, OwnerBusyError
from gru_core.experiment.experiment import Experiment
from gru_core.forecast.problem import Problem
from gru_core.forecast.result import Result
from gru_core.wording import duration

__all__ = ["Engine"]

log = logging.getLogger(__name__)

Taken = TypeVar("Taken", bound=Job)

#: After a stop, a worker is restarted if it was not heard for this many seconds.
HUNG_SECONDS = 15.0
#: After a stop, a worker that is heard has this many seconds to end the job.
STOP_SECONDS = 60.0
#: Seconds between two looks at the workers and the jobs.
LOOK_SECONDS = 1.0
#: Seconds before a new try to connect. Each further try waits twice as long, up to the second.
RETRY_SECONDS, MOST_RETRY_SECONDS = 0.5, 30.0
#: How many seconds a job goes on after its owner has left.
GRACE_SECONDS = 60.0
#: A job is sent again if its worker dies before the first event, up to this many times in all.
MOST_ATTEMPTS = 3
#: How many ended jobs can still be looked up by their id. A result with the weights of its frames
#: takes 1 to 5 MB, so this is at most about 300 MB. A session keeps its own last result.
REMEMBERED = 60


class Engine:
    """Runs jobs in workers, first in, first out. Each owner has at most one active job.

    Args:
        scheduler: address of an existing Dask scheduler, such as `tcp://host:8786`. By default a
            local cluster is started, in its own process.
        workers: processes of the local cluster; by default one per core.
        limits: the highest cost of one run.
        present: whether an owner is still there, such as an open browser tab. It is asked every
            second for each active job. By default, owners never leave.
        grace: how many seconds a job goes on after its owner has left.
    """

    def __init__(
        self,
        scheduler: str | None = None,
        workers: int | None = None,
        limits: Limits | None = None,
        *,
        present: Callable[[str], bool] = lambda owner: True,
        grace: float = GRACE_SECONDS,
    ) -> None:
        self.limits = limits or Limits()
        self._cluster = Cluster(
            scheduler,
            workers or max(1, os.cpu_count() or 1),
            receive=self._receive,
            lost=self._wake,
        )
        self._workforce = Workforce(self._cluster, self._wake)
        self._present, self._grace = present, grace
        self._lock = threading.RLock()
        self._slot = threading.Condition(self._lock)
        self._jobs: dict[str, Job] = {}
        self._active: dict[str, Job] = {}
        self._line = Line()
        self._futures: dict[str, Any] = {}  # of the jobs that were sent to Dask
        self._cut_off: set[str] = set()  # jobs that may go on in workers since a lost connection
        self._looked = 0.0
        self._news = False
        self._closing = False  # no new jobs are taken
        self._closed = False  # the engine's own thread ends
        self._thread = threading.Thread(target=self._work, name="gru-lab-engine", daemon=True)

    @classmethod
    def from_environment(cls, present: Callable[[str], bool] = lambda owner: True) -> Engine:
        """An engine with the settings from the environment.

        They are GRU_LAB_SCHEDULER (an address), GRU_LAB_WORKERS (a number), GRU_LAB_GRACE_SECONDS
        and those of `Limits`.

        Raises:
            OptionError: a number is not positive.
        """
        workers = number("GRU_LAB_WORKERS")
        return cls(
            os.environ.get("GRU_LAB_SCHEDULER") or None,
            max(1, int(workers)) if workers else None,
            Limits.from_environment(),
            present=present,
            grace=number("GRU_LAB_GRACE_SECONDS") or GRACE_SECONDS,
        )

    def start(self) -> Engine:
        """Start the cluster, or connect to it, in the background. Runs are accepted at once."""
        self._thread.start()
        return self

    def wait_ready(self, timeout: float | None = None) -> bool:
        """Wait until a worker can train.

        Returns False after `timeout` seconds, or if there is trouble.
        """
        with self._slot:
            self._slot.wait_for(lambda: self.ready or self.trouble, timeout)
            return self.ready

    @property
    def ready(self) -> bool:
        """Whether a worker can train."""
        return self._workforce.ready

    @property
    def slots(self) -> int:
        """How many jobs the workers can do at once."""
        return self._workforce.slots

    @property
    def trouble(self) -> str:
        """Why no run can begin now, in words. Empty if there is no trouble.

        Jobs wait meanwhile. The engine tries to end the trouble by itself.
        """
        return self._workforce.trouble

    @property
    def unusable(self) -> list[str]:
        """One sentence for each worker that is there but cannot train."""
        return self._workforce.unusable

    @property
    def calibration(self) -> Calibration:
        """How fast a worker trains."""
        return self._workforce.calibration

    def close(self) -> None:
        """Stop all jobs, then the local cluster."""
        with self._slot:
            self._closing = self._closed = True
            jobs = list(self._active.values())
            self._slot.notify_all()
        for job in jobs:
            job.stop()
        deadline = time.monotonic() + 2.0
        for job in jobs:
            job.wait(max(0.0, deadline - time.monotonic()))
        self._cluster.close()
        if self._thread.is_alive():
            self._thread.join(10.0)
        for job in jobs:
            self._end(job, Ending.CLOSED)

    def estimate(
        self, experiment: Experiment, series: ArrayLike | Series | None = None
    ) -> Estimate:
        """The cost of a run on this server.

        Raises:
            SeriesError: the experiment does not fit the series.
        """
        return estimate(Problem.of(experiment, series), self.calibration)

    def submit(
        self,
        experiment: Experiment,
        series: ArrayLike | Series | None = None,
        *,
        owner: str = "",
        resume: Result | None = None,
        turn: int | None = None,
    ) -> RunJob:
        """Queue a run. If `owner` already has an active run, that run is returned instead.

        `resume` is the result of an earlier run to continue. `turn` is its place in the queue, from
        `take_turn`; by default the next one.

        Raises:
            OptionError, SeriesError: the experiment does not fit the series.
            LimitError: the run would cost more than `limits`.
            EngineUnavailableError: the engine is shutting down.
            OwnerBusyError: a question of this owner is active.
        """
        turn = self.take_turn() if turn is None else turn
        try:
            problem = Problem.of(experiment, series)
            self.limits.check(estimate(problem, self.calibration))
            id = uuid.uuid4().hex
            job = RunJob(id, owner, problem, resume, place=self._place, stop=self._stop)
            return self._take(job, turn)
        finally:
            self.give_up_turn(turn)

    def ask(self, question: Question, *, owner: str = "") -> QuestionJob:
        """Queue a question. If `owner` already has an active question, it is returned instead.

        Raises:
            EngineUnavailableError: the engine is shutting down.
            OwnerBusyError: a run of this owner is active.
        """
        id = uuid.uuid4().hex
        job = QuestionJob(id, owner, question, place=self._place, stop=self._stop)
        return self._take(job, self.take_turn())

    def take_turn(self) -> int:
        """Take a place in the queue now, for a run that is submitted soon.

        Preparing a run takes some time. No later run begins before it, for up to two seconds.
        """
        with self._lock:
            return self._line.take_turn()

    def give_up_turn(self, turn: int) -> None:
        """Let later jobs pass: no job comes with this turn, or it has come."""
        with self._lock:
            self._line.give_up(turn)
        self._wake()

    def _take(self, job: Taken, turn: int) -> Taken:
        with self._slot:
            if self._closing:
                raise EngineUnavailableError(
                    "The server is shutting down and takes no new runs. Try again in a minute."
                )
            running = self._active.get(job.owner) if job.owner else None
            if isinstance(running, type(job)):
                return running
            if running is not None:
                raise OwnerBusyError(
                    f"Your {running.what} is still active. Wait for its end, or stop it first."
                )
            self._jobs[job.id] = job
            self._forget_old()
            self._active[job.owner or job.id] = job
            self._line.join(job, turn)
            self._wake()
        return job

    def job(self, id: str, owner: str) -> RunJob | None:
        """The run with this id; None if there is none, or if it has another owner."""
        job = self._jobs.get(id)
        return job if isinstance(job, RunJob) and job.owner == owner else None

    def active(self, owner: str) -> Job | None:
        """The active job of this owner, or None."""
        return self._active.get(owner)

    # -- the engine's own thread ---------------------------------------------------------------

    def _work(self) -> None:
        failures = 0
        while not self._closed:
            pause = LOOK_SECONDS
            try:
                if not self._cluster.connected:
                    failures = 0 if self._connect_again() else failures + 1
                if self._cluster.connected:
                    self._look_at_workers()
                    self._send_waiting()
                else:
                    pause = min(MOST_RETRY_SECONDS, RETRY_SECONDS * 2**failures)
                self._look_at_jobs()
            except Exception:  # this thread must live as long as the engine
                log.exception("the engine goes on after an error")
            self._rest(pause)

    def _connect_again(self) -> bool:
        self._workforce.lose()
        with self._lock:
            sent = [job for job in self._active.values() if job.id in self._futures]
        for job in sent:
            self._cut(job)
        if self._closed or not self._workforce.connect():
            return False
        with self._lock:
            cut_off, self._cut_off = self._cut_off, set()
        for id in cut_off:
            self._cluster.tell_to_stop(id, None)
        return True

    def _look_at_workers(self) -> None:
        if time.monotonic() - self._looked < LOOK_SECONDS:
            return
        try:
            self._workforce.look()
        except Exception as error:
            log.warning("the scheduler does not answer: %s", error)
            self._cluster.disconnect(timeout=1)
        self._looked = time.monotonic()

    def _look_at_jobs(self) -> None:
        now = time.monotonic()
        for job in list(self._active.values()):
            future = self._futures.get(job.id)
            if future is not None and self._workforce.worker_of(job.id) is None:
                self._lose_worker(job)
                future.release()
            elif job.asked_to_stop is not None:
                if job.unheard > HUNG_SECONDS:
                    self._replace_worker(job, Ending.WORKER_SILENT)
                elif now - job.asked_to_stop > STOP_SECONDS:
                    self._replace_worker(job, Ending.STOP_IGNORED)
            elif not job.owner or self._present(job.owner):
                job.alone_since = None
            elif job.alone_since is None:
                job.alone_since = now
            elif now - job.alone_since > self._grace:
                log.info("a %s is stopped: its owner has left", job.what)
                job.stop()

    def _send_waiting(self) -> None:
        """Send waiting jobs, one for each free thread of a worker.

        Jobs wait here, not in Dask. Dask gives every job to a worker at once. A job behind another
        one on that worker would lose its turn, and would end if the worker dies.
        """
        while (job := self._next()) is not None:
            try:
                self._send(job)
            except Exception as error:
                log.warning("a job could not be sent: %s", error)
                if self._cluster.connected:
                    self._end(job, Ending.NOT_SENT, error=error)
                else:  # it waits for the next connection
                    self._release(job)

    def _next(self) -> Job | None:
        with self._lock:
            job = self._line.first(self._futures)
            return job if job is not None and self._workforce.assign(job.id) else None

    def _send(self, job: Job) -> None:
        worker = self._workforce.worker_of(job.id)
        if worker is None:
            return
        job.attempts += 1
        future = self._cluster.submit(job.call, job.envelope(self._cluster.topic), worker)
        with self._lock:
            self._futures[job.id] = future
        future.add_done_callback(lambda done: self._finished(job, done))
        if not job.active:  # it was stopped meanwhile
            self._release(job)
            self._cluster.cancel(future, job.id, None)

    def _rest(self, seconds: float) -> None:
        with self._slot:
            self._slot.wait_for(lambda: self._news or self._closed, seconds)
            self._news = False

    def _wake(self) -> None:
        with self._slot:
            self._news = True
            self._slot.notify_all()

    # -- called by the cluster, from Dask's threads --------------------------------------------

    def _receive(self, id: str, attempt: str, worker: str, events: list[Any]) -> None:
        job = self._jobs.get(id)
        if job is None:
            return
        if not job.take(attempt, worker, events):
            # The scheduler lost a worker, and began the job again on another one. Some clusters do
            # this, others do not. The user gets the same message from all: interrupted.
            self._drop(job, Ending.BEGAN_AGAIN, worker)
        elif job.status == "running":
            with self._lock:
                self._line.leave(job)

    def _finished(self, job: Job, future: Any) -> None:
        current: Any = self._futures.get(job.id)
        if current is not future:  # the job has ended, or was sent again
            return
        if future.status == "finished":
            try:
                result = future.result()
            except Exception as error:  # the worker ended before the transfer
                log.info("a result did not arrive: %s", error)
                self._end(job, Ending.RESULT_LOST)
            else:
                self._end(job, Ending.RESULT, result=result)
        elif future.status == "error":
            self._failed(job, future.exception())
        else:  # the connection to the scheduler was lost, but the worker may still be alive
            self._cut(job)

    def _failed(self, job: Job, error: BaseException) -> None:
        if isinstance(error, GruLabError):
            self._end(job, Ending.REFUSED, error=error)
        elif is_worker_death(error):
            self._lose_worker(job)
        else:
            log.error("a job failed", exc_info=error)
            self._end(job, Ending.BROKEN, error=f"{type(error).__name__}: {error}")

    # -- losses --------------------------------------------------------------------------------

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
        self._drop(job, Ending.CONNECTION_LOST, job.worker)

    def _replace_worker(self, job: Job, ending: Ending) -> None:
        log.warning("worker %s did not end a stopped job and is restarted", job.worker)
        self._drop(job, ending, job.worker)
        self._cluster.restart(job.worker)

    # -- ending --------------------------------------------------------------------------------

    def _stop(self, job: Job) -> None:
        if job.status == "queued":
            self._drop(job, Ending.STOPPED_IN_QUEUE)
            return
        job.asked_to_stop = job.asked_to_stop or time.monotonic()
        self._cluster.tell_to_stop(job.id, job.worker)

    def _drop(self, job: Job, ending: Ending, worker: str | None = None) -> None:
        """End the job, then cancel it in Dask.

        In the other order, Dask's answer would end the job as interrupted.
        """
        with self._lock:
            future = self._futures.get(job.id)
        self._end(job, ending)
        if future is not None:
            self._cluster.cancel(future, job.id, worker)

    def _end(self, job: Job, ending: Ending, *, result: Any = None, error: object = "") -> None:
        status, reason = (ending.status, "") if ending.status else job.outcome(result)
        message = ending.text.format(
            what=job.what,
            kept=job.kept,
            attempts=job.attempts,
            reason=reason,
            error=error,
            where=self._cluster.where,
            silence=duration(job.unheard),
            waited=duration(time.monotonic() - (job.asked_to_stop or time.monotonic())),
        )
        if not job.end(status, message, result):
            return
        log.info("a %s ended: %s", job.what, ending.fired_by)
        with self._slot:
            self._active.pop(job.owner or job.id, None)
            self._line.leave(job)
            self._release(job)

    def _release(self, job: Job) -> None:
        """Free the worker thread that `job` was sent to."""
        with self._lock:
            future = self._futures.pop(job.id, None)
            self._workforce.release(job.id, left=future is not None and future.status == "pending")
        self._wake()

    def _place(self, job: Job) -> int:
        with self._lock:
            return self._line.place(job)

    def _forget_old(self) -> None:
        ended = [id for id, job in self._jobs.items() if not job.active]
        for id in ended[: max(0, len(ended) - REMEMBERED)]:
            del self._jobs[id]
