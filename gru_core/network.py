"""The network in PyTorch: recurrent layers, then a linear readout of the last hidden state.

Only `training` imports this module: torch stays out of the web process.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn

from gru_core.errors import OptionError
from gru_core.events import Weights

__all__ = ["Network"]

_LAYERS = {"gru": nn.GRU, "lstm": nn.LSTM, "rnn": nn.RNN}


class Network(nn.Module):
    """`layers` of `cell`, read out by one linear map: windows (B, W, 1) -> next values (B,).

    Its parameters are drawn from a local generator seeded with `seed`, in the order and from the
    distributions of PyTorch's own initialisation, so they equal those of `nn.GRU(1, hidden_size,
    layers, batch_first=True)` followed by `nn.Linear(hidden_size, 1)` made right after
    `torch.manual_seed(seed)`, while nothing global is seeded. The layers stand apart, rather than
    in one stacked `nn.GRU`, because that one draws its dropout from the global generator.
    """

    def __init__(self, cell: str, hidden_size: int, layers: int, dropout: float, seed: int) -> None:
        super().__init__()
        make = _LAYERS[cell]
        self.layers = nn.ModuleList(
            make(1 if k == 0 else hidden_size, hidden_size, batch_first=True, device="meta")
            for k in range(layers)
        )
        self.linear = nn.Linear(hidden_size, 1, device="meta")
        self.to_empty(device="cpu")  # made without values: the constructors would draw globally
        self.dropout = dropout
        generator = torch.Generator().manual_seed(seed)
        bound = 1.0 / math.sqrt(hidden_size)
        for layer in self.layers:
            for parameter in layer.parameters():
                nn.init.uniform_(parameter, -bound, bound, generator=generator)
        # What nn.Linear does: kaiming_uniform with a = √5 is U(−1/√fan_in, 1/√fan_in).
        nn.init.kaiming_uniform_(self.linear.weight, a=math.sqrt(5), generator=generator)
        nn.init.uniform_(self.linear.bias, -bound, bound, generator=generator)

    def forward(self, x: Tensor, generator: torch.Generator | None = None) -> Tensor:
        """(B, W, 1) -> (B,). With a `generator`, dropout acts between layers (training)."""
        for k, layer in enumerate(self.layers):
            if k and generator is not None and self.dropout:
                kept = 1.0 - self.dropout
                mask = torch.empty(x.shape).bernoulli_(kept, generator=generator)
                x = x * (mask / kept).to(x.device)
            x, _ = layer(x)  # (B, W, hidden)
        value: Tensor = self.linear(x[:, -1]).squeeze(-1)
        return value

    def weights(self) -> Weights:
        """A copy of all parameters as NumPy arrays, named as in one stacked `nn.GRU`."""
        return {
            self._public(name): tensor.detach().cpu().numpy().copy()
            for name, tensor in self.named_parameters()
        }

    def load(self, weights: Weights) -> None:
        """Take the parameters from `weights`, as `weights()` gives them.

        Raises:
            OptionError: they are those of another kind of network.
        """
        mine = {self._public(name): tuple(p.shape) for name, p in self.named_parameters()}
        if mine != {name: array.shape for name, array in weights.items()}:
            raise OptionError(
                "These weights belong to another network: cell, hidden size and layers must be "
                "those that it was trained with. Set them so, or train anew.",
                ("cell", "hidden_size", "layers"),
            )
        with torch.no_grad():
            for name, tensor in self.named_parameters():
                tensor.copy_(torch.from_numpy(weights[self._public(name)]))

    @staticmethod
    def _public(name: str) -> str:
        """layers.1.weight_ih_l0 -> rnn.weight_ih_l1."""
        if not name.startswith("layers."):
            return name
        _, k, parameter = name.split(".")
        return f"rnn.{parameter[:-1]}{k}"
