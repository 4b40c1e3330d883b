"""The events of a training run. They are frozen, and `train` yields them in this order:

    Started, Forecasted(epoch 0), (StepEnd*, EpochEnd, Forecasted?)*, then exactly one of
    Finished | Stopped | Diverged

A `Saved` comes after a step, and after the events of its epoch's end, when `should_save` asks for
it. A resumed run begins in the middle: its first forecast is left out where it has been made.

Every loss is a mean squared error (MSE) in normalized units.
The web process reads events without torch, so nothing here imports torch.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from gru_core.wording import short_repr

__all__ = [
    "Checkpoint",
    "Diverged",
    "EpochEnd",
    "Event",
    "Finished",
    "Forecasted",
    "Saved",
    "Started",
    "StepEnd",
    "Stopped",
    "Terminal",
    "Weights",
]

#: The parameters of K networks. The names are those of `nn.GRU` and `nn.Linear`:
#: `rnn.weight_ih_l0` (K, 3·hidden, 1), ..., `linear.weight` (K, 1, hidden), `linear.bias` (K, 1).
#: A linear path adds `path.weight` (K, 1, W).
Weights = dict[str, NDArray[np.float32]]


@dataclass(frozen=True, eq=False)
class Checkpoint:
    """Everything that training needs to go on.

    A run makes a plan: `experiment.epochs` more epochs. A checkpoint can be taken after any step of
    the plan. From it, the plan can be resumed, or a new plan can continue; see `train`.

    Attributes:
        epoch: how many epochs are finished.
        weights: the weights now: after `epoch` and the steps of `losses`.
        moments: the moments of Adam, by name.
        optimizer_steps: how many steps Adam has made.
        best: the weights of the best epoch so far.
        best_epoch: that epoch.
        best_loss: its loss, by which it was chosen.
        plan_start: how many epochs were finished when the plan began; 0 for a new run.
        continued: whether the plan continued an earlier run.
        losses: the losses of the steps in the epoch that is not finished.
        generator: the state of the generator that this epoch's dropout draws from; empty if there
            are no such steps.
        lost_epochs: how many of the last epochs of the plan, in a row, had no finite loss to judge
            them by.
        seconds: how long the plan was trained.
    """

    epoch: int
    weights: Weights
    moments: Weights
    optimizer_steps: int
    best: Weights
    best_epoch: int
    best_loss: float
    plan_start: int = 0
    continued: bool = False
    losses: tuple[float, ...] = ()
    generator: NDArray[np.uint8] = field(default_factory=lambda: np.zeros(0, np.uint8))
    lost_epochs: int = 0
    seconds: float = 0.0

    __repr__ = short_repr

    def kept(self, keep: str) -> tuple[int, Weights]:
        """The weights to keep and their epoch; `keep` is `last` or `best`."""
        return (self.epoch, self.weights) if keep == "last" else (self.best_epoch, self.best)


@dataclass(frozen=True)
class Started:
    """Training begins.

    Attributes:
        epoch: how many epochs were made before; 0 for a new run.
        epochs: how many there will be in all, at the end of the plan.
        parameters: how many numbers are learned.
        train_windows, validation_windows: the windows of both parts.
        steps_per_epoch: how many optimizer steps an epoch has.
        device: where training computes, such as `cpu`.
        learner: who computes the steps: `compiled` or `torch`.
        notices: what differs from the options and why, in sentences for the user.
    """

    epoch: int
    epochs: int
    parameters: int
    train_windows: int
    validation_windows: int
    steps_per_epoch: int
    device: str
    learner: str
    notices: tuple[str, ...] = ()

    __repr__ = short_repr


@dataclass(frozen=True)
class StepEnd:
    """One optimizer step was made. `loss` is the loss of its batch before the step."""

    epoch: int
    step: int
    steps: int
    loss: float

    __repr__ = short_repr


@dataclass(frozen=True)
class EpochEnd:
    """An epoch is complete.

    Attributes:
        epoch: its number, from 1.
        train_loss: the mean loss of its windows, each computed before the step that used it.
        val_loss: the validation loss; NaN without a validation part.
        last_loss: the training loss of its last batch.
        learning_rate: the learning rate at its end.
        seconds: the time since the start of training.
    """

    epoch: int
    train_loss: float
    val_loss: float
    last_loss: float
    learning_rate: float
    seconds: float

    __repr__ = short_repr


@dataclass(frozen=True, eq=False)
class Forecasted:
    """The closed-loop forecast `values` (H,) after `epoch`, in data units."""

    epoch: int
    values: NDArray[np.float64]
    checkpoint: Checkpoint | None = None

    __repr__ = short_repr


@dataclass(frozen=True, eq=False)
class Saved:
    """A checkpoint that `should_save` asked for."""

    checkpoint: Checkpoint

    __repr__ = short_repr


@dataclass(frozen=True, eq=False)
class Terminal:
    """Training is over.

    Attributes:
        epoch: how many epochs were made.
        checkpoint: what a resumed or continued training starts from.
        kept_epoch: the epoch of the weights that were kept.
        forecast: the closed-loop forecast (H,) of the kept weights, in data units.
        reason: why training is over, in words.
    """

    epoch: int
    checkpoint: Checkpoint
    kept_epoch: int
    forecast: NDArray[np.float64]
    reason: str

    __repr__ = short_repr


class Finished(Terminal):
    """All epochs were made, or the loss did not improve any more."""


class Stopped(Terminal):
    """`should_stop` asked training to stop."""


class Diverged(Terminal):
    """A loss or a weight was not finite in `epoch`. The best finite weights are kept."""


Event = Started | StepEnd | EpochEnd | Forecasted | Saved | Terminal
