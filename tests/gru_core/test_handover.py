"""The handover is held to the one-step predictions and the loop, each made on its own."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from gru_core import Experiment, run
from gru_core.errors import SeriesError
from gru_core.handover import hand_over, most_true_steps
from gru_core.results import Result

BASE = Experiment(points=120, window=6, hidden_size=5, epochs=2, holdout=0.25, noise=0.1)


@pytest.fixture(
    scope="module",
    params=[{}, {"feedback": "state"}, {"normalization": "window", "members": 2}],
    ids=str,
)
def result(request: pytest.FixtureRequest) -> Result:
    return run(BASE.replace(**request.param))


@pytest.mark.parametrize("n", [0, 1, 7, 29, 30])
def test_true_steps_first_and_then_its_own(result: Result, n: int) -> None:
    found = hand_over(result, n)
    assert (found.start, found.closes_at) == (90, 90 + n)
    assert (len(found.one_step), len(found.closed_loop)) == (n, 30 - n)
    predicted = result.problem.one_step(result.forecaster, 90, 120)
    assert_allclose(found.one_step, predicted[:n], atol=1e-12)
    if n < 30:  # its first step reads true values alone
        assert found.closed_loop[0] == pytest.approx(predicted[n])
        loop = result.problem.forecast_from(result.forecaster, 90 + n, 30 - n)
        assert_array_equal(found.closed_loop, loop)


def test_without_true_steps_it_is_the_forecast(result: Result) -> None:
    assert_allclose(hand_over(result, 0).closed_loop, result.forecast["forecast"], rtol=1e-4)


@pytest.mark.parametrize("n", [-1, 31])
def test_more_true_steps_than_there_are_is_refused(result: Result, n: int) -> None:
    with pytest.raises(SeriesError, match=rf"fed {n} true steps: .* there are 0 to 30\."):
        hand_over(result, n)


@pytest.mark.parametrize(
    ("options", "most"),
    [
        ({}, 30),
        ({"horizon": 12}, 12),
        ({"forecast_start": "end"}, 0),
        ({"forecast_start": "first", "horizon": 50}, 50),
        ({"forecast_start": "point", "forecast_point": 110}, 10),
    ],
    ids=str,
)
def test_how_many_true_steps_there_are(options: dict[str, Any], most: int) -> None:
    result = run(BASE.replace(epochs=1, **options))
    assert most_true_steps(result) == most
    assert len(hand_over(result, most).one_step) == most


def test_beyond_the_data_there_is_nothing_to_hand_over() -> None:
    result = run(BASE.replace(epochs=1, forecast_start="end", horizon=10))
    found = hand_over(result, 0)
    assert np.isfinite(found.closed_loop).all()
    with pytest.raises(SeriesError, match="0 to 0"):
        hand_over(result, 1)
