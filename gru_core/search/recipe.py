"""What a search for settings looks at, tries and finds; `search` is the search itself."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gru_core.data.rhythm import detect_period, straight
from gru_core.experiment.experiment import OPTIONS, Experiment
from gru_core.forecast.baselines import fit_linear_ar

__all__ = ["Recipe", "Recommendation", "Traits", "Trial"]

Array = NDArray[np.float64]

#: A naive forecast whose squared error is below this share of the variance is exact; so are others.
EXACT = 1e-4


@dataclass(frozen=True)
class Traits:
    """What a series looks like.

    Attributes:
        n: how many values it has.
        period: its dominant cycle in steps, 1 where there is none.
        trend: the share of its variance that a straight line explains, 0 to 1.
        noise: the share of its standard deviation that a linear model cannot tell one step ahead.
        surprise: the same, as a share of what the last value or the last cycle cannot tell either:
            1 on a random walk, whose `noise` is little as one step is short.
    """

    n: int
    period: int
    trend: float
    noise: float
    surprise: float

    @classmethod
    def of(cls, values: Array, period: int | None = None) -> Traits:
        """Look at `values` (N,), whose cycle is `period` where that is known and not too long."""
        n, variance = len(values), float(values.var())
        period = period or detect_period(values)
        if period >= n:  # a cycle that was not seen once
            period = 1
        if variance == 0:
            return cls(n, 1, 0.0, 0.0, 0.0)
        trend = straight(values)
        order = max(1, min(10, n // 4))
        windows = np.lib.stride_tricks.sliding_window_view(values, order)[:-1]
        missed = values[order:] - fit_linear_ar(values, order)(windows, 1)[:, 0]
        # It is judged on what its weights and its bias were fitted to.
        error = float(np.square(missed).sum()) / max(1, len(missed) - order - 1)
        naive = min(float(np.square(values[lag:] - values[:-lag]).mean()) for lag in {1, period})
        naive = max(naive, EXACT * variance)
        noise, surprise = (min(1.0, math.sqrt(error / known)) for known in (variance, naive))
        return cls(n, period, trend, noise, surprise)


@dataclass(frozen=True)
class Recipe:
    """A way to train: its name in words, and the options of `Experiment` that it sets."""

    title: str
    options: dict[str, Any]

    def applied_to(self, experiment: Experiment) -> Experiment:
        """`experiment` trained this way: its data, forecast, seed and device stay as they are.

        What a recipe does not name takes its default, for that is how it was tried.
        """
        ways = {
            name: self.options.get(name, option.default)
            for name, option in OPTIONS.items()
            if option.group in ("model", "training") and name not in ("seed", "device")
        }
        return experiment.replace(**ways)

    @property
    def trained(self) -> bool:
        """Whether gradients train it; a warm start alone is solved."""
        return not self.options.get("warm_start", False)


@dataclass(frozen=True)
class Trial:
    """One recipe, trained and scored.

    Attributes:
        recipe: with the number of epochs that were made.
        error: the mean absolute error of its closed loop from several starts, over that of
            seasonal naive one season ahead inside the training part (a MASE), or over 1 % of that
            part's standard deviation where this is more; inf if it exploded.
        seconds: what it took.
    """

    recipe: Recipe
    error: float
    seconds: float


@dataclass(frozen=True)
class Recommendation:
    """What was found.

    Attributes:
        experiment: forecasts what follows the series, with the best recipe.
        best: its trial; where there is noise not the least error, but of all that are close the
            one that the others agree with most (see `search.search`).
        trials: all that was tried, in order.
        baselines: the simple forecasts' errors, by name, on the very values of the trials.
        traits: what the series looks like.
    """

    experiment: Experiment
    best: Trial
    trials: tuple[Trial, ...]
    baselines: dict[str, float]
    traits: Traits
