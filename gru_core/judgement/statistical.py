"""The forecasts of established statistical models, from the same starts as the network's.

`statsforecast` takes seconds to import and compile. So it is imported on first use, and only worker
processes use it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from gru_core.data.series import Series, as_series

__all__ = ["MODELS", "statistical_forecasts"]

Array = NDArray[np.float64]

#: The titles of the models by name, the quick ones first.
MODELS = {"auto_theta": "AutoTheta", "auto_ets": "AutoETS", "auto_arima": "AutoARIMA"}

#: These models cannot use longer cycles (R's ets stops here), or ARIMA needs minutes for them.
LONGEST_SEASON = 24
#: The models are fitted on this many last values. With more, the time grows fast and the forecasts
#: hardly change.
LONGEST_PAST = 400


def statistical_forecasts(
    series: ArrayLike | Series,
    *,
    starts: NDArray[np.int64],
    horizon: int,
    train_end: int,
    period: int,
    tell: Callable[[str], None] = lambda name: None,
    should_stop: Callable[[], bool] = lambda: False,
) -> dict[str, Array]:
    """The forecasts (S, horizon) of each model from `starts` (S,), by the model's name.

    Each model is selected and fitted on the training part. At every start it reads the values
    before the start, with its parameters unchanged, as the network does. A model that fails gives
    NaN. A cycle longer than 24 steps is ignored.

    Args:
        series: (N,) values.
        starts: positions of the first forecast value, `train_end` or later.
        horizon: how many steps each forecast has.
        train_end: the models may be fitted on the values before this position.
        period: the season, in steps.
        tell: called with each model's name when its forecasts are complete.
        should_stop: asked before every forecast. After a stop, only complete models are returned.
    """
    from statsforecast.models import AutoARIMA, AutoETS, AutoTheta

    values = as_series(series).values
    season = period if period <= LONGEST_SEASON else 1
    models = {
        "auto_theta": AutoTheta(season_length=season),
        "auto_ets": AutoETS(season_length=season),
        "auto_arima": AutoARIMA(season_length=season),
    }
    complete: dict[str, Array] = {}
    for name, model in models.items():
        forecasts = np.full((len(starts), horizon), np.nan)
        fitted = _fit(model, values[max(0, train_end - LONGEST_PAST) : train_end])
        for row, start in enumerate(starts):
            if should_stop():
                return complete
            past = values[max(0, start - LONGEST_PAST) : start]
            forecasts[row] = _forward(fitted, past, horizon)
        complete[name] = forecasts
        tell(name)
    return complete


def _fit(model: Any, train: Array) -> Any:
    try:
        return model.fit(train)
    except Exception:  # these models raise whatever their numerics do on a degenerate series
        return None


def _forward(model: Any, past: Array, horizon: int) -> Array:
    if model is None:
        return np.full(horizon, np.nan)
    try:
        return np.asarray(model.forward(y=past, h=horizon)["mean"], dtype=np.float64)
    except Exception:  # as above
        return np.full(horizon, np.nan)
