"""What a run will cost, estimated before anything is allocated, and the limits it must keep.

The figures that depend on the machine come from a short calibration in a worker.
"""

from __future__ import annotations

import math
import os
from dataclasses import dataclass

from gru_core.errors import LimitError, OptionError
from gru_core.forecast.problem import KEPT_FORECASTS, Problem

__all__ = ["Calibration", "Estimate", "Limits", "duration", "estimate", "number"]

_GATES = {"gru": 3, "lstm": 4, "rnn": 1}


@dataclass(frozen=True)
class Calibration:
    """How fast a worker trains; the defaults are those of a slow 2-core machine.

    `step` seconds every optimizer step costs at least, `cell_step` seconds each position of the
    window adds per layer whatever the batch (dispatch), `flop` seconds a floating-point operation.
    """

    step: float = 1e-3
    cell_step: float = 2e-4
    flop: float = 5e-11


@dataclass(frozen=True)
class Estimate:
    """The number of parameters, the peak memory in bytes above torch's own, the seconds."""

    parameters: int
    memory: int
    seconds: float

    def __str__(self) -> str:
        return (
            f"{self.parameters:,} parameters, {_megabytes(self.memory)} of memory, "
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
            over.append(f"{_megabytes(cost.memory)} of memory (at most {_megabytes(self.memory)})")
        if cost.seconds > self.seconds:
            over.append(f"about {duration(cost.seconds)} (at most {duration(self.seconds)})")
        if over:
            raise LimitError(
                f"This run would need {' and '.join(over)}. "
                "Use fewer epochs or layers, a smaller hidden size or window, or a larger batch."
            )


def estimate(problem: Problem, calibration: Calibration | None = None) -> Estimate:
    """What training `problem` and drawing its forecasts will cost."""
    speed = calibration or Calibration()
    e, parts = problem.experiment, problem.parts
    gates, hidden, W, K = _GATES[e.cell], e.hidden_size, parts.window, e.members
    inputs = [1] + [hidden] * (e.layers - 1)
    weights = [gates * hidden * (i + hidden + 2) for i in inputs]
    parameters = K * (sum(weights) + hidden + 1 + (W if e.linear_path else 0))

    B = problem.batch_size
    steps = -(-(parts.train_windows - problem.loop_steps + 1) // B)
    # A multiply-add counts 2; the backward pass costs twice the forward pass.
    per_cell = 2 * K * sum(weights)
    cells = _cells(problem, problem.loop_steps)
    step_seconds = speed.step + cells * (speed.cell_step * e.layers + speed.flop * 3 * per_cell * B)
    forward_seconds = speed.step / 3 + speed.cell_step / 3 * cells * e.layers
    validation_seconds = forward_seconds + speed.flop * per_cell * cells * parts.validation_windows
    epoch_seconds = steps * step_seconds + validation_seconds
    # Forecasts, in float64: with feedback `window`, W windows are encoded side by side if they can
    # be (see Forecaster), and one after the other if each has a scale of its own.
    side_by_side = e.feedback == "window" and problem.normalization.floor is None
    forecast_cells = W + parts.horizon if side_by_side else _cells(problem, parts.horizon)
    rows = W if side_by_side else 1
    forecast_seconds = forecast_cells * (
        speed.cell_step / 4 * e.layers + speed.flop * 2 * per_cell * rows
    )
    last_cells = _cells(problem, parts.horizon)
    last_seconds = parts.horizon * speed.step / 3 + last_cells * (
        speed.cell_step / 3 * e.layers + speed.flop * per_cell
    )
    seconds = (
        e.epochs * epoch_seconds
        + (min(e.epochs, KEPT_FORECASTS) + 1) * forecast_seconds
        + last_seconds
    )
    # Weights, gradients, two moments and the best weights; what the backward pass keeps of the
    # largest batch; the windows; one forecast's states.
    widest = max(3 * B, parts.validation_windows)
    memory = (
        4 * 5 * parameters
        + 4 * widest * cells * K * e.layers * hidden * (gates + 2)
        + 4 * (parts.train_windows + parts.validation_windows) * (W + problem.loop_steps)
        + 8 * 4 * rows * K * hidden * gates * e.layers
    )
    return Estimate(parameters, memory, seconds)


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


def duration(seconds: float) -> str:
    """A time span in words: `0.4 s`, `12 s`, `3 min 20 s`, `2 h 5 min`."""
    if seconds < 9.95:
        return f"{seconds:.1f} s"
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60} s" if whole % 60 else f"{whole // 60} min"
    return f"{whole // 3600} h {whole % 3600 // 60} min"


def _megabytes(size: int) -> str:
    return f"{size / 1e6:,.0f} MB" if size >= 1e6 else "under 1 MB"
