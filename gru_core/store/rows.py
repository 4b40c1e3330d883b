"""Runs and tabs as rows of the tables, and back."""

from __future__ import annotations

import functools
import hashlib
import importlib
import importlib.metadata
import json
import platform
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Row

from gru_core.errors import GruLabError
from gru_core.experiment.experiment import Experiment
from gru_core.packing.checks import check_fields
from gru_core.store.records import StoredRun, TabState
from gru_core.wording import clipped

__all__ = ["hashed", "runs_of", "tabs_of", "text", "twin_key", "versions"]

#: The most characters of a name or a tag.
LONGEST_NAME = 200
#: The programs whose versions may change the numbers of a run.
_PROGRAMS = ("torch", "numpy", "numba", "scipy", "pandas")

#: The columns that a stored run has as they are.
_AS_THEY_ARE = (
    *("id", "name", "pinned", "status", "message", "series_name", "series_digest", "seconds"),
    *("epoch", "epochs", "parameters", "learner", "size", "continues"),
)


def hashed(key: str) -> str:
    """The SHA-256 of a browser's key. Whoever reads the database cannot find out the key."""
    return hashlib.sha256(key.encode("utf-8", "replace")).hexdigest()


def text(words: str, longest: int = LONGEST_NAME) -> str:
    """A user's `words` as both databases take them: no NUL, and whole characters only."""
    clean = words.replace("\0", "").encode("utf-8", "replace").decode()
    return clipped(clean, longest)


@functools.cache
def versions() -> Mapping[str, str]:
    """The versions of the programs that a run is trained with here."""
    found = {
        "gru-lab": str(importlib.import_module("gru_core").__version__),
        "python": platform.python_version(),
    }
    return found | {name: importlib.metadata.version(name) for name in _PROGRAMS}


def twin_key(experiment: Experiment, series_digest: str) -> str:
    """Equal for equal experiments on equal series with the versions of this server."""
    parts = [experiment.to_json(), series_digest, *versions().values()]
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()


def runs_of(rows: Iterable[Row[Any]]) -> list[StoredRun]:
    """The runs of some rows. A row that this version cannot read is left out."""
    return [run for run in map(_run_of, rows) if run is not None]


# A page asks for the same rows again and again.
@functools.lru_cache(maxsize=5000)
def _run_of(row: Row[Any]) -> StoredRun | None:
    there = row._asdict()
    try:
        values = {name: there[name] for name in _AS_THEY_ARE} | {
            "tags": tuple(json.loads(row.tags)),
            "experiment": Experiment.from_json(row.experiment),
            "created": datetime.fromtimestamp(row.created, UTC),
            "scores": json.loads(row.scores),
            "versions": json.loads(row.versions),
        }
        check_fields(StoredRun, values)
    except (GruLabError, ValueError, TypeError, OverflowError):  # of a newer version, or damaged
        return None
    return StoredRun(**values)


def tabs_of(rows: Iterable[Row[Any]]) -> list[TabState]:
    """The tabs of some rows. A row that cannot be read is left out."""
    return [tab for tab in map(_tab_of, rows) if tab is not None]


def _tab_of(row: Row[Any]) -> TabState | None:
    values = row._asdict()
    del values["browser"]
    try:
        values["seen"] = datetime.fromtimestamp(row.seen, UTC)
        check_fields(TabState, values)
    except (GruLabError, ValueError, TypeError, OverflowError):
        return None
    return TabState(**values)
