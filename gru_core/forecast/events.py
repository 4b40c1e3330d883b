"""What `train` says while it works: frozen events, in a documented order.

    Started, Forecasted(epoch 0), (StepEnd*, EpochEnd, Forecasted?)*, then exactly one of
    Finished | Stopped | Diverged

Every loss is a mean squared error in the normalized units that the network sees.
Nothing here imports torch, so that the web process can read events.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

__all__ = [
    "Checkpoint",
    "Diverged",
    "EpochEnd",
    "Event",
    "Finished",
    "Forecasted",
    "Started",
    "StepEnd",
    "Stopped",
    "Terminal",
    "Weights",
]

#: The parameters of K networks by the names that `nn.GRU` and `nn.Linear` give them:
#: `rnn.weight_ih_l0` (K, 3·hidden, 1), ..., `linear.weight` (K, 1, hidden), `linear.bias` (K, 1);
#: with a linear path also `path.weight` (K, 1, W).
Weights = dict[str, NDArray[np.float32]]


@dataclass(frozen=True, eq=False)
class Checkpoint:
    """All that is needed to go on training: the last weights, Adam's moments, the best weights.

    `best_loss` is the loss by which `best` was chosen, and `best_epoch` the epoch it came from.
    """

    epoch: int
    weights: Weights
    moments: Weights
    optimizer_steps: int
    best: Weights
    best_epoch: int
    best_loss: float

    def kept(self, keep: str) -> tuple[int, Weights]:
        """The epoch and the weights that an experiment with this `keep` ends with."""
        return (self.epoch, self.weights) if keep == "last" else (self.best_epoch, self.best)


@dataclass(frozen=True)
class Started:
    """Training begins after `epoch` finished epochs (0, unless it is continued)."""

    epoch: int
    epochs: int
    parameters: int
    train_windows: int
    validation_windows: int
    steps_per_epoch: int
    device: str
    notices: tuple[str, ...] = ()


@dataclass(frozen=True)
class StepEnd:
    """One optimizer step was made; `loss` is that batch's, before the step."""

    epoch: int
    step: int
    steps: int
    loss: float


@dataclass(frozen=True)
class EpochEnd:
    """An epoch is complete.

    `train_loss` is the mean over its windows, each taken before the step that used it;
    `last_loss` that of the last batch; `val_loss` is NaN without a validation part;
    `seconds` counts from the start of training.
    """

    epoch: int
    train_loss: float
    val_loss: float
    last_loss: float
    learning_rate: float
    seconds: float


@dataclass(frozen=True, eq=False)
class Forecasted:
    """The closed-loop forecast `values` (H,) of the weights after `epoch`, in the data's units."""

    epoch: int
    values: NDArray[np.float64]
    checkpoint: Checkpoint | None = None


@dataclass(frozen=True, eq=False)
class Terminal:
    """Training is over after `epoch` epochs, and why, in words.

    `forecast` (H,) is that of the weights kept, those of `kept_epoch`, in the data's units.
    """

    epoch: int
    checkpoint: Checkpoint
    kept_epoch: int
    forecast: NDArray[np.float64]
    reason: str


class Finished(Terminal):
    """All epochs were made, or nothing improved any more."""


class Stopped(Terminal):
    """`should_stop` said so."""


class Diverged(Terminal):
    """A loss or a weight was no longer finite in `epoch`; the best finite weights are kept."""


Event = Started | StepEnd | EpochEnd | Forecasted | Terminal
