"""The recurrent layers as ONNX has them: its operators, and its order of the gates.

    GRU   z, r, h          with h' = (1 − z) ∘ h̃ + z ∘ h, as in PyTorch
    LSTM  i, o, f, c       c is PyTorch's g

The textbook's GRU counts z the other way round. 1 − σ(a) is σ(−a), so its z gets weights of the
other sign. Source: https://onnx.ai/onnx/operators
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from gru_core.forecast.events import Weights

__all__ = ["LAYERS", "Layer", "layer_arrays"]


class Layer(NamedTuple):
    """A cell in ONNX.

    `order` tells where each of its gates stands in PyTorch's parameters. `signs` are the signs that
    their weights get.
    """

    operator: str
    order: tuple[int, ...]
    signs: tuple[int, ...]
    attributes: dict[str, int]


LAYERS = {
    "gru": Layer("GRU", (1, 0, 2), (1, 1, 1), {"linear_before_reset": 1}),
    "gru-textbook": Layer("GRU", (1, 0, 2), (-1, 1, 1), {"linear_before_reset": 0}),
    "lstm": Layer("LSTM", (0, 3, 1, 2), (1, 1, 1, 1), {}),
    "rnn": Layer("RNN", (0,), (1,), {}),
}


def layer_arrays(cell: str, weights: Weights, member: int, depth: int) -> Weights:
    """The parameters of one layer of one member, in the order of the operator's inputs.

    For G gates: `input` (1, G · hidden, in), `hidden` (1, G · hidden, hidden) and `bias`
    (1, 2 · G · hidden), which holds the biases of the input and then those of the hidden state.
    """
    kind = LAYERS[cell]

    def ordered(name: str) -> NDArray[np.float32]:
        blocks = np.split(weights[f"rnn.{name}_l{depth}"][member], len(kind.order))
        places = zip(kind.signs, kind.order, strict=True)
        return np.concatenate([sign * blocks[place] for sign, place in places])[None]

    biases = [ordered("bias_ih"), ordered("bias_hh")]
    return {
        "input": ordered("weight_ih"),
        "hidden": ordered("weight_hh"),
        "bias": np.concatenate(biases, axis=1),
    }
