"""Columns that hold the time together: date and clock, or year, month, day and hour."""

from __future__ import annotations

from dataclasses import replace

import pandas as pd

from gru_core.data.reading.cells import Cells
from gru_core.data.reading.choices import Note
from gru_core.data.reading.numbers.parse import is_number
from gru_core.data.reading.texts import contain, fullmatches
from gru_core.data.reading.times.parse import looks_like_dates, named_like_time
from gru_core.data.words import quoted

_PART = {
    "year": "year yr yyyy yy jahr año ano année annee anno jaar år ar rok yıl",
    "quarter": "quarter qtr quartal trimestre kvartal kwartaal kwartał q",
    "month": "month mon mo mm monat mes mês mois mese maand måned månad miesiąc ay",
    "week": "week wk kw woche semana semaine settimana vecka uke tydzień",
    "day of year": "doy yday jday dayofyear",
    "day": "day dd dy tag día dia jour giorno dag dzień gün",
    "hour": "hour hours hr hh h stunde std hora heure ora uur time godzina saat",
    "minute": "minute minutes min minuto minuut",
}
_PART_OF = {word: part for part, words in _PART.items() for word in words.split()}
#: What may follow the year, the best first, and how it is written behind it.
_AFTER_YEAR = {"month": "-", "quarter": "-q", "week": "-w", "day of year": "-"}
_CLOCK = r"[0-9]{1,2}[:.h][0-9]{2}(?:[:.][0-9]{2}(?:[.,][0-9]+)?)?(?: ?[apAP]\.?[mM]\.?)?"
_FEW_REPEATS = 0.9  # at least this share of the times must be different from all others


def join_times(cells: Cells, chosen: str | None) -> tuple[Cells, list[Note]]:
    """The cells with one column for the time, if several columns hold it together, and a note.

    The new cells stand in the column of the date or the year. The others are gone. `chosen` is the
    time column of the user: None means detect, '' means none.
    """
    if chosen == "":
        return cells, []
    for names, joined in (_calendar(cells.data), _date_and_clock(cells.data)):
        if not names or chosen not in (None, names[0]):
            continue
        if joined.nunique() < _FEW_REPEATS * len(joined) or not looks_like_dates(joined):
            continue
        data = cells.data.drop(columns=names[1:]).assign(**{names[0]: joined})
        note = Note(
            f"{quoted(names)} were read together as the time, such as {joined.iloc[0]}.",
            "Use no time column",
            {"time_column": ""},
        )
        return replace(cells, data=data), [note]
    return cells, []


def is_part_of_time(name: str, column: pd.Series[str]) -> bool:
    """Does a column with this name hold years, quarters, hours, … or times of day?"""
    return _part_of(name) is not None or bool(fullmatches(column, _CLOCK).all())


def _part_of(name: str) -> str | None:
    word = name.strip(" #*")
    return "minute" if word == "mm" else _PART_OF.get(word.casefold())


def _calendar(data: pd.DataFrame) -> tuple[list[str], pd.Series[str]]:
    """The columns for year, month, day, ... and their cells as one date each."""
    found: dict[str, str] = {}
    for name in map(str, data.columns):
        part = _part_of(name)
        if part is not None:
            found.setdefault(part, name)
    second = next((part for part in _AFTER_YEAR if part in found), None)
    if "year" not in found or second is None:
        return [], pd.Series(dtype="str")
    number = _whole(data[found[second]]).str.replace("^[a-zA-Z](?=[0-9])", "", regex=True)  # Q1
    if second == "day of year":
        number = number.str.zfill(3)
    dates = _whole(data[found["year"]]) + _AFTER_YEAR[second] + number
    names = [found["year"], found[second]]
    for part, before in (("day", "-"), ("hour", " "), ("minute", ":")):
        if part == "day" and second == "day of year":
            continue
        if part not in found or second in ("quarter", "week"):
            break
        cell = _whole(data[found[part]])
        if part == "hour" and not cell.str.fullmatch("[0-9]{1,2}").all():
            clock = _as_clock(data[found[part]])
            if clock is None:
                break
            return [*names, found[part]], dates + before + clock
        dates = dates + before + cell
        names.append(found[part])
    if found.get("hour") == names[-1]:
        dates = dates + ":00"
    return names, dates


def _whole(column: pd.Series[str]) -> pd.Series[str]:
    """Cells such as 2024.0 as 2024."""
    return column.str.replace(r"\.0*$", "", regex=True)


def _date_and_clock(data: pd.DataFrame) -> tuple[list[str], pd.Series[str]]:
    """The columns for the date and the time of day, and their cells as one time each."""
    dates = [name for name in map(str, data.columns) if is_date(data[name])]
    dates = [
        name for name in dates if not data[name].is_unique and not contain(data[name], ":").any()
    ]
    for name in map(str, data.columns) if dates else ():
        if not named_like_time(name) and ":" not in str(data[name].iloc[0]):
            continue
        clock = _as_clock(data[name])
        date = next((date for date in dates if date != name), None)
        if clock is not None and date is not None:
            return [date, name], data[date] + " " + clock
    return [], pd.Series(dtype="str")


def is_date(column: pd.Series[str]) -> bool:
    """Does the column hold dates? Of numbers, only those of eight digits are dates for sure."""
    if any(map(is_number, column.head(1))):  # a number such as 1013.2 is no date
        return bool(fullmatches(column, "[12][0-9]{7}").all())
    return looks_like_dates(column)


def _as_clock(column: pd.Series[str]) -> pd.Series[str] | None:
    """The cells as `23:00`, if they are times of day: `23:00:00`, `23.00`, `11 pm`, 23 or 2300."""
    if fullmatches(column, _CLOCK).all():
        return column.str.replace(r"(?<=[0-9])[.h](?=[0-9])", ":", regex=True)
    if not fullmatches(column, "[0-9]{1,4}").all():
        return None
    number = column.astype(int)
    if number.max() <= 24:
        return column + ":00"
    if number.max() <= 2400 and (number % 100 < 60).all():
        text = column.str.zfill(4)
        return text.str[:2] + ":" + text.str[2:]
    return None
