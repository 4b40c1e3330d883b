"""Forecasts of trained networks in NumPy: one step ahead and in closed loop."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator

import numpy as np
from numpy.typing import NDArray

from gru_core.forecast.cells import CELLS, layers_of
from gru_core.forecast.events import Weights
from gru_core.forecast.windows import window_scale

__all__ = ["STATE_VALUES", "Forecaster", "patient"]

#: A forecast asks whether to stop after this many seconds. Most forecasts are complete by then.
FORECAST_SECONDS = 5.0

Array = NDArray[np.float64]

#: A part of a state has at most about so many values: 16 MB. More windows are read in blocks.
STATE_VALUES = 4_000_000


class Forecaster:
    """K trained networks that forecast. All inputs and outputs are in normalized units.

    It computes in single precision, like training. NumPy's tanh takes most of the time of a step,
    and in single precision it was measured five times faster.

    A network can explode. Its forecast then holds values that are not finite, and there is no
    warning.

    Args:
        cell: a name in `CELLS`.
        weights: the parameters of the K networks; see `events.Weights`.
        feedback: how the loop is closed. `window`: every step re-encodes the last W values from a
            zero state, as the lesson does. `state`: the window is encoded once. Then the hidden
            state is carried along, and each forecast is the next input.
        floor: the smallest scale of a window, for per-window normalization. None: the windows are
            not normalized one by one.
        should_stop: asked before every step. When it says so, the values that are still missing
            are NaN, and come at once.
    """

    def __init__(
        self,
        cell: str,
        weights: Weights,
        feedback: str = "window",
        floor: float | None = None,
        should_stop: Callable[[], bool] = lambda: False,
    ) -> None:
        self._parts, self._step = CELLS[cell]
        self._layers = layers_of(weights, np.float32)
        self._readout = weights["linear.weight"].swapaxes(1, 2).astype(np.float32)  # (K, h, 1)
        self._bias = weights["linear.bias"].astype(np.float32)  # (K, 1)
        path = weights.get("path.weight")
        self._path = None if path is None else path.swapaxes(1, 2).astype(np.float32)  # (K, W, 1)
        self._feedback, self._floor, self._should_stop = feedback, floor, should_stop

    def one_step(self, inputs: Array) -> Array:
        """The next value after each window, as the mean of the members: (N, W) -> (N,)."""
        with np.errstate(over="ignore", invalid="ignore"):
            means = [
                self._predict(block[None]).astype(np.float64).mean(axis=0)
                for block in self._blocks(inputs, 1)
            ]
        return np.concatenate(means)

    def closed_loop(self, start: Array, horizon: int) -> Array:
        """The closed-loop forecast of H = `horizon` steps: (W,) -> (H,), or (S, W) -> (S, H).

        Every member runs its own loop. The forecast is the mean of their paths.
        """
        with np.errstate(over="ignore", invalid="ignore"):
            paths: Array = self.paths(np.atleast_2d(start), horizon).mean(axis=0)
        return paths[0] if start.ndim == 1 else paths

    def paths(self, starts: Array, horizon: int) -> Array:
        """The closed-loop path of each member after each window: (S, W) -> (K, S, H)."""
        side_by_side = self._feedback == "window" and self._floor is None
        blocks = self._blocks(starts, starts.shape[1] if side_by_side else 1)
        with np.errstate(over="ignore", invalid="ignore"):
            return np.concatenate([self._paths(block, horizon) for block in blocks], axis=1)

    def _blocks(self, windows: Array, rows: int) -> list[Array]:
        """`windows` (N, W) in blocks, if each window needs so many `rows` of a state."""
        K, size, _ = self._readout.shape
        at_once = max(1, STATE_VALUES // (K * size * rows))
        return [windows[k : k + at_once] for k in range(0, max(1, len(windows)), at_once)]

    def _paths(self, starts: Array, horizon: int) -> Array:
        if self._floor is None:
            return self._collect(self._loop(starts[None]), horizon)
        if self._feedback == "window":
            return self._collect(self._renormalized(starts[None]), horizon)
        level, scale = window_scale(starts, self._floor)
        return self._collect(self._loop(((starts - level) / scale)[None]), horizon) * scale + level

    def _collect(self, loop: Iterator[Array], horizon: int) -> Array:
        values = [next(loop)]
        while len(values) < horizon and not self._should_stop():
            values.append(next(loop))
        missing = [np.full_like(values[0], np.nan)] * (horizon - len(values))
        return np.stack(values + missing, axis=-1).astype(np.float64)

    def _loop(self, windows: Array) -> Iterator[Array]:
        if self._feedback == "window":
            return self._side_by_side(windows)
        return self._carried(windows)

    def _carried(self, windows: Array) -> Iterator[Array]:
        states = self._encode(windows)
        windows = self._of_members(windows)
        while True:
            value = self._read(states, windows)  # (K, S)
            yield value
            states = self._advance(value[..., None], states)
            windows = _moved(windows, value)

    def _renormalized(self, windows: Array) -> Iterator[Array]:
        """Feedback `window` with per-window normalization, in H × W cell steps.

        Every window has its own scale. So the network must read every window from its start.
        """
        windows = self._of_members(windows)
        while True:
            value = self._predict(windows)
            yield value
            windows = _moved(windows, value)

    def _side_by_side(self, windows: Array) -> Iterator[Array]:
        """Feedback `window`, in W + H batched steps instead of H × W.

        A value belongs to W windows, which are encoded side by side. Row k holds the state of the
        window that has read k + 1 values so far. A new value moves every row on by one. The last
        row is then complete. The result is the same as when each window is encoded alone.
        """
        _, S, W = windows.shape
        states = self._zeros(S * W)
        for x in windows.swapaxes(0, 2):  # (S, 1), one per position in the window
            if self._should_stop():
                states = _unknown(states)
                break
            states = self._advance_rows(x.T, states, W)
        windows = self._of_members(windows)
        while True:
            value = self._read([state[:, :, W - 1 :: W] for state in states], windows)  # (K, S)
            yield value
            states = self._advance_rows(value, states, W)
            windows = _moved(windows, value)

    def _advance_rows(self, value: Array, states: list[Array], W: int) -> list[Array]:
        shifted = []
        for state in states:  # (parts, K, S·W, hidden)
            moved = np.zeros_like(state)
            moved[:, :, 1:] = state[:, :, :-1]
            moved[:, :, ::W] = 0  # the first row starts a new window, from a zero state
            shifted.append(moved)
        return self._advance(np.repeat(value, W, axis=1)[..., None], shifted)

    def _predict(self, windows: Array) -> Array:
        """The next value after each window: (K or 1, B, W) -> (K, B)."""
        if self._floor is None:
            return self._read(self._encode(windows), windows)
        level, scale = window_scale(windows, self._floor)
        windows = (windows - level) / scale
        value = self._read(self._encode(windows), windows)
        return value * scale[..., 0] + level[..., 0]

    def _encode(self, windows: Array) -> list[Array]:
        states = self._zeros(windows.shape[1])
        for x in np.moveaxis(windows, 2, 0):  # (K or 1, B)
            if self._should_stop():
                return _unknown(states)
            states = self._advance(x[..., None], states)
        return states

    def _zeros(self, rows: int) -> list[Array]:
        K, size, _ = self._readout.shape
        return [np.zeros((self._parts, K, rows, size), np.float32) for _ in self._layers]

    def _advance(self, x: Array, states: list[Array]) -> list[Array]:
        """One step of every layer, for the input x (K or 1, B, 1).

        Each state, before and after, is (parts, K, B, hidden).
        """
        x = x.astype(np.float32, copy=False)
        advanced = []
        for state, weights in zip(states, self._layers, strict=True):
            state = self._step(x, state, weights)
            x = state[0]
            advanced.append(state)
        return advanced

    def _read(self, states: list[Array], windows: Array) -> Array:
        """The next value (K, B), from the states after reading `windows` (K or 1, B, W)."""
        value: Array = (states[-1][0] @ self._readout)[..., 0] + self._bias
        if self._path is not None:
            value = value + (windows.astype(np.float32, copy=False) @ self._path)[..., 0]
        return value

    def _of_members(self, windows: Array) -> Array:
        return np.broadcast_to(windows, (len(self._bias), *windows.shape[1:]))


def patient(should_stop: Callable[[], bool]) -> Callable[[], bool]:
    """`should_stop` for one forecast that begins now. It is not asked in the first five seconds.

    So a run that is stopped in training still completes its forecast, if that is short.
    """
    begun = time.monotonic()
    return lambda: time.monotonic() - begun >= FORECAST_SECONDS and should_stop()


def _moved(windows: Array, value: Array) -> Array:
    """The windows (K, S, W) moved on by one step: `value` (K, S) is the new last value."""
    return np.concatenate([windows[..., 1:], value[..., None]], axis=-1)


def _unknown(states: list[Array]) -> list[Array]:
    """All states NaN. So is every forecast from them."""
    return [np.full_like(state, np.nan) for state in states]
