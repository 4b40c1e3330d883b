"""What a value that was read must hold before anybody uses it.

`fits` compares a value with a type. `check_value` compares the parts of a value with each other:
the pages rely on that as they rely on it in a value that was computed here.
"""

from __future__ import annotations

import functools
import math
import re
import types
import typing
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Literal, Union, get_args, get_origin

import numpy as np
import pandas as pd

from gru_core.data.series import Series, as_series
from gru_core.data.steps import (
    FixedStep,
    GivenStep,
    InMonth,
    MonthStep,
    NumberStep,
    WeekdayStep,
)
from gru_core.errors import PackingError
from gru_core.experiment.experiment import Experiment
from gru_core.forecast.baselines import BASELINES
from gru_core.forecast.events import Weights
from gru_core.forecast.metrics import METRICS
from gru_core.forecast.parameters import weight_shapes
from gru_core.forecast.problem import Problem
from gru_core.forecast.result import HISTORY_COLUMNS, Result

__all__ = ["check_fields", "check_value", "fits"]

_STEPS = (NumberStep, FixedStep, GivenStep, MonthStep, WeekdayStep)
_FORECAST_COLUMNS = ("step", "t", "actual", "forecast", "one_step")


def fits(value: Any, hint: Any) -> bool:
    """Whether `value` has the type `hint`, such as `int | None` or `dict[int, NDArray[float64]]`.

    A whole number fits `float`. The size of a number in an array does not matter.
    """
    if hint in (Any, object) or isinstance(hint, typing.TypeVar):
        return True
    if hint is None:
        return value is None
    origin, arguments = get_origin(hint), get_args(hint)
    if origin in (Union, types.UnionType):
        return any(fits(value, one) for one in arguments)
    if origin is Literal:
        return any(value == one and type(value) is type(one) for one in arguments)
    if origin is not None:
        return _holds(value, origin, arguments)
    if getattr(hint, "_is_protocol", False):
        return True  # only the step of a series has one; `check_value` knows the kinds of steps
    if hint in (int, float, bool, str):  # True is an int, too
        return type(value) is hint or (hint is float and type(value) is int)
    return isinstance(value, hint)


def _holds(value: Any, origin: Any, arguments: tuple[Any, ...]) -> bool:
    """Whether `value` is an `origin` that holds what `arguments` say."""
    if not isinstance(value, origin):
        return False
    if origin is np.ndarray:
        (scalar,) = get_args(arguments[1]) or (Any,)
        return scalar is Any or value.dtype.kind == np.dtype(scalar).kind
    if isinstance(value, Mapping):
        keys, values = arguments
        return all(fits(k, keys) and fits(v, values) for k, v in value.items())
    if origin is tuple and not (len(arguments) == 2 and arguments[1] is Ellipsis):
        return len(value) == len(arguments) and all(map(fits, value, arguments))
    return all(fits(one, arguments[0]) for one in value)


@functools.cache
def _hints(kind: type) -> dict[str, Any]:
    return typing.get_type_hints(kind)


def check_fields(kind: type, values: Mapping[str, Any]) -> None:
    """Check the values of the fields of a dataclass or a named tuple against their types.

    Raises:
        PackingError: a field is not known, or its value has another type.
    """
    for name, value in values.items():
        if name not in _hints(kind):
            raise PackingError(
                f"These data hold a {kind.__name__} with '{name}', which this version does not "
                "know. Perhaps a newer version has written them. Install the newest version."
            )
        _check(fits(value, _hints(kind)[name]), f"{kind.__name__}.{name} has another type")


def check_value(value: Any) -> None:
    """Check that the parts of `value` fit together.

    Raises:
        PackingError: they do not.
        SeriesError: the values of a series cannot be used.
    """
    check = _CHECKS.get(type(value).__name__)
    if check is not None:
        check(value)


def _check(holds: bool, what: str) -> None:
    if not holds:
        raise PackingError(f"These data are damaged or were not written by GRU Lab: {what}.")


def _series(series: Series) -> None:
    as_series(series.values)
    _check(series.values.dtype == np.float64, "the values of the series are not float64")
    series.values.setflags(write=False)
    time, step = series.time, series.step
    _check(step is None or isinstance(step, _STEPS), "the step is no step")
    if time is not None:
        numbers = not isinstance(time, pd.DatetimeIndex)
        goes_on = step is None or isinstance(step, NumberStep) == numbers
        _check(goes_on, "the step does not fit the times")
        _check(len(time) == len(series), "the series has more or fewer times than values")
        kind = not numbers or pd.api.types.is_numeric_dtype(time.dtype)
        _check(kind, "the times of the series are neither dates nor numbers")
        _check(time.is_monotonic_increasing and time.is_unique, "the times do not increase")


def _step(step: Any) -> None:
    positive = {
        "NumberStep": lambda: 0 < step.step < math.inf,
        "FixedStep": lambda: step.span > pd.Timedelta(0),
        "GivenStep": lambda: step.frequency.n > 0,
        "MonthStep": lambda: step.months > 0,
    }[type(step).__name__]()
    _check(positive, "a step is not above 0")


def _week(step: WeekdayStep | InMonth) -> None:
    _check(re.fullmatch("[01]{7}", step.week) is not None, "a week does not have 7 days")
    _check("1" in step.week, "a week has no day")
    _check(not isinstance(step, InMonth) or 0 <= step.later < 31, "a day is in no month")


def _problem(problem: Problem) -> None:
    """The parts of the series must be those of this experiment.

    Another machine may round the normalization in another way. So it may differ in the last digits.
    """
    made = Problem.of(problem.experiment, problem.series)
    same = (made.parts, made.loop_steps, made.batch_size) == (
        problem.parts,
        problem.loop_steps,
        problem.batch_size,
    )
    mine, other = made.normalization, problem.normalization
    same = same and (mine.floor is None) == (other.floor is None)
    ours, theirs = (np.array([n.center, n.scale, n.floor or 0.0]) for n in (mine, other))
    _check(
        same and bool(np.allclose(theirs, ours, rtol=1e-6, atol=1e-9 * ours[1])),
        "the series is split or normalized in another way than the experiment says",
    )


def _result(result: Result) -> None:
    horizon, made = result.parts.horizon, result.forecast
    _check(_has_columns(made, _FORECAST_COLUMNS, "t"), "the forecast has other columns")
    _check(len(made) == horizon, "the forecast has another length")
    _check(_go_on(pd.Index(made["t"]), result.series), "the times of the forecast do not go on")
    _check(_has_columns(result.history, HISTORY_COLUMNS), "the history has other columns")
    _check(_has_columns(result.score_table, tuple(METRICS)), "the scores have other columns")
    _check(set(result.baselines) <= set(BASELINES), "a simple forecast is not known")
    rows = ["forecast", *result.baselines]
    _check(result.score_table.index.tolist() == rows, "the scores have other rows")
    forecasts = [*result.forecasts_by_epoch.values(), *result.baselines.values()]
    networks = [*result.weights_by_epoch.values(), result.checkpoint.weights]
    networks.append(result.checkpoint.best)
    if result.unfinished is not None:
        forecasts += result.unfinished.forecasts_by_epoch.values()
        networks += result.unfinished.weights.by_epoch.values()
    _check(all(f.shape == (horizon,) for f in forecasts), "a forecast has another length")
    kept = result.kept_epoch
    _check(
        kept in result.forecasts_by_epoch and kept in result.weights_by_epoch,
        "the kept epoch is not there",
    )
    _check(result.period >= 1, "the period is below 1")
    _check(_match(result.experiment, networks), "the weights are those of another network")


def _go_on(times: pd.Index, series: Series) -> bool:
    """Whether the times of a forecast are of the kind of those of its series, and never go back."""
    if isinstance(series.time, pd.DatetimeIndex):
        good = isinstance(times, pd.DatetimeIndex) and times.tz == series.time.tz
    else:
        good = bool(pd.api.types.is_numeric_dtype(times.dtype))
    return good and not times.hasnans and times.is_monotonic_increasing


def _has_columns(table: pd.DataFrame, names: tuple[str, ...], other: str = "") -> bool:
    """Whether a table has these columns, and numbers in all of them but `other`."""
    if tuple(table.columns) != names:
        return False
    dtypes = [table[name].dtype for name in names if name != other]
    numbers = all(isinstance(dtype, np.dtype) and dtype.kind in "if" for dtype in dtypes)
    return numbers or table.empty  # a history without any epoch


def _match(experiment: Experiment, networks: Iterable[Weights]) -> bool:
    """Whether all `networks` have the weights that `experiment` asks for, in their shapes."""
    shapes = weight_shapes(experiment)
    return all({name: a.shape for name, a in network.items()} == shapes for network in networks)


_CHECKS: dict[str, Callable[[Any], None]] = {
    "Series": _series,
    **dict.fromkeys(("NumberStep", "FixedStep", "GivenStep", "MonthStep"), _step),
    **dict.fromkeys(("InMonth", "WeekdayStep"), _week),
    "Problem": _problem,
    "Result": _result,
}
