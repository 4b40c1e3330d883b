"""`Experiment.lesson` reproduces the lesson, which stands here as a plain script."""

from __future__ import annotations

from typing import Literal

import numpy as np
import pytest
import torch
from torch import nn

from gru_core import Experiment, run
from tests.lesson import GRUNet

SEED = 7
EPOCHS = 2


def lesson(values: np.ndarray) -> tuple[list[float], list[float]]:
    """The loss that the lesson prints after each epoch, and its closed-loop forecast."""
    torch.manual_seed(SEED)
    model = GRUNet()
    criterion = nn.MSELoss()
    optimizer = torch.optim.Adam(model.parameters(), lr=0.01)
    data = torch.tensor(values, dtype=torch.float32)

    printed = []
    for _ in range(EPOCHS):
        for i in range(len(data) - 10):
            x = data[i : i + 10].view(1, 10, 1)
            y = data[i + 10].view(1, 1)
            optimizer.zero_grad()
            loss = criterion(model(x), y)
            loss.backward()
            optimizer.step()
        printed.append(loss.item())

    loop = data[:10].tolist()
    with torch.no_grad():
        for _ in range(100):
            loop.append(model(torch.tensor(loop[-10:]).view(1, 10, 1)).item())
    return printed, loop[10:]


@pytest.mark.parametrize(("signal", "wave"), [("sine", np.sin), ("cosine", np.cos)])
def test_the_lesson_is_reproduced(signal: Literal["sine", "cosine"], wave: np.ufunc) -> None:
    values = wave(np.linspace(0, 100, 1000))
    with torch.random.fork_rng():
        printed, loop = lesson(values)

    result = run(Experiment.lesson(signal, SEED).replace(epochs=EPOCHS))

    np.testing.assert_array_equal(result.series.values, values)
    np.testing.assert_allclose(result.history["last_loss"], printed, rtol=0, atol=1e-6)
    np.testing.assert_allclose(result.forecast["forecast"], loop, rtol=0, atol=1e-6)
    np.testing.assert_array_equal(result.forecast["actual"], values[10:110])
