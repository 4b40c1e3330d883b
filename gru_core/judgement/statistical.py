"""What established statistical models forecast, from the same starts as the network.

`statsforecast` takes seconds to import and compile: it is imported on first use, and only worker
processes use it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from gru_core.data.series import Series, as_series

__all__ = ["MODELS", "statistical_forecasts"]

Array = NDArray[np.float64]

#: The titles of the models by name, the quick ones first.
MODELS = {"auto_theta": "AutoTheta", "auto_ets": "AutoETS", "auto_arima": "AutoARIMA"}

#: Longer cycles are beyond these models (R's ets stops here), or take ARIMA minutes.
LONGEST_SEASON = 24
#: They are fitted on the last values only: their time grows fast, their forecasts hardly change.
LONGEST_PAST = 400


def statistical_forecasts(
    series: ArrayLike | Series,
    *,
    starts: NDArray[np.int64],
    horizon: int,
    train_end: int,
    period: int,
    should_stop: Callable[[], bool] = lambda: False,
) -> Iterator[dict[str, Array]]:
    """Forecasts (S, horizon) of each model from `starts` (S,), by name, growing model by model.

    Each is chosen and fitted on the training part, and then, with its parameters as they are,
    brought up to every start, as the network is. A model that fails gives NaN. A cycle longer
    than 24 steps is left out of account.

    Args:
        series: (N,) values.
        starts: positions of the first forecast value, `train_end` or later.
        horizon: how many steps each forecast has.
        train_end: the end of what may be fitted on.
        period: the season, in steps.
        should_stop: asked before every forecast; what is complete by then is all there is.
    """
    from statsforecast.models import AutoARIMA, AutoETS, AutoTheta

    values = as_series(series).values
    season = period if period <= LONGEST_SEASON else 1
    models = {
        "auto_theta": AutoTheta(season_length=season),
        "auto_ets": AutoETS(season_length=season),
        "auto_arima": AutoARIMA(season_length=season),
    }
    done: dict[str, Array] = {}
    for name, model in models.items():
        forecasts = np.full((len(starts), horizon), np.nan)
        fitted = _fit(model, values[max(0, train_end - LONGEST_PAST) : train_end])
        for row, start in enumerate(starts):
            if should_stop():
                yield dict(done)
                return
            past = values[max(0, start - LONGEST_PAST) : start]
            forecasts[row] = _forward(fitted, past, horizon)
        done[name] = forecasts
        yield dict(done)


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
