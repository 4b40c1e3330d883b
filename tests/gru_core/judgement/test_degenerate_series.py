"""Constant and vanishingly small series get their verdicts: no division by zero and no warning.

Every warning is an error in these tests.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from gru_core import Experiment, recommend, run
from gru_core.forecast.result import Result
from gru_core.judgement.advice import advise
from gru_core.judgement.evaluation import evaluate
from gru_core.judgement.findings import judge, lag_of
from gru_core.judgement.handover import handovers
from gru_core.judgement.intervals import interval
from gru_core.judgement.sentences import compared, covered, scored_on
from gru_core.judgement.stability import stability

WAVE = np.sin(2 * np.pi * np.arange(60) / 12)
WALK = np.cumsum(np.random.default_rng(0).standard_normal(60))
LEAST = 5e-324

SERIES = {
    "constant": np.full(60, 5.0),
    "constant with rounding errors": np.full(60, 0.1),
    "zero": np.zeros(60),
    "constant 1e-160": np.full(60, 1e-160),
    "constant, denormal": np.full(60, LEAST),
    "1e-160": 1e-160 * WAVE,
    "1e-170": 1e-170 * WALK,
    "denormal": np.round(5 * WAVE) * LEAST,
    "denormal walk": 1e-318 * WALK,
    "denormal line": np.arange(60) * LEAST,
    "constant but for rounding": 5 + 1e-15 * np.sign(WAVE),
    "one step at the end": np.repeat([0.0, 1.0], [48, 12]),
}
OPTIONS: list[dict[str, Any]] = [
    {},
    {"normalization": "window"},
    {"warm_start": True, "members": 2},
    {"difference": 1, "validation": 0.0},
    {"normalization": "none", "holdout": 0.0, "forecast_start": "end"},
]


@pytest.fixture(
    scope="module", params=[(name, options) for name in SERIES for options in OPTIONS], ids=str
)
def result(request: pytest.FixtureRequest) -> Result:
    name, options = request.param
    return run(Experiment(window=5, hidden_size=4, epochs=1, **options), SERIES[name])


def test_there_is_a_finding(result: Result) -> None:
    for finding in judge(result):
        assert finding.sentence.endswith(".")
        assert max(len(part.split()) for part in finding.sentence.split(". ")) <= 21
        assert not {"nan", "inf", "unknown", "∞"} & set(finding.sentence.split())


def test_there_is_advice_whatever_the_finding(result: Result) -> None:
    for exploded in (False, True):
        changed = result.experiment.replace(**advise(result, exploded=exploded).change)
        assert changed != result.experiment


def test_there_is_a_verdict_on_the_free_run(result: Result) -> None:
    verdict = stability(result)
    assert verdict.sentence.endswith(".")
    assert len(verdict.sentence) < 200
    assert "unknown" not in verdict.sentence


def test_there_are_scores_an_interval_and_handovers(result: Result) -> None:
    assert np.isfinite(evaluate(result).table["mae"]).all()
    band = interval(result)
    assert (band.lower <= band.upper).all()
    assert len(handovers(result)[0].closed_loop) == result.parts.horizon
    for words in (compared(result), covered(band), scored_on(result)):
        assert words.endswith(".")


@pytest.mark.parametrize("name", SERIES)
def test_settings_are_found(name: str) -> None:
    """The first recipe alone, because the others take longer."""
    assert recommend(SERIES[name], 3, budget_s=1e-6).horizon == 3


@pytest.mark.parametrize("value", [0.1, 1 / 3, 5.0, -1e15])
def test_an_error_on_a_constant_is_not_called_an_explosion(value: float) -> None:
    """NumPy's standard deviation of 60 values of 0.1 is 4e-17. No error is small beside that."""
    options = {"normalization": "none", "learning_rate": 1e-6}
    constant = run(Experiment(window=5, hidden_size=4, epochs=1, **options), np.full(60, value))
    assert constant.series.spread == 0
    kinds = {finding.kind for finding in judge(constant)}
    assert not {"exploded", "flat"} & kinds
    assert "explode" not in compared(constant)


def test_a_constant_that_is_all_but_reached_is_followed_closely() -> None:
    options = {"learning_rate": 0.03, "batch_size": 8}
    constant = run(Experiment(window=5, hidden_size=4, epochs=1, **options), SERIES["constant"])
    [finding] = judge(constant)
    assert (finding.kind, finding.tone) == ("close", "good")
    assert "spread" not in finding.sentence  # a constant has none


@pytest.mark.parametrize("exponent", [-1000, -530, 0, 50])
def test_a_lag_is_one_at_any_size(exponent: int) -> None:
    small = np.ldexp(WALK, exponent)
    lag = lag_of(small[:-1], small[1:], small[:-1])
    assert lag.lags
    assert (lag.to_last, lag.skill) == (0, 0)
