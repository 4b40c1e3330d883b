"""Runs for the tests of the store. No network is trained: the weights are drawn."""

from __future__ import annotations

import uuid

import numpy as np

from gru_core.experiment.experiment import Experiment
from gru_core.forecast.events import (
    Checkpoint,
    EpochEnd,
    Finished,
    Forecasted,
    Started,
    Stopped,
    Weights,
)
from gru_core.forecast.parameters import weight_shapes
from gru_core.forecast.problem import Problem
from gru_core.forecast.recorder import Recorder
from gru_core.forecast.result import Result
from gru_core.store import Progress, Store

__all__ = ["ME", "TINY", "a_progress", "a_result", "a_run"]

#: The key of a browser.
ME = "the key of my browser"
TINY = Experiment(points=60, hidden_size=2, epochs=3)


def a_progress(
    experiment: Experiment = TINY, epochs: int = 2, previous: Result | None = None
) -> Progress:
    """What a run has done after some epochs."""
    recorder, checkpoint = _recorded(experiment, epochs, previous)
    return Progress.of(recorder, checkpoint)


def a_result(experiment: Experiment = TINY, kind: type[Finished | Stopped] = Finished) -> Result:
    """The result of a run that made all its epochs."""
    recorder, checkpoint = _recorded(experiment, experiment.epochs, None)
    forecast = recorder.forecasts_by_epoch[checkpoint.epoch]
    recorder(kind(checkpoint.epoch, checkpoint, checkpoint.epoch, forecast, "All epochs done."))
    return recorder.result()


def a_run(store: Store, result: Result | None = None, *, browser: str = ME, id: str = "") -> str:
    """Keep a run with this result, and return its id."""
    id = id or uuid.uuid4().hex
    result = result or a_result()
    assert store.add(id, browser, result.experiment, result.series), store.trouble
    assert store.end(id, result.status, result.reason, result), store.trouble
    return id


def _recorded(
    experiment: Experiment, epochs: int, previous: Result | None
) -> tuple[Recorder, Checkpoint]:
    """What is recorded of a run after some epochs, and its newest checkpoint."""
    problem = Problem.of(experiment, previous.series if previous else None)
    first = previous.checkpoint.epoch if previous else 0
    recorder = Recorder(problem, previous)
    windows = problem.parts.train_windows, problem.parts.validation_windows
    last = first + experiment.epochs
    recorder(Started(first, last, 42, *windows, problem.steps_per_epoch, "cpu", "compiled"))
    for epoch in range(first, first + epochs + 1):
        if epoch > first:
            recorder(EpochEnd(epoch, 0.5 / epoch, float("nan"), 0.4, 0.01, 0.1 * epoch))
        network = _weights(experiment, epoch)
        checkpoint = Checkpoint(epoch, network, {}, 6 * epoch, network, epoch, 0.5, seconds=0.3)
        forecast = problem.forecast(problem.forecaster(network))
        recorder(Forecasted(epoch, forecast, checkpoint))
    return recorder, checkpoint


def _weights(experiment: Experiment, seed: int) -> Weights:
    draw = np.random.default_rng(seed)
    shapes = weight_shapes(experiment)
    return {name: draw.uniform(-1, 1, s).astype(np.float32) for name, s in shapes.items()}
