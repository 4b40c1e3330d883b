"""What has gone wrong with the store, in words: cause, place and fix."""

from __future__ import annotations

import errno
from pathlib import Path

from sqlalchemy.exc import DBAPIError, OperationalError

from gru_core.errors import GruLabError, StoreError
from gru_core.wording import clipped

__all__ = ["DAMAGED", "EMPTY", "NEWER", "NOT_OPEN", "TAKEN", "StoreUnusableError", "in_words"]


class StoreUnusableError(StoreError):
    """The whole store cannot be used now."""


NOT_OPEN = "Runs are not kept, because their store is not open."
NEWER = (
    "Runs are not kept: a newer version of GRU Lab has written their database ({place}), and this "
    "version cannot read it. Nothing was changed. Install the newest version, or set GRU_LAB_DATA "
    "to another folder."
)
TAKEN = (
    "Runs are not kept: another server already keeps its runs in {place}. Stop that server, or set "
    "{setting} to another place for this one. Then start this server again."
)
DAMAGED = (
    "Runs are not kept: their database {place} is damaged ({why}). Stop this server, bring the "
    "file back from a copy or move it away, and start the server again. Without it, a new one is "
    "begun."
)
EMPTY = "it is empty, but there are runs beside it"
_FULL = "Runs are not kept: the disk is full. Free some space for {place}. Then it works again."
_READ_ONLY = (
    "Runs are not kept: this server may not write in {place}. Allow that, or set GRU_LAB_DATA to a "
    "folder where it may. Then start it again."
)
_SILENT = (
    "Runs are not kept: their database {place} does not answer ({why}). Check that it runs, and "
    "check GRU_LAB_DATABASE_URL."
)
_OTHER = "Runs are not kept: {place} could not be used ({why})."


def in_words(error: Exception, folder: Path, database: str) -> str:
    """Why nothing is kept. `database` is the place of the database, without a password."""
    if isinstance(error, UnicodeError):
        return DAMAGED.format(place=database, why="it holds texts that are none")
    if isinstance(error, StoreError):
        return str(error)
    if isinstance(error, GruLabError):
        return f"A run is not kept: {error}"
    if isinstance(error, DBAPIError):
        why = _line(error.orig or error)
        return _of_database(error).format(place=database, why=why)
    if isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT):
        return _FULL.format(place=folder)
    if isinstance(error, OSError) and error.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
        return _READ_ONLY.format(place=folder)
    return _OTHER.format(place=folder, why=_line(error))


def _of_database(error: DBAPIError) -> str:
    name = str(getattr(error.orig, "sqlite_errorname", ""))
    for beginning, text in (
        ("SQLITE_FULL", _FULL),
        ("SQLITE_READONLY", _READ_ONLY),
        ("SQLITE_CANTOPEN", _READ_ONLY),
        ("SQLITE_CORRUPT", DAMAGED),
        ("SQLITE_NOTADB", DAMAGED),
    ):
        if name.startswith(beginning):
            return text
    return _SILENT if isinstance(error, OperationalError) and not name else _OTHER


def _line(error: BaseException) -> str:
    return clipped(" ".join(str(error).split()) or type(error).__name__, 300).rstrip(".")
