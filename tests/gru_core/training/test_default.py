"""The default options: how a batch is chosen, and how good the closed loop is."""

from __future__ import annotations

from typing import Any

import pytest

from gru_core.experiment.experiment import Experiment
from gru_core.forecast.problem import Problem
from gru_core.training.run import run


@pytest.mark.parametrize("seed", range(10))
@pytest.mark.parametrize("signal", ["sine", "cosine"])
def test_the_closed_loop_follows_the_wave(signal: str, seed: int) -> None:
    assert run(Experiment(signal=signal, seed=seed)).scores["rmse"] <= 0.01


def plan(points: int) -> tuple[int, int, int]:
    """How many windows there are, how many a batch has, and how many batches an epoch has."""
    whole: dict[str, Any] = {"validation": 0.0, "holdout": 0.0, "forecast_start": "first"}
    problem = Problem.of(Experiment(points=points, window=10, **whole))
    return problem.trained_windows, problem.batch_size, problem.steps_per_epoch


def test_a_short_series_has_batches_of_twelve_windows() -> None:
    assert plan(100) == (90, 12, 8)
    assert plan(730) == (720, 12, 60)


def test_an_epoch_of_a_long_series_has_at_most_sixty_batches() -> None:
    assert plan(731) == (721, 13, 56)
    assert plan(20_000) == (19_990, 334, 60)


def test_a_batch_is_not_larger_than_the_series() -> None:
    assert plan(20) == (10, 10, 1)
