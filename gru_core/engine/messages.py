"""The messages between the web process and the workers. They travel as data; see `packing`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Generic, Literal, TypeVar

from gru_core.data.series import Series
from gru_core.forecast.result import Result
from gru_core.packing import pack, unpack
from gru_core.wording import short_repr

__all__ = ["Envelope", "News", "Question", "Reply", "Task"]


@dataclass(frozen=True, eq=False)
class Task:
    """One run. `experiment` is JSON. `resume` is the result to go on from, or None.

    With `finish`, the run makes only the missing epochs of `resume`; see `training.run`.
    """

    experiment: str
    series: Series
    resume: Result | None
    finish: bool = False

    __repr__ = short_repr


@dataclass(frozen=True, eq=False)
class Question:
    """A question about a series.

    Attributes:
        kind: `settings` asks for settings that fit the series (`search.search`). `statistical`
            asks for forecasts of statistical models (`statistical.statistical_forecasts`).
        series: the series.
        arguments: the other arguments of that function, by name.
    """

    kind: Literal["settings", "statistical"]
    series: Series
    arguments: Mapping[str, Any]

    __repr__ = short_repr

    @property
    def what(self) -> str:
        """The name of its job in a sentence."""
        return {"settings": "search for settings", "statistical": "comparison"}[self.kind]


Content = TypeVar("Content", Task, Question)


@dataclass(frozen=True, eq=False)
class Envelope(Generic[Content]):
    """A task or a question, on its way to a worker.

    Attributes:
        job: the id of its job.
        topic: the topic for its events.
        content: the task or the question.
        sending: how often the job was sent, with this time.
    """

    job: str
    topic: str
    content: Content
    sending: int = 1

    __repr__ = short_repr

    def pack(self) -> bytes:
        """The envelope as bytes."""
        return pack((self.job, self.topic, dict(vars(self.content)), self.sending))

    @classmethod
    def unpack(cls, data: bytes, kind: type[Content]) -> Envelope[Content]:
        """The envelope, with a content of this `kind`.

        Raises:
            PackingError: the data hold something else.
        """
        job, topic, content, sending = unpack(data, tuple[str, str, dict[str, Any], int])
        return cls(job, topic, kind(**content), sending)


@dataclass(frozen=True, eq=False)
class News:
    """What a worker tells about a job while it goes on.

    Attributes:
        job: the id of the job.
        sending: see `Envelope`.
        attempt: an id of this call. Dask may call twice.
        worker: the address of the worker.
        events: events of a run, or pieces of an answer. Without any, the worker says that it lives.
    """

    job: str
    sending: int
    attempt: str
    worker: str
    events: list[Any]

    __repr__ = short_repr

    def pack(self) -> bytes:
        """The news as bytes."""
        return pack((self.job, self.sending, self.attempt, self.worker, self.events))

    @classmethod
    def unpack(cls, data: bytes) -> News:
        """The news again.

        Raises:
            PackingError: the data hold something else.
        """
        return cls(*unpack(data, tuple[str, int, str, str, list[Any]]))


@dataclass(frozen=True, eq=False)
class Reply:
    """What a worker answers when a job is over.

    Attributes:
        outcome: `result`, or `refused` for an error that is written for the user, or `broken` for
            any other error.
        value: the result, or the error in words.
        details: where an error comes from, for whoever runs the server.
    """

    outcome: Literal["result", "refused", "broken"]
    value: Any
    details: str = ""

    __repr__ = short_repr

    def pack(self) -> bytes:
        """The reply as bytes."""
        return pack((self.outcome, self.value, self.details))

    @classmethod
    def unpack(cls, data: bytes) -> Reply:
        """The reply again.

        Raises:
            PackingError: the data hold something else.
        """
        outcomes = Literal["result", "refused", "broken"]
        return cls(*unpack(data, tuple[outcomes, Any, str]))
