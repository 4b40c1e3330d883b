"""How long do several networks side by side take, and many forecasts at once?

    python -m tests.benchmarks.members      # about two minutes

It measures processor seconds in one process, with one thread:

- training of 8 members against training of one network, for the default recipe (batches of 12
  windows) and for large batches of 120 windows. One and eight alternate, so other work on the
  machine slows both;
- forecasts of a trained default network from 50 starts, 100 steps each, with windows of 10 and 50
  and both kinds of feedback.
"""

from __future__ import annotations

import time
from collections.abc import Callable

import numpy as np
import torch

from gru_core import Experiment, run, train
from gru_core.forecast.result import Result
from gru_core.judgement.evaluation import places
from tests.benchmarks._machine import quiet
from tests.benchmarks._table import Row, median, show

MEMBERS = 8
ROUNDS = 5
#: Enough epochs to measure a time well above the noise.
BASE = Experiment(epochs=12, patience=None)


def processor_time(work: Callable[..., object], *arguments: object) -> float:
    began = time.process_time()
    work(*arguments)
    return time.process_time() - began


def train_fully(experiment: Experiment) -> None:
    for _ in train(experiment):
        pass


def training(experiment: Experiment) -> tuple[list[float], list[float]]:
    """Seconds to train one network, and seconds to train all members."""
    one, all_of_them = [], []
    for _ in range(ROUNDS):
        quiet()
        one.append(processor_time(train_fully, experiment))
        all_of_them.append(processor_time(train_fully, experiment.replace(members=MEMBERS)))
    return one, all_of_them


def forecasting(result: Result) -> list[float]:
    """Seconds of 50 starts x 100 steps."""
    starts, horizon = places(result, horizon=100)
    assert (len(starts), horizon) == (50, 100)
    forecaster, problem = result.forecaster, result.problem
    quiet()
    return [
        processor_time(problem.forecast_from, forecaster, starts, horizon) for _ in range(ROUNDS)
    ]


def main() -> None:
    torch.set_num_threads(1)
    run(Experiment(points=60, epochs=1, hidden_size=4))  # what a first run sets up
    rows = []
    for name, experiment in (
        ("default batches", BASE),
        ("batches of 120", BASE.replace(batch_size=120)),
    ):
        one, many = training(experiment)
        ratios = np.array(many) / np.array(one)
        rows += [
            Row(f"{name}: one network, median of {ROUNDS}", median(one), "s"),
            Row(f"{name}: {MEMBERS} members, median of {ROUNDS}", median(many), "s"),
            Row(f"{name}: median of the pairs' ratios", float(np.median(ratios)), "x", most=8),
        ]
    for window in (10, 50):
        for feedback in ("window", "state"):
            experiment = BASE.replace(window=window, feedback=feedback, epochs=1, holdout=0.3)
            times = forecasting(run(experiment))
            name = f"50 starts x 100 steps, window {window}, feedback {feedback}"
            rows.append(Row(name, median(times), "s", most=1))
    show("Members side by side, and many starts at once", rows)


if __name__ == "__main__":
    main()
