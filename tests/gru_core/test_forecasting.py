"""`Forecaster` is held to PyTorch running the plain loop: re-encode every window, step by step."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from gru_core.cells import CELLS
from gru_core.forecasting import Forecaster
from gru_core.network import Network

networks = st.builds(
    Network,
    cell=st.sampled_from(sorted(CELLS)),
    hidden_size=st.integers(1, 6),
    layers=st.integers(1, 3),
    dropout=st.just(0.0),
    seed=st.integers(0, 2**53 - 1),
)


def forecaster_of(network: Network) -> Forecaster:
    cell = type(network.layers[0]).__name__.lower()  # nn.GRU -> gru
    return Forecaster(cell, network.weights())


def waves(count: int, length: int) -> np.ndarray:
    """Some windows, all different: (count, length)."""
    return 2 * np.sin(np.arange(count)[:, None] + np.arange(length))


@torch.no_grad()
def naive(network: Network, start: np.ndarray, horizon: int) -> np.ndarray:
    """The closed loop as one would first write it."""
    network = network.double()
    values = list(start)
    for _ in range(horizon):
        window = torch.tensor(values[-len(start) :], dtype=torch.float64)
        values.append(network(window.view(1, -1, 1)).item())
    return np.array(values[len(start) :])


@given(
    network=networks,
    starts=st.integers(1, 3),
    window=st.sampled_from([1, 2, 7]),
    horizon=st.sampled_from([1, 2, 20]),
)
@settings(max_examples=60)
def test_closed_loop_is_the_naive_loop(
    network: Network, starts: int, window: int, horizon: int
) -> None:
    contexts = waves(starts, window)
    ours = forecaster_of(network).closed_loop(contexts, horizon)
    expected = [naive(network, context, horizon) for context in contexts]
    np.testing.assert_allclose(ours, expected, rtol=0, atol=1e-9)


@pytest.mark.parametrize("cell", CELLS)
def test_a_single_start_gives_a_single_forecast(cell: str) -> None:
    forecaster = forecaster_of(Network(cell, 4, 2, 0.0, seed=0))
    contexts = waves(3, 7)
    batch = forecaster.closed_loop(contexts, 20)
    assert batch.shape == (3, 20)
    for context, row in zip(contexts, batch, strict=True):
        np.testing.assert_allclose(forecaster.closed_loop(context, 20), row, rtol=0, atol=1e-12)


@given(network=networks, window=st.sampled_from([1, 2, 7]))
@settings(max_examples=30)
def test_one_step_is_the_network(network: Network, window: int) -> None:
    inputs = waves(5, window)
    ours = forecaster_of(network).one_step(inputs)
    with torch.no_grad():
        expected = network(torch.tensor(inputs, dtype=torch.float32).unsqueeze(-1))
    np.testing.assert_allclose(ours, expected.numpy(), rtol=0, atol=1e-6)


def test_the_first_closed_loop_step_is_the_one_step_forecast() -> None:
    forecaster = forecaster_of(Network("gru", 4, 1, 0.0, seed=0))
    inputs = waves(5, 7)
    first = forecaster.closed_loop(inputs, 1)[:, 0]
    np.testing.assert_allclose(first, forecaster.one_step(inputs), rtol=0, atol=1e-12)
