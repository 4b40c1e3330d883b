"""What travels between the web process and a worker."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Generic, Literal, TypeVar

from gru_core.data.series import Series
from gru_core.forecast.result import Result

__all__ = ["Envelope", "Question", "Task"]


@dataclass(frozen=True, eq=False)
class Task:
    """One run: `experiment` as JSON; `resume` is the result to go on from."""

    experiment: str
    series: Series
    resume: Result | None


@dataclass(frozen=True, eq=False)
class Question:
    """Something to find out about a series.

    `settings`: which suit it (`search.search`); `statistical`: what statistical models forecast
    (`statistical.statistical_forecasts`). `arguments` are those of that function, by name.
    """

    kind: Literal["settings", "statistical"]
    series: Series
    arguments: Mapping[str, Any]

    @property
    def what(self) -> str:
        """What answering it is called in a sentence."""
        return {"settings": "search for settings", "statistical": "comparison"}[self.kind]


Content = TypeVar("Content", Task, Question)


@dataclass(frozen=True, eq=False)
class Envelope(Generic[Content]):
    """One thing for a worker to do: for which job, and to which topic its events are sent."""

    job: str
    topic: str
    content: Content
