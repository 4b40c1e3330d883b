"""The lesson's network, as its script has it."""

from __future__ import annotations

from torch import Tensor, nn


class GRUNet(nn.Module):
    """A GRU of 50 units, then a linear map of its last output."""

    def __init__(self) -> None:
        super().__init__()
        self.gru = nn.GRU(1, 50, batch_first=True)
        self.linear = nn.Linear(50, 1)

    def forward(self, x: Tensor) -> Tensor:
        out, _ = self.gru(x)  # (1, 10, 50)
        value: Tensor = self.linear(out[:, -1, :])
        return value
