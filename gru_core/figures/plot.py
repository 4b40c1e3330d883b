"""`plot`: a figure of a result, by name. Notebooks and pages use it."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import plotly.graph_objects as go

from gru_core.errors import OptionError, raised_at_call
from gru_core.figures.forecast import forecast_figure
from gru_core.figures.live import loss
from gru_core.forecast.baselines import BASELINES
from gru_core.forecast.result import Result
from gru_core.judgement.intervals import Interval

__all__ = ["plot", "result_figure"]


@raised_at_call
def plot(result: Result, what: str = "forecast") -> go.Figure:
    """A figure of `result`.

    Args:
        result: the result of a run.
        what: `forecast` or `loss`. `forecast` shows the series with its parts, the closed-loop
            forecast, the one-step predictions and the baselines. `loss` shows the training and the
            validation loss by epoch.

    Raises:
        OptionError: there is no such figure.
    """
    if what not in _FIGURES:
        names = " or ".join(f"'{name}'" for name in _FIGURES)
        raise OptionError(f"There is no plot '{what}'. Choose {names}.")
    return _FIGURES[what](result)


def result_figure(result: Result, interval: Interval | None = None) -> go.Figure:
    """The forecast of a result with the series, the baselines and, if given, an interval."""
    parts = result.parts
    return forecast_figure(
        result.series,
        result.forecast,
        train_end=parts.train_end,
        validation_end=parts.holdout_start,
        start=parts.forecast_start,
        baselines={BASELINES[name]: values for name, values in result.baselines.items()},
        interval=interval,
    )


_FIGURES: Mapping[str, Callable[[Result], go.Figure]] = {
    "forecast": result_figure,
    "loss": lambda result: go.Figure(loss(result.history)),
}
