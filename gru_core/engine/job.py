"""What workers do for somebody, as the web process sees it.

`Work` is anything that waits its turn, is told of and ends; `Job` is a run, with its state at one
moment as a `Snapshot`; `Inquiry` is a question, such as which settings fit a series.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, ClassVar, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from gru_core.engine.messages import Inquest, Question, Task
from gru_core.forecast.events import EpochEnd, Event, Forecasted, Started, StepEnd, Stopped
from gru_core.forecast.problem import Problem
from gru_core.forecast.result import HISTORY_COLUMNS, Recorder, Result

__all__ = ["ACTIVE", "Inquiry", "Job", "Snapshot", "Status", "Work"]

Status = Literal["queued", "running", "finished", "stopped", "diverged", "interrupted", "failed"]
#: The statuses of a run that has not ended.
ACTIVE: tuple[Status, ...] = ("queued", "running")

#: A live chart needs no more points than it has pixels.
MOST_POINTS = 500


@dataclass(frozen=True, eq=False)
class Snapshot:
    """A run at one moment; never changes.

    Attributes:
        status: `queued`, `running`, or how it ended.
        place: how many runs are before it, while it is queued.
        epoch, epochs: finished and planned epochs; fractional while an epoch is under way.
        history: as `Result.history`, thinned to at most 500 rows, with the first and the last.
        seconds_left: None while nothing is known of it.
        loss: the newest training loss, of one batch while the first epoch is under way.
        forecast: the newest closed-loop forecast (H,) with its epoch, or None.
        message: in words, what ended it or what it waits for.
        notices: what the run changed or could not do as asked.
    """

    status: Status
    place: int
    epoch: float
    epochs: int
    history: pd.DataFrame
    seconds_left: float | None
    loss: float | None
    forecast: tuple[int, NDArray[np.float64]] | None
    message: str
    notices: tuple[str, ...]

    @property
    def active(self) -> bool:
        """Whether the run goes on."""
        return self.status in ACTIVE

    @property
    def progress(self) -> float:
        """From 0 to 1."""
        return min(1.0, self.epoch / self.epochs) if self.epochs else 0.0


class Work:
    """Something that one owner has asked of the workers. Its methods may be called anywhere.

    Attributes:
        what: what it is called in a sentence.
        call: the function of `engine.worker` that does it.
    """

    what: str = "work"
    call: ClassVar[str] = ""

    def __init__(
        self,
        id: str,
        owner: str,
        *,
        place: Callable[[Work], int],
        stop: Callable[[Work], None],
    ) -> None:
        self.id = id
        self.owner = owner
        self.worker: str | None = None
        self.attempts = 0
        self._place, self._stop = place, stop
        self._lock = threading.Lock()
        self._ended = threading.Event()
        self._attempt: str | None = None
        self._status: Status = "queued"
        self._message = ""
        self._result: Any = None

    @property
    def status(self) -> Status:
        """The status now."""
        return self._status

    @property
    def active(self) -> bool:
        """Whether it goes on."""
        return self._status in ACTIVE

    @property
    def place(self) -> int:
        """How many are before it, while it is queued."""
        return self._place(self) if self._status == "queued" else 0

    @property
    def message(self) -> str:
        """In words, what ended it."""
        return self._message

    @property
    def result(self) -> Any:
        """What it gave; None before the end, and where it left nothing behind."""
        return self._result

    @property
    def kept(self) -> str:
        """What an interruption leaves, in words."""
        return "Please start it again."

    def stop(self) -> None:
        """Ask it to end soon and keep what it has; again, or too late, does nothing."""
        if self.active:
            self._stop(self)

    def wait(self, timeout: float | None = None) -> bool:
        """Wait for the end; False if it has not come in `timeout` seconds."""
        return self._ended.wait(timeout)

    # What follows is for the engine.

    def task(self, topic: str) -> Any:
        """What the worker's function is called with."""
        raise NotImplementedError

    def outcome(self, result: Any) -> tuple[Status, str]:
        """How `result`, which the worker's function gave, says that it ended, and in words."""
        raise NotImplementedError

    def hear(self, event: Any) -> None:
        """Take one event; the lock is held."""
        raise NotImplementedError

    def take(self, attempt: str, worker: str, events: list[Any]) -> bool:
        """Take the events that came in; False if they are of a second attempt at this."""
        with self._lock:
            if not self.active:
                return True
            if self._attempt is None:
                self._attempt = attempt
            elif attempt != self._attempt:
                return False
            self.worker = worker
            for event in events:
                self.hear(event)
            return True

    def end(self, status: Status, message: str, result: Any = None) -> bool:
        """End it, once; False if it had already ended."""
        with self._lock:
            if not self.active:
                return False
            self._status, self._message, self._result = status, message, result
        self._ended.set()
        return True


class Job(Work):
    """One submitted run."""

    what = "run"
    call = "run_task"

    def __init__(
        self,
        id: str,
        owner: str,
        problem: Problem,
        previous: Result | None,
        *,
        place: Callable[[Work], int],
        stop: Callable[[Work], None],
    ) -> None:
        super().__init__(id, owner, place=place, stop=stop)
        self.problem = problem
        self.previous = previous
        self._recorder = Recorder(problem, previous)
        self._step: StepEnd | None = None
        self._forecasted: Forecasted | None = None
        self._saved: Forecasted | None = None
        self._began = 0.0

    @property
    def result(self) -> Result | None:
        """The result; None before the end, and where a run left nothing behind.

        An interrupted run gives what its last checkpoint knows, and can be continued from it.
        """
        with self._lock:
            if self._result is None and self._status == "interrupted" and self._saved is not None:
                self._result = self._rescue(self._saved)
            result: Result | None = self._result
            return result

    @property
    def saved_epoch(self) -> int | None:
        """The epoch of the newest checkpoint here, if any."""
        return self._saved.epoch if self._saved is not None else None

    @property
    def kept(self) -> str:
        """What an interruption leaves, in words."""
        if self.saved_epoch is None:
            return "It had saved nothing yet: please start it again."
        return (
            f"What it had learned until epoch {self.saved_epoch} is kept: press Continue to go "
            "on from there."
        )

    def snapshot(self) -> Snapshot:
        """The run as it is now."""
        with self._lock:
            before = self.previous.history if self.previous is not None else None
            started = self._recorder.started
            first = started.epoch if started else (self._first_epoch())
            epochs = started.epochs if started else first + self.problem.experiment.epochs
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
                history=_history(before, self._recorder.rows),
                seconds_left=self._seconds_left(first, done, epochs),
                loss=loss,
                forecast=(self._forecasted.epoch, self._forecasted.values)
                if self._forecasted
                else None,
                message=self._message,
                notices=started.notices if started else (),
            )

    def task(self, topic: str) -> Task:
        """What the worker's function is called with."""
        return Task(
            self.id, topic, self.problem.experiment.to_json(), self.problem.series, self.previous
        )

    def outcome(self, result: Result) -> tuple[Status, str]:
        """How the run ended, and in words."""
        return result.status, result.reason

    def hear(self, event: Event) -> None:
        """Take one event."""
        self._recorder(event)
        match event:
            case Started():
                self._status, self._began = "running", time.monotonic()
            case StepEnd():
                self._step = event
            case Forecasted():
                event.values.setflags(write=False)  # snapshots share it
                self._forecasted = replace(event, checkpoint=None)
                if event.checkpoint is not None:
                    self._saved = event

    def _first_epoch(self) -> int:
        return self.previous.checkpoint.epoch if self.previous is not None else 0

    def _seconds_left(self, first: int, done: float, epochs: int) -> float | None:
        if self._status != "running" or done <= first:
            return None
        return (time.monotonic() - self._began) / (done - first) * (epochs - done)

    def _rescue(self, saved: Forecasted) -> Result:
        assert saved.checkpoint is not None
        checkpoint = saved.checkpoint
        epoch, weights = checkpoint.kept(self.problem.experiment.keep)
        forecast = self.problem.forecast(self.problem.forecaster(weights))
        rows = [row for row in self._recorder.rows if row.epoch <= checkpoint.epoch]
        forecasts = {
            e: f for e, f in self._recorder.forecasts_by_epoch.items() if e <= checkpoint.epoch
        }
        record = Recorder(
            self.problem, self.previous, self._recorder.started, None, rows, forecasts
        )
        record(Stopped(checkpoint.epoch, checkpoint, epoch, forecast, self._message))
        return replace(record.result(), status="interrupted")


class Inquiry(Work):
    """One question about a series; what the answer is made of comes piece by piece."""

    call = "answer"

    def __init__(
        self,
        id: str,
        owner: str,
        question: Question,
        *,
        place: Callable[[Work], int],
        stop: Callable[[Work], None],
    ) -> None:
        super().__init__(id, owner, place=place, stop=stop)
        self.question = question
        self.what = question.what
        self._told: list[Any] = []

    @property
    def told(self) -> list[Any]:
        """All that came so far, in order."""
        with self._lock:
            return list(self._told)

    def task(self, topic: str) -> Inquest:
        """What the worker's function is called with."""
        return Inquest(self.id, topic, self.question)

    def outcome(self, result: Any) -> tuple[Status, str]:
        """An answer is an answer, also one that was asked to be short."""
        return "finished", ""

    def hear(self, event: Any) -> None:
        """Take one piece of the answer; the first, None, only says that work has begun."""
        self._status = "running"
        if event is not None:
            self._told.append(event)


def _history(before: pd.DataFrame | None, rows: list[EpochEnd]) -> pd.DataFrame:
    # Thinned before the table is made, so that a long run costs no more than a short one.
    kept = [rows[k] for k in _thinned(len(rows))]
    table = pd.DataFrame(
        [[getattr(row, column) for column in HISTORY_COLUMNS] for row in kept],
        columns=list(HISTORY_COLUMNS),
    )
    if before is not None and len(before):
        table["seconds"] += float(before["seconds"].iloc[-1])
        table = pd.concat([before, table], ignore_index=True) if kept else before
        table = table.iloc[_thinned(len(table))]
    return table


def _thinned(n: int) -> list[int]:
    if n <= MOST_POINTS:
        return list(range(n))
    return [round(k * (n - 1) / (MOST_POINTS - 1)) for k in range(MOST_POINTS)]
