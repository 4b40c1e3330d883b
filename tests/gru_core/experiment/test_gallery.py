"""Every experiment of the gallery fails, and a change of one option fixes it."""

from __future__ import annotations

import math

import pytest

from gru_core.engine.cost import Limits, estimate
from gru_core.experiment.experiment import OPTIONS, Experiment
from gru_core.experiment.gallery import GALLERY, Failure
from gru_core.experiment.presets import PRESETS
from gru_core.forecast.problem import Problem
from gru_core.forecast.result import Result
from gru_core.judgement.evaluation import Evaluation, evaluate
from gru_core.judgement.sentences import changes
from gru_core.training.run import run

#: Simple forecasts. The better of them must beat an experiment that fails.
SIMPLE = ["copy_last", "seasonal_naive"]


@pytest.fixture(params=GALLERY)
def failure(request: pytest.FixtureRequest) -> Failure:
    return GALLERY[request.param]


@pytest.fixture(scope="module", params=GALLERY)
def before_and_after(request: pytest.FixtureRequest) -> tuple[Result, Result]:
    failure = GALLERY[request.param]
    return run(failure.broken), run(failure.fixed)


def mae(evaluation: Evaluation, name: str = "forecast") -> float:
    return float(evaluation.table["mae"][name])


def test_the_failures_are_in_order() -> None:
    assert [(failure.knob, failure.value) for failure in GALLERY.values()] == [
        ("window", 10),
        ("normalization", "standard"),
        ("learning_rate", 0.01),
        ("normalization", "window"),
        ("objective", "closed-loop"),
        ("window", 20),
    ]


def test_each_failure_has_its_title_as_key(failure: Failure) -> None:
    assert GALLERY[failure.title] is failure


def test_symptom_and_reason_are_sentences(failure: Failure) -> None:
    assert failure.symptom.endswith(".")
    assert failure.reason.endswith(".")


def test_no_two_experiments_are_the_same_and_none_is_a_preset() -> None:
    experiments = [e for failure in GALLERY.values() for e in (failure.broken, failure.fixed)]
    experiments += [preset.experiment for preset in PRESETS.values()]
    assert len(set(experiments)) == len(experiments)


def test_the_fix_changes_exactly_one_option(failure: Failure) -> None:
    assert failure.knob in OPTIONS
    differing = [
        name
        for name in Experiment.model_fields
        if getattr(failure.broken, name) != getattr(failure.fixed, name)
    ]
    assert differing == [failure.knob]
    assert getattr(failure.fixed, failure.knob) == failure.value
    assert len(changes(failure.broken, failure.fixed)) == 1


def test_both_fit_their_series_and_the_limits_of_a_server(failure: Failure) -> None:
    for experiment in (failure.broken, failure.fixed):
        problem = Problem.of(experiment)
        assert problem.notices == ()
        Limits().check(estimate(problem))


def test_both_can_be_shared_as_a_link(failure: Failure) -> None:
    for experiment in (failure.broken, failure.fixed):
        assert Experiment.from_query(experiment.to_query()) == experiment


def test_the_broken_experiment_fails_and_the_fixed_one_works(
    before_and_after: tuple[Result, Result],
) -> None:
    """Over many starts. With the seeds 0 to 4, the fix left at most 0.46 of the error."""
    broken, fixed = map(evaluate, before_and_after)
    simple = min(mae(fixed, name) for name in SIMPLE)
    assert mae(broken) > 1.1 * simple
    assert mae(fixed) < simple
    assert mae(fixed) < 0.5 * mae(broken)
    assert float(broken.table["mase"]["forecast"]) > 1.2


def test_the_forecast_on_the_page_shows_the_same(
    before_and_after: tuple[Result, Result],
) -> None:
    broken, fixed = before_and_after
    assert fixed.scores["mase"] < 0.75 * broken.scores["mase"]
    assert math.isfinite(fixed.scores["mase"])
    assert broken.scores["mase"] > 1.2
