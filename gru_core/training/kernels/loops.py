"""The closed loop of trained networks."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np
from numpy.typing import NDArray

from gru_core.training.kernels.cells import Lstm, cell_forward
from gru_core.training.kernels.compiled import ZERO, compiled
from gru_core.training.kernels.space import Shape, Space, whole
from gru_core.training.kernels.theta import layer, readout, spread_biases
from gru_core.training.kernels.unroll import forward, from_input

__all__ = ["closed_loop"]

Values = NDArray[np.float32]

#: Between two questions whether to stop, the loop makes about so many operations: some 10 ms.
OPERATIONS = 5e8


def closed_loop(
    shape: Shape,
    thetas: Values,
    window: Values,
    horizon: int,
    should_stop: Callable[[], bool] = lambda: False,
) -> Values:
    """The closed-loop path of each member after `window`: (K, P) and (W,) -> (K, H).

    After a stop, the missing values are NaN.
    """
    walk = _side_by_side if not shape.carries and shape.floor < 0 else _unrolled
    paths = np.full((len(thetas), horizon), np.nan, np.float32)
    for theta, path in zip(thetas, paths, strict=True):
        for known in walk(shape, theta, window, path):
            if known < horizon and should_stop():
                return paths
    return paths


def _unrolled(shape: Shape, theta: Values, window: Values, path: Values) -> Iterator[int]:
    """Fill `path` (H,) as `unroll` does; yield now and then how many values are there."""
    space = Space.of(shape, len(path), whole(1), learns=False)
    W, L = len(window), space.inputs.shape[1]
    space.values[:W] = window[:, None]
    for start, stop in _pieces(shape, space, len(space.level) * L):
        forward(shape, space, theta, start, stop)
        known = max(0, stop - W + 1) if shape.carries else stop // L
        path[:known] = space.values[W : W + known, 0]
        yield known


def _side_by_side(shape: Shape, theta: Values, window: Values, path: Values) -> Iterator[int]:
    """Fill `path` (H,), with all windows side by side; yield how many values are there."""
    space = Space.of(shape, 1, whole(len(window)), learns=False)
    values = np.concatenate([window, path])
    for start, stop in _pieces(shape, space, len(values) - 1):
        side_by_side(shape, space, theta, values, start, stop, isinstance(shape.cell, Lstm))
        known = max(0, stop - len(window) + 1)
        path[:known] = values[len(window) :][:known]
        yield known


def _pieces(shape: Shape, space: Space, steps: int) -> Iterator[tuple[int, int]]:
    """`steps` steps in pieces of about OPERATIONS."""
    operations = 2 * shape.parameters * space.u.shape[1]
    size = max(1, int(OPERATIONS / operations))
    for start in range(0, steps, size):
        yield start, min(start + size, steps)


@compiled
def side_by_side(
    shape: Shape,
    space: Space,
    theta: Values,
    values: Values,
    start: int,
    stop: int,
    has_cell_state: bool,
) -> None:
    """Read `values` from `start` to `stop` and predict the value after each window.

    A value belongs to W windows. Column b holds the state of the window that has read b + 1 values
    so far. A new value moves every column on by one, and column W − 1 is then complete. So H
    forecasts take W + H steps instead of H · W. See `Forecaster` for the same in NumPy.

    Args:
        space: with room for W windows; its state goes on from the last call.
        values: (W + H,) the window, and room for the predictions.
        has_cell_state: whether the cell is an LSTM, whose cell state moves on, too.
    """
    W, B = shape.window, space.u.shape[1]
    layers, H = space.h.shape[2], space.h.shape[3]
    read, bias, path = readout(theta, H, W if shape.path else 0)
    spread_biases(space, theta)
    states, cells = space.h[0, 0], space.extra[0, 0] if len(space.extra) else space.h[0, 0]
    moved, c_moved = space.h[0, 1], space.extra[0, 1] if len(space.extra) else space.h[0, 1]
    for t in range(start, stop):
        x = space.inputs[0, 0]
        for b in range(B):
            x[b] = values[t]
        for k in range(layers):
            w_ih, w_hh, b_ih, _ = layer(theta, k, space.u.shape[0], H)
            move(states[k], moved[k])
            if has_cell_state:
                move(cells[k], c_moved[k])
            if k:
                from_input(w_ih, b_ih, states[k - 1], space.u)
            else:
                from_input(w_ih, b_ih, x.reshape(1, B), space.u)
            cell_forward(
                shape.cell, False, w_hh, space.bias[k], space.u, moved[k], c_moved[k],
                space.gates[0, 0, k], cells[k], states[k],
            )  # fmt: skip
        if t >= W - 1:
            y = bias[0]
            for i in range(H):
                y += read[i] * states[layers - 1, i, W - 1]
            for i in range(len(path)):
                y += path[i] * values[t - W + 1 + i]
            values[t + 1] = y


@compiled
def move(state, moved):
    """Every column of `state` moved on by one; the first begins anew, at zero."""
    for i in range(state.shape[0]):
        moved[i, 0] = ZERO
        for b in range(1, state.shape[1]):
            moved[i, b] = state[i, b - 1]
