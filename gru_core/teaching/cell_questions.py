"""Questions about one cell: its gates, its biases, its parameters and its shapes.

Each function computes the right answer with our own cells, and each wrong answer by doing what the
misconception believes. The docstring says where learners showed it.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from gru_core.forecast.cells import GATES, GRUStep, LayerWeights, gru_step, rnn_step
from gru_core.forecast.parameters import layer_parameters
from gru_core.teaching.question import Question
from gru_core.teaching.units import one_gru_unit

__all__ = [
    "batch_first",
    "echo",
    "gate_order",
    "gates_on_off",
    "hidden_steps",
    "output_h_n",
    "parameter_count",
    "reset_place",
    "two_biases",
    "z_direction",
]

Array = NDArray[np.float64]


def echo() -> Question:
    """What a plain RNN forgets, and why gates help. Source: Hochreiter & Schmidhuber 1997."""
    start, w, z, steps = 1.0, 0.8, 0.95, 10
    rnn = LayerWeights(np.zeros((1, 1)), np.array([[w]]), np.zeros(1), np.zeros(1))
    gru = one_gru_unit(z=z)
    h, kept = np.array([start]), np.array([start])
    after_one = rnn_step(np.zeros(1), h, rnn)
    for _ in range(steps):
        h = rnn_step(np.zeros(1), h, rnn)
        kept = gru_step(np.zeros(1), kept, gru).h
    return Question(
        "echo",
        {"start": start, "w": w, "steps": steps, "z": z, "gru": kept.item()},
        h.item(),
        {"remembers": start, "one-step": after_one.item()},
    )


def z_direction() -> Question:
    """z points the wrong way. Source: pytorch/pytorch#20129."""
    h, n, z = 0.8, -0.5, 0.9
    step = gru_step(np.zeros(1), np.array([h]), one_gru_unit(z=z, n=n))
    return Question(
        "z-direction",
        {"h": h, "n": n, "z": z},
        step.h.item(),
        {"backwards": z * n + (1 - z) * h, "not-shared": n + z * h},
    )


def gates_on_off() -> Question:
    """Gates are on or off, and unclear which end keeps. Source: the forum of an online course."""
    z, steps = 0.7, 3

    def after(gate: float) -> float:
        h = np.ones(1)
        for _ in range(steps):
            h = gru_step(np.zeros(1), h, one_gru_unit(z=gate)).h
        return h.item()

    return Question(
        "gates-on-off",
        {"z": z, "steps": steps},
        after(z),
        {"on-off": float(round(z)) ** steps, "other-end": after(1 - z)},
    )


def reset_place() -> Question:
    """Reset before and after the matrix are the same. Source: pytorch/pytorch#99531."""
    h, r, w, b = 0.5, 0.5, 2.0, 1.0
    step = gru_step(np.zeros(1), np.array([h]), one_gru_unit(r=r, w=w, b_hn=b))
    return Question(
        "reset-place",
        {"h": h, "r": r, "w": w, "b": b},
        step.n.item(),
        {"before": math.tanh(w * (r * h) + b), "no-reset": math.tanh(w * h + b)},
    )


def two_biases() -> Question:
    """Two biases are one too many. Source: pytorch/pytorch#36905."""
    r, b_in, b_hn = 0.2, 0.5, 1.0
    step = gru_step(np.zeros(1), np.zeros(1), one_gru_unit(r=r, b_in=b_in, b_hn=b_hn))
    merged = gru_step(np.zeros(1), np.zeros(1), one_gru_unit(r=r, b_in=b_in + b_hn))
    both = gru_step(np.zeros(1), np.zeros(1), one_gru_unit(r=r, b_hn=b_in + b_hn))
    return Question(
        "two-biases",
        {"r": r, "b_in": b_in, "b_hn": b_hn},
        step.n.item(),
        {"only-the-sum": merged.n.item(), "both-reset": both.n.item()},
    )


def parameter_count() -> Question:
    """My parameter count differs. Source: threads in the forums of PyTorch and Keras."""
    hidden = 50
    return Question(
        "parameter-count",
        {"hidden": hidden, "one_block": hidden * hidden},
        layer_parameters("gru", 1, hidden),
        {
            "one-bias": layer_parameters("gru", 1, hidden, biases=1),
            "one-block": layer_parameters("gru", 1, hidden) // GATES["gru"],
        },
    )


def gate_order() -> Question:
    """The order of the gates when weights are copied. Source: keras-team/keras#8720, #15915."""
    packed = (-2.0, 1.0, 0.5)  # as PyTorch packs them: r, z, n

    def z_of(r: float, z: float, n: float) -> float:
        bias = np.array([r, z, n])
        weights = LayerWeights(np.zeros((1, 3)), np.zeros((1, 3)), bias, np.zeros(3))
        return gru_step(np.zeros(1), np.zeros(1), weights).z.item()

    first, second, third = packed
    return Question(
        "gate-order",
        {"first": first, "second": second, "third": third},
        z_of(*packed),
        {"z-first": z_of(second, first, third), "z-last": z_of(first, third, second)},
    )


def hidden_steps() -> Question:
    """The hidden size is the number of steps. Source: question-and-answer sites."""
    W, H = 10, 50
    output, h_n = _read(np.zeros((1, W, 1)), _random_layers(H, 1))
    return Question(
        "hidden-steps",
        {"window": W, "hidden": H},
        h_n.size,
        {"as-many-as-steps": W, "all-steps": output.size},
    )


def batch_first() -> Question:
    """`batch_first` and the shape of h_n. Source: discuss.pytorch.org, threads 2979 and 59867."""
    B, W, H = 32, 10, 50
    output, h_n = _read(np.zeros((B, W, 1)), _random_layers(H, 1))
    return Question(
        "batch-first",
        {"batch": B, "window": W, "hidden": H},
        h_n.shape,
        {"batch-first-too": h_n.swapaxes(0, 1).shape, "every-step": output.shape},
    )


def output_h_n() -> Question:
    """`output` against `h_n` with several layers. Source: Stack Overflow 48302810."""
    W, layers = 5, 2
    rng = np.random.default_rng(0)
    output, h_n = _read(rng.normal(size=(1, W, 1)), _random_layers(3, layers))
    in_both = [state for state in h_n[:, 0] if (output[0] == state).all(axis=1).any()]
    return Question(
        "output-h_n",
        {"window": W, "layers": layers},
        len(in_both),
        {"every-layer": len(h_n), "every-step": len(output[0])},
    )


def _random_layers(hidden: int, layers: int) -> list[LayerWeights]:
    """GRU layers with random weights, always the same."""
    rng = np.random.default_rng(1)
    return [
        LayerWeights(
            rng.normal(size=(inputs, 3 * hidden)),
            rng.normal(size=(hidden, 3 * hidden)),
            np.zeros(3 * hidden),
            np.zeros(3 * hidden),
        )
        for inputs in [1] + [hidden] * (layers - 1)
    ]


def _read(batch: Array, layers: list[LayerWeights]) -> tuple[Array, Array]:
    """What `nn.GRU(..., batch_first=True)` returns for a batch (B, W, in).

    They are `output` (B, W, hidden), the last layer at every step, and `h_n` (layers, B, hidden),
    every layer at the last step.
    """
    hidden = len(layers[0].hidden)
    states = [np.zeros((len(batch), hidden)) for _ in layers]
    output = []
    for x in batch.swapaxes(0, 1):  # (B, in)
        for k, weights in enumerate(layers):
            step: GRUStep = gru_step(x, states[k], weights)
            states[k] = x = step.h
        output.append(x)
    return np.stack(output, axis=1), np.stack(states)
