"""`Engine`: it takes runs and questions, and a `Dispatcher` sends them to workers.

A server has one engine. It imports neither torch nor streamlit.
"""

from __future__ import annotations

import os
import subprocess
import threading
import uuid
from collections import deque
from collections.abc import Callable
from typing import TypeVar
from weakref import WeakValueDictionary

from numpy.typing import ArrayLike

from gru_core.data.series import Series
from gru_core.engine.certificates import TlsFiles
from gru_core.engine.cost import Calibration, Estimate, Limits, estimate
from gru_core.engine.dispatcher import Dispatcher
from gru_core.engine.job import Job, QuestionJob
from gru_core.engine.keeper import Keeper, KeptRun
from gru_core.engine.local_pool import workers_here
from gru_core.engine.messages import Question
from gru_core.engine.run_job import RunJob
from gru_core.errors import OwnerBusyError
from gru_core.experiment.experiment import Experiment
from gru_core.forecast.problem import Problem
from gru_core.forecast.result import Result
from gru_core.options import setting

__all__ = ["Engine"]

Taken = TypeVar("Taken", bound=Job)

#: How many seconds a job goes on after its owner has left.
GRACE_SECONDS = 60.0
#: How many jobs that no store keeps can be looked up by their id after their end. A result with the
#: weights of its frames takes 1 to 5 MB, so this is at most about 300 MB.
REMEMBERED = 60


class Engine:
    """Runs jobs in workers, first in, first out. Each owner has at most one active job.

    Args:
        scheduler: address of an existing Dask scheduler, such as `tls://host:8786`. By default a
            local cluster is started, in its own process.
        workers: processes of the local cluster; by default GRU_LAB_WORKERS, or one per core.
        limits: the highest cost of one run.
        tls: the files with the certificates for `scheduler`.
        present: whether an owner is still there, such as an open browser tab. It is asked every
            second for each active job. By default, owners never leave.
        grace: how many seconds a job goes on after its owner has left.
        keeper: writes runs into the store; by default none is kept.
        pool: the process of the local cluster, if it has been started already.

    Attributes:
        limits: the highest cost of one run.
        dispatcher: what sends the jobs to the workers.
    """

    def __init__(
        self,
        scheduler: str | None = None,
        workers: int | None = None,
        limits: Limits | None = None,
        *,
        tls: TlsFiles | None = None,
        present: Callable[[str], bool] = lambda owner: True,
        grace: float = GRACE_SECONDS,
        keeper: Keeper | None = None,
        pool: subprocess.Popen[str] | None = None,
    ) -> None:
        self.limits = limits or Limits()
        self._keeper = keeper
        self.dispatcher = Dispatcher(
            scheduler,
            workers or workers_here(),
            tls=tls or TlsFiles(),
            present=present,
            grace=grace,
            pool=pool,
        )
        self._lock = threading.Lock()
        # By their ids. The dispatcher holds the active jobs, and a session the one that it shows.
        self._jobs: WeakValueDictionary[str, Job] = WeakValueDictionary()
        self._unkept: deque[Job] = deque(maxlen=REMEMBERED)  # that no store keeps

    @classmethod
    def from_environment(
        cls,
        present: Callable[[str], bool] = lambda owner: True,
        keeper: Keeper | None = None,
        pool: subprocess.Popen[str] | None = None,
    ) -> Engine:
        """An engine with the settings from the environment.

        They are GRU_LAB_SCHEDULER (an address), GRU_LAB_WORKERS (a number), GRU_LAB_GRACE_SECONDS
        and those of `TlsFiles` and `Limits`.

        Raises:
            OptionError: a number is not positive.
        """
        return cls(
            os.environ.get("GRU_LAB_SCHEDULER") or None,
            limits=Limits.from_environment(),
            tls=TlsFiles.from_environment(),
            present=present,
            grace=setting("GRU_LAB_GRACE_SECONDS") or GRACE_SECONDS,
            keeper=keeper,
            pool=pool,
        )

    def start(self) -> Engine:
        """Start the cluster, or connect to it, in the background. Runs are accepted at once."""
        self.dispatcher.start()
        return self

    def wait_ready(self, timeout: float | None = None) -> bool:
        """Wait until a worker can train.

        Returns False after `timeout` seconds, or if there is trouble.
        """
        return self.dispatcher.wait_ready(timeout)

    @property
    def ready(self) -> bool:
        """Whether a worker can train."""
        return self.dispatcher.workforce.ready

    @property
    def slots(self) -> int:
        """How many jobs the workers can do at once."""
        return self.dispatcher.workforce.slots

    @property
    def trouble(self) -> str:
        """Why no run can begin now, in words. Empty if there is no trouble.

        Jobs wait meanwhile. The engine tries to end the trouble by itself.
        """
        return self.dispatcher.workforce.trouble

    @property
    def unusable(self) -> list[str]:
        """One sentence for each worker that is there but cannot train."""
        return self.dispatcher.workforce.unusable

    @property
    def calibration(self) -> Calibration:
        """How fast a worker trains."""
        return self.dispatcher.workforce.calibration

    def close(self) -> None:
        """Take no more jobs. Stop all jobs, then the local cluster."""
        self.dispatcher.close()

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
        finish: bool = False,
        turn: int | None = None,
        browser: str = "",
        continues: str | None = None,
    ) -> RunJob:
        """Queue a run. If `owner` already has an active run, that run is returned instead.

        `resume` is the result of an earlier run to continue, and `continues` its id. With `finish`,
        only its missing epochs are made; see `training.run`. `turn` is the run's place in the
        queue, from `take_turn`; by default the next one. The run is stored for `browser`. Without
        one it is not stored.

        Raises:
            OptionError, SeriesError: the experiment does not fit the series, or `resume` has
                nothing left to finish.
            LimitError: the run would cost more than `limits`.
            EngineUnavailableError: the engine is shutting down.
            OwnerBusyError: a question of this owner is active.
        """
        turn = self.take_turn() if turn is None else turn
        try:
            problem = Problem.of(experiment, series)
            self.limits.check(estimate(problem, self.calibration))
            id = uuid.uuid4().hex
            kept = None
            if self._keeper is not None and browser:
                kept = KeptRun(self._keeper, id, browser, problem, continues)
            job = RunJob(
                id,
                owner,
                problem,
                resume,
                finish=finish,
                place=self.dispatcher.place,
                stop=self.dispatcher.stop,
                browser=browser,
                kept=kept,
            )
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
        job = QuestionJob(
            id, owner, question, place=self.dispatcher.place, stop=self.dispatcher.stop
        )
        return self._take(job, self.take_turn())

    def take_turn(self) -> int:
        """Take a place in the queue now, for a run that is submitted soon.

        Preparing a run takes some time. No later run begins before it, for up to six seconds.
        """
        return self.dispatcher.take_turn()

    def give_up_turn(self, turn: int) -> None:
        """Let later jobs pass: no job comes with this turn, or it has come."""
        self.dispatcher.give_up_turn(turn)

    def _take(self, job: Taken, turn: int) -> Taken:
        with self._lock:
            running = self._active(job.owner)
            if isinstance(running, type(job)):
                return running
            if running is not None:
                raise OwnerBusyError(
                    f"Your {running.what} is still active. Wait for its end, or stop it first."
                )
            job.join()
            self.dispatcher.add(job, turn)
            self._jobs[job.id] = job
            if self._keeper is None or self._keeper.trouble:
                self._unkept.append(job)
        return job

    def job(self, id: str, browser: str) -> RunJob | None:
        """The run with this id; None if there is none, or if it belongs to another browser."""
        job = self._jobs.get(id)
        return job if isinstance(job, RunJob) and browser and job.browser == browser else None

    @property
    def active_jobs(self) -> list[Job]:
        """All jobs that have not ended."""
        with self._lock:
            return [job for job in self._jobs.values() if job.active]

    def active(self, owner: str) -> Job | None:
        """The active job of this owner, or None."""
        with self._lock:
            return self._active(owner)

    def _active(self, owner: str) -> Job | None:
        # Jobs without an owner do not keep each other from being queued.
        mine = (job for job in self._jobs.values() if owner and job.owner == owner and job.active)
        return next(mine, None)
