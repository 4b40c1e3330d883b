"""`Engine`: it queues runs and questions, sends them to workers, and ends them.

A server has one engine. It imports neither torch nor streamlit. `endings` lists how a job can end.
"""

from __future__ import annotations

import logging
import os
import threading
import uuid
from typing import Any, TypeVar

from numpy.typing import ArrayLike

from gru_core.data.series import Series
from gru_core.engine.cluster import Cluster, is_worker_death
from gru_core.engine.cost import Calibration, Estimate, Limits, estimate, number
from gru_core.engine.endings import Ending
from gru_core.engine.job import Job, QuestionJob, RunJob
from gru_core.engine.messages import Question
from gru_core.errors import EngineUnavailableError, GruLabError, OwnerBusyError
from gru_core.experiment.experiment import Experiment
from gru_core.forecast.problem import Problem
from gru_core.forecast.result import Result

__all__ = ["Engine"]

log = logging.getLogger(__name__)

Taken = TypeVar("Taken", bound=Job)

#: A worker is restarted if it does not answer a stop for this many seconds.
HUNG_SECONDS = 15.0
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
    """

    def __init__(
        self,
        scheduler: str | None = None,
        workers: int | None = None,
        limits: Limits | None = None,
    ) -> None:
        self.limits = limits or Limits()
        self.calibration = Calibration()
        self._cluster = Cluster(
            scheduler,
            workers or max(1, os.cpu_count() or 1),
            receive=self._receive,
            lost=self._lose_cluster,
        )
        self._lock = threading.RLock()
        self._slot = threading.Condition(self._lock)
        self._jobs: dict[str, Job] = {}
        self._active: dict[str, Job] = {}
        self._waiting: list[Job] = []  # in order, until a worker begins them
        self._futures: dict[str, Any] = {}  # of the jobs that were sent to Dask
        self._ready = False
        self._closing = False
        self._trouble = ""
        self._thread = threading.Thread(target=self._work, name="gru-lab-engine", daemon=True)

    @classmethod
    def from_environment(cls) -> Engine:
        """An engine from GRU_LAB_SCHEDULER (an address), GRU_LAB_WORKERS (a number) and `Limits`.

        Raises:
            OptionError: a number is not positive.
        """
        workers = number("GRU_LAB_WORKERS")
        return cls(
            os.environ.get("GRU_LAB_SCHEDULER") or None,
            max(1, int(workers)) if workers else None,
            Limits.from_environment(),
        )

    def start(self) -> Engine:
        """Start the cluster, or connect to it, in the background. Runs are accepted at once."""
        self._thread.start()
        return self

    def wait_ready(self, timeout: float | None = None) -> bool:
        """Wait until workers answer.

        Returns False after `timeout` seconds, or if no worker can be reached.
        """
        with self._slot:
            self._slot.wait_for(lambda: self._ready or self._trouble, timeout)
            return self._ready

    @property
    def ready(self) -> bool:
        """Whether workers answer."""
        return self._ready

    @property
    def trouble(self) -> str:
        """Why no worker can be reached, in words. Empty if there is no trouble."""
        return self._trouble

    def close(self) -> None:
        """Stop all jobs, then the local cluster."""
        with self._slot:
            self._closing = True
            jobs = list(self._active.values())
            self._slot.notify_all()
        for job in jobs:
            job.stop()
        for job in jobs:
            job.wait(2.0)
        if self._thread.is_alive():
            self._thread.join(10.0)
        self._cluster.close()
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
    ) -> RunJob:
        """Queue a run. If `owner` already has an active run, that run is returned instead.

        `resume` is the result of an earlier run to continue.

        Raises:
            OptionError, SeriesError: the experiment does not fit the series.
            LimitError: the run would cost more than `limits`.
            EngineUnavailableError: the engine is shutting down, or no worker can be reached.
            OwnerBusyError: a question of this owner is active.
        """
        problem = Problem.of(experiment, series)
        self.limits.check(estimate(problem, self.calibration))
        id = uuid.uuid4().hex
        return self._take(RunJob(id, owner, problem, resume, place=self._place, stop=self._stop))

    def ask(self, question: Question, *, owner: str = "") -> QuestionJob:
        """Queue a question. If `owner` already has an active question, it is returned instead.

        Raises:
            EngineUnavailableError: the engine is shutting down, or no worker can be reached.
            OwnerBusyError: a run of this owner is active.
        """
        id = uuid.uuid4().hex
        return self._take(QuestionJob(id, owner, question, place=self._place, stop=self._stop))

    def _take(self, job: Taken) -> Taken:
        with self._slot:
            if self._closing:
                raise EngineUnavailableError(
                    "The server is shutting down and takes no new runs. Try again in a minute."
                )
            if self._trouble:
                raise EngineUnavailableError(self._trouble)
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
            self._waiting.append(job)
            self._slot.notify_all()
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
        try:
            self.calibration = self._cluster.connect()
            with self._slot:
                self._ready = True
                self._slot.notify_all()
            while (job := self._next()) is not None:
                try:
                    self._send(job)
                except Exception as error:
                    log.warning("a job could not be sent: %s", error)
                    self._end(job, Ending.NOT_SENT, error=error)
        except Exception as error:
            self._lose_cluster(error)

    def _next(self) -> Job | None:
        """Wait for a free worker thread and a waiting job; None when closing.

        Jobs wait here, not in Dask. Dask gives every job to a worker at once. A job behind another
        one on that worker would lose its turn, and would end if the worker dies.
        """
        while not self._closing:
            slots = max(1, self._cluster.threads())
            with self._slot:
                unsent = [job for job in self._waiting if job.id not in self._futures]
                if unsent and len(self._futures) < slots:
                    return unsent[0]
                if not self._closing:  # workers may come or go, so they are counted every second
                    self._slot.wait(1.0 if unsent else None)
        return None

    def _send(self, job: Job) -> None:
        job.attempts += 1
        future = self._cluster.submit(job.call, job.envelope(self._cluster.topic))
        with self._lock:
            self._futures[job.id] = future
        future.add_done_callback(lambda done: self._finished(job, done))
        if not job.active:  # it was stopped meanwhile
            self._release(job)
            self._cluster.cancel(future, job.id, None)

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
                if job in self._waiting:
                    self._waiting.remove(job)

    def _finished(self, job: Job, future: Any) -> None:
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
            self._drop(job, Ending.CONNECTION_LOST, job.worker)

    def _failed(self, job: Job, error: BaseException) -> None:
        if isinstance(error, GruLabError):
            self._end(job, Ending.REFUSED, error=error)
        elif not is_worker_death(error):
            log.error("a job failed", exc_info=error)
            self._end(job, Ending.BROKEN, error=f"{type(error).__name__}: {error}")
        elif job.status != "queued":
            self._end(job, Ending.WORKER_HUNG if job.hung else Ending.WORKER_DIED)
        elif job.attempts < MOST_ATTEMPTS:
            self._release(job)  # it had not begun, so it is sent again in its turn
        else:
            self._end(job, Ending.NEVER_BEGAN)

    def _lose_cluster(self, error: Exception) -> None:
        if self._closing:
            return
        log.warning("no workers: %s", error)
        where = self._cluster.where
        with self._slot:
            if self._trouble:  # the loss is already known
                return
            self._trouble = Ending.NO_WORKERS.text.format(where=where, error=error)
            self._ready = False
            self._slot.notify_all()
            jobs = list(self._active.values())
        for job in jobs:
            queued = job.status == "queued"
            self._end(job, Ending.NO_WORKERS if queued else Ending.CLUSTER_LOST, error=error)
        self._cluster.disconnect(timeout=1)

    # -- ending --------------------------------------------------------------------------------

    def _stop(self, job: Job) -> None:
        if job.status == "queued":
            self._drop(job, Ending.STOPPED_IN_QUEUE)
            return
        self._cluster.tell_to_stop(job.id, job.worker)
        timer = threading.Timer(HUNG_SECONDS, self._restart_hung, args=(job,))
        timer.daemon = True
        timer.start()

    def _restart_hung(self, job: Job) -> None:
        if not job.active or self._closing:
            return
        log.warning("worker %s did not answer a stop and is restarted", job.worker)
        job.hung = True
        self._cluster.restart(job.worker)
        self._drop(job, Ending.WORKER_HUNG)

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
        )
        if not job.end(status, message, result):
            return
        log.info("a %s ended: %s", job.what, ending.fired_by)
        with self._slot:
            self._active.pop(job.owner or job.id, None)
            if job in self._waiting:
                self._waiting.remove(job)
            self._release(job)

    def _release(self, job: Job) -> None:
        """Free the worker thread that `job` was sent to."""
        with self._slot:
            self._futures.pop(job.id, None)
            self._slot.notify_all()

    def _place(self, job: Job) -> int:
        with self._lock:
            return self._waiting.index(job) if job in self._waiting else 0

    def _forget_old(self) -> None:
        ended = [id for id, job in self._jobs.items() if not job.active]
        for id in ended[: max(0, len(ended) - REMEMBERED)]:
            del self._jobs[id]
