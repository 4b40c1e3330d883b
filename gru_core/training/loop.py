"""`train`: a plain generator of events. One screen holds the whole loop."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import torch
from numpy.typing import ArrayLike, NDArray
from torch import Tensor

from gru_core.data.series import Series
from gru_core.errors import OptionError
from gru_core.experiment.experiment import Experiment
from gru_core.forecast.events import (
    Checkpoint,
    Diverged,
    EpochEnd,
    Event,
    Finished,
    Forecasted,
    Started,
    StepEnd,
    Stopped,
    Terminal,
    Weights,
)
from gru_core.forecast.forecaster import Forecaster
from gru_core.forecast.problem import Problem, forecast_epochs
from gru_core.training.network import Network
from gru_core.training.warm_start import solve_readout
from gru_core.wording import count

__all__ = ["fit", "pick_device", "train"]


def train(
    experiment: Experiment,
    series: ArrayLike | Series | None = None,
    *,
    should_stop: Callable[[], bool] = lambda: False,
    resume: Checkpoint | None = None,
) -> Iterator[Event]:
    """Train as `experiment` says and tell what happens, in the order that `events` documents.

    Args:
        experiment: what to do.
        series: (N,) the user's own values; by default the experiment's signal.
        should_stop: asked before every optimizer step, so that a stop takes no longer than one.
        resume: go on from here for `experiment.epochs` more epochs.

    Raises:
        OptionError, SeriesError: before the first event, when the experiment does not fit.
    """
    problem = Problem.of(experiment, series)
    device = pick_device(experiment)
    run = _Run(experiment, problem, device, resume)
    yield run.started()
    yield Forecasted(run.epoch, problem.forecast(run.forecaster()), run.checkpoint())
    kept_epochs = forecast_epochs(experiment.epochs, offset=run.epoch)
    began = time.perf_counter()

    first = run.epoch + 1
    for epoch in range(first, first + experiment.epochs):
        losses, sizes = [], []
        batches, loop_steps = run.batches(epoch), run.loop_steps(epoch)
        for step, batch in enumerate(batches, 1):
            if should_stop():
                yield run.end(Stopped, epoch - 1, f"stopped by request in epoch {epoch}")
                return
            loss = run.step(batch, loop_steps)
            if not math.isfinite(loss):
                yield run.end(Diverged, epoch, f"the training loss became {loss} in epoch {epoch}")
                return
            losses.append(loss)
            sizes.append(len(batch))
            yield StepEnd(epoch, step, len(batches), loss)
        train_loss = float(np.average(losses, weights=sizes))
        val_loss = run.validation_loss()
        seconds = time.perf_counter() - began
        yield EpochEnd(epoch, train_loss, val_loss, losses[-1], run.learning_rate, seconds)
        if not run.end_epoch(epoch, train_loss, val_loss):
            yield run.end(Diverged, epoch, f"a weight was no longer finite after epoch {epoch}")
            return
        idle = epoch - max(run.best_epoch, first - 1)
        early = experiment.patience is not None and idle >= experiment.patience
        if epoch in kept_epochs or early:
            yield Forecasted(epoch, problem.forecast(run.forecaster()), run.checkpoint())
        if early:
            reason = f"stopped early: no improvement for {count(idle, 'epoch')}"
            yield run.end(Finished, epoch, reason)
            return
    yield run.end(Finished, run.epoch, "all epochs done")


def fit(problem: Problem, epochs: int, should_stop: Callable[[], bool]) -> Weights | None:
    """Train without telling: the weights after `epochs`, or None if one was no longer finite.

    As `train` with `keep="last"` and no patience, but for the forecasts on the way, which can cost
    more than the training. When `should_stop` says so, the weights are those of that moment.
    """
    run = _Run(problem.experiment, problem, pick_device(problem.experiment), None)
    for epoch in range(1, epochs + 1):
        for batch in run.batches(epoch):
            if should_stop():
                return run.network.weights()
            if not math.isfinite(run.step(batch, run.loop_steps(epoch))):
                return None
        if not run.network.finite:
            return None
    return run.network.weights()


class _Run:
    """The moving parts of one training run: network, optimizer, schedule, and the best so far."""

    def __init__(
        self,
        experiment: Experiment,
        problem: Problem,
        device: torch.device,
        resume: Checkpoint | None,
    ) -> None:
        self.experiment = experiment
        self.problem = problem
        self.device = device
        self.network = Network(
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
        self.inputs, self.targets = map(self._tensor, problem.train)  # (N, W), (N, k)
        self.validation = tuple(map(self._tensor, problem.validation))
        if resume is not None:
            self.network.load(resume.weights)
        self.network.to(device)
        self.optimizer = torch.optim.Adam(self.network.parameters(), lr=experiment.learning_rate)
        self.optimizer_steps = 0
        self.epoch = 0
        self.best_epoch, self.best_loss = 0, math.inf
        if resume is None and experiment.warm_start:
            solve_readout(self.network, (self.inputs, self.targets), self.validation)
            if len(self.validation[1]):
                self.best_loss = self.validation_loss()
        self.best = self.network.weights()
        self.growing = experiment.curriculum and resume is None
        if resume is not None:
            self._restore(resume)
        self.schedule = self._schedule()
        self.learning_rate = experiment.learning_rate

    def started(self) -> Started:
        """The first event."""
        parts = self.problem.parts
        return Started(
            self.epoch,
            self.epoch + self.experiment.epochs,
            sum(p.numel() for p in self.network.parameters()),
            parts.train_windows,
            parts.validation_windows,
            self.problem.steps_per_epoch,
            str(self.device),
            self.problem.notices,
        )

    def batches(self, epoch: int) -> tuple[Tensor, ...]:
        """The indices of each batch of `epoch`; the same for a seed and epoch, continued or not."""
        self.generator = torch.Generator().manual_seed(_mix(self.experiment.seed, epoch))
        n = len(self.targets)
        if self.experiment.shuffle:
            order = torch.randperm(n, generator=self.generator)
        else:
            order = torch.arange(n)
        return torch.split(order, self.problem.batch_size)

    def loop_steps(self, epoch: int) -> int:
        """How many fed-back steps are trained through in `epoch`: all, or with a curriculum fewer.

        A curriculum rises linearly from 1 and is complete half way through the epochs.
        """
        k = self.problem.loop_steps
        if not self.growing:
            return k
        share = min(1.0, 2 * epoch / self.experiment.epochs)
        return max(1, round(share * k))

    def step(self, batch: Tensor, steps: int) -> float:
        """One optimizer step through `steps` of the loop; the batch's mean loss before it."""
        self.optimizer.zero_grad()
        inputs, targets = self.inputs[batch], self.targets[batch, :steps]
        loss = self._losses(inputs, targets, self.generator)  # (K,)
        # The members' gradients do not meet: their sum trains each as if it were alone.
        loss.sum().backward()  # type: ignore[no-untyped-call]
        if self.experiment.clip is not None:
            self._clip(self.experiment.clip)
        self.learning_rate = self.optimizer.param_groups[0]["lr"]
        self.optimizer.step()
        self.optimizer_steps += 1
        if self.schedule is not None:
            self.schedule.step()
        return loss.mean().item()

    @torch.no_grad()
    def validation_loss(self) -> float:
        """The objective's mean squared error on the validation part; NaN without one."""
        inputs, targets = self.validation
        if not len(targets):
            return math.nan
        return self._losses(inputs, targets).mean().item()

    def _losses(
        self, inputs: Tensor, targets: Tensor, generator: torch.Generator | None = None
    ) -> Tensor:
        """Each member's mean squared error over windows (B, W) and their targets (B, k): (K,)."""
        windows = inputs.expand(self.network.members, *inputs.shape)
        predictions = self.network.forecast(windows, targets.shape[1], generator)  # (K, B, k)
        return (predictions - targets).square().mean(dim=(1, 2))

    def _clip(self, most: float) -> None:
        """Scale each member's gradient down to the length `most`, as if it were alone."""
        if self.network.members == 1:
            torch.nn.utils.clip_grad_norm_(self.network.parameters(), most)
            return
        gradients = [p.grad for p in self.network.parameters() if p.grad is not None]
        squares = [g.square().flatten(1).sum(1) for g in gradients]  # (K,) each
        length = torch.stack(squares).sum(0).sqrt()
        factor = (most / (length + 1e-6)).clamp(max=1.0)  # as torch.nn.utils.clip_grad_norm_
        for gradient in gradients:
            gradient.mul_(factor.view(-1, *[1] * (gradient.dim() - 1)))

    def end_epoch(self, epoch: int, train_loss: float, val_loss: float) -> bool:
        """Count the epoch and remember the best weights; False if a weight is not finite."""
        if not self.network.finite:
            return False
        self.epoch = epoch
        # A validation loss that is not finite never counts as an improvement (NaN < x is False).
        loss = val_loss if len(self.validation[1]) else train_loss
        if loss < self.best_loss:
            self.best, self.best_epoch, self.best_loss = self.network.weights(), epoch, loss
        return True

    def forecaster(self) -> Forecaster:
        """The network as it is now, ready to forecast."""
        return self.problem.forecaster(self.network.weights())

    def checkpoint(self) -> Checkpoint:
        """All that is needed to go on from here."""
        moments: Weights = {}
        for name, parameter in self.network.named_parameters():
            state = self.optimizer.state.get(parameter, {})
            for moment in ("exp_avg", "exp_avg_sq"):
                if moment in state:
                    moments[f"{name}.{moment}"] = state[moment].detach().cpu().numpy().copy()
        return self._checkpoint(self.network.weights(), moments, self.optimizer_steps)

    def end(self, kind: type[Terminal], epoch: int, reason: str) -> Terminal:
        """The last event: what is kept, and its forecast."""
        checkpoint = self.checkpoint()
        if kind is Diverged:  # the last weights are of no use
            checkpoint = self._checkpoint(self.best, {}, 0)
        kept_epoch, weights = checkpoint.kept(self.experiment.keep)
        if kind is Diverged:
            kept_epoch = checkpoint.best_epoch
        self.network.load(weights)
        return kind(epoch, checkpoint, kept_epoch, self.closed_loop(), reason)

    @torch.no_grad()
    def closed_loop(self) -> NDArray[np.float64]:
        """The closed-loop forecast (H,) done plainly, one window after the other, in float32.

        `Forecaster` computes the same some ten times faster, to round-off. But a loop can amplify
        round-off to the size of the signal within 100 steps (seen with the lesson's recipe), so
        what a run reports is computed in the very operations that the lesson uses.
        """
        context = self._tensor(self.problem.context).expand(self.network.members, 1, -1)
        values = self.network.forecast(context, self.problem.parts.horizon)[:, 0].mean(dim=0)
        outputs = values.cpu().numpy().astype(np.float64)
        return self.problem.undo(outputs, self.problem.parts.forecast_start)

    def _checkpoint(self, weights: Weights, moments: Weights, steps: int) -> Checkpoint:
        return Checkpoint(
            self.epoch, weights, moments, steps, self.best, self.best_epoch, self.best_loss
        )

    def _restore(self, resume: Checkpoint) -> None:
        self.epoch = resume.epoch
        self.optimizer_steps = resume.optimizer_steps
        self.best, self.best_epoch, self.best_loss = (
            resume.best,
            resume.best_epoch,
            resume.best_loss,
        )
        if not resume.moments:
            return
        for name, parameter in self.network.named_parameters():
            self.optimizer.state[parameter] = {
                "step": torch.tensor(float(resume.optimizer_steps)),
                "exp_avg": self._tensor(resume.moments[f"{name}.exp_avg"]),
                "exp_avg_sq": self._tensor(resume.moments[f"{name}.exp_avg_sq"]),
            }

    def _schedule(self) -> torch.optim.lr_scheduler.OneCycleLR | None:
        if self.experiment.schedule == "constant":
            return None
        total = self.experiment.epochs * self.problem.steps_per_epoch + 1
        return torch.optim.lr_scheduler.OneCycleLR(
            self.optimizer,
            max_lr=self.experiment.learning_rate,
            total_steps=total,
            # 0.1 was measured: it reaches a closed-loop RMSE of 0.01 sooner than 0.3. But it rises
            # for at least one step, as PyTorch divides by the number of those (by 0 of 9 steps).
            pct_start=max(0.1, min(1.0, 2 / total)),
            cycle_momentum=False,
        )

    def _tensor(self, values: Any) -> Tensor:
        return torch.from_numpy(np.array(values, dtype=np.float32)).to(self.device)


def pick_device(experiment: Experiment) -> torch.device:
    """The device that `experiment` asks for.

    Raises:
        OptionError: it was named and this machine does not have it.
    """
    available = {
        "cpu": True,
        "cuda": torch.cuda.is_available(),
        "mps": torch.backends.mps.is_available(),
    }
    if experiment.device == "auto":
        # A small network is bound by the dispatch of many small operations, which a GPU slows.
        large = experiment.hidden_size >= 256
        return torch.device("cuda" if large and available["cuda"] else "cpu")
    if not available[experiment.device]:
        here = ", ".join(name for name, there in available.items() if there)
        raise OptionError(
            f"The device '{experiment.device}' is not available on the machine that trains; it "
            f"has: {here}. Choose one of these, or 'auto'.",
            ("device",),
        )
    return torch.device(experiment.device)


def _mix(seed: int, epoch: int) -> int:
    """A seed of its own for every epoch of every run, well apart from its neighbours'."""
    return int(np.random.SeedSequence([seed, epoch]).generate_state(1, np.uint64)[0] >> 1)
