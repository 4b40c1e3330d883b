"""`Table` is what the reader makes of a file: columns of numbers in the order of time."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from gru_core.data.reading.choices import DateOrder, Layout, Note
from gru_core.data.reading.layout.dialect import SEPARATORS
from gru_core.data.reading.numbers.default import default_column
from gru_core.data.reading.times.order import NO_ROW
from gru_core.data.series import LARGEST_VALUE, Series, as_series
from gru_core.data.step_finding import step_of, times_after
from gru_core.data.words import (
    SHOWN,
    clean,
    listed,
    moment_in_words,
    quoted,
    rows_of,
)
from gru_core.errors import ReadError, SeriesError, raised_at_call
from gru_core.wording import count, short_repr

Missing = Literal["refuse", "interpolate", "drop"]


@dataclass(frozen=True, kw_only=True)
class Detected:
    """What the reader detected or the caller chose. In `unusable` columns not all are numbers."""

    encoding: str
    separator: str
    decimal: str
    thousands: str
    header: int  # its line number, or 0 for no header
    left_out: tuple[int, ...]
    layout: Layout
    row: str | None
    time_column: str | None
    dates: DateOrder | None
    missing_codes: tuple[float, ...]
    columns: tuple[str, ...]
    value_columns: tuple[str, ...]
    unusable: tuple[str, ...]


@dataclass(frozen=True, eq=False, kw_only=True)
class Table:
    """Columns of numbers in the order of time.

    `data` (N, C) are float64, NaN where a value is missing. `time` (N,) increases without repeats.
    It holds dates or numbers, or is None. Dates are UTC if the file has zones, and have no zone. If
    the clocks change in the file, they have the zone that explains it.
    `rows` (N,) are the line numbers in the file, counted from 1, and -1 for a time that has no row
    and was added, so that the step stays regular. `problems` says what is wrong with
    each unusable column. `row_names` are the series to choose from with
    `ReadChoices.row`, if there are several.
    """

    data: pd.DataFrame
    time: pd.Index | None
    rows: NDArray[np.int64]
    detected: Detected
    notes: tuple[Note, ...]
    name: str
    word: str = "row"
    row_names: tuple[str, ...] = ()
    problems: dict[str, Note] = field(default_factory=dict)

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
            raise ReadError(self.problems[column].text, (self.problems[column],))
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
            gaps = (
                f"'{column}': {int(absent.sum())} of {len(values)} values are missing, "
                f"{self._places(absent)}."
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

    # The page asks for these at every rerun, and a table never changes.
    @cached_property
    def default(self) -> str:
        """The column that is most likely the series. See `default_column`."""
        return default_column(self.data)

    def describe(self) -> str:
        """Two sentences for the user: how the table was read, and what is in it."""
        detected = self.detected
        separator = SEPARATORS.get(detected.separator, f"'{detected.separator}'")
        cut = f"separated by {separator}" if detected.separator else "one column"
        cut = {"record": "records", "value": "a list"}.get(self.word, cut)
        grouped = f", thousands mark '{detected.thousands}'" if detected.thousands else ""
        how = (
            f"'{self.name}' was read as {detected.encoding}, {cut}, "
            f"{'with' if detected.header else 'without'} a header, decimal mark "
            f"'{detected.decimal}'{grouped}."
        )
        what = f"{count(len(self.data), 'row')} of {quoted(detected.value_columns)}"
        if self.time is None:
            return f"{how} It has {what}, without times."
        step = step_of(self.time)
        steps = f"step {step}" if step else "irregular steps"
        ends = f"{moment_in_words(self.time[0])} to {moment_in_words(self.time[-1])}"
        return f"{how} It has {what}, by '{detected.time_column}' from {ends} ({steps})."

    @cached_property
    def step(self) -> str | None:
        """The step in words, such as `1 month`; None if it is irregular or there are no times."""
        return None if self.time is None else step_of(self.time)

    @cached_property
    def next_time(self) -> pd.Timestamp | float | None:
        """The time of the first forecast value; None if there are no times."""
        if self.time is None:
            return None
        following: pd.Timestamp | float = times_after(self.time, 1)[0]
        return following

    def _places(self, absent: NDArray[np.bool_]) -> str:
        """Where values are missing (N,): in which rows, and at which times without a row."""
        rows, without = self.rows[absent & (self.rows != NO_ROW)], self.rows == NO_ROW
        places = [f"in {rows_of(rows.tolist(), word=self.word)}"] if len(rows) else []
        if self.time is not None and without.any():
            shown = [moment_in_words(moment) for moment in self.time[without][:SHOWN]]
            shown += [""] * (int(without.sum()) - len(shown))
            times = "times that have" if len(shown) > 1 else "a time that has"
            places.append(f"at {times} no row ({listed(shown, SHOWN)})")
        return " and ".join(places)

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
