"""`RunState`: how far a run is in its plan, and what it has to remember on the way."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator
from dataclasses import replace

import numpy as np
import torch

from gru_core.errors import OptionError
from gru_core.forecast.events import (
    Checkpoint,
    Diverged,
    Finished,
    Forecasted,
    Started,
    StepEnd,
    Stopped,
    Terminal,
)
from gru_core.forecast.forecaster import patient
from gru_core.forecast.problem import Problem, forecast_epochs
from gru_core.training.learner import Learner
from gru_core.training.schedule import Schedule
from gru_core.wording import count

__all__ = ["RunState", "steps_of"]


def steps_of(
    learner: Learner,
    schedule: Schedule,
    epochs: range,
    should_stop: Callable[[], bool],
    resume: Checkpoint | None = None,
) -> Iterator[tuple[StepEnd, torch.Generator, float]]:
    """Make all optimizer steps of `epochs`, until `should_stop` says so.

    Yields each step with the generator that its dropout has drawn from and with its learning rate.

    Args:
        resume: the steps of its unfinished epoch, which is the first of `epochs`, are left out.
            Those of the plan's finished epochs count for the learning rate.
    """
    skipped = made = 0
    if resume is not None:
        skipped = len(resume.losses)
        made = (resume.epoch - resume.plan_start) * len(schedule.sizes) + skipped
    for epoch in epochs:
        batches = schedule.batches(epoch)
        if skipped:
            assert resume is not None
            batches[0].generator.set_state(torch.from_numpy(resume.generator.copy()))
        for step, batch in enumerate(batches[skipped:], skipped + 1):
            if should_stop():
                return
            rate = schedule.rate(made)
            loss = learner.step(batch, rate)
            made += 1
            yield StepEnd(epoch, step, len(batches), loss), batch.generator, rate
        skipped = 0


class RunState:
    """A run's way through its plan: the epochs and steps that are over, and the best weights.

    Args:
        resume: where to go on. By default, a new run begins.
        finish: resume the plan of `resume`. Otherwise its run continues with a new plan.

    Attributes:
        epoch: how many epochs are finished.
        last_epoch: how many there are at the end of the plan.

    Raises:
        OptionError: `resume` is not a place in the plan.
    """

    def __init__(
        self,
        learner: Learner,
        resume: Checkpoint | None,
        should_stop: Callable[[], bool],
        *,
        finish: bool = False,
    ) -> None:
        self.learner, self.problem, self._should_stop = learner, learner.problem, should_stop
        self._from = self._first() if resume is None else resume
        if finish:
            _check_place(self._from, self.problem)
        elif resume is not None:  # a new plan, from the last finished epoch
            self._from = replace(
                resume,
                plan_start=resume.epoch,
                continued=True,
                losses=(),
                lost_epochs=0,
                seconds=0.0,
            )
        start = self._from
        self.epoch, self._plan_start = start.epoch, start.plan_start
        self._best, self._best_epoch = start.best, start.best_epoch
        self._best_loss = start.best_loss
        self._lost_epochs = start.lost_epochs
        self._losses = list(start.losses)  # of the steps in the epoch that is not finished
        self._generator: torch.Generator | None = None  # of that epoch
        experiment = self.problem.experiment
        self.last_epoch = start.plan_start + experiment.epochs
        self._forecast_epochs = forecast_epochs(experiment.epochs, offset=start.plan_start)
        self._schedule = Schedule(self.problem, continued=start.continued)
        self._began = time.perf_counter() - start.seconds

    def _first(self) -> Checkpoint:
        """The beginning of a new run. A warm start can be better than all later epochs."""
        weights, best_loss = self.learner.weights(), math.inf
        if self.problem.experiment.warm_start and self.problem.parts.validation_windows:
            best_loss = self.learner.validation_loss()
        return Checkpoint(0, weights, {}, 0, weights, 0, best_loss)

    def steps(self) -> Iterator[tuple[StepEnd, torch.Generator, float]]:
        """Make the steps that are left of the plan; see `steps_of`."""
        epochs = range(self.epoch + 1, self.last_epoch + 1)
        if self.ends_early:
            return
        yield from steps_of(self.learner, self._schedule, epochs, self._should_stop, self._from)

    # --- what happens

    def end_step(self, loss: float, generator: torch.Generator) -> None:
        """Remember the step."""
        self._losses.append(loss)
        self._generator = generator

    def end_epoch(self, epoch: int, train_loss: float, val_loss: float) -> None:
        """Count the epoch, and remember its weights if they are the best so far."""
        self.epoch, self._losses = epoch, []
        # A validation loss that is not finite never counts as an improvement (NaN < x is False).
        loss = val_loss if self.problem.parts.validation_windows else train_loss
        self._lost_epochs = 0 if math.isfinite(loss) else self._lost_epochs + 1
        if loss < self._best_loss:
            self._best, self._best_epoch, self._best_loss = self.learner.weights(), epoch, loss

    # --- what is known

    @property
    def seconds(self) -> float:
        """How long the plan has been trained."""
        return time.perf_counter() - self._began

    def train_loss(self) -> float:
        """The mean loss of the windows of the epoch whose steps are all made."""
        return float(np.average(self._losses, weights=self._schedule.sizes))

    @property
    def forecast_is_due(self) -> bool:
        """Whether the weights of this moment have a forecast in the record of the run."""
        if self._losses:
            return False  # these weights are on their way to the next epoch
        first = self.epoch == self._plan_start
        return first or self.epoch in self._forecast_epochs or self.ends_early

    @property
    def idle(self) -> int:
        """How many of the plan's last epochs were not better than the best one."""
        return self.epoch - max(self._best_epoch, self._plan_start)

    @property
    def ends_early(self) -> bool:
        """Whether there were as many idle epochs as the patience allows."""
        patience = self.problem.experiment.patience
        return patience is not None and self.idle >= patience

    def no_improvement(self, idle: int) -> str:
        """Why the last `idle` epochs were not better, in words."""
        epochs = count(idle, "epoch")
        if self._lost_epochs < idle:
            return f"no improvement for {epochs}"
        return (
            f"the validation loss was not a number (NaN or infinite) for {epochs}; "
            "try another normalization, or set the validation part to 0"
        )

    def done(self) -> str:
        """Why a run is over that made all its epochs, in words."""
        if self.epoch and self._lost_epochs >= self.problem.experiment.epochs:
            return f"all epochs done, but {self.no_improvement(self._lost_epochs)}"
        return "all epochs done"

    def checkpoint(self) -> Checkpoint:
        """All that is needed to go on from here."""
        learner, generator = self.learner, self._from.generator
        if self._generator is not None:
            generator = self._generator.get_state().numpy()
        return Checkpoint(
            self.epoch,
            learner.weights(),
            learner.moments(),
            learner.optimizer_steps,
            self._best,
            self._best_epoch,
            self._best_loss,
            plan_start=self._plan_start,
            continued=self._from.continued,
            losses=tuple(self._losses),
            generator=generator if self._losses else generator[:0],
            lost_epochs=self._lost_epochs,
            seconds=self.seconds,
        )

    # --- events

    def started(self) -> Started:
        """The first event."""
        parts = self.problem.parts
        return Started(
            self.epoch,
            self.last_epoch,
            self.learner.parameters,
            parts.train_windows,
            parts.validation_windows,
            self.problem.steps_per_epoch,
            self.learner.device,
            self.learner.kind,
            self.problem.notices,
        )

    def forecasted(self) -> Forecasted:
        """The forecast of the weights as they are now."""
        values = self.learner.glance(patient(self._should_stop))
        return Forecasted(self.epoch, values, self.checkpoint())

    def end(self, kind: type[Terminal], epoch: int, reason: str) -> Terminal:
        """The last event: what is kept, and its forecast."""
        checkpoint = self.checkpoint()
        if kind is Diverged:  # the last weights are of no use
            best = self._best
            checkpoint = replace(checkpoint, weights=best, moments={}, optimizer_steps=0, losses=())
        kept_epoch, weights = checkpoint.kept(self.problem.experiment.keep)
        if kind is Diverged:
            kept_epoch = checkpoint.best_epoch
        self.learner.load(weights)
        should_stop = patient(self._should_stop)
        forecast = self.learner.closed_loop(should_stop)
        if np.isnan(forecast[-1]) and should_stop():
            if kind is Finished:
                kind, reason = Stopped, f"stopped by request after epoch {epoch}"
            reason += ", before the closed-loop forecast was complete"
        return kind(epoch, checkpoint, kept_epoch, forecast, reason)


def _check_place(resume: Checkpoint, problem: Problem) -> None:
    """Raise an error if the plan of `problem` has no such place."""
    steps, epochs = problem.steps_per_epoch, problem.experiment.epochs
    done = resume.epoch - resume.plan_start
    within = 0 <= done < epochs and 0 < len(resume.losses) < steps
    drawn = resume.generator.shape == torch.Generator().get_state().shape
    if not (within and drawn if resume.losses else 0 <= done <= epochs):
        raise OptionError(
            f"This checkpoint cannot be resumed: it stands {done} epochs and {len(resume.losses)} "
            f"steps after the start of its plan, and the plan has {epochs} epochs of {steps} "
            "steps. Resume it with the experiment and the series that it was made with, or leave "
            "out `finish`."
        )
