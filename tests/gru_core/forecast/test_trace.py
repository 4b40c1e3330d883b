"""`trace` and `gates`, compared with plain loops over the cells and with PyTorch's layers."""

from __future__ import annotations

from dataclasses import replace
from itertools import product
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose
from torch import nn

from gru_core import Experiment, Result, gates, run
from gru_core.forecast.cells import (
    CELLS,
    LayerWeights,
    gru_step,
    gru_textbook_step,
    lstm_step,
    rnn_step,
)
from gru_core.forecast.events import Weights
from gru_core.forecast.trace import trace
from gru_core.forecast.windows import window_scale
from gru_core.training.network import Network

NAMES = {
    "gru": ["z", "r", "n", "h"],
    "gru-textbook": ["z", "r", "n", "h"],
    "lstm": ["i", "f", "g", "o", "c", "h"],
    "rnn": ["h"],
}
STACKED = {"gru": nn.GRU, "lstm": nn.LSTM, "rnn": nn.RNN}
PARAMETERS = ("weight_ih", "weight_hh", "bias_ih", "bias_hh")
VALUES = np.sin(0.7 * np.arange(9))

every_cell = pytest.mark.parametrize("cell", CELLS)


def weights_of(cell: str, layers: int = 2, members: int = 3) -> Weights:
    return Network(cell, 5, layers, seed=4, members=members).weights()


def plain_loop(cell: str, weights: Weights, values: np.ndarray, member: int) -> list[dict]:
    """Layer by layer, value by value, one member alone: name -> (T, hidden) for each layer."""
    inputs, traced = values[:, None], []
    for k in range(2):
        parts = [weights[f"rnn.{name}_l{k}"][member].astype(float) for name in PARAMETERS]
        layer = LayerWeights(parts[0].T, parts[1].T, parts[2], parts[3])
        h, c = np.zeros(5), np.zeros(5)
        rows = []
        for x in inputs:
            if cell == "lstm":
                step = lstm_step(x, h, c, layer)
                h, c = step.h, step.c
                rows.append(list(step))
            elif cell == "rnn":
                h = rnn_step(x, h, layer)
                rows.append([h])
            else:
                step = (gru_step if cell == "gru" else gru_textbook_step)(x, h, layer)
                h = step.h
                rows.append(list(step))
        inputs = np.array([row[-1] for row in rows])
        columns = (np.array(column) for column in zip(*rows, strict=True))
        traced.append(dict(zip(NAMES[cell], columns, strict=True)))
    return traced


@every_cell
def test_every_value_is_that_of_a_plain_loop(cell: str) -> None:
    weights = weights_of(cell)
    traced = trace(cell, weights, VALUES)
    assert [list(layer) for layer in traced] == [NAMES[cell]] * 2
    for member in range(3):
        expected = plain_loop(cell, weights, VALUES, member)
        for ours, layer in zip(traced, expected, strict=True):
            for name, array in layer.items():
                assert ours[name].shape == (9, 3, 5)
                assert ours[name].dtype == np.float64
                assert_allclose(ours[name][:, member], array, rtol=0, atol=1e-14)


@pytest.mark.parametrize("cell", STACKED)
def test_the_hidden_states_are_the_outputs_of_pytorch(cell: str) -> None:
    weights = weights_of(cell)
    traced = trace(cell, weights, VALUES)
    for member in range(3):
        stacked = STACKED[cell](1, 5, 2, batch_first=True).double()
        for name, parameter in stacked.named_parameters():
            parameter.data = torch.from_numpy(weights[f"rnn.{name}"][member]).double()
        with torch.no_grad():
            outputs, last = stacked(torch.from_numpy(VALUES).view(1, -1, 1))
        assert_allclose(traced[-1]["h"][:, member], outputs[0].numpy(), rtol=0, atol=1e-12)
        if cell == "lstm":
            for k, c in enumerate(last[1]):
                assert_allclose(traced[k]["c"][-1, member], c[0].numpy(), rtol=0, atol=1e-12)


@every_cell
def test_runs_side_by_side_equal_runs_alone(cell: str) -> None:
    weights = weights_of(cell)
    runs = np.stack([VALUES, -2 * VALUES, VALUES[::-1]])
    together = trace(cell, weights, runs)
    for b, values in enumerate(runs):
        for layer, alone in zip(together, trace(cell, weights, values), strict=True):
            for name in alone:
                assert_allclose(layer[name][:, :, b], alone[name], rtol=0, atol=1e-14)


@every_cell
@given(cut=st.integers(1, 8))
def test_a_trace_can_be_continued_from_its_last_state(cell: str, cut: int) -> None:
    weights = weights_of(cell)
    whole, first = trace(cell, weights, VALUES), trace(cell, weights, VALUES[:cut])
    parts = ("h", "c") if cell == "lstm" else ("h",)
    state = [np.stack([layer[name][-1] for name in parts]) for layer in first]
    for layer, rest in zip(whole, trace(cell, weights, VALUES[cut:], state), strict=True):
        for name in layer:
            assert_allclose(rest[name], layer[name][cut:], rtol=0, atol=1e-14)


# --- along the forecast of a run


def small(**options: Any) -> Result:
    return run(Experiment(points=80, window=6, hidden_size=4, epochs=3, **options))


@pytest.mark.parametrize(
    ("cell", "feedback", "normalization"),
    list(product(CELLS, ("window", "state"), ("standard", "window"))),
)
def test_the_readout_of_the_traced_state_is_the_forecast(
    cell: str, feedback: str, normalization: str
) -> None:
    result = small(cell=cell, feedback=feedback, normalization=normalization, layers=2, members=2)
    weights = result.checkpoint.kept(result.experiment.keep)[1]
    paths = [readout(result, weights, member) for member in range(2)]
    start = result.parts.forecast_start
    forecast = result.problem.undo(np.mean(paths, axis=0), start)
    assert_allclose(forecast, result.forecast["forecast"], rtol=0, atol=1e-4)


def readout(result: Result, weights: Weights, member: int) -> np.ndarray:
    """The forecast (H,) of one member from its traced states, before normalization is undone."""
    h = gates(result, member)[-1]["h"]
    assert h.shape == (result.parts.horizon, 4)
    values = h @ weights["linear.weight"][member, 0] + weights["linear.bias"][member, 0]
    floor = result.problem.normalization.floor
    if floor is None:
        return values
    window, outputs = result.problem.context, []
    level, scale = window_scale(window, floor)
    for value in values:
        if result.experiment.feedback == "window":
            level, scale = window_scale(window, floor)
        outputs.append(value * scale[0] + level[0])
        window = np.r_[window[1:], outputs[-1]]
    return np.array(outputs)


def test_the_linear_path_is_the_rest_of_the_forecast() -> None:
    result = small(linear_path=True, warm_start=True, difference=1)
    weights = result.checkpoint.kept(result.experiment.keep)[1]
    h = gates(result)[0]["h"]
    read = h @ weights["linear.weight"][0, 0] + weights["linear.bias"][0, 0]
    window, outputs = result.problem.context, []
    for value in read:
        outputs.append(value + weights["path.weight"][0, 0] @ window)
        window = np.r_[window[1:], outputs[-1]]
    forecast = result.problem.undo(np.array(outputs), result.parts.forecast_start)
    assert_allclose(forecast, result.forecast["forecast"], rtol=0, atol=1e-4)


def test_the_first_row_has_read_true_values_only() -> None:
    window, state = (small(feedback=feedback) for feedback in ("window", "state"))
    for result in (window, state):
        weights = result.checkpoint.kept(result.experiment.keep)[1]
        true = trace("gru", weights, result.problem.context)[0]
        for name, array in gates(result)[0].items():
            assert_allclose(array[0], true[name][-1, 0], rtol=0, atol=1e-14)


@pytest.mark.parametrize(("keep", "field"), [("last", "weights"), ("best", "best")])
def test_the_gates_use_the_kept_weights(keep: str, field: str) -> None:
    result = small(keep=keep)
    kept = Network("gru", 4, seed=9).weights()
    result = replace(result, checkpoint=replace(result.checkpoint, **{field: kept}))
    true = trace("gru", kept, result.problem.context)[0]
    assert_allclose(gates(result)[0]["z"][0], true["z"][-1, 0], rtol=0, atol=1e-14)


def test_a_member_that_does_not_exist_is_an_index_error() -> None:
    with pytest.raises(IndexError):
        gates(small(members=2), 2)


@pytest.mark.parametrize("feedback", ["window", "state"])
def test_an_exploding_forecast_is_traced_without_a_warning(feedback: str) -> None:
    result = small(linear_path=True, feedback=feedback)
    kept = result.checkpoint.kept("best")[1]
    kept["path.weight"][:] = 1e30  # in place: the weights that the result keeps
    assert not np.isfinite(result.problem.forecast(result.forecaster)).all()
    z = gates(result)[0]["z"]
    assert z.shape == (result.parts.horizon, 4)
    assert np.isfinite(z[0]).all()
