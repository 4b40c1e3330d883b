"""A row of experiments that a page runs one after the other, and their progress."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Generic, TypeVar

import streamlit as st

from gru_core.engine import RunJob
from gru_core.errors import GruLabError
from gru_core.experiment.experiment import Experiment
from gru_core.forecast.result import Result
from pages.ui import text
from pages.ui.server import engine

__all__ = ["RunRow", "progress"]

#: Seconds between refreshes during a run.
PAUSE = 0.3

Kept = TypeVar("Kept")


@dataclass
class RunRow(Generic[Kept]):
    """One row of experiments at a time, and one run at a time.

    The engine knows them by an owner of their own. So the Lab keeps its run and its result.

    Attributes:
        keep: what to keep of a result.
        owner: its name at the engine.
        experiments: the row that was started last.
        job: the current run.
        message: why the last row did not finish.
        stopped: whether the user stopped the last row.
        outcomes: what was kept of each experiment that was run, in this row or an earlier one.
    """

    keep: Callable[[Result], Kept]
    owner: str
    experiments: tuple[Experiment, ...] = ()
    job: RunJob | None = None
    message: str = ""
    stopped: bool = False
    outcomes: dict[Experiment, Kept] = field(default_factory=dict)

    @property
    def running(self) -> bool:
        """Whether a row is running."""
        return self.job is not None

    @property
    def done(self) -> int:
        """How many experiments of the row have an outcome."""
        return sum(experiment in self.outcomes for experiment in self.experiments)

    def begin(self, experiments: Iterable[Experiment]) -> None:
        """Run each of `experiments` again. If the server refuses, `message` says why."""
        if self.running:  # a second click on an outdated page
            return
        self.experiments, self.message, self.stopped = tuple(experiments), "", False
        for experiment in self.experiments:
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
        self.outcomes[result.experiment] = self.keep(result)
        self._next()

    def _next(self) -> None:
        for experiment in self.experiments:
            if experiment not in self.outcomes:
                # The engine may still count the last run as active. Then `submit` returns that
                # run. `follow` later handles it a second time and calls this method again.
                try:
                    self.job = engine().submit(experiment, owner=self.owner)
                except GruLabError as error:
                    self.message = str(error)
                return


def progress(
    row: RunRow[Kept], name: str, *, key: str, draw: Callable[[], None] | None = None
) -> None:
    """Show the progress of the running row. When one run ends, the page is drawn again.

    Args:
        name: the name of the current run.
        key: tells two places apart that show progress.
        draw: draws more below the bar, at each refresh.
    """
    st.fragment(_progress, run_every=PAUSE, key=key)(row, row.done, name, draw)


def _progress(row: RunRow[Kept], done: int, name: str, draw: Callable[[], None] | None) -> None:
    row.follow()
    if row.job is None or row.done != done:
        st.rerun()
    now = row.job.snapshot()
    doing = f"epoch {now.epoch:.0f} of {now.epochs}" if now.status == "running" else "waiting"
    if now.silence is not None:
        doing = text.silent(now.silence)
    st.progress((done + now.progress) / len(row.experiments), text=f"{name}: {doing}")
    if draw is not None:
        draw()
