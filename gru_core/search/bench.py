"""`Bench`: where recipes are tried, all on the same values and by the same measure."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gru_core.data.series import Series, spread
from gru_core.errors import SeriesError
from gru_core.experiment.experiment import Experiment
from gru_core.experiment.start import TRENDING_SHARE
from gru_core.forecast.baselines import rolling_baselines
from gru_core.forecast.forecaster import Forecaster
from gru_core.forecast.problem import Problem
from gru_core.judgement.evaluation import starts_in
from gru_core.judgement.stability import lost
from gru_core.search.recipe import FEWEST_VALUES, Recipe, Traits, Trial
from gru_core.training.loop import fit
from gru_core.wording import steps as in_steps

__all__ = ["Bench"]

Array = NDArray[np.float64]
Options = dict[str, Any]

#: Longer windows take too long to try.
LONGEST_WINDOW = 66
#: A trial's closed loop is scored from so many starts.
TRIAL_STARTS = 12
#: So many networks' forecasts are averaged. With a small batch three cost little more than one.
TRIAL_MEMBERS = 3


class Bench:
    """The values that every recipe is trained on, and the later ones that it has to forecast.

    The last part of the series is kept from training: three horizons, at most a third of the
    series. There the closed loop is scored from several starts.

    Args:
        series: what is to be forecast.
        base: the data, forecast, seed and device of every trial.
        period: the season in steps, where it is known.

    Raises:
        SeriesError: the series has too few values.
    """

    def __init__(self, series: Series, base: Experiment, period: int | None) -> None:
        n = len(series)
        if n < FEWEST_VALUES:
            raise SeriesError(
                f"'{series.name}' has {n} values, and finding settings needs at least "
                f"{FEWEST_VALUES}: some to train on, some to judge by. Bring a longer series."
            )
        self.series, self.base = series, base
        wanted = base.horizon or 1
        scored = min(3 * wanted, n // 3)
        self.horizon = min(wanted, scored)
        self.train_end = n - scored
        self.train = series.values[: self.train_end]
        self.traits = Traits.of(self.train, period)
        self.starts = starts_in(self.train_end, n, self.horizon, TRIAL_STARTS)
        self.actual = series.values[self.starts[:, None] + np.arange(self.horizon)]
        season = self.traits.period
        scale = float(np.abs(self.train[season:] - self.train[:-season]).mean())
        # On a series that repeats itself exactly, this scale is zero.
        self.scale = max(scale, 0.01 * spread(self.train)) or 1.0

    def recipes(self) -> Iterator[Recipe]:
        """The recipes that suit a series like this, the quick ones first."""
        n = self.train_end
        cycle = self.traits.period if self.traits.period > 1 else 16
        one = max(1, min(max(cycle + 1, 8), LONGEST_WINDOW, n // 4))
        two = max(1, min(2 * one, n // 3))
        steps = max(2, min(self.horizon, 24, n // 8))
        window: Options = {"normalization": "window"}
        loop: Options = {"objective": "closed-loop", "feedback": "state", "loop_steps": steps}
        # Only the readout is fitted: an epoch of few steps at the smallest rate changes nothing.
        linear: Options = {"warm_start": True, "epochs": 1, "learning_rate": 1e-6}
        linear |= {"batch_size": max(2, n // 6)}
        linear |= {"validation": 0.1, "keep": "best", "hidden_size": 32, "linear_path": True}
        trained: Options = {"learning_rate": 0.01, "batch_size": 16 if n < 300 else 64}
        trained |= {"validation": 0.0, "keep": "last", "patience": None, "hidden_size": 32}
        many = {"members": TRIAL_MEMBERS if n * one < 10_000 else 1}
        # With a trend the future lies at a level that training has not seen. A network follows
        # only with help: each window scaled by itself, or a linear path.
        level = self.traits.trend <= TRENDING_SHARE
        for title, options, length in (
            ("Linear path, warm start", linear, one),
            ("Linear path, warm start, each window by itself", linear | window, one),
            *(
                (f"Changes over {in_steps(lag)}, warm start", linear | {"difference": lag}, one)
                for lag in sorted({1, self.traits.period})
            ),
            ("One step, each window by itself", trained | window, one),
            ("One step, each window by itself, longer", trained | window, two),
            ("Closed loop", trained | loop, one),
            ("Closed loop, each window by itself", trained | loop | window, one),
        ):
            suits = level or "normalization" in options or "linear_path" in options
            read = length + options.get("difference", 0)
            if suits and length <= LONGEST_WINDOW and read <= 2 * n // 3:
                yield Recipe(title, options | many | {"window": length})

    def trial(self, recipe: Recipe, steps: int, should_stop: Callable[[], bool]) -> Trial:
        """Train `recipe` for about so many optimizer steps, and score its closed loop."""
        began = time.perf_counter()
        options = dict(recipe.options)
        scored: Options = {
            "holdout": 1 - self.train_end / len(self.series),
            "forecast_start": "holdout",
            "horizon": self.horizon,
        }
        problem = Problem.of(self.base.replace(**options, **scored), self.series)
        if recipe.trained:
            options["epochs"] = max(1, round(steps / problem.steps_per_epoch))
            problem = Problem.of(problem.experiment.replace(epochs=options["epochs"]), self.series)
        forecaster = _fitted(recipe, problem, should_stop)
        error = math.inf
        if forecaster is not None:
            error = self.error(problem.forecast_from(forecaster, self.starts, self.horizon))
        seconds = time.perf_counter() - began
        return Trial(Recipe(recipe.title, options), error, seconds)

    def forecast_ahead(self, recipe: Recipe, should_stop: Callable[[], bool]) -> Array | None:
        """What `recipe` forecasts after the end of the series (H,), or None if that explodes.

        For this the recipe is fitted again, to all values. Networks that have not learned from the
        last values agree less with each other.
        """
        problem = Problem.of(recipe.applied_to(self.base), self.series)
        forecaster = _fitted(recipe, problem, should_stop)
        if forecaster is None:
            return None
        forecast = problem.forecast(forecaster)
        return forecast if lost(forecast, self.series.values) is None else None

    def error(self, forecasts: Array) -> float:
        """The scaled error of forecasts (S, horizon) from all starts; inf if one exploded."""
        error = float(np.abs(forecasts - self.actual).mean() / self.scale)
        return error if math.isfinite(error) else math.inf

    def baselines(self) -> dict[str, float]:
        """The errors of the simple forecasts from the same starts, by name."""
        forecasts = rolling_baselines(
            self.series.values,
            self.starts,
            self.horizon,
            train=self.train,
            window=max(1, min(64, self.train_end // 4, 2 * self.traits.period)),
            period=self.traits.period,
        )
        return {name: self.error(values) for name, values in forecasts.items()}


def _fitted(recipe: Recipe, problem: Problem, should_stop: Callable[[], bool]) -> Forecaster | None:
    """The recipe's networks, trained or only solved; None if a weight is no longer finite."""
    weights = fit(problem, problem.experiment.epochs if recipe.trained else 0, should_stop)
    return None if weights is None else problem.forecaster(weights)
