"""Rolling-origin evaluation is held to forecasts made one by one, and to its formulas."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from gru_core import Experiment, run
from gru_core.errors import SeriesError
from gru_core.forecast.baselines import baselines
from gru_core.forecast.result import Result
from gru_core.judgement.evaluation import Evaluation, evaluate, starts_in

BASE = Experiment(points=120, window=6, hidden_size=5, epochs=2, holdout=0.25, noise=0.1)
LOOPS = [
    {"feedback": "window"},
    {"feedback": "state", "members": 2},
    {"feedback": "window", "normalization": "window"},
    {"feedback": "state", "normalization": "window", "objective": "closed-loop"},
]


@pytest.fixture(
    scope="module", params=LOOPS, ids=lambda options: "-".join(map(str, options.values()))
)
def result(request: pytest.FixtureRequest) -> Result:
    return run(BASE.replace(**request.param))


def one_by_one(result: Result, name: str, start: int, horizon: int) -> Any:
    if name == "forecast":
        return result.problem.forecast_from(result.forecaster, start, horizon)
    values, train = result.series.values, result.series.values[: result.parts.train_end]
    window, period = result.parts.window, result.period
    simple = baselines(values[:start], horizon, train=train, window=window, period=period)
    return simple[name]


def test_the_errors_are_those_of_forecasts_made_one_by_one(result: Result) -> None:
    evaluation = evaluate(result, horizon=10)
    assert_array_equal(evaluation.starts, np.arange(90, 111))
    for name in ("forecast", "copy_last", "seasonal_naive", "linear_ar"):
        errors = [
            np.abs(one_by_one(result, name, start, 10) - result.series.values[start : start + 10])
            for start in evaluation.starts
        ]
        assert_allclose(evaluation.by_lead[name], np.mean(errors, axis=0), atol=1e-9, err_msg=name)
        assert evaluation.mae[name] == pytest.approx(np.mean(errors))
        assert evaluation.table["mae"][name] == pytest.approx(np.mean(errors))
        assert evaluation.table["rmse"][name] == pytest.approx(np.sqrt(np.mean(np.square(errors))))


@pytest.mark.parametrize("lost", [np.nan, np.inf])
def test_the_error_of_a_forecast_that_is_not_finite_is_infinite(lost: float) -> None:
    columns = {"lead": [1, 2], "forecast": [0.5, lost], "one_step": [0.1, 0.1], "naive": [1.0, 3.0]}
    evaluation = Evaluation(np.arange(3), 2, True, pd.DataFrame(columns), make_table=pd.DataFrame)
    assert evaluation.mae.to_dict() == {"forecast": np.inf, "naive": 2.0}


def test_one_step_errors_do_not_grow_with_the_lead_but_by_chance(result: Result) -> None:
    """At lead j they are the errors of the predictions for start + j, from true values."""
    evaluation = evaluate(result, horizon=10)
    predictions = result.problem.one_step(result.forecaster, 90, 120)
    errors = np.abs(predictions - result.series.values[90:120])
    expected = [errors[evaluation.starts - 90 + lead].mean() for lead in range(10)]
    assert_allclose(evaluation.by_lead["one_step"], expected, atol=1e-12)


def test_at_lead_one_the_closed_loop_is_the_one_step_prediction(result: Result) -> None:
    evaluation = evaluate(result, horizon=5)
    assert_allclose(evaluation.by_lead["forecast"][0], evaluation.by_lead["one_step"][0], atol=1e-9)


def test_skill_is_measured_against_seasonal_naive(result: Result) -> None:
    table = evaluate(result).table
    assert table["skill"]["seasonal_naive"] == 0
    assert_allclose(table["skill"], 1 - table["mae"] / table["mae"]["seasonal_naive"])


def test_the_horizon_is_at_most_half_of_the_holdout(result: Result) -> None:
    evaluation = evaluate(result)
    assert (evaluation.horizon, len(evaluation.starts), evaluation.unseen) == (15, 16, True)


def test_without_a_holdout_it_says_that_all_was_seen() -> None:
    evaluation = evaluate(run(BASE.replace(holdout=0.0, forecast_start="first", horizon=20)))
    assert not evaluation.unseen
    assert evaluation.starts[0] == 6


@pytest.mark.parametrize(
    ("first", "end", "horizon", "most", "expected"),
    [
        (10, 20, 10, 50, [10]),
        (10, 22, 10, 50, [10, 11, 12]),
        (0, 100, 50, 3, [0, 25, 50]),
    ],
)
def test_starts(first: int, end: int, horizon: int, most: int, expected: list[int]) -> None:
    assert_array_equal(starts_in(first, end, horizon, most), expected)


def test_too_little_to_score_on_is_refused_with_the_numbers() -> None:
    with pytest.raises(SeriesError, match="9 values to score on, and a forecast of 10 steps"):
        starts_in(11, 20, 10)
