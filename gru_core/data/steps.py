"""The step of a time index: found from its times, told in words, and used to go on.

A calendar step keeps its meaning although its length in days changes: a month, the last day of a
quarter, the first Friday of a month, a working day.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, NamedTuple, Protocol

import numpy as np
import pandas as pd
from numpy.typing import NDArray

Days = NDArray[np.datetime64]

#: With at least this share of its times there, a step counts as regular with gaps.
MOSTLY_THERE = 0.85
#: With at least this share of its times there, an index goes on with the step.
GOES_ON = 0.5
_SLACK = 0.1  # steps of a clock that is not exact, and decimal years, may differ by this share
_EVERY_DAY, _MONDAY_TO_FRIDAY = "1111111", "1111100"
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


class _InMonth(NamedTuple):
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
    day: _InMonth
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
        if self.week == _MONDAY_TO_FRIDAY:
            return "1 working day"
        days = [name for name, there in zip(_NAMES, self.week, strict=True) if there == "1"]
        return f"every {', '.join(days)}"

    def count(self, first: Any, last: Any) -> int:  # noqa: D102
        return int(np.busday_count(_day(first), _day(last) + 1, weekmask=self.week))

    def after(self, last: Any, count: int) -> pd.Index:  # noqa: D102
        ahead = np.arange(1, count + 1)
        days = np.busday_offset(_day(last), ahead, roll="backward", weekmask=self.week)
        return _at_the_clock_of(last, days)


def find_step(time: pd.Index, there: float = 1.0) -> Step | None:
    """The step of an increasing index (N,); None if it is irregular or has less than two times.

    At least the share `there` of the times from the first to the last must be in the index. For
    weekdays a smaller share is enough, because of holidays.
    """
    if len(time) < 2:
        return None
    steps = _date_steps(time) if isinstance(time, pd.DatetimeIndex) else _number_steps(time)
    best, most = None, 0.0
    for step in steps:
        share = min(len(time) / step.count(time[0], time[-1]), 1.0)
        enough = there if step.fills else min(there, MOSTLY_THERE)
        if share >= enough and share > most:
            best, most = step, share
    return best


def step_of(time: pd.Index) -> str | None:
    """The step of an increasing index in words (`1 month`, `30 minutes`); None if it is irregular.

    Months, quarters, years and working days count as regular, although their lengths in days
    differ. Decimal years (1958.2027) may differ by a tenth of a step.
    """
    if len(time) < 2:
        return "one value"
    step = find_step(time)
    return step.words if step else None


def times_after(time: pd.Index, count: int, step: Step | None = None) -> pd.Index:
    """The next `count` times after the last one of an increasing index, which may have a `step`.

    Without one, the index goes on with the step that its times show, also after gaps. An irregular
    one goes on with its median step.
    """
    if step is None and isinstance(time, pd.DatetimeIndex) and time.freq is not None:
        step = GivenStep(time.freq)
    step = step or find_step(time, GOES_ON)
    if step is None and len(time) < 2:
        return pd.RangeIndex(1, 1 + count)
    if step is None and isinstance(time, pd.DatetimeIndex):
        step = FixedStep(pd.Timedelta(int(np.median(_differences(time))), "us"))
    elif step is None:
        step = NumberStep(_as_whole(float(np.median(np.diff(time.to_numpy()))), time))
    return step.after(time[-1], count)


def _number_steps(time: pd.Index) -> Iterator[Step]:
    differences = np.diff(time.to_numpy(dtype=float))
    whole = bool((differences == np.round(differences)).all())
    usual = _usual(differences) if whole else float(np.median(differences))
    many = differences / usual
    slack = 0.0 if whole else _SLACK
    if usual > 0 and many.max() < 1e9 and (np.abs(many - np.round(many)) <= slack).all():
        mean = float((time[-1] - time[0]) / np.round(many).sum())
        yield NumberStep(_as_whole(usual if whole else mean, time))


def _date_steps(time: pd.DatetimeIndex) -> Iterator[Step]:
    """The steps that fit all times: months before days, so that two times a month apart fit."""
    wall = time.tz_localize(None)
    if (wall - wall.normalize()).nunique() == 1:
        yield from _month_steps(wall)
        yield from _fixed_steps(wall)
        yield from _weekday_steps(wall)
    else:
        yield from _fixed_steps(time)
    yield from _inexact_steps(time)


def _fixed_steps(time: pd.DatetimeIndex) -> Iterator[Step]:
    differences = _differences(time)
    usual = _usual(differences)
    if (differences % usual == 0).all():
        yield FixedStep(pd.Timedelta(int(usual), "us"))


def _inexact_steps(time: pd.DatetimeIndex) -> Iterator[Step]:
    differences = _differences(time)
    middle = float(np.median(differences))
    if (np.abs(differences - middle) <= _SLACK * middle).all():
        span = pd.Timedelta(round(middle), "us")
        whole = span.round("s")
        yield FixedStep(whole if abs(whole - span) < 0.01 * span else span, about=True)


def _month_steps(time: pd.DatetimeIndex) -> Iterator[Step]:
    months = ((time.year - 1970) * 12 + time.month - 1).to_numpy(dtype=np.int64)
    differences = np.diff(months)
    usual = int(_usual(differences))
    if usual > 0 and (differences > 0).all() and (differences % usual == 0).all():
        day = _day_of_month(time, months)
        if day is not None:
            yield MonthStep(usual, day)


def _day_of_month(time: pd.DatetimeIndex, months: NDArray[np.int64]) -> _InMonth | None:
    """The rule that gives the days of the times; None if they are spread over the month."""
    days = time.to_numpy().astype("datetime64[D]")
    number, weekday = time.day.to_numpy(), time.day_of_week.to_numpy()
    rules = [_InMonth(from_end=True), _InMonth(later=int(number.max()) - 1)]
    if len(time) < 4:  # too few for other rules
        return next((rule for rule in rules if (rule.of(months) == days).all()), None)
    if (weekday == weekday[0]).all():
        one = "".join("1" if i == weekday[0] else "0" for i in range(7))
        rules += [_InMonth(later=int(number.min() - 1) // 7, week=one), _InMonth(True, week=one)]
    working = [_InMonth(week=_MONDAY_TO_FRIDAY), _InMonth(True, week=_MONDAY_TO_FRIDAY)]
    for rule in rules + working:
        if (rule.of(months) == days).all():
            return rule
    if (weekday < 5).all():  # the last trading day, with holidays
        for rule in working:
            if (np.abs((rule.of(months) - days).astype(int)) <= 4).all():
                return rule
    spread = int(number.max() - number.min())
    return _InMonth(later=int(np.median(number)) - 1) if spread <= 9 else None


def _weekday_steps(time: pd.DatetimeIndex) -> Iterator[Step]:
    weekdays = set(time.day_of_week)
    if weekdays <= set(range(5)):
        yield WeekdayStep(_MONDAY_TO_FRIDAY)
    if len(time) >= 3 * len(weekdays) and 1 < len(weekdays) < 7:
        yield WeekdayStep("".join("1" if i in weekdays else "0" for i in range(7)))


def _differences(time: pd.DatetimeIndex) -> NDArray[np.int64]:
    """The steps (N-1,) in microseconds."""
    return np.diff(time.as_unit("us").asi8)


def _usual(differences: NDArray[Any]) -> Any:
    """The most common difference; the smallest one of equally common ones."""
    values, counts = np.unique(differences, return_counts=True)
    return values[np.argmax(counts)]


def _as_whole(step: float, time: pd.Index) -> float:
    return int(step) if pd.api.types.is_integer_dtype(time.dtype) and step == int(step) else step


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
