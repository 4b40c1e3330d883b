"""`train`: a plain generator of events. One screen holds the whole loop."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator

import numpy as np
from numpy.typing import ArrayLike

from gru_core.data.series import Series
from gru_core.errors import raised_at_call
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
from gru_core.forecast.forecaster import patient
from gru_core.forecast.problem import Problem, forecast_epochs
from gru_core.training.choose import learner_of
from gru_core.training.learner import Learner
from gru_core.training.schedule import Schedule
from gru_core.wording import count

__all__ = ["fit", "train"]


@raised_at_call
def train(
    experiment: Experiment,
    series: ArrayLike | Series | None = None,
    *,
    should_stop: Callable[[], bool] = lambda: False,
    resume: Checkpoint | None = None,
) -> Iterator[Event]:
    """Train as `experiment` says. Yield what happens, in the order that `events` documents.

    Args:
        experiment: what to do.
        series: (N,) the user's own values; by default the experiment's signal.
        should_stop: asked before every optimizer step, so a stop waits for one step at most. A
            forecast asks at every step, but not in its first five seconds. When it is stopped, its
            missing values are NaN.
        resume: go on from here for `experiment.epochs` more epochs.

    Raises:
        OptionError, SeriesError: before the first event, when the experiment does not fit.
    """
    problem = Problem.of(experiment, series)
    run = _Run(learner_of(problem, resume), resume, should_stop)
    learner = run.learner
    yield run.started()
    yield run.forecasted()
    epochs = range(run.epoch + 1, run.epoch + experiment.epochs + 1)
    kept_epochs = forecast_epochs(experiment.epochs, offset=run.epoch)
    schedule = Schedule(run.problem, continued=run.continued)
    began = time.perf_counter()

    losses: list[float] = []
    sizes: list[int] = []
    for step, size, rate in _steps(learner, schedule, epochs, run.should_stop):
        epoch, loss = step.epoch, step.loss
        if not math.isfinite(loss):
            yield run.end(Diverged, epoch, f"the training loss became {loss} in epoch {epoch}")
            return
        yield step
        losses.append(loss)
        sizes.append(size)
        if step.step < step.steps:
            continue
        train_loss, val_loss = float(np.average(losses, weights=sizes)), learner.validation_loss()
        losses, sizes = [], []
        yield EpochEnd(epoch, train_loss, val_loss, loss, rate, time.perf_counter() - began)
        if not learner.finite:
            yield run.end(Diverged, epoch, f"a weight was no longer finite after epoch {epoch}")
            return
        run.end_epoch(epoch, train_loss, val_loss)
        idle = epoch - max(run.best_epoch, epochs[0] - 1)
        early = experiment.patience is not None and idle >= experiment.patience
        if epoch in kept_epochs or early:
            yield run.forecasted()
        if early:
            yield run.end(Finished, epoch, f"stopped early: {run.no_improvement(idle)}")
            return
    if run.epoch < epochs[-1]:
        yield run.end(Stopped, run.epoch, f"stopped by request in epoch {run.epoch + 1}")
    else:
        yield run.end(Finished, run.epoch, run.done())


def fit(problem: Problem, epochs: int, should_stop: Callable[[], bool]) -> Weights | None:
    """The weights after `epochs`, or None if a loss or a weight is no longer finite.

    This is `train` with `keep="last"` and no patience. It leaves out the forecasts on the
    way, which can cost more than the training. After a stop the weights are those of that moment.
    """
    learner, schedule = learner_of(problem), Schedule(problem)
    for step, _, _ in _steps(learner, schedule, range(1, epochs + 1), should_stop):
        if not math.isfinite(step.loss):
            return None
        if step.step == step.steps and not learner.finite:
            return None
    return learner.weights()


def _steps(
    learner: Learner, schedule: Schedule, epochs: range, should_stop: Callable[[], bool]
) -> Iterator[tuple[StepEnd, int, float]]:
    """Make all optimizer steps of `epochs`, until `should_stop` says so.

    Yields each step with the number of windows in its batch and with its learning rate.
    """
    made = 0
    for epoch in epochs:
        batches = schedule.batches(epoch)
        for step, batch in enumerate(batches, 1):
            if should_stop():
                return
            rate = schedule.rate(made)
            loss = learner.step(batch, rate)
            made += 1
            yield StepEnd(epoch, step, len(batches), loss), len(batch.windows), rate


class _Run:
    """How far a run is: the epochs that are over, and the best weights so far."""

    def __init__(
        self, learner: Learner, resume: Checkpoint | None, should_stop: Callable[[], bool]
    ) -> None:
        self.learner, self.should_stop = learner, should_stop
        self.problem, self.continued = learner.problem, resume is not None
        self.lost_epochs = 0  # the last epochs in a row whose validation loss was not finite
        if resume is not None:
            self.epoch = resume.epoch
            self.best, self.best_epoch = resume.best, resume.best_epoch
            self.best_loss = resume.best_loss
            return
        self.epoch, self.best_epoch, self.best_loss = 0, 0, math.inf
        self.best = learner.weights()
        if self.problem.experiment.warm_start and self.problem.parts.validation_windows:
            self.best_loss = learner.validation_loss()

    def started(self) -> Started:
        """The first event."""
        parts = self.problem.parts
        return Started(
            self.epoch,
            self.epoch + self.problem.experiment.epochs,
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
        values = self.learner.glance(patient(self.should_stop))
        return Forecasted(self.epoch, values, self.checkpoint())

    def end_epoch(self, epoch: int, train_loss: float, val_loss: float) -> None:
        """Count the epoch, and remember its weights if they are the best so far."""
        self.epoch = epoch
        # A validation loss that is not finite never counts as an improvement (NaN < x is False).
        loss = val_loss if self.problem.parts.validation_windows else train_loss
        self.lost_epochs = 0 if math.isfinite(loss) else self.lost_epochs + 1
        if loss < self.best_loss:
            self.best, self.best_epoch, self.best_loss = self.learner.weights(), epoch, loss

    def no_improvement(self, idle: int) -> str:
        """Why the last `idle` epochs were not better, in words."""
        epochs = count(idle, "epoch")
        if self.lost_epochs < idle:
            return f"no improvement for {epochs}"
        return (
            f"the validation loss was not a number (NaN or infinite) for {epochs}; "
            "try another normalization, or set the validation part to 0"
        )

    def done(self) -> str:
        """Why a run is over that made all its epochs, in words."""
        if self.epoch and self.lost_epochs >= self.problem.experiment.epochs:
            return f"all epochs done, but {self.no_improvement(self.lost_epochs)}"
        return "all epochs done"

    def checkpoint(self) -> Checkpoint:
        """All that is needed to go on from here."""
        learner = self.learner
        return self._checkpoint(learner.weights(), learner.moments(), learner.optimizer_steps)

    def end(self, kind: type[Terminal], epoch: int, reason: str) -> Terminal:
        """The last event: what is kept, and its forecast."""
        checkpoint = self.checkpoint()
        if kind is Diverged:  # the last weights are of no use
            checkpoint = self._checkpoint(self.best, {}, 0)
        kept_epoch, weights = checkpoint.kept(self.problem.experiment.keep)
        if kind is Diverged:
            kept_epoch = checkpoint.best_epoch
        self.learner.load(weights)
        should_stop = patient(self.should_stop)
        forecast = self.learner.closed_loop(should_stop)
        if np.isnan(forecast[-1]) and should_stop():
            if kind is Finished:
                kind, reason = Stopped, f"stopped by request after epoch {epoch}"
            reason += ", before the closed-loop forecast was complete"
        return kind(epoch, checkpoint, kept_epoch, forecast, reason)

    def _checkpoint(self, weights: Weights, moments: Weights, steps: int) -> Checkpoint:
        return Checkpoint(
            self.epoch, weights, moments, steps, self.best, self.best_epoch, self.best_loss
        )
