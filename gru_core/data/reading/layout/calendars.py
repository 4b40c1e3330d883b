"""Tables such as years by months or days by hours, unrolled to one series in the order of time."""

from __future__ import annotations

import calendar
import datetime
import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

from gru_core.data.reading.cells import Cells
from gru_core.data.reading.choices import Note
from gru_core.data.reading.layout.calendar_axes import Axis, Times, find_axes, find_axis
from gru_core.data.reading.layout.ids import pick_series
from gru_core.data.reading.layout.profile import is_value
from gru_core.data.reading.numbers.missing import is_missing
from gru_core.data.words import quoted

_WIDEST = 200  # a calendar has fewer columns than this


def read_calendar(cells: Cells, row: str | None) -> Cells | None:
    """One series from a table of years by months, quarters or weeks, months by days, days by hours.

    Months may stand in the header and years in the first column, or the other way round. None: the
    table is no calendar. `row` names the series, if there are several below one another.
    """
    for frame, lines, turned in _frames(cells):
        found = find_axes(frame, turned)
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
    if cells.header is None and data.shape[1] == 13 and find_axis(list(data[0])) is None:
        months = np.array(["", *map(str, range(1, 13))], dtype=object)
        top = np.zeros((1, 13), dtype=np.int64)
        frames.append((np.vstack([months, data]), np.vstack([top, lines]), False))
    return frames + ([(data.T, lines.T, True)] if len(data) < _WIDEST else [])


def _doubled(times: Times) -> bool:
    return len(set(times.values())) < len(times)


def _one_of(cells: Cells, labels: Sequence[int], axis: Axis, row: str | None) -> Cells | None:
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
    axis: Axis,
    labels: list[int],
    times: Times,
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


def _year_shift(corner: str, axis: Axis, first: int) -> int:
    """-1 if the label of a row is the year in which it ends, as for water years."""
    water = re.search(r"(?i)water|\bwy\b|hydro|fiscal|\bfy\b", corner) is not None
    return -1 if water and axis.word in ("months", "quarters") and first > 1 else 0


def _moment(row: str | int, axis: Axis, number: int, late: int) -> str | None:
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


def _lines_left_out(lines: Any, times: Times) -> list[int]:
    """The lines of rows without a year or date, unless the table is turned."""
    if lines.shape[0] > 1 and lines.shape[1] > 1 and lines[1, 0] != lines[1, -1]:
        return []
    return [int(lines[i + 1, 0]) for i in range(len(lines) - 1) if i not in times]


def _notes(
    frame: Any, lines: Any, axis: Axis, times: Times, count: int,
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
