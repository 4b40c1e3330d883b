"""From a series to what a network is fed: the split, the normalization, the windows.

May import numpy, `experiment`, `series` and `errors`.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

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
    "window_scale",
    "windows",
]

#: The smallest scale of a window, as a share of the usual one.
FLOOR_SHARE = 0.1

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
    """`(value − center) / scale`, and back; `floor` is for per-window normalization on top of it.

    With a `floor`, the network also normalizes each window by its own level and scale, and undoes
    that on its output; see `window_scale`. Without one (None) it does not.
    """

    center: float = 0.0
    scale: float = 1.0
    floor: float | None = None

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
    scale = deviation if deviation > negligible else 1.0
    standard = Normalization(float(train.mean()), scale)
    if experiment.normalization == "standard":
        return standard
    inputs = sliding_window_view(standard.apply(train), parts.window)
    # A flat window has no scale of its own, and takes a share of what is usual in this series.
    usual = float(np.median(inputs.std(axis=1)))
    return replace(standard, floor=max(FLOOR_SHARE * usual, 1e-3))


def window_scale(
    windows: NDArray[np.float64], floor: float
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Level and scale of each window: (..., W) -> (..., 1), (..., 1).

    The mean, and √(variance + floor²), so that it is smooth and never zero: reversible instance
    normalization (RevIN; Kim et al., ICLR 2022) without its learned scale and shift.
    """
    level = windows.mean(axis=-1, keepdims=True)
    variance = np.square(windows - level).mean(axis=-1, keepdims=True)
    return level, np.sqrt(variance + floor**2)


def windows(
    values: NDArray[np.float64], window: int, start: int, stop: int, steps: int = 1
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Every window whose `steps` targets all lie in `[start, stop)`, and these targets.

    `(N, W)` and `(N, steps)` with N = stop − start − steps + 1, or none where that is not
    positive; `start` must be at least `window`.
    """
    count = max(0, stop - start - steps + 1)
    inputs = sliding_window_view(values, window)[start - window :][:count]
    if not count:
        return inputs, np.empty((0, steps))
    return inputs, sliding_window_view(values, steps)[start:][:count]
