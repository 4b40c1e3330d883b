"""What was kept is found again. A run of another browser is not found."""

from __future__ import annotations

import re
from dataclasses import replace

from sqlalchemy import select

from gru_core.data.series import Series
from gru_core.errors import OptionError, SeriesError, StoreError
from gru_core.experiment.experiment import Experiment
from gru_core.forecast.problem import Problem
from gru_core.forecast.result import Result
from gru_core.store import files, retention
from gru_core.store.base import Base, of_browser, reads, series_digest
from gru_core.store.records import ACTIVE, Progress, StoredRun, TabState
from gru_core.store.rows import hashed, runs_of, tabs_of, twin_key
from gru_core.store.tables import runs, tabs
from gru_core.store.writing import PREVIOUS, PROGRESS, RESULT

__all__ = ["Reading"]

_DIGEST = re.compile(r"[0-9a-f]{64}")


class Reading(Base):
    """The part of the store that reads.

    `browser` is the key of the browser that asks. None means: of any browser. Only the server
    itself may ask so.
    """

    @reads(list)
    def runs(self, browser: str) -> list[StoredRun]:
        """The runs of `browser`, newest first, without deleted ones."""
        wanted = select(runs).where(*of_browser(browser)).order_by(runs.c.number.desc())
        with self.database.transaction() as connection:
            return runs_of(connection.execute(wanted))

    @reads(lambda: None)
    def run(self, id: str, browser: str | None) -> StoredRun | None:
        """One run; None if it is not there, or belongs to another browser."""
        row = self._row(id, browser)
        return next(iter(runs_of([row])), None) if row is not None else None

    @reads(lambda: None)
    def result(self, id: str, browser: str | None) -> Result | None:
        """The result of a run that has ended; None if it ended without one.

        If the run was interrupted, it comes from its newest checkpoint.

        Raises:
            StoreError: a file of the run is damaged or not there.
        """
        row = self._row(id, browser)
        if row is None or row.status in ACTIVE:
            return None
        folder = self._run_folder(id)
        if row.scores != "{}" or (folder / RESULT).exists():
            return files.read(folder / RESULT, Result, (self._series(row.series_digest),))
        progress = self._progress(id, row.series_digest)
        if progress is None:
            return None
        series = self._series(row.series_digest)
        try:
            problem = Problem.of(Experiment.from_json(row.experiment), series)
        except (OptionError, SeriesError) as error:
            raise StoreError(f"This run cannot be shown by this version: {error}") from error
        return progress.result(problem, row.message)

    @reads(lambda: None)
    def progress(self, id: str, browser: str | None) -> Progress | None:
        """What a run had done at its newest checkpoint; None without one, or after its result.

        Raises:
            StoreError: a file of the run is damaged.
        """
        row = self._row(id, browser)
        return self._progress(id, row.series_digest) if row is not None else None

    @reads(lambda: None)
    def series(self, digest: str) -> Series | None:
        """The series with this key; None if it is not kept.

        Raises:
            StoreError: its file is damaged.
        """
        known = _DIGEST.fullmatch(digest) and self._series_file(digest).exists()
        return self._series(digest) if known else None

    @reads(lambda: None)
    def twin(self, experiment: Experiment, series: Series, browser: str | None) -> StoredRun | None:
        """A run that finished before with the same experiment, series and versions, or None."""
        same = runs.c.twin == twin_key(experiment, series_digest(series))
        wanted = select(runs).where(same, runs.c.status == "finished", *of_browser(browser))
        with self.database.transaction() as connection:
            rows = connection.execute(wanted.order_by(runs.c.number.desc()).limit(1))
            return next(iter(runs_of(rows)), None)

    @reads(list)
    def doomed(self, browser: str) -> list[StoredRun]:
        """The runs of `browser` that go when a few more runs are made. Pinned runs never go."""
        with self.database.transaction() as connection:
            rows = retention.doomed(connection, self.limits.soon())
        mine = hashed(browser)
        return runs_of(row for row in rows if row.browser == mine and row.deleted is None)

    @reads(list)
    def tabs(self, browser: str) -> list[TabState]:
        """What the tabs of `browser` show, the one that was seen last first."""
        wanted = select(tabs).where(tabs.c.browser == hashed(browser)).order_by(tabs.c.seen.desc())
        with self.database.transaction() as connection:
            return tabs_of(connection.execute(wanted))

    def _series(self, digest: str) -> Series:
        return files.read(self._series_file(digest), Series)

    def _progress(self, id: str, digest: str) -> Progress | None:
        folder = self._run_folder(id)
        if not (folder / PROGRESS).exists():
            return None
        progress = files.read(folder / PROGRESS, Progress)
        if not (folder / PREVIOUS).exists():
            return progress
        previous = files.read(folder / PREVIOUS, Result, (self._series(digest),))
        return replace(progress, previous=previous)
