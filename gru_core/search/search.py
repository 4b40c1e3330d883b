"""`recommend`: settings that fit a series, chosen by trying a few recipes on it."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

from gru_core.data.series import Series, as_series
from gru_core.errors import OptionError, raised_at_call
from gru_core.experiment.experiment import OWN_DATA, Experiment
from gru_core.search.bench import Bench
from gru_core.search.recipe import Reason, Recipe, Recommendation, Trial

__all__ = ["recommend", "search"]

Array = NDArray[np.float64]

#: Of a longer series only the last values are used: with more, trials take longer, but their
#: errors hardly change.
MOST_VALUES = 3000
#: Optimizer steps of a trial in the screening, and of a finalist.
SCREENING_STEPS, FINALIST_STEPS = 50, 200
#: So many recipes become finalists.
FINALISTS = 2
#: A solved recipe with an error (see `Trial`) below this makes training needless.
EXCELLENT_ERROR = 0.05
#: Below this `Traits.surprise` a series is clean.
CLEAN_SURPRISE = 0.2
#: On a clean series networks can learn more than in so few steps. So the best one is trained for
#: this many, as long as each time its error falls to `PAYING_SHARE` of the last one or below.
LONGER_STEPS, PAYING_SHARE = (600, 1800), 0.9
#: Recipes are about equally good if their errors are within this factor of the least. With noise,
#: the most typical of them is chosen. On 48 real series this lowered the error after their end by
#: 8 and 18 % (43 and 5 of them, geometric means), compared with choosing the least error.
CLOSE_ERRORS = 3.0


@raised_at_call
def recommend(
    series: ArrayLike | Series,
    horizon: int,
    seed: int = 0,
    budget_s: float | None = None,
    *,
    period: int | None = None,
) -> Experiment:
    """An experiment that forecasts the `horizon` values after `series`.

        result = run(recommend(y, 24), series=y)
        result.forecast["forecast"]  # 24 values, in the units of y

    Args:
        series: (N,) values, or a pandas Series. Recipes are compared by their closed-loop error
            on its last part. No value after the series is ever seen.
        horizon: how many steps are to be forecast.
        seed: the same seed gives the same experiment, unless a budget cuts the search short.
        budget_s: end the search after about so many seconds, with the best so far.
        period: the season in steps, where it is known; by default it is detected.

    Raises:
        SeriesError: the series is too short, or a value is missing or not finite.
        OptionError: the horizon, the seed or the budget is out of range.
    """
    return search(series, horizon, seed, budget_s, period=period).experiment


@raised_at_call
def search(
    series: ArrayLike | Series,
    horizon: int,
    seed: int = 0,
    budget_s: float | None = None,
    *,
    period: int | None = None,
    tell: Callable[[Trial], None] = lambda trial: None,
    should_stop: Callable[[], bool] = lambda: False,
) -> Recommendation:
    """As `recommend`, with all that was tried.

    This is successive halving (Jamieson & Talwalkar 2016): every recipe is trained a little, and
    the best few are trained to the end. On a clean series the best network is then trained on for
    as long as that pays.

    On a clean series the least error wins. With noise, the errors of a few trials on a few values
    tell good recipes from bad ones, but not the best from the good. So all good recipes forecast
    what follows the series, and the forecast nearest to their median wins: a median of models is
    seldom far off (Petropoulos & Svetunkov 2020).

    Args:
        series, horizon, seed, budget_s: as in `recommend`.
        period: the season in steps, where it is known.
        tell: called with each trial when it is done.
        should_stop: asked before every optimizer step. It ends the search as the budget does. The
            first trial is always made.

    Raises:
        SeriesError, OptionError: as in `recommend`.
    """
    if budget_s is not None and not budget_s > 0:
        raise OptionError(f"The budget (budget_s) cannot be {budget_s}: it must be above 0 s.")
    base = Experiment(
        signal=OWN_DATA, holdout=0.0, forecast_start="end", horizon=horizon, seed=seed
    )
    data = as_series(series)
    bench = Bench(data.part(max(0, len(data) - MOST_VALUES), len(data)), base, period)
    began = time.monotonic()

    def over() -> bool:
        late = budget_s is not None and time.monotonic() - began > budget_s
        return late or should_stop()

    return _Search(bench, tell, over).recommendation()


class _Search:
    """The phases of a search, and the trials that it has made so far."""

    def __init__(
        self, bench: Bench, tell: Callable[[Trial], None], over: Callable[[], bool]
    ) -> None:
        self.bench = bench
        self.tell = tell
        self.over = over
        self.clean = bench.traits.surprise < CLEAN_SURPRISE
        self.trials: list[Trial] = []

    def recommendation(self) -> Recommendation:
        """Go through all phases."""
        self.screen()
        solved = [trial for trial in self.trials if not trial.recipe.trained]
        finalists = self.train_finalists()
        longer = self.train_longer(finalists)
        # A network that was only screened did well by luck, more often than not. It is chosen only
        # if there is nothing else.
        chosen, reason = self.choose([*solved, *finalists, *longer] or self.trials)
        bench = self.bench
        experiment = chosen.recipe.applied_to(bench.base)
        return Recommendation(
            experiment, chosen, reason, tuple(self.trials), bench.baselines(), bench.traits
        )

    def screen(self) -> None:
        """Try every recipe once, the networks with few steps."""
        for recipe in self.bench.recipes():
            settled = recipe.trained and any(t.error < EXCELLENT_ERROR for t in self.trials)
            if self.trials and (settled or self.over()):
                return
            self._try(recipe, SCREENING_STEPS)

    def train_finalists(self) -> list[Trial]:
        """Train the best of the screened networks to the end."""
        screened = sorted((t for t in self.trials if t.recipe.trained), key=_error)
        finalists: list[Trial] = []
        for trial in screened[:FINALISTS]:
            if self.over():
                break
            finalists.append(self._try(trial.recipe, FINALIST_STEPS))
        return finalists

    def train_longer(self, finalists: list[Trial]) -> list[Trial]:
        """On a clean series, train the best finalist for longer while that pays."""
        if not (self.clean and finalists):
            return []
        last = min(finalists, key=_error)
        longer: list[Trial] = []
        for steps in LONGER_STEPS:
            if self.over():
                break
            before, last = last, self._try(last.recipe, steps)
            longer.append(last)
            if last.error > PAYING_SHARE * before.error:
                break
        return longer

    def choose(self, trials: Sequence[Trial]) -> tuple[Trial, Reason]:
        """Choose one of `trials`, and say why.

        A recipe whose forecast explodes after the end of the series is passed over, however good
        it was before the end.
        """
        ranked = sorted(trials, key=_error)
        limit = CLOSE_ERRORS * ranked[0].error
        close = ranked[:1] if self.clean else [t for t in ranked if t.error <= limit]
        forecasts: list[tuple[Trial, Array]] = []
        for trial in close:
            forecast = self.bench.forecast_ahead(trial.recipe, self.over)
            if trial.recipe.trained and self.over():  # its training was cut short
                return (forecasts[0][0] if forecasts else trial), "cut short"
            if forecast is not None:
                forecasts.append((trial, forecast))
        if len(forecasts) > 1:
            return _most_typical(forecasts), "most typical"
        if forecasts:
            return forecasts[0][0], "others explode" if len(close) > 1 else self._best
        for trial in ranked[len(close) :]:
            forecast = self.bench.forecast_ahead(trial.recipe, self.over)
            if trial.recipe.trained and self.over():
                return trial, "cut short"
            if forecast is not None:
                return trial, "others explode"
        return ranked[0], "all explode"

    @property
    def _best(self) -> Reason:
        if len(self.trials) == 1:
            return "only one"
        return "least error" if self.clean else "clearly best"

    def _try(self, recipe: Recipe, steps: int) -> Trial:
        over = self.over if self.trials else lambda: False
        trial = self.bench.trial(recipe, steps, over)
        self.trials.append(trial)
        self.tell(trial)
        return trial


def _error(trial: Trial) -> float:
    return trial.error


def _most_typical(forecasts: Sequence[tuple[Trial, Array]]) -> Trial:
    """The trial whose forecast (H,) is nearest to the median of all forecasts."""
    middle = np.median([forecast for _, forecast in forecasts], axis=0)
    return min(forecasts, key=lambda pair: float(np.abs(pair[1] - middle).mean()))[0]
