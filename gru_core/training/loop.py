"""`train`: a plain generator of events. One screen holds the whole loop."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator

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
    Saved,
    Stopped,
    Weights,
)
from gru_core.forecast.problem import Problem
from gru_core.training.choose import learner_of
from gru_core.training.run_state import RunState, steps_of
from gru_core.training.schedule import Schedule

__all__ = ["fit", "train"]


@raised_at_call
def train(
    experiment: Experiment,
    series: ArrayLike | Series | None = None,
    *,
    should_stop: Callable[[], bool] = lambda: False,
    should_save: Callable[[], bool] = lambda: False,
    resume: Checkpoint | None = None,
    finish: bool = False,
) -> Iterator[Event]:
    """Train as `experiment` says. Yield what happens, in the order that `events` documents.

    There are two ways to go on from a checkpoint. By default, a new plan begins: the run continues
    for `experiment.epochs` more epochs, with a learning rate that starts again. With `finish`, the
    plan that was stopped or interrupted is resumed: only its missing steps are made. The weights
    and losses are then those of a run without the stop. They are so to the last bit if the same
    learner computes both parts, on a CPU with the same number of PyTorch's threads, and with the
    same versions. Otherwise they are equal up to rounding, which training makes larger.

    Args:
        experiment: what to do.
        series: (N,) the user's own values; by default the experiment's signal.
        should_stop: asked before every optimizer step, so a stop waits for one step at most. A
            forecast asks at every step, but not in its first five seconds. When it is stopped, its
            missing values are NaN.
        should_save: asked after every optimizer step. When it says so, a `Saved` event follows.
        resume: go on from here.
        finish: resume the plan of the checkpoint, with the same experiment and series. A run that
            diverged cannot be resumed. See also `Result.can_resume`.

    Raises:
        OptionError, SeriesError: before the first event, when the experiment does not fit.
    """
    problem = Problem.of(experiment, series)
    run = RunState(learner_of(problem, resume), resume, should_stop, finish=finish)
    learner = run.learner
    yield run.started()
    if run.forecast_is_due:
        yield run.forecasted()
    for step, generator, rate in run.steps():
        epoch, loss = step.epoch, step.loss
        if not math.isfinite(loss):
            yield run.end(Diverged, epoch, f"the training loss became {loss} in epoch {epoch}")
            return
        yield step
        run.end_step(loss, generator)
        if step.step == step.steps:
            train_loss, val_loss = run.train_loss(), learner.validation_loss()
            yield EpochEnd(epoch, train_loss, val_loss, loss, rate, run.seconds)
            if not learner.finite:
                why = f"a weight was no longer finite after epoch {epoch}"
                yield run.end(Diverged, epoch, why)
                return
            run.end_epoch(epoch, train_loss, val_loss)
            if run.forecast_is_due:
                yield run.forecasted()
            if run.ends_early:
                break
        if should_save():
            yield Saved(run.checkpoint())
    if run.ends_early:
        yield run.end(Finished, run.epoch, f"stopped early: {run.no_improvement(run.idle)}")
    elif run.epoch < run.last_epoch:
        yield run.end(Stopped, run.epoch, f"stopped by request in epoch {run.epoch + 1}")
    else:
        yield run.end(Finished, run.epoch, run.done())


def fit(problem: Problem, epochs: int, should_stop: Callable[[], bool]) -> Weights | None:
    """The weights after `epochs`, or None if a loss or a weight is no longer finite.

    This is `train` with `keep="last"` and no patience. It leaves out the forecasts on the
    way, which can cost more than the training. After a stop the weights are those of that moment.
    """
    learner, schedule = learner_of(problem), Schedule(problem)
    for step, _, _ in steps_of(learner, schedule, range(1, epochs + 1), should_stop):
        if not math.isfinite(step.loss):
            return None
        if step.step == step.steps and not learner.finite:
            return None
    return learner.weights()
