"""The step of a time index: found from its times, and used to go on."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from gru_core.data.steps import (
    MONDAY_TO_FRIDAY,
    FixedStep,
    GivenStep,
    InMonth,
    MonthStep,
    NumberStep,
    Step,
    WeekdayStep,
)

#: With at least this share of its times there, a step counts as regular with gaps.
MOSTLY_THERE = 0.85
#: With at least this share of its times there, an index goes on with the step.
GOES_ON = 0.5
_SLACK = 0.1  # steps of a clock that is not exact, and decimal years, may differ by this share


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


def _day_of_month(time: pd.DatetimeIndex, months: NDArray[np.int64]) -> InMonth | None:
    """The rule that gives the days of the times; None if they are spread over the month."""
    days = time.to_numpy().astype("datetime64[D]")
    number, weekday = time.day.to_numpy(), time.day_of_week.to_numpy()
    rules = [InMonth(from_end=True), InMonth(later=int(number.max()) - 1)]
    if len(time) < 4:  # too few for other rules
        return next((rule for rule in rules if (rule.of(months) == days).all()), None)
    if (weekday == weekday[0]).all():
        one = "".join("1" if i == weekday[0] else "0" for i in range(7))
        rules += [InMonth(later=int(number.min() - 1) // 7, week=one), InMonth(True, week=one)]
    working = [InMonth(week=MONDAY_TO_FRIDAY), InMonth(True, week=MONDAY_TO_FRIDAY)]
    for rule in rules + working:
        if (rule.of(months) == days).all():
            return rule
    if (weekday < 5).all():  # the last trading day, with holidays
        for rule in working:
            if (np.abs((rule.of(months) - days).astype(int)) <= 4).all():
                return rule
    spread = int(number.max() - number.min())
    return InMonth(later=int(np.median(number)) - 1) if spread <= 9 else None


def _weekday_steps(time: pd.DatetimeIndex) -> Iterator[Step]:
    weekdays = set(time.day_of_week)
    if weekdays <= set(range(5)):
        yield WeekdayStep(MONDAY_TO_FRIDAY)
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
