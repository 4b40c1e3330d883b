"""Rolling-origin evaluation: the closed loop is scored from many starts, as one may be lucky."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from gru_core.errors import SeriesError, raised_at_call
from gru_core.forecast.baselines import rolling_baselines
from gru_core.forecast.metrics import scores
from gru_core.forecast.result import Result
from gru_core.wording import count, steps

__all__ = ["MOST_STARTS", "Evaluation", "evaluate", "places", "starts_in"]

Array = NDArray[np.float64]

#: More starts change the scores little and cost time.
MOST_STARTS = 50


@dataclass(frozen=True, eq=False, repr=False)
class Evaluation:
    """The scores of the closed loop and of other forecasts, all from the same starts.

    Attributes:
        starts: (S,) positions of the first forecast value of each.
        horizon: L, how many steps each forecast has.
        unseen: whether all the scored values lie in the holdout.
        by_lead: one row for each step ahead: lead (1..L), and the mean absolute error of
            `forecast` (closed loop), `one_step` (true past values) and every baseline.
        make_table: makes `table`.
    """

    starts: NDArray[np.int64]
    horizon: int
    unseen: bool
    by_lead: pd.DataFrame
    make_table: Callable[[], pd.DataFrame]

    @cached_property
    def mae(self) -> pd.Series:
        """The mean absolute error of each forecast (`forecast`, then the baselines), by name.

        It is inf if the forecast is not finite.
        """
        errors = self.by_lead.drop(columns=["lead", "one_step"]).mean(skipna=False)
        return errors.where(np.isfinite(errors), np.inf)

    @cached_property
    def table(self) -> pd.DataFrame:
        """One row for each forecast, with the columns rmse, mae, smape, mase and skill.

        The skill is 1 − MAE / MAE of seasonal naive; 0 is no better than that. The table is made
        when it is first asked for. That takes 30 ms, and a verdict needs only `mae`.
        """
        return self.make_table()

    def __repr__(self) -> str:
        errors = ", ".join(f"{name} {error:.3g}" for name, error in self.table["mase"].items())
        return f"<Evaluation: {self.where}, {steps(self.horizon)} each. MASE: {errors}>"

    @property
    def where(self) -> str:
        """How many starts there are, and where they lie, in words."""
        starts = count(len(self.starts), "start")
        if self.unseen:
            return f"{starts} in the holdout"
        return f"{starts} in values that training has seen (no test of the future)"


@raised_at_call
def evaluate(
    result: Result,
    *,
    horizon: int | None = None,
    most: int = MOST_STARTS,
    others: Mapping[str, Array] | None = None,
) -> Evaluation:
    """Score `result`'s network from up to `most` starts in the holdout.

    Args:
        result: a run that has ended.
        horizon: steps of each forecast. By default it is the run's own, but at most half of the
            values that there are to score on.
        most: how many starts at most.
        others: more forecasts (S, L), by name, from the starts that `places` gives.

    Without a holdout the starts lie in the whole series, which training has seen. Then `unseen` is
    False.

    Raises:
        SeriesError: there are no true values to compare a forecast with.
    """
    problem, parts = result.problem, result.parts
    starts, horizon = places(result, horizon, most)
    forecaster = result.forecaster
    forecasts = {"forecast": problem.forecast_from(forecaster, starts, horizon)}
    forecasts |= rolling_baselines(
        result.series.values,
        starts,
        horizon,
        train=result.series.values[: parts.train_end],
        window=parts.window,
        period=result.period,
    )
    forecasts |= others or {}
    rows = starts[:, None] + np.arange(horizon)  # (S, L)
    actual = result.series.values[rows]
    one_step = problem.one_step(forecaster, int(starts[0]), int(starts[-1]) + horizon)
    errors = {name: np.abs(values - actual).mean(axis=0) for name, values in forecasts.items()}
    errors["one_step"] = np.abs(one_step[rows - starts[0]] - actual).mean(axis=0)

    def table() -> pd.DataFrame:
        scored = scores(
            actual.ravel(),
            {name: values.ravel() for name, values in forecasts.items()},
            train=result.series.values[: parts.train_end],
            period=result.period,
        )
        naive = float(scored["mae"]["seasonal_naive"])
        scored["skill"] = 1.0 - scored["mae"] / naive if naive > 0 else np.nan
        return scored

    return Evaluation(
        starts,
        horizon,
        unseen=int(starts[0]) >= parts.holdout_start,
        by_lead=pd.DataFrame({"lead": np.arange(1, horizon + 1)} | errors),
        make_table=table,
    )


def places(
    result: Result, horizon: int | None = None, most: int = MOST_STARTS
) -> tuple[NDArray[np.int64], int]:
    """The starts (S,) and the steps L of the forecasts that `evaluate` scores.

    Raises:
        SeriesError: there are no true values to compare a forecast with.
    """
    parts = result.parts
    first = parts.holdout_start if parts.holdout_start < parts.n else parts.first
    horizon = horizon or max(1, min(parts.horizon, (parts.n - first) // 2))
    return starts_in(first, parts.n, horizon, most), horizon


def starts_in(first: int, end: int, horizon: int, most: int = MOST_STARTS) -> NDArray[np.int64]:
    """At most `most` starts, evenly spaced from `first`; `horizon` values fit before `end`.

    Raises:
        SeriesError: there is none.
    """
    last = end - horizon
    if last < first:
        raise SeriesError(
            f"There are {count(end - first, 'value')} to score on, and a forecast of "
            f"{steps(horizon)} needs {horizon}. Shorten the horizon or enlarge the holdout."
        )
    return np.unique(np.linspace(first, last, most).round().astype(np.int64))
