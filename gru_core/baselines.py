"""The forecasts that a GRU has to beat, and the length of a season.

Each sees the series up to the forecast's start and nothing after it. May import numpy, and scipy
for the detection of a period.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

__all__ = [
    "BASELINES",
    "DOES",
    "autocovariance",
    "baselines",
    "copy_last",
    "detect_period",
    "fit_linear_ar",
    "linear_ar",
    "rolling_baselines",
    "seasonal_naive",
]

Array = NDArray[np.float64]

#: The titles of the baselines by name, in the order in which they are shown.
BASELINES = {
    "copy_last": "Copy the last value",
    "seasonal_naive": "Repeat the last cycle",
    "linear_ar": "Linear AR",
}

#: What each of them does, as sentences speak of it.
DOES = {
    "copy_last": "copying the last value",
    "seasonal_naive": "repeating the last cycle",
    "linear_ar": "a linear model (AR)",
}


def baselines(
    past: Array, horizon: int, *, train: Array, window: int, period: int
) -> dict[str, Array]:
    """Every baseline's forecast of the `horizon` values after `past` (N,), by name.

    The linear model has what the network has: it is fitted on `train` and reads `window` values.
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
    """As `baselines`, from many starts (S,) in `values` (N,): (S, horizon) each."""
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
    """The last value, `horizon` times."""
    return np.full(horizon, past[-1])


def seasonal_naive(past: Array, horizon: int, period: int) -> Array:
    """The last cycle again and again; all of `past` if it is shorter than a cycle."""
    forecast: Array = np.resize(past[-period:], horizon)
    return forecast


def linear_ar(train: Array, past: Array, horizon: int, order: int) -> Array:
    """Linear autoregression with intercept, by least squares, iterated from the end of `past`.

    Least squares of the smallest norm, as a clean sine makes the lags collinear.
    """
    order = max(1, min(order, len(train) // 2, len(past)))
    forecast: Array = fit_linear_ar(train, order)(past[None, -order:], horizon)[0]
    return forecast


def fit_linear_ar(train: Array, order: int) -> Callable[[Array, int], Array]:
    """A model that forecasts from many places at once: `((S, order), horizon) -> (S, horizon)`."""
    center = train.mean()
    rows = np.lib.stride_tricks.sliding_window_view(train - center, order + 1)
    design = np.column_stack([rows[:, :-1], np.ones(len(rows))])
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


def detect_period(train: Array) -> int:
    """The number of steps in the dominant cycle of `train` (N,); 1 if there is none.

    The highest peak of the autocorrelation of the values without their linear trend, or of their
    changes from step to step, counts as a cycle. A cycle on a slow swing stands out in the changes,
    one in noise in the values. The peak has to clear 0.3 and two standard errors (2/√N; of changes,
    which noise makes depend on each other, three), and to stand out from its neighbours by two. The
    estimate divides by N at every lag, so it falls with the lag, and a cycle stands above its own
    multiples.
    """
    n = len(train)
    if n < 8 or np.ptp(train) == 0:
        return 1
    from scipy.signal import detrend, find_peaks

    error, found, highest = 1 / np.sqrt(n), 1, 0.0
    negligible = 1e-9 * max(float(np.abs(train).max()), 1e-300)
    for values, errors in ((detrend(train), 2), (np.diff(train), 3)):
        if np.std(values) <= negligible:
            continue
        products = autocovariance(values)[: len(values) // 2 + 1]
        peaks, about = find_peaks(
            products / products[0], height=max(0.3, errors * error), prominence=2 * error
        )
        heights = about["peak_heights"]
        if heights.max(initial=highest) > highest:
            highest, found = heights.max(), int(peaks[heights.argmax()])
    return found


def autocovariance(values: Array) -> Array:
    """N times the autocovariance of `values` (N,) at lags 0 to N − 1: (N,)."""
    centered = values - values.mean()
    size = 2 << (len(values) - 1).bit_length()  # so long that the end does not meet the beginning
    products: Array = np.fft.irfft(np.abs(np.fft.rfft(centered, size)) ** 2, size)
    return products[: len(values)]
