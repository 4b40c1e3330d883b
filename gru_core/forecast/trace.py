"""The inside of a trained network: every gate and every state, step by step.

It computes in double precision, and the equations are those of `cells`. So it is also what other
forward passes are compared with.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import ArrayLike, NDArray

from gru_core.errors import raised_at_call
from gru_core.forecast.cells import STEPS, layers_of
from gru_core.forecast.events import Weights
from gru_core.forecast.problem import Problem
from gru_core.forecast.result import Result
from gru_core.forecast.windows import window_scale

__all__ = ["Trace", "along", "gates", "trace"]

Array = NDArray[np.float64]

#: For each layer, its values by name. A GRU has z, r, n and h (see `cells.GRUStep`), an LSTM has
#: i, f, g, o, c and h (see `cells.LSTMStep`), and a plain RNN has h.
Trace = list[dict[str, Array]]

#: So many windows are encoded side by side. Every value of every step is in memory at once.
AT_ONCE = 20


def trace(
    cell: str, weights: Weights, values: ArrayLike, state: Sequence[Array] | None = None
) -> Trace:
    """Every gate and state of K networks that read `values` one after the other.

    Args:
        cell: a name in `cells.STEPS`.
        weights: the parameters of the K networks; see `events.Weights`.
        values: (T,) the inputs as the network reads them, which means normalized. B runs (B, T)
            are read side by side. There must be one value at least.
        state: where to start: for each layer (parts, K, hidden), or (parts, K, B, hidden) for B
            runs. The parts are h, and for an LSTM also c. By default all are zero.

    Returns:
        For each layer the values by name: (T, K, hidden), or (T, K, B, hidden) for B runs.
    """
    runs = np.atleast_2d(np.asarray(values, dtype=np.float64))  # (B, T)
    layers = layers_of(weights)
    K, hidden, _ = layers[0].hidden.shape
    names, advance = STEPS[cell]
    shape = (len(names), K, len(runs), hidden)
    states: list[Sequence[Array]] = [list(np.zeros(shape)) for _ in layers]
    if state is not None:
        states = [list(np.reshape(of_layer, shape)) for of_layer in state]
    steps: list[list[dict[str, Array]]] = [[] for _ in layers]
    for column in runs.T:  # (B,)
        x = column[None, :, None]  # (1, B, 1)
        for k, layer in enumerate(layers):
            step = advance(x, *states[k], layer)._asdict()
            states[k] = [step[name] for name in names]
            steps[k].append(step)
            x = step["h"]
    traced = [{name: np.stack([step[name] for step in of]) for name in of[0]} for of in steps]
    if np.ndim(values) == 1:
        return [{name: array[:, :, 0] for name, array in layer.items()} for layer in traced]
    return traced


@raised_at_call
def gates(result: Result, member: int = 0) -> Trace:
    """The gates and states of one network of `result` along its closed-loop forecast.

    Row k belongs to forecast step k + 1: these are the values after the network has read the last
    input before that step. The first row has read true values only. Later rows have read the
    network's own forecasts, as `result.forecaster` computes them. The readout of h in the last
    layer is the forecast, before a linear path is added and normalization is undone.

    With feedback `window`, every step reads its window again from a zero state. The row has the
    values at the last input of that window. With feedback `state`, the network reads one window,
    and the state is carried along.

    Args:
        result: a run that has ended. Its kept weights are used.
        member: which of its networks, from 0.

    Returns:
        For each layer the values by name, (H, hidden) each; see `Trace`.

    Raises:
        IndexError: there is no such member.
    """
    _, weights = result.checkpoint.kept(result.experiment.keep)
    alone = {name: array[[member]] for name, array in weights.items()}
    problem = result.problem
    with np.errstate(over="ignore", invalid="ignore"):  # an exploding forecast is traced, too
        path = problem.forecaster(alone).paths(problem.context[None], problem.parts.horizon)[0, 0]
        return along(problem, alone, np.concatenate([problem.context, path[:-1]]))


def along(problem: Problem, weights: Weights, values: Array) -> Trace:
    """The gates and states of one network after each window of `values`.

    They are computed as the closed loop computes them, with its feedback and its normalization;
    see `Forecaster`.

    Args:
        weights: the parameters of one network (K = 1).
        values: (W + L,) the inputs, normalized.

    Returns:
        For each layer the values by name, (L + 1, hidden) each: after the first window, and after
        each later value.
    """
    cell, floor, W = problem.experiment.cell, problem.normalization.floor, problem.parts.window
    if problem.experiment.feedback == "window":
        windows = sliding_window_view(values, W)  # (L + 1, W)
        if floor is not None:
            level, scale = window_scale(windows, floor)
            windows = (windows - level) / scale
        # Only the last values are kept. So a few windows at a time need little memory.
        parts = np.array_split(windows, -(-len(windows) // AT_ONCE))
        ends = [
            [{name: array[-1, 0] for name, array in layer.items()} for layer in traced]
            for traced in (trace(cell, weights, part) for part in parts)  # (W, 1, B, hidden)
        ]
        return [
            {name: np.concatenate([layer[name] for layer in layers]) for name in layers[0]}
            for layers in zip(*ends, strict=True)
        ]
    if floor is not None:  # the loop keeps the scale of its first window
        level, scale = window_scale(values[:W], floor)
        values = (values - level) / scale
    traced = trace(cell, weights, values)  # (W + L, 1, hidden)
    return [{name: array[W - 1 :, 0] for name, array in layer.items()} for layer in traced]
