"""The time of day in the cells of a column: `23:59:59`, `11:59 pm`, `23h59`, with a zone."""

from __future__ import annotations

import re
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

_CLOCK = (
    r"(?P<hour>[0-9]{1,2})[:h](?P<minute>[0-9]{2})(?::(?P<second>[0-9]{2}(?:[.,][0-9]+)?))?"
    r"(?: ?(?P<half>[ap])\.?m\.?| ?uhr)? ?(?P<zone>[a-z]{1,4}|[+-][0-9]{2}(?::?[0-9]{2})?)?"
)
#: Usual names of zones. Other names are refused, because they mean different zones to many people.
_ZONES = {
    "z": "+00", "utc": "+00", "gmt": "+00", "wet": "+00", "west": "+01", "cet": "+01",
    "cest": "+02", "mez": "+01", "mesz": "+02", "eet": "+02", "eest": "+03", "est": "-05",
    "edt": "-04", "cst": "-06", "cdt": "-05", "mst": "-07", "mdt": "-06", "pst": "-08",
    "pdt": "-07",
}  # fmt: skip
#: Where the clock begins behind a date, as in `31jan2024:23:59`.
_BEGIN = re.compile(r"(?:(?<=[0-9])[t:_]|[ ,]+)(?=[0-9]{1,2}[:h][0-9]{2})")
_LONGEST = 80  # characters; a longer cell is no date
_SPAN = re.compile(r"(.{8,}?)(?: (?:-|–|to|bis) |/)(.{8,})")
_SHORT_CLOCKS = (  # what comes without a colon: 2024-01-31 23, 20240131:2359, 31.1.2024 23.59
    (
        re.compile(r"([0-9]{4}[-/.][0-9]{2}[-/.][0-9]{2})[t _]([0-9]{1,2})(?: ?uhr|h)?$"),
        r"\1 \2:00",
    ),
    (re.compile(r"([0-9]{1,2}[.][0-9]{1,2}[.][0-9]{4}) ([0-9]{1,2})[.]([0-9]{2})$"), r"\1 \2:\3"),
    (re.compile(r"([0-9]{4}[-/.]?[0-9]{2}[-/.]?[0-9]{2})[t: ]([0-9]{2})([0-9]{2})"), r"\1 \2:\3"),
)


def date_and_clock(cell: str) -> tuple[str, str]:
    """The date and the time of day in a cell, in lower case. The time is '' if there is none.

    Of a span such as `2024-01-01 - 2024-01-07`, they are those of its beginning.
    """
    if len(cell) > _LONGEST:
        return "!", ""
    cell = cell.lower()
    span = _SPAN.fullmatch(cell)
    if span and len(span[1]) == len(span[2]):
        cell = span[1]
    for short, long in _SHORT_CLOCKS:
        if short.match(cell):
            cell = short.sub(long, cell, count=1)
    parts = _BEGIN.split(cell, maxsplit=1)
    return parts[0], parts[1] if len(parts) > 1 else ""


@dataclass(frozen=True)
class Clocks:
    """Times of day.

    `utc` (N,) is the time since midnight in UTC, NaT where it is impossible. `ahead` (N,) is by how
    much the zone is ahead of UTC. `zones` counts the zones; a time without a zone is one, too.
    """

    utc: NDArray[np.timedelta64]
    ahead: NDArray[np.timedelta64]
    zones: int


def read_clocks(cells: list[str]) -> Clocks:
    """Read times of day (N,). An empty cell is midnight. A time without a zone counts as UTC."""
    where, unique = pd.factorize(np.array(cells, dtype=object))
    clocks = pd.Series(unique, dtype="str")
    parts = clocks.str.extract(f"^(?:{_CLOCK})?$")
    there = (clocks != "").to_numpy(dtype=bool)
    hour, minute = (parts[part].astype(float).fillna(0).to_numpy() for part in ("hour", "minute"))
    second = parts["second"].str.replace(",", ".").astype(float).fillna(0).to_numpy()
    twelve = parts["half"].notna().to_numpy(dtype=bool)
    known = parts["zone"].isna() | parts["zone"].isin(_ZONES) | parts["zone"].str.match("[+-]")
    bad = there & (parts["hour"].isna() | ~known).to_numpy(dtype=bool)
    bad = bad | (hour > 24) | (minute > 59) | (second >= 60) | (twelve & ((hour < 1) | (hour > 12)))
    bad = bad | (hour == 24) & (minute + second > 0)  # 24:00 is midnight at the end of the day
    hour = np.where(twelve, hour % 12, hour) + 12 * (parts["half"] == "p").to_numpy(dtype=bool)
    time = np.round(((hour * 60 + minute) * 60 + second) * 1e6).astype("timedelta64[us]")
    time[bad] = np.timedelta64("NaT")
    ahead = (_offset(parts["zone"]) * 6e7).astype("timedelta64[us]")
    zoned = bool(parts["zone"].notna().any())
    zones = parts["zone"][there].nunique(dropna=False) if zoned else 0
    return Clocks((time - ahead)[where], ahead[where], zones)


def _offset(zone: pd.Series[str]) -> NDArray[np.float64]:
    """The minutes (N,) by which a zone such as +0530 or CEST is ahead of UTC."""
    zone = zone.replace(_ZONES)
    digits = zone.where(zone.str.match("[+-]"), "+0000").fillna("+0000").str.replace(":", "")
    digits = digits.str.ljust(5, "0")
    minutes = digits.str[1:3].astype(float) * 60 + digits.str[3:5].astype(float)
    return np.where(digits.str.startswith("-"), -minutes, minutes)
