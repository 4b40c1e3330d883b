"""What happens to a run is written down: it is added, started, saved and ended."""

from __future__ import annotations

import json
import logging
import re
import shutil
import time
from typing import Any

from sqlalchemy import Row, delete, insert, select, update

from gru_core.data.series import Series
from gru_core.errors import StoreError
from gru_core.experiment.experiment import Experiment
from gru_core.forecast.events import Started
from gru_core.forecast.parameters import parameter_count
from gru_core.forecast.result import Result
from gru_core.packing import pack, unpack
from gru_core.store import files, retention
from gru_core.store.base import FAULTS, Base, series_digest, writes
from gru_core.store.records import Progress, Status
from gru_core.store.rows import hashed, text, twin_key, versions
from gru_core.store.tables import runs

__all__ = ["PREVIOUS", "PROGRESS", "RESULT", "Writing", "outcome"]

#: The files of a run: its result, what it has done so far, and the result that it continues.
RESULT, PROGRESS, PREVIOUS = "result.safetensors", "progress.safetensors", "previous.safetensors"
#: What an id may look like: it is also the name of a folder.
_ID = re.compile(r"[0-9A-Za-z][0-9A-Za-z_-]{0,63}")
_log = logging.getLogger(__name__)


class Writing(Base):
    """The part of the store that writes what happens to runs.

    Each method returns True when all is on the disk. If it returns False, `trouble` says why.
    """

    @writes
    def add(
        self,
        id: str,
        browser: str,
        experiment: Experiment,
        series: Series,
        *,
        continues: str | None = None,
    ) -> bool:
        """Keep a run that was just asked for. Older runs go if there are too many."""
        if not _ID.fullmatch(id):
            raise StoreError("The id of a run may have letters, digits, - and _ only.")
        with self._files:
            with self.database.transaction() as connection:
                key = self._keep_series(connection, series)
                row = {
                    "id": id,
                    "browser": hashed(browser),
                    "name": text(series.name),
                    "tags": "[]",
                    "pinned": False,
                    "status": "queued",
                    "message": "",
                    "experiment": experiment.to_json(),
                    "series_name": text(series.name),
                    "series_digest": key,
                    "created": time.time(),
                    "seconds": 0.0,
                    "epoch": 0,
                    "epochs": experiment.epochs,
                    "scores": "{}",
                    "parameters": 0,
                    "learner": "",
                    "versions": json.dumps(dict(versions())),
                    "size": 0,
                    "continues": continues,
                    "twin": twin_key(experiment, key),
                }
                connection.execute(insert(runs).values(row))
            self._tidy(id)
        return True

    @writes
    def started(self, id: str, started: Started) -> bool:
        """Keep that training has begun."""
        return self._change(
            [id],
            status="running",
            epoch=started.epoch,
            epochs=started.epochs,
            parameters=started.parameters,
            learner=text(started.learner, 32),
        )

    @writes
    def checkpoint(self, id: str, progress: Progress) -> bool:
        """Keep what a run has done so far."""
        row = self._any_row(id)
        if row is None:
            return False
        folder = self._run_folder(id)
        if progress.previous is not None and not (folder / PREVIOUS).exists():
            self._write_result(id, PREVIOUS, progress.previous, row.series_digest)
        files.write(folder / PROGRESS, pack(progress.without_previous()))
        checkpoint = progress.checkpoint
        return self._change(
            [id],
            epoch=checkpoint.epoch,
            seconds=checkpoint.seconds,
            size=files.size(folder),
        )

    @writes
    def end(self, id: str, status: Status, message: str, result: Result | None) -> bool:
        """Keep how a run ended. Older runs go if there are too many."""
        row = self._any_row(id)
        if row is None:
            return False
        folder = self._run_folder(id)
        values = {"status": status, "message": text(message, 5000)}
        if result is not None:
            self._write_result(id, RESULT, result, row.series_digest)
            values |= outcome(result) | {"size": (folder / RESULT).stat().st_size}
        self._change([id], **values)
        if result is not None:  # it has all that the progress has
            for name in (PROGRESS, PREVIOUS):
                (folder / name).unlink(missing_ok=True)
        with self._files:
            self._tidy(id)
        return True

    def _write_result(self, id: str, name: str, result: Result, key: str) -> None:
        """Write a result without its series, if that is the one with this key.

        What cannot be read again does not count as kept. So it is read once before it is written.
        """
        shared = (result.series,) if series_digest(result.series) == key else ()
        data = pack(result, shared)
        unpack(data, Result, shared)
        files.write(self._run_folder(id) / name, data)

    def _any_row(self, id: str) -> Row[Any] | None:
        """The row of a run, even if its user has deleted it while it goes on."""
        with self.database.transaction() as connection:
            return connection.execute(select(runs).where(runs.c.id == id)).one_or_none()

    def _tidy(self, spared: str = "") -> None:
        """Remove the runs that go now, except `spared`. The caller holds `_files`.

        What cannot be removed now is removed later.
        """
        try:
            with self.database.transaction() as connection:
                going = retention.outdated(connection, self.limits, spared)
                connection.execute(update(runs).where(runs.c.id.in_(going)).values(deleted=0.0))
            for id in going:
                if (folder := self._run_folder(id)).exists():
                    shutil.rmtree(folder)
            with self.database.transaction() as connection:
                connection.execute(delete(runs).where(runs.c.id.in_(going)))
                unused = retention.unused_series(connection)
            for key in unused:
                self._series_file(key).unlink(missing_ok=True)
        except FAULTS as error:
            _log.warning(self.in_words(error))


def outcome(result: Result) -> dict[str, Any]:
    """What a row shows of a result."""
    return {
        "scores": json.dumps(result.scores),
        "seconds": result.seconds,
        "epoch": result.checkpoint.epoch,
        "learner": text(result.learner, 32),
        "parameters": parameter_count(result.experiment),
    }
