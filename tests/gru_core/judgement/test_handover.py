"""The handover is held to the one-step predictions and the loop, each made on its own."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from numpy.testing import assert_allclose

from gru_core import Experiment, run
from gru_core.forecast.result import Result
from gru_core.judgement.handover import MOST_LOOPS, handovers, most_true_steps

BASE = Experiment(points=120, window=6, hidden_size=5, epochs=2, holdout=0.25, noise=0.1)


@pytest.fixture(
    scope="module",
    params=[{}, {"feedback": "state"}, {"normalization": "window", "members": 2}],
    ids=str,
)
def result(request: pytest.FixtureRequest) -> Result:
    return run(BASE.replace(**request.param))


def test_true_steps_first_and_then_its_own(result: Result) -> None:
    predicted = result.problem.one_step(result.forecaster, 90, 120)
    places = handovers(result)
    assert [len(one.one_step) for one in places] == [*range(0, 30, 2), 30]
    for one in places:
        n = len(one.one_step)
        assert_allclose(one.one_step, predicted[:n], atol=1e-12)
        assert len(one.closed_loop) == 30 - n
        if n < 30:  # its first step reads true values alone
            assert one.closed_loop[0] == pytest.approx(predicted[n], rel=1e-4)
            loop = result.problem.forecast_from(result.forecaster, 90 + n, 30 - n)
            assert_allclose(one.closed_loop, loop, rtol=1e-4, atol=1e-6)


def test_without_true_steps_it_is_the_forecast(result: Result) -> None:
    assert_allclose(handovers(result)[0].closed_loop, result.forecast["forecast"], rtol=1e-4)


def test_a_long_forecast_is_handed_over_in_equal_steps() -> None:
    result = run(BASE.replace(epochs=1, points=600, horizon=130))
    places = handovers(result)
    assert [len(one.one_step) for one in places] == [*range(0, 130, 6), 130]
    assert {len(one.one_step) + len(one.closed_loop) for one in places} == {130}
    assert len(handovers(run(BASE.replace(epochs=1, points=1600)))) == MOST_LOOPS + 1


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
    assert len(handovers(result)[-1].one_step) == most


def test_beyond_the_data_there_is_nothing_to_hand_over() -> None:
    result = run(BASE.replace(epochs=1, forecast_start="end", horizon=10))
    [only] = handovers(result)
    assert len(only.one_step) == 0
    assert len(only.closed_loop) == 10
    assert np.isfinite(only.closed_loop).all()
