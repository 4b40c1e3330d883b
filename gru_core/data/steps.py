"""The kinds of steps of a time index: how each is told in words, counted, and used to go on.

A calendar step keeps its meaning although its length in days changes: a month, the last day of a
quarter, the first Friday of a month, a working day.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple, Protocol

import numpy as np
import pandas as pd
from numpy.typing import NDArray

Days = NDArray[np.datetime64]

#: Which days of a week count, from Monday on.
_EVERY_DAY, MONDAY_TO_FRIDAY = "1111111", "1111100"
_UNITS = ((86_400, "day"), (3_600, "hour"), (60, "minute"), (1, "second"))
_NAMES = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")


class Step(Protocol):
    """How one time follows another."""

    @property
    def words(self) -> str:
        """The step in words, such as `1 month`."""

    @property
    def fills(self) -> bool:
        """Does a time that is not there mean a missing value? A holiday does not."""

    def count(self, first: Any, last: Any) -> int:
        """How many times there are from `first` to `last`, with both of them."""

    def after(self, last: Any, count: int) -> pd.Index:
        """The next `count` times after `last`."""


@dataclass(frozen=True)
class NumberStep:
    """The times are numbers, `step` apart."""

    step: float
    fills: bool = True

    @property
    def words(self) -> str:  # noqa: D102
        return f"{self.step:.6g}"

    def count(self, first: Any, last: Any) -> int:  # noqa: D102
        return round(float((last - first) / self.step)) + 1

    def after(self, last: Any, count: int) -> pd.Index:  # noqa: D102
        index: pd.Index = pd.Index(last + self.step * np.arange(1, count + 1))
        return index


@dataclass(frozen=True)
class FixedStep:
    """Each time is the same `span` after the one before."""

    span: pd.Timedelta
    about: bool = False  # the times differ a little from it, like those of an inexact clock

    @property
    def words(self) -> str:  # noqa: D102
        seconds = self.span / pd.Timedelta(seconds=1)
        size, unit = next(((s, u) for s, u in _UNITS if seconds % s == 0), (1, "second"))
        number = seconds / size
        return f"{'about ' if self.about else ''}{_count(number, unit)}"

    @property
    def fills(self) -> bool:  # noqa: D102
        return not self.about

    def count(self, first: Any, last: Any) -> int:  # noqa: D102
        if self._whole_days:  # some days have 23 or 25 hours
            first, last = first.tz_localize(None), last.tz_localize(None)
        return round(float((last - first) / self.span)) + 1

    @property
    def _whole_days(self) -> bool:
        return self.span % pd.Timedelta(days=1) == pd.Timedelta(0)

    def after(self, last: Any, count: int) -> pd.Index:  # noqa: D102
        frequency = pd.offsets.Day(self.span.days) if self._whole_days else self.span
        return pd.date_range(last, periods=count + 1, freq=frequency)[1:]


@dataclass(frozen=True)
class GivenStep:
    """The frequency that pandas knows for an index, such as that of `date_range`."""

    frequency: pd.offsets.BaseOffset
    fills: bool = True

    @property
    def words(self) -> str:  # noqa: D102
        return str(self.frequency.freqstr)

    def count(self, first: Any, last: Any) -> int:  # noqa: D102
        return len(pd.date_range(first, last, freq=self.frequency))

    def after(self, last: Any, count: int) -> pd.Index:  # noqa: D102
        return pd.date_range(last, periods=count + 1, freq=self.frequency)[1:]


class InMonth(NamedTuple):
    """The first day in `week` of a month and `later` such days more, or the last day in `week`."""

    from_end: bool = False
    later: int = 0
    week: str = _EVERY_DAY  # which weekdays count, from Monday on

    def of(self, months: NDArray[np.int64]) -> Days:
        """The day (N,) in each of the months (N,), counted from January 1970."""
        month = months.astype("datetime64[M]")
        first = month.astype("datetime64[D]")
        last = (month + 1).astype("datetime64[D]") - 1
        if self.from_end:
            day: Days = np.busday_offset(last, 0, roll="backward", weekmask=self.week)
            return day
        day = np.busday_offset(first, self.later, roll="forward", weekmask=self.week)
        earlier: Days = np.minimum(day, last)
        return earlier


@dataclass(frozen=True)
class MonthStep:
    """One time in every so many months, always on the same `day` of the month."""

    months: int
    day: InMonth
    fills: bool = True

    @property
    def words(self) -> str:  # noqa: D102
        years, rest = divmod(self.months, 12)
        return _count(self.months, "month") if rest else _count(years, "year")

    def count(self, first: Any, last: Any) -> int:  # noqa: D102
        return (_month(last) - _month(first)) // self.months + 1

    def after(self, last: Any, count: int) -> pd.Index:  # noqa: D102
        days = self.day.of(_month(last) + self.months * np.arange(1, count + 1))
        return _at_the_clock_of(last, days)


@dataclass(frozen=True)
class WeekdayStep:
    """One time on each of some weekdays. `week` tells which ones, from Monday on."""

    week: str
    fills: bool = False

    @property
    def words(self) -> str:  # noqa: D102
        if self.week == MONDAY_TO_FRIDAY:
            return "1 working day"
        days = [name for name, there in zip(_NAMES, self.week, strict=True) if there == "1"]
        return f"every {', '.join(days)}"

    def count(self, first: Any, last: Any) -> int:  # noqa: D102
        return int(np.busday_count(_day(first), _day(last) + 1, weekmask=self.week))

    def after(self, last: Any, count: int) -> pd.Index:  # noqa: D102
        ahead = np.arange(1, count + 1)
        days = np.busday_offset(_day(last), ahead, roll="backward", weekmask=self.week)
        return _at_the_clock_of(last, days)


def _month(moment: pd.Timestamp) -> int:
    """The month, counted from January 1970."""
    return (moment.year - 1970) * 12 + moment.month - 1


def _day(moment: pd.Timestamp) -> np.datetime64:
    return np.datetime64(moment.date(), "D")


def _at_the_clock_of(last: pd.Timestamp, days: Days) -> pd.DatetimeIndex:
    """The days (N,) at the time of day, and in the zone, of `last`."""
    wall = last.tz_localize(None)
    index = pd.DatetimeIndex(days).as_unit(wall.unit) + (wall - wall.normalize())
    return index.tz_localize(last.tz, ambiguous=True, nonexistent="shift_forward")


def _count(number: float, unit: str) -> str:
    return f"{number:.6g} {unit}{'' if number == 1 else 's'}"
