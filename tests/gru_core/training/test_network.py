"""`Network` has the first weights, the output and the gradients of independent stacked layers."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from gru_core.forecast.cells import CELLS
from gru_core.training.network import Network


class TextbookGRU(nn.GRU):
    """`nn.GRU` with the textbook's equations, written gate by gate. PyTorch has no such layer."""

    def forward(self, x: Tensor) -> tuple[Tensor, None]:
        for layer in range(self.num_layers):
            x = torch.stack(list(self.states(x, layer)), dim=1)
        return x, None

    def states(self, x: Tensor, layer: int) -> Iterator[Tensor]:
        """The hidden states (B, hidden) of one layer along its inputs (B, W, in)."""
        names = ("weight_ih", "weight_hh", "bias_ih", "bias_hh")
        (W_r, W_z, W_n), (U_r, U_z, U_n), (b_r, b_z, b_n), (d_r, d_z, d_n) = (
            getattr(self, f"{name}_l{layer}").split(self.hidden_size) for name in names
        )
        h = torch.zeros(len(x), self.hidden_size, dtype=x.dtype)
        for value in x.unbind(1):
            r = torch.sigmoid(value @ W_r.T + b_r + h @ U_r.T + d_r)
            z = torch.sigmoid(value @ W_z.T + b_z + h @ U_z.T + d_z)
            candidate = torch.tanh(value @ W_n.T + b_n + (r * h) @ U_n.T + d_n)
            h = (1 - z) * h + z * candidate
            yield h


STACKED = {"gru": nn.GRU, "gru-textbook": TextbookGRU, "lstm": nn.LSTM, "rnn": nn.RNN}
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


def test_every_cell_has_its_reference() -> None:
    assert set(STACKED) == set(CELLS)


@every_network
@pytest.mark.parametrize("members", [1, 2])
def test_gradients_are_those_of_the_reference(cell: str, layers: int, members: int) -> None:
    x = torch.randn(5, 7, generator=torch.Generator().manual_seed(0))
    network = Network(cell, 6, layers, 0.0, seed=1, members=members).double()
    network(x.double().expand(members, 5, 7)).square().sum().backward()
    for m in range(members):
        rnn, linear = (part.double() for part in reference(cell, layers, seed=1 + m))
        linear(rnn(x.double().unsqueeze(-1))[0][:, -1]).square().sum().backward()
        for name, expected in rnn.named_parameters():
            torch.testing.assert_close(network.rnn[name].grad[m], expected.grad, msg=name)


class Loss(nn.Module):
    """The squared error of a closed loop of three steps, as a function of the parameters."""

    def __init__(self, network: Network) -> None:
        super().__init__()
        self.network = network

    def forward(self, x: Tensor) -> Tensor:
        return (self.network.forecast(x, 3) - 0.5).square().mean()


@pytest.mark.parametrize(
    ("cell", "feedback", "members"), list(product(CELLS, ["window", "state"], [1, 2]))
)
def test_gradients_are_the_slopes_of_the_loss(cell: str, feedback: str, members: int) -> None:
    network = Network(cell, 2, 2, seed=1, members=members, feedback=feedback, path=4, floor=0.2)
    loss = Loss(network.double())
    x = torch.randn(members, 2, 4, generator=torch.Generator().manual_seed(0)).double()
    names, parameters = zip(*loss.named_parameters(), strict=True)

    def of(*values: Tensor) -> Tensor:
        named = dict(zip(names, values, strict=True))
        return torch.func.functional_call(loss, named, (x,))

    assert torch.autograd.gradcheck(of, parameters)


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
