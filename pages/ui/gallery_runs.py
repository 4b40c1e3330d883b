"""The gallery's runs in one session: the broken experiment, then the fixed one."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field

from gru_core.engine import RunJob
from gru_core.errors import GruLabError
from gru_core.experiment.experiment import Experiment
from gru_core.experiment.gallery import Failure
from gru_core.shipped.gallery import Outcome
from pages.ui.server import engine

__all__ = ["GalleryRuns"]


@dataclass
class GalleryRuns:
    """The gallery's runs: one pair at a time, and the two runs of a pair in turn.

    The engine knows them by an owner of their own. So the Lab keeps its run and its result.
    """

    owner: str = field(default_factory=lambda: uuid.uuid4().hex)
    failure: Failure | None = None  # the one whose pair was started last
    job: RunJob | None = None
    message: str = ""  # why the last pair did not finish
    stopped: bool = False  # the user stopped the last pair
    started: set[Failure] = field(default_factory=set)  # those whose pair was ever started
    outcomes: dict[Experiment, Outcome] = field(default_factory=dict)

    @property
    def running(self) -> bool:
        """Whether a pair is running."""
        return self.job is not None

    def start(self, failure: Failure) -> None:
        """Run both experiments of `failure` again. If the server refuses, `message` says why."""
        if self.running:  # a second click on an outdated page
            return
        self.failure, self.message, self.stopped = failure, "", False
        self.started.add(failure)
        for experiment in (failure.broken, failure.fixed):
            self.outcomes.pop(experiment, None)
        self._next()

    def stop(self) -> None:
        """Stop the current run. No run is started after it."""
        if self.job is not None:
            self.stopped = True
            self.job.stop()

    def follow(self) -> None:
        """Keep the outcome of a run that has ended, and start the next run."""
        job = self.job
        if job is None or job.active:
            return
        self.job = None
        if self.stopped:
            return
        result = job.result
        if job.status not in ("finished", "diverged") or result is None:
            self.message = job.snapshot().message or "The run did not finish."
            return
        self.outcomes[result.experiment] = Outcome.of(result)
        self._next()

    @property
    def fixing(self) -> bool:
        """Whether the current run is the second one, with the change."""
        return self.failure is not None and self.failure.broken in self.outcomes

    def pair(self, failure: Failure) -> tuple[Outcome, Outcome] | None:
        """The outcomes of `failure` and of its fix. None until both runs have ended."""
        before, after = self.outcomes.get(failure.broken), self.outcomes.get(failure.fixed)
        return (before, after) if before and after else None

    def _next(self) -> None:
        assert self.failure is not None
        for experiment in (self.failure.broken, self.failure.fixed):
            if experiment not in self.outcomes:
                # The engine may still count the first run as active. Then `submit` returns that
                # run. `follow` later handles it a second time and calls this method again.
                try:
                    self.job = engine().submit(experiment, owner=self.owner)
                except GruLabError as error:
                    self.message = str(error)
                return
