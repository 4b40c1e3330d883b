"""`read_table` reads a table, one step after the other. `Table` is the result, with its notes."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from gru_core.data.reading.choices import DETECT, Note, ReadChoices
from gru_core.data.reading.columns import (
    find_time_column,
    has_header,
    in_order,
    left_out,
    name_columns,
    named_like_time,
    no_numbers,
    problem_of,
    read_time,
)
from gru_core.data.reading.decode import decode
from gru_core.data.reading.dialect import SEPARATORS, split
from gru_core.data.reading.numbers import detect_marks, to_numbers
from gru_core.data.reading.times import step_of
from gru_core.data.series import LARGEST_VALUE, Series, as_series
from gru_core.data.words import clean, moment_in_words, quoted, rows_of, safe_name
from gru_core.errors import ReadError, SeriesError, raised_at_call
from gru_core.wording import short_repr

Missing = Literal["refuse", "interpolate", "drop"]


@dataclass(frozen=True, kw_only=True)
class Detected:
    """What the reader detected or the caller chose. In `unusable` columns not all are numbers."""

    encoding: str
    separator: str
    decimal: str
    thousands: str
    header: bool
    time_column: str | None
    day_first: bool | None
    columns: tuple[str, ...]
    value_columns: tuple[str, ...]
    unusable: tuple[str, ...]


@dataclass(frozen=True, eq=False, kw_only=True)
class Table:
    """Columns of numbers in the order of time.

    `data` (N, C) are float64, NaN where a value is missing. `time` (N,) increases without repeats.
    It holds dates or numbers, or is None. Dates have no zone; they are UTC if the file has zones.
    `rows` (N,) are the line numbers in the file, counted from 1. `problems` says what is wrong with
    each unusable column.
    """

    data: pd.DataFrame
    time: pd.Index | None
    rows: NDArray[np.int64]
    detected: Detected
    notes: tuple[Note, ...]
    name: str
    word: str = "row"
    problems: dict[str, str] = field(default_factory=dict)

    __repr__ = short_repr

    @raised_at_call
    def series(self, column: str | None = None, missing: Missing = "refuse") -> Series:
        """One column as a `Series`. See `series_and_notes`."""
        return self.series_and_notes(column, missing)[0]

    @raised_at_call
    def series_and_notes(
        self, column: str | None = None, missing: Missing = "refuse"
    ) -> tuple[Series, tuple[Note, ...]]:
        """One column (by default `default`) as a `Series`, and notes on its missing values.

        `missing` says what to do with missing values. 'refuse' raises. 'interpolate' fills them
        with a straight line in time, but never before the first or after the last known value.
        'drop' removes their rows.

        Raises:
            ReadError: there is no such column, or it has text among its numbers.
            SeriesError: values are missing and refused, or values are too large.
        """
        column = self.default if column is None else column
        if column in self.problems:
            raise ReadError(self.problems[column])
        if column not in self.data:
            raise ReadError(
                f"There is no column of numbers named '{clean(column)}'. The columns of numbers "
                f"are {quoted(self.data.columns)}."
            )
        if missing not in ("refuse", "interpolate", "drop"):
            raise SeriesError(
                f"missing='{missing}' is not known; choose refuse, interpolate or drop."
            )
        values, time = self.data[column].to_numpy(), self.time
        self._refuse_large(column, values)
        absent = np.isnan(values)
        notes: list[Note] = []
        if absent.any():
            where = rows_of(self.rows[absent].tolist(), word=self.word)
            gaps = (
                f"'{column}': {int(absent.sum())} of {len(values)} values are missing, in {where}."
            )
            if missing == "refuse":
                raise SeriesError(f"{gaps} Choose to interpolate or drop them, or fill them in.")
            keep, filled = ~absent, values
            if missing == "interpolate":
                keep, filled = _interpolate(values, time)
            interpolated, dropped = int(keep.sum() - (~absent).sum()), int((~keep).sum())
            notes.append(Note(f"{gaps} {interpolated} were interpolated and {dropped} dropped."))
            if missing == "drop" and step_of(self._steps()) and not step_of(self._steps()[keep]):
                notes.append(
                    Note(
                        "The step is no longer regular, and the forecast does not see the gaps. "
                        "Interpolate instead to keep the step."
                    )
                )
            values, time = filled[keep], None if time is None else time[keep]
        known = pd.Series(values, index=time, name=column)
        return as_series(known, column), tuple(notes)

    @property
    def default(self) -> str:
        """The first column of numbers whose name is not a word for time, else the first one."""
        names = [str(name) for name in self.data.columns]
        return next((name for name in names if not named_like_time(name)), names[0])

    def describe(self) -> str:
        """Two sentences for the user: how the table was read, and what is in it."""
        detected = self.detected
        separator = SEPARATORS.get(detected.separator, f"'{detected.separator}'")
        cut = f"separated by {separator}" if detected.separator else "one column"
        grouped = f", thousands mark '{detected.thousands}'" if detected.thousands else ""
        how = (
            f"'{self.name}' was read as {detected.encoding}, {cut}, "
            f"{'with' if detected.header else 'without'} a header, decimal mark "
            f"'{detected.decimal}'{grouped}."
        )
        rows = "1 row" if len(self.data) == 1 else f"{len(self.data):,} rows"
        what = f"{rows} of {quoted(detected.value_columns)}"
        if self.time is None:
            return f"{how} It has {what}, without times."
        step = step_of(self.time)
        steps = f"step {step}" if step else "irregular steps"
        ends = f"{moment_in_words(self.time[0])} to {moment_in_words(self.time[-1])}"
        return f"{how} It has {what}, by '{detected.time_column}' from {ends} ({steps})."

    def _steps(self) -> pd.Index:
        return pd.RangeIndex(len(self.data)) if self.time is None else self.time

    def _refuse_large(self, column: str, values: NDArray[np.float64]) -> None:
        large = np.abs(values) > LARGEST_VALUE
        if large.any():
            where = rows_of(
                self.rows[large].tolist(), [f"{v:g}" for v in values[large][:5]], self.word
            )
            raise SeriesError(
                f"'{column}' has values larger than {LARGEST_VALUE:g} in size, in {where}. "
                "Divide the column by a constant first."
            )


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
    text, encoding, notes = decode(source, choices.encoding, max_bytes)
    cells = split(text, choices.separator)
    del text  # as large as the file
    notes += cells.notes

    header = has_header(cells.data) if choices.header is None else choices.header
    names, cells, more = name_columns(cells, header)
    notes += more
    data = cells.data
    decimal, thousands, more = detect_marks(
        [data[name] for name in names], cells.separator, choices.decimal, choices.thousands
    )
    notes += more
    numbers = {name: to_numbers(data[name], decimal, thousands) for name in names}
    numeric = [name for name in names if numbers[name].is_numeric]

    time_name = find_time_column(data, numbers, numeric, choices.time_column, notes)
    time, day_first = None, None
    order = np.arange(len(data))
    if time_name is not None:
        prefer_day = cells.separator == ";" or decimal == ","
        time, day_first, more = read_time(cells, numbers, time_name, choices.day_first, prefer_day)
        notes += more
        time, order, more = in_order(time, cells)
        notes += more
    columns = [name for name in numeric if name != time_name]
    problems = {name: problem_of(name, numbers[name], cells) for name in columns}
    problems = {name: problem for name, problem in problems.items() if problem}
    usable = [name for name in columns if name not in problems]
    notes += [*left_out(names, columns, time_name), *map(Note, problems.values())]
    if not usable:
        raise ReadError(" ".join(problems.values()) or no_numbers(data, names, time_name))
    values = pd.DataFrame({name: numbers[name].values[order] for name in usable})
    for name_ in usable:
        known = values[name_].dropna()
        if len(known) > 1 and known.iloc[0] == known.min() == known.max():
            notes.append(
                Note(f"'{name_}' is constant ({known.iloc[0]:g}): there is nothing to learn.")
            )
        absent = len(values) - len(known)
        if absent:
            notes.append(Note(f"'{name_}' has {absent} of {len(values)} values missing."))
    return Table(
        data=values,
        time=time,
        rows=cells.rows[order],
        detected=Detected(
            encoding=encoding,
            separator=cells.separator,
            decimal=decimal,
            thousands=thousands,
            header=header,
            time_column=time_name,
            day_first=day_first,
            columns=tuple(names),
            value_columns=tuple(usable),
            unusable=tuple(problems),
        ),
        notes=tuple(notes),
        name=safe_name(name),
        word=cells.word,
        problems=problems,
    )


def _interpolate(
    values: NDArray[np.float64], time: pd.Index | None
) -> tuple[NDArray[np.bool_], NDArray[np.float64]]:
    """Which rows to keep (N,), and the values with gaps filled by straight lines (N,)."""
    if time is None:
        x = np.arange(len(values), dtype=float)
    elif isinstance(time, pd.DatetimeIndex):
        x = ((time - time[0]) / pd.Timedelta(seconds=1)).to_numpy(dtype=float)
    else:
        x = time.to_numpy(dtype=float)
    known = ~np.isnan(values)
    where = np.flatnonzero(known)
    keep = np.zeros(len(values), dtype=bool)
    keep[where[0] : where[-1] + 1] = True
    return keep, np.where(known, values, np.interp(x, x[known], values[known]))
