"""How sure a closed-loop forecast is: intervals calibrated on errors of earlier forecasts."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from gru_core.errors import OptionError, SeriesError, raised_at_call
from gru_core.forecast.result import Result
from gru_core.judgement.evaluation import places, starts_in
from gru_core.wording import short_repr

__all__ = ["Interval", "interval"]

Array = NDArray[np.float64]

#: Starts from which the errors are taken.
CALIBRATION_STARTS = 60
#: A quantile needs at least this many errors. A lead with fewer is pooled with shorter leads.
FEWEST_ERRORS = 60


@dataclass(frozen=True, eq=False)
class Interval:
    """A band around a forecast.

    Attributes:
        level: the share of true values that it should hold, such as 0.9.
        lower, upper: (H,) its edges for every step of the result's forecast, in the data's units.
        calibrated_on: `validation`, or `training` where there is no validation part. Errors in
            the training part are smaller than later ones, so the band is too narrow.
        starts: from how many starts the errors were taken.
        coverage: the share of true values in the holdout that the same band holds, from many
            starts; NaN without a holdout.
    """

    level: float
    lower: Array
    upper: Array
    calibrated_on: Literal["validation", "training"]
    starts: int
    coverage: float

    __repr__ = short_repr


@raised_at_call
def interval(result: Result, level: float = 0.9) -> Interval:
    """The band that holds a share `level` of the true values around `result`'s forecast.

    Split conformal prediction (Papadopoulos et al. 2002; Lei et al. 2018), for each step ahead:
    closed loops from many starts are compared with the true values, and a quantile of their errors
    is the width of the band. With several members the errors are taken relative to the members'
    spread, so the band widens where they disagree. A band never narrows with the lead. Beyond the
    longest calibrated lead it grows with the square root of the lead, as a random walk does.
    Neighbouring starts share true values, so the level is approximate; `coverage` measures it.

    Raises:
        OptionError: the level is not between 0 and 1.
        SeriesError: there is nothing to calibrate on.
    """
    if not 0 < level < 1:
        raise OptionError(
            f"The level of an interval cannot be {level}: it must lie between 0 and 1."
        )
    parts = result.parts
    calibrated_on: Literal["validation", "training"]
    if parts.validation_windows:
        calibrated_on, first, end = "validation", parts.train_end, parts.holdout_start
    else:
        # The end of the training part, twice as long as the forecast where there is room.
        calibrated_on, end = "training", parts.train_end
        first = max(parts.first, end - 2 * parts.horizon)
    band = _Band.calibrated(result, level, first, end)
    lower, upper = band.around(np.array([parts.forecast_start]), parts.horizon)
    return Interval(level, lower[0], upper[0], calibrated_on, len(band.starts), band.coverage())


@dataclass(frozen=True, eq=False)
class _Band:
    result: Result
    starts: NDArray[np.int64]
    widths: Array  # (L,) in units of the spread
    floor: float

    @classmethod
    def calibrated(cls, result: Result, level: float, first: int, end: int) -> _Band:
        horizon = min(result.parts.horizon, end - first)
        if horizon < 1:
            raise SeriesError(
                "There are no values to calibrate an interval on. Use a longer series."
            )
        # Of the last starts, only the first leads have true values.
        starts = starts_in(first, end, 1, CALIBRATION_STARTS)
        rows = starts[:, None] + np.arange(horizon)
        values = result.series.values
        known = rows < end
        actual = np.where(known, values[np.minimum(rows, len(values) - 1)], np.nan)
        center, spread = _forecasts(result, starts, horizon)
        with np.errstate(over="ignore", invalid="ignore"):  # a loop may explode
            errors = np.where(np.isnan(center) & known, np.inf, np.abs(center - actual))
            # Members may agree by chance: the band must not vanish there.
            finite = errors[np.isfinite(errors)]
            floor = 0.5 * float(np.median(finite)) if len(finite) else 0.0
            floor = floor or 1e-12
            widths = _quantiles(errors / (spread + floor), level)
        return cls(result, starts, widths, floor)

    def around(self, starts: NDArray[np.int64], horizon: int) -> tuple[Array, Array]:
        """The edges (S, horizon) from every start."""
        center, spread = _forecasts(self.result, starts, horizon)
        lead = np.arange(1, horizon + 1)
        longest = len(self.widths)
        widths = self.widths[np.minimum(lead, longest) - 1]
        with np.errstate(over="ignore", invalid="ignore"):  # as above
            widths = widths * np.sqrt(np.maximum(lead / longest, 1.0))
            reach = widths * (spread + self.floor)
            return center - reach, center + reach

    def coverage(self) -> float:
        """The share of true values inside, from many starts in the holdout."""
        parts = self.result.parts
        if parts.holdout_start == parts.n:
            return math.nan
        starts, horizon = places(self.result)
        lower, upper = self.around(starts, horizon)
        actual = self.result.series.values[starts[:, None] + np.arange(horizon)]
        return float(((lower <= actual) & (actual <= upper)).mean())


def _forecasts(result: Result, starts: NDArray[np.int64], horizon: int) -> tuple[Array, Array]:
    """The forecasts and the members' standard deviation, (S, horizon) each, in data units.

    The deviation is 0 where it is not finite, because a loop has exploded.
    """
    paths = result.problem.paths_from(result.forecaster, starts, horizon)
    with np.errstate(over="ignore", invalid="ignore"):
        spread = paths.std(axis=0)
        return paths.mean(axis=0), np.where(np.isfinite(spread), spread, 0.0)


def _quantiles(scores: Array, level: float) -> Array:
    """For every lead, the conformal quantile of scores (S, L), NaN where unknown: (L,).

    A score is infinite where the forecast has exploded. The quantile is then as large as possible.
    """
    widths = np.empty(scores.shape[1])
    for lead in range(len(widths)):
        first = lead
        while (~np.isnan(scores[:, first : lead + 1])).sum() < FEWEST_ERRORS and first > 0:
            first -= 1
        pool = scores[:, first : lead + 1]
        pool = np.sort(np.where(np.isinf(pool), np.finfo(float).max, pool)[~np.isnan(pool)])
        # The ⌈(n + 1) · level⌉-th smallest of n: with fewer than that, the largest is all there is.
        rank = min(len(pool), math.ceil((len(pool) + 1) * level))
        widths[lead] = pool[rank - 1]
    return np.maximum.accumulate(widths)
