"""The estimated cost of a run, and the limits for it.

Nothing is allocated for an estimate. A short calibration in a worker measures the machine's speed.
"""

from __future__ import annotations

from dataclasses import dataclass

from gru_core.errors import LimitError
from gru_core.forecast.cells import GATES
from gru_core.forecast.forecaster import STATE_VALUES
from gru_core.forecast.parameters import (
    COLUMNS,
    parameter_count,
    recurrent_parameters,
    values_per_window,
    windows_per_block,
)
from gru_core.forecast.problem import KEPT_FORECASTS, Problem
from gru_core.options import setting
from gru_core.wording import duration, megabytes

__all__ = ["Calibration", "Estimate", "Limits", "estimate"]

#: How much longer a run takes than its processor time, which the calibration measures. It shares
#: the machine with the web process, the scheduler and often the browser. The default run was
#: measured on two cores: 2.2 s if nobody watched, 3.3 s with Chromium on the same machine. The
#: factor lies between the two, because the browser is often on another machine.
SHARED = 1.25
#: How many values PyTorch's backward pass keeps for each unit and step of a window, as measured.
KEPT = {cell: 4 * gates + 5 for cell, gates in GATES.items()}
#: How many copies of the parameters there are: weights, gradients, two moments and the best
#: weights, and what a checkpoint and a forecast take of them. At the peak 16 were measured.
COPIES = 16
#: Seconds that every run takes for its scores and for the transfer, as measured.
AROUND = 0.1


@dataclass(frozen=True)
class Calibration:
    """How fast a worker trains, in seconds. The defaults are those of a slow 2-core machine.

    Attributes:
        step: the fixed time of a compiled optimizer step.
        cell_step: the fixed time of each position of the window, per layer.
        torch_step, torch_cell_step: the same of PyTorch, which starts many operations one by one.
        flop: the time of one floating-point operation in the matrix products.
        gate: the time of one value of a gate, forward and backward.
    """

    step: float = 1e-4
    cell_step: float = 5e-6
    torch_step: float = 1e-3
    torch_cell_step: float = 2e-4
    flop: float = 2e-11
    gate: float = 1.5e-8


@dataclass(frozen=True)
class Estimate:
    """The estimated cost of a run.

    Attributes:
        parameters: how many parameters all its networks have.
        memory: its peak memory in bytes, without torch itself.
        seconds: how long it takes.
    """

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
    """The highest cost of one run on this server; see `Estimate` for the units."""

    parameters: int = 5_000_000
    memory: int = 2_000_000_000
    seconds: float = 3600.0

    @classmethod
    def from_environment(cls) -> Limits:
        """Limits from GRU_LAB_MAX_PARAMETERS, GRU_LAB_MAX_MEMORY_MB and GRU_LAB_MAX_SECONDS.

        Raises:
            OptionError: one of them is not a positive number.
        """
        own = cls()
        return cls(
            int(setting("GRU_LAB_MAX_PARAMETERS") or own.parameters),
            int((setting("GRU_LAB_MAX_MEMORY_MB") or own.memory / 10**6) * 10**6),
            setting("GRU_LAB_MAX_SECONDS") or own.seconds,
        )

    def check(self, cost: Estimate) -> None:
        """Check `cost` against the limits.

        Raises:
            LimitError: it is over a limit. The message has the numbers.
        """
        over, fixes = [], ["fewer layers", "a smaller hidden size", "a shorter window"]
        if cost.parameters > self.parameters:
            over.append(f"{cost.parameters:,} parameters (at most {self.parameters:,})")
        if cost.memory > self.memory:
            over.append(f"{megabytes(cost.memory)} of memory (at most {megabytes(self.memory)})")
            fixes.append("a smaller batch")
        if cost.seconds > self.seconds:
            over.append(f"about {duration(cost.seconds)} (at most {duration(self.seconds)})")
            # A larger batch is faster, but it needs more memory.
            fixes[3:] = ["fewer epochs"] if fixes[3:] else ["fewer epochs", "a larger batch"]
        if over:
            raise LimitError(
                f"This run would need {' and '.join(over)}. "
                f"Use {', '.join(fixes[:-1])} or {fixes[-1]}."
            )


def estimate(problem: Problem, calibration: Calibration | None = None) -> Estimate:
    """The cost of training on `problem` and of its forecasts."""
    parameters = parameter_count(problem.experiment)
    seconds = _seconds(problem, calibration or Calibration())
    return Estimate(parameters, _memory(problem, parameters), seconds)


def _memory(problem: Problem, parameters: int) -> int:
    """The peak memory in bytes. The factors are measured; see `KEPT` and `COPIES`."""
    e, parts = problem.experiment, problem.parts
    values = e.members * e.layers * e.hidden_size  # of one part of the state, for one window
    # The backward pass needs these values of the largest batch.
    cells = _cells(problem, problem.loop_steps)
    if problem.compiled:  # one member and a part of a batch at a time, and validation in little
        kept, validation = COLUMNS * cells * e.layers * e.hidden_size * (GATES[e.cell] + 2), 0
    else:
        kept = problem.batch_size * cells * values * KEPT[e.cell]
        validation = min(parts.validation_windows, windows_per_block(e)) * values_per_window(e)
    windows = (parts.train_windows + parts.validation_windows) * (parts.window + problem.loop_steps)
    rows = max(_forecast_rows(problem), min(parts.horizon, STATE_VALUES // values))
    forecast = 3 * rows * values * (GATES[e.cell] + 2)
    largest = max(kept, validation, _warm_start_values(problem))
    # 4 bytes per value
    return 4 * (COPIES * parameters + largest + windows + forecast)


def _warm_start_values(problem: Problem) -> int:
    """How many values the warm start keeps, in units of 4 bytes; see `training.warm_start`."""
    e, parts = problem.experiment, problem.parts
    if not e.warm_start:
        return 0
    block = min(windows_per_block(e), max(parts.train_windows, parts.validation_windows))
    size = e.hidden_size + 1 + (parts.window if e.linear_path else 0)
    # In double precision: the states of a block three times, and products of all states.
    states = 2 * 3 * e.members * block * size
    # Half as much again: not all that a block frees is used again for the next block.
    return 3 * block * values_per_window(e) // 2 + states + 2 * (2 * e.members + 3) * size**2


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
    """Seconds of one optimizer step. The backward pass costs twice the forward pass."""
    step, cell_step = _fixed(problem, speed)
    dispatch = cell_step * problem.experiment.layers
    cell = dispatch + 3 * _forward_seconds(problem, speed, problem.batch_size)
    return step + _mean_cells(problem) * cell


def _validation_seconds(problem: Problem, speed: Calibration) -> float:
    step, cell_step = _fixed(problem, speed)
    dispatch = cell_step / 3 * problem.experiment.layers
    cell = dispatch + _forward_seconds(problem, speed, problem.parts.validation_windows)
    return step / 3 + _cells(problem, problem.loop_steps) * cell


def _fixed(problem: Problem, speed: Calibration) -> tuple[float, float]:
    """The fixed times of a step, and of each position of its window."""
    if problem.compiled:
        return speed.step, speed.cell_step
    return speed.torch_step, speed.torch_cell_step


def _forecast_seconds(problem: Problem, speed: Calibration) -> float:
    """Seconds of one forecast on the way.

    `Forecaster` makes those of PyTorch's runs. In NumPy, dispatch was measured to take a quarter
    of the time that it takes in training.
    """
    parts = problem.parts
    if _forecast_rows(problem) > 1:
        cells = parts.window + parts.horizon
    else:
        cells = _cells(problem, parts.horizon)
    arithmetic = 1.5 * _forward_seconds(problem, speed, _forecast_rows(problem))
    _, cell_step = _fixed(problem, speed)
    return cells * (cell_step / 4 * problem.experiment.layers + arithmetic)


def _last_forecast_seconds(problem: Problem, speed: Calibration) -> float:
    """The last forecast, by PyTorch without gradients (`training.loop`); the shares are measured.

    The default run's takes 0.03 s.
    """
    dispatch = speed.torch_cell_step / 10 * problem.experiment.layers
    cell = dispatch + _forward_seconds(problem, speed, 1)
    horizon = problem.parts.horizon
    return horizon * speed.torch_step / 8 + _cells(problem, horizon) * cell


def _forward_seconds(problem: Problem, speed: Calibration, rows: int) -> float:
    """Seconds of arithmetic for one forward step of all cells, with `rows` windows at once."""
    e = problem.experiment
    products = 2 * recurrent_parameters(e) * speed.flop  # a multiply-add counts 2
    gates = GATES[e.cell] * e.hidden_size * e.layers * speed.gate / 3
    return e.members * rows * (products + gates)


def _forecast_rows(problem: Problem) -> int:
    """How many windows `Forecaster` encodes at once.

    With feedback `window` these are W windows. If each window has its own scale, it is one.
    """
    side_by_side = problem.experiment.feedback == "window" and problem.normalization.floor is None
    return problem.parts.window if side_by_side else 1


def _mean_cells(problem: Problem) -> float:
    """The number of cell steps in an optimizer step, as the mean over all epochs."""
    most = _cells(problem, problem.loop_steps)
    if not problem.experiment.curriculum:
        return most
    # In the first half of the epochs, a curriculum goes from one loop step to all of them.
    return 0.75 * most + 0.25 * _cells(problem, 1)


def _cells(problem: Problem, steps: int) -> int:
    """How many cell steps a closed loop of `steps` needs, one after the other."""
    W = problem.parts.window
    return W * steps if problem.experiment.feedback == "window" else W + steps - 1
