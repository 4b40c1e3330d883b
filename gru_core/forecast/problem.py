"""`Problem`: an experiment together with its series, cut, normalized and checked.

Both the training loop and the web process read it: what the network is fed, and how its output
becomes a forecast in the data's units.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from gru_core.data.series import Series, as_series
from gru_core.data.signals import make_series
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

__all__ = ["BATCHES_PER_EPOCH", "KEPT_FORECASTS", "Problem", "forecast_epochs", "series_of"]

Array = NDArray[np.float64]

#: Without a batch size. Measured on the default signal: fewer, fuller steps are faster, and with
#: six of them an epoch every seed tried came under a closed-loop RMSE of 0.01 in 100 epochs.
BATCHES_PER_EPOCH = 6

#: How many forecasts of a run are kept for the epoch scrubber, at most.
KEPT_FORECASTS = 30


@dataclass(frozen=True, eq=False)
class Problem:
    """What a run works on."""

    experiment: Experiment
    series: Series
    parts: Split
    normalization: Normalization
    loop_steps: int
    batch_size: int
    notices: tuple[str, ...]

    @classmethod
    def of(cls, experiment: Experiment, series: ArrayLike | Series | None = None) -> Problem:
        """Cut and normalize `series` (by default the experiment's own signal).

        Raises:
            SeriesError: the series does not suffice for the experiment.
        """
        data = series_of(experiment, series)
        parts = split(experiment, len(data))
        notices = []
        if experiment.validation and not parts.validation_windows:
            notices.append(
                f"The validation part ({experiment.validation:.0%}) of so short a series is "
                "empty: the best weights are chosen by the training loss."
            )
        loop_steps = experiment.loop_steps if experiment.objective == "closed-loop" else 1
        if loop_steps > 1 and loop_steps > parts.train_windows // 2:
            allowed = max(1, parts.train_windows // 2)
            notices.append(
                f"The loop trained through was shortened from {loop_steps} to {allowed} steps, "
                f"half of the {parts.train_windows} windows there are to train on."
            )
            loop_steps = allowed
        starts = parts.train_windows - loop_steps + 1
        batch_size = experiment.batch_size or max(8, -(-starts // BATCHES_PER_EPOCH))
        if batch_size > starts:
            if experiment.batch_size:
                notices.append(
                    f"The batch size was lowered from {batch_size} to {starts}, the "
                    "number of windows there are to train on."
                )
            batch_size = starts
        if experiment.warm_start:
            notices.append(
                "Warm start: the readout was solved exactly before the first epoch, so the first "
                "forecast can be good already, although the recurrent weights are still random."
            )
        train = data.values[: parts.train_end]
        if np.ptp(train) == 0:
            notices.append(
                f"The training part is constant ({train[0]:g}): there is nothing to learn but "
                "this value."
            )
        normalization = normalization_of(experiment, data, parts)
        return cls(experiment, data, parts, normalization, loop_steps, batch_size, tuple(notices))

    @property
    def steps_per_epoch(self) -> int:
        """How many optimizer steps an epoch has."""
        starts = self.parts.train_windows - self.loop_steps + 1
        return -(-starts // self.batch_size)

    def forecaster(self, weights: Weights) -> Forecaster:
        """The networks with these weights, ready to forecast as the experiment says."""
        experiment = self.experiment
        return Forecaster(experiment.cell, weights, experiment.feedback, self.normalization.floor)

    @property
    def train(self) -> tuple[Array, Array]:
        """Windows (N, W) and targets (N, k) of the training part, normalized; k `loop_steps`."""
        parts = self.parts
        return self._windows(parts.first, parts.train_end, self.loop_steps)

    @property
    def validation(self) -> tuple[Array, Array]:
        """Windows (N, W) and targets (N, k) of the validation part, normalized.

        k is `loop_steps`, or as many as the validation part has.
        """
        parts = self.parts
        steps = max(1, min(self.loop_steps, parts.validation_windows))
        return self._windows(parts.train_end, parts.holdout_start, steps)

    @property
    def context(self) -> Array:
        """The window (W,) before the forecast's start, as the networks read it."""
        return self.context_of(self.parts.forecast_start)

    def context_of(self, start: int | NDArray[np.int64]) -> Array:
        """The window (W,) before position `start`, or (S, W) before (S,), as the networks read it.

        No start may lie before `parts.first`.
        """
        return self._read()[start - self.parts.first]

    def undo(self, outputs: Array, start: int | NDArray[np.int64]) -> Array:
        """What the networks forecast from position `start` on, (..., H), in the data's units.

        For positions (S,), (..., S, H).
        """
        before = np.asarray(start)[..., None] + np.arange(-self.parts.lag, 0)
        return summed(self.normalization.undo(outputs), self.series.values[before])

    def actual(self, start: int, stop: int) -> Array:
        """The true values (stop − start,), NaN beyond the end of the data."""
        values = np.full(stop - start, np.nan)
        known = self.series.values[start:stop]
        values[: len(known)] = known
        return values

    def forecast(self, forecaster: Forecaster) -> Array:
        """The closed-loop forecast (H,) from the experiment's start, in the data's units."""
        return self.forecast_from(forecaster, self.parts.forecast_start, self.parts.horizon)

    def forecast_from(
        self, forecaster: Forecaster, start: int | NDArray[np.int64], horizon: int
    ) -> Array:
        """The closed loop from position `start` >= `parts.first`, in the data's units.

        (horizon,) for one position; (S, horizon), in one batch, for positions (S,).
        """
        with np.errstate(over="ignore", invalid="ignore"):  # a forecast may explode; it is shown
            outputs = forecaster.closed_loop(self.context_of(start), horizon)
            return self.undo(outputs, start)

    def paths_from(self, forecaster: Forecaster, starts: NDArray[np.int64], horizon: int) -> Array:
        """Each member's closed loop from positions (S,), in the data's units: (K, S, horizon)."""
        with np.errstate(over="ignore", invalid="ignore"):
            return self.undo(forecaster.paths(self.context_of(starts), horizon), starts)

    def one_step(self, forecaster: Forecaster, start: int, stop: int) -> Array:
        """One-step predictions (stop − start,) from true values; NaN beyond the first unknown."""
        known = min(stop, len(self.series) + 1)
        values = np.full(stop - start, np.nan)
        if known > start:
            # A slice, as `context_of` would copy every window.
            inputs = self._read()[start - self.parts.first : known - self.parts.first]
            outputs = forecaster.one_step(inputs)[:, None]
            values[: known - start] = self.undo(outputs, np.arange(start, known))[:, 0]
        return values

    @property
    def _inputs(self) -> Array:
        """What the networks read, (N − lag,): the values or their changes, normalized."""
        return self.normalization.apply(changes(self.series.values, self.parts.lag))

    def _read(self) -> Array:
        """Every window, (N − first + 1, W); the first is the one before `parts.first`."""
        return np.lib.stride_tricks.sliding_window_view(self._inputs, self.parts.window)

    def _windows(self, start: int, stop: int, steps: int) -> tuple[Array, Array]:
        lag = self.parts.lag
        return windows(self._inputs, self.parts.window, start - lag, stop - lag, steps)


def series_of(experiment: Experiment, series: ArrayLike | Series | None = None) -> Series:
    """The given series, checked, or the experiment's signal.

    Raises:
        SeriesError: the experiment is about the user's own data, and none were given.
    """
    if series is not None:
        return as_series(series)
    if experiment.signal == OWN_DATA:
        raise SeriesError(
            "This experiment is about your own data, and none are here. "
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
    """The epochs after which the forecast is kept: `KEPT_FORECASTS` at most, denser early.

    Most of what there is to see happens in the first epochs, so half of the forecasts are spaced
    by a constant ratio and half evenly; the last epoch is always among them.
    """
    half = KEPT_FORECASTS // 2
    early = np.geomspace(1, epochs, half)
    evenly = np.linspace(1, epochs, half)
    return frozenset(offset + round(float(e)) for e in np.concatenate([early, evenly]))
