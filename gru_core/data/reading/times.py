"""Cells to a time index. Reads dates in the usual formats and tells if their step is regular."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from gru_core.data.reading.choices import Note
from gru_core.errors import ReadError

#: A column with one of these words in its name holds times.
TIME_WORDS = frozenset(
    ("date", "datetime", "datum", "day", "days", "ds", "hour", "hours", "jahr", "month", "months",
     "period", "quarter", "t", "time", "timestamp", "week", "weeks", "year", "years")
)  # fmt: skip
#: Two-digit years below this are 20xx, the others 19xx. So Jan-49 is 1949.
PIVOT = 40

_CLOCK = (
    r"(?:[T ]+(?P<hour>\d{1,2}):(?P<minute>\d{2})(?::(?P<second>\d{2}(?:[.,]\d+)?))?"
    r" ?(?P<half>[AaPp][Mm])? ?(?P<zone>[Zz]|UTC|GMT|[+-]\d{2}:?\d{2})?)?"
)
_NAME = (
    r"(?P<name>(?i:Jan(?:uary)?|Feb(?:ruary)?|Mar(?:ch)?|Apr(?:il)?|May|June?|July?|Aug(?:ust)?"
    r"|Sept?(?:ember)?|Oct(?:ober)?|Nov(?:ember)?|Dec(?:ember)?))\.?"
)
_NOTATIONS = tuple(
    notation.replace(r"\d", "[0-9]")
    for notation in (
        r"(?P<year>\d{4})[-/.](?P<month>\d{1,2})(?:[-/.](?P<day>\d{1,2}))?" + _CLOCK,
        r"(?P<first>\d{1,2})[-/.](?P<second_>\d{1,2})[-/.](?P<year>\d{4}|\d{2})" + _CLOCK,
        r"(?P<month>\d{1,2})[-/.](?P<year>\d{4})",
        r"(?P<year>\d{4})(?P<month>[01]\d)(?P<day>[0-3]\d)",
        r"(?P<year>\d{4})[- ]?Q(?P<quarter>[1-4])",
        r"Q(?P<quarter>[1-4])[-/ ]?(?P<year>\d{4})",
        r"(?:(?P<day>\d{1,2})[-/. ]{1,2})?" + _NAME + r"[-/, ]{1,2}(?P<year>\d{4}|\d{2})" + _CLOCK,
        _NAME + r" (?P<day>\d{1,2}),? (?P<year>\d{4})" + _CLOCK,
        r"(?P<year>\d{4})[-/ ]" + _NAME + r"(?:[-/ ](?P<day>\d{1,2}))?" + _CLOCK,
    )
)
_MONTHS = "jan feb mar apr may jun jul aug sep oct nov dec".split()  # noqa: SIM905
_SAMPLED_CELLS = 500
_MOSTLY = 0.8  # in a column of dates, at least this share of the cells look like dates


@dataclass(frozen=True)
class Dates:
    """`index` (N,) is NaT where a cell is no date. `day_first` is None where it did not matter."""

    index: pd.DatetimeIndex
    day_first: bool | None
    notes: list[Note]


def looks_like_dates(cells: pd.Series[str]) -> bool:
    """Are most of the cells that are not empty dates in one format?"""
    return _notation(cells) is not None


def to_dates(
    cells: pd.Series[str], *, name: str, day_first: bool | None, prefer_day: bool
) -> Dates | None:
    """Read a column of stripped cells (N,) as dates; None if most cells are not dates.

    `day_first` decides if the day comes before the month. If it is None, a number over 12 in the
    cells decides. If there is none, `prefer_day` decides, and a note says so. Times with a zone are
    converted to UTC. The index has no zone.

    Raises:
        ReadError: some cells must have the day first, and others must have the month first.
    """
    notation = _notation(cells)
    if notation is None:
        return None
    parts = cells.str.extract(f"^{notation}$")
    notes: list[Note] = []
    chosen: bool | None = None
    if "first" in parts:
        chosen, notes = _day_first(cells, parts, name, day_first, prefer_day)
        parts["day"], parts["month"] = parts["first"], parts["second_"]
        if not chosen:
            parts["day"], parts["month"] = parts["second_"], parts["first"]
    if "quarter" in parts:
        parts["month"] = parts["quarter"].astype(float) * 3 - 2
    if "name" in parts:
        parts["month"] = (
            parts["name"]
            .str.lower()
            .str[:3]
            .map({name: number for number, name in enumerate(_MONTHS, start=1)})
        )
    year = parts["year"].astype(float)
    short = (parts["year"].str.len() == 2).to_numpy(dtype=bool)
    if short.any():
        year[short] += np.where(year[short] < PIVOT, 2000, 1900)
        notes.append(Note(f"Two-digit years were read as {1900 + PIVOT} to {1999 + PIVOT}."))

    def number(part: str, default: float) -> pd.Series[float]:
        if part not in parts:
            return pd.Series(default, index=parts.index, dtype=float)
        return parts[part].astype(float).fillna(default)

    date = pd.DataFrame(
        {"year": year.fillna(0), "month": number("month", 0), "day": number("day", 1)}
    )
    index = pd.DatetimeIndex(pd.to_datetime(date.astype(int), errors="coerce"))
    if "hour" in parts:
        clock, bad = _clock(parts)
        index = pd.DatetimeIndex((index + pd.to_timedelta(clock, unit="us")).where(~bad))
        if parts["zone"].notna().any():
            kinds = parts["zone"].nunique() + bool(
                (parts["zone"].isna() & parts["hour"].notna()).any()
            )
            mixed = "Mixed time zones: times" if kinds > 1 else "Times with a zone"
            notes.append(
                Note(f"{mixed} were converted to UTC. A time without a zone counts as UTC.")
            )
    return Dates(index.rename(name), chosen, notes)


def _notation(cells: pd.Series[str]) -> str | None:
    """The format of at least `_MOSTLY` of a sample of the cells that are not empty."""
    there = cells[(cells != "").to_numpy(dtype=bool)]
    sample = there.iloc[:: max(len(there) // _SAMPLED_CELLS, 1)]
    for notation in _NOTATIONS:
        if len(sample) and sample.str.fullmatch(notation).mean() >= _MOSTLY:
            return notation
    return None


def _day_first(
    cells: pd.Series[str], parts: pd.DataFrame, name: str, asked: bool | None, prefer: bool
) -> tuple[bool, list[Note]]:
    if asked is not None:
        return asked, []
    day, month = (parts[part].astype(float) > 12 for part in ("first", "second_"))
    if day.any() and month.any():
        raise ReadError(
            f"The column '{name}' mixes days first ('{cells[day].iloc[0]}') and months first "
            f"('{cells[month].iloc[0]}'). Write all dates the same way, best as 2024-12-31."
        )
    if day.any() or month.any():
        return bool(day.any()), []
    example = cells[parts["first"].notna()].iloc[0]
    prefer = prefer or "." in example  # with dots, the day comes first: 31.12.2020
    one, other = ("day/month/year", "month/day/year")[:: 1 if prefer else -1]
    text = (
        f"Ambiguous dates: '{example}' and all others in '{name}' were read as {one}, but they "
        f"could be {other}. If that is wrong, set 'day first' to {'no' if prefer else 'yes'}."
    )
    return prefer, [Note(text, f"Read dates as {other}", {"day_first": not prefer})]


def _clock(parts: pd.DataFrame) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """Microseconds since midnight UTC (N,), and where the time of day is impossible (N,)."""
    hour, minute = (parts[part].astype(float).fillna(0).to_numpy() for part in ("hour", "minute"))
    second = parts["second"].str.replace(",", ".").astype(float).fillna(0).to_numpy()
    half = parts["half"].str.lower()
    twelve = half.notna().to_numpy(dtype=bool)
    bad = (hour > 23) | (minute > 59) | (second >= 60) | (twelve & ((hour < 1) | (hour > 12)))
    hour = np.where(twelve, hour % 12, hour) + 12 * (half == "pm").to_numpy(dtype=bool)
    zone = parts["zone"].where(parts["zone"].str.match(r"[+-]"), "+0000").fillna("+0000")
    digits = zone.str.replace(r"[+:-]", "", regex=True)
    offset = digits.str[:2].astype(float).to_numpy() * 60 + digits.str[2:].astype(float).to_numpy()
    offset = np.where(zone.str.startswith("-"), -offset, offset)
    seconds = (hour * 60 + minute - offset) * 60 + second
    return np.round(seconds * 1e6).astype(np.int64), bad


def step_of(time: pd.Index) -> str | None:
    """The step of an increasing index in words (`1 month`, `30 minutes`); None if it is irregular.

    Months, quarters, years and working days count as regular, although their lengths in days
    differ. Decimal years (1958.2027) may differ by a tenth of a step.
    """
    if len(time) < 2:
        return "one value"
    if not isinstance(time, pd.DatetimeIndex):
        steps = np.diff(time.to_numpy(dtype=float))
        step = float(np.median(steps))
        slack = 0.0 if np.all(steps == np.round(steps)) else 0.1 * step
        return f"{step:.6g}" if np.all(np.abs(steps - step) <= slack) else None
    days, months = time.day, time.year * 12 + time.month
    same_clock = (time - time.normalize()).nunique() == 1
    month_steps = np.unique(np.diff(months))
    if (
        len(month_steps) == 1 and month_steps[0] > 0 and same_clock
        and (days.nunique() == 1 or bool(time.is_month_end.all()))
    ):  # fmt: skip
        step = int(month_steps[0])
        return _count(step // 12, "year") if step % 12 == 0 else _count(step, "month")
    differences = np.unique(np.diff(time.to_numpy()))
    if len(differences) == 1:
        seconds = differences[0] / np.timedelta64(1, "s")
        for size, unit in ((86_400, "day"), (3_600, "hour"), (60, "minute")):
            if seconds % size == 0:
                return _count(int(seconds // size), unit)
        return f"{seconds:.6g} seconds"
    dates = time.to_numpy().astype("datetime64[D]")
    working = np.is_busday(dates).all() and (np.busday_count(dates[:-1], dates[1:]) == 1).all()
    if same_clock and working:
        return "1 working day"
    return None


def _count(number: int, unit: str) -> str:
    return f"{number} {unit}{'s' if number > 1 else ''}"
