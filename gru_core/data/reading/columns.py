"""From cells to columns: their names, the time column, and cells that are not numbers."""

from __future__ import annotations

import re
from dataclasses import replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from gru_core.data.reading.choices import Note
from gru_core.data.reading.dialect import Cells
from gru_core.data.reading.numbers import Numbers, is_missing, is_number
from gru_core.data.reading.times import TIME_WORDS, looks_like_dates, step_of, to_dates
from gru_core.data.words import (
    clean,
    moment_in_words,
    quoted,
    rows_of,
    span_in_words,
    unique_names,
)
from gru_core.errors import ReadError

_LATEST = 1e15  # numeric times must be smaller than this
_HEADER_ROWS = 200  # so many rows below the first one decide if it is a header


def has_header(data: pd.DataFrame) -> bool:
    """Does the first row hold names, and do the rows below hold numbers or dates?"""
    below = data.iloc[1 : 1 + _HEADER_ROWS]
    if below.empty:
        return not any(is_number(cell) or is_missing(cell) for cell in data.iloc[0])
    for position, first in enumerate(data.iloc[0]):
        rest = [cell for cell in below.iloc[:, position] if not is_missing(cell)]
        if not rest or is_missing(first) or is_number(first):
            continue
        if re.fullmatch("(?i)[+-]?(inf|infinity|∞)", first):
            continue
        if 2 * sum(map(is_number, rest)) >= len(rest):
            return True
        digits = sum(any(c.isdigit() for c in cell) for cell in rest)
        if not any(c.isdigit() for c in first) and 2 * digits >= len(rest):
            return True  # a word above dates
    return False


def name_columns(cells: Cells, header: bool) -> tuple[list[str], Cells, list[Note]]:
    """Names for the columns, the cells without header row and empty columns, and notes."""
    data, notes = cells.data, []
    first = list(data.iloc[0]) if header else [""] * data.shape[1]
    if header:
        cells = replace(cells, rows=cells.rows[1:])
        data = data.iloc[1:].reset_index(drop=True)
    if data.empty:
        raise ReadError(
            f"There is a header ({quoted(map(clean, first))}) but no row below it. Add rows of "
            "numbers, or choose 'no header'."
        )
    filled = (data != "").any().to_numpy()
    keep = [i for i, name in enumerate(first) if filled[i] or name]
    first = [first[i] for i in keep]
    if header and cells.first_is_short and first[-1] == "" and "" not in first[:-1]:
        # R writes no name above its row labels, so every name is one column too far left
        first = ["", *first[:-1]]
        notes.append(
            Note(
                "The header has one name too few for the columns. The first column is the one "
                "without a name."
            )
        )
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


def named_like_time(name: str) -> bool:
    """Is one word of the name a word for time?"""
    return not TIME_WORDS.isdisjoint(re.split(r"[^a-z]+", name.lower()))


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
    cells: Cells,
    numbers: dict[str, Numbers],
    name: str,
    day_first: bool | None,
    prefer_day: bool,
) -> tuple[pd.Index, bool | None, list[Note]]:
    """The time of every row (N,) in the order of the file, whether days come first, and notes."""
    column, as_numbers = cells.data[name], numbers[name]
    index: pd.Index
    if as_numbers.is_numeric and not column.str.fullmatch("[12][0-9]{7}").all():  # such as 20240131
        used, notes = None, []
        values = as_numbers.values
        bad = ~(np.abs(values) < _LATEST)
        whole = not bad.any() and bool((values % 1 == 0).all())
        index = pd.Index(values.astype(np.int64) if whole else values, name=name)
    else:
        dates = to_dates(column, name=name, day_first=day_first, prefer_day=prefer_day)
        if dates is None:
            raise ReadError(
                f"The time column '{name}' holds no dates or numbers that can be read. Its first "
                f"cell is '{clean(str(column.iloc[0]), 30)}'. Write dates as 2024-12-31, or choose "
                "another time column, or none."
            )
        index, used, notes = dates.index, dates.day_first, dates.notes
        bad = np.asarray(index.isna())
    if bad.any():
        where = rows_of(cells.rows[bad].tolist(), column[bad].head().tolist(), cells.word)
        raise ReadError(
            f"The time column '{name}' has no valid time in {where}. Correct or remove these rows, "
            "or choose another time column, or none."
        )
    return index, used, notes


def in_order(time: pd.Index, cells: Cells) -> tuple[pd.Index, NDArray[np.int64], list[Note]]:
    """The times in increasing order, the row numbers (N,) in that order, and notes."""
    repeated = time.duplicated(keep=False)
    if repeated.any():
        where = rows_of(
            cells.rows[repeated].tolist(),
            [moment_in_words(moment) for moment in time[repeated][:5]],
            cells.word,
        )
        raise ReadError(
            f"The time column '{time.name}' has the same time more than once, in {where}. Keep one "
            "row for each time (or use their mean), or choose another time column, or none."
        )
    notes = []
    order = np.arange(len(time))
    if not time.is_monotonic_increasing:
        order = np.argsort(time.to_numpy(), kind="stable")
        time = time[order]
        notes.append(Note(f"The rows were not in the order of '{time.name}'. They were sorted."))
    if step_of(time) is None:
        steps = time[1:] - time[:-1]
        longest = int(np.argmax(steps))
        notes.append(
            Note(
                f"Irregular step: the steps of '{time.name}' are mostly "
                f"{span_in_words(pd.Series(steps).median())}, at most "
                f"{span_in_words(steps[longest])} (before {cells.word} "
                f"{cells.rows[order][longest + 1]}). The network counts values and does not see "
                "the times."
            )
        )
    return time, order, notes


def problem_of(name: str, numbers: Numbers, cells: Cells) -> str:
    """The message about cells of a column that are not numbers; '' if all is well."""
    column = cells.data[name]

    def where(bad: NDArray[np.bool_]) -> str:
        return rows_of(cells.rows[bad].tolist(), column[bad].head().tolist(), cells.word)

    if numbers.text.any():
        return (
            f"'{name}' has text among its numbers, in {where(numbers.text)}. Correct these cells, "
            "or leave them empty if the value is missing. If they are numbers, choose another "
            "decimal or thousands mark."
        )
    if numbers.infinite.any():
        return (
            f"'{name}' has infinite or too large values, in {where(numbers.infinite)}. Replace "
            "them, or leave the cells empty."
        )
    return ""


def left_out(names: list[str], numeric: list[str], time_name: str | None) -> list[Note]:
    """A note about the columns without numbers, if there are any."""
    rest = [name for name in names if name not in numeric and name != time_name]
    return [Note(f"Left out {quoted(rest)}: they have no numbers.")] if rest else []


def no_numbers(data: pd.DataFrame, names: list[str], time_name: str | None) -> str:
    """The message for a table without a column of numbers."""
    shown = [f"{name}: {clean(str(data[name].iloc[0]), 30)}" for name in names if name != time_name]
    if not shown:
        return (
            f"The only column, '{time_name}', holds times. There are no values. Add a column of "
            "numbers."
        )
    return (
        f"There is no column of numbers. The first row has {quoted(shown)}. If these are numbers, "
        "choose another separator or decimal mark. If not, add a column of numbers."
    )
