"""Two results in words: each sentence compared with what the numbers say."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings

from gru_core import run
from gru_core.data.series import Series
from gru_core.experiment.experiment import Experiment
from gru_core.forecast.baselines import BASELINES
from gru_core.forecast.metrics import METRICS
from gru_core.forecast.problem import Problem
from gru_core.forecast.result import Result
from gru_core.judgement.comparison import (
    groups,
    same_loss,
    same_scale,
    unlike,
    what_changed,
    what_did,
)
from tests.gru_core.every_result import odd_results

SMALL = Experiment(points=60, window=5, hidden_size=4, epochs=2, batch_size=8)
WAVE = np.sin(np.arange(60.0))


@pytest.fixture(scope="module")
def result() -> Result:
    return run(SMALL, WAVE)


def changed(result: Result, **options: Any) -> Result:
    """The result, had it been made with other options. Its scores stay."""
    problem = Problem.of(result.experiment.replace(**options), result.series)
    return replace(result, problem=problem)


def scored(result: Result, mae: float, **others: float) -> Result:
    """The result, had its forecast these scores. The other scores follow the mean error."""
    table = pd.DataFrame(1.0, index=["forecast", *BASELINES], columns=list(METRICS))
    for metric in METRICS:
        table.loc["forecast", metric] = others.get(metric, mae)
    return replace(result, score_table=table)


# --- what changed


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"window": 8}, "What changed from A to B: Window: 5 → 8."),
        ({"window": 8, "seed": 3}, "What changed from A to B: Window: 5 → 8; Seed: 0 → 3."),
        ({}, "No setting changed from A to B."),
    ],
)
def test_the_settings_that_differ_are_named(
    result: Result, options: dict[str, Any], words: str
) -> None:
    assert what_changed(result, changed(result, **options)) == words


def test_many_changes_are_counted(result: Result) -> None:
    options = {
        "window": 8,
        "seed": 3,
        "epochs": 9,
        "layers": 2,
        "hidden_size": 9,
        "cell": "lstm",
        "shuffle": False,
        "clip": None,
    }
    words = what_changed(result, changed(result, **options))
    assert words.endswith("; and 2 more settings.")
    assert words.count("→") == 6


def test_a_run_that_did_not_reach_its_end_is_named(result: Result) -> None:
    stopped = replace(result, status="stopped")
    assert what_changed(result, stopped, ("C", "D")) == (
        "No setting changed from C to D. D was stopped after 2 epochs."
    )


def test_another_series_of_ones_own_is_named(result: Result) -> None:
    other = replace(result, problem=Problem.of(SMALL, Series(WAVE + 1, "sales")))
    assert what_changed(result, other) == "What changed from A to B: Data: series → sales."


# --- what it did


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        (0.4, 0.1, "The mean error (MAE) fell from 0.4 to 0.1 (75 % less)."),
        (0.1, 0.15, "The mean error (MAE) rose from 0.1 to 0.15 (50 % more)."),
        (0.1, 0.4, "The mean error (MAE) rose from 0.1 to 0.4 (4 times as large)."),
        (0.0, 0.4, "The mean error (MAE) rose from 0 to 0.4."),
        (0.4, 0.0, "The mean error (MAE) fell from 0.4 to 0."),
        (0.4, 0.4, "The mean error (MAE) stayed at 0.4."),
        (0.4, 0.4011, "The mean error (MAE) hardly moved: 0.4 and 0.401."),
        (0.4, math.inf, "The forecast of B exploded. The mean error (MAE) of A is 0.4."),
        (math.inf, 0.4, "The forecast of A exploded. The mean error (MAE) of B is 0.4."),
        (math.inf, 1e30, "Both forecasts exploded."),
    ],
)
def test_how_the_mean_error_moved(result: Result, old: float, new: float, words: str) -> None:
    said = what_did(scored(result, old), scored(changed(result, window=8), new))
    assert said.startswith(words)
    # One run each is no proof, and no proof is needed that nothing moved.
    moved = not words.startswith(("Both", "The mean error (MAE) stayed", "The mean error (MAE) h"))
    assert said.endswith("One run each proves little: other seeds can change this.") == moved


def test_a_score_that_moved_the_other_way_is_named(result: Result) -> None:
    old, new = scored(result, 0.4, rmse=0.5), scored(changed(result, window=8), 0.2, rmse=0.6)
    assert "But RMSE rose." in what_did(old, new)
    assert "The other scores fell, too." in what_did(old, scored(changed(result, window=8), 0.2))


def test_mase_is_left_out_if_its_scale_differs(result: Result) -> None:
    old = scored(result, 0.4, mase=1.0)
    new = scored(changed(result, validation=0.3), 0.2, mase=2.0)
    assert not same_scale([old, new])
    assert "MASE" not in what_did(old, new)


def test_only_the_seed_differs(result: Result) -> None:
    said = what_did(scored(result, 0.4), scored(changed(result, seed=1), 0.2))
    assert said.endswith("Only the seed differs, so this shows how much chance alone can do.")


def test_more_seeds_show_whether_it_may_be_chance(result: Result) -> None:
    old = [scored(changed(result, seed=k), 0.4 + k / 100) for k in range(3)]
    new = [scored(changed(result, seed=k, window=8), 0.2 + k / 100) for k in range(3)]
    said = what_did(old[0], new[0], ("A", "D"), [*old, *new])
    assert said.endswith(
        "A 0.4 to 0.42 (3 seeds), D 0.2 to 0.22 (3 seeds). They do not overlap, so the difference "
        "is hardly chance."
    )
    assert what_did(old[0], new[0], others=old).endswith("but one run is little proof.")
    near = [scored(one, 0.41) for one in new]
    said = what_did(old[0], near[0], others=[*old, *near])
    assert said.endswith("They overlap, so the difference may be chance.")


# --- what cannot be compared


def test_scores_on_other_values_are_not_compared(result: Result) -> None:
    cases = {
        "the series differ": replace(result, problem=Problem.of(SMALL, WAVE + 1)),
        "the holdouts differ (12 values and 6 values)": changed(result, holdout=0.1),
        "the horizons differ (12 steps and 4 steps)": changed(result, horizon=4),
        "the forecasts start at different positions (48 and 40)": changed(
            result, forecast_start="point", forecast_point=40, horizon=12
        ),
        "there are no true values to score on": replace(result, scored_on="nothing"),
    }
    for why, other in cases.items():
        assert unlike(result, other) == why
        assert what_did(result, other) == f"Their scores cannot be compared: {why}."
    assert groups([result, *cases.values(), changed(result, window=8)])[0] == [0, 6]


def test_times_belong_to_a_series(result: Result) -> None:
    days = pd.date_range("2024-01-01", periods=60)
    dated = replace(result, problem=Problem.of(SMALL, Series(WAVE, time=days)))
    later = replace(result, problem=Problem.of(SMALL, Series(WAVE, time=days + days.freq)))
    renamed = replace(result, problem=Problem.of(SMALL, Series(WAVE, "other")))
    assert unlike(result, dated) == unlike(dated, later) == "the series differ"
    assert unlike(result, renamed) == ""


def test_losses_are_alike_if_they_measure_the_same(result: Result) -> None:
    assert same_loss([result, changed(result, window=8), changed(result, loop_steps=3)])
    assert not same_loss([result, changed(result, normalization="none")])
    closed = changed(result, objective="closed-loop")
    assert not same_loss([result, closed])
    assert not same_loss([closed, changed(closed, loop_steps=3)])


@settings(max_examples=10)
@given(odd_results(), odd_results())
def test_any_two_results_can_be_compared(one: Result, other: Result) -> None:
    for before, after in ((one, other), (one, one)):
        said = f"{what_changed(before, after)} {what_did(before, after)}"
        assert "nan" not in said
        assert "inf " not in said
    assert "rose" not in what_did(one, one)
