"""The plane of the hidden states, held to PyTorch's own layers and to the closed-loop forecast."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from gru_core.experiment.experiment import Experiment
from gru_core.forecast.events import Weights
from gru_core.forecast.problem import Problem
from gru_core.judgement.plane import FEWEST_STEPS, plane, principal_components
from gru_core.training.network import Network

Array = NDArray[np.float64]
BASE = {"points": 150, "hidden_size": 5, "window": 8, "signal": "two-sines"}
TORCH = {"gru": torch.nn.GRU, "lstm": torch.nn.LSTM, "rnn": torch.nn.RNN}


def weights_of(experiment: Experiment, members: int = 1) -> Weights:
    """The first weights of an untrained network."""
    network = Network(experiment.cell, experiment.hidden_size, experiment.layers, members=members)
    return {name: value.detach().numpy() for name, value in network.named_parameters()}


def states_of_pytorch(experiment: Experiment, weights: Weights, windows: Array) -> Array:
    """The last layer's h of the first member after each window (B, W) -> (B, hidden)."""
    layer = TORCH[experiment.cell]
    oracle = layer(1, experiment.hidden_size, experiment.layers, batch_first=True).double()
    oracle.load_state_dict(
        {
            name.removeprefix("rnn."): torch.tensor(value[0])
            for name, value in weights.items()
            if name.startswith("rnn.")
        }
    )
    states: Array = oracle(torch.tensor(windows[..., None]))[0][:, -1].detach().numpy()
    return states


@pytest.mark.parametrize("cell", TORCH)
@pytest.mark.parametrize("layers", [1, 2])
def test_the_fed_run_has_the_states_of_pytorch_after_each_window(cell: str, layers: int) -> None:
    experiment = Experiment(**BASE, cell=cell, layers=layers)
    problem, weights = Problem.of(experiment), weights_of(experiment, members=2)
    made = plane(problem, weights)
    n = problem.parts.n
    windows = problem.context_of(np.arange(n - FEWEST_STEPS, n + 1))
    expected = states_of_pytorch(experiment, weights, windows)
    # A projection on two axes is linear in the states, and it keeps no more than their distances.
    design = np.column_stack([expected, np.ones(len(expected))])
    fitted, *_ = np.linalg.lstsq(design, made.fed, rcond=None)
    np.testing.assert_allclose(design @ fitted, made.fed, rtol=0, atol=1e-5)
    np.testing.assert_allclose(fitted[:-1].T @ fitted[:-1], np.eye(2), rtol=0, atol=1e-3)


OPTIONS = [
    {},
    {"feedback": "state"},
    {"normalization": "window"},
    {"normalization": "window", "feedback": "state"},
    {"difference": 2, "cell": "lstm"},
    {"forecast_start": "end", "horizon": 10},
]


@pytest.mark.parametrize("options", OPTIONS, ids=str)
def test_both_runs_start_in_one_state_and_the_free_one_is_the_forecast(options: Any) -> None:
    experiment = Experiment(**BASE | options)
    problem, weights = Problem.of(experiment), weights_of(experiment)
    made = plane(problem, weights)
    np.testing.assert_allclose(made.fed[0], made.free[0], rtol=0, atol=1e-6)
    assert np.abs(made.fed[5] - made.free[5]).max() > 1e-6  # true values are not own values
    start = problem.parts.n - FEWEST_STEPS
    assert len(made.truth) == FEWEST_STEPS + 1
    expected = problem.forecast_from(problem.forecaster(weights), start, len(made.values))
    np.testing.assert_allclose(made.values, expected, rtol=0, atol=1e-4)
    np.testing.assert_array_equal(made.truth[:-1], problem.series.values[start:])


@pytest.mark.parametrize("feedback", ["window", "state"])
def test_the_output_is_read_from_the_states_that_are_drawn(feedback: str) -> None:
    # With two units the plane is a turned copy of the states, so the readout is linear in it.
    experiment = Experiment(**BASE | {"hidden_size": 2, "feedback": feedback})
    made = plane(Problem.of(experiment), weights_of(experiment))
    assert made.share == pytest.approx(1.0)
    design = np.column_stack([made.free, np.ones(len(made.free))])
    fitted, *_ = np.linalg.lstsq(design, made.values, rcond=None)
    np.testing.assert_allclose(design @ fitted, made.values, rtol=0, atol=1e-4)


def test_the_share_is_the_part_of_the_variance() -> None:
    points = np.random.default_rng(1).normal(size=(200, 4)) * [5.0, 3.0, 1.0, 0.1] + 7.0
    projected, share = principal_components(points)
    variances = np.sort(np.linalg.eigvalsh(np.cov(points.T)))[::-1]
    assert share == pytest.approx(variances[:2].sum() / variances.sum())
    np.testing.assert_allclose(np.cov(projected.T), np.diag(variances[:2]), rtol=0, atol=1e-10)


def test_one_unit_and_equal_states_have_a_plane_too() -> None:
    projected, share = principal_components(np.array([[1.0], [2.0], [4.0]]))
    assert share == 1.0
    assert projected[:, 1].tolist() == [0.0] * 3
    assert principal_components(np.ones((4, 3)))[1] == 1.0


def test_a_run_that_explodes_ends_where_it_is_no_longer_finite() -> None:
    experiment = Experiment(**BASE | {"linear_path": True})
    weights = weights_of(experiment)
    weights["path.weight"] = np.full((1, 1, 8), 1e4, np.float32)
    made = plane(Problem.of(experiment), weights)
    assert 1 <= len(made.free) == len(made.values) < len(made.fed)
    assert np.isfinite(made.free).all()
