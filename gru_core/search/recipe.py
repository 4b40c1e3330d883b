"""What a search for settings works with: traits of a series, recipes, trials, a recommendation.

Nothing here imports torch. The search itself is `search`.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from gru_core.data.rhythm import detect_period, straight
from gru_core.data.series import size_exponent, spread
from gru_core.experiment.experiment import OPTIONS, Experiment
from gru_core.forecast.baselines import fit_linear_ar
from gru_core.wording import short_repr

__all__ = [
    "FEWEST_VALUES",
    "REASONS",
    "Reason",
    "Recipe",
    "Recommendation",
    "Traits",
    "Trial",
]

Array = NDArray[np.float64]

#: With fewer values a trial has too little to learn from and to be scored on.
FEWEST_VALUES = 8
#: The squared error of a naive forecast counts as at least this share of the variance. Below it the
#: forecast is as good as exact, and a comparison with it would measure round-off.
EXACT_SHARE = 1e-4

Reason = Literal[
    "only one",
    "least error",
    "clearly best",
    "most typical",
    "others explode",
    "all explode",
    "cut short",
]

#: How the choice was made, in words.
REASONS: Mapping[Reason, str] = {
    "only one": "The search ended after one recipe, so we took that one.",
    "least error": "The series has hardly any noise, so we took the recipe with the least error.",
    "clearly best": "One recipe was clearly better than all others, so we took it.",
    "most typical": "Several recipes were about equally good. We took the one with the most "
    "typical forecast.",
    "others explode": "Some forecasts explode after the end of the series. We took the best recipe "
    "whose forecast does not.",
    "all explode": "All forecasts explode after the end of the series. We took the recipe with the "
    "least error.",
    "cut short": "The search ended early. We took the best recipe so far.",
}


@dataclass(frozen=True)
class Traits:
    """What a series looks like.

    Attributes:
        n: how many values it has.
        period: its dominant cycle in steps; 1 if there is none.
        trend: the share of its variance that a straight line explains, 0 to 1.
        noise: the one-step error of a linear model, as a share of the standard deviation, 0 to 1.
        surprise: the same error, as a share of the error of repeating the last value or the last
            cycle, 0 to 1. On a random walk `noise` is small, because single steps are small, but
            `surprise` is 1.
    """

    n: int
    period: int
    trend: float
    noise: float
    surprise: float

    __repr__ = short_repr

    @classmethod
    def of(cls, values: Array, period: int | None = None) -> Traits:
        """The traits of `values` (N,).

        `period` is the cycle where it is known. It is ignored if `values` do not hold one cycle.
        """
        n, constant = len(values), spread(values) == 0
        # No trait depends on the size. The squares of values like 1e-170 would be 0.
        values = np.ldexp(values, -size_exponent(values))
        variance = float(values.var())
        period = period or detect_period(values)
        if period >= n:
            period = 1
        if constant:
            return cls(n, 1, 0.0, 0.0, 0.0)
        trend = straight(values)
        order = max(1, min(10, n // 4))
        windows = np.lib.stride_tricks.sliding_window_view(values, order)[:-1]
        missed = values[order:] - fit_linear_ar(values, order)(windows, 1)[:, 0]
        # The model is scored on the values that its weights and its bias were fitted to. So their
        # number is subtracted from the number of values.
        error = float(np.square(missed).sum()) / max(1, len(missed) - order - 1)
        naive = min(float(np.square(values[lag:] - values[:-lag]).mean()) for lag in {1, period})
        naive = max(naive, EXACT_SHARE * variance)
        noise, surprise = (min(1.0, math.sqrt(error / known)) for known in (variance, naive))
        return cls(n, period, trend, noise, surprise)


@dataclass(frozen=True)
class Recipe:
    """A way to train: its name in words, and the options of `Experiment` that it sets."""

    title: str
    options: dict[str, Any]

    __repr__ = short_repr

    def applied_to(self, experiment: Experiment) -> Experiment:
        """`experiment` trained this way. Its data, forecast, seed and device stay as they are.

        All other options that the recipe does not name take their defaults, as in its trial.
        """
        ways = {
            name: self.options.get(name, option.default)
            for name, option in OPTIONS.items()
            if option.group in ("model", "training") and name not in ("seed", "device")
        }
        return experiment.replace(**ways)

    @property
    def trained(self) -> bool:
        """Whether it is trained by gradients. A recipe with a warm start is only solved."""
        return not self.options.get("warm_start", False)


@dataclass(frozen=True)
class Trial:
    """One recipe, trained and scored.

    Attributes:
        recipe: what was tried, with the number of epochs.
        error: the mean absolute error of its closed loop from several starts, divided by that of
            seasonal naive one season ahead in the training part (a MASE), or by 1 % of that part's
            standard deviation if this is more; inf if the closed loop exploded.
        seconds: how long it took.
    """

    recipe: Recipe
    error: float
    seconds: float

    __repr__ = short_repr


@dataclass(frozen=True)
class Recommendation:
    """The outcome of a search.

    Attributes:
        experiment: forecasts what follows the series, with the chosen recipe.
        chosen: the trial whose recipe was chosen: one of `trials`, the very same object.
        reason: how the choice was made. `why` says it in words.
        trials: all trials, in order.
        baselines: the errors of the simple forecasts on the same values, by name.
        traits: what the series looks like.
    """

    experiment: Experiment
    chosen: Trial
    reason: Reason
    trials: tuple[Trial, ...]
    baselines: dict[str, float]
    traits: Traits

    __repr__ = short_repr

    @property
    def why(self) -> str:
        """One or two sentences that say how the choice was made."""
        return REASONS[self.reason]
