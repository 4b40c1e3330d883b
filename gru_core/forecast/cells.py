"""The recurrent cells in plain NumPy, written like their equations.

The web process forecasts with these cells, so it does not need torch. Tests compare GRU, LSTM and
RNN with PyTorch's cells, and the textbook's GRU with its equations, to 1e-6.

There are two forms of a GRU. `gru` is PyTorch's ("reset after"): the reset gate r multiplies
W_hn h + b_hn, and the update gate z is the share of the old state that is kept. `gru-textbook`
("reset before") multiplies h by r before the matrix, and z is the share of the candidate.
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
    "STEPS",
    "GRUStep",
    "LSTMStep",
    "LayerWeights",
    "gru_step",
    "gru_textbook_step",
    "layers_of",
    "lstm_step",
    "rnn_step",
]

Array = NDArray[np.float64]

#: How many blocks each cell stacks in its parameters: one per gate, and one for the candidate.
GATES: dict[str, int] = {"gru": 3, "gru-textbook": 3, "lstm": 4, "rnn": 1}


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


class LSTMStep(NamedTuple):
    """The values of one LSTM step, each `(..., hidden)`.

    The gates are i (input), f (forget) and o (output). The candidate is g. The new states are c
    (cell state) and h (hidden state).
    """

    i: Array
    f: Array
    g: Array
    o: Array
    c: Array
    h: Array


class RNNStep(NamedTuple):
    """The value of one step of a plain RNN: the new hidden state h (..., hidden)."""

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


def gru_textbook_step(x: Array, h: Array, weights: LayerWeights) -> GRUStep:
    """One step of a GRU in the textbook's form. Its candidate h̃ is called n, as in `gru_step`.

        r  = σ(W_ir x + b_ir + W_hr h + b_hr)
        z  = σ(W_iz x + b_iz + W_hz h + b_hz)
        h̃  = tanh(W_in x + b_in + W_hn (r ∘ h) + b_hn)
        h' = (1 − z) ∘ h + z ∘ h̃

    The parameters are those of `gru_step`, so the same weights fit both forms. Here the two biases
    of the candidate simply add up.

    Source: Chung et al. 2014 (arXiv 1412.3555). Cho et al. 2014 (arXiv 1406.1078) also reset
    before the matrix, but their z is the share of the old state.

    Args:
        x: the input (..., in).
        h: the hidden state (..., hidden).
        weights: the layer's parameters, with the gates in the order r, z, n.
    """
    size = h.shape[-1]
    from_input = x @ weights.input + weights.input_bias  # (..., 3·hidden)
    hidden, bias = weights.hidden, weights.hidden_bias
    from_hidden = h @ hidden[..., : 2 * size] + bias[..., : 2 * size]  # (..., 2·hidden)
    gates = sigmoid(from_input[..., : 2 * size] + from_hidden)
    r, z = gates[..., :size], gates[..., size:]
    from_reset = (r * h) @ hidden[..., 2 * size :] + bias[..., 2 * size :]
    n = np.tanh(from_input[..., 2 * size :] + from_reset)
    return GRUStep(z, r, n, (1.0 - z) * h + z * n)


def lstm_step(x: Array, h: Array, c: Array, weights: LayerWeights) -> LSTMStep:
    """One step of an LSTM.

        i  = σ(W_ii x + b_ii + W_hi h + b_hi)
        f  = σ(W_if x + b_if + W_hf h + b_hf)
        g  = tanh(W_ig x + b_ig + W_hg h + b_hg)
        o  = σ(W_io x + b_io + W_ho h + b_ho)
        c' = f ∘ c + i ∘ g
        h' = o ∘ tanh(c')

    Source: Hochreiter & Schmidhuber 1997, with the forget gate of Gers et al. 2000, as in
    PyTorch's `nn.LSTM` documentation.

    Args:
        x: the input (..., in).
        h: the hidden state (..., hidden).
        c: the cell state (..., hidden).
        weights: the layer's parameters, with the gates in the order i, f, g, o.
    """
    gates = x @ weights.input + weights.input_bias + h @ weights.hidden + weights.hidden_bias
    i, f, g, o = np.split(gates, 4, axis=-1)
    i, f, g, o = sigmoid(i), sigmoid(f), np.tanh(g), sigmoid(o)
    c = f * c + i * g
    return LSTMStep(i, f, g, o, c, o * np.tanh(c))


def rnn_step(x: Array, h: Array, weights: LayerWeights) -> Array:
    """One step of a plain RNN: h' = tanh(W_ih x + b_ih + W_hh h + b_hh).

    Source: Elman 1990.
    """
    return np.tanh(
        x @ weights.input + weights.input_bias + h @ weights.hidden + weights.hidden_bias
    )


#: For each cell: the names of the parts of its state, and its step.
#: The arguments of a step are x, the parts of the state in their order, and the weights.
STEPS: dict[str, tuple[tuple[str, ...], Callable[..., GRUStep | LSTMStep | RNNStep]]] = {
    "gru": (("h",), gru_step),
    "gru-textbook": (("h",), gru_textbook_step),
    "lstm": (("h", "c"), lstm_step),
    "rnn": (("h",), lambda x, h, weights: RNNStep(rnn_step(x, h, weights))),
}


def _carried(cell: str) -> Callable[[Array, Array, LayerWeights], Array]:
    """The step of `cell` from state to state. A state is (parts, ..., hidden)."""
    parts, step = STEPS[cell]

    def carry(x: Array, state: Array, weights: LayerWeights) -> Array:
        values = step(x, *state, weights)
        if len(parts) == 1:  # without a copy
            return values.h[None]
        return np.stack([getattr(values, part) for part in parts])

    return carry


#: For each cell: the number of parts of its state, and its step (x, state, weights) -> state.
CELLS: dict[str, tuple[int, Callable[[Array, Array, LayerWeights], Array]]] = {
    cell: (len(parts), _carried(cell)) for cell, (parts, _) in STEPS.items()
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
