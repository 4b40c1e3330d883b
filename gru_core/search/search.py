"""`recommend`: settings that fit a series, found by trying a handful of recipes on it."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from gru_core.data.series import Series, as_series
from gru_core.errors import OptionError, SeriesError
from gru_core.experiment.experiment import OWN_DATA, Experiment
from gru_core.forecast.baselines import rolling_baselines
from gru_core.forecast.forecaster import Forecaster
from gru_core.forecast.problem import Problem
from gru_core.judgement.evaluation import starts_in
from gru_core.judgement.stability import lost
from gru_core.search.recipe import Recipe, Recommendation, Traits, Trial
from gru_core.training.loop import fit
from gru_core.wording import steps as in_steps

__all__ = ["recommend", "search"]

Array = NDArray[np.float64]
Options = dict[str, Any]

#: Fewer values give no trial anything to learn from and to be judged on.
FEWEST = 12
#: Of a longer series only the last values are looked at: trials would take longer, not differ.
MOST = 3000
#: Optimizer steps of a trial in the first and in the second round.
SCREENING, FULL = 50, 200
#: Where `Traits.surprise` is below this, networks can learn more than in so few steps: the best one
#: is trained for as many as these, while that leaves less than the share `PAYS` of its error.
CLEAN, LONGER, PAYS = 0.2, (600, 1800), 0.9
#: Longer windows take too long to try.
LONGEST = 66
#: With noise, of all recipes whose errors are within such a factor of the least the one is chosen
#: that they agree on. On 48 real series the error after their end was lower by 8 and 18 % (43 and 5
#: of them, geometric means) than that of the one with the least error.
CLOSE = 3.0
#: How many recipes come to the second round.
FINALISTS = 2
#: Starts from which a trial's closed loop is scored.
STARTS = 12
#: A warm start with an error (see `Trial`) below this needs no other.
EXCELLENT = 0.05
#: Above this share of variance that a straight line explains, the level of the future is new.
TRENDING = 0.5
#: Networks whose forecasts are averaged: a small batch costs three little more than one.
MEMBERS = 3


def recommend(
    series: ArrayLike | Series, horizon: int, seed: int = 0, budget_s: float | None = None
) -> Experiment:
    """An experiment that forecasts the `horizon` values after `series`.

        result = run(recommend(y, 24), series=y)
        result.forecast["forecast"]  # 24 values, in the units of y

    Args:
        series: (N,) values, or a pandas Series. Recipes are compared by their closed-loop error
            on the last part of it; nothing after it is ever seen.
        horizon: how many steps are to be forecast.
        seed: the same seed gives the same experiment, unless a budget cuts the search short.
        budget_s: stop the search after about so many seconds, and take the best so far.

    Raises:
        SeriesError: the series is too short, or holds something that is not a finite number.
        OptionError: the horizon, the seed or the budget is out of range.
    """
    *_, found = search(series, horizon, seed, budget_s)
    assert isinstance(found, Recommendation)
    return found.experiment


def search(
    series: ArrayLike | Series,
    horizon: int,
    seed: int = 0,
    budget_s: float | None = None,
    *,
    period: int | None = None,
    should_stop: Callable[[], bool] = lambda: False,
) -> Iterator[Trial | Recommendation]:
    """As `recommend`, telling every trial when it is done, and last what was found.

    Successive halving (Jamieson & Talwalkar 2016): every recipe is trained a little, and the best
    few are trained to the end. Of these and the solved ones, those with the least errors forecast
    what follows the series, and the one nearest to the median of their forecasts wins: the errors
    of a few trials on so few values tell good from bad, but not the best from the good, and a
    median of models is seldom far off (Petropoulos & Svetunkov 2020). Where there is hardly any
    noise, errors do tell: the best network is trained on for as long as that pays, and the least
    error wins.

    `period` is the season, where it is known. `should_stop` is asked before every optimizer step
    and ends the search as the budget does; the first trial is always made.
    """
    if budget_s is not None and not budget_s > 0:
        raise OptionError(f"The budget (budget_s) cannot be {budget_s}: it must be above 0 s.")
    base = Experiment(
        signal=OWN_DATA, holdout=0.0, forecast_start="end", horizon=horizon, seed=seed
    )
    data = as_series(series)
    bench = _Bench(data.part(max(0, len(data) - MOST), len(data)), base, period)
    began = time.monotonic()

    def over() -> bool:
        late = budget_s is not None and time.monotonic() - began > budget_s
        return late or should_stop()

    tried: list[Trial] = []

    def made(recipe: Recipe, steps: int) -> Trial:
        tried.append(bench.trial(recipe, steps, over if tried else lambda: False))
        return tried[-1]

    for recipe in bench.recipes():
        settled = recipe.trained and any(trial.error < EXCELLENT for trial in tried)
        if tried and (settled or over()):
            break
        yield made(recipe, SCREENING)
    screened = sorted((t for t in tried if t.recipe.trained), key=_error)
    complete = [trial for trial in tried if not trial.recipe.trained]
    for trial in screened[:FINALISTS]:
        if over():
            break
        complete.append(made(trial.recipe, FULL))
        yield complete[-1]
    clean = bench.traits.surprise < CLEAN
    learnt = sorted((t for t in complete if t.recipe.trained), key=_error)[:1]
    for steps in LONGER if clean and learnt else ():
        if over():
            break
        learnt.append(made(learnt[-1].recipe, steps))
        complete.append(learnt[-1])
        yield complete[-1]
        if learnt[-1].error > PAYS * learnt[-2].error:
            break
    # What was only screened did well by luck, more often than not; but it is better than nothing.
    ranked = sorted(complete or tried, key=_error)
    # On a clean series errors tell which is the best, otherwise only which are good.
    close = ranked[:1] if clean else [t for t in ranked if t.error <= CLOSE * ranked[0].error]
    groups = [close, *([trial] for trial in ranked[len(close) :])]
    best = next(filter(None, (bench.agreed(group, over) for group in groups)), ranked[0])
    experiment = best.recipe.applied_to(base)
    yield Recommendation(experiment, best, tuple(tried), bench.baselines(), bench.traits)


def _error(trial: Trial) -> float:
    return trial.error


def _fitted(recipe: Recipe, problem: Problem, should_stop: Callable[[], bool]) -> Forecaster | None:
    """The recipe's networks, trained or only solved; None if a weight is no longer finite."""
    weights = fit(problem, problem.experiment.epochs if recipe.trained else 0, should_stop)
    return None if weights is None else problem.forecaster(weights)


class _Bench:
    """Where recipes are compared: all have the same past to train on, and the same to forecast.

    The last part of the series, at least one horizon and at most a third of it, is kept from
    training, and the closed loop is scored from several starts in it.
    """

    def __init__(self, series: Series, base: Experiment, period: int | None) -> None:
        n = len(series)
        if n < FEWEST:
            raise SeriesError(
                f"'{series.name}' has {n} values, and finding settings needs at least {FEWEST}: "
                "some to train on, some to judge by. Bring a longer series."
            )
        self.series, self.base = series, base
        wanted = base.horizon or 1
        judged = min(3 * wanted, n // 3)
        self.horizon = min(wanted, judged)
        self.train_end = n - judged
        self.train = series.values[: self.train_end]
        self.traits = Traits.of(self.train, period)
        self.starts = starts_in(self.train_end, n, self.horizon, STARTS)
        self.actual = series.values[self.starts[:, None] + np.arange(self.horizon)]
        season = self.traits.period
        scale = float(np.abs(self.train[season:] - self.train[:-season]).mean())
        # A series that repeats itself exactly has no such scale.
        self.scale = max(scale, 0.01 * float(self.train.std())) or 1.0

    def recipes(self) -> Iterator[Recipe]:
        """What is worth a try on a series like this, the quick ones first."""
        n = self.train_end
        cycle = self.traits.period if self.traits.period > 1 else 16
        one = max(1, min(max(cycle + 1, 8), LONGEST, n // 4))
        two = max(1, min(2 * one, n // 3))
        steps = max(2, min(self.horizon, 24, n // 8))
        window: Options = {"normalization": "window"}
        loop: Options = {"objective": "closed-loop", "feedback": "state", "loop_steps": steps}
        # Nothing but the readout is fitted: one epoch at the smallest rate changes nothing.
        linear: Options = {"warm_start": True, "epochs": 1, "learning_rate": 1e-6}
        linear |= {"validation": 0.1, "keep": "best", "hidden_size": 32, "linear_path": True}
        trained: Options = {"learning_rate": 0.01, "batch_size": 16 if n < 300 else 64}
        trained |= {"validation": 0.0, "keep": "last", "patience": None, "hidden_size": 32}
        many = {"members": MEMBERS if n * one < 10_000 else 1}
        follows = self.traits.trend <= TRENDING  # else what comes lies where nothing has been
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
            known = follows or "normalization" in options or "linear_path" in options
            read = length + options.get("difference", 0)
            if known and length <= LONGEST and read <= 2 * n // 3:
                yield Recipe(title, options | many | {"window": length})

    def trial(self, recipe: Recipe, steps: int, should_stop: Callable[[], bool]) -> Trial:
        """Train `recipe` for about so many optimizer steps, and score its closed loop."""
        began = time.perf_counter()
        options = dict(recipe.options)
        judged: dict[str, Any] = {
            "holdout": 1 - self.train_end / len(self.series),
            "forecast_start": "holdout",
            "horizon": self.horizon,
        }
        problem = Problem.of(self.base.replace(**options, **judged), self.series)
        if recipe.trained:
            options["epochs"] = max(1, round(steps / problem.steps_per_epoch))
            problem = Problem.of(problem.experiment.replace(epochs=options["epochs"]), self.series)
        forecaster = _fitted(recipe, problem, should_stop)
        error = math.inf
        if forecaster is not None:
            error = self.error(problem.forecast_from(forecaster, self.starts, self.horizon))
        seconds = time.perf_counter() - began
        return Trial(Recipe(recipe.title, options), error, seconds)

    def agreed(self, trials: list[Trial], should_stop: Callable[[], bool]) -> Trial | None:
        """The one whose forecast of what follows the series is nearest to the median of all.

        They are fitted again for that, to all values: networks that have not learned from the last
        ones agree on less. None if all explode: what held where it was judged need not hold after
        the end. Where it is stopped, the first that could be fitted, or else the first that not.
        """
        able: list[tuple[Trial, Array]] = []
        for trial in trials:
            problem = Problem.of(trial.recipe.applied_to(self.base), self.series)
            forecaster = _fitted(trial.recipe, problem, should_stop)
            if trial.recipe.trained and should_stop():
                return able[0][0] if able else trial
            if forecaster is not None:
                forecast = problem.forecast(forecaster)
                if lost(forecast, self.series.values) is None:
                    able.append((trial, forecast))
        if not able:
            return None
        middle = np.median([forecast for _, forecast in able], axis=0)
        return min(able, key=lambda it: float(np.abs(it[1] - middle).mean()))[0]

    def error(self, forecasts: Array) -> float:
        """The scaled error of forecasts (S, horizon) from all starts; inf where one exploded."""
        error = float(np.abs(forecasts - self.actual).mean() / self.scale)
        return error if math.isfinite(error) else math.inf

    def baselines(self) -> dict[str, float]:
        """The errors of the simple forecasts from the same starts."""
        forecasts = rolling_baselines(
            self.series.values,
            self.starts,
            self.horizon,
            train=self.train,
            window=max(1, min(64, self.train_end // 4, 2 * self.traits.period)),
            period=self.traits.period,
        )
        return {name: self.error(values) for name, values in forecasts.items()}
