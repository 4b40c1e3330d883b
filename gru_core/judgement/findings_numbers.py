"""What is measured of a finished forecast: numbers only, no verdict and no words."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from gru_core.data.series import ROUNDING, extent, size_exponent
from gru_core.forecast.baselines import BASELINES, fit_linear_ar
from gru_core.forecast.result import Result
from gru_core.judgement.evaluation import Evaluation
from gru_core.judgement.stability_numbers import ABSURD_RANGES, lost_after
from gru_core.wording import short_repr

__all__ = ["ForecastNumbers", "Lag", "lag_of"]

Array = NDArray[np.float64]

#: Flatness is judged after this share of the forecast: the way into a flat line does not count.
SETTLED_SHARE_OF_FORECAST = 0.4
#: Fewer steps than this show no flatness.
FEWEST_FLAT_STEPS = 3
#: Fewer one-step predictions than this show nothing.
FEWEST_PREDICTIONS = 8
#: Predictions that take less than this share off the squared error of copying only copy.
COPYING_SKILL = 0.1
#: Their distance to the copied value is below this share of that to the true one: bad predictions
#: are as far from one as from the other.
COPYING_DISTANCE = 0.9


@dataclass(frozen=True)
class Lag:
    """How one-step predictions relate to the value before; see `lag_of`.

    Attributes:
        to_last, to_true: mean distance of the predictions to the value before the predicted one,
            and to the predicted one.
        skill: what they take off the squared error of copying the last value, as a share: 0 is no
            better than copying, 1 is perfect.
        peaks: whether they correlate better with the value before than with the predicted one.
    """

    to_last: float
    to_true: float
    skill: float
    peaks: bool

    @property
    def lags(self) -> bool:
        """Whether the predictions only repeat the last value."""
        nearer = self.to_last < COPYING_DISTANCE * self.to_true
        return nearer and self.skill < COPYING_SKILL and self.peaks


def lag_of(predicted: Array, true: Array, before: Array) -> Lag:
    """How one-step predictions p(t) relate to y(t) and to y(t − 1), each (N,).

    A common complaint is that a network "only predicts the last value" (keras-team/keras#2856). On
    a smooth series the eye cannot tell: p(t), y(t − 1) and y(t) all lie together. So a lag needs
    three signs: p(t) is nearer to y(t − 1) than to y(t), by COPYING_DISTANCE; p correlates
    better with y one step back than with y itself; and of the increments, p(t) − y(t − 1) foresees
    nothing of y(t) − y(t − 1): 1 − Σ(y(t) − p(t))² / Σ(y(t) − y(t − 1))² is below COPYING_SKILL.
    """
    exponent = size_exponent(true - before)
    with np.errstate(over="ignore", invalid="ignore"):  # predictions may be absurdly large
        steps = float(np.square(np.ldexp(true - before, -exponent)).sum())
        missed = float(np.square(np.ldexp(true - predicted, -exponent)).sum())
        return Lag(
            to_last=float(np.abs(predicted - before).mean()),
            to_true=float(np.abs(predicted - true).mean()),
            skill=1 - missed / steps if steps > 0 else -math.inf,
            peaks=_correlation(predicted, before) > _correlation(predicted, true),
        )


@dataclass(frozen=True, eq=False)
class ForecastNumbers:
    """What can be measured of `result`'s forecast; each number when it is first asked for."""

    result: Result
    evaluation: Evaluation | None = None

    __repr__ = short_repr

    @property
    def compared(self) -> bool:
        """Whether there are true values to compare the forecast with."""
        return self.evaluation is not None and self.result.scored_on != "nothing"

    # --- the forecast itself

    @cached_property
    def lost_after(self) -> int | None:
        """The position from which on it is no forecast any more; None if it stays one."""
        return lost_after(self.result.forecast["forecast"].to_numpy(), self.result.series.values)

    @property
    def lost_elsewhere(self) -> bool:
        """Whether the mean error from many starts is absurdly large."""
        if self.evaluation is None:
            return False
        room = ABSURD_RANGES * extent(self.result.series.values)
        return not float(self.evaluation.mae["forecast"]) <= room

    @property
    def settled(self) -> Array:
        """The part of the forecast on which it is judged whether it is flat."""
        forecast = self.result.forecast["forecast"].to_numpy()
        return forecast[int(SETTLED_SHARE_OF_FORECAST * len(forecast)) :]

    @cached_property
    def flat_share(self) -> float:
        """The spread of `settled` / that of the series over as long a span; inf if unknown."""
        tail, values = self.settled, self.result.series.values
        if not FEWEST_FLAT_STEPS <= len(tail) <= len(values):
            return math.inf
        exponent = size_exponent(values)
        values, tail = np.ldexp(values, -exponent), np.ldexp(tail, -exponent)
        spans = np.lib.stride_tricks.sliding_window_view(values, len(tail))
        usual = float(np.median(spans.std(axis=1)))
        rounding = ROUNDING * float(np.abs(values).max())
        return float(tail.std()) / usual if usual > rounding else math.inf

    # --- one step ahead

    @property
    def _to_predict(self) -> tuple[int, Array, Array]:
        """The position of the first value to predict, the values, and each one's predecessor.

        They are those of the holdout, or of all the series where the holdout is too short.
        """
        parts, values = self.result.parts, self.result.series.values
        long = parts.n - parts.holdout_start >= FEWEST_PREDICTIONS
        start = parts.holdout_start if long else parts.first
        return start, values[start:], values[start - 1 : -1]

    @cached_property
    def one_step(self) -> Lag | None:
        """`lag_of` the network's one-step predictions; None if nothing moves or they are few."""
        start, true, before = self._to_predict
        if len(true) < FEWEST_PREDICTIONS or not np.ptp(true) > 0:
            return None
        result = self.result
        predicted = result.problem.one_step(result.forecaster, start, result.parts.n)
        return lag_of(predicted, true, before)

    @cached_property
    def linear_skill(self) -> float:
        """What the better of two linear models takes off the squared error of copying, as a share.

        One reads what the network reads, the other a whole cycle, which the network could read.
        """
        start, true, before = self._to_predict
        values, parts = self.result.series.values, self.result.parts
        train = values[: parts.train_end]
        skills = []
        for order in {parts.window, self.result.period + 1}:
            order = max(1, min(order, len(train) // 3, start))
            past = np.lib.stride_tricks.sliding_window_view(values, order)[start - order : -1]
            skills.append(lag_of(fit_linear_ar(train, order)(past, 1)[:, 0], true, before).skill)
        return max(skills)

    @property
    def chance(self) -> bool:
        """Whether not even a linear model beats copying the last value one step ahead."""
        return self.one_step is not None and self.linear_skill < COPYING_SKILL

    # --- from many starts: only where `compared`

    @property
    def scored(self) -> Evaluation:
        """The evaluation, where there is one."""
        assert self.evaluation is not None
        return self.evaluation

    @property
    def errors(self) -> pd.Series:
        """The mean absolute error of each baseline, by name."""
        return self.scored.mae[list(BASELINES)]

    @property
    def own_error(self) -> float:
        """The mean absolute error of the network's closed loop."""
        return float(self.scored.mae["forecast"])

    @property
    def best_baseline(self) -> str:
        """The baseline with the lowest mean absolute error, by name."""
        return str(self.errors.idxmin())

    @property
    def best_error(self) -> float:
        """The lowest mean absolute error of a baseline."""
        return float(self.errors.min())

    @cached_property
    def spread(self) -> float:
        """The standard deviation of the series; 0 where it is constant."""
        return self.result.series.spread

    @property
    def yardstick(self) -> float:
        """What an error is large or small beside: the spread, or of a constant its size."""
        return self.spread or float(np.abs(self.result.series.values).max())

    @property
    def best_leads(self) -> int:
        """For how many of the first steps the network's error is below that of every baseline."""
        by_lead = self.scored.by_lead
        worse = np.flatnonzero(~(by_lead["forecast"] < by_lead[list(BASELINES)].min(axis=1)))
        return int(worse[0]) if len(worse) else 0


def _correlation(a: Array, b: Array) -> float:
    if not (np.ptp(a) > 0 and np.ptp(b) > 0):
        return 0.0
    return float(np.corrcoef(_centered(a), _centered(b))[0, 1])


def _centered(values: Array) -> Array:
    """`values` around their mean, with a range near 1."""
    away: Array = values - values.mean()
    return np.ldexp(away, -size_exponent(away))
