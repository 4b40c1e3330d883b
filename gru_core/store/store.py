"""`Store`: keeps every run, and what each browser tab shows."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path

import platformdirs
from filelock import FileLock, Timeout
from sqlalchemy import select

from gru_core.errors import StoreError
from gru_core.forecast.result import Result
from gru_core.options import setting
from gru_core.store import files
from gru_core.store.base import FAULTS, series_digest
from gru_core.store.care import Care
from gru_core.store.database import Database, address
from gru_core.store.reading import Reading
from gru_core.store.records import ACTIVE, Progress
from gru_core.store.retention import Limits
from gru_core.store.tables import runs
from gru_core.store.trouble import DAMAGED, EMPTY, NOT_OPEN, TAKEN, StoreUnusableError
from gru_core.store.writing import PROGRESS, RESULT, Writing, outcome

__all__ = ["Store", "series_digest"]

MOST_RUNS, MOST_BYTES = 500, 2_000_000_000
_ENDED = "The run was interrupted: this server ended. {kept}"
_NOTHING = "It had saved nothing yet: please start it again."
_KEPT = "What it had learned until epoch {epoch} is kept: press Resume to make the other epochs."


class Store(Writing, Reading, Care):
    """Keeps every run in a database, with its large arrays in files beside it.

    One server writes. Its threads may call all methods at the same time. If nothing can be kept,
    `trouble` says why, and the app goes on: writes return False, and reads find nothing.

    Args:
        folder: where the files are, and the SQLite database.
        url: the address of a PostgreSQL database instead.
        most_runs, most_bytes: with more of them, the oldest runs go. Pinned runs never go.
    """

    def __init__(
        self,
        folder: Path,
        url: str | None = None,
        *,
        most_runs: int = MOST_RUNS,
        most_bytes: int = MOST_BYTES,
    ) -> None:
        super().__init__(folder, None, Limits(most_runs, most_bytes))
        self._url = url
        self._lock = FileLock(folder / ".lock", thread_local=False)

    @classmethod
    def from_environment(cls) -> Store:
        """A store with the settings from the environment.

        They are GRU_LAB_DATA (a folder), GRU_LAB_DATABASE_URL, GRU_LAB_MOST_RUNS and
        GRU_LAB_MOST_BYTES.

        Raises:
            OptionError: a number is not positive.
        """
        folder = os.environ.get("GRU_LAB_DATA", "").strip()
        return cls(
            Path(folder).expanduser() if folder else platformdirs.user_data_path("gru-lab"),
            os.environ.get("GRU_LAB_DATABASE_URL", "").strip() or None,
            most_runs=max(1, int(setting("GRU_LAB_MOST_RUNS") or MOST_RUNS)),
            most_bytes=int(setting("GRU_LAB_MOST_BYTES") or MOST_BYTES),
        )

    @property
    def warning(self) -> str:
        """A risk for what is kept, in words, or ''."""
        kind = files.file_system(self.folder) if not self._refused else ""
        if not kind:
            return ""
        return (
            f"The folder of the runs, {self.folder}, is on a network file system ({kind}). There, "
            "a lock or a write can fail without a word. Set GRU_LAB_DATA to a folder on a disk of "
            "this machine."
        )

    def open(self) -> None:
        """Lock the folder and the database, upgrade the tables, and end what a dead server left.

        If that fails, `trouble` says why, and nothing was changed.
        """
        if not self._refused:
            return
        try:
            self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._take()
            self._database = Database(address(self._url, self.folder))
            self._refuse_an_emptied_database()
            self._database.open()
            files.clean(self.folder)
            self._reconcile()
            with self._files:
                self._tidy()
            self._refused = self._fault = ""
        except FAULTS as error:
            words = self.in_words(error)
            self.close()
            self._refused = words

    def close(self) -> None:
        """Give the lock back. A closed store can be opened again."""
        self._refused = NOT_OPEN
        if self._database is not None:
            self._database.close()
        with contextlib.suppress(OSError):
            self._lock.release(force=True)

    def _take(self) -> None:
        """Lock the folder. The lock goes with the process, however it ends."""
        try:
            self._lock.acquire(timeout=0)
        except Timeout:
            raise StoreUnusableError(
                TAKEN.format(place=self.folder, setting="GRU_LAB_DATA")
            ) from None

    def _refuse_an_emptied_database(self) -> None:
        """An empty file would become a new database, and the runs beside it would be lost."""
        path = Path(self.database.url.database or "")
        emptied = self.database.url.get_backend_name() == "sqlite" and (
            path.exists() and not path.stat().st_size
        )
        if emptied and any((self.folder / "runs").glob("*")):
            raise StoreUnusableError(DAMAGED.format(place=path, why=EMPTY))

    def _reconcile(self) -> None:
        """End the runs that the last server has left in the middle."""
        with self.database.transaction() as connection:
            rows = connection.execute(select(runs).where(runs.c.status.in_(ACTIVE))).all()
        for row in rows:
            folder = self._run_folder(row.id)
            epoch = None
            if (folder / RESULT).exists():
                # It was killed after it wrote the result, and before it noted that in the database.
                with contextlib.suppress(StoreError):
                    shared = (self._series(row.series_digest),)
                    result = files.read(folder / RESULT, Result, shared)
                    self._change([row.id], **outcome(result), **_end(result.status, result.reason))
                    continue
            if (folder / PROGRESS).exists():
                with contextlib.suppress(StoreError):
                    epoch = files.read(folder / PROGRESS, Progress).checkpoint.epoch
            kept = _NOTHING if epoch is None else _KEPT.format(epoch=epoch)
            self._change([row.id], **_end("interrupted", _ENDED.format(kept=kept)))


def _end(status: str, message: str) -> dict[str, str]:
    return {"status": status, "message": message}
