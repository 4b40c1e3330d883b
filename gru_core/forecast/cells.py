"""The recurrent cells in plain NumPy, written like their equations.

The web process forecasts with these cells, so it does not need torch. A test compares each cell
with PyTorch's, to 1e-6. The conventions are PyTorch's ("reset after"): the reset gate r multiplies
W_hn h + b_hn, and the update gate z is the share of the old state that is kept.
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

#: How many blocks each cell stacks in its parameters: one per gate, and one for the candidate.
GATES: dict[str, int] = {"gru": 3, "lstm": 4, "rnn": 1}


class LayerWeights(NamedTuple):
    """The parameters of one layer, with its G gates stacked in PyTorch's order.

    The shapes are: `input` (in, G·hidden), `hidden` (hidden, G·hidden), `input_bias` and
    `hidden_bias` (G·hidden,). Leading axes are allowed; they broadcast against the input's.
    """

    input: Array
    hidden: Array
    input_bias: Array
    hidden_bias: Array


class GRUStep(NamedTuple):
    """The values of one GRU step, each `(..., hidden)`.

    They are the update gate z, the reset gate r, the candidate n and the new hidden state h.
    """

    z: Array
    r: Array
    n: Array
    h: Array


def sigmoid(a: Array) -> Array:
    """1 / (1 + e^(−a)), computed with tanh, which cannot overflow."""
    return 0.5 * (np.tanh(0.5 * a) + 1.0)


def gru_step(x: Array, h: Array, weights: LayerWeights) -> GRUStep:
    """One step of a GRU.

        r  = σ(W_ir x + b_ir + W_hr h + b_hr)
        z  = σ(W_iz x + b_iz + W_hz h + b_hz)
        n  = tanh(W_in x + b_in + r ∘ (W_hn h + b_hn))
        h' = (1 − z) ∘ n + z ∘ h

    Source: Cho et al. 2014 (arXiv 1406.1078), in the variant of PyTorch's `nn.GRU` documentation.

    Args:
        x: the input (..., in).
        h: the hidden state (..., hidden).
        weights: the layer's parameters, with the gates in the order r, z, n.
    """
    from_input = x @ weights.input + weights.input_bias  # (..., 3·hidden)
    from_hidden = h @ weights.hidden + weights.hidden_bias  # (..., 3·hidden)
    size = h.shape[-1]
    gates = sigmoid(from_input[..., : 2 * size] + from_hidden[..., : 2 * size])
    r, z = gates[..., :size], gates[..., size:]
    n = np.tanh(from_input[..., 2 * size :] + r * from_hidden[..., 2 * size :])
    return GRUStep(z, r, n, (1.0 - z) * n + z * h)


def lstm_step(x: Array, h: Array, c: Array, weights: LayerWeights) -> tuple[Array, Array]:
    """One step of an LSTM: the new `(h, c)`, each `(..., hidden)`.

        c' = f ∘ c + i ∘ g
        h' = o ∘ tanh(c')

    The gates stand in the order i, f, g, o. Source: Hochreiter & Schmidhuber 1997, with the forget
    gate of Gers et al. 2000, as in PyTorch's `nn.LSTM` documentation.
    """
    gates = x @ weights.input + weights.input_bias + h @ weights.hidden + weights.hidden_bias
    i, f, g, o = np.split(gates, 4, axis=-1)
    c = sigmoid(f) * c + sigmoid(i) * np.tanh(g)
    return sigmoid(o) * np.tanh(c), c


def rnn_step(x: Array, h: Array, weights: LayerWeights) -> Array:
    """One step of a plain RNN: h' = tanh(W_ih x + b_ih + W_hh h + b_hh).

    Source: Elman 1990.
    """
    return np.tanh(
        x @ weights.input + weights.input_bias + h @ weights.hidden + weights.hidden_bias
    )


# A state is (parts, ..., hidden). The LSTM has two parts, h and c. The other cells have one, h.
def _gru(x: Array, state: Array, weights: LayerWeights) -> Array:
    return gru_step(x, state[0], weights).h[None]


def _lstm(x: Array, state: Array, weights: LayerWeights) -> Array:
    return np.stack(lstm_step(x, state[0], state[1], weights))


def _rnn(x: Array, state: Array, weights: LayerWeights) -> Array:
    return rnn_step(x, state[0], weights)[None]


#: For each cell: the number of parts of its state, and its step (x, state, weights) -> state.
CELLS: dict[str, tuple[int, Callable[[Array, Array, LayerWeights], Array]]] = {
    "gru": (1, _gru),
    "lstm": (2, _lstm),
    "rnn": (1, _rnn),
}


def layers_of(weights: Weights, dtype: DTypeLike = np.float64) -> list[LayerWeights]:
    """The recurrent layers in `weights`, from first to last, transposed for `x @ W`.

    The first axis of each array is still the K members. Inputs are (K, B, in).
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
