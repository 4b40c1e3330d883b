"""Train the networks that echo, and store them: `python -m gru_core.shipped.make_echo`.

It takes about six minutes on one core, because it trains each network from three different starts.
It keeps the middle one, which was neither lucky nor unlucky.

The networks say the first value of a row. In another form of the task, they say the value of d
steps ago at every step. Measured with 16 units and d = 12: the plain RNN was then better than the
GRU (0.1 % and 11 % of the variance were left). A row of values that moves on by one at each step
needs no gate. But to keep one value and to ignore those after it, a gate helps.
"""

from __future__ import annotations

import torch

from gru_core.shipped.echo import (
    CELLS,
    DELAYS,
    FILE,
    Cell,
    EchoNetwork,
    document,
    error_of,
    random_rows,
)
from gru_core.training.network import Network

__all__ = ["HIDDEN_SIZE", "SEEDS", "STEPS", "main", "middle", "train"]

HIDDEN_SIZE = 12
#: How many optimizer steps each network gets, and how many new rows each step reads.
STEPS, BATCH = 3000, 32
#: The highest learning rate, and the longest gradient.
LEARNING_RATE, CLIP = 0.01, 1.0
#: The starts.
SEEDS = (0, 1, 2)
#: How many unseen rows measure the error, and their seed.
UNSEEN, UNSEEN_SEED = 4000, 1


def main() -> None:
    """Train all networks, write the file, and print the error of each."""
    trained = []
    for delay in DELAYS:
        for cell in CELLS:
            trained.append(middle(cell, delay))
            print(f"{cell}, d = {delay}: error {trained[-1].error:.3g}", flush=True)
    FILE.write_text(document(trained), encoding="utf-8")


def middle(cell: Cell, delay: int) -> EchoNetwork:
    """The network with the median error of all starts."""
    networks = [train(cell, delay, seed) for seed in SEEDS]
    return sorted(networks, key=lambda network: network.error)[len(SEEDS) // 2]


def train(cell: Cell, delay: int, seed: int) -> EchoNetwork:
    """Train one network on new random rows at every step, and measure it on unseen rows."""
    network = Network(cell, HIDDEN_SIZE, seed=seed)
    optimizer = torch.optim.Adam(network.parameters(), lr=LEARNING_RATE)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, LEARNING_RATE, total_steps=STEPS + 1)
    generator = torch.Generator().manual_seed(seed)
    for _ in range(STEPS):
        rows = 2 * torch.rand(1, BATCH, delay + 1, generator=generator) - 1
        loss = (network(rows) - rows[..., 0]).square().mean()
        optimizer.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(network.parameters(), CLIP)
        optimizer.step()
        schedule.step()
    weights = network.weights()
    error = error_of(cell, weights, random_rows(delay, UNSEEN, UNSEEN_SEED))
    return EchoNetwork(cell, delay, float(f"{error:.4g}"), weights)


if __name__ == "__main__":
    torch.set_num_threads(1)
    main()
