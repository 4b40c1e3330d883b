"""The stored run of the lesson: it is what the lesson's recipe really prints and plots."""

from __future__ import annotations

import numpy as np

from gru_core.experiment.experiment import Experiment
from gru_core.forecast.events import Forecasted
from gru_core.forecast.problem import Problem, forecast_epochs
from gru_core.shipped.lesson import FILE, LessonRun, lesson_run
from gru_core.training.loop import train


def test_the_stored_run_has_the_losses_and_forecasts_of_all_epochs() -> None:
    experiment, stored = Experiment.lesson(), lesson_run()
    assert stored.losses.shape == (experiment.epochs,)
    assert set(stored.forecasts_by_epoch) == {0, *forecast_epochs(experiment.epochs)}
    assert {values.shape for values in stored.forecasts_by_epoch.values()} == {(100,)}
    assert FILE.stat().st_size < 30_000


def test_the_stored_run_begins_with_the_network_and_the_series_of_the_lesson() -> None:
    """Only the beginning can be compared.

    The lesson makes rounding errors larger. After one epoch, two processors disagree.
    """
    untrained = next(e for e in train(Experiment.lesson()) if isinstance(e, Forecasted))
    assert untrained.epoch == 0
    stored = lesson_run().forecasts_by_epoch[0]
    np.testing.assert_allclose(untrained.values, stored, rtol=0, atol=1e-4)


def test_the_printed_loss_says_little_about_the_closed_loop() -> None:
    stored = lesson_run()
    errors = stored.errors(Problem.of(Experiment.lesson()))
    smallest = min((epoch for epoch in errors if epoch), key=lambda e: stored.losses[e - 1])
    assert stored.losses[smallest - 1] < 1e-4
    assert min(errors.values()) > 0.25  # the wave itself has an RMSE of 0.7


def test_a_run_survives_its_file() -> None:
    stored = lesson_run()
    again = LessonRun.from_dict(stored.to_dict())
    np.testing.assert_array_equal(again.losses, stored.losses)
    assert again.forecasts_by_epoch.keys() == stored.forecasts_by_epoch.keys()
