"""What travels between the web process and a worker. Torch-free."""

from __future__ import annotations

from dataclasses import dataclass

from gru_core.results import Result
from gru_core.series import Series

__all__ = ["Task"]


@dataclass(frozen=True, eq=False)
class Task:
    """One run: `experiment` as JSON, events to `topic`; `resume` is the result to go on from."""

    job: str
    topic: str
    experiment: str
    series: Series
    resume: Result | None
