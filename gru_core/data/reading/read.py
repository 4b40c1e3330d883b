"""`read_table` reads a table, one step after the other."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from gru_core.data.reading.cells import Cells
from gru_core.data.reading.choices import DETECT, DateOrder, Note, ReadChoices
from gru_core.data.reading.columns import (
    find_time_column,
    left_out,
    name_columns,
    no_numbers,
    problem_of,
    read_time,
)
from gru_core.data.reading.decode import decode
from gru_core.data.reading.layout.lay_out import lay_out
from gru_core.data.reading.memory import give_back
from gru_core.data.reading.numbers.values import Values, notes_on, read_values, without_codes
from gru_core.data.reading.table import Detected, Table
from gru_core.data.reading.times.order import NO_ROW, in_order
from gru_core.data.reading.times.together import join_times
from gru_core.data.series import far_out
from gru_core.data.words import safe_name
from gru_core.errors import ReadError, raised_at_call

_LARGE = 1_000_000  # bytes; after a smaller file there is little memory to give back
_FAR = 15  # interquartile ranges from the quartiles; no usual peak of a series lies so far out
_MOST_LONELY = 2  # more far values than this are a part of the series
_FEWEST_TO_COMPARE = 12  # values


@raised_at_call
def read_table(
    source: bytes | str,
    *,
    name: str = "pasted text",
    choices: ReadChoices = DETECT,
    max_bytes: int = 20_000_000,
) -> Table:
    """Read the bytes of a CSV file, or pasted text.

    Raises:
        ReadError: the source is not a table of numbers. The message names the cause, the place and
            the fix.
    """
    table = _read(source, name, choices, max_bytes)
    if len(source) > _LARGE:
        give_back()
    return table


def _read(source: bytes | str, name: str, choices: ReadChoices, max_bytes: int) -> Table:
    text, encoding, notes = decode(source, choices.encoding, max_bytes)
    cells = lay_out(text, choices)
    del text  # as large as the file
    notes += cells.notes
    columns_of_file, cells, more = name_columns(cells)
    notes += more
    cells, joined = join_times(cells, choices.time_column)
    read = read_values(cells, choices)
    notes += [*read.notes, *joined]
    times = _read_times(cells, read, choices)
    notes += times.notes
    columns = [one for one in read.numeric if one != times.name]
    notes += notes_on(read, cells, columns)
    numbers, codes, more = without_codes(read.numbers, columns, choices.missing_codes)
    notes += more
    found = {one: problem_of(one, numbers[one], cells) for one in columns}
    problems = {one: problem for one, problem in found.items() if problem}
    usable = [one for one in columns if one not in problems]
    names = list(cells.data.columns)
    notes += [*left_out(names, columns, times.name), *problems.values()]
    if not usable:
        said = " ".join(problem.text for problem in problems.values())
        said = said or no_numbers(cells.data, names, times.name)
        raise ReadError(said, tuple(problems.values()))
    values = pd.DataFrame({one: _at(numbers[one].values, times.order) for one in usable})
    rows = np.where(times.order == NO_ROW, NO_ROW, cells.rows[times.order])
    return Table(
        data=values,
        time=times.index,
        rows=rows,
        detected=Detected(
            encoding=encoding,
            separator=cells.separator,
            decimal=read.decimal,
            thousands=read.thousands,
            missing_codes=codes,
            header=cells.header_line,
            left_out=cells.left_out,
            layout=cells.layout,
            row=cells.row,
            time_column=times.name,
            dates=times.dates,
            columns=tuple(columns_of_file),
            value_columns=tuple(usable),
            unusable=tuple(problems),
        ),
        notes=(*notes, *_notes_on_values(values, rows, cells.word, codes)),
        name=safe_name(name),
        word=cells.word,
        row_names=cells.row_names,
        problems=problems,
    )


@dataclass(frozen=True)
class _Times:
    """The time column, if there is one.

    `order` (N,) are the positions of the rows in the order of time; `NO_ROW` for a time that was
    added. `dates` is what comes first in a date such as 01/02/03.
    """

    name: str | None
    index: pd.Index | None
    dates: DateOrder | None
    order: NDArray[np.int64]
    notes: list[Note]


def _read_times(cells: Cells, read: Values, choices: ReadChoices) -> _Times:
    notes: list[Note] = []
    name = find_time_column(cells.data, read.numbers, read.numeric, choices.time_column, notes)
    if name is None:
        return _Times(None, None, None, np.arange(len(cells.data)), notes)
    prefer_day = cells.separator == ";" or read.decimal == ","
    time, dates, more = read_time(cells, read.numbers, name, choices.dates, prefer_day)
    notes += more
    time, order, more = in_order(time, cells)
    return _Times(name, time, dates, order, notes + more)


def _at(values: NDArray[np.float64], order: NDArray[np.int64]) -> NDArray[np.float64]:
    """The values (N,) in this order of rows (M,), NaN where there is no row."""
    return np.where(order == NO_ROW, np.nan, values[order])


def _notes_on_values(
    values: pd.DataFrame, rows: NDArray[np.int64], word: str, codes: tuple[float, ...]
) -> list[Note]:
    """Which columns are constant, have missing values, or a value far from all others."""
    notes = []
    for name in map(str, values.columns):
        known = values[name].to_numpy()
        known = known[~np.isnan(known)]
        if len(known) > 1 and known[0] == known.min() == known.max():
            text = f"'{name}' is constant ({known[0]:g}): there is nothing to learn."
            notes.append(Note(text))
        for position in np.flatnonzero(_lonely(values[name].to_numpy())):
            value = float(values[name].iloc[position])
            text = (
                f"{value:.10g} in {word} {rows[position]} of '{name}' lies far from all other "
                "values. A network would learn mostly this one."
            )
            change = {"missing_codes": (*codes, value)}
            notes.append(Note(text, f"Count {value:.10g} as missing", change))
        absent = len(values) - len(known)
        if absent:
            notes.append(Note(f"'{name}' has {absent} of {len(values)} values missing."))
    return notes


def _lonely(values: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Which of `values` (N,) are one or two that lie far from all others (N,)."""
    if (~np.isnan(values)).sum() >= _FEWEST_TO_COMPARE:
        far = far_out(values, _FAR)
        if far.sum() <= _MOST_LONELY:
            return far
    return np.zeros(len(values), dtype=bool)
