"""`Forecaster`, compared with the simple loop in PyTorch, which re-encodes every window."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from gru_core.forecast import forecaster as module
from gru_core.forecast.cells import CELLS
from gru_core.forecast.forecaster import Forecaster, patient
from gru_core.training.network import Network

FLOOR = 0.3
networks = st.builds(
    Network,
    cell=st.sampled_from(sorted(CELLS)),
    hidden_size=st.integers(1, 6),
    layers=st.integers(1, 3),
    seed=st.integers(0, 2**53 - 100),
    members=st.integers(1, 3),
    feedback=st.sampled_from(["window", "state"]),
    floor=st.sampled_from([None, FLOOR]),
)


def forecaster_of(network: Network) -> Forecaster:
    return Forecaster(network.cell, network.weights(), network.feedback, network.floor)


def waves(count: int, length: int) -> np.ndarray:
    """Some windows, all different: (count, length)."""
    return 2 * np.sin(np.arange(count)[:, None] + np.arange(length))


@torch.no_grad()
def naive(network: Network, start: np.ndarray, horizon: int) -> np.ndarray:
    """The closed loop in its simplest form, member by member: (K, H)."""
    network = network.double()
    paths = []
    for m in range(network.members):
        alone = Network(network.cell, network.hidden_size, network.layers).double()
        alone.load({name: array[m : m + 1] for name, array in network.weights().items()})
        loop = naive_window if network.feedback == "window" else naive_state
        paths.append(loop(alone, start, horizon, network.floor))
    return np.array(paths)


def units(window: np.ndarray, floor: float | None) -> tuple[float, float]:
    return (0.0, 1.0) if floor is None else (window.mean(), np.hypot(window.std(), floor))


def naive_window(alone: Network, start: np.ndarray, horizon: int, floor: float | None) -> list:
    values = list(start)
    for _ in range(horizon):
        window = np.array(values[-len(start) :])
        level, scale = units(window, floor)
        read = alone(torch.tensor((window - level) / scale).view(1, 1, -1)).item()
        values.append(read * scale + level)
    return values[len(start) :]


def naive_state(alone: Network, start: np.ndarray, horizon: int, floor: float | None) -> list:
    """The carried state equals the state after reading one window that grows with each output."""
    level, scale = units(start, floor)
    values = list((start - level) / scale)
    for _ in range(horizon):
        values.append(alone(torch.tensor(np.array(values)).view(1, 1, -1)).item())
    return [value * scale + level for value in values[len(start) :]]


@given(
    network=networks,
    starts=st.integers(1, 3),
    window=st.sampled_from([1, 2, 7]),
    horizon=st.sampled_from([1, 2, 20]),
)
@settings(max_examples=60)
def test_closed_loop_equals_the_simple_loop(
    network: Network, starts: int, window: int, horizon: int
) -> None:
    contexts = waves(starts, window)
    forecaster = forecaster_of(network)
    expected = np.stack([naive(network, context, horizon) for context in contexts], axis=1)
    np.testing.assert_allclose(forecaster.paths(contexts, horizon), expected, rtol=0, atol=1e-6)
    mean = forecaster.closed_loop(contexts, horizon)
    np.testing.assert_allclose(mean, expected.mean(axis=0), rtol=0, atol=1e-6)


@given(network=networks, window=st.sampled_from([1, 2, 7]), horizon=st.sampled_from([1, 2, 9]))
@settings(max_examples=30)
def test_torch_gives_the_same_forecast(network: Network, window: int, horizon: int) -> None:
    contexts = waves(2, window)
    ours = forecaster_of(network).paths(contexts, horizon)
    x = torch.tensor(contexts).expand(network.members, *contexts.shape)
    with torch.no_grad():
        theirs = network.double().forecast(x, horizon)
    np.testing.assert_allclose(ours, theirs.numpy(), rtol=0, atol=1e-6)


@pytest.mark.parametrize("cell", CELLS)
def test_a_single_start_gives_a_single_forecast(cell: str) -> None:
    forecaster = forecaster_of(Network(cell, 4, 2, 0.0, seed=0))
    contexts = waves(3, 7)
    batch = forecaster.closed_loop(contexts, 20)
    assert batch.shape == (3, 20)
    for context, row in zip(contexts, batch, strict=True):
        np.testing.assert_allclose(forecaster.closed_loop(context, 20), row, rtol=0, atol=1e-6)


@given(network=networks, window=st.sampled_from([1, 2, 7]))
@settings(max_examples=30)
def test_one_step_equals_the_output_of_the_network(network: Network, window: int) -> None:
    inputs = waves(5, window)
    ours = forecaster_of(network).one_step(inputs)
    with torch.no_grad():
        x = torch.tensor(inputs, dtype=torch.float32)
        expected = network(x.expand(network.members, *x.shape)).mean(dim=0)
    np.testing.assert_allclose(ours, expected.numpy(), rtol=0, atol=1e-5)


def test_the_first_closed_loop_step_is_the_one_step_forecast() -> None:
    forecaster = forecaster_of(Network("gru", 4, 1, 0.0, seed=0))
    inputs = waves(5, 7)
    first = forecaster.closed_loop(inputs, 1)[:, 0]
    np.testing.assert_allclose(first, forecaster.one_step(inputs), rtol=0, atol=1e-6)


@pytest.mark.parametrize("feedback", ["window", "state"])
@pytest.mark.parametrize("floor", [None, FLOOR])
@pytest.mark.parametrize("asked", [0, 3, 9, 12, 10_000])
def test_a_stopped_loop_ends_in_nan(feedback: str, floor: float | None, asked: int) -> None:
    """It is asked at every step. What was computed before the stop is the same as without it."""
    network = Network("gru", 4, members=2, feedback=feedback, floor=floor)
    whole = forecaster_of(network).paths(waves(3, 5), 20)
    count = 0

    def should_stop() -> bool:
        nonlocal count
        count += 1
        return count > asked

    stopped = Forecaster("gru", network.weights(), feedback, floor, should_stop)
    paths = stopped.paths(waves(3, 5), 20)
    known = ~np.isnan(paths[0, 0])
    np.testing.assert_array_equal(paths[..., known], whole[..., known])
    assert np.isnan(paths[..., ~known]).all()
    assert not known.any() if asked == 0 else known.all() == (asked == 10_000)
    assert count <= asked + 2 or asked == 10_000


def test_one_step_predictions_stop_too() -> None:
    network = Network("gru", 4)
    stopped = Forecaster("gru", network.weights(), should_stop=lambda: True)
    assert np.isnan(stopped.one_step(waves(3, 5))).all()


def test_a_short_forecast_is_completed_after_a_stop(monkeypatch: pytest.MonkeyPatch) -> None:
    now = 100.0
    monkeypatch.setattr(module.time, "monotonic", lambda: now)
    asked = False
    stop = patient(lambda: asked)
    assert not stop()
    asked = True
    assert not stop()
    now += module.FORECAST_SECONDS
    assert stop()
    asked = False
    assert not stop()
