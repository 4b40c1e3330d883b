"""Forecasts of a trained network, in NumPy: one step ahead, and in closed loop.

May import numpy, `cells`, `events`.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from gru_core.cells import CELLS, layers_of
from gru_core.events import Weights

__all__ = ["Forecaster"]

Array = NDArray[np.float64]


class Forecaster:
    """A network's weights, ready to forecast; everything in the units that the network sees."""

    def __init__(self, cell: str, weights: Weights) -> None:
        self._parts, self._step = CELLS[cell]
        self._layers = layers_of(weights)
        self._readout = weights["linear.weight"][0].astype(np.float64)  # (hidden,)
        self._readout_bias = float(weights["linear.bias"][0])

    def one_step(self, inputs: Array) -> Array:
        """The next value after each window, from true values: (N, W) -> (N,)."""
        states = self._zeros(len(inputs))
        for x in inputs.T:  # (N,), one per position in the window
            states = self._advance(x[:, None], states)
        return self._read(states)

    def closed_loop(self, start: Array, horizon: int) -> Array:
        """Forecast `horizon` steps, feeding each back: (W,) -> (H,), or (S, W) -> (S, H).

        Every step re-encodes the last W values from a zero state, as the lesson does
        (feedback "window"). Done plainly that is H × W cell steps one after the other. Here the W
        windows that a value will still be part of are encoded side by side: row k holds the state
        of the window that has read k + 1 values so far, a new value moves every row one on, and
        the last row is complete. The result is the same, in W + H batched steps.
        """
        single = start.ndim == 1
        context = np.atleast_2d(start)  # (S, W)
        S, W = context.shape
        states = self._zeros(S, W)
        forecast = np.empty((S, horizon))
        for x in context.T:
            states = self._advance(x[:, None, None], _shift(states))
        for step in range(horizon):
            forecast[:, step] = self._read([state[:, :, -1] for state in states])
            if step + 1 < horizon:
                states = self._advance(forecast[:, step, None, None], _shift(states))
        return forecast[0] if single else forecast

    def _zeros(self, *batch: int) -> list[Array]:
        size = len(self._readout)
        return [np.zeros((self._parts, *batch, size)) for _ in self._layers]

    def _advance(self, x: Array, states: list[Array]) -> list[Array]:
        """One step of every layer: x (..., 1), each state (parts, ..., hidden)."""
        advanced = []
        for state, weights in zip(states, self._layers, strict=True):
            state = self._step(x, state, weights)
            x = state[0]
            advanced.append(state)
        return advanced

    def _read(self, states: list[Array]) -> Array:
        value: Array = states[-1][0] @ self._readout + self._readout_bias
        return value


def _shift(states: list[Array]) -> list[Array]:
    """Move every row one on; the first row becomes a window that has read nothing yet."""
    shifted = []
    for state in states:  # (parts, S, W, hidden)
        moved = np.zeros_like(state)
        moved[:, :, 1:] = state[:, :, :-1]
        shifted.append(moved)
    return shifted
