"""A series in each row: the values lie across, and the header holds the times."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pandas as pd

from gru_core.data.reading.cells import Cells
from gru_core.data.reading.choices import Note
from gru_core.data.reading.layout.calendar_axes import month_places
from gru_core.data.reading.layout.profile import is_value, shape_of
from gru_core.data.reading.numbers.missing import is_missing
from gru_core.data.reading.numbers.parse import is_number
from gru_core.data.reading.times.parse import looks_like_dates
from gru_core.data.words import clean, quoted, unique_names
from gru_core.errors import ReadError

_FEWEST_TIMES = 3
_FEWEST_NUMBERED = 6  # so many columns V1, V2, … look like steps of time
_WIDE = 20  # so many numbers side by side in a few rows are series in rows
_FEW_ROWS = 5
_SAMPLED = 100
_BRACKETS = re.compile(r"\s*[\[(].*[\])]\s*\Z")  # 1960 [YR1960]
_LONGEST_TIME = 40  # characters of a time in a header


def read_rows(cells: Cells, row: str | None, forced: bool) -> Cells | None:
    """One row of a table with a series in each row; None if the series are in columns.

    `row` is the name of the row. `forced` says that the caller chose this layout.

    Raises:
        ReadError: no row has this name.
    """
    header, data, lines = cells.header, cells.data, cells.rows
    if data.empty or data.shape[1] < 2:
        return None
    places = _time_places(header) if header else []
    named = bool(places)
    if not places:
        places = _numbered(header, data) or _months(header, data) if header else _unnamed(data)
    if not places and forced:
        places = [i for i in range(data.shape[1]) if _has_numbers(data, i)]
    if not places or not (forced or _are_series(data, places, named)):
        return None
    labels = list(range(places[0]))
    names = _row_names(data, labels, lines.tolist())
    place = _which(data, places, names, row)
    values = [str(data.iat[place, i]) for i in places]
    known = [i for i, value in enumerate(values) if not is_missing(value)] or [0]
    places = places[known[0] : known[-1] + 1]  # the years before the first value
    table = pd.DataFrame({0: [str(data.iat[place, i]) for i in places]}, dtype="str")
    if named and header:
        table.insert(0, "time", [_BRACKETS.sub("", header[i]).strip() for i in places])
        table.columns = pd.RangeIndex(2)
    return replace(
        cells,
        data=table,
        rows=np.array(places) + 1,
        header=("time", names[place]) if named else (names[place],),
        layout="rows",
        row=names[place],
        row_names=names,
        word="column",
        notes=[*cells.notes, _note(names, place)],
    )


def with_time_header(cells: Cells) -> Cells:
    """Use the first row as the header, if it holds years, dates or the numbers of months."""
    if cells.header is not None or len(cells.data) < 2 or cells.data.shape[1] < _FEWEST_TIMES:
        return cells
    first = [str(cell) for cell in cells.data.iloc[0]]
    counts = first[0] == "" and first[1:] == [str(i + 1) for i in range(len(first) - 1)]
    if not counts and not _time_places(first):
        return cells
    return replace(
        cells,
        data=cells.data.iloc[1:].reset_index(drop=True),
        rows=cells.rows[1:],
        header=tuple(first),
        header_line=int(cells.rows[0]),
    )


def _note(names: Sequence[str], place: int) -> Note:
    if len(names) == 1:
        text = f"The row '{names[place]}' was read as one series."
    else:
        text = (
            f"Each row was read as a series: {quoted(names, 5)}. '{names[place]}' was taken. "
            "Choose another row to read it."
        )
    return Note(text, "Read each column as a series", {"layout": "columns"})


def _time_places(header: Sequence[str]) -> list[int]:
    """The positions of the times in a header: years or dates, in order, without repeats."""
    cells = [_BRACKETS.sub("", cell[: _LONGEST_TIME + 1]).strip() for cell in header]
    places = [
        i for i, cell in enumerate(cells)
        if any(map(str.isdigit, cell)) and len(header[i]) <= _LONGEST_TIME
    ]  # fmt: skip
    years = [i for i in places if re.fullmatch(r"[12][0-9]{3}", cells[i])]
    if len(years) >= _FEWEST_TIMES:
        steps = np.diff([int(cells[i]) for i in years])
        plausible = all(1500 <= int(cells[i]) <= 2200 for i in years)
        one_way = bool((steps > 0).all() or (steps < 0).all())
        return years if plausible and one_way and 2 * len(years) > len(places) else []
    if len(places) < _FEWEST_TIMES or len({cells[i] for i in places}) < len(places):
        return []
    if any(is_number(cells[i]) for i in places):
        return []
    texts = pd.Series([cells[i] for i in places], dtype="str")
    return places if looks_like_dates(texts) else []


def _numbered(header: Sequence[str], data: pd.DataFrame) -> list[int]:
    """The positions of columns such as V2, V3, V4, if the first column holds names of rows."""
    split = [re.fullmatch(r"(.*?)([0-9]{1,6})", cell.strip()) for cell in header]
    last = split[-1]
    if last is None:
        return []
    places = [i for i, match in enumerate(split) if match is not None and match[1] == last[1]]
    numbers = [int(match[2]) for i in places if (match := split[i]) is not None]
    if 0 in places:  # M4 names the column of labels V1
        places, numbers = places[1:], numbers[1:]
    enough = len(places) >= _FEWEST_NUMBERED and bool((np.diff(numbers) == 1).all())
    return places if enough and _has_labels(data) else []


def _months(header: Sequence[str], data: pd.DataFrame) -> list[int]:
    """The positions of the months without a year, if the first column holds names of rows."""
    return month_places(list(header)) if _has_labels(data) else []


def _unnamed(data: pd.DataFrame) -> list[int]:
    """The positions of the values in a table without header that is wider than high."""
    rows, width = data.shape
    if width > max(rows + 1, 3) and _has_labels(data):
        return list(range(1, width))
    if width >= _WIDE and rows < _FEW_ROWS:
        return list(range(width))
    return []


def _has_labels(data: pd.DataFrame) -> bool:
    """Does the first column hold different texts that are no dates?"""
    first = data.iloc[:, 0]
    texts = not any(is_number(cell) or is_missing(cell) for cell in first.head(_SAMPLED))
    return texts and first.is_unique and not looks_like_dates(first.head(_SAMPLED))


def _are_series(data: pd.DataFrame, places: Sequence[int], named: bool) -> bool:
    """Do these columns hold numbers, and is the first column no time itself?"""
    if 2 * sum(_has_numbers(data, i) for i in places) < len(places):
        return False
    first = data.iloc[:, 0].head(_SAMPLED)
    if places[0] == 0:
        return not named or len(data) == 1
    shapes = {shape_of(cell) for cell in first}
    if looks_like_dates(first) or (len(shapes) == 1 and re.fullmatch(r"9\W9", min(shapes))):
        return False  # days such as 01-31 beside years
    counts = pd.to_numeric(first, errors="coerce")
    counting = len(first) > 2 and bool((np.diff(counts) == 1).all())
    return not (counting and len(data) > len(places))


def _has_numbers(data: pd.DataFrame, position: int) -> bool:
    column = [cell for cell in data.iloc[:_SAMPLED, position] if not is_missing(cell)]
    return 2 * sum(map(is_value, column)) >= len(column)


def _row_names(data: pd.DataFrame, labels: Sequence[int], lines: Sequence[int]) -> tuple[str, ...]:
    """A name for each row: the first label that is different in each row, or several labels."""
    texts = [data.iloc[:, i] for i in labels if data.iloc[:, i].nunique() > 1 or len(data) == 1]
    texts = [text for text in texts if (text != "").any()]
    if not texts:
        return tuple(f"row {line}" for line in lines)
    words = [text for text in texts if not all(is_number(cell) for cell in text.head(20))]
    texts = words or texts  # names before codes and latitudes
    single = next((text for text in texts if text.is_unique and (text != "").all()), None)
    if single is None:
        single = texts[0]
        for text in texts[1:3]:
            single = single + " / " + text
    return tuple(unique_names(single.str.strip(" /")))


def _which(data: pd.DataFrame, places: list[int], names: Sequence[str], row: str | None) -> int:
    """The position of the chosen row, or of the first row with at least half of its values."""
    if row:
        if row not in names:
            raise ReadError(f"There is no row '{clean(row)}'. The rows are {quoted(names)}.")
        return names.index(row)
    values = data.iloc[:_SAMPLED, places].to_numpy(dtype=object)
    counts = [sum(is_value(cell) for cell in line) for line in values]
    return next((i for i, n in enumerate(counts) if 2 * n >= len(places)), int(np.argmax(counts)))
