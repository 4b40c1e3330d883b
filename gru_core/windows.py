"""From a series to what a network is fed: the split, the normalization, the windows.

May import numpy, `experiment`, `series` and `errors`.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from gru_core.errors import SeriesError
from gru_core.experiment import Experiment
from gru_core.series import Series

__all__ = [
    "HORIZON_WITHOUT_HOLDOUT",
    "Normalization",
    "Split",
    "normalization_of",
    "split",
    "windows",
]

#: The lesson forecasts 100 steps.
HORIZON_WITHOUT_HOLDOUT = 100


@dataclass(frozen=True)
class Split:
    """Where the parts of a series of `n` values begin and end, and what is forecast.

    `[0, train_end)` is the training part, `[train_end, holdout_start)` the validation part and
    `[holdout_start, n)` the holdout. The forecast covers
    `[forecast_start, forecast_start + horizon)`, which may lie beyond `n`.
    """

    n: int
    train_end: int
    holdout_start: int
    forecast_start: int
    horizon: int
    window: int

    @property
    def train_windows(self) -> int:
        """How many windows have their target in the training part."""
        return self.train_end - self.window

    @property
    def validation_windows(self) -> int:
        """How many windows have their target in the validation part."""
        return self.holdout_start - self.train_end

    @property
    def forecast_end(self) -> int:
        """The position after the last forecast value."""
        return self.forecast_start + self.horizon


def split(experiment: Experiment, n: int) -> Split:
    """Divide a series of `n` values as `experiment` says.

    Raises:
        SeriesError: the values do not suffice; the message shows the arithmetic.
    """
    W = experiment.window
    holdout = round(experiment.holdout * n)
    if experiment.forecast_start == "holdout":
        holdout = max(holdout, 1)
    holdout_start = n - holdout
    validation = round(experiment.validation * holdout_start)
    train_end = holdout_start - validation
    if train_end <= W:
        parts = f"{n} values"
        if holdout:
            parts += f" − {holdout} of holdout"
        if validation:
            parts += f" − {validation} of validation"
        raise SeriesError(
            f"The series is too short for a window of {W}: {parts} leaves {max(train_end, 0)} "
            f"to train on, and a window with its target needs {W + 1}. "
            "Choose a smaller window, a smaller holdout, or a longer series."
        )
    start = _forecast_start(experiment, n, holdout_start)
    horizon = experiment.horizon
    if start == n:
        horizon = horizon or holdout or HORIZON_WITHOUT_HOLDOUT
    else:
        horizon = horizon or min(holdout or HORIZON_WITHOUT_HOLDOUT, n - start)
        if start + horizon > n:
            where = "holdout has" if start == holdout_start and holdout else "rest of the data has"
            raise SeriesError(
                f"The horizon ({horizon} steps) is longer than the {where} ({n - start} of {n} "
                "values). Shorten the horizon, enlarge the holdout, or forecast from the end of "
                "the data."
            )
    return Split(n, train_end, holdout_start, start, horizon, W)


def _forecast_start(experiment: Experiment, n: int, holdout_start: int) -> int:
    W = experiment.window
    if experiment.forecast_start == "first":
        return W
    if experiment.forecast_start == "end":
        return n
    if experiment.forecast_start == "holdout":
        return holdout_start
    point = experiment.forecast_point or 0
    if not W <= point <= n:
        raise SeriesError(
            f"The forecast cannot start at position {point}: it needs the {W} values of a window "
            f"before it, so it can start at {W} to {n} (the end of the data)."
        )
    return point


@dataclass(frozen=True)
class Normalization:
    """`(value − center) / scale`, and back."""

    center: float = 0.0
    scale: float = 1.0

    def apply(self, values: NDArray[np.float64]) -> NDArray[np.float64]:
        """Data units to the units that the network sees; any shape."""
        return (values - self.center) / self.scale

    def undo(self, values: NDArray[np.float64]) -> NDArray[np.float64]:
        """The units that the network sees to data units; any shape."""
        return values * self.scale + self.center


def normalization_of(experiment: Experiment, series: Series, parts: Split) -> Normalization:
    """The normalization that `experiment` asks for, fitted on the training part alone."""
    if experiment.normalization == "none":
        return Normalization()
    train = series.values[: parts.train_end]
    deviation = float(train.std())
    # A constant series has no scale of its own; its deviation can also be round-off only.
    negligible = 1e-12 * max(float(np.abs(train).max()), 1e-300)
    return Normalization(float(train.mean()), deviation if deviation > negligible else 1.0)


def windows(
    values: NDArray[np.float64], window: int, start: int, stop: int
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """The windows before the targets `values[start:stop]`: `(stop − start, W)`, `(stop − start,)`.

    `start` must be at least `window`.
    """
    inputs = sliding_window_view(values, window)[start - window : stop - window]
    return inputs, values[start:stop]
