"""The parameters of a network, and how many values it keeps while it reads windows."""

from __future__ import annotations

from gru_core.experiment.experiment import Experiment
from gru_core.forecast.cells import GATES

__all__ = [
    "BLOCK_VALUES",
    "COLUMNS",
    "layer_parameters",
    "parameter_count",
    "recurrent_parameters",
    "values_per_window",
    "weight_shapes",
    "windows_per_block",
]

#: Many windows are read in blocks, which keep at most about so many values: 64 MB in float32.
BLOCK_VALUES = 16_000_000
#: A block has at most so many windows. More at once are not faster.
BLOCK_WINDOWS = 2048
#: Compiled steps read at most so many windows side by side. Then their values stay in the cache,
#: and OpenBLAS has a faster product for small matrices (measured: 113 instead of 90 GFLOP/s).
COLUMNS = 64


def layer_parameters(cell: str, inputs: int, hidden_size: int, biases: int = 2) -> int:
    """The weights and biases of one recurrent layer that reads `inputs` values per step.

    PyTorch's layers have two `biases` per gate and unit, one for the input and one for the hidden
    state. Some other libraries have one.
    """
    return GATES[cell] * hidden_size * (inputs + hidden_size + biases)


def recurrent_parameters(experiment: Experiment) -> int:
    """The weights and biases in all recurrent layers of one member."""
    hidden = experiment.hidden_size
    inputs = [1] + [hidden] * (experiment.layers - 1)
    return sum(layer_parameters(experiment.cell, i, hidden) for i in inputs)


def parameter_count(experiment: Experiment) -> int:
    """All parameters of all members, with the readout and the linear path."""
    readout = experiment.hidden_size + 1 + (experiment.window if experiment.linear_path else 0)
    return experiment.members * (recurrent_parameters(experiment) + readout)


def weight_shapes(experiment: Experiment) -> dict[str, tuple[int, ...]]:
    """The shapes of the weights of its networks, by name; see `events.Weights`."""
    K, h = experiment.members, experiment.hidden_size
    rows = GATES[experiment.cell] * h
    shapes: dict[str, tuple[int, ...]] = {}
    for k in range(experiment.layers):
        shapes[f"rnn.weight_ih_l{k}"] = (K, rows, h if k else 1)
        shapes[f"rnn.weight_hh_l{k}"] = (K, rows, h)
        shapes[f"rnn.bias_ih_l{k}"] = shapes[f"rnn.bias_hh_l{k}"] = (K, rows)
    shapes |= {"linear.weight": (K, 1, h), "linear.bias": (K, 1)}
    if experiment.linear_path:
        shapes["path.weight"] = (K, 1, experiment.window)
    return shapes


def values_per_window(experiment: Experiment) -> int:
    """About how many values PyTorch keeps for each window while it reads windows without gradients.

    Its own loop keeps the gates and the states of all steps, layer by layer. Measured were 6.4
    values for each unit and step of a GRU, and 11 of an LSTM with two layers. The loop for several
    members, and that of the textbook GRU, keep only the last state.
    """
    hidden, kept = experiment.hidden_size, GATES[experiment.cell] + 4
    if experiment.members == 1 and experiment.cell != "gru-textbook":
        return experiment.window * hidden * (kept + (3 if experiment.layers > 1 else 0))
    return experiment.members * (experiment.window + experiment.layers * hidden * kept)


def windows_per_block(experiment: Experiment) -> int:
    """How many windows PyTorch reads at once, where there are many and no gradients."""
    return max(1, min(BLOCK_WINDOWS, BLOCK_VALUES // values_per_window(experiment)))
