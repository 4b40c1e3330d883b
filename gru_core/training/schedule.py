"""`Schedule`: what each optimizer step learns from, and at which rate."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray

from gru_core.forecast.problem import Problem

__all__ = ["Batch", "OneCycle", "Schedule"]

#: The share of the steps in which a one-cycle rate rises. It was measured: 0.1 reaches a
#: closed-loop RMSE of 0.01 sooner than PyTorch's 0.3.
RISE = 0.1
#: A one-cycle rate begins at the peak divided by START, and ends at that divided by END.
#: These are PyTorch's values.
START, END = 25.0, 1e4


class Batch(NamedTuple):
    """What one optimizer step learns from.

    Attributes:
        windows: (B,) which windows of the training part.
        loop_steps: how many fed-back steps are trained through.
        generator: where dropout draws from; all batches of an epoch share it.
    """

    windows: NDArray[np.int64]
    loop_steps: int
    generator: torch.Generator


class Schedule:
    """The batches of each epoch, and the learning rate of each step.

    All of it follows from the experiment, the seed and the epoch. So a run that goes on gets the
    batches that a run without interruption gets.

    Args:
        continued: whether the plan continues an earlier run. The curriculum is then over.

    Attributes:
        sizes: how many windows each batch of an epoch has.
    """

    def __init__(self, problem: Problem, continued: bool = False) -> None:
        experiment = problem.experiment
        self._problem, self._experiment = problem, experiment
        self._curriculum = experiment.curriculum and not continued
        n, most = problem.trained_windows, problem.batch_size
        self.sizes = [min(most, n - first) for first in range(0, n, most)]
        self._cycle: OneCycle | None = None
        if experiment.schedule == "one-cycle":
            steps = experiment.epochs * problem.steps_per_epoch
            self._cycle = OneCycle(experiment.learning_rate, steps)

    def batches(self, epoch: int) -> list[Batch]:
        """The batches of `epoch`."""
        problem, experiment = self._problem, self._experiment
        generator = torch.Generator().manual_seed(_mixed(experiment.seed, epoch))
        n = problem.trained_windows
        order = torch.randperm(n, generator=generator) if experiment.shuffle else torch.arange(n)
        windows, size, loop_steps = order.numpy(), problem.batch_size, self._loop_steps(epoch)
        return [
            Batch(windows[first : first + size], loop_steps, generator)
            for first in range(0, n, size)
        ]

    def rate(self, step: int) -> float:
        """The learning rate of step number `step` of this plan, from 0."""
        return self._experiment.learning_rate if self._cycle is None else self._cycle(step)

    def _loop_steps(self, epoch: int) -> int:
        """How many fed-back steps `epoch` trains through.

        All of them, or with a curriculum fewer: the number rises linearly from 1 and is complete
        half way through the epochs.
        """
        k = self._problem.loop_steps
        if not self._curriculum:
            return k
        share = min(1.0, 2 * epoch / self._experiment.epochs)
        return max(1, round(share * k))


class OneCycle:
    """A learning rate that rises along a cosine to `peak`, then falls along one to almost zero.

    Source: Smith & Topin 2018 (arXiv 1708.07120), as in `torch.optim.lr_scheduler.OneCycleLR`
    with `pct_start=0.1` and one step more than `steps`. It gives the same bits.
    """

    def __init__(self, peak: float, steps: int) -> None:
        self._peak = peak
        self._start = peak / START
        self._end = self._start / END
        self._last = steps
        # The rate rises for one step at least: 0.1 of 9 steps would be none.
        self._top = max(RISE, min(1.0, 2 / (steps + 1))) * (steps + 1) - 1

    def __call__(self, step: int) -> float:
        """The rate of step number `step`, from 0."""
        if step <= self._top:
            return _cosine(self._start, self._peak, step / self._top)
        return _cosine(self._peak, self._end, (step - self._top) / (self._last - self._top))


def _cosine(start: float, end: float, share: float) -> float:
    """From `start` to `end` along half a cosine."""
    return end + (start - end) / 2.0 * (math.cos(math.pi * share) + 1)


def _mixed(seed: int, epoch: int) -> int:
    """A seed for one epoch of one run; neighbouring seeds and epochs give unrelated ones."""
    return int(np.random.SeedSequence([seed, epoch]).generate_state(1, np.uint64)[0] >> 1)
