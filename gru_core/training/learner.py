"""`Learner`: a network in PyTorch that learns batch by batch.

It knows the network, its optimizer and the learning rate. It does not know epochs that are over,
events or the best weights: those are the loop's (see `loop`). The loop uses only what is public
here, in NumPy arrays and plain numbers, and passes each batch from `batches` on to `step`.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from gru_core.forecast.events import Checkpoint, Weights
from gru_core.forecast.parameters import windows_per_block
from gru_core.forecast.problem import Problem
from gru_core.training.device import pick_device
from gru_core.training.network import Network
from gru_core.training.warm_start import solve_readout

__all__ = ["Batch", "Learner"]


class Batch(NamedTuple):
    """What one optimizer step learns from.

    Attributes:
        windows: (B,) which windows of the training part.
        loop_steps: how many fed-back steps are trained through.
        generator: where dropout draws from; all batches of an epoch share it.
    """

    windows: Tensor
    loop_steps: int
    generator: torch.Generator

    @property
    def size(self) -> int:
        """How many windows it has."""
        return len(self.windows)


class Learner:
    """The networks of one run, with Adam and its learning rate schedule.

    Args:
        problem: what is learned.
        resume: go on with these weights and moments.

    Attributes:
        device: where it computes.
        learning_rate: that of the last optimizer step.
        optimizer_steps: how many were made, with those before `resume`.

    Raises:
        OptionError: this machine lacks the device, or `resume` belongs to another network.
    """

    def __init__(self, problem: Problem, resume: Checkpoint | None = None) -> None:
        experiment = problem.experiment
        self.problem = problem
        self._device = pick_device(experiment)
        self.device = str(self._device)
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
        self._inputs, self._targets = map(self._tensor, problem.train)  # (N, W), (N, k)
        self._validation = tuple(map(self._tensor, problem.validation))
        if resume is not None:
            self._network.load(resume.weights)
        self._network.to(self._device)
        self._optimizer = torch.optim.Adam(self._network.parameters(), lr=experiment.learning_rate)
        self.optimizer_steps = 0
        if resume is not None:
            self._restore(resume)
        elif experiment.warm_start:
            training = (self._inputs, self._targets)
            at_once = windows_per_block(experiment)
            solve_readout(self._network, training, self._validation, at_once)
        self._curriculum = experiment.curriculum and resume is None
        self._schedule = self._one_cycle() if experiment.schedule == "one-cycle" else None
        self.learning_rate = experiment.learning_rate

    # --- learning

    def batches(self, epoch: int) -> list[Batch]:
        """The batches of `epoch`, which follow from the seed and the epoch alone.

        So a continued run gets the batches that a run without interruption gets.
        """
        experiment = self.problem.experiment
        generator = torch.Generator().manual_seed(_mixed(experiment.seed, epoch))
        n = len(self._targets)
        order = torch.randperm(n, generator=generator) if experiment.shuffle else torch.arange(n)
        loop_steps = self._loop_steps(epoch)
        parts = torch.split(order, self.problem.batch_size)
        return [Batch(windows, loop_steps, generator) for windows in parts]

    def _loop_steps(self, epoch: int) -> int:
        """How many fed-back steps `epoch` trains through.

        All of them, or with a curriculum fewer: the number rises linearly from 1 and is complete
        half way through the epochs.
        """
        k = self.problem.loop_steps
        if not self._curriculum:
            return k
        share = min(1.0, 2 * epoch / self.problem.experiment.epochs)
        return max(1, round(share * k))

    def step(self, batch: Batch) -> float:
        """Make one optimizer step; return the batch's mean loss before it."""
        self._optimizer.zero_grad()
        inputs = self._inputs[batch.windows]
        targets = self._targets[batch.windows, : batch.loop_steps]
        loss = self._losses(inputs, targets, batch.generator)  # (K,)
        # No member's loss depends on another member. So their sum trains each as if it were alone.
        loss.sum().backward()  # type: ignore[no-untyped-call]
        if self.problem.experiment.clip is not None:
            self._clip(self.problem.experiment.clip)
        self.learning_rate = self._optimizer.param_groups[0]["lr"]
        self._optimizer.step()
        self.optimizer_steps += 1
        if self._schedule is not None:
            self._schedule.step()
        return loss.mean().item()

    def _losses(self, inputs: Tensor, targets: Tensor, generator: torch.Generator) -> Tensor:
        """Each member's mean squared error over windows (B, W) and their targets (B, k): (K,)."""
        windows = inputs.expand(self._network.members, *inputs.shape)
        predictions = self._network.forecast(windows, targets.shape[1], generator)  # (K, B, k)
        return _mean_squares(predictions - targets)

    def _clip(self, longest: float) -> None:
        """Scale each member's gradient down to the length `longest`, as if it were alone."""
        if self._network.members == 1:
            torch.nn.utils.clip_grad_norm_(self._network.parameters(), longest)
            return
        gradients = [p.grad for p in self._network.parameters() if p.grad is not None]
        squares = [g.square().flatten(1).sum(1) for g in gradients]  # (K,) each
        length = torch.stack(squares).sum(0).sqrt()
        factor = (longest / (length + 1e-6)).clamp(max=1.0)  # as torch.nn.utils.clip_grad_norm_
        for gradient in gradients:
            gradient.mul_(factor.view(-1, *[1] * (gradient.dim() - 1)))

    # --- how it does

    @property
    def parameters(self) -> int:
        """How many numbers are learned."""
        return sum(p.numel() for p in self._network.parameters())

    @property
    def finite(self) -> bool:
        """Whether every weight is a finite number."""
        return self._network.finite

    @torch.no_grad()
    def validation_loss(self) -> float:
        """The objective's mean squared error on the validation part; NaN without one."""
        inputs, targets = self._validation
        if not len(targets):
            return math.nan
        members, steps = self._network.members, targets.shape[1]
        blocks = torch.split(inputs, windows_per_block(self.problem.experiment))
        windows = (block.expand(members, *block.shape) for block in blocks)
        predictions = torch.cat([self._network.forecast(x, steps) for x in windows], dim=1)
        return _mean_squares(predictions - targets).mean().item()

    @torch.no_grad()
    def closed_loop(self, should_stop: Callable[[], bool] = lambda: False) -> NDArray[np.float64]:
        """The closed-loop forecast (H,) in float32, computed plainly: one window after the other.

        `Forecaster` computes the same forecast some ten times faster, up to round-off. But a loop
        can amplify round-off to the size of the signal within 100 steps (seen with the lesson's
        recipe). So the forecast that a run reports uses the lesson's very operations.

        `should_stop` is asked before every step. After a stop, the missing values are NaN.
        """
        context = self._tensor(self.problem.context).expand(self._network.members, 1, -1)
        horizon = self.problem.parts.horizon
        values = self._network.forecast(context, horizon, should_stop=should_stop)
        outputs = np.full(horizon, np.nan)
        outputs[: values.shape[-1]] = values[:, 0].mean(dim=0).cpu().numpy()
        return self.problem.undo(outputs, self.problem.parts.forecast_start)

    # --- what is kept of it

    def weights(self) -> Weights:
        """A copy of the weights."""
        return self._network.weights()

    def load(self, weights: Weights) -> None:
        """Take `weights`, as `weights()` gives them."""
        self._network.load(weights)

    def moments(self) -> Weights:
        """A copy of Adam's moments, named `<weight>.exp_avg` and `<weight>.exp_avg_sq`."""
        moments: Weights = {}
        for name, parameter in self._network.named_parameters():
            state = self._optimizer.state.get(parameter, {})
            for moment in ("exp_avg", "exp_avg_sq"):
                if moment in state:
                    moments[f"{name}.{moment}"] = state[moment].detach().cpu().numpy().copy()
        return moments

    def _restore(self, resume: Checkpoint) -> None:
        self.optimizer_steps = resume.optimizer_steps
        if not resume.moments:
            return
        for name, parameter in self._network.named_parameters():
            self._optimizer.state[parameter] = {
                "step": torch.tensor(float(resume.optimizer_steps)),
                "exp_avg": self._tensor(resume.moments[f"{name}.exp_avg"]),
                "exp_avg_sq": self._tensor(resume.moments[f"{name}.exp_avg_sq"]),
            }

    def _one_cycle(self) -> torch.optim.lr_scheduler.OneCycleLR:
        experiment = self.problem.experiment
        total = experiment.epochs * self.problem.steps_per_epoch + 1
        return torch.optim.lr_scheduler.OneCycleLR(
            self._optimizer,
            max_lr=experiment.learning_rate,
            total_steps=total,
            # 0.1 was measured: it reaches a closed-loop RMSE of 0.01 sooner than 0.3. The rate
            # rises for one step at least, as PyTorch divides by the number of rising steps, and
            # 0.1 of 9 steps would be none.
            pct_start=max(0.1, min(1.0, 2 / total)),
            cycle_momentum=False,
        )

    def _tensor(self, values: Any) -> Tensor:
        return torch.from_numpy(np.array(values, dtype=np.float32)).to(self._device)


def _mean_squares(errors: Tensor) -> Tensor:
    """The mean squared error of each member: (K, B, k) -> (K,)."""
    return errors.square().mean(dim=(1, 2))


def _mixed(seed: int, epoch: int) -> int:
    """A seed for one epoch of one run; neighbouring seeds and epochs give unrelated ones."""
    return int(np.random.SeedSequence([seed, epoch]).generate_state(1, np.uint64)[0] >> 1)
