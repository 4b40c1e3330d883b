"""Tables such as years by months or days by hours, unrolled to one series in the order of time."""

from __future__ import annotations

import calendar
import datetime
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd

from gru_core.data.reading.cells import Cells
from gru_core.data.reading.choices import Note
from gru_core.data.reading.layout.ids import pick_series
from gru_core.data.reading.layout.surround import is_value
from gru_core.data.reading.layout.totals import is_total
from gru_core.data.reading.numbers.missing import is_missing
from gru_core.data.reading.times.names import month_number
from gru_core.data.reading.times.parse import looks_like_dates
from gru_core.data.words import quoted

#: Row of the body -> the year, or the text of the month or day, that it stands for.
_Times = dict[int, str | int]

_WIDEST = 200  # a calendar has fewer columns than this
_LONGEST = 30  # characters of a month, day or hour
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
class _Axis:
    """The short axis of a calendar: its word, and number -> position in the header."""

    word: str
    places: dict[int, int]


def read_calendar(cells: Cells, row: str | None) -> Cells | None:
    """One series from a table of years by months, quarters or weeks, months by days, days by hours.

    Months may stand in the header and years in the first column, or the other way round. None: the
    table is no calendar. `row` names the series, if there are several below one another.
    """
    for frame, lines, turned in _frames(cells):
        found = _axes(frame, turned)
        if found is None:
            continue
        axis, labels, times = found
        doubled = _doubled(times)
        if doubled:
            single = _one_of(cells, labels, axis, row)
            return None if single is None else read_calendar(single, "")
        return _unrolled(cells, frame, lines, axis, labels, times)
    return None


def _frames(cells: Cells) -> list[tuple[Any, Any, bool]]:
    """The table with its header in row 0, the line of each cell, and if rows became columns."""
    data = cells.data.to_numpy(dtype=object) if cells.data.shape[1] < _WIDEST else None
    if data is None or data.shape[1] < 2:
        return []
    lines = np.repeat(cells.rows[:, None], data.shape[1], axis=1)
    if cells.header is not None:
        data = np.vstack([np.array(cells.header, dtype=object), data])
        lines = np.vstack([np.full(data.shape[1], cells.header_line), lines])
    frames = [(data, lines, False)]
    if cells.header is None and data.shape[1] == 13 and _axis(list(data[0])) is None:
        months = np.array(["", *map(str, range(1, 13))], dtype=object)
        top = np.zeros((1, 13), dtype=np.int64)
        frames.append((np.vstack([months, data]), np.vstack([top, lines]), False))
    return frames + ([(data.T, lines.T, True)] if len(data) < _WIDEST else [])


def _axes(frame: Any, turned: bool) -> tuple[_Axis, list[int], _Times] | None:
    """The short axis, the columns with the labels, and the time that each row stands for."""
    axis = _axis(list(frame[0]), turned)
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


def _axis(header: list[str], once: bool = False) -> _Axis | None:
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
        return _Axis("months", {number: start + number - 1 for number in range(1, 13)})
    for word, read, wanted in readers:
        numbers = [read(cell.strip()) if len(cell) <= _LONGEST else None for cell in header]
        places: dict[int, int] = {}
        for place, number in enumerate(numbers):
            if number is not None:
                places.setdefault(number, place)
        for span in wanted:
            known = sum(number is not None for number in numbers)
            if set(span) <= set(places) and not (once and known > len(places)):
                return _Axis(word, {number: places[number] for number in span})
    return None


def month_places(header: list[str]) -> list[int]:
    """The positions of January to December in a header; [] if they are not all there in order."""
    axis = _axis(header)
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


def _row_times(labels: list[str], word: str) -> _Times | None:
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
    return year if year is not None and 1500 <= year <= 2200 else None


def _year_and_month(label: str) -> str | None:
    label = label.strip()
    if len(label) > _LONGEST:
        return None
    match = re.fullmatch(r"([12][0-9]{3})[-/. ]?(?:m|M)?([01]?[0-9])", label)
    parts = (match[1], match[2]) if match else None
    if match := re.fullmatch(r"([01]?[0-9])[-/. ]([12][0-9]{3})", label):
        parts = (match[2], match[1])
    if parts is None and (match := re.fullmatch(r"(\D+?)[-/., ]+([12][0-9]{3})", label)):
        parts = (match[2], str(month_number(match[1]) or 0))
    if parts is None and (match := re.fullmatch(r"([12][0-9]{3})[-/., ]+(\D+)", label)):
        parts = (match[1], str(month_number(match[2]) or 0))
    if parts is None or not 1 <= int(parts[1]) <= 12:
        return None
    return f"{parts[0]}-{int(parts[1]):02d}"


def _day(label: str) -> str | None:
    label = label.strip()
    if re.fullmatch("[12][0-9]{7}", label):
        return f"{label[:4]}-{label[4:6]}-{label[6:]}"
    return label if any(map(str.isdigit, label)) else None


def _doubled(times: _Times) -> bool:
    return len(set(times.values())) < len(times)


def _one_of(cells: Cells, labels: Sequence[int], axis: _Axis, row: str | None) -> Cells | None:
    """The rows of one series, if each year stands there once for each series."""
    values = set(axis.places.values())
    extra = [i for i in range(cells.data.shape[1]) if i not in values]
    if cells.header is None or not set(labels) <= set(extra):
        return None
    # look at the label columns only, because pick_series expects a table with few columns
    small = replace(
        cells,
        data=cells.data.iloc[:, extra].set_axis(pd.RangeIndex(len(extra)), axis=1),
        header=tuple(cells.header[i] for i in extra),
    )
    single = pick_series(small, row, [extra.index(label) for label in labels])
    if single is None:
        return None
    here = np.isin(cells.rows, single.rows)
    kept = [i for i in range(cells.data.shape[1]) if i not in extra or _is_in(i, cells, single)]
    data = cells.data.loc[here, cells.data.columns[kept]].reset_index(drop=True)
    data.columns = pd.RangeIndex(len(kept))
    return replace(single, data=data, header=tuple(cells.header[i] for i in kept))


def _is_in(position: int, cells: Cells, single: Cells) -> bool:
    return cells.header is None or cells.header[position] in (single.header or ())


def _unrolled(
    cells: Cells,
    frame: Any,
    lines: Any,
    axis: _Axis,
    labels: list[int],
    times: _Times,
) -> Cells | None:
    items: list[tuple[str, str, int]] = []  # time, value, line
    order = list(axis.places)
    first = min(order, key=lambda number: axis.places[number])  # October in a water year
    shift = _year_shift(str(frame[0, labels[0]]), axis, first)
    rows = sorted(times, key=lambda i: times[i]) if axis.word != "hours" else list(times)
    order = sorted(order, key=lambda number: (number < first, number))
    for i in rows:
        for number in order:
            late = axis.word in ("months", "quarters") and number < first
            time = _moment(times[i], axis, number, late + shift)
            place = axis.places[number]
            if time is not None:
                items.append((time, str(frame[i + 1, place]), int(lines[i + 1, place])))
    known = [i for i, (_, value, _) in enumerate(items) if not is_missing(value)]
    numbers = sum(is_value(items[i][1]) for i in known)
    if 2 * numbers < max(len(known), 1):
        return None
    items = items[known[0] : known[-1] + 1]  # the months of this year that are still to come
    left = [str(frame[0, i]) for i in range(frame.shape[1])
            if i not in labels and i not in axis.places.values() and str(frame[0, i])]  # fmt: skip
    name = cells.row or "value"
    return replace(
        cells,
        data=pd.DataFrame([item[:2] for item in items], dtype="str"),
        rows=np.array([line for *_, line in items], dtype=np.int64),
        header=("time", name),
        layout="calendar",
        left_out=tuple(sorted({*cells.left_out, *_lines_left_out(lines, times)})),
        notes=[*cells.notes, *_notes(frame, lines, axis, times, len(items), left, shift)],
    )


def _year_shift(corner: str, axis: _Axis, first: int) -> int:
    """-1 if the label of a row is the year in which it ends, as for water years."""
    water = re.search(r"(?i)water|\bwy\b|hydro|fiscal|\bfy\b", corner) is not None
    return -1 if water and axis.word in ("months", "quarters") and first > 1 else 0


def _moment(row: str | int, axis: _Axis, number: int, late: int) -> str | None:
    """The time of a cell as text; None if there is no such day or week."""
    if axis.word == "hours":
        shift = 24 in axis.places  # hours 1 to 24 are hours that end then
        return f"{row} {number - shift:02d}:00"
    if axis.word == "days":
        year, month = map(int, str(row).split("-"))
        return f"{row}-{number:02d}" if number <= calendar.monthrange(year, month)[1] else None
    year = int(row) + late
    if axis.word == "weeks":
        last = datetime.date(year, 12, 28).isocalendar().week
        if number > last:
            return None
        return datetime.date.fromisocalendar(year, number, 1).isoformat()
    month = number * 3 - 2 if axis.word == "quarters" else number
    return f"{year}-{month:02d}"


def _lines_left_out(lines: Any, times: _Times) -> list[int]:
    """The lines of rows without a year or date, unless the table is turned."""
    if lines.shape[0] > 1 and lines.shape[1] > 1 and lines[1, 0] != lines[1, -1]:
        return []
    return [int(lines[i + 1, 0]) for i in range(len(lines) - 1) if i not in times]


def _notes(
    frame: Any, lines: Any, axis: _Axis, times: _Times, count: int,
    left: list[str], shift: int,
) -> list[Note]:  # fmt: skip
    per = {"days": "months", "hours": "days"}.get(axis.word, "years")
    size = f"1 {per[:-1]}" if len(times) == 1 else f"{len(times)} {per}"
    text = f"A table of {size} by {axis.word} was read as one series of {count} values."
    notes = [Note(text, "Read each column as a series", {"layout": "columns"})]
    if left:
        notes.append(Note(f"Left out {quoted(left)}: they are no {axis.word}."))
    rows = _lines_left_out(lines, times)
    if rows:
        shown = quoted([str(frame[i + 1, 0]) for i in range(len(lines) - 1) if i not in times], 5)
        notes.append(Note(f"Left out the rows {shown}: they are no {per}."))
    if axis.word == "hours" and 24 in axis.places:
        notes.append(Note("The hours 1 to 24 were read as the hours that begin at 0 to 23."))
    if shift:
        notes.append(Note("Each year was read as the year in which its row ends."))
    return notes
