"""`Learner`: a network that learns batch by batch, whoever computes the steps.

It knows the network and Adam's moments. It does not know epochs, rates, events or the best weights:
those are the loop's (see `loop` and `schedule`). The loop uses only what is public here.
"""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import ClassVar

import numpy as np
import torch
from numpy.typing import NDArray

from gru_core.errors import OptionError
from gru_core.forecast.events import Checkpoint, Weights
from gru_core.forecast.parameters import windows_per_block
from gru_core.forecast.problem import Problem
from gru_core.training.network import Network
from gru_core.training.schedule import Batch
from gru_core.training.warm_start import solve_readout

__all__ = ["Learner", "Values"]

Values = NDArray[np.float32]

Stop = Callable[[], bool]


class Learner(ABC):
    """The networks of one run. See `choose` for the two kinds.

    Args:
        problem: what is learned.
        device: where the network is.
        resume: go on with these weights and moments.

    Attributes:
        kind: who computes the steps: `compiled` or `torch`.
        problem: what is learned.
        device: where it computes.
        optimizer_steps: how many steps were made, with those before `resume`.

    Raises:
        OptionError: `resume` belongs to another network, or is damaged.
    """

    kind: ClassVar[str]

    def __init__(
        self, problem: Problem, device: torch.device, resume: Checkpoint | None = None
    ) -> None:
        experiment = problem.experiment
        self.problem = problem
        self.device = str(device)
        self._network = Network(
            experiment.cell,
            experiment.hidden_size,
            experiment.layers,
            experiment.dropout,
            experiment.seed,
            members=experiment.members,
            feedback=experiment.feedback,
            floor=problem.normalization.floor,
            path=problem.parts.window if experiment.linear_path else None,
        )
        self._train = _single(problem.train)  # (N, W), (N, k)
        self._validation = _single(problem.validation)
        self.optimizer_steps = 0
        if resume is not None:
            self._network.load(resume.weights)
            _check_moments(resume)
            self.optimizer_steps = resume.optimizer_steps
        self._network.to(device)
        if resume is None and experiment.warm_start:
            training, validation = (
                tuple(torch.from_numpy(values).to(device) for values in part)
                for part in (self._train, self._validation)
            )
            solve_readout(self._network, training, validation, windows_per_block(experiment))

    # --- learning

    @abstractmethod
    def step(self, batch: Batch, rate: float) -> float:
        """Make one step of Adam at this learning rate; return the mean loss before it."""

    @abstractmethod
    def loss(self, inputs: Values, targets: Values) -> float:
        """The mean squared error over windows (N, W) and their targets (N, k)."""

    def validation_loss(self) -> float:
        """The objective's mean squared error on the validation part; NaN without one."""
        inputs, targets = self._validation
        return self.loss(inputs, targets) if len(targets) else math.nan

    # --- forecasts

    def glance(self, should_stop: Stop = lambda: False) -> NDArray[np.float64]:
        """The closed-loop forecast (H,) of the weights as they are now, computed fast.

        After a stop, the missing values are NaN.
        """
        return self.problem.forecast(self.problem.forecaster(self.weights(), should_stop))

    @torch.no_grad()
    def closed_loop(self, should_stop: Stop = lambda: False) -> NDArray[np.float64]:
        """The closed-loop forecast (H,) in float32, computed plainly: one window after the other.

        `glance` computes the same forecast some ten times faster, up to round-off. But a loop can
        amplify round-off to the size of the signal within 100 steps (seen with the lesson's
        recipe). So the forecast that a run reports uses the lesson's very operations.

        `should_stop` is asked before every step. After a stop, the missing values are NaN.
        """
        context = torch.from_numpy(self.problem.context.astype(np.float32)).to(self.device)
        horizon = self.problem.parts.horizon
        windows = context.expand(self._network.members, 1, -1)
        values = self._network.forecast(windows, horizon, should_stop=should_stop)
        outputs = np.full(horizon, np.nan)
        outputs[: values.shape[-1]] = values[:, 0].mean(dim=0).cpu().numpy()
        return self.problem.undo(outputs, self.problem.parts.forecast_start)

    # --- what it is

    @property
    def parameters(self) -> int:
        """How many numbers are learned."""
        return sum(p.numel() for p in self._network.parameters())

    @property
    def finite(self) -> bool:
        """Whether every weight is a finite number."""
        return all(np.isfinite(values).all() for values in self.weights().values())

    def weights(self) -> Weights:
        """A copy of the weights."""
        return self._network.weights()

    def load(self, weights: Weights) -> None:
        """Take `weights`, as `weights()` gives them."""
        self._network.load(weights)

    @abstractmethod
    def moments(self) -> Weights:
        """A copy of Adam's moments, named `<weight>.exp_avg` and `<weight>.exp_avg_sq`.

        Before the first step there are none.
        """


def _check_moments(resume: Checkpoint) -> None:
    """Raise an error if the moments are not those of the weights. There are none at the start."""
    theirs = {name: array.shape for name, array in resume.moments.items()}
    both = ("exp_avg", "exp_avg_sq")
    mine = {f"{name}.{m}": array.shape for name, array in resume.weights.items() for m in both}
    if theirs and theirs != mine:
        raise OptionError(
            "This checkpoint is damaged: its moments do not belong to its weights. Train anew."
        )


def _single(part: tuple[NDArray[np.float64], NDArray[np.float64]]) -> tuple[Values, Values]:
    """Windows and targets in single precision, each in one block of memory."""
    inputs, targets = (np.ascontiguousarray(values, dtype=np.float32) for values in part)
    return inputs, targets
