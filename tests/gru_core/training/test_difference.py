"""Differences: taken, summed up again, and forecast in the units of the series."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose

from gru_core import Experiment, run
from gru_core.errors import SeriesError
from gru_core.forecast.problem import Problem
from gru_core.forecast.result import Result
from gru_core.forecast.windows import changes, split, summed
from gru_core.judgement.evaluation import evaluate
from gru_core.judgement.intervals import interval

STEPS = np.arange(160)
#: A season of twelve on a steep line: nearly all of the holdout lies above the training part.
RISING = 0.4 * STEPS + np.array([3.0, 1, 0, 2, 5, 8, 9, 7, 4, 2, 1, 2])[STEPS % 12]
SOLVED = {"warm_start": True, "linear_path": True, "epochs": 1, "learning_rate": 1e-6}


@given(n=st.integers(1, 60), lag=st.integers(0, 20), horizon=st.integers(1, 30))
def test_summed_undoes_changes(n: int, lag: int, horizon: int) -> None:
    values = np.random.default_rng(n).normal(size=lag + n + horizon)
    start = lag + n
    parts = changes(values, lag)[start - lag :]
    assert_allclose(summed(parts, values[start - lag : start]), values[start:], atol=1e-12)


def test_sums_of_many_forecasts_at_once() -> None:
    parts, before = np.ones((3, 2, 5)), np.array([[0.0, 10.0], [100.0, 200.0]])
    expected = [[1, 11, 2, 12, 3], [101, 201, 102, 202, 103]]
    assert_allclose(summed(parts, before), np.broadcast_to(expected, (3, 2, 5)))


def test_the_first_window_starts_later_by_the_lag() -> None:
    experiment = Experiment(window=10, difference=12, holdout=0.2, validation=0.1)
    parts = split(experiment, 100)
    assert (parts.first, parts.train_end, parts.train_windows) == (22, 72, 50)
    assert split(experiment.replace(forecast_start="first"), 100).forecast_start == 22


def test_a_series_too_short_for_differences_is_refused_with_the_arithmetic() -> None:
    experiment = Experiment(window=10, difference=90, holdout=0.0, forecast_start="end")
    with pytest.raises(SeriesError, match=r"of 10 differences over 90.*needs 101.*over fewer"):
        split(experiment, 100)


def test_windows_and_targets_are_changes_within_the_training_part() -> None:
    experiment = Experiment(signal="own", window=5, difference=12, normalization="none")
    problem = Problem.of(experiment, RISING)
    inputs, targets = problem.train
    steps = RISING[12:] - RISING[:-12]
    assert inputs.shape == (problem.parts.train_end - 17, 5)
    assert_allclose(inputs[0], steps[:5])
    assert_allclose(targets[-1, 0], steps[problem.parts.train_end - 12 - 1])
    assert_allclose(problem.validation[1][0, 0], steps[problem.parts.train_end - 12])
    assert_allclose(problem.context, steps[problem.parts.forecast_start - 17 :][:5])


def test_normalization_is_computed_from_the_changes() -> None:
    problem = Problem.of(Experiment(signal="own", difference=1), RISING)
    steps = np.diff(RISING[: problem.parts.train_end])
    normalization = problem.normalization
    assert (normalization.center, normalization.scale) == pytest.approx((steps.mean(), steps.std()))


@pytest.fixture(scope="module", params=[1, 12])
def solved(request: pytest.FixtureRequest) -> Result:
    lag: int = request.param
    return run(Experiment(signal="own", difference=lag, window=13, **SOLVED), series=RISING)


def test_the_forecast_follows_a_trend_beyond_the_training_part(solved: Result) -> None:
    assert_allclose(solved.forecast["forecast"], solved.forecast["actual"], atol=0.05)
    assert_allclose(solved.forecast["one_step"], solved.forecast["actual"], atol=0.05)
    plain = run(solved.experiment.replace(difference=None, linear_path=False), series=RISING)
    assert np.abs(plain.forecast["forecast"] - plain.forecast["actual"]).max() > 1


def test_the_reported_forecast_equals_that_of_the_web_process(solved: Result) -> None:
    again = solved.problem.forecast(solved.forecaster)
    assert_allclose(again, solved.forecast["forecast"], atol=1e-3)


def test_a_forecast_from_many_starts_equals_those_from_each(solved: Result) -> None:
    starts = np.array([solved.parts.first, 60, solved.parts.n])
    together = solved.problem.forecast_from(solved.forecaster, starts, 30)
    for start, values in zip(starts, together, strict=True):
        alone = solved.problem.forecast_from(solved.forecaster, int(start), 30)
        assert_allclose(values, alone, rtol=1e-5, atol=1e-5)


def test_scores_and_intervals_are_in_the_units_of_the_series(solved: Result) -> None:
    assert evaluate(solved).table["mase"]["forecast"] < 0.1
    band = interval(solved, 0.9)
    forecast = solved.forecast["forecast"].to_numpy()
    assert (band.lower <= forecast + 1e-4).all()
    assert (band.upper >= forecast - 1e-4).all()


def test_differences_train_with_the_other_options() -> None:
    ways = {"objective": "closed-loop", "normalization": "window", "members": 2}
    for feedback in ("window", "state"):
        experiment = Experiment(signal="own", difference=12, window=6, epochs=2, **ways)
        result = run(experiment.replace(feedback=feedback), series=RISING)
        assert np.isfinite(result.forecast["forecast"]).all()
