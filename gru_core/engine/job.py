"""Jobs: the work that owners ask for, as the web process sees it.

A `Job` waits in the queue, sends events and ends. There are two kinds. A `RunJob` trains. A
`QuestionJob` answers a question, such as which settings fit a series.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, ClassVar

import pandas as pd

from gru_core.engine.endings import ACTIVE, Status
from gru_core.engine.keeper import KeptRun
from gru_core.engine.messages import Envelope, Question, Task
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

__all__ = ["Job", "QuestionJob", "RunJob"]

#: A worker that was not heard for this many seconds may hang. That is five missed messages.
SILENT_SECONDS = 5.0


class Job:
    """Work for an owner. Its methods may be called from any thread.

    Attributes:
        what: its name in a sentence.
        call: the function of `engine.worker` that does it.
        id: its own id.
        owner: the id of its owner.
        worker: the address of the worker that has begun it; None before.
        attempts: how often it was sent to a worker.
        turn: its number in the queue. The lowest number begins first.
        asked_to_stop: when it was asked to stop (`time.monotonic`), or None.
        alone_since: since when its owner is not there (`time.monotonic`), or None.
    """

    what: str = "job"
    call: ClassVar[str] = ""

    def __init__(
        self,
        id: str,
        owner: str,
        *,
        place: Callable[[Job], int],
        stop: Callable[[Job], None],
    ) -> None:
        self.id = id
        self.owner = owner
        self.worker: str | None = None
        self.attempts = 0
        self.turn = 0
        self.asked_to_stop: float | None = None
        self.alone_since: float | None = None
        self._place, self._stop = place, stop
        self._lock = threading.Lock()
        self._ended = threading.Event()
        self._attempt: str | None = None
        self._heard = time.monotonic()
        self._status: Status = "queued"
        self._message = ""
        self._result: Any = None

    @property
    def status(self) -> Status:
        """Its status; see `endings`."""
        return self._status

    @property
    def active(self) -> bool:
        """Whether it has not ended yet."""
        return self._status in ACTIVE

    @property
    def place(self) -> int:
        """How many jobs are before it in the queue; 0 if it is not queued."""
        return self._place(self) if self._status == "queued" else 0

    @property
    def unheard(self) -> float:
        """Seconds since its worker was last heard. A worker says every second that it is alive."""
        return time.monotonic() - self._heard

    @property
    def silence(self) -> float | None:
        """Seconds since its running worker was last heard, if that is too long ago; else None."""
        unheard = self.unheard
        return unheard if self._status == "running" and unheard > SILENT_SECONDS else None

    @property
    def message(self) -> str:
        """Why it ended, in words. Empty before the end."""
        return self._message

    @property
    def result(self) -> Any:
        """Its result. None before the end, and if it ended without a result."""
        return self._result

    @property
    def kept(self) -> str:
        """What is saved after an interruption and what to do next, in words."""
        return "Please start it again."

    def stop(self) -> None:
        """Ask it to end soon and keep its results so far. An ended job ignores this."""
        if self.active:
            self._stop(self)

    def wait(self, timeout: float | None = None) -> bool:
        """Wait for its end; False if it has not ended after `timeout` seconds."""
        return self._ended.wait(timeout)

    # Only the engine calls the methods below.

    def join(self) -> None:
        """It comes into the queue now."""

    def envelope(self, topic: str) -> Envelope[Any]:
        """The argument for the function in the worker, which sends its events to `topic`."""
        raise NotImplementedError

    def outcome(self, result: Any) -> tuple[Status, str]:
        """The status for this `result` of the function in the worker, and the reason in words."""
        raise NotImplementedError

    def hear(self, event: Any) -> None:
        """Take one event. The caller holds the lock."""
        raise NotImplementedError

    def take(self, attempt: str, worker: str, events: list[Any]) -> bool:
        """Take events from a worker, maybe none: then it says only that it is alive.

        Returns False if they come from a second attempt.
        """
        with self._lock:
            if not self.active:
                return True
            if self._attempt is None:
                self._attempt = attempt
            elif attempt != self._attempt:
                return False
            self.worker, self._heard = worker, time.monotonic()
            for event in events:
                self.hear(event)
            return True

    def end(self, status: Status, message: str, result: Any = None) -> bool:
        """End it. Returns False if it had already ended."""
        with self._lock:
            if not self.active:
                return False
            self._status, self._message, self._result = status, message, result
        self._ended.set()
        return True


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


class QuestionJob(Job):
    """One question about a series. Its answer comes in pieces."""

    call = "answer"

    def __init__(
        self,
        id: str,
        owner: str,
        question: Question,
        *,
        place: Callable[[Job], int],
        stop: Callable[[Job], None],
    ) -> None:
        super().__init__(id, owner, place=place, stop=stop)
        self.question = question
        self.what = question.what
        self._told: list[Any] = []

    @property
    def told(self) -> list[Any]:
        """The pieces of the answer so far, in order."""
        with self._lock:
            return list(self._told)

    def envelope(self, topic: str) -> Envelope[Question]:
        """The argument for `worker.answer`, which sends its events to `topic`."""
        return Envelope(self.id, topic, self.question)

    def outcome(self, result: Any) -> tuple[Status, str]:
        """Always finished, even if a stop made the answer shorter."""
        return "finished", ""

    def hear(self, event: Any) -> None:
        """Take one piece of the answer. The first one is None: it only says that work has begun."""
        self._status = "running"
        if event is not None:
            self._told.append(event)
