"""`Job`: one run as the web process sees it, and `Snapshot`: its state at one moment."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from gru_core.events import EpochEnd, Event, Forecasted, Started, StepEnd, Stopped
from gru_core.problem import Problem
from gru_core.results import HISTORY_COLUMNS, Recorder, Result

__all__ = ["ACTIVE", "Job", "Snapshot", "State"]

State = Literal["queued", "running", "finished", "stopped", "diverged", "interrupted", "failed"]
#: The states of a run that has not ended.
ACTIVE: tuple[State, ...] = ("queued", "running")

#: A live chart needs no more points than it has pixels.
MOST_POINTS = 500


@dataclass(frozen=True, eq=False)
class Snapshot:
    """A run at one moment; never changes.

    Attributes:
        state: `queued`, `running`, or how it ended.
        place: how many runs are before it, while it is queued.
        epoch, epochs: finished and planned epochs; fractional while an epoch is under way.
        history: as `Result.history`, thinned to at most 500 rows, with the first and the last.
        seconds_left: None while nothing is known of it.
        loss: the newest training loss, of one batch while the first epoch is under way.
        frame: the newest closed-loop forecast (H,) with its epoch, or None.
        message: in words, what ended it or what it waits for.
        notices: what the run changed or could not do as asked.
    """

    state: State
    place: int
    epoch: float
    epochs: int
    history: pd.DataFrame
    seconds_left: float | None
    loss: float | None
    frame: tuple[int, NDArray[np.float64]] | None
    message: str
    notices: tuple[str, ...]

    @property
    def active(self) -> bool:
        """Whether the run goes on."""
        return self.state in ACTIVE

    @property
    def progress(self) -> float:
        """From 0 to 1."""
        return min(1.0, self.epoch / self.epochs) if self.epochs else 0.0


class Job:
    """One submitted run. Its methods may be called from any thread."""

    def __init__(
        self,
        id: str,
        owner: str,
        problem: Problem,
        previous: Result | None,
        *,
        place: Callable[[Job], int],
        stop: Callable[[Job], None],
    ) -> None:
        self.id = id
        self.owner = owner
        self.problem = problem
        self.previous = previous
        self.worker: str | None = None
        self.attempts = 0
        self._place, self._stop = place, stop
        self._lock = threading.Lock()
        self._ended = threading.Event()
        self._recorder = Recorder(problem, previous)
        self._attempt: str | None = None
        self._state: State = "queued"
        self._message = ""
        self._step: StepEnd | None = None
        self._frame: Forecasted | None = None
        self._saved: Forecasted | None = None
        self._began = 0.0
        self._result: Result | None = None

    @property
    def state(self) -> State:
        """The state now."""
        return self._state

    @property
    def active(self) -> bool:
        """Whether the run goes on."""
        return self._state in ACTIVE

    def stop(self) -> None:
        """Ask the run to end soon and keep its best weights; again, or too late, does nothing."""
        if self.active:
            self._stop(self)

    def wait(self, timeout: float | None = None) -> bool:
        """Wait for the end; False if it has not come in `timeout` seconds."""
        return self._ended.wait(timeout)

    @property
    def result(self) -> Result | None:
        """The result; None before the end, and where a run left nothing behind.

        An interrupted run gives what its last checkpoint knows, and can be continued from it.
        """
        with self._lock:
            if self._result is None and self._state == "interrupted" and self._saved is not None:
                self._result = self._rescue(self._saved)
            return self._result

    @property
    def saved_epoch(self) -> int | None:
        """The epoch of the newest checkpoint here, if any."""
        return self._saved.epoch if self._saved is not None else None

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
                state=self._state,
                place=self._place(self) if self._state == "queued" else 0,
                epoch=done,
                epochs=epochs,
                history=_history(before, self._recorder.rows),
                seconds_left=self._seconds_left(first, done, epochs),
                loss=loss,
                frame=(self._frame.epoch, self._frame.values) if self._frame else None,
                message=self._message,
                notices=started.notices if started else (),
            )

    # What follows is for the engine.

    def take(self, attempt: str, worker: str, events: list[Event]) -> bool:
        """Take the events that came in; False if they are of a second attempt at this run."""
        with self._lock:
            if not self.active:
                return True
            if self._attempt is None:
                self._attempt = attempt
            elif attempt != self._attempt:
                return False
            self.worker = worker
            for event in events:
                self._recorder(event)
                match event:
                    case Started():
                        self._state, self._began = "running", time.monotonic()
                    case StepEnd():
                        self._step = event
                    case Forecasted():
                        event.values.setflags(write=False)  # snapshots share it
                        self._frame = replace(event, checkpoint=None)
                        if event.checkpoint is not None:
                            self._saved = event
            return True

    def end(self, state: State, message: str, result: Result | None = None) -> bool:
        """End the run, once; False if it had already ended."""
        with self._lock:
            if not self.active:
                return False
            self._state, self._message, self._result = state, message, result
        self._ended.set()
        return True

    def _first_epoch(self) -> int:
        return self.previous.checkpoint.epoch if self.previous is not None else 0

    def _seconds_left(self, first: int, done: float, epochs: int) -> float | None:
        if self._state != "running" or done <= first:
            return None
        return (time.monotonic() - self._began) / (done - first) * (epochs - done)

    def _rescue(self, saved: Forecasted) -> Result:
        assert saved.checkpoint is not None
        checkpoint = saved.checkpoint
        epoch, weights = checkpoint.kept(self.problem.experiment.keep)
        forecast = self.problem.forecast(self.problem.forecaster(weights))
        rows = [row for row in self._recorder.rows if row.epoch <= checkpoint.epoch]
        frames = {e: f for e, f in self._recorder.frames.items() if e <= checkpoint.epoch}
        record = Recorder(self.problem, self.previous, self._recorder.started, None, rows, frames)
        record(Stopped(checkpoint.epoch, checkpoint, epoch, forecast, self._message))
        return replace(record.result(), state="interrupted")


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
