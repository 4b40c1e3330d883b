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
    gru_textbook_step,
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
    step = lstm_step(x.numpy(), h.numpy(), c.numpy(), weights_of(cell))
    expected_h, expected_c = cell(x, (h, c))
    close(step.h, expected_h)
    close(step.c, expected_c)


@given(inputs=sizes, hidden=sizes, batch=sizes, seed=seeds)
def test_lstm_gates_satisfy_the_equations(inputs: int, hidden: int, batch: int, seed: int) -> None:
    cell = seeded(nn.LSTMCell, inputs, hidden, seed)
    x, h, c = (normal(seed + k, batch, n) for k, n in enumerate((inputs, hidden, hidden)))
    step = lstm_step(x.numpy(), h.numpy(), c.numpy(), weights_of(cell))
    squash = {"i": torch.sigmoid, "f": torch.sigmoid, "g": torch.tanh, "o": torch.sigmoid}
    for k, (name, function) in enumerate(squash.items()):
        W, U, b, d = (p.detach()[k * hidden : (k + 1) * hidden] for p in cell.parameters())
        close(getattr(step, name), function(x @ W.T + b + h @ U.T + d))


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


# --- the textbook's GRU


@given(inputs=sizes, hidden=sizes, batch=sizes, seed=seeds)
def test_the_textbook_gates_satisfy_the_equations(
    inputs: int, hidden: int, batch: int, seed: int
) -> None:
    cell = seeded(nn.GRUCell, inputs, hidden, seed)
    x, h = normal(seed, batch, inputs), normal(seed + 1, batch, hidden)

    step = gru_textbook_step(x.numpy(), h.numpy(), weights_of(cell))

    (W_r, W_z, W_n), (U_r, U_z, U_n), (b_r, b_z, b_n), (d_r, d_z, d_n) = (
        p.detach().split(hidden) for p in cell.parameters()
    )
    r = torch.sigmoid(x @ W_r.T + b_r + h @ U_r.T + d_r)
    z = torch.sigmoid(x @ W_z.T + b_z + h @ U_z.T + d_z)
    n = torch.tanh(x @ W_n.T + (r * h) @ U_n.T + (b_n + d_n))
    for ours, expected in zip(step, (z, r, n, (1 - z) * h + z * n), strict=True):
        close(ours, expected)


def turned(weights: LayerWeights) -> LayerWeights:
    """The weights with the update gate turned round: σ(−a) = 1 − σ(a)."""
    size = len(weights.hidden)
    signs = np.repeat([1.0, -1.0, 1.0], size)
    return LayerWeights(*(part * signs for part in weights))


@given(inputs=sizes, hidden=sizes, batch=sizes, seed=seeds)
def test_both_forms_agree_if_each_unit_of_the_candidate_reads_only_itself(
    inputs: int, hidden: int, batch: int, seed: int
) -> None:
    """A diagonal W_hn and r may change places: r ∘ (W_hn h) = W_hn (r ∘ h)."""
    cell = seeded(nn.GRUCell, inputs, hidden, seed)
    with torch.no_grad():
        cell.weight_hh[2 * hidden :] = torch.diag(normal(seed + 2, hidden))
        cell.bias_hh[2 * hidden :] = 0.0
    x, h = normal(seed, batch, inputs), normal(seed + 1, batch, hidden)

    step = gru_textbook_step(x.numpy(), h.numpy(), turned(weights_of(cell)))

    close(step.h, cell(x, h))
    close(1.0 - step.z, torch.from_numpy(gru_step(x.numpy(), h.numpy(), weights_of(cell)).z))


@given(inputs=sizes, hidden=sizes, batch=sizes, seed=seeds)
def test_both_forms_agree_if_nothing_is_reset(
    inputs: int, hidden: int, batch: int, seed: int
) -> None:
    cell = seeded(nn.GRUCell, inputs, hidden, seed)
    with torch.no_grad():
        cell.bias_ih[:hidden] = 1e3  # r is 1
    x, h = normal(seed, batch, inputs), normal(seed + 1, batch, hidden)
    close(gru_textbook_step(x.numpy(), h.numpy(), turned(weights_of(cell))).h, cell(x, h))


def test_the_forms_differ_only_in_the_candidate_and_what_follows() -> None:
    weights = weights_of(seeded(nn.GRUCell, 2, 5, seed=0))
    x, h = normal(0, 3, 2).numpy(), normal(1, 3, 5).numpy()
    after, before = gru_step(x, h, weights), gru_textbook_step(x, h, weights)
    np.testing.assert_allclose(after.r, before.r, rtol=0, atol=1e-12)
    np.testing.assert_allclose(after.z, before.z, rtol=0, atol=1e-12)
    assert np.abs(after.n - before.n).max() > 1e-2


def test_only_the_sum_of_the_two_candidate_biases_counts_in_the_textbook_form() -> None:
    weights = weights_of(seeded(nn.GRUCell, 2, 5, seed=0))
    x, h = normal(0, 3, 2).numpy(), normal(1, 3, 5).numpy()
    moved = np.r_[np.zeros(10), np.full(5, 0.3)]
    other = weights._replace(
        input_bias=weights.input_bias + moved, hidden_bias=weights.hidden_bias - moved
    )
    one, two = gru_textbook_step(x, h, weights), gru_textbook_step(x, h, other)
    np.testing.assert_allclose(one.h, two.h, rtol=0, atol=1e-12)
    assert np.abs(gru_step(x, h, weights).n - gru_step(x, h, other).n).max() > 1e-2


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
