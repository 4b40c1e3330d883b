"""Cells to times: dates in many notations and languages, with or without a time of day."""

from __future__ import annotations

import re
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from gru_core.data.reading.choices import DateOrder, Note
from gru_core.data.reading.times.clock import Clocks, date_and_clock, read_clocks
from gru_core.data.reading.times.date_forms import (
    MOSTLY,
    PIVOT,
    days_of,
    form_of,
    plain,
    sample_of,
)
from gru_core.data.step_finding import MOSTLY_THERE, find_step
from gru_core.data.steps import FixedStep
from gru_core.errors import ReadError

#: A column with one of these words in its name holds times.
TIME_WORDS = frozenset(
    """date datetime day days ds fy hour hours month months period quarter t time timestamp ts week
    weeks year years yearmonth yyyymm yyyymmdd epoch unix
    datum jahr kw monat quartal stunde tag uhrzeit woche zeit zeitpunkt zeitraum zeitstempel
    año ano día dia fecha hora mes mês periodo período semana trimestre
    année annee heure jour mois période semaine anno giorno mese settimana
    dag jaar kwartaal maand tijd uur år måned månad uke vecka rok miesiąc kwartał
    tydzień""".split()  # noqa: SIM905
)
#: The usual way to write dates, which pandas reads fastest.
_ISO = "[0-9]{4}-[0-9]{2}-[0-9]{2}(?:[T ][0-9]{2}:[0-9]{2}(?::[0-9]{2}(?:[.][0-9]{1,6})?)?)?"
_NAMED = {"day": "day/month/year", "month": "month/day/year", "year": "year/month/day"}


@dataclass(frozen=True)
class Dates:
    """`index` (N,) is NaT where a cell is no date. `first` is None where it did not matter."""

    index: pd.DatetimeIndex
    first: DateOrder | None
    notes: list[Note]


def named_like_time(name: str) -> bool:
    """Is one word of the name a word for time?"""
    return not TIME_WORDS.isdisjoint(re.split(r"[\W\d_]+", name.casefold()))


def has_time_word(cell: str) -> bool:
    """Is a word of this short text a word for time? A digit is part of its word: T1 is none."""
    return len(cell) < 40 and not TIME_WORDS.isdisjoint(re.split(r"[\W_]+", cell.lower()))


def looks_like_dates(cells: pd.Series[str]) -> bool:
    """Are most of the cells that are not empty dates in one form?"""
    sample = sample_of(cells.tolist())
    if sum(any(c.isdigit() for c in cell) for cell in sample) < MOSTLY * len(sample):
        return False
    return form_of([plain(date_and_clock(cell)[0]) for cell in sample]) is not None


def to_dates(
    cells: pd.Series[str], *, name: str, first: DateOrder | None, prefer_day: bool
) -> Dates | None:
    """Read a column of stripped cells (N,) as dates; None if most cells are not dates.

    `first` says what comes first in 01/02/03. If it is None, the order decides in which most cells
    are dates, the rows are in order and the step is regular. If two orders fit equally well,
    `prefer_day` decides, and a note says so. Times with a zone are converted to UTC. The index has
    no zone.

    Raises:
        ReadError: some cells must have the day first, and others must have the month first.
    """
    if not looks_like_dates(cells):
        return None
    if cells.str.fullmatch(_ISO).all():
        exact = pd.to_datetime(cells, format="ISO8601", errors="coerce")
        return Dates(pd.DatetimeIndex(exact).as_unit("us").rename(name), None, [])
    split = [date_and_clock(cell) for cell in cells.tolist()]
    clocks, notes = read_clocks([clock for _, clock in split]), list[Note]()
    where, unique = pd.factorize(np.array([date for date, _ in split], dtype=object))
    dates = [plain(date) for date in unique]
    form = form_of(dates)
    if form is None:
        return None
    parts = pd.Series(dates, dtype="str").str.extract(f"^(?:{form})$")
    if "a" in parts:
        readings = {
            order: _at(days_of(_ordered(parts, order)), where, clocks.utc)
            for order in _orders(parts, first)
        }
        chosen, more = _best_order(readings, cells, name, prefer_day)
        notes += more
        used = chosen if len(_orders(parts, None)) > 1 else None
        parts, index = _ordered(parts, chosen), readings[chosen]
    else:
        index, used = _at(days_of(parts), where, clocks.utc), None
        if "next" in parts:
            notes.append(Note(f"'{cells.iloc[0]}' in '{name}' was read as the year it begins in."))
    if (parts["year"].str.len() == 2).any():
        notes.append(Note(f"Two-digit years were read as {1900 + PIVOT} to {1999 + PIVOT}."))
    if clocks.zones:
        index, note = _utc_or_local(index, clocks)
        notes.append(note)
    return Dates(index.rename(name), used, notes)


def _utc_or_local(utc: pd.DatetimeIndex, clocks: Clocks) -> tuple[pd.DatetimeIndex, Note]:
    """UTC, or local times if only their step is exact: days from midnight to midnight."""
    local = pd.DatetimeIndex(utc + clocks.ahead)
    if _has_exact_step(local) and not _has_exact_step(utc):
        text = "The zones of the times were left out: only as local times they have an exact step."
        return local, Note(text)
    mixed = "Mixed time zones: times" if clocks.zones > 1 else "Times with a zone"
    return utc, Note(f"{mixed} were converted to UTC. A time without a zone counts as UTC.")


def _has_exact_step(time: pd.DatetimeIndex) -> bool:
    step = find_step(time.dropna().unique().sort_values(), MOSTLY_THERE)
    return step is not None and not (isinstance(step, FixedStep) and step.about)


def _orders(parts: pd.DataFrame, asked: DateOrder | None) -> list[DateOrder]:
    """The orders of day, month and year that the three numbers may have."""
    orders: list[DateOrder] = ["month", "day", "year"]
    if (parts["a"].str.len() == 4).mean() > 0.5:
        orders = ["year"]
    elif (parts["c"].str.len() == 4).mean() > 0.5:
        orders = ["month", "day"]
    return [asked] if asked in orders else orders


def _ordered(parts: pd.DataFrame, first: DateOrder) -> pd.DataFrame:
    """The three numbers as day, month and year. A number of four digits is always the year."""
    year_first = (parts["a"].str.len() == 4) | (first == "year")
    month, day = (parts["a"], parts["b"]) if first == "month" else (parts["b"], parts["a"])
    return pd.DataFrame(
        {
            "year": parts["c"].where(~year_first, parts["a"]),
            "month": month.where(~year_first, parts["b"]),
            "day": day.where(~year_first, parts["c"]),
        }
    )


def _at(
    days: pd.DatetimeIndex, where: NDArray[np.intp], clock: NDArray[np.timedelta64]
) -> pd.DatetimeIndex:
    """Day number `where` (N,) at the time `clock` (N,)."""
    return pd.DatetimeIndex(days.as_unit("us").take(where) + clock)


def _best_order(
    readings: dict[DateOrder, pd.DatetimeIndex],
    cells: pd.Series[str],
    name: str,
    prefer_day: bool,
) -> tuple[DateOrder, list[Note]]:
    """The order in which the dates are valid, increasing and regular, and a note on the others."""
    if len(readings) == 1:
        return next(iter(readings)), []
    example = cells[(cells != "").to_numpy(dtype=bool)].iloc[0]
    # with dots, the day comes first: 31.12.2020; with a two-digit year and a dash, the year
    liked: list[DateOrder] = ["day" if prefer_day or "." in example else "month"]
    if "-" in example:
        liked.insert(0, "year")
    fits = {order: _fit(index) for order, index in readings.items()}
    best = max(readings, key=lambda order: (fits[order], order in liked[:1], order in liked))
    valid = {order: np.asarray(index.notna()) for order, index in readings.items()}
    there = (cells != "").to_numpy(dtype=bool)
    if (there & ~valid[best]).any():
        for other in readings:
            if (valid[best] | valid[other] | ~there).all():
                examples = [cells[valid[best] & ~valid[other]], cells[valid[other] & ~valid[best]]]
                raise _mixed(name, sorted(examples, key=lambda found: found.index[0]))
    others = [order for order in readings if order != best and valid[order][there].all()]
    if not others or not valid[best][there].all():
        return best, []
    equal = [order for order in others if fits[order] == fits[best]]
    other = (equal or others)[0]
    why = "" if equal else ", because then the rows are in order and the step is regular"
    text = (
        f"Ambiguous dates: '{example}' and all others in '{name}' were read as {_NAMED[best]}"
        f"{why}. They could be {_NAMED[other]}."
    )
    return best, [Note(text, f"Read dates as {_NAMED[other]}", {"dates": other})]


def _fit(index: pd.DatetimeIndex) -> tuple[float, bool, bool]:
    """How well the dates (N,) fit: the share that is valid, are they in order, are they regular."""
    known = index.dropna()
    in_order = known.is_monotonic_increasing or known.is_monotonic_decreasing
    return len(known) / len(index), in_order, is_regular(known)


def is_regular(time: pd.DatetimeIndex) -> bool:
    """Are the times in order, up or down, with a regular step that may have gaps?"""
    rising = time[::-1] if time.is_monotonic_decreasing else time
    return rising.is_monotonic_increasing and find_step(rising.unique(), MOSTLY_THERE) is not None


def _mixed(name: str, examples: list[pd.Series[str]]) -> ReadError:
    one, other = (found.iloc[0] for found in examples)
    return ReadError(
        f"The column '{name}' mixes two orders of day, month and year ('{one}' and '{other}'). "
        "Write all dates the same way, best as 2024-12-31."
    )
