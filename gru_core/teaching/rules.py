"""The rules by which a run passes an exercise. They read the recorded experiment and its scores.

A rule never runs a person's code. Each condition that fails has a key, and the key has a text in
`exercises.toml`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from gru_core.data.sources import SOURCES
from gru_core.experiment.experiment import OPTIONS, Experiment
from gru_core.forecast.baselines import linear_ar, seasonal_naive
from gru_core.forecast.parameters import parameter_count
from gru_core.forecast.problem import Problem
from gru_core.forecast.result import Result
from gru_core.teaching.measured import measured
from gru_core.teaching.question import as_text

__all__ = [
    "Verdict",
    "alive",
    "beats_linear_ar",
    "beats_seasonal_naive",
    "diverges",
    "final_loss",
    "follows",
    "follows_trend",
    "small_enough",
    "smallest_window",
    "unfair",
]

Array = NDArray[np.float64]

#: A cosine is followed, and a square wave jumps at the right time, below these RMSEs. One jump
#: that comes one step late makes an RMSE of 0.22 in the exercise.
COSINE_RMSE, SQUARE_RMSE = 0.1, 0.2
#: The CO₂ forecast follows the trend below this mean absolute error, in ppm. Repeating the last
#: year has an error of 3.7.
TREND_ERROR = 1.5
#: A loop is alive if it swings at least this much of what the true values swing.
ALIVE_SHARE = 0.7
#: A living loop is in step below this RMSE. A flat line has 0.7.
ALIVE_RMSE = 0.5
#: A loss above this is worse than always predicting the mean (in normalized units).
DIVERGED_LOSS = 1.0
#: A rate is low enough below this many times the smallest rate that was measured to diverge. The
#: exact limit differs from machine to machine.
RATE_TOLERANCE = 1.5
#: A run's loss at the end is the mean over so many epochs.
LAST_EPOCHS = 5
#: "Better" means an error of at most this share, so a lucky last digit is not enough.
BETTER_SHARE_OF_AR, BETTER_SHARE_OF_NAIVE = 0.9, 0.8


@dataclass(frozen=True)
class Verdict:
    """Whether a run passes an exercise, and why.

    Attributes:
        passed: whether it passes.
        key: the key of the text: `passed`, or the condition that failed.
        given: the numbers for the placeholders of the text, as text.
    """

    passed: bool
    key: str
    given: Mapping[str, str] = field(default_factory=dict)


def _passed(**given: object) -> Verdict:
    return Verdict(True, "passed", {name: as_text(value) for name, value in given.items()})


def _failed(key: str, **given: object) -> Verdict:
    return Verdict(False, key, {name: as_text(value) for name, value in given.items()})


# --- what every run must have


def unfair(result: Result, asked: Experiment, may_diverge: bool = False) -> Verdict | None:
    """Why a run cannot be judged by the rule of an exercise; None if it can.

    Args:
        asked: an experiment with the data, the holdout and the horizon of the exercise.
        may_diverge: whether the exercise asks for a run that diverges.
    """
    problem = Problem.of(asked)
    if not np.array_equal(result.series.values, problem.series.values):
        return _failed("other-data", series=problem.series.name, points=len(problem.series))
    if result.status == "diverged" and not may_diverge:
        return _failed("diverged", epochs=result.checkpoint.epoch)
    if result.status in ("stopped", "interrupted"):
        return _failed("unfinished", epochs=result.checkpoint.epoch, all=result.experiment.epochs)
    own, given = result.parts, problem.parts
    if own.forecast_start != own.holdout_start:
        return _failed("other-start")
    if own.n - own.holdout_start < given.n - given.holdout_start:
        have, need = own.n - own.holdout_start, given.n - given.holdout_start
        return _failed("small-holdout", have=have, need=need)
    if own.horizon < given.horizon:
        return _failed("short-horizon", have=own.horizon, need=given.horizon)
    return None


# --- one rule for each exercise


def follows(result: Result) -> Verdict:
    """The closed loop follows the wave."""
    rmse = result.scores["rmse"]
    if not rmse <= COSINE_RMSE:
        return _failed("too-far", rmse=rmse, limit=COSINE_RMSE)
    return _passed(rmse=rmse)


def smallest_window(result: Result) -> Verdict:
    """The forecast works, and no smaller window works. Differences read values, too."""
    if result.experiment.feedback != "window":
        return _failed("other-feedback")
    read, rmse = result.parts.first, result.scores["rmse"]
    if not rmse <= SQUARE_RMSE:
        return _failed("does-not-work", window=read, rmse=rmse, limit=SQUARE_RMSE)
    errors = measured().windows
    smallest = min(window for window, error in errors.items() if error <= SQUARE_RMSE)
    if read > smallest:
        return _failed("smaller-works", window=read, rmse=rmse)
    return _passed(window=read, rmse=rmse, smaller=smallest - 1, error=errors[smallest - 1])


def follows_trend(result: Result) -> Verdict:
    """The forecast rises with the series."""
    mae, steps = result.scores["mae"], result.parts.horizon
    if not mae <= TREND_ERROR:
        return _failed("too-far", mae=mae, limit=TREND_ERROR, steps=steps)
    return _passed(mae=mae, steps=steps)


def alive(result: Result) -> Verdict:
    """In the second half of the forecast, the loop still swings, and it swings in step."""
    half = len(result.forecast) // 2
    late = result.forecast.iloc[half:]
    true = float(late["actual"].std())
    share, rmse = float(late["forecast"].std()) / true, result.scores["rmse"]
    if not share >= ALIVE_SHARE:
        return _failed("flat", share=share, limit=ALIVE_SHARE)
    if not rmse <= ALIVE_RMSE:
        return _failed("out-of-step", share=share, rmse=rmse, limit=ALIVE_RMSE)
    return _passed(share=share, rmse=rmse)


def diverges(result: Result, start: Experiment) -> Verdict:
    """Training diverges, at about the smallest learning rate at which it does.

    Only the learning rate may differ from `start`.
    """
    own = result.experiment
    changed = [
        option.title
        for name, option in OPTIONS.items()
        if name != "learning_rate" and getattr(own, name) != getattr(start, name)
    ]
    if changed:
        return _failed("other-options", options=", ".join(changed))
    loss, rate = final_loss(result), own.learning_rate
    if result.status != "diverged" and loss <= DIVERGED_LOSS:
        return _failed("settles", rate=rate, limit=DIVERGED_LOSS)
    smallest = min(r for r, end in measured().rates.items() if not end <= DIVERGED_LOSS)
    if rate > RATE_TOLERANCE * smallest:
        return _failed("too-high", rate=rate, loss=loss)
    return _passed(rate=rate, loss=loss)


def final_loss(result: Result) -> float:
    """The mean training loss of the last epochs, in normalized units; inf if it is not finite."""
    losses = result.history["train_loss"].to_numpy()[-LAST_EPOCHS:]
    return float(losses.mean()) if len(losses) and np.isfinite(losses).all() else float("inf")


def small_enough(result: Result, start: Experiment) -> Verdict:
    """The network has a tenth of the parameters, and its error is not larger."""
    parameters, allowed = parameter_count(result.experiment), parameter_count(start) // 10
    if parameters > allowed:
        return _failed("too-many", parameters=parameters, allowed=allowed)
    rmse, limit = result.scores["rmse"], measured().large
    if not rmse <= limit:
        return _failed("too-far", parameters=parameters, rmse=rmse, limit=limit)
    return _passed(parameters=parameters, rmse=rmse, limit=limit)


def beats_linear_ar(result: Result, start: Experiment) -> Verdict:
    """The mean absolute error is clearly below that of a linear AR.

    The linear model may read the window of the exercise or the run's own, whichever is better. So
    a run with a short window cannot make it weak.
    """
    values, parts = result.series.values, result.parts
    train, past = values[: parts.train_end], values[: parts.forecast_start]
    orders = {start.window, parts.window}
    other = min(_mae(result, linear_ar(train, past, parts.horizon, order)) for order in orders)
    return _better(result, other, BETTER_SHARE_OF_AR)


def beats_seasonal_naive(result: Result, start: Experiment) -> Verdict:
    """The mean absolute error is clearly below that of repeating the last year."""
    parts = result.parts
    past = result.series.values[: parts.forecast_start]
    # A run can set its season to anything. The season of the exercise's series is known.
    period = SOURCES[start.signal].period or result.period
    other = _mae(result, seasonal_naive(past, parts.horizon, period))
    return _better(result, other, BETTER_SHARE_OF_NAIVE)


def _better(result: Result, other: float, share: float) -> Verdict:
    mae, limit = result.scores["mae"], share * other
    if not mae <= limit:
        return _failed("not-better", mae=mae, other=other, limit=limit)
    return _passed(mae=mae, other=other)


def _mae(result: Result, forecast: Array) -> float:
    """The mean absolute error of another forecast (H,) for the same steps."""
    return float(np.mean(np.abs(forecast - result.forecast["actual"].to_numpy())))
