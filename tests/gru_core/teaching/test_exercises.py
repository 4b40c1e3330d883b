"""The exercises: the start fails, the solution passes, and no obvious trick does."""

from __future__ import annotations

import json
import tomllib
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from gru_core.experiment.experiment import Experiment
from gru_core.forecast.parameters import parameter_count
from gru_core.forecast.problem import series_of
from gru_core.forecast.result import Result
from gru_core.teaching import make_measured, rules
from gru_core.teaching.exercises import EXERCISES, Verdict
from gru_core.teaching.measured import Measured, measured
from gru_core.training.run import run

CATALOGUE = Path(__file__).parents[3] / "pages/ui/messages/en/exercises.toml"
TEXTS = tomllib.loads(CATALOGUE.read_text(encoding="utf-8"))
COMMON = TEXTS["verdict"]
NAMES = list(EXERCISES)

#: What is wrong with the start of each exercise.
AT_FIRST = {
    "cosine": "other-data",
    "smallest-window": "smaller-works",
    "trend": "too-far",
    "dying-loop": "flat",
    "divergence": "settles",
    "tenth": "too-many",
    "linear-ar": "not-better",
    "airline": "not-better",
}

#: All other conditions of each exercise, and a change of its solution that breaks it.
ELSE = {
    "cosine": {"too-far": {"epochs": 1}},
    "smallest-window": {
        "does-not-work": {"window": 9, "epochs": 1},
        "other-feedback": {"feedback": "state", "epochs": 1},
    },
    "trend": {},
    "dying-loop": {"out-of-step": {}},
    "divergence": {
        "too-high": {"learning_rate": 1.0},
        "other-options": {"hidden_size": 8, "epochs": 1},
    },
    "tenth": {"too-far": {"epochs": 1}},
    "linear-ar": {},
    "airline": {},
}


@cache
def trained(experiment: Experiment) -> Result:
    """A run that several tests use. It is trained once."""
    return run(experiment)


def quick(name: str, **options: Any) -> Result:
    """A run of one epoch with the data of the exercise."""
    return run(EXERCISES[name].solution.replace(epochs=1, **options))


def text_of(name: str, verdict: Verdict) -> str:
    text = TEXTS[name]["verdict"].get(verdict.key) or COMMON[verdict.key]
    return str(text.format(**verdict.given))


# --- the experiments


@pytest.mark.parametrize("name", NAMES)
def test_the_start_fails(name: str) -> None:
    verdict = EXERCISES[name].check(trained(EXERCISES[name].start))
    assert not verdict.passed
    assert verdict.key == AT_FIRST[name]
    assert "{" not in text_of(name, verdict)


@pytest.mark.parametrize("name", NAMES)
def test_the_solution_passes(name: str) -> None:
    verdict = EXERCISES[name].check(trained(EXERCISES[name].solution))
    assert verdict.passed
    assert verdict.key == "passed"
    assert "{" not in text_of(name, verdict)


@pytest.mark.parametrize("name", NAMES)
def test_the_solution_keeps_the_test_of_the_start(name: str) -> None:
    start, solution = EXERCISES[name].start, EXERCISES[name].solution
    for option in ("points", "noise", "holdout", "horizon", "period", "forecast_start", "seed"):
        assert getattr(start, option) == getattr(solution, option)
    assert (start.signal == solution.signal) == (name != "cosine")


def test_the_second_way_in_the_last_hint_of_the_dying_loop_passes() -> None:
    exercise = EXERCISES["dying-loop"]
    assert "window of 24" in TEXTS["dying-loop"]["hints"][2]
    assert exercise.check(trained(exercise.start.replace(window=24))).passed


# --- every condition can fail, and has its own text


@pytest.mark.parametrize(
    ("name", "key"), [(name, key) for name, keys in ELSE.items() for key in keys]
)
def test_a_condition_that_fails_has_its_own_key(name: str, key: str) -> None:
    if key == "out-of-step":  # a loop that lives, moved by half a cycle
        result = trained(EXERCISES[name].solution)
        table = result.forecast.assign(forecast=-result.forecast["forecast"])
        scores = result.score_table.copy()
        scores.loc["forecast", "rmse"] = 1.4
        result = replace(result, forecast=table, score_table=scores)
    else:
        result = run(EXERCISES[name].solution.replace(**ELSE[name][key]))
    verdict = EXERCISES[name].check(result)
    assert (verdict.passed, verdict.key) == (False, key)
    assert "{" not in text_of(name, verdict)


def test_no_text_of_a_verdict_is_left_over() -> None:
    assert list(TEXTS) == ["verdict", *NAMES]
    for name in NAMES:
        own = {"passed", AT_FIRST[name], *ELSE[name]}
        assert set(TEXTS[name]["verdict"]) == own
        assert set(TEXTS[name]) == {"title", "task", "hints", "solution", "verdict"}
        assert len(TEXTS[name]["hints"]) == 3


# --- a fair run


def expected_common(result: Result) -> dict[str, Result]:
    """A result for each common condition that fails."""
    e = result.experiment
    return {
        "other-data": run(e.replace(noise=0.1)),
        "unfinished": replace(result, status="stopped"),
        "diverged": replace(result, status="diverged"),
        "other-start": run(e.replace(forecast_start="point", forecast_point=900)),
        "small-holdout": run(e.replace(holdout=0.1)),
        "short-horizon": run(e.replace(horizon=100)),
    }


def test_an_unfair_run_does_not_pass_and_hears_why() -> None:
    wrong = expected_common(quick("cosine"))
    assert set(wrong) == set(COMMON)
    texts = set()
    for key, result in wrong.items():
        verdict = EXERCISES["cosine"].check(result)
        assert (verdict.passed, verdict.key) == (False, key)
        texts.add(text_of("cosine", verdict))
    assert len(texts) == len(wrong)
    assert EXERCISES["cosine"].check(replace(quick("cosine"), status="interrupted")).key == (
        "unfinished"
    )


@pytest.mark.parametrize("name", NAMES)
def test_other_values_under_the_same_name_do_not_pass(name: str) -> None:
    exercise = EXERCISES[name]
    values = series_of(exercise.solution).values
    easy = np.sin(np.arange(len(values)) / 5)
    verdict = exercise.check(run(exercise.solution.replace(epochs=1), easy))
    assert verdict.key == "other-data"
    assert "{" not in text_of(name, verdict)


def test_the_same_values_from_a_file_may_be_used() -> None:
    exercise = EXERCISES["airline"]
    own = run(exercise.solution.replace(signal="own"), series_of(exercise.solution).values)
    assert exercise.check(own).passed


def test_a_larger_holdout_and_a_longer_horizon_are_fair() -> None:
    longer = trained(EXERCISES["smallest-window"].solution.replace(holdout=0.25, horizon=100))
    assert EXERCISES["smallest-window"].check(longer).passed


# --- tricks


def test_differences_count_as_values_read() -> None:
    """A difference over a cycle of 20 makes every window trivial, but it reads 20 values back."""
    result = quick("smallest-window", window=1, difference=20)
    assert result.scores["rmse"] < rules.SQUARE_RMSE
    verdict = EXERCISES["smallest-window"].check(result)
    assert verdict.key == "smaller-works"
    assert verdict.given["window"] == "21"


def test_a_window_that_reads_less_than_the_smallest_measured_one_passes_if_it_works() -> None:
    result = quick("smallest-window", window=9)
    scores = result.score_table.copy()
    scores.loc["forecast", "rmse"] = 0.1
    assert EXERCISES["smallest-window"].check(replace(result, score_table=scores)).passed


def rival(name: str, result: Result) -> float:
    return float(EXERCISES[name].check(result).given["other"])


def test_a_short_window_does_not_make_the_linear_model_weak() -> None:
    start = trained(EXERCISES["linear-ar"].start)
    short = run(EXERCISES["linear-ar"].start.replace(window=1, epochs=1))
    assert short.score_table["mae"]["linear_ar"] > 1.5 * start.score_table["mae"]["linear_ar"]
    assert rival("linear-ar", short) <= rival("linear-ar", start)
    expected = start.score_table["mae"]["linear_ar"]
    assert rival("linear-ar", start) == pytest.approx(expected, rel=0.01)


def test_another_season_does_not_make_the_repeated_year_weak() -> None:
    start = trained(EXERCISES["airline"].start)
    other = run(EXERCISES["airline"].start.replace(period=1, epochs=1))
    assert other.score_table["mae"]["seasonal_naive"] > start.score_table["mae"]["seasonal_naive"]
    assert rival("airline", other) == rival("airline", start)
    expected = start.score_table["mae"]["seasonal_naive"]
    assert rival("airline", start) == pytest.approx(expected, rel=0.01)


def test_all_members_count() -> None:
    solution = EXERCISES["tenth"].solution
    few = solution.replace(members=7, epochs=1)
    assert parameter_count(few) <= 800 < parameter_count(few.replace(members=8))
    assert EXERCISES["tenth"].check(run(few.replace(members=8))).key == "too-many"
    assert EXERCISES["tenth"].check(run(few)).key == "too-far"


@pytest.mark.parametrize("value", [np.nan, np.inf])
@pytest.mark.parametrize("name", [name for name in NAMES if name != "divergence"])
def test_a_forecast_without_a_score_does_not_pass(name: str, value: float) -> None:
    result = trained(EXERCISES[name].solution)
    scores = result.score_table.copy()
    scores.loc["forecast"] = value
    verdict = EXERCISES[name].check(replace(result, score_table=scores))
    assert not verdict.passed
    assert "{" not in text_of(name, verdict)


def test_a_run_whose_loss_is_no_number_has_diverged() -> None:
    exercise = EXERCISES["divergence"]
    result = replace(trained(exercise.solution), status="diverged")
    history = result.history.copy()
    history.loc[len(history) - 1, "train_loss"] = np.nan
    for table in (history, history[:0]):
        verdict = exercise.check(replace(result, history=table))
        assert verdict.passed
        assert verdict.given["loss"] == "∞"


def test_only_the_learning_rate_may_change() -> None:
    verdict = EXERCISES["divergence"].check(quick("divergence", hidden_size=8))
    assert verdict.given["options"] == "Hidden size, Epochs"


# --- the numbers that were measured


def test_the_smallest_window_is_the_measured_one() -> None:
    works = {window for window, rmse in measured().windows.items() if rmse <= rules.SQUARE_RMSE}
    assert works == {10, 11, 12}
    assert set(measured().windows) - works == {5, 6, 7, 8, 9}
    # One jump that comes one step late would be no success.
    steps = EXERCISES["smallest-window"].solution.horizon
    assert steps is not None
    assert np.sqrt(2**2 / steps) > rules.SQUARE_RMSE


@pytest.mark.parametrize("window", [9, 10])
def test_new_runs_at_the_edge_agree_with_the_measured_ones(window: int) -> None:
    rmse = trained(EXERCISES["smallest-window"].start.replace(window=window)).scores["rmse"]
    assert (rmse <= rules.SQUARE_RMSE) == (window == 10)


def test_training_settles_below_the_measured_limit_and_diverges_above() -> None:
    diverging = [r for r, loss in measured().rates.items() if loss > rules.DIVERGED_LOSS]
    settling = [r for r, loss in measured().rates.items() if loss <= rules.DIVERGED_LOSS]
    assert max(settling) < min(diverging)
    solution = EXERCISES["divergence"].solution
    assert solution.learning_rate <= rules.RATE_TOLERANCE * min(diverging)
    low = trained(solution.replace(learning_rate=min(settling)))
    assert EXERCISES["divergence"].check(low).key == "settles"


def test_the_error_of_the_large_network_is_that_of_a_new_run() -> None:
    rmse = trained(EXERCISES["tenth"].start).scores["rmse"]
    assert measured().large == pytest.approx(rmse, rel=0.25)


def test_the_script_measures_and_writes_what_is_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Each run has one epoch here. Only the way from the runs to the file is tested."""
    monkeypatch.setattr(make_measured, "FILE", tmp_path / "measured.json")
    monkeypatch.setattr(make_measured, "WINDOWS", [5, 6])
    monkeypatch.setattr(make_measured, "RATES", [0.5])
    monkeypatch.setattr(make_measured, "run", lambda e: run(e.replace(epochs=1)))
    make_measured.main()
    numbers = Measured.from_dict(json.loads((tmp_path / "measured.json").read_text("utf-8")))
    assert str(numbers) in capsys.readouterr().out
    assert set(numbers.windows) == {5, 6}
    one = run(EXERCISES["divergence"].start.replace(epochs=1, learning_rate=0.5))
    assert numbers.rates[0.5] == pytest.approx(rules.final_loss(one), rel=1e-4)
    window = EXERCISES["smallest-window"].start.replace(window=6, epochs=1)
    best = min(run(window.replace(seed=seed)).scores["rmse"] for seed in range(3))
    assert numbers.windows[6] == pytest.approx(best, rel=1e-4)
