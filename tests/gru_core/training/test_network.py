"""`Network` has the first weights and the output of PyTorch's own stacked layers."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from gru_core.training.network import Network

STACKED = {"gru": nn.GRU, "lstm": nn.LSTM, "rnn": nn.RNN}
every_network = pytest.mark.parametrize(
    ("cell", "layers"), [(cell, layers) for cell in STACKED for layers in (1, 3)]
)


def reference(cell: str, layers: int, seed: int) -> tuple[nn.Module, nn.Linear]:
    """PyTorch's own layers and readout, made as the lesson makes them."""
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        return STACKED[cell](1, 6, layers, batch_first=True), nn.Linear(6, 1)


@every_network
def test_first_weights_are_those_of_pytorch(cell: str, layers: int) -> None:
    rnn, linear = reference(cell, layers, seed=42)
    expected = {f"rnn.{name}": value for name, value in rnn.named_parameters()}
    expected |= {f"linear.{name}": value for name, value in linear.named_parameters()}

    weights = Network(cell, 6, layers, 0.0, seed=42).weights()

    assert list(weights) == list(expected)
    for name, value in expected.items():
        np.testing.assert_array_equal(weights[name], value.detach().numpy()[None], err_msg=name)


@every_network
def test_output_is_that_of_pytorch(cell: str, layers: int) -> None:
    rnn, linear = reference(cell, layers, seed=1)
    x = torch.randn(5, 7, 1, generator=torch.Generator().manual_seed(0))
    expected = linear(rnn(x)[0][:, -1]).squeeze(-1)

    torch.testing.assert_close(
        Network(cell, 6, layers, 0.0, seed=1)(x.squeeze(-1)[None])[0], expected
    )


@every_network
def test_load_takes_what_weights_gives(cell: str, layers: int) -> None:
    one, other = Network(cell, 6, layers, 0.0, seed=1), Network(cell, 6, layers, 0.0, seed=2)
    x = torch.ones(1, 3, 4)
    assert not torch.equal(one(x), other(x))

    other.load(one.weights())

    assert torch.equal(one(x), other(x))


def test_weights_are_a_copy() -> None:
    network = Network("gru", 6, 1, 0.0, seed=1)
    network.weights()["linear.bias"][:] = 99
    assert network.linear["bias"].item() != 99


class TestDropout:
    x = torch.ones(1, 200, 3)

    def output(self, dropout: float, layers: int = 2, seed: int | None = 0) -> Tensor:
        generator = None if seed is None else torch.Generator().manual_seed(seed)
        with torch.no_grad():
            result: Tensor = Network("gru", 6, layers, dropout, seed=1)(self.x, generator)
        return result

    def test_differs_from_row_to_row_in_training(self) -> None:
        assert len(self.output(0.5).unique()) > 100

    def test_is_off_without_a_generator(self) -> None:
        assert torch.equal(self.output(0.5, seed=None), self.output(0.0))

    def test_is_off_with_one_layer(self) -> None:
        assert torch.equal(self.output(0.5, layers=1), self.output(0.0, layers=1))

    def test_follows_its_generator(self) -> None:
        assert torch.equal(self.output(0.5), self.output(0.5))
        assert not torch.equal(self.output(0.5), self.output(0.5, seed=1))
