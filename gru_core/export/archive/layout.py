"""What a zip of runs looks like, and how large it may be. The writer and the reader keep to it."""

from __future__ import annotations

import hashlib
import json
import unicodedata
from dataclasses import dataclass

import pandas as pd

from gru_core.data.series import Series
from gru_core.forecast.result import Result
from gru_core.wording import clipped, short_repr

__all__ = [
    "EXPERIMENT",
    "FORMAT",
    "MANIFEST",
    "MOST_BYTES",
    "MOST_ENTRIES",
    "MOST_RATIO",
    "MOST_RUNS",
    "RESULT",
    "Imported",
    "checksum",
    "one_line",
    "series_checksum",
]

#: The version of this layout. A reader refuses a higher one.
FORMAT = 1

#: The names of the files that GRU Lab reads: the list of runs, and two files in each run's folder.
MANIFEST, EXPERIMENT, RESULT = "runs.json", "experiment.json", "result.grulab"

#: The limits of a zip: its runs, its files, all their bytes when unpacked, and how many times
#: larger they may be than the zip. Results are stored as they are. So an honest zip has a ratio
#: below 10, while a bomb needs one of hundreds.
MOST_RUNS, MOST_ENTRIES, MOST_BYTES, MOST_RATIO = 500, 10_000, 1_000_000_000, 100

#: The longest name of a run.
LONGEST_NAME = 200


@dataclass(frozen=True, eq=False)
class Imported:
    """A run that was read from a zip: its `name` and its `result`."""

    name: str
    result: Result

    __repr__ = short_repr


def one_line(name: str) -> str:
    """The `name` of a run in one line of at most `LONGEST_NAME` characters, and never empty."""
    shown = "".join(" " if unicodedata.category(c) in ("Cc", "Cs") else c for c in name)
    return clipped(" ".join(shown.split()), LONGEST_NAME) or "run"


def checksum(data: bytes) -> str:
    """The SHA-256 of `data`."""
    return hashlib.sha256(data).hexdigest()


def series_checksum(series: Series) -> str:
    """The SHA-256 of a series: its values, times, name, unit and step.

    It does not depend on how values are packed, nor on what a series holds besides. So a later
    version of GRU Lab gets the same.
    """
    words = [series.name, series.unit, "" if series.step is None else series.step.words]
    times = series.time
    if isinstance(times, pd.DatetimeIndex):
        words += [times.unit, str(times.tz)]
        times = pd.Index(times.asi8)
    parts = [json.dumps(words).encode(), series.values.astype("<f8").tobytes()]
    if times is not None:
        parts.append(times.to_numpy().astype("<i8" if times.dtype.kind == "i" else "<f8").tobytes())
    return checksum(b"\0".join(parts))
