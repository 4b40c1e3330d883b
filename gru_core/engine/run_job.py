"""`RunJob`: one run, as the web process sees it."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pandas as pd

from gru_core.engine.endings import Status
from gru_core.engine.job import Job
from gru_core.engine.keeper import KeptRun
from gru_core.engine.messages import Envelope, Task
from gru_core.engine.snapshot import Snapshot, thinned_history
from gru_core.forecast.events import (
    Checkpoint,
    EpochEnd,
    Event,
    Forecasted,
    Saved,
    Started,
    StepEnd,
)
from gru_core.forecast.frames import FrameWeights
from gru_core.forecast.problem import Problem
from gru_core.forecast.recorder import Recorder
from gru_core.forecast.result import Result

if TYPE_CHECKING:
    from gru_core.store import Progress

__all__ = ["RunJob"]


class RunJob(Job):
    """One run.

    Attributes:
        problem: what is trained.
        resume: the result that it goes on from, or None.
        finish: whether it makes only the missing epochs of `resume`. Otherwise it continues it.
        browser: the key of the browser that it belongs to; "" if it belongs to none.
    """

    what = "run"
    call = "run_task"

    def __init__(
        self,
        id: str,
        owner: str,
        problem: Problem,
        resume: Result | None,
        *,
        finish: bool = False,
        place: Callable[[Job], int],
        stop: Callable[[Job], None],
        browser: str = "",
        kept: KeptRun | None = None,
    ) -> None:
        super().__init__(id, owner, place=place, stop=stop)
        self.problem = problem
        self.resume, self.finish = resume, finish
        self.browser = browser
        self._kept = kept
        self._recorder = Recorder.of(problem, resume, finish=finish)
        self._step: StepEnd | None = None
        made = self._recorder.forecasts_by_epoch.items()  # before a resumed run
        self._forecast = max(made, key=lambda item: item[0], default=None)  # the newest one
        # What was saved before a resumed run is not lost if its worker dies at once.
        self._saved = resume.checkpoint if resume is not None and finish else None
        self._began = 0.0
        self._table: tuple[int, pd.DataFrame] | None = None  # the history after so many epochs
        self._first_epoch_ended = threading.Event()

    @property
    def result(self) -> Result | None:
        """The result. None before the end, and if the run ended without a result.

        The result of an interrupted run comes from its last checkpoint. It can be resumed.
        """
        with self._lock:
            if self._result is None and self._status == "interrupted" and self._saved is not None:
                self._result = self._recorder.rescued(self._saved, self._message)
            result: Result | None = self._result
            return result

    def wait_for_epoch(self, timeout: float) -> bool:
        """Wait for the end of the first epoch; False if it does not end in `timeout` seconds."""
        return self._first_epoch_ended.wait(timeout)

    @property
    def saved_epoch(self) -> int | None:
        """The epoch of the newest checkpoint here, or None."""
        return self._saved.epoch if self._saved is not None else None

    @property
    def kept(self) -> str:
        """What is saved after an interruption and what to do next, in words."""
        if self.saved_epoch is None:
            return "It had saved nothing yet: please start it again."
        return (
            f"What it had learned until epoch {self.saved_epoch} is kept: press Resume to make "
            "the other epochs."
        )

    def snapshot(self) -> Snapshot:
        """The run at this moment."""
        with self._lock:
            started = self._recorder.started
            first, epochs = (started.epoch, started.epochs) if started else self._planned()
            done: float = self._recorder.rows[-1].epoch if self._recorder.rows else first
            loss = self._recorder.rows[-1].train_loss if self._recorder.rows else None
            if self._step is not None and self._step.epoch > done and self.active:
                done = self._step.epoch - 1 + self._step.step / self._step.steps
                loss = loss if loss is not None else self._step.loss
            return Snapshot(
                status=self._status,
                place=self.place,
                epoch=done,
                epochs=epochs,
                history=self._history(),
                seconds_left=self._seconds_left(first, done, epochs),
                silence=self.silence,
                loss=loss,
                forecast=self._forecast,
                message=self._message,
                notices=started.notices if started else (),
            )

    def join(self) -> None:
        """It comes into the queue now."""
        if self._kept is not None:
            self._kept.added()

    def _history(self) -> pd.DataFrame:
        """The history so far. Its table is made once for each epoch: a page asks more often."""
        rows = self._recorder.rows
        if self._table is None or self._table[0] != len(rows):
            previous = self._recorder.previous
            before = previous.history if previous is not None else None
            self._table = len(rows), thinned_history(before, rows)
        # Pandas copies the values only if somebody changes them.
        return self._table[1].copy(deep=False)

    def envelope(self, topic: str) -> Envelope[Task]:
        """The argument for `worker.run_task`, which sends its events to `topic`."""
        experiment = self.problem.experiment.to_json()
        task = Task(experiment, self.problem.series, self.resume, self.finish)
        return Envelope(self.id, topic, task)

    def outcome(self, result: Result) -> tuple[Status, str]:
        """The status of this `result`, and the reason in words."""
        return result.status, result.reason

    def end(self, status: Status, message: str, result: Any = None) -> bool:
        """End it. Returns False if it had already ended."""
        if self._kept is not None and self.active:
            self._kept.ended(status, message, result)  # first: what was shown must not be lost
        ended = super().end(status, message, result)
        if ended and result is not None:  # it has weights of its own
            with self._lock:
                self._recorder.weights = FrameWeights()
        return ended

    def hear(self, event: Event) -> None:
        """Take one event."""
        self._recorder(event)
        match event:
            case Started():
                self._status, self._began = "running", time.monotonic()
                if self._kept is not None:
                    self._kept.started(event)
            case EpochEnd():
                self._first_epoch_ended.set()
            case StepEnd():
                self._step = event
            case Forecasted():
                event.values.setflags(write=False)  # snapshots share it
                self._forecast = event.epoch, event.values
                if event.checkpoint is not None:
                    self._save(event.checkpoint)
            case Saved():
                self._save(event.checkpoint)

    def _save(self, checkpoint: Checkpoint) -> None:
        self._saved = checkpoint
        if self._kept is not None:
            self._kept.progressed(self._progress)

    def _progress(self) -> Progress | None:
        """What it has done until its newest checkpoint; None if there is nothing to go on from."""
        from gru_core.store import Progress

        with self._lock:
            if self._saved is None or self._recorder.started is None:
                return None
            return Progress.of(self._recorder, self._saved)

    def _planned(self) -> tuple[int, int]:
        """The first epoch and the last one, before the worker has told them."""
        first = self.resume.checkpoint.epoch if self.resume is not None else 0
        return first, first + self.problem.experiment.epochs

    def _seconds_left(self, first: int, done: float, epochs: int) -> float | None:
        if self._status != "running" or done <= first or self.silence is not None:
            return None
        return (time.monotonic() - self._began) / (done - first) * (epochs - done)
