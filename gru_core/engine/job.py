"""Jobs: the work that owners ask for, as the web process sees it.

A `Job` waits in the queue, sends events and ends. There are two kinds. A `RunJob` trains; see
`run_job`. A `QuestionJob` answers a question, such as which settings fit a series.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Any, ClassVar

from gru_core.engine.endings import ACTIVE, Status
from gru_core.engine.messages import Envelope, Question

__all__ = ["Job", "QuestionJob"]

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
