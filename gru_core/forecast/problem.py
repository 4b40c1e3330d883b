"""`Problem`: an experiment together with its series, which is split, normalized and checked.

It knows the inputs of the network, and how an output becomes a forecast in data units. The
training loop and the web process both use it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from gru_core.data.series import Series, as_series
from gru_core.data.sources import make_series
from gru_core.errors import SeriesError
from gru_core.experiment.experiment import OWN_DATA, Experiment
from gru_core.forecast.events import Weights
from gru_core.forecast.forecaster import Forecaster
from gru_core.forecast.windows import (
    Normalization,
    Split,
    changes,
    normalization_of,
    split,
    summed,
    windows,
)
from gru_core.wording import count, short_repr

__all__ = ["KEPT_FORECASTS", "Problem", "forecast_epochs", "series_of"]

Array = NDArray[np.float64]

#: When no batch size is set, a batch has at least so many windows, and an epoch has at most so many
#: batches. Both were chosen by measurement, together with the epochs and the learning rate of the
#: default. With them the closed-loop RMSE on the sine and on the cosine was below 0.01 for each of
#: the seeds 0 to 24. Larger batches had larger errors in the same time.
LEAST_BATCH, MOST_BATCHES = 12, 60

#: At most so many forecasts of a run are kept for the slider over its epochs.
KEPT_FORECASTS = 30

#: With fewer windows than this, a network has too few examples to learn from.
FEW_WINDOWS = 20


@dataclass(frozen=True, eq=False)
class Problem:
    """An experiment and its series, ready to train on.

    Attributes:
        experiment: the options.
        series: the whole series.
        parts: where its parts begin and end.
        normalization: fitted on the training part.
        loop_steps: how many fed-back steps training goes through; 1 for the one-step objective.
        batch_size: how many windows one optimizer step uses.
        notices: what differs from the options and why, in sentences for the user.
    """

    experiment: Experiment
    series: Series
    parts: Split
    normalization: Normalization
    loop_steps: int
    batch_size: int
    notices: tuple[str, ...]

    __repr__ = short_repr

    @classmethod
    def of(cls, experiment: Experiment, series: ArrayLike | Series | None = None) -> Problem:
        """Split and normalize `series`; by default the experiment's own signal.

        Raises:
            SeriesError: the series is too short for the experiment, or is missing.
        """
        data = series_of(experiment, series)
        parts = split(experiment, len(data))
        notices = []
        if experiment.validation and not parts.validation_windows:
            notices.append(
                f"The series is too short for a validation part of {experiment.validation:.0%}. "
                "The best weights are chosen by the training loss instead."
            )
        loop_steps = experiment.loop_steps if experiment.objective == "closed-loop" else 1
        if loop_steps > 1 and loop_steps > parts.train_windows // 2:
            allowed = max(1, parts.train_windows // 2)
            notices.append(
                f"The loop steps were lowered from {loop_steps} to {allowed}. This is half of the "
                f"{parts.train_windows} training windows."
            )
            loop_steps = allowed
        starts = parts.train_windows - loop_steps + 1
        batch_size = experiment.batch_size or max(LEAST_BATCH, -(-starts // MOST_BATCHES))
        if batch_size > starts:
            if experiment.batch_size:
                notices.append(
                    f"The batch size was lowered from {batch_size} to {starts}, the "
                    "number of training windows."
                )
            batch_size = starts
        if experiment.warm_start:
            notices.append(
                "Warm start: the readout was solved exactly before the first epoch. So the first "
                "forecast can be good, although the recurrent weights are still random."
            )
        train = data.values[: parts.train_end]
        if np.ptp(train) == 0:
            notices.append(
                f"All values of the training part are {train[0]:g}. The network can learn only "
                "this value."
            )
        normalization = normalization_of(experiment, data, parts)
        return cls(experiment, data, parts, normalization, loop_steps, batch_size, tuple(notices))

    @property
    def trained_windows(self) -> int:
        """How many windows an epoch trains on: those with `loop_steps` values behind them."""
        return self.parts.train_windows - self.loop_steps + 1

    @property
    def steps_per_epoch(self) -> int:
        """How many optimizer steps an epoch has."""
        return -(-self.trained_windows // self.batch_size)

    @property
    def compiled(self) -> bool:
        """Whether compiled steps can train it, if it trains on a processor.

        They know no dropout. And PyTorch makes the steps with one window, as in the lesson.
        """
        return not self.experiment.dropout and self.batch_size > 1

    @property
    def few_windows(self) -> str:
        """A warning for the user if there are few windows to train on, or ''."""
        parts = self.parts
        if parts.train_windows >= FEW_WINDOWS:
            return ""
        few = f"{'is' if parts.train_windows == 1 else 'are'} only"
        fix = "Bring a longer series"
        parts_in_words = {
            "the window": parts.window > 1,
            "the holdout": parts.holdout_start < parts.n,
            "the validation part": parts.validation_windows > 0,
        }
        *head, last = ["", *(name for name, there in parts_in_words.items() if there)]
        if last:
            either = ", ".join(filter(None, head))
            fix += f", or make {either + ' or ' if either else ''}{last} smaller"
        return (
            f"There {few} {count(parts.train_windows, 'window')} to train on. A network can hardly "
            f"learn from so few. {fix}."
        )

    def forecaster(
        self, weights: Weights, should_stop: Callable[[], bool] = lambda: False
    ) -> Forecaster:
        """The networks with these weights, ready to forecast; `should_stop`: see `Forecaster`."""
        experiment, floor = self.experiment, self.normalization.floor
        return Forecaster(experiment.cell, weights, experiment.feedback, floor, should_stop)

    @property
    def train(self) -> tuple[Array, Array]:
        """Windows (N, W) and targets (N, k) of the training part, normalized.

        k is `loop_steps`.
        """
        parts = self.parts
        return self._windows(parts.first, parts.train_end, self.loop_steps)

    @property
    def validation(self) -> tuple[Array, Array]:
        """Windows (N, W) and targets (N, k) of the validation part, normalized.

        k is `loop_steps`, but at most the length of the validation part and at least 1.
        """
        parts = self.parts
        steps = max(1, min(self.loop_steps, parts.validation_windows))
        return self._windows(parts.train_end, parts.holdout_start, steps)

    @property
    def context(self) -> Array:
        """The window (W,) before the start of the forecast, normalized."""
        return self.context_of(self.parts.forecast_start)

    def context_of(self, start: int | NDArray[np.int64]) -> Array:
        """The window (W,) before position `start`, normalized; for positions (S,): (S, W).

        No position may be smaller than `parts.first`.
        """
        return self._read()[start - self.parts.first]

    def undo(self, outputs: Array, start: int | NDArray[np.int64]) -> Array:
        """The forecasts `outputs` in data units.

        The shape stays: (..., H) for one position `start`, (..., S, H) for positions (S,).
        """
        before = np.asarray(start)[..., None] + np.arange(-self.parts.lag, 0)
        with np.errstate(over="ignore", invalid="ignore"):  # an exploding forecast is shown
            return summed(self.normalization.undo(outputs), self.series.values[before])

    def actual(self, start: int, stop: int) -> Array:
        """The true values (stop − start,); NaN after the end of the data."""
        values = np.full(stop - start, np.nan)
        known = self.series.values[start:stop]
        values[: len(known)] = known
        return values

    def forecast(self, forecaster: Forecaster) -> Array:
        """The closed-loop forecast (H,) that the experiment asks for, in data units."""
        return self.forecast_from(forecaster, self.parts.forecast_start, self.parts.horizon)

    def forecast_from(
        self, forecaster: Forecaster, start: int | NDArray[np.int64], horizon: int
    ) -> Array:
        """The closed-loop forecast from position `start`, in data units.

        The shape is (horizon,) for one position and (S, horizon) for positions (S,).
        No position may be smaller than `parts.first`.
        """
        return self.undo(forecaster.closed_loop(self.context_of(start), horizon), start)

    def paths_from(self, forecaster: Forecaster, starts: NDArray[np.int64], horizon: int) -> Array:
        """Each member's closed-loop path from positions (S,), in data units: (K, S, horizon)."""
        return self.undo(forecaster.paths(self.context_of(starts), horizon), starts)

    def one_step(self, forecaster: Forecaster, start: int, stop: int) -> Array:
        """The one-step predictions (stop − start,), in data units.

        They read true values. So the last one is for the first step after the data, and NaN follow.
        """
        known = min(stop, len(self.series) + 1)
        values = np.full(stop - start, np.nan)
        if known > start:
            # A slice is a view; `context_of` would copy every window.
            inputs = self._read()[start - self.parts.first : known - self.parts.first]
            outputs = forecaster.one_step(inputs)[:, None]
            values[: known - start] = self.undo(outputs, np.arange(start, known))[:, 0]
        return values

    @property
    def _inputs(self) -> Array:
        """The values, or their differences, normalized: (N − lag,)."""
        return self.normalization.apply(changes(self.series.values, self.parts.lag))

    def _read(self) -> Array:
        """All windows (N − first + 1, W), normalized; the first ends before `parts.first`."""
        return np.lib.stride_tricks.sliding_window_view(self._inputs, self.parts.window)

    def _windows(self, start: int, stop: int, steps: int) -> tuple[Array, Array]:
        lag = self.parts.lag
        return windows(self._inputs, self.parts.window, start - lag, stop - lag, steps)


def series_of(experiment: Experiment, series: ArrayLike | Series | None = None) -> Series:
    """The given series, checked; without one, the experiment's signal.

    Raises:
        SeriesError: the given series cannot be used, or the experiment needs the user's own data
            and `series` is None.
    """
    if series is not None:
        return as_series(series)
    if experiment.signal == OWN_DATA:
        raise SeriesError(
            "This experiment needs your own data, but there are none. "
            "Upload a CSV file or paste the numbers."
        )
    return make_series(
        experiment.signal,
        points=experiment.points,
        noise=experiment.noise,
        seed=experiment.signal_seed,
        parameters=experiment.parameters,
    )


def forecast_epochs(epochs: int, offset: int = 0) -> frozenset[int]:
    """The epochs after which the forecast is kept, at most `KEPT_FORECASTS`.

    Forecasts change most in the first epochs. So half of these epochs are spaced by a constant
    ratio, and half evenly. The last epoch is always included. `offset` is added to every epoch.
    """
    half = KEPT_FORECASTS // 2
    early = np.geomspace(1, epochs, half)
    evenly = np.linspace(1, epochs, half)
    return frozenset(offset + round(float(e)) for e in np.concatenate([early, evenly]))
