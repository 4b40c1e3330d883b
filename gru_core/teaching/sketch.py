"""A forecast drawn by hand, compared with the true values."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

__all__ = ["Gap", "gap_between", "through"]

Array = NDArray[np.float64]

#: From here on a drawing is called a wave of the true length: the R² of the best such wave.
WAVE_R2 = 0.6
#: Amplitudes and shifts within these bounds count as right: a share, and a share of the period.
RIGHT_SIZE, RIGHT_SHIFT = 0.2, 0.05


class Gap(NamedTuple):
    """How a drawing differs from the true values.

    Attributes:
        kind: `right`, `shifted`, `size`, `both` or `other` (it is no wave of the true length).
        shift: by how many steps the drawing is late; negative, it is early.
        size: its amplitude / the true one.
        wave: how much of the drawing is a wave of the true length: R², 0 to 1.
        error: the RMSE of the drawing, in data units.
    """

    kind: str
    shift: float
    size: float
    wave: float
    error: float


def through(points: Array, horizon: int) -> Array:
    """The values (`horizon`,) on the straight lines through evenly spaced `points` (P,)."""
    return np.interp(np.linspace(0, len(points) - 1, horizon), np.arange(len(points)), points)


def gap_between(drawn: Array, actual: Array, period: float) -> Gap:
    """Compare a drawing (H,) with the true values (H,), which are a wave of `period` steps.

    A sine and a cosine of that length and a level are fitted to both by least squares. Their
    amplitudes and phases are compared.
    """
    turns = 2 * np.pi * np.arange(len(actual)) / period
    basis = np.column_stack([np.cos(turns), np.sin(turns), np.ones(len(turns))])
    ours, _, _, _ = np.linalg.lstsq(basis, drawn)
    true, _, _, _ = np.linalg.lstsq(basis, actual)
    spread = float(np.var(drawn))
    rest = float(np.mean(np.square(drawn - basis @ ours)))
    wave = 1 - rest / spread if spread > 0 else 0.0
    size = math.hypot(*ours[:2]) / math.hypot(*true[:2])
    turn = math.atan2(ours[1], ours[0]) - math.atan2(true[1], true[0])
    shift = ((turn / (2 * np.pi) + 0.5) % 1 - 0.5) * period
    error = float(np.sqrt(np.mean(np.square(drawn - actual))))
    return Gap(_kind(wave, size, shift / period), shift, size, wave, error)


def _kind(wave: float, size: float, shift: float) -> str:
    if wave < WAVE_R2:
        return "other"
    moved, resized = abs(shift) > RIGHT_SHIFT, abs(size - 1) > RIGHT_SIZE
    if moved and resized:
        return "both"
    return "shifted" if moved else "size" if resized else "right"
