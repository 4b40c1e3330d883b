"""A store in memory, with the methods of the real one that the page Runs uses."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

from gru_core.experiment.experiment import Experiment
from gru_core.forecast.result import Result


@dataclass(frozen=True)
class Kept:
    """A run in the store."""

    id: str
    name: str
    experiment: Experiment
    status: str = "finished"
    tags: tuple[str, ...] = ()
    pinned: bool = False
    message: str = ""
    series_name: str = "series"
    series_digest: str = "digest"
    created: datetime = datetime(2026, 1, 1, tzinfo=UTC)
    seconds: float = 1.0
    epoch: int = 3
    epochs: int = 3
    scores: dict[str, float] = field(default_factory=dict)
    parameters: int = 100
    learner: str = "compiled"
    versions: dict[str, str] = field(default_factory=dict)
    size: int = 2_000_000
    continues: str | None = None


class Memory:
    """The runs of one browser."""

    def __init__(self) -> None:
        self.trouble = ""
        self.kept: dict[str, Kept] = {}
        self.results: dict[str, Result] = {}
        self.hidden: set[str] = set()
        self.loaded: list[str] = []  # the ids of the results that were asked for

    def put(self, name: str, result: Result | None, **more: Any) -> str:
        """Keep a run under a new id."""
        id = f"id-{len(self.kept)}"
        experiment = more.pop("experiment", result.experiment if result else Experiment())
        known = {} if result is None else {"scores": result.scores, "seconds": result.seconds}
        if result is not None:
            known["series_name"] = result.series.name
            self.results[id] = result
        self.kept[id] = Kept(id, name, experiment, **(known | more))
        return id

    def add(self, id: str, browser: str, experiment: Experiment, series: Any) -> bool:
        self.kept[id] = Kept(id, series.name, experiment, "queued", series_name=series.name)
        return True

    def end(self, id: str, status: str, message: str, result: Result) -> bool:
        self.results[id] = result
        return self._change(id, status=status, message=message, scores=result.scores)

    def runs(self, browser: str) -> list[Kept]:
        return [run for run in reversed(self.kept.values()) if run.id not in self.hidden]

    def run(self, id: str, browser: str) -> Kept | None:
        return self.kept.get(id)

    def result(self, id: str, browser: str) -> Result | None:
        self.loaded.append(id)
        return self.results.get(id)

    def series(self, digest: str) -> Any:
        return next(iter(self.results.values())).series

    def rename(self, id: str, browser: str, name: str) -> bool:
        return self._change(id, name=name)

    def tag(self, id: str, browser: str, tags: tuple[str, ...]) -> bool:
        return self._change(id, tags=tags)

    def pin(self, id: str, browser: str, pinned: bool) -> bool:
        return self._change(id, pinned=pinned)

    def _change(self, id: str, **values: Any) -> bool:
        self.kept[id] = replace(self.kept[id], **values)
        return True

    def delete(self, ids: Iterable[str], browser: str) -> bool:
        self.hidden |= set(ids)
        return True

    def restore(self, ids: Iterable[str], browser: str) -> bool:
        self.hidden -= set(ids)
        return True

    def doomed(self, browser: str) -> list[Kept]:
        return []
