"""The number of parameters, compared with the networks that are trained and with PyTorch."""

from __future__ import annotations

from typing import Any

import pytest
from torch import nn

from gru_core.experiment.experiment import Experiment
from gru_core.forecast.parameters import layer_parameters, parameter_count, recurrent_parameters
from gru_core.training.network import Network

MODULES = {"gru": nn.GRU, "lstm": nn.LSTM, "rnn": nn.RNN}


@pytest.mark.parametrize("cell", MODULES)
def test_a_layer_has_the_parameters_of_pytorch(cell: str) -> None:
    layer = MODULES[cell](7, 5)
    assert layer_parameters(cell, 7, 5) == sum(p.numel() for p in layer.parameters())
    without = MODULES[cell](7, 5, bias=False)
    assert layer_parameters(cell, 7, 5, biases=0) == sum(p.numel() for p in without.parameters())


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"cell": "lstm", "hidden_size": 3},
        {"cell": "rnn", "layers": 3, "hidden_size": 4},
        {"members": 5, "hidden_size": 2},
        {"linear_path": True, "window": 13, "members": 2},
    ],
    ids=str,
)
def test_the_count_is_that_of_the_trained_network(options: dict[str, Any]) -> None:
    e = Experiment(**options)
    path = e.window if e.linear_path else None
    network = Network(e.cell, e.hidden_size, e.layers, members=e.members, path=path)
    assert parameter_count(e) == sum(p.numel() for p in network.parameters())
    recurrent = sum(p.numel() for p in network.rnn.parameters())
    assert recurrent_parameters(e) * e.members == recurrent
