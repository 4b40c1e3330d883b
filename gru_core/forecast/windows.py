"""From a series to the inputs of a network: split, normalization and windows."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from gru_core.data.series import Series
from gru_core.errors import SeriesError
from gru_core.experiment.experiment import Experiment
from gru_core.wording import short_repr

__all__ = [
    "HORIZON_WITHOUT_HOLDOUT",
    "Normalization",
    "Split",
    "changes",
    "normalization_of",
    "split",
    "summed",
    "window_scale",
    "windows",
]

#: The smallest scale of a window, as a share of the median window's.
FLOOR_SHARE = 0.1

#: The horizon in steps when none is set and there is no holdout. The lesson forecasts 100.
HORIZON_WITHOUT_HOLDOUT = 100


@dataclass(frozen=True)
class Split:
    """Where the parts of a series of `n` values begin and end.

    The training part is `[0, train_end)`, the validation part is `[train_end, holdout_start)` and
    the holdout is `[holdout_start, n)`. The forecast covers
    `[forecast_start, forecast_start + horizon)` and may reach past `n`. `window` is the length of
    a window. Windows hold differences over `lag` steps; with a `lag` of 0 they hold the values.
    """

    n: int
    train_end: int
    holdout_start: int
    forecast_start: int
    horizon: int
    window: int
    lag: int = 0

    @property
    def first(self) -> int:
        """The first position with a complete window before it."""
        return self.window + self.lag

    @property
    def train_windows(self) -> int:
        """How many windows have their target in the training part."""
        return self.train_end - self.first

    @property
    def validation_windows(self) -> int:
        """How many windows have their target in the validation part."""
        return self.holdout_start - self.train_end

    @property
    def forecast_end(self) -> int:
        """The position after the last forecast value."""
        return self.forecast_start + self.horizon


def split(experiment: Experiment, n: int) -> Split:
    """Split a series of `n` values as `experiment` asks.

    Raises:
        SeriesError: there are too few values. The message shows the calculation.
    """
    lag = experiment.difference or 0
    first = experiment.window + lag
    holdout = round(experiment.holdout * n)
    if experiment.forecast_start == "holdout":
        holdout = max(holdout, 1)
    holdout_start = n - holdout
    validation = round(experiment.validation * holdout_start)
    train_end = holdout_start - validation
    if train_end <= first:
        parts = f"{n} values"
        if holdout:
            parts += f" − {holdout} of holdout"
        if validation:
            parts += f" − {validation} of validation"
        what = f"a window of {experiment.window}"
        smaller = "a smaller window"
        if lag:
            what += f" differences over {lag}"
            smaller += ", differences over fewer steps"
        raise SeriesError(
            f"The series is too short for {what}: {parts} leaves {max(train_end, 0)} "
            f"to train on, and a window with its target needs {first + 1}. "
            f"Choose {smaller}, a smaller holdout, or a longer series."
        )
    start = _forecast_start(experiment, n, holdout_start, first)
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
    return Split(n, train_end, holdout_start, start, horizon, experiment.window, lag)


def _forecast_start(experiment: Experiment, n: int, holdout_start: int, first: int) -> int:
    if experiment.forecast_start == "first":
        return first
    if experiment.forecast_start == "end":
        return n
    if experiment.forecast_start == "holdout":
        return holdout_start
    point = experiment.forecast_point or 0
    if not first <= point <= n:
        raise SeriesError(
            f"The forecast cannot start at position {point}: it needs the {first} values of a "
            f"window before it, so it can start at {first} to {n} (the end of the data)."
        )
    return point


@dataclass(frozen=True)
class Normalization:
    """Normalized units are `(value − center) / scale`, with `center` and `scale` in data units.

    `floor` adds per-window normalization: the network scales each window by its own level and
    scale, and undoes this on its output (see `window_scale`). None: it does not.
    """

    center: float = 0.0
    scale: float = 1.0
    floor: float | None = None

    __repr__ = short_repr

    def apply(self, values: NDArray[np.float64]) -> NDArray[np.float64]:
        """From data units to normalized units; any shape."""
        return (values - self.center) / self.scale

    def undo(self, values: NDArray[np.float64]) -> NDArray[np.float64]:
        """From normalized units to data units; any shape."""
        return values * self.scale + self.center


def normalization_of(experiment: Experiment, series: Series, parts: Split) -> Normalization:
    """The normalization that `experiment` asks for, fitted on the training part only."""
    if experiment.normalization == "none":
        return Normalization()
    train = changes(series.values[: parts.train_end], parts.lag)
    deviation = float(train.std())
    # The deviation of a constant series is zero, or only rounding error. Its scale is then 1.
    negligible = 1e-12 * max(float(np.abs(train).max()), 1e-300)
    scale = deviation if deviation > negligible else 1.0
    standard = Normalization(float(train.mean()), scale)
    if experiment.normalization == "standard":
        return standard
    inputs = sliding_window_view(standard.apply(train), parts.window)
    # A flat window has a scale of zero. The floor gives it a share of this series' usual scale.
    usual = float(np.median(inputs.std(axis=1)))
    return replace(standard, floor=max(FLOOR_SHARE * usual, 1e-3))


def window_scale(
    windows: NDArray[np.float64], floor: float
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Level and scale of each window: (..., W) -> (..., 1), (..., 1).

    The level is the mean. The scale is √(variance + floor²), which is smooth and never zero.
    Source: reversible instance normalization (RevIN; Kim et al., ICLR 2022), without its learned
    scale and shift.
    """
    level = windows.mean(axis=-1, keepdims=True)
    variance = np.square(windows - level).mean(axis=-1, keepdims=True)
    return level, np.sqrt(variance + floor**2)


def changes(values: NDArray[np.float64], lag: int) -> NDArray[np.float64]:
    """The differences to the value `lag` steps before: (N,) -> (N − lag,).

    With a `lag` of 0 they are the values themselves. Source: the first and seasonal differences of
    ARIMA models (Box & Jenkins 1970).
    """
    return values[lag:] - values[:-lag] if lag else values


def summed(changes: NDArray[np.float64], before: NDArray[np.float64]) -> NDArray[np.float64]:
    """Undo `changes`: differences (..., H) and the `lag` values before them -> values (..., H).

    `before` holds these values, (..., lag). Leading axes are broadcast.
    """
    *shape, horizon = changes.shape
    lag = before.shape[-1]
    if not lag:
        return changes
    rounds = -(-horizon // lag)
    padded = np.zeros((*shape, rounds * lag))
    padded[..., :horizon] = changes
    steps = padded.reshape(*shape, rounds, lag).cumsum(axis=-2)
    values: NDArray[np.float64] = steps + before[..., None, :]
    return values.reshape(*values.shape[:-2], rounds * lag)[..., :horizon]


def windows(
    values: NDArray[np.float64], window: int, start: int, stop: int, steps: int = 1
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """The windows (N, W) whose targets all lie in `[start, stop)`, and the targets (N, steps).

    A window has `steps` targets: the values after it. N is stop − start − steps + 1, but at
    least 0. `start` must be at least `window`.
    """
    count = max(0, stop - start - steps + 1)
    inputs = sliding_window_view(values, window)[start - window :][:count]
    if not count:
        return inputs, np.empty((0, steps))
    return inputs, sliding_window_view(values, steps)[start:][:count]
