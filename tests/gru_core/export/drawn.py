"""Results of networks with random weights, without training, and the same networks in PyTorch."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch

from gru_core import Experiment, Result
from gru_core.forecast.events import Checkpoint, EpochEnd, Finished, Forecasted, Started
from gru_core.forecast.problem import Problem
from gru_core.forecast.recorder import Recorder
from gru_core.training.network import Network

__all__ = ["drawn", "drawn_network"]


def drawn_network(experiment: Experiment, series: Any = None) -> tuple[Problem, Network]:
    """A problem, and a network for it."""
    problem = Problem.of(experiment, series)
    network = Network(
        experiment.cell,
        experiment.hidden_size,
        experiment.layers,
        seed=experiment.seed,
        members=experiment.members,
        feedback=experiment.feedback,
        floor=problem.normalization.floor,
        path=experiment.window if experiment.linear_path else None,
    )
    if experiment.linear_path:
        with torch.no_grad():
            generator = torch.Generator().manual_seed(experiment.seed)
            network.path["weight"].uniform_(-0.3, 0.3, generator=generator)
    return problem, network


def drawn(experiment: Experiment, series: Any = None) -> tuple[Result, Network]:
    """A result as a run of one epoch gives it, and its network."""
    problem, network = drawn_network(experiment, series)
    weights = network.weights()
    moments = {name: np.zeros_like(array) for name, array in weights.items()}
    checkpoint = Checkpoint(1, weights, moments, 6, weights, 1, 0.5)
    forecast = problem.forecast(problem.forecaster(weights))
    record = Recorder(problem)
    record(Started(0, 1, 1, problem.parts.train_windows, 0, 6, "cpu", "torch", problem.notices))
    record(Forecasted(0, forecast, checkpoint))
    record(EpochEnd(1, 0.5, 0.6, 0.4, 0.01, 0.1))
    record(Finished(1, checkpoint, 1, forecast, "all epochs done"))
    return record.result(), network
