"""The gallery's runs in one session: the broken experiment, then the fixed one."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from gru_core.experiment.gallery import Failure
from gru_core.forecast.result import Result
from gru_core.shipped.gallery import Outcome
from pages.ui.run_row import RunRow

__all__ = ["GalleryRuns"]


@dataclass
class GalleryRuns(RunRow[Outcome]):
    """The gallery's runs: one pair at a time, and the two runs of a pair in turn."""

    keep: Callable[[Result], Outcome] = field(default=Outcome.of, init=False)
    failure: Failure | None = None  # the one whose pair was started last
    started: set[Failure] = field(default_factory=set)  # those whose pair was ever started

    def start(self, failure: Failure) -> None:
        """Run both experiments of `failure` again. If the server refuses, `message` says why."""
        if self.running:  # a second click on an outdated page
            return
        self.failure = failure
        self.started.add(failure)
        self.begin((failure.broken, failure.fixed))

    @property
    def fixing(self) -> bool:
        """Whether the current run is the second one, with the change."""
        return self.failure is not None and self.failure.broken in self.outcomes

    def pair(self, failure: Failure) -> tuple[Outcome, Outcome] | None:
        """The outcomes of `failure` and of its fix. None until both runs have ended."""
        before, after = self.outcomes.get(failure.broken), self.outcomes.get(failure.fixed)
        return (before, after) if before and after else None
