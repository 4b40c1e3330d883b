"""`Series`: the values of a run, checked once, with their time index if they have one."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from gru_core.data.step_finding import GOES_ON, find_step, times_after
from gru_core.data.steps import GivenStep, Step
from gru_core.errors import SeriesError
from gru_core.wording import short_repr

__all__ = [
    "LARGEST_VALUE",
    "ROUNDING",
    "Series",
    "as_series",
    "extent",
    "far_out",
    "size_exponent",
    "spread",
]

#: The networks compute in float32. The square of a larger value would overflow it.
LARGEST_VALUE = 1e18
#: A range of at most so many rounding errors of the largest value is no range.
ROUNDING = 4 * float(np.finfo(np.float64).eps)


@dataclass(frozen=True, eq=False)
class Series:
    """A series of numbers.

    `values` (N,) are float64 and finite. `time` (N,) is their index; None means 0, 1, 2, ...
    `unit` is the unit of the values in words. `step` tells how one time follows another; None
    means: as the times show.
    """

    values: NDArray[np.float64]
    name: str = "series"
    time: pd.Index | None = None
    unit: str = ""
    step: Step | None = None

    __repr__ = short_repr

    def __len__(self) -> int:
        return len(self.values)

    @property
    def spread(self) -> float:
        """The standard deviation of the values; exactly 0 for a constant. See `spread`."""
        return spread(self.values)

    def part(self, start: int, stop: int) -> Series:
        """Only the values of steps `start` to `stop` (exclusive), with their times."""
        time = None if self.time is None else self.time[start:stop]
        return replace(self, values=self.values[start:stop], time=time)

    def times(self, start: int, stop: int) -> pd.Index:
        """The time index of steps `start` to `stop` (exclusive). It may go beyond the end.

        A regular index goes on with its step, such as a month or a working day, also if some of
        its times are not there. An irregular one goes on with its median step.
        """
        if self.time is None:
            return pd.RangeIndex(start, stop)
        known = self.time[start:stop]
        missing = stop - max(start, len(self))
        if missing <= 0:
            return known
        offset = max(start - len(self), 0)
        return known.append(times_after(self.time, offset + missing, self.step)[offset:])


def spread(values: NDArray[np.float64]) -> float:
    """The standard deviation of `values` (N,), which are finite; exactly 0 where they are equal.

    NumPy's standard deviation of a constant can be a rounding error, such as 4e-17 for 60 values of
    0.1. An error of any size would be huge beside it. So a range of a few rounding errors counts as
    none.
    """
    if not _varies(values):
        return 0.0
    exponent = size_exponent(values)
    return math.ldexp(float(np.ldexp(values, -exponent).std()), exponent)


def extent(values: NDArray[np.float64]) -> float:
    """What is far away beside `values` (N,): their range, or of a constant its size, or of zeros 1.

    It is always above 0.
    """
    if _varies(values):
        return float(np.ptp(values))
    return float(np.abs(values).max()) or 1.0


def far_out(values: NDArray[np.float64], ranges: float) -> NDArray[np.bool_]:
    """Which `values` (N,) lie more than so many interquartile `ranges` outside the quartiles (N,).

    This is Tukey's rule (1977, Exploratory Data Analysis). NaN is never far out. No value is, if
    half of all are equal.
    """
    low, high = np.nanpercentile(values, (25, 75))
    reach = ranges * (high - low)
    far: NDArray[np.bool_] = (values < low - reach) | (values > high + reach)
    return far if reach > 0 else np.zeros_like(far)


def _varies(values: NDArray[np.float64]) -> bool:
    return bool(np.ptp(values) > ROUNDING * np.abs(values).max())


def size_exponent(values: NDArray[np.float64]) -> int:
    """The power of two that the range of finite `values` has; 0 where they are all equal.

    `np.ldexp(values, -exponent)` then has a range near 1, and not a digit is changed. Squares of
    values as small as 1e-170 would be 0 otherwise.
    """
    return int(np.frexp(np.ptp(values))[1])


def as_series(values: ArrayLike | pd.Series[Any] | Series, name: str = "series") -> Series:
    """Check `values` (a 1-D array-like, a pandas Series or a `Series`) and wrap them.

    Raises:
        SeriesError: the values are not one-dimensional, are not numbers, are not finite or exceed
            `LARGEST_VALUE`, or there are none. The message names the first bad positions.
    """
    if isinstance(values, Series):
        return values
    time = None
    step: Step | None = None
    if isinstance(values, pd.Series):
        name = str(values.name) if values.name is not None else name
        time = None if isinstance(values.index, pd.RangeIndex) else values.index
        if isinstance(time, pd.PeriodIndex) and not time.hasnans:
            step = find_step(pd.period_range(time[0], periods=13).to_timestamp())
            time = time.to_timestamp()
        if time is not None and not (isinstance(time, pd.DatetimeIndex) or _is_numeric(time)):
            time = None
        if time is not None and not (time.is_monotonic_increasing and time.is_unique):
            raise SeriesError(
                f"The index of '{name}' does not increase from row to row. "
                "First sort the series by time and remove repeated times."
            )
        if isinstance(time, pd.DatetimeIndex) and time.freq is not None:
            step = GivenStep(time.freq)
        elif step is None and time is not None:
            step = find_step(time, GOES_ON)
    try:
        if np.asarray(values).dtype.kind in "cmM":  # NumPy would convert these to numbers
            raise TypeError("its values are complex numbers, dates or time spans")
        if isinstance(values, np.ma.MaskedArray):
            values = np.ma.filled(values.astype(np.float64), np.nan)
        array = np.asarray(values, dtype=np.float64)
    except (TypeError, ValueError, OverflowError) as error:
        raise SeriesError(f"'{name}' contains something that is not a number: {error}.") from None
    if array.ndim == 2 and 1 in array.shape:
        array = array.ravel()
    if array.ndim != 1:
        raise SeriesError(
            f"'{name}' has the shape {array.shape}. Give one column of values, with the shape (N,)."
        )
    if array.size == 0:
        raise SeriesError(f"'{name}' is empty. Give it at least one value.")
    _refuse(~np.isfinite(array), name, "missing or infinite", "First fill them in or drop them.")
    _refuse(
        np.abs(array) > LARGEST_VALUE,
        name,
        f"larger than {LARGEST_VALUE:g} in size",
        "First divide the series by a constant.",
    )
    array = array.copy()
    array.setflags(write=False)
    return Series(array, name, time, step=step)


def _refuse(bad: NDArray[np.bool_], name: str, what: str, fix: str) -> None:
    if not bad.any():
        return
    where = np.flatnonzero(bad)
    shown: Sequence[str] = [str(i) for i in where[:5]]
    more = f" and {len(where) - 5} more" if len(where) > 5 else ""
    raise SeriesError(
        f"'{name}' has {len(where)} of {len(bad)} values that are {what}, "
        f"at position {', '.join(shown)}{more} (counted from 0). {fix}"
    )


def _is_numeric(index: pd.Index) -> bool:
    return bool(pd.api.types.is_numeric_dtype(index.dtype))
