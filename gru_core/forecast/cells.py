"""The recurrent cells in plain NumPy: the equations as one reads them, every gate returned.

The web process forecasts with these, so that it need not load torch; a test holds each to
PyTorch's to 1e-6. Conventions are PyTorch's, "reset after": the reset gate r acts on W_hn h + b_hn,
and z keeps the old state.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from numpy.typing import DTypeLike, NDArray

from gru_core.forecast.events import Weights

__all__ = [
    "CELLS",
    "GATES",
    "GRUStep",
    "LayerWeights",
    "gru_step",
    "layers_of",
    "lstm_step",
    "rnn_step",
]

Array = NDArray[np.float64]

#: How many gates each cell has, stacked in its parameters.
GATES: dict[str, int] = {"gru": 3, "lstm": 4, "rnn": 1}


class LayerWeights(NamedTuple):
    """One layer's parameters, for G gates stacked in PyTorch's order.

    `input` (in, G·hidden), `hidden` (hidden, G·hidden), `input_bias` and `hidden_bias` (G·hidden,);
    or each with leading axes that broadcast against those of the input.
    """

    input: Array
    hidden: Array
    input_bias: Array
    hidden_bias: Array


class GRUStep(NamedTuple):
    """What one GRU step computes, each `(..., hidden)`.

    Update gate z, reset gate r, candidate n, new hidden state h.
    """

    z: Array
    r: Array
    n: Array
    h: Array


def sigmoid(a: Array) -> Array:
    """1 / (1 + e^(−a)), written with tanh so that no large exponent overflows."""
    return 0.5 * (np.tanh(0.5 * a) + 1.0)


def gru_step(x: Array, h: Array, weights: LayerWeights) -> GRUStep:
    """One step of a GRU.

        r  = σ(W_ir x + b_ir + W_hr h + b_hr)
        z  = σ(W_iz x + b_iz + W_hz h + b_hz)
        n  = tanh(W_in x + b_in + r ∘ (W_hn h + b_hn))
        h' = (1 − z) ∘ n + z ∘ h

    Cho et al. 2014 (arXiv 1406.1078), in the variant of PyTorch's `nn.GRU` documentation.

    Args:
        x: (..., in)
        h: (..., hidden)
        weights: gates in the order r, z, n.
    """
    from_input = x @ weights.input + weights.input_bias  # (..., 3·hidden)
    from_hidden = h @ weights.hidden + weights.hidden_bias  # (..., 3·hidden)
    size = h.shape[-1]
    gates = sigmoid(from_input[..., : 2 * size] + from_hidden[..., : 2 * size])
    r, z = gates[..., :size], gates[..., size:]
    n = np.tanh(from_input[..., 2 * size :] + r * from_hidden[..., 2 * size :])
    return GRUStep(z, r, n, (1.0 - z) * n + z * h)


def lstm_step(x: Array, h: Array, c: Array, weights: LayerWeights) -> tuple[Array, Array]:
    """One step of an LSTM: the new `(h, c)`, each `(..., hidden)`; gates in the order i, f, g, o.

    c' = f ∘ c + i ∘ g, h' = o ∘ tanh(c'); Hochreiter & Schmidhuber 1997 with a forget gate
    (Gers et al. 2000), as in PyTorch's `nn.LSTM` documentation.
    """
    gates = x @ weights.input + weights.input_bias + h @ weights.hidden + weights.hidden_bias
    i, f, g, o = np.split(gates, 4, axis=-1)
    c = sigmoid(f) * c + sigmoid(i) * np.tanh(g)
    return sigmoid(o) * np.tanh(c), c


def rnn_step(x: Array, h: Array, weights: LayerWeights) -> Array:
    """One step of a plain RNN: h' = tanh(W_ih x + b_ih + W_hh h + b_hh); Elman 1990."""
    return np.tanh(
        x @ weights.input + weights.input_bias + h @ weights.hidden + weights.hidden_bias
    )


# A state is (parts, ..., hidden): an LSTM has the two parts h and c, the others only h.
def _gru(x: Array, state: Array, weights: LayerWeights) -> Array:
    return gru_step(x, state[0], weights).h[None]


def _lstm(x: Array, state: Array, weights: LayerWeights) -> Array:
    return np.stack(lstm_step(x, state[0], state[1], weights))


def _rnn(x: Array, state: Array, weights: LayerWeights) -> Array:
    return rnn_step(x, state[0], weights)[None]


#: For each cell, how many parts its state has, and its step: (x, state, weights) -> state.
CELLS: dict[str, tuple[int, Callable[[Array, Array, LayerWeights], Array]]] = {
    "gru": (1, _gru),
    "lstm": (2, _lstm),
    "rnn": (1, _rnn),
}


def layers_of(weights: Weights, dtype: DTypeLike = np.float64) -> list[LayerWeights]:
    """The recurrent layers held in `weights`, first to last, transposed for `x @ W`.

    Each array keeps its first axis, the K members: it applies to inputs (K, B, in).
    """
    layers: list[LayerWeights] = []
    while f"rnn.weight_ih_l{len(layers)}" in weights:
        k = len(layers)
        matrices = (weights[f"rnn.weight_{part}_l{k}"].swapaxes(1, 2) for part in ("ih", "hh"))
        biases = (weights[f"rnn.bias_{part}_l{k}"][:, None] for part in ("ih", "hh"))
        layers.append(
            LayerWeights(*(np.ascontiguousarray(a, dtype=dtype) for a in (*matrices, *biases)))
        )
    return layers
