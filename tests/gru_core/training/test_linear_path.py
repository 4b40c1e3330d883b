"""The linear path from the window to the output: in PyTorch, in NumPy, solved and trained."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
import torch

from gru_core import Experiment, run
from gru_core.engine.cost import estimate
from gru_core.errors import OptionError
from gru_core.forecast.cells import CELLS
from gru_core.forecast.forecaster import Forecaster
from gru_core.forecast.problem import Problem
from gru_core.training.network import Network

W = 7
#: A cycle of jumps: hard for a smooth map, easy for a linear model.
SQUARE = np.where(np.arange(150) % 12 < 6, 1.0, -1.0)


def with_path(cell: str = "gru", members: int = 1, **options: object) -> Network:
    network = Network(cell, 5, 2, 0.0, seed=1, members=members, path=W, **options)  # type: ignore[arg-type]
    with torch.no_grad():
        network.path["weight"].uniform_(-0.3, 0.3, generator=torch.Generator().manual_seed(2))
    return network


def contexts(count: int) -> torch.Tensor:
    phases = np.arange(count)[:, None]
    return torch.tensor(np.sin(0.5 * np.arange(W) + phases), dtype=torch.float32)


@pytest.mark.parametrize("cell", CELLS)
def test_the_path_adds_a_linear_map_of_the_window(cell: str) -> None:
    network, plain = with_path(cell), Network(cell, 5, 2, 0.0, seed=1)
    x = contexts(4)[None]
    with torch.no_grad():
        expected = plain(x)[0] + x[0] @ network.path["weight"][0, 0]
        torch.testing.assert_close(network(x)[0], expected)


@pytest.mark.parametrize("cell", CELLS)
def test_the_first_weights_of_the_path_are_zero(cell: str) -> None:
    x = contexts(4)[None]
    with torch.no_grad():
        torch.testing.assert_close(Network(cell, 5, path=W)(x), Network(cell, 5)(x), rtol=0, atol=0)


@pytest.mark.parametrize(
    ("feedback", "floor", "members"),
    list(itertools.product(("window", "state"), (None, 0.1), (1, 3))),
)
@pytest.mark.parametrize("cell", CELLS)
def test_numpy_and_torch_forecast_the_same(
    cell: str, feedback: str, floor: float | None, members: int
) -> None:
    network = with_path(cell, members, feedback=feedback, floor=floor)
    x = contexts(3)
    with torch.no_grad():
        theirs = network.double().forecast(x.double().expand(members, *x.shape), 15)
    forecaster = Forecaster(cell, network.weights(), feedback, floor)
    ours = forecaster.paths(x.numpy().astype(float), 15)
    np.testing.assert_allclose(ours, theirs.numpy(), rtol=0, atol=1e-5)
    np.testing.assert_allclose(
        forecaster.one_step(x.numpy().astype(float)), theirs[..., 0].mean(0).numpy(), atol=1e-5
    )


def error_of(**options: object) -> float:
    experiment = Experiment(
        signal="own", window=12, warm_start=True, epochs=1, hidden_size=16, **options
    )
    return run(experiment, SQUARE).scores["mae"]


def test_a_solved_path_repeats_jumps_that_no_smooth_map_can() -> None:
    assert error_of(linear_path=True) < 0.05 < 0.3 < error_of()


def test_the_path_is_trained() -> None:
    experiment = Experiment(points=120, epochs=3, hidden_size=4, linear_path=True, members=2)
    weights = run(experiment).checkpoint.weights["path.weight"]
    assert weights.shape == (2, 1, 10)
    assert np.abs(weights).min() > 0


def test_a_network_with_a_path_can_be_resumed() -> None:
    experiment = Experiment(points=120, epochs=2, hidden_size=4, linear_path=True)
    first = run(experiment)
    assert run(experiment, resume=first).checkpoint.epoch == 4
    with pytest.raises(OptionError, match="linear path"):
        run(experiment.replace(linear_path=False), resume=first)


def test_the_parameters_of_the_path_are_counted() -> None:
    plain = Experiment(points=120, members=2)
    more = estimate(Problem.of(plain.replace(linear_path=True))).parameters
    assert more - estimate(Problem.of(plain)).parameters == 2 * plain.window
