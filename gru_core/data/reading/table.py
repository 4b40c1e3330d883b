"""`read_table`: the order in which a table is read; `Table`: what was read, and said about it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

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
from gru_core.data.reading.words import clean, moment_in_words, quoted, rows_of, safe_name
from gru_core.data.series import LARGEST_VALUE, Series, as_series
from gru_core.errors import ReadError, SeriesError

Missing = Literal["refuse", "interpolate", "drop"]


@dataclass(frozen=True, kw_only=True)
class ReadChoices:
    """What the caller overrules; None means detect.

    `encoding` is one of `ENCODINGS`; `separator` one character, '' for one column; `decimal` '.'
    or ','; `thousands` '' (none), ',', '.', ' ' or "'"; `time_column` a name, '' for none.
    """

    encoding: str | None = None
    separator: str | None = None
    decimal: str | None = None
    thousands: str | None = None
    header: bool | None = None
    time_column: str | None = None
    day_first: bool | None = None


@dataclass(frozen=True, kw_only=True)
class Detected:
    """What was found, or chosen. `unusable` columns hold numbers, but not only; others are text."""

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
    """Columns of numbers, (N, C) float64 with NaN where missing, in the order of time.

    `time` (N,) is increasing without repeats: dates (UTC if the file names zones, without a zone
    here), numbers, or None. `rows` (N,) are the line numbers in the file, counted from 1.
    `problems` says of each unusable column what is wrong with it.
    """

    data: pd.DataFrame
    time: pd.Index | None
    rows: NDArray[np.int64]
    detected: Detected
    notes: tuple[str, ...]
    name: str
    word: str = "row"
    problems: dict[str, str] = field(default_factory=dict)

    def series(self, column: str | None = None, missing: Missing = "refuse") -> Series:
        """One column as a `Series`: see `series_and_notes`."""
        return self.series_and_notes(column, missing)[0]

    def series_and_notes(
        self, column: str | None = None, missing: Missing = "refuse"
    ) -> tuple[Series, tuple[str, ...]]:
        """One column (by default `default`) as a `Series`, and what was done to it, in sentences.

        Missing values are refused, interpolated linearly (in time where there is one, and never
        beyond the first and last known value), or dropped with their rows.

        Raises:
            ReadError: no such column, or one with text among its numbers.
            SeriesError: values are missing and refused, or too large.
        """
        column = self.default if column is None else column
        if column in self.problems:
            raise ReadError(self.problems[column])
        if column not in self.data:
            raise ReadError(
                f"There is no column of numbers named '{clean(column)}'; there is "
                f"{quoted(self.data.columns)}."
            )
        if missing not in ("refuse", "interpolate", "drop"):
            raise SeriesError(f"'{missing}' is not known; choose refuse, interpolate or drop.")
        values, time = self.data[column].to_numpy(), self.time
        self._refuse_large(column, values)
        absent = np.isnan(values)
        notes: list[str] = []
        if absent.any():
            where = rows_of(self.rows[absent].tolist(), word=self.word)
            said = (
                f"'{column}': {int(absent.sum())} of {len(values)} values are missing, in {where}"
            )
            if missing == "refuse":
                raise SeriesError(
                    f"{said}. Choose to interpolate or to drop them, or fill them in."
                )
            keep, filled = ~absent, values
            if missing == "interpolate":
                keep, filled = _interpolate(values, time)
            notes.append(f"{said}; {int(keep.sum() - (~absent).sum())} were interpolated and "
                         f"{int((~keep).sum())} dropped.")  # fmt: skip
            if missing == "drop" and step_of(self._steps()) and not step_of(self._steps()[keep]):
                notes.append("After that the step is no longer regular; the forecast takes no "
                             "notice of the gaps. Interpolating keeps the step.")  # fmt: skip
            values, time = filled[keep], None if time is None else time[keep]
        known = pd.Series(values, index=time, name=column)
        return as_series(known, column), tuple(notes)

    @property
    def default(self) -> str:
        """The first column of numbers that is not named like a time, if there is one."""
        names = [str(name) for name in self.data.columns]
        return next((name for name in names if not named_like_time(name)), names[0])

    def describe(self) -> str:
        """Two sentences for the screen: how it was read, and what is in it."""
        found = self.detected
        separator = SEPARATORS.get(found.separator, f"'{found.separator}'")
        cut = f"separated by {separator}" if found.separator else "one column"
        grouped = f", thousands grouped by '{found.thousands}'" if found.thousands else ""
        how = (
            f"'{self.name}' was read as {found.encoding}, {cut}, "
            f"{'with' if found.header else 'without'} a header, decimal mark "
            f"'{found.decimal}'{grouped}."
        )
        rows = "1 row" if len(self.data) == 1 else f"{len(self.data):,} rows"
        what = f"{rows} of {quoted(found.value_columns)}"
        if self.time is None:
            return f"{how} It has {what}, without times."
        step = step_of(self.time)
        steps = f"step {step}" if step else "irregular steps"
        ends = f"{moment_in_words(self.time[0])} to {moment_in_words(self.time[-1])}"
        return f"{how} It has {what}, by '{found.time_column}' from {ends} ({steps})."

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


def read_table(
    source: bytes | str,
    *,
    name: str = "pasted text",
    choices: ReadChoices = ReadChoices(),
    max_bytes: int = 20_000_000,
) -> Table:
    """Read a CSV file's bytes, or pasted text; see the package's docstring.

    Raises:
        ReadError: it is no table of numbers; the message names cause, place and fix.
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
    notes += [*left_out(names, columns, time_name), *problems.values()]
    if not usable:
        raise ReadError(" ".join(problems.values()) or no_numbers(data, names, time_name))
    values = pd.DataFrame({name: numbers[name].values[order] for name in usable})
    for name_ in usable:
        known = values[name_].dropna()
        if len(known) > 1 and known.iloc[0] == known.min() == known.max():
            notes.append(f"'{name_}' is constant ({known.iloc[0]:g}): there is nothing to learn.")
        absent = len(values) - len(known)
        if absent:
            notes.append(f"'{name_}' has {absent} of {len(values)} values missing.")
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
    """Which rows to keep (N,), and the values with the gaps inside filled linearly (N,)."""
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
