"""What a run will cost, estimated before anything is allocated, and the limits it must keep.

The figures that depend on the machine come from a short calibration in a worker.
"""

from __future__ import annotations

import math
import os
from dataclasses import dataclass

from gru_core.errors import LimitError, OptionError
from gru_core.experiment.experiment import Experiment
from gru_core.forecast.cells import GATES
from gru_core.forecast.problem import KEPT_FORECASTS, Problem
from gru_core.wording import duration, megabytes

__all__ = ["Calibration", "Estimate", "Limits", "estimate", "number"]

#: The calibration measures processor time, but a run shares the machine with the web process, the
#: scheduler and often the browser. The default run was measured on two cores with no other work:
#: 2.2 s in an engine that nobody watched, 3.3 s (2.8 s of processor time) with Chromium on the same
#: machine. The factor lies between the two, because a browser elsewhere takes nothing.
SHARED = 1.25
#: Seconds that a run takes whatever its size, measured: its scores, and the way there and back.
AROUND = 0.1


@dataclass(frozen=True)
class Calibration:
    """How fast a worker trains, in seconds; the defaults are those of a slow 2-core machine.

    Attributes:
        step: what an optimizer step takes at least.
        cell_step: what each position of the window adds per layer, whatever the batch (dispatch).
        flop: a floating-point operation of the matrix products.
        gate: one value of a gate, forward and backward.
    """

    step: float = 1e-3
    cell_step: float = 2e-4
    flop: float = 2e-11
    gate: float = 1.5e-8


@dataclass(frozen=True)
class Estimate:
    """The number of parameters, the peak memory in bytes above torch's own, the seconds."""

    parameters: int
    memory: int
    seconds: float

    def __str__(self) -> str:
        return (
            f"{self.parameters:,} parameters, {megabytes(self.memory)} of memory, "
            f"about {duration(self.seconds)}"
        )


@dataclass(frozen=True)
class Limits:
    """The most that one run may cost on this server."""

    parameters: int = 5_000_000
    memory: int = 2_000_000_000
    seconds: float = 3600.0

    @classmethod
    def from_environment(cls) -> Limits:
        """GRU_LAB_MAX_PARAMETERS, GRU_LAB_MAX_MEMORY_MB and GRU_LAB_MAX_SECONDS."""
        own = cls()
        return cls(
            int(number("GRU_LAB_MAX_PARAMETERS") or own.parameters),
            int((number("GRU_LAB_MAX_MEMORY_MB") or own.memory / 10**6) * 10**6),
            number("GRU_LAB_MAX_SECONDS") or own.seconds,
        )

    def check(self, cost: Estimate) -> None:
        """Raise LimitError, with the numbers, if `cost` is over a limit."""
        over = []
        if cost.parameters > self.parameters:
            over.append(f"{cost.parameters:,} parameters (at most {self.parameters:,})")
        if cost.memory > self.memory:
            over.append(f"{megabytes(cost.memory)} of memory (at most {megabytes(self.memory)})")
        if cost.seconds > self.seconds:
            over.append(f"about {duration(cost.seconds)} (at most {duration(self.seconds)})")
        if over:
            raise LimitError(
                f"This run would need {' and '.join(over)}. "
                "Use fewer epochs or layers, a smaller hidden size or window, or a larger batch."
            )


def estimate(problem: Problem, calibration: Calibration | None = None) -> Estimate:
    """What training `problem` and drawing its forecasts will cost."""
    parameters = _parameters(problem)
    seconds = _seconds(problem, calibration or Calibration())
    return Estimate(parameters, _memory(problem, parameters), seconds)


def _weights(experiment: Experiment) -> int:
    """The number of recurrent weights and biases of one member, in all layers."""
    hidden = experiment.hidden_size
    inputs = [1] + [hidden] * (experiment.layers - 1)
    return sum(GATES[experiment.cell] * hidden * (i + hidden + 2) for i in inputs)


def _parameters(problem: Problem) -> int:
    e = problem.experiment
    readout = e.hidden_size + 1 + (problem.parts.window if e.linear_path else 0)
    return e.members * (_weights(e) + readout)


def _memory(problem: Problem, parameters: int) -> int:
    """The peak in bytes."""
    e, parts = problem.experiment, problem.parts
    values = e.members * e.layers * e.hidden_size  # of one part of the state, for one window
    # What the backward pass keeps of the largest batch.
    widest = max(3 * problem.batch_size, parts.validation_windows)
    kept = widest * _cells(problem, problem.loop_steps) * values * (GATES[e.cell] + 2)
    windows = (parts.train_windows + parts.validation_windows) * (parts.window + problem.loop_steps)
    forecast = 8 * _forecast_rows(problem) * values * GATES[e.cell]
    # 5: weights, gradients, two moments and the best weights.
    return 4 * (5 * parameters + kept + windows + forecast)


def _seconds(problem: Problem, speed: Calibration) -> float:
    epochs = problem.experiment.epochs
    epoch = problem.steps_per_epoch * _step_seconds(problem, speed)
    epoch += _validation_seconds(problem, speed)
    forecasts = min(epochs, KEPT_FORECASTS) + 1
    computing = (
        epochs * epoch
        + forecasts * _forecast_seconds(problem, speed)
        + _last_forecast_seconds(problem, speed)
    )
    return AROUND + SHARED * computing


def _step_seconds(problem: Problem, speed: Calibration) -> float:
    """One optimizer step; the backward pass costs twice the forward pass."""
    dispatch = speed.cell_step * problem.experiment.layers
    cell = dispatch + 3 * _forward_seconds(problem, speed, problem.batch_size)
    return speed.step + _mean_cells(problem) * cell


def _validation_seconds(problem: Problem, speed: Calibration) -> float:
    dispatch = speed.cell_step / 3 * problem.experiment.layers
    cell = dispatch + _forward_seconds(problem, speed, problem.parts.validation_windows)
    return speed.step / 3 + _cells(problem, problem.loop_steps) * cell


def _forecast_seconds(problem: Problem, speed: Calibration) -> float:
    """One forecast by `Forecaster`; NumPy was measured: a quarter of the dispatch of training."""
    parts = problem.parts
    if _forecast_rows(problem) > 1:
        cells = parts.window + parts.horizon
    else:
        cells = _cells(problem, parts.horizon)
    arithmetic = 1.5 * _forward_seconds(problem, speed, _forecast_rows(problem))
    return cells * (speed.cell_step / 4 * problem.experiment.layers + arithmetic)


def _last_forecast_seconds(problem: Problem, speed: Calibration) -> float:
    """The last forecast, by PyTorch without gradients (`training.loop`); the shares are measured.

    The default run's takes 0.03 s.
    """
    dispatch = speed.cell_step / 10 * problem.experiment.layers
    cell = dispatch + _forward_seconds(problem, speed, 1)
    horizon = problem.parts.horizon
    return horizon * speed.step / 8 + _cells(problem, horizon) * cell


def _forward_seconds(problem: Problem, speed: Calibration, rows: int) -> float:
    """The arithmetic of one step of all cells, forward, for `rows` windows side by side."""
    e = problem.experiment
    products = 2 * _weights(e) * speed.flop  # a multiply-add counts 2
    gates = GATES[e.cell] * e.hidden_size * e.layers * speed.gate / 3
    return e.members * rows * (products + gates)


def _forecast_rows(problem: Problem) -> int:
    """How many windows `Forecaster` encodes side by side, with feedback `window`.

    One after the other if each has a scale of its own.
    """
    side_by_side = problem.experiment.feedback == "window" and problem.normalization.floor is None
    return problem.parts.window if side_by_side else 1


def _mean_cells(problem: Problem) -> float:
    """The cell steps of an optimizer step, mean over the epochs."""
    most = _cells(problem, problem.loop_steps)
    if not problem.experiment.curriculum:
        return most
    # A curriculum goes from one step of the loop to all of them in the first half of the epochs.
    return 0.75 * most + 0.25 * _cells(problem, 1)


def _cells(problem: Problem, steps: int) -> int:
    """How many cell steps a loop of `steps` takes after a window, one after the other."""
    W = problem.parts.window
    return W * steps if problem.experiment.feedback == "window" else W + steps - 1


def number(variable: str) -> float | None:
    """The positive number in an environment variable; None if it is unset or empty.

    Raises:
        OptionError: it is something else.
    """
    text = os.environ.get(variable, "").strip()
    if not text:
        return None
    try:
        value = float(text)
    except ValueError:
        value = 0.0
    if not 0 < value < math.inf:
        raise OptionError(f"{variable} is '{text}', and should be a positive number.")
    return value
