"""What all parts of the store share: its folder, its database, and what is wrong with them."""

from __future__ import annotations

import functools
import logging
import threading
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, Concatenate, ParamSpec, TypeVar, cast

from sqlalchemy import ColumnElement, Connection, Row, insert, select, update
from sqlalchemy.exc import SQLAlchemyError

from gru_core.data.series import Series
from gru_core.errors import GruLabError, StoreError
from gru_core.packing import digest, pack
from gru_core.store import files
from gru_core.store.database import Database
from gru_core.store.retention import Limits
from gru_core.store.rows import hashed
from gru_core.store.tables import runs, series
from gru_core.store.trouble import NOT_OPEN, StoreUnusableError, in_words

__all__ = ["FAULTS", "Base", "of_browser", "reads", "series_digest", "writes"]

#: What a disk, a database or a value that cannot be packed raise. A damaged SQLite file has errors
#: whose text cannot be decoded.
FAULTS = (OSError, SQLAlchemyError, UnicodeError, GruLabError)
_log = logging.getLogger(__name__)

Given = ParamSpec("Given")
Found = TypeVar("Found")


def series_digest(series: Series) -> str:
    """The key of a series: equal for equal values, times, name, unit and step."""
    return digest(series)


class Base:
    """The folder and the database of a store. Its methods may be called from any thread.

    Attributes:
        folder: where its files are.
        database: the tables of runs, series and tabs.
        limits: the most runs and bytes.
    """

    def __init__(self, folder: Path, database: Database | None, limits: Limits) -> None:
        self.folder = folder
        self.limits = limits
        self._database = database
        self._refused = NOT_OPEN  # why nothing can be kept until it is opened again
        self._fault = ""  # why the last write failed; the next one is tried
        self._files = threading.RLock()  # whoever adds or removes series or runs holds it

    @property
    def trouble(self) -> str:
        """Why nothing is kept now, in words; '' if runs are kept.

        Meanwhile writes return False, and reads find nothing or what was kept before.
        """
        return self._refused or self._fault

    @property
    def database(self) -> Database:
        """The database.

        Raises:
            StoreError: the store is not open.
        """
        if self._database is None:
            raise StoreUnusableError(NOT_OPEN)
        return self._database

    def in_words(self, error: Exception) -> str:
        """Why nothing is kept, for an error of a disk or a database."""
        place = self._database.place if self._database is not None else ""
        return in_words(error, self.folder, place)

    def _run_folder(self, id: str) -> Path:
        return self.folder / "runs" / id

    def _series_file(self, key: str) -> Path:
        return self.folder / "series" / f"{key}.safetensors"

    def _row(self, id: str, browser: str | None = None) -> Row[Any] | None:
        """The row of a run; None if there is none, or if it is not one of `browser`."""
        with self.database.transaction() as connection:
            wanted = select(runs).where(runs.c.id == id, *of_browser(browser))
            return connection.execute(wanted).one_or_none()

    def _change(self, ids: Iterable[str], *conditions: ColumnElement[bool], **values: Any) -> bool:
        """Change the rows of some runs. Returns False if there are none."""
        with self.database.transaction() as connection:
            changed = update(runs).where(runs.c.id.in_(list(ids)), *conditions).values(**values)
            return connection.execute(changed).rowcount > 0

    def _keep_series(self, connection: Connection, kept: Series) -> str:
        """Write a series that is not there yet, and return its key. The caller holds `_files`."""
        key = series_digest(kept)
        path = self._series_file(key)
        try:
            files.read(path, Series)
        except StoreError:  # not there, or damaged
            files.write(path, pack(kept))
        if connection.execute(select(series).where(series.c.digest == key)).first() is None:
            connection.execute(insert(series).values(digest=key, size=path.stat().st_size))
        return key


def of_browser(browser: str | None) -> list[ColumnElement[bool]]:
    """The conditions for a run that `browser` may see; None may see all that were not deleted."""
    there: list[ColumnElement[bool]] = [runs.c.deleted.is_(None)]
    return there if browser is None else [*there, runs.c.browser == hashed(browser)]


Method = Callable[Concatenate[Any, Given], Found]


def writes(method: Method[Given, bool]) -> Method[Given, bool]:
    """A method that returns True when all is on the disk. After a fault it returns False."""

    @functools.wraps(method)
    def call(store: Base, /, *args: Given.args, **kwargs: Given.kwargs) -> bool:
        if store._refused:
            return False
        try:
            done = method(store, *args, **kwargs)
        except FAULTS as error:
            store._fault = store.in_words(error)
            _log.warning(store._fault)
            return False
        store._fault = ""
        return done

    return call


def reads(nothing: Callable[[], Any]) -> Callable[[Method[Given, Found]], Method[Given, Found]]:
    """A method that reads. After a fault of the database it finds `nothing()`.

    A file of one run that cannot be read is a `StoreError` of that run only.
    """

    def decorate(method: Method[Given, Found]) -> Method[Given, Found]:
        @functools.wraps(method)
        def call(store: Base, /, *args: Given.args, **kwargs: Given.kwargs) -> Found:
            if store._refused:
                return cast(Found, nothing())
            try:
                return method(store, *args, **kwargs)
            except (SQLAlchemyError, UnicodeError, StoreUnusableError) as error:
                store._fault = store.in_words(error)
                _log.warning(store._fault)
                return cast(Found, nothing())

        return call

    return decorate
