"""The NumPy cells, compared with PyTorch's, and the gates, compared with their equations."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import nn

from gru_core.forecast.cells import (
    CELLS,
    LayerWeights,
    gru_step,
    layers_of,
    lstm_step,
    rnn_step,
    sigmoid,
)
from gru_core.training.network import Network

sizes = st.integers(1, 12)
seeds = st.integers(0, 2**32 - 1)


def seeded(make: type[nn.RNNCellBase], inputs: int, hidden: int, seed: int) -> nn.RNNCellBase:
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        return make(inputs, hidden, dtype=torch.float64)


def weights_of(cell: nn.RNNCellBase) -> LayerWeights:
    w_ih, w_hh, b_ih, b_hh = (p.detach().numpy() for p in cell.parameters())
    return LayerWeights(w_ih.T, w_hh.T, b_ih, b_hh)


def normal(seed: int, *shape: int) -> torch.Tensor:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def close(ours: np.ndarray, theirs: torch.Tensor) -> None:
    np.testing.assert_allclose(ours, theirs.detach().numpy(), rtol=0, atol=1e-6)


@given(inputs=sizes, hidden=sizes, batch=sizes, seed=seeds)
def test_gru_step_equals_pytorch(inputs: int, hidden: int, batch: int, seed: int) -> None:
    cell = seeded(nn.GRUCell, inputs, hidden, seed)
    x, h = normal(seed, batch, inputs), normal(seed + 1, batch, hidden)
    close(gru_step(x.numpy(), h.numpy(), weights_of(cell)).h, cell(x, h))


@given(inputs=sizes, hidden=sizes, batch=sizes, seed=seeds)
def test_lstm_step_equals_pytorch(inputs: int, hidden: int, batch: int, seed: int) -> None:
    cell = seeded(nn.LSTMCell, inputs, hidden, seed)
    x, h, c = (normal(seed + k, batch, n) for k, n in enumerate((inputs, hidden, hidden)))
    new_h, new_c = lstm_step(x.numpy(), h.numpy(), c.numpy(), weights_of(cell))
    expected_h, expected_c = cell(x, (h, c))
    close(new_h, expected_h)
    close(new_c, expected_c)


@given(inputs=sizes, hidden=sizes, batch=sizes, seed=seeds)
def test_rnn_step_equals_pytorch(inputs: int, hidden: int, batch: int, seed: int) -> None:
    cell = seeded(nn.RNNCell, inputs, hidden, seed)
    x, h = normal(seed, batch, inputs), normal(seed + 1, batch, hidden)
    close(rnn_step(x.numpy(), h.numpy(), weights_of(cell)), cell(x, h))


@given(hidden=sizes, seed=seeds)
def test_gru_gates_satisfy_the_equations(hidden: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    W_r, W_z, W_n = rng.normal(size=(3, 2, hidden))
    U_r, U_z, U_n = rng.normal(size=(3, hidden, hidden))
    b_r, b_z, b_n, c_r, c_z, c_n = rng.normal(size=(6, hidden))
    x, h = rng.normal(size=2), rng.normal(size=hidden)
    weights = LayerWeights(
        np.hstack([W_r, W_z, W_n]),
        np.hstack([U_r, U_z, U_n]),
        np.hstack([b_r, b_z, b_n]),
        np.hstack([c_r, c_z, c_n]),
    )

    step = gru_step(x, h, weights)

    r = 1 / (1 + np.exp(-(x @ W_r + b_r + h @ U_r + c_r)))
    z = 1 / (1 + np.exp(-(x @ W_z + b_z + h @ U_z + c_z)))
    n = np.tanh(x @ W_n + b_n + r * (h @ U_n + c_n))
    np.testing.assert_allclose(step.r, r, atol=1e-12)
    np.testing.assert_allclose(step.z, z, atol=1e-12)
    np.testing.assert_allclose(step.n, n, atol=1e-12)
    np.testing.assert_allclose(step.h, (1 - z) * n + z * h, atol=1e-12)


def test_sigmoid_does_not_overflow() -> None:
    with np.errstate(all="raise"):
        np.testing.assert_array_equal(sigmoid(np.array([-1e4, 0.0, 1e4])), [0.0, 0.5, 1.0])


@pytest.mark.parametrize("cell", CELLS)
def test_layers_of_finds_every_layer_in_order(cell: str) -> None:
    network = Network(cell, 4, 3, 0.0, seed=0)
    layers = layers_of(network.weights())
    assert len(layers) == 3
    for k, ours in enumerate(layers):
        names = ("weight_ih", "weight_hh", "bias_ih", "bias_hh")
        theirs = [network.rnn[f"{name}_l{k}"].detach().numpy() for name in names]
        for array, expected in zip(ours, theirs, strict=True):
            np.testing.assert_array_equal(array[0], expected.T.reshape(array[0].shape))
            assert array.dtype == np.float64
