"""Very small networks whose gates have given values, for the questions."""

from __future__ import annotations

import math

import numpy as np

from gru_core.forecast.cells import LayerWeights

__all__ = ["one_gru_unit"]


def one_gru_unit(
    *,
    z: float = 0.5,
    r: float = 0.5,
    n: float = 0.0,
    w: float = 0.0,
    b_in: float = 0.0,
    b_hn: float = 0.0,
) -> LayerWeights:
    """A GRU layer with 1 unit that does not read its input.

    `z`, `r` and `n` are the values of the gates and of the candidate; biases set them. `w` is
    W_hn, and `b_hn` is its bias. `b_in` is added to the bias that sets `n`.
    """
    bias = np.array([_logit(r), _logit(z), math.atanh(n) + b_in])
    hidden, hidden_bias = np.array([[0.0, 0.0, w]]), np.array([0.0, 0.0, b_hn])
    return LayerWeights(np.zeros((1, 3)), hidden, bias, hidden_bias)


def _logit(share: float) -> float:
    """The number whose sigmoid is `share`."""
    return math.log(share / (1 - share))
