"""`Engine`: takes runs, has Dask workers make them, and tells how they stand.

One per server. It imports neither torch nor streamlit.
"""

from __future__ import annotations

import contextlib
import importlib
import json
import logging
import os
import pickle
import subprocess
import sys
import threading
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

from numpy.typing import ArrayLike

from gru_core.data.series import Series
from gru_core.engine.cost import Calibration, Estimate, Limits, estimate, number
from gru_core.engine.job import Inquiry, Job, Work
from gru_core.engine.messages import Question
from gru_core.errors import EngineUnavailableError, GruLabError, OwnerBusyError
from gru_core.experiment.experiment import Experiment
from gru_core.forecast.problem import Problem
from gru_core.forecast.result import Result

__all__ = ["Engine"]

log = logging.getLogger(__name__)

Asked = TypeVar("Asked", bound=Work)

#: A scheduler that does not answer for so long is out of reach.
CONNECT_SECONDS = 30.0
#: A worker that does not answer a stop for so long hangs, and is restarted.
HUNG_SECONDS = 15.0
#: A run whose worker dies before its first event is sent so many times in all.
MOST_ATTEMPTS = 3
#: Ended runs of a session that are still found by their id.
REMEMBERED = 500


class _Remote:
    """A function of `gru_core.engine.worker`, named here without importing that module."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.__name__ = name

    def __call__(self, *arguments: Any) -> Any:
        return getattr(importlib.import_module("gru_core.engine.worker"), self.name)(*arguments)


class Engine:
    """First in, first out; one active run per owner.

    Args:
        scheduler: address of an existing Dask scheduler, such as `tcp://host:8786`; by default a
            local cluster is started, in a process of its own.
        workers: processes of the local cluster; by default one a core.
        limits: what one run may cost.
    """

    def __init__(
        self,
        scheduler: str | None = None,
        workers: int | None = None,
        limits: Limits | None = None,
    ) -> None:
        self.limits = limits or Limits()
        self.calibration = Calibration()
        self._scheduler = scheduler
        self._workers = workers or max(1, os.cpu_count() or 1)
        self._topic = f"gru-lab-{uuid.uuid4().hex}"
        self._lock = threading.RLock()
        self._slot = threading.Condition(self._lock)
        self._jobs: dict[str, Work] = {}
        self._active: dict[str, Work] = {}
        self._waiting: list[Work] = []  # not begun, in their order; sent ones are in _futures, too
        self._futures: dict[str, Any] = {}
        self._client: Any = None
        self._pool: subprocess.Popen[str] | None = None
        self._ready = False
        self._closing = False
        self._trouble = ""
        self._thread = threading.Thread(target=self._work, name="gru-lab-engine", daemon=True)

    @classmethod
    def from_environment(cls) -> Engine:
        """GRU_LAB_SCHEDULER (an address), GRU_LAB_WORKERS (a number), and `Limits`."""
        workers = number("GRU_LAB_WORKERS")
        return cls(
            os.environ.get("GRU_LAB_SCHEDULER") or None,
            max(1, int(workers)) if workers else None,
            Limits.from_environment(),
        )

    def start(self) -> Engine:
        """Start the cluster, or connect to it, in the background; runs are taken at once."""
        self._thread.start()
        return self

    def wait_ready(self, timeout: float | None = None) -> bool:
        """Wait until workers answer; False if they do not within `timeout` seconds, or never."""
        with self._slot:
            self._slot.wait_for(lambda: self._ready or self._trouble, timeout)
            return self._ready

    @property
    def ready(self) -> bool:
        """Whether workers answer."""
        return self._ready

    @property
    def trouble(self) -> str:
        """Why no worker answers, in words; empty when all is well."""
        return self._trouble

    def close(self) -> None:
        """Stop all runs, then the cluster that was started here."""
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
        self._disconnect()
        for job in jobs:
            self._interrupt(job)

    def estimate(
        self, experiment: Experiment, series: ArrayLike | Series | None = None
    ) -> Estimate:
        """What a run would cost here."""
        return estimate(Problem.of(experiment, series), self.calibration)

    def submit(
        self,
        experiment: Experiment,
        series: ArrayLike | Series | None = None,
        *,
        owner: str = "",
        resume: Result | None = None,
    ) -> Job:
        """Take a run. If `owner` has one that goes on, that one is returned instead.

        Raises:
            OptionError, SeriesError: the experiment does not fit the series.
            LimitError: the run would cost more than `limits`.
            EngineUnavailableError: the engine is shutting down, or its scheduler is out of reach.
        """
        problem = Problem.of(experiment, series)
        self.limits.check(estimate(problem, self.calibration))
        id = uuid.uuid4().hex
        return self._take(Job(id, owner, problem, resume, place=self._place, stop=self._stop))

    def ask(self, question: Question, *, owner: str = "") -> Inquiry:
        """Take a question; it waits its turn as a run does, and counts as the owner's.

        Raises:
            EngineUnavailableError: as `submit`.
            OwnerBusyError: something else of this owner's goes on.
        """
        id = uuid.uuid4().hex
        return self._take(Inquiry(id, owner, question, place=self._place, stop=self._stop))

    def _take(self, work: Asked) -> Asked:
        with self._slot:
            if self._closing:
                raise EngineUnavailableError(
                    "The server is shutting down and takes no new runs. Try again in a minute."
                )
            if self._trouble:
                raise EngineUnavailableError(self._trouble)
            running = self._active.get(work.owner) if work.owner else None
            if isinstance(running, type(work)):
                return running
            if running is not None:
                raise OwnerBusyError(
                    f"Your {running.what} goes on: wait for its end, or stop it first."
                )
            self._jobs[work.id] = work
            self._forget_old()
            self._active[work.owner or work.id] = work
            self._waiting.append(work)
            self._slot.notify_all()
        return work

    def job(self, id: str, owner: str) -> Job | None:
        """The owner's run with this id; None where there is none, or it is somebody else's."""
        job = self._jobs.get(id)
        return job if isinstance(job, Job) and job.owner == owner else None

    def active(self, owner: str) -> Work | None:
        """What goes on of this owner's, if anything."""
        return self._active.get(owner)

    # -- the engine's own thread ---------------------------------------------------------------

    def _work(self) -> None:
        try:
            self._connect()
            while (job := self._next()) is not None:
                try:
                    self._send(job)
                except Exception as error:
                    log.warning("a run could not be sent: %s", error)
                    self._end(
                        job, "failed", f"The {job.what} could not be handed to a worker: {error}."
                    )
        except Exception as error:
            if not self._closing:
                log.warning("no workers: %s", error)
                self._fail_all(error)

    def _next(self) -> Work | None:
        """Wait for a free worker thread and a run that needs one; None when closing.

        Dask would take all runs at once, but it hands each to a worker right away, and a run that
        waits behind another on one worker neither keeps its turn nor survives that worker.
        """
        while not self._closing:
            slots = max(1, sum(self._client.nthreads().values()))
            with self._slot:
                unsent = [job for job in self._waiting if job.id not in self._futures]
                if unsent and len(self._futures) < slots:
                    return unsent[0]
                if not self._closing:  # workers may come or go meanwhile: count them again
                    self._slot.wait(1.0 if unsent else None)
        return None

    def _connect(self) -> None:
        from distributed import Client

        address = self._scheduler or self._start_pool()
        client = Client(address, timeout=CONNECT_SECONDS, name="gru-lab", set_as_default=False)
        with self._lock:
            self._client = client
        client.wait_for_workers(1, timeout=60)
        self.calibration = client.submit(
            _Remote("calibrate"), key=f"calibrate-{self._topic}", pure=False
        ).result(timeout=60)
        with self._slot:
            self._ready = True
            self._slot.notify_all()

    def _start_pool(self) -> str:
        # One thread per worker for the numerical libraries: they would fight over the cores.
        threads = dict.fromkeys(("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS"), "1")
        package = str(Path(__file__).parents[2])
        path = os.pathsep.join(filter(None, [package, os.environ.get("PYTHONPATH")]))
        self._pool = subprocess.Popen(
            [sys.executable, "-m", "gru_core.engine.pool", "--workers", str(self._workers)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env=os.environ | threads | {"PYTHONPATH": path},
        )
        assert self._pool.stdout is not None
        line = self._pool.stdout.readline()
        if not line:
            raise EngineUnavailableError("the process of the local cluster did not start")
        threading.Thread(target=self._watch, args=(self._pool,), daemon=True).start()
        return str(json.loads(line)["address"])

    def _watch(self, pool: subprocess.Popen[str]) -> None:
        pool.wait()
        if not self._closing:
            self._fail_all(EngineUnavailableError("the local cluster has ended unexpectedly"))

    def _send(self, job: Work) -> None:
        # Each time anew, for Dask forgets it when it loses and regains the scheduler.
        self._client.subscribe_topic(self._topic, self._receive)
        job.attempts += 1
        future = self._client.submit(
            _Remote(job.call),
            job.task(self._topic),
            key=f"{job.call}-{uuid.uuid4().hex}",
            pure=False,
            retries=0,
        )
        with self._lock:
            self._futures[job.id] = future
        future.add_done_callback(lambda done: self._finished(job, done))
        if not job.active:  # stopped in between
            self._drop(job, self._release)

    # -- called by Dask, from its threads ------------------------------------------------------

    def _receive(self, event: tuple[float, bytes]) -> None:
        id, attempt, worker, events = pickle.loads(event[1])
        job = self._jobs.get(id)
        if job is None:
            return
        if not job.take(attempt, worker, events):
            # The scheduler lost a worker and began again on another one. Whatever the cluster's
            # settings, the user hears the same: interrupted, continue if you like.
            self._drop(job, self._interrupt, worker)
        elif job.status == "running":
            with self._lock:
                if job in self._waiting:
                    self._waiting.remove(job)

    def _finished(self, job: Work, future: Any) -> None:
        from distributed.scheduler import KilledWorker

        if future.status == "finished":
            try:
                result = future.result()
            except Exception as error:  # the worker vanished between the end and the transfer
                self._interrupt(job)
                log.info("a result did not arrive: %s", error)
                return
            self._end(job, *job.outcome(result), result)
        elif future.status == "error":
            failure = future.exception()
            again = job.status == "queued" and job.attempts < MOST_ATTEMPTS
            if isinstance(failure, KilledWorker) and again:
                self._release(job)  # it had not begun, so nothing was lost: it keeps its turn
            elif isinstance(failure, KilledWorker):
                self._interrupt(job)
            elif isinstance(failure, GruLabError):
                self._end(job, "failed", str(failure))
            else:
                log.error("a run failed", exc_info=failure)
                self._end(
                    job, "failed", f"The {job.what} failed: {type(failure).__name__}: {failure}"
                )
        else:  # the connection to the scheduler was lost; the worker may still be there
            self._drop(job, self._interrupt, job.worker)

    # -- ending --------------------------------------------------------------------------------

    def _stop(self, job: Work) -> None:
        if job.status == "queued":
            self._drop(job, lambda job: self._end(job, "stopped", "Stopped before it began."))
            return
        threading.Thread(target=self._tell_to_stop, args=(job, job.worker), daemon=True).start()
        timer = threading.Timer(HUNG_SECONDS, self._restart_hung, args=(job,))
        timer.daemon = True
        timer.start()

    def _tell_to_stop(self, job: Work, worker: str | None) -> None:
        try:
            self._client.run(_Remote("request_stop"), job.id, workers=[worker] if worker else None)
        except Exception as error:  # the worker may be gone, and the run with it
            log.info("stop not delivered: %s", error)

    def _restart_hung(self, job: Work) -> None:
        if not job.active or self._closing:
            return
        log.warning("worker %s did not answer a stop and is restarted", job.worker)
        try:
            self._client.restart_workers([job.worker], raise_for_error=False)
        except Exception as error:  # the worker may be gone by now
            log.warning("worker %s could not be restarted: %s", job.worker, error)
        self._drop(job, self._interrupt)

    def _drop(self, job: Work, end: Callable[[Work], None], worker: str | None = None) -> None:
        """`end` the job, then tell Dask, who would call it interrupted if told first."""
        with self._lock:
            future = self._futures.get(job.id)
        end(job)
        if future is None:
            return

        def drop() -> None:
            with contextlib.suppress(Exception):  # the client may be closed by now
                future.cancel()
            self._tell_to_stop(job, worker)  # may have begun: a running task cannot be cancelled

        # In a thread of its own: both wait for Dask, whose own thread may be the caller.
        threading.Thread(target=drop, daemon=True).start()

    def _end(self, job: Work, status: Any, message: str, result: Any = None) -> None:
        if not job.end(status, message, result):
            return
        with self._slot:
            self._active.pop(job.owner or job.id, None)
            if job in self._waiting:
                self._waiting.remove(job)
            self._release(job)

    def _interrupt(self, job: Work) -> None:
        self._end(job, "interrupted", f"{_INTERRUPTED.format(job.what)} {job.kept}")

    def _release(self, job: Work) -> None:
        """Give back the worker thread that was meant for `job`."""
        with self._slot:
            self._futures.pop(job.id, None)
            self._slot.notify_all()

    def _fail_all(self, error: Exception) -> None:
        where = f"at {self._scheduler}" if self._scheduler else "on this machine"
        with self._slot:
            if self._trouble:  # said already
                return
            self._trouble = (
                f"The training workers {where} cannot be reached ({error}). "
                "Ask whoever runs this server to restart it."
            )
            self._ready = False
            self._slot.notify_all()
            jobs = list(self._active.values())
        for job in jobs:
            if job.status == "queued":
                self._end(job, "failed", self._trouble)
            else:
                self._interrupt(job)
        if self._client is not None:  # it would go on trying, and keep who asks it waiting
            self._client.close(timeout=1)

    def _place(self, job: Work) -> int:
        with self._lock:
            return self._waiting.index(job) if job in self._waiting else 0

    def _forget_old(self) -> None:
        ended = [id for id, job in self._jobs.items() if not job.active]
        for id in ended[: max(0, len(ended) - REMEMBERED)]:
            del self._jobs[id]

    def _disconnect(self) -> None:
        if self._client is not None:
            self._client.close(timeout=5)
        if self._pool is not None:
            assert self._pool.stdin is not None
            assert self._pool.stdout is not None
            self._pool.stdin.close()
            self._pool.stdout.close()
            try:
                self._pool.wait(30)  # with a hung worker, six seconds were measured
            except subprocess.TimeoutExpired:
                self._pool.kill()
                self._pool.wait()


_INTERRUPTED = (
    "The {} was interrupted: the worker process that made it ended unexpectedly, perhaps for want "
    "of memory, or went out of reach."
)
