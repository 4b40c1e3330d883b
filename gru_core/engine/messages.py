"""The messages that the web process sends to a worker."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Generic, Literal, TypeVar

from gru_core.data.series import Series
from gru_core.forecast.result import Result
from gru_core.wording import short_repr

__all__ = ["Envelope", "Question", "Task"]


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
    """A task or a question, with the id of its job and the topic for its events."""

    job: str
    topic: str
    content: Content

    __repr__ = short_repr
