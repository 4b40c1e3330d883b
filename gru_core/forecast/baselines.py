"""The simple forecasts that a network has to beat.

A baseline uses only the values before the start of the forecast.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

__all__ = [
    "BASELINES",
    "DOES",
    "baselines",
    "copy_last",
    "fit_linear_ar",
    "linear_ar",
    "rolling_baselines",
    "seasonal_naive",
]

Array = NDArray[np.float64]

#: The title of each baseline, in the order shown.
BASELINES = {
    "copy_last": "Copy the last value",
    "seasonal_naive": "Repeat the last cycle",
    "linear_ar": "Linear AR",
}

#: What each baseline does, as a part of a sentence.
DOES = {
    "copy_last": "copying the last value",
    "seasonal_naive": "repeating the last cycle",
    "linear_ar": "a linear model (AR)",
}


def baselines(
    past: Array, horizon: int, *, train: Array, window: int, period: int
) -> dict[str, Array]:
    """The forecast (horizon,) of each baseline after the values `past` (N,), by name.

    The linear model gets the same data as the network. It is fitted on `train` and reads `window`
    values.
    """
    return {
        "copy_last": copy_last(past, horizon),
        "seasonal_naive": seasonal_naive(past, horizon, period),
        "linear_ar": linear_ar(train, past, horizon, window),
    }


def rolling_baselines(
    values: Array,
    starts: NDArray[np.int64],
    horizon: int,
    *,
    train: Array,
    window: int,
    period: int,
) -> dict[str, Array]:
    """The forecasts (S, horizon) of each baseline, from many `starts` (S,) in `values` (N,).

    See `baselines`.
    """
    order = max(1, min(window, len(train) // 2, int(starts.min())))
    windows = np.lib.stride_tricks.sliding_window_view(values, order)[starts - order]
    return {
        "copy_last": np.stack([copy_last(values[:start], horizon) for start in starts]),
        "seasonal_naive": np.stack(
            [seasonal_naive(values[:start], horizon, period) for start in starts]
        ),
        "linear_ar": fit_linear_ar(train, order)(windows, horizon),
    }


def copy_last(past: Array, horizon: int) -> Array:
    """The last value of `past`, repeated: (N,) -> (horizon,)."""
    return np.full(horizon, past[-1])


def seasonal_naive(past: Array, horizon: int, period: int) -> Array:
    """The last cycle of `past`, repeated: (N,) -> (horizon,).

    If `past` is shorter than one cycle, all of it is repeated.
    """
    forecast: Array = np.resize(past[-period:], horizon)
    return forecast


def linear_ar(train: Array, past: Array, horizon: int, order: int) -> Array:
    """The closed-loop forecast of a linear autoregression: (horizon,).

    The model has an intercept and is fitted on `train` by least squares. The forecast starts after
    `past`.
    """
    order = max(1, min(order, len(train) // 2, len(past)))
    forecast: Array = fit_linear_ar(train, order)(past[None, -order:], horizon)[0]
    return forecast


def fit_linear_ar(train: Array, order: int) -> Callable[[Array, int], Array]:
    """Fit a linear autoregression; returns its forecast function.

    That function forecasts from many starts at once: `((S, order), horizon) -> (S, horizon)`.
    """
    center = train.mean()
    rows = np.lib.stride_tricks.sliding_window_view(train - center, order + 1)
    design = np.column_stack([rows[:, :-1], np.ones(len(rows))])
    # The lags of a clean sine are collinear. `lstsq` then takes the solution of smallest norm.
    solution, *_ = np.linalg.lstsq(design, rows[:, -1], rcond=None)

    def forecast(past: Array, horizon: int) -> Array:
        values = np.empty((len(past), order + horizon))
        values[:, :order] = past - center
        with np.errstate(over="ignore", invalid="ignore"):  # an unstable model may explode
            for step in range(order, order + horizon):
                values[:, step] = values[:, step - order : step] @ solution[:-1] + solution[-1]
        later: Array = values[:, order:] + center
        return later

    return forecast
