"""Forecasts of trained networks, in NumPy: one step ahead, and in closed loop."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from gru_core.forecast.cells import CELLS, layers_of
from gru_core.forecast.events import Weights
from gru_core.forecast.windows import window_scale

__all__ = ["Forecaster"]

Array = NDArray[np.float64]


class Forecaster:
    """K networks' weights, ready to forecast; everything in the units that the networks see.

    It computes in single precision, as training does: NumPy's tanh was measured to take a fifth of
    the time of the double one's, and that is most of what a step costs.

    Args:
        cell: `gru`, `lstm` or `rnn`.
        weights: as `events.Weights`.
        feedback: how the loop is closed. `window`: every step re-encodes the last W values from a
            zero state, as the lesson does. `state`: the window is encoded once, and then the
            hidden state is carried along and fed nothing but the forecasts.
        floor: for per-window normalization, the smallest scale; None for no such normalization.
    """

    def __init__(
        self,
        cell: str,
        weights: Weights,
        feedback: str = "window",
        floor: float | None = None,
    ) -> None:
        self._parts, self._step = CELLS[cell]
        self._layers = layers_of(weights, np.float32)
        self._readout = weights["linear.weight"].swapaxes(1, 2).astype(np.float32)  # (K, h, 1)
        self._bias = weights["linear.bias"].astype(np.float32)  # (K, 1)
        path = weights.get("path.weight")
        self._path = None if path is None else path.swapaxes(1, 2).astype(np.float32)  # (K, W, 1)
        self._feedback, self._floor = feedback, floor

    def one_step(self, inputs: Array) -> Array:
        """The next value after each window, from true values, mean of members: (N, W) -> (N,)."""
        mean: Array = self._predict(inputs[None]).astype(np.float64).mean(axis=0)
        return mean

    def closed_loop(self, start: Array, horizon: int) -> Array:
        """Forecast `horizon` steps, feeding each back: (W,) -> (H,), or (S, W) -> (S, H).

        Every member runs a loop of its own; the forecast is the mean of their paths.
        """
        paths: Array = self.paths(np.atleast_2d(start), horizon).mean(axis=0)
        return paths[0] if start.ndim == 1 else paths

    def paths(self, starts: Array, horizon: int) -> Array:
        """Each member's closed loop from each start: (S, W) -> (K, S, H)."""
        if self._floor is None:
            return _collect(self._loop(starts[None]), horizon)
        if self._feedback == "window":
            return _collect(self._renormalized(starts[None]), horizon)
        level, scale = window_scale(starts, self._floor)
        return _collect(self._loop(((starts - level) / scale)[None]), horizon) * scale + level

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
        """Every window is normalized anew, so each is encoded anew: H × W cell steps."""
        windows = self._of_members(windows)
        while True:
            value = self._predict(windows)
            yield value
            windows = _moved(windows, value)

    def _side_by_side(self, windows: Array) -> Iterator[Array]:
        """Feedback `window`, in W + H batched steps instead of H × W.

        The W windows that a value will still be part of are encoded side by side: row k holds the
        state of the window that has read k + 1 values so far, a new value moves every row one on,
        and the last row is complete. The result is the same as encoding each window by itself.
        """
        _, S, W = windows.shape
        states = self._zeros(S * W)
        for x in windows.swapaxes(0, 2):  # (S, 1), one per position in the window
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
            moved[:, :, ::W] = 0  # the first row becomes a window that has read nothing yet
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
            states = self._advance(x[..., None], states)
        return states

    def _zeros(self, rows: int) -> list[Array]:
        K, size, _ = self._readout.shape
        return [np.zeros((self._parts, K, rows, size), np.float32) for _ in self._layers]

    def _advance(self, x: Array, states: list[Array]) -> list[Array]:
        """One step of every layer: x (K or 1, B, 1), each state (parts, K, B, hidden)."""
        x = x.astype(np.float32, copy=False)
        advanced = []
        for state, weights in zip(states, self._layers, strict=True):
            state = self._step(x, state, weights)
            x = state[0]
            advanced.append(state)
        return advanced

    def _read(self, states: list[Array], windows: Array) -> Array:
        """The next value after windows (K or 1, B, W) that left these states: (K, B)."""
        value: Array = (states[-1][0] @ self._readout)[..., 0] + self._bias
        if self._path is not None:
            value = value + (windows.astype(np.float32, copy=False) @ self._path)[..., 0]
        return value

    def _of_members(self, windows: Array) -> Array:
        return np.broadcast_to(windows, (len(self._bias), *windows.shape[1:]))


def _moved(windows: Array, value: Array) -> Array:
    """The windows (K, S, W) one step on."""
    return np.concatenate([windows[..., 1:], value[..., None]], axis=-1)


def _collect(loop: Iterator[Array], horizon: int) -> Array:
    return np.stack([next(loop) for _ in range(horizon)], axis=-1).astype(np.float64)
