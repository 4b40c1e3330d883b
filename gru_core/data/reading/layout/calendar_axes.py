"""The two axes of a calendar: months, weeks, days or hours, and the years or dates beside them."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pandas as pd

from gru_core.data.reading.layout.totals import is_total
from gru_core.data.reading.times.date_forms import month_of
from gru_core.data.reading.times.names import month_number
from gru_core.data.reading.times.parse import looks_like_dates

#: Row of the body -> the year, or the text of the month or day, that it stands for.
Times = dict[int, str | int]

_LONGEST = 30  # characters of a month, day or hour
_YEARS = range(1500, 2201)
_MOSTLY = 0.8  # so many of the row labels must be years or dates
_YEAR = re.compile(
    r"(?i)(?:fy|wy|year|jahr|año|année)?\W*([12][0-9]{3})(?:\.0)?(?:\s?[-/–]\s?(?:[0-9]{2}|[0-9]{4}))?"
    r"(?:\W{0,2}[a-z]?\W{0,2})"
)
_DAY = re.compile(r"(?i)(?:d|day|tag)?[ _]?0?([1-9]|[12][0-9]|3[01])\.?")
_NUMBER = re.compile(r"(?i)(?:m|month)?[ _]?0?([1-9]|1[0-2])")
_WEEK = re.compile(r"(?i)(?:w|wk|kw|cw|week|woche|s|sem)?[ _.]{0,2}0?([1-9]|[1-4][0-9]|5[0-3])")
_QUARTER = re.compile(r"(?i)(?:q|qtr|quarter|t|trim\w*)[ ._]?([1-4])|([1-4])\.? ?(?:q\w*|trim\w*)")
_HOUR = re.compile(
    r"(?i)(?:h|hr|hour|he|std|stunde|hora|heure)?[ _.]{0,2}([01]?[0-9]|2[0-4])"
    r"(?:[:.h]?00)?(?:\s?[-–]\s?(?:[01]?[0-9]|2[0-4])(?:[:.h]?00)?)?\s?(?:h|uhr|am|pm)?"
)
_ROMAN = {"i": 1, "ii": 2, "iii": 3, "iv": 4}


@dataclass(frozen=True)
class Axis:
    """The short axis of a calendar: its word, and number -> position in the header."""

    word: str
    places: dict[int, int]


def find_axes(frame: Any, turned: bool) -> tuple[Axis, list[int], Times] | None:
    """The short axis, the columns with the labels, and the time that each row stands for."""
    axis = find_axis(list(frame[0]), turned)
    if axis is None or len(frame) < 2:
        return None
    if turned:
        times = _row_times(list(frame[1:, 0]), axis.word)
        return None if times is None else (axis, [0], times)
    rest = [i for i in range(frame.shape[1]) if i not in axis.places.values()]
    body = frame[1:]
    for position in rest:
        times = _row_times(list(body[:, position]), axis.word)
        if times is not None:
            return axis, [position], times
    for year in rest if axis.word in ("days", "hours") else []:
        years = _row_times(list(body[:, year]), "months")
        months = [i for i in rest if i != year and all(map(_month, body[:, i]))]
        if years is None or not months:
            continue
        used = [year, months[0]]
        texts = {i: f"{years[i]}-{_month(body[i, months[0]]):02d}" for i in years}
        if axis.word == "hours":
            days = [i for i in rest if i not in used and all(map(_DAY.fullmatch, body[:, i]))]
            if not days:
                continue
            used.append(days[0])
            texts = {
                i: f"{text}-{_number(_DAY, body[i, days[0]]):02d}" for i, text in texts.items()
            }
        return axis, used, dict(texts)
    return None


def find_axis(header: list[str], once: bool = False) -> Axis | None:
    """Months, quarters, weeks, days of the month or hours among the cells of a header.

    `once` says that no month (quarter, …) may come twice.
    """
    readers: tuple[tuple[str, Callable[[str], int | None], list[range]], ...] = (
        ("months", month_number, [range(1, 13)]),
        ("quarters", _quarter, [range(1, 5)]),
        ("weeks", lambda cell: _number(_WEEK, cell), [range(1, 54), range(1, 53)]),
        ("days", lambda cell: _number(_DAY, cell), [range(1, 32), range(1, 31), range(1, 29)]),
        ("hours", _hour, [range(24), range(1, 25)]),
        ("months", _month, [range(1, 13)]),
    )
    letters = "".join(cell.upper() if len(cell) == 1 else " " for cell in header)
    if (start := letters.find("JFMAMJJASOND")) >= 0:
        return Axis("months", {number: start + number - 1 for number in range(1, 13)})
    for word, read, wanted in readers:
        numbers = [read(cell.strip()) if len(cell) <= _LONGEST else None for cell in header]
        places: dict[int, int] = {}
        for place, number in enumerate(numbers):
            if number is not None:
                places.setdefault(number, place)
        for span in wanted:
            known = sum(number is not None for number in numbers)
            if set(span) <= set(places) and not (once and known > len(places)):
                return Axis(word, {number: places[number] for number in span})
    return None


def month_places(header: list[str]) -> list[int]:
    """The positions of January to December in a header; [] if they are not all there in order."""
    axis = find_axis(header)
    places = list(axis.places.values()) if axis is not None and axis.word == "months" else []
    named = bool(places) and not header[places[0]].strip().isdigit()
    return places if named and places == sorted(places) else []


def _number(form: re.Pattern[str], cell: str) -> int | None:
    match = form.fullmatch(cell.strip())
    return int(next(group for group in match.groups() if group)) if match else None


def _month(cell: str) -> int | None:
    return month_number(cell) or _number(_NUMBER, cell)


def _quarter(cell: str) -> int | None:
    return _ROMAN.get(cell.lower()) or _number(_QUARTER, cell)


def _hour(cell: str) -> int | None:
    hour = _number(_HOUR, cell)
    half = re.search(r"(?i)[ap]m$", cell)
    return hour if hour is None or half is None else hour % 12 + 12 * (half[0].lower() == "pm")


def _row_times(labels: list[str], word: str) -> Times | None:
    """For rows of the body: the year, or the text of the month or day. None: these are none."""
    read = {"days": _year_and_month, "hours": _day}.get(word, _year)
    filled = [i for i, label in enumerate(labels) if label.strip() and not is_total(label)]
    if word == "hours" and not looks_like_dates(
        pd.Series([labels[i] for i in filled], dtype="str")
    ):
        return None
    times = {i: time for i in filled if (time := read(labels[i])) is not None}
    if not times or len(times) < _MOSTLY * len(filled):
        return None
    return times


def _year(label: str) -> int | None:
    year = _number(_YEAR, label)
    return year if year in _YEARS else None


def _year_and_month(label: str) -> str | None:
    found = month_of(label) if len(label) <= _LONGEST else None
    return f"{found[0]}-{found[1]:02d}" if found is not None and found[0] in _YEARS else None


def _day(label: str) -> str | None:
    label = label.strip()
    if re.fullmatch("[12][0-9]{7}", label):
        return f"{label[:4]}-{label[4:6]}-{label[6:]}"
    return label if any(map(str.isdigit, label)) else None
