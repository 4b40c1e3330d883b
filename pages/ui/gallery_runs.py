"""The gallery's own runs in a session: a broken experiment, then the mended one."""

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
    """One pair of runs at a time, one after the other.

    They have an owner of their own, so that the Lab's run and result stay as they are.
    """

    owner: str = field(default_factory=lambda: uuid.uuid4().hex)
    failure: Failure | None = None  # whose pair was begun last
    job: RunJob | None = None
    message: str = ""  # why the last pair was not completed
    stopped: bool = False  # by request
    begun: set[Failure] = field(default_factory=set)  # those whose pair was ever begun
    ended: dict[Experiment, Outcome] = field(default_factory=dict)

    @property
    def running(self) -> bool:
        """Whether a pair is not complete yet."""
        return self.job is not None

    def start(self, failure: Failure) -> None:
        """Run both experiments of `failure` anew; `message` says so if the server takes none."""
        if self.running:  # a second click on a page that was not drawn anew yet
            return
        self.failure, self.message, self.stopped = failure, "", False
        self.begun.add(failure)
        for experiment in (failure.broken, failure.fixed):
            self.ended.pop(experiment, None)
        self._next()

    def stop(self) -> None:
        """Ask the run that goes on to end; no other one is begun after it."""
        if self.job is not None:
            self.stopped = True
            self.job.stop()

    def follow(self) -> None:
        """Take what has ended, and begin what comes next."""
        job = self.job
        if job is None or job.active:
            return
        self.job = None
        if self.stopped:
            return
        result = job.result
        if job.status not in ("finished", "diverged") or result is None:
            self.message = job.snapshot().message or "The run did not end by itself."
            return
        self.ended[result.experiment] = Outcome.of(result)
        self._next()

    @property
    def mending(self) -> bool:
        """Whether the run that goes on is the second one, with the change."""
        return self.failure is not None and self.failure.broken in self.ended

    def pair(self, failure: Failure) -> tuple[Outcome, Outcome] | None:
        """What came of `failure` and of its fix, once both have ended."""
        before, after = self.ended.get(failure.broken), self.ended.get(failure.fixed)
        return (before, after) if before and after else None

    def _next(self) -> None:
        assert self.failure is not None
        for experiment in (self.failure.broken, self.failure.fixed):
            if experiment not in self.ended:
                # If the engine still counts the run before this one as active, that is returned:
                # `follow` then takes it a second time and comes back here.
                try:
                    self.job = engine().submit(experiment, owner=self.owner)
                except GruLabError as error:
                    self.message = str(error)
                return
