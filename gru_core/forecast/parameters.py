"""How many parameters a network has."""

from __future__ import annotations

from gru_core.experiment.experiment import Experiment
from gru_core.forecast.cells import GATES

__all__ = ["layer_parameters", "parameter_count", "recurrent_parameters"]


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
