"""From cells to columns: their names, the time column, and cells that are not numbers."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from gru_core.data.reading.cells import Cells
from gru_core.data.reading.choices import DateOrder, Note
from gru_core.data.reading.numbers.decorations import is_decorated
from gru_core.data.reading.numbers.parse import Numbers, is_number
from gru_core.data.reading.times.number_times import number_dates
from gru_core.data.reading.times.parse import looks_like_dates, named_like_time, to_dates
from gru_core.data.words import (
    clean,
    quoted,
    rows_of,
    unique_names,
)
from gru_core.errors import ReadError

_LATEST = 9e15  # numeric times must be smaller than this


def name_columns(cells: Cells) -> tuple[list[str], Cells, list[Note]]:
    """Names for the columns, the cells without empty columns, and notes.

    Raises:
        ReadError: there is a header, but no row of data.
    """
    data, notes = cells.data, []
    first = list(cells.header or [""] * data.shape[1])
    if data.empty:
        raise ReadError(
            f"There is a header ({quoted(map(clean, first))}) but no row below it. Add rows of "
            "numbers, or choose 'no header'."
        )
    filled = (data != "").any().to_numpy()
    keep = [i for i, name in enumerate(first) if filled[i] or name]
    first = [first[i] for i in keep]
    names = unique_names(first)
    changed = [name for name, raw in zip(names, first, strict=True) if raw and name != raw]
    if changed:
        notes.append(
            Note(
                f"Some columns were renamed: {quoted(changed)}. Equal names get a number, and long "
                "or invisible parts are removed."
            )
        )
    data = data.iloc[:, keep]
    data.columns = pd.Index(names)
    return names, replace(cells, data=data), notes


def find_time_column(
    data: pd.DataFrame,
    numbers: dict[str, Numbers],
    numeric: list[str],
    chosen: str | None,
    notes: list[Note],
) -> str | None:
    """The time column, or None.

    The user's choice comes first. Then come a column with a name for time, a column of dates, and a
    first column that counts up by one. Adds to `notes`.
    """
    if chosen == "":
        return None
    if chosen is not None:
        if chosen not in data:
            raise ReadError(
                f"There is no column '{clean(chosen)}' to use as the time. The columns are "
                f"{quoted(data.columns)}."
            )
        return chosen
    names = [str(name) for name in data.columns]
    named = [name for name in names if named_like_time(name)]
    for name in named:
        if name not in numeric:
            if looks_like_dates(data[name]):
                return name
        elif len(numeric) > 1:
            values = numbers[name].values
            if number_dates(data[name], values, name) is not None:
                return name
            steps = np.diff(values) if _are_times(values) else np.zeros(1)
            one_way = bool((steps > 0).all() or (steps < 0).all())
            if one_way or (name == names[0] and steps.any() and len(set(values)) == len(values)):
                return name
            notes.append(
                Note(
                    f"'{name}' has a name for time, but its values repeat or do not increase. It "
                    "was not used as the time."
                )
            )
    for name in names:
        if name not in numeric and looks_like_dates(data[name]):
            return name
    first = names[0]
    if len(numeric) > 1 and first in numeric and len(data) > 2:
        values = numbers[first].values
        if number_dates(data[first], values, "") is not None:
            return first
        if _are_times(values) and (np.diff(values) == 1).all() and values[0] % 1 == 0:
            notes.append(
                Note(
                    f"'{first}' counts up by one, so it was used as the time. If it holds values, "
                    "choose no time column.",
                    "Use no time column",
                    {"time_column": ""},
                )
            )
            return first
    return None


def _are_times(values: NDArray[np.float64]) -> bool:
    """Does every row have a number small enough for exact differences?"""
    return bool((np.abs(values) < _LATEST).all())


def read_time(
    cells: Cells, numbers: dict[str, Numbers], name: str, first: DateOrder | None, prefer_day: bool
) -> tuple[pd.Index, DateOrder | None, list[Note]]:
    """The time of every row (N,) in the order of the file, what comes first in dates, and notes."""
    column, values = cells.data[name], numbers[name].values
    index: pd.Index
    if not numbers[name].is_numeric:
        dates = to_dates(column, name=name, first=first, prefer_day=prefer_day)
        if dates is None:
            raise ReadError(
                f"The time column '{name}' holds no dates or numbers that can be read. Its first "
                f"cell is '{clean(str(column.iloc[0]), 30)}'. Write dates as 2024-12-31, or choose "
                "another time column, or none."
            )
    else:
        dates = None if first == "number" else number_dates(column, values, name)
    if dates is not None:
        index, used, notes = dates.index, dates.first, dates.notes
        bad = np.asarray(index.isna())
    else:
        used, notes = None, []
        bad = ~(np.abs(values) < _LATEST)
        whole = not bad.any() and bool((values % 1 == 0).all())
        index = pd.Index(values.astype(np.int64) if whole else values, name=name)
    if bad.any():
        where = rows_of(cells.rows[bad].tolist(), column[bad].head().tolist(), cells.word)
        raise ReadError(
            f"The time column '{name}' has no valid time in {where}. Correct or remove these rows, "
            "or choose another time column, or none."
        )
    return index, used, notes


def problem_of(name: str, numbers: Numbers, cells: Cells) -> Note | None:
    """What is wrong with cells of a column that are not numbers, or None. It can leave them out."""
    if numbers.missing.all():
        message = f"'{name}' has only codes for missing values. Choose other codes, or none."
        return Note(message, "Read all codes as numbers", {"missing_codes": ()})
    bad = numbers.text | numbers.infinite
    if not bad.any():
        return None
    lines = cells.rows[bad].tolist()
    where = rows_of(lines, cells.data[name][bad].head().tolist(), cells.word)
    if numbers.text.any():
        message = (
            f"'{name}' has text among its numbers, in {where}. Correct these cells, or leave them "
            "empty if the value is missing. If they are numbers, choose another decimal or "
            "thousands mark."
        )
    else:
        message = (
            f"'{name}' has infinite or too large values, in {where}. Replace them, or leave the "
            "cells empty."
        )
    if 2 * len(lines) > len(bad):
        return Note(message)  # without most of its rows, it would be another series
    label = f"Leave out {rows_of(lines, word=cells.word)}"
    return Note(message, label, {"left_out": tuple(sorted({*cells.left_out, *lines}))})


def left_out(names: list[str], numeric: list[str], time_name: str | None) -> list[Note]:
    """A note about the columns without numbers, if there are any."""
    rest = [name for name in names if name not in numeric and name != time_name]
    if not rest:
        return []
    have = "it has" if len(rest) == 1 else "they have"
    return [Note(f"Left out {quoted(rest)}: {have} no numbers.")]


def no_numbers(data: pd.DataFrame, names: list[str], time_name: str | None) -> str:
    """The message for a table without a column of numbers."""
    shown = [f"{name}: {clean(str(data[name].iloc[0]), 30)}" for name in names if name != time_name]
    if not shown:
        return (
            f"The only column, '{time_name}', holds times. There are no values. Add a column of "
            "numbers."
        )
    first = [str(data[name].iloc[0]) for name in names if name != time_name]
    if any(is_decorated(cell) and not is_number(cell) for cell in first):
        return (
            f"There is no column of numbers. The first row has {quoted(shown)}. Write each number "
            "without text, and all numbers of a column in the same unit."
        )
    return (
        f"There is no column of numbers. The first row has {quoted(shown)}. If these are numbers, "
        "choose another separator or decimal mark. If not, add a column of numbers."
    )
