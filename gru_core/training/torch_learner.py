"""`TorchLearner`: the steps are computed by PyTorch's autograd, on any device."""

from __future__ import annotations

from typing import ClassVar

import numpy as np
import torch
from torch import Tensor

from gru_core.forecast.events import Checkpoint, Weights
from gru_core.forecast.parameters import windows_per_block
from gru_core.forecast.problem import Problem
from gru_core.training.learner import Learner, Values
from gru_core.training.schedule import Batch

__all__ = ["TorchLearner"]


class TorchLearner(Learner):
    """Learns with `torch.optim.Adam`. It is the oracle of the compiled steps."""

    kind: ClassVar[str] = "torch"

    def __init__(
        self, problem: Problem, device: torch.device, resume: Checkpoint | None = None
    ) -> None:
        super().__init__(problem, device, resume)
        self._inputs, self._targets = map(self._tensor, self._train)
        self._optimizer = torch.optim.Adam(self._network.parameters())
        if resume is not None and resume.moments:
            for name, parameter in self._network.named_parameters():
                self._optimizer.state[parameter] = {
                    "step": torch.tensor(float(resume.optimizer_steps)),
                    "exp_avg": self._tensor(resume.moments[f"{name}.exp_avg"].copy()),
                    "exp_avg_sq": self._tensor(resume.moments[f"{name}.exp_avg_sq"].copy()),
                }

    def step(self, batch: Batch, rate: float) -> float:
        """See `Learner`."""
        self._optimizer.zero_grad()
        windows = torch.from_numpy(batch.windows)
        targets = self._targets[windows, : batch.loop_steps]
        loss = self._losses(self._inputs[windows], targets, batch.generator)  # (K,)
        # No member's loss depends on another member. So their sum trains each as if it were alone.
        loss.sum().backward()  # type: ignore[no-untyped-call]
        if self.problem.experiment.clip is not None:
            self._clip(self.problem.experiment.clip)
        self._optimizer.param_groups[0]["lr"] = rate
        self._optimizer.step()
        self.optimizer_steps += 1
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

    @torch.no_grad()
    def loss(self, inputs: Values, targets: Values) -> float:
        """See `Learner`."""
        members, steps = self._network.members, targets.shape[1]
        blocks = torch.split(self._tensor(inputs), windows_per_block(self.problem.experiment))
        windows = (block.expand(members, *block.shape) for block in blocks)
        predictions = torch.cat([self._network.forecast(x, steps) for x in windows], dim=1)
        return _mean_squares(predictions - self._tensor(targets)).mean().item()

    def moments(self) -> Weights:
        """See `Learner`."""
        moments: Weights = {}
        for name, parameter in self._network.named_parameters():
            state = self._optimizer.state.get(parameter, {})
            for moment in ("exp_avg", "exp_avg_sq"):
                if moment in state:
                    moments[f"{name}.{moment}"] = state[moment].detach().cpu().numpy().copy()
        return moments

    def _tensor(self, values: Values) -> Tensor:
        return torch.from_numpy(np.asarray(values)).to(self.device)


def _mean_squares(errors: Tensor) -> Tensor:
    """The mean squared error of each member: (K, B, k) -> (K,)."""
    return errors.square().mean(dim=(1, 2))
