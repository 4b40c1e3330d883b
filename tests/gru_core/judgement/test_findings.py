"""The findings: the rules on closed forms, the words on numbers, and both on trained networks."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gru_core import Experiment, run
from gru_core.data.series import as_series
from gru_core.forecast.baselines import BASELINES
from gru_core.forecast.problem import Problem
from gru_core.forecast.result import Result
from gru_core.judgement.evaluation import Evaluation
from gru_core.judgement.findings import Finding, judge, lag_of

SINE = np.sin(2 * np.pi * np.arange(300) / 20)
WALK = np.cumsum(np.random.default_rng(3).standard_normal(300))
SMALL = Experiment(window=10, hidden_size=16, epochs=1, warm_start=True)


@pytest.fixture(scope="module")
def good() -> Result:
    """A sine whose readout is solved exactly: a good forecast."""
    return run(SMALL, SINE)


def evaluation(**errors: float) -> Evaluation:
    """What `evaluate` would give, had the forecasts these mean errors at every lead."""
    names = ["forecast", *BASELINES]
    mae = [errors.get(name, 9.0) for name in names]
    by_lead = pd.DataFrame(
        {name: np.full(20, error) for name, error in zip(names, mae, strict=True)}
    )
    return Evaluation(
        starts=np.arange(5),
        horizon=20,
        unseen=True,
        by_lead=by_lead.assign(lead=np.arange(1, 21), one_step=0.01),
        make_table=pd.DataFrame,
    )


def forecasting(result: Result, values: Any) -> Result:
    """The result, had its closed loop given these values."""
    return replace(result, forecast=result.forecast.assign(forecast=values))


def kinds(findings: list[Finding]) -> list[str]:
    return [finding.kind for finding in findings]


# --- lag: the rule


def test_a_copy_of_the_last_value_lags() -> None:
    lag = lag_of(WALK[:-1], WALK[1:], WALK[:-1])
    assert lag.lags
    assert (lag.to_last, lag.skill) == (0, 0)


@given(share=st.floats(0.0, 0.3), seed=st.integers(0, 100))
def test_a_shrunken_or_noisy_copy_lags(share: float, seed: int) -> None:
    steps = np.random.default_rng(seed).standard_normal((2, 400))
    walk = np.cumsum(steps[0])
    lag = lag_of(walk[:-1] + share * steps[1][1:], walk[1:], walk[:-1])
    assert lag.lags


@given(period=st.floats(6, 400), error=st.floats(0, 0.4), seed=st.integers(0, 100))
def test_a_good_prediction_of_a_smooth_series_does_not_lag(
    period: float, error: float, seed: int
) -> None:
    """However small the steps: errors below half a step know more than the last value."""
    values = np.sin(2 * np.pi * np.arange(1000) / period)
    true, before = values[1:], values[:-1]
    noise = np.random.default_rng(seed).standard_normal(999)
    predicted = true + error * np.sqrt(np.mean((true - before) ** 2)) * noise
    lag = lag_of(predicted, true, before)
    assert not lag.lags
    assert lag.skill == pytest.approx(1 - error**2, abs=0.05)


@given(size=st.floats(1, 50), seed=st.integers(0, 100))
def test_a_bad_prediction_is_not_yet_a_lag(size: float, seed: int) -> None:
    """Errors that have nothing to do with the last value are as far from it as from the truth."""
    values = np.sin(np.arange(1000) / 10)
    noise = size * np.random.default_rng(seed).standard_normal(999)
    lag = lag_of(values[1:] + noise, values[1:], values[:-1])
    assert lag.skill < 0
    assert not lag.lags


def test_on_a_constant_nothing_lags() -> None:
    same = np.ones(10)
    assert not lag_of(same, same, same).lags


# --- the findings on trained networks


def test_a_good_network_is_called_so(good: Result) -> None:
    [finding] = judge(good)
    assert (finding.kind, finding.tone) == ("close", "good")
    assert "from 10 starts in the holdout" in finding.sentence
    assert "A linear model (AR) is closer still, with ≈ 0." in finding.sentence
    assert (finding.advice, finding.change) == ("", {})


def test_on_a_random_walk_every_finding_is_a_note() -> None:
    findings = judge(run(Experiment(window=5, hidden_size=8, epochs=20), WALK))
    assert "lag" in kinds(findings)
    [lag] = [finding for finding in findings if finding.kind == "lag"]
    assert lag.sentence.count("chance") == 1
    assert not [finding for finding in findings if "chance" in finding.sentence and finding != lag]
    assert {finding.tone for finding in findings} == {"note"}
    assert {finding.advice for finding in findings} == {""}


def test_a_window_of_one_value_lags_and_is_told_to_be_longer() -> None:
    result = run(Experiment(window=1, hidden_size=8, epochs=20), SINE)
    findings = {finding.kind: finding for finding in judge(result)}
    assert findings["lag"].tone == "bad"
    assert "its squared error is less than 0.01 % of that of copying" in findings["lag"].sentence
    assert findings["lag"].change == {"window": 20}
    assert "Set 'Window' to 20: a cycle takes 20 steps" in findings["lag"].advice
    assert findings["loses"].tone == "bad"


def test_an_untrained_network_goes_flat_and_loses() -> None:
    result = run(Experiment(window=10, hidden_size=4, epochs=1, learning_rate=1e-6), SINE)
    findings = judge(result)
    assert kinds(findings) == ["flat", "loses"]
    assert {finding.tone for finding in findings} == {"bad"}


def test_what_lies_beyond_all_data_is_unscored() -> None:
    [finding] = judge(run(SMALL.replace(holdout=0.0, forecast_start="end"), SINE))
    assert (finding.kind, finding.tone, finding.change) == ("unscored", "note", {"holdout": 0.2})


def test_beyond_the_data_the_holdout_judges() -> None:
    [finding] = judge(run(SMALL.replace(forecast_start="end"), SINE))
    assert finding.kind == "close"


def test_without_a_holdout_it_says_that_training_has_seen_the_values() -> None:
    [finding] = judge(run(SMALL.replace(holdout=0.0, forecast_start="first"), SINE))
    assert "in values that training has seen (no test of the future)" in finding.sentence


# --- the findings by their numbers


@pytest.mark.parametrize("bad", [math.inf, math.nan, -math.inf, 50.0, -50.0])
def test_a_forecast_that_explodes_is_not_judged_further(good: Result, bad: float) -> None:
    values = good.forecast["forecast"].to_numpy().copy()
    values[17:] = bad
    [finding] = judge(forecasting(good, values), evaluation(forecast=math.inf))
    assert (finding.kind, finding.tone) == ("exploded", "bad")
    assert finding.sentence.startswith("It explodes: after 18 steps it is ")


def test_an_explosion_from_other_starts_is_found(good: Result) -> None:
    [finding] = judge(good, evaluation(forecast=math.inf))
    assert finding.sentence == "It explodes from some of 5 starts in the series."


@pytest.mark.parametrize("after", [0, 5, 20])
def test_a_forecast_that_is_mostly_flat_is_flat(good: Result, after: int) -> None:
    values = good.forecast["forecast"].to_numpy().copy()
    values[after:] = values[after]
    findings = judge(forecasting(good, values), evaluation(forecast=1.0, linear_ar=0.1))
    assert kinds(findings) == ["flat", "loses"]
    length = len(values) - int(0.4 * len(values))
    words = f"Its last {length} steps vary less than 0.01 % as much as the series does in {length} "
    assert words in findings[0].sentence


def test_a_forecast_that_dies_at_its_very_end_is_not_flat(good: Result) -> None:
    values = good.forecast["forecast"].to_numpy().copy()
    values[50:] = values[50]
    assert kinds(judge(forecasting(good, values), evaluation(forecast=0.001))) == ["beats"]


def test_a_flat_line_that_wins_is_no_fault(good: Result) -> None:
    flat = forecasting(good, np.zeros(len(good.forecast)))
    [finding] = judge(flat, evaluation(forecast=1.0))
    assert (finding.kind, finding.tone, finding.advice) == ("flat", "note", "")
    assert "No simple forecast is much better" in finding.sentence


@pytest.mark.parametrize("baseline", list(BASELINES))
def test_the_better_baseline_is_named_with_both_errors(good: Result, baseline: str) -> None:
    [finding] = judge(good, evaluation(forecast=0.25, **{baseline: 0.125}))
    names = {
        "copy_last": "Copying the last value",
        "seasonal_naive": "Repeating the last cycle",
        "linear_ar": "A linear model (AR)",
    }
    assert (finding.kind, finding.tone) == ("loses", "bad")
    assert finding.sentence == (
        f"{names[baseline]} is better. Its mean error is 0.125, and the GRU's is 0.25. Both errors "
        "are means over 20 steps from 5 starts in the holdout."
    )
    assert finding.advice


def test_the_steps_for_which_the_network_is_best_are_told(good: Result) -> None:
    given_errors = evaluation(forecast=0.5, linear_ar=0.3)
    given_errors.by_lead.loc[:6, "forecast"] = 0.1
    [finding] = judge(good, given_errors)
    assert finding.sentence.endswith("For the first 7 steps the GRU is the best of all.")


def test_a_winner_says_by_how_much(good: Result) -> None:
    [finding] = judge(good, evaluation(forecast=0.2, seasonal_naive=0.3))
    assert (finding.kind, finding.tone) == ("beats", "good")
    assert finding.sentence == (
        "The GRU beats every simple forecast. Its mean error is 0.2. The best simple forecast is "
        "repeating the last cycle, with 0.3, 50 % more. Both errors are means over 20 steps from 5 "
        "starts in the holdout."
    )


@given(own=st.floats(0, 8), errors_of_baselines=st.tuples(*[st.floats(0, 8)] * 3))
def test_who_is_better_is_never_wrong(
    good: Result, own: float, errors_of_baselines: tuple[float, float, float]
) -> None:
    errors = dict(zip(BASELINES, errors_of_baselines, strict=True))
    [finding] = judge(good, evaluation(forecast=own, **errors))
    assert (finding.kind == "beats") == (own < min(errors_of_baselines))
    if finding.kind == "loses":
        assert own > 1.05 * min(errors_of_baselines)
    assert (finding.tone == "bad") == (finding.kind == "loses")


# --- what to try


def test_the_advised_change_lowers_the_error() -> None:
    """The trend is beyond what training has seen, and so is the advice's forecast's error."""
    t = np.arange(240)
    trend = t / 10 + 3 * np.sin(2 * np.pi * t / 12)
    before = run(Experiment(window=6, hidden_size=8, epochs=30), trend)
    [*_, finding] = judge(before)
    assert finding.kind == "loses"
    assert finding.change["normalization"] == "window"
    assert (
        "'Each window by itself': the series leaves the range that training has" in finding.advice
    )
    after = run(before.experiment.replace(**finding.change), trend)
    assert after.scores["mae"] < before.scores["mae"] / 2


@pytest.mark.parametrize(
    ("level", "size"), [(1000.0, 100.0), (-5000.0, 500.0), (3e5, 2e4), (0.0, 1e-3)]
)
def test_raw_values_that_are_too_large_or_too_small_ask_for_scaling(
    level: float, size: float
) -> None:
    """Without normalization the forecast is flat. Neither window nor epochs would mend that."""
    wave = level + size * np.sin(2 * np.pi * np.arange(200) / 20)
    before = run(Experiment(hidden_size=8, epochs=5, normalization="none"), wave)
    for finding in judge(before):
        assert finding.change["normalization"] == "standard"
        assert "'Normalization' to 'Standard" in finding.advice
        assert "window" not in finding.change
        if finding.kind in ("flat", "loses"):
            assert "learns best from values near ±1" in finding.advice
        else:
            assert finding.kind == "exploded"  # far too small values seem to explode first
    after = run(before.experiment.replace(normalization="standard"), wave)
    assert after.scores["mae"] < before.scores["mae"] / 1.5


def test_raw_values_near_one_need_no_scaling(good: Result) -> None:
    """Nor do large values whose changes are small, where the network reads the changes."""
    for values, options in ((SINE, {}), (1e4 + SINE, {"difference": 1})):
        experiment = SMALL.replace(normalization="none", **options)
        drawn = forecasting(good, values[-len(good.forecast) :])
        problem = Problem.of(experiment, values)
        [finding] = judge(replace(drawn, problem=problem), evaluation(forecast=0.5, copy_last=0.1))
        assert finding.kind == "loses"
        assert "normalization" not in finding.change


def test_changes_need_no_window_by_itself(good: Result) -> None:
    """The values leave what training has seen, but their changes do not."""
    rising = np.linspace(0.0, 9.0, len(good.series))
    advised = []
    for difference in (None, 1):
        experiment = SMALL.replace(difference=difference)
        [finding] = judge(
            replace(good, problem=Problem.of(experiment, as_series(rising))),
            evaluation(forecast=0.5, seasonal_naive=0.1),
        )
        advised.append("normalization" in finding.change)
    assert advised == [True, False]


def test_a_good_one_step_and_a_bad_loop_ask_for_the_closed_loop(good: Result) -> None:
    [finding] = judge(good, evaluation(forecast=0.5, seasonal_naive=0.1))
    assert finding.change == {"objective": "closed-loop", "feedback": "state", "loop_steps": 16}
    assert "'Objective' to 'The closed loop', 'Feedback' to 'Carry the hidden" in finding.advice


def test_a_linear_path_is_advised_where_a_linear_model_is_better() -> None:
    """On two sines that is as good as exact: less than a thousandth of the error is left."""
    t = np.arange(400)
    sines = np.sin(2 * np.pi * t / 20) + 0.5 * np.sin(2 * np.pi * t / 7.3)
    before = run(Experiment(window=20, hidden_size=16, epochs=60), sines)
    [*_, finding] = judge(before)
    assert "A linear model (AR) is better" in finding.sentence
    assert finding.change == {"linear_path": True, "warm_start": True}
    assert "Set 'Linear path' to on and 'Warm start' to on: it then begins" in finding.advice
    after = run(before.experiment.replace(**finding.change), sines)
    assert after.scores["mae"] < before.scores["mae"] / 1000


@pytest.mark.parametrize("options", [{"linear_path": True}, {"normalization": "none"}], ids=str)
def test_a_linear_path_is_advised_where_there_is_none(good: Result, options: Any) -> None:
    problem = replace(good.problem, experiment=SMALL.replace(**options))
    [finding] = judge(replace(good, problem=problem), evaluation(forecast=0.5, linear_ar=0.1))
    assert ("linear_path" in finding.change) == ("linear_path" not in options)


@pytest.mark.parametrize(
    ("options", "change"),
    [
        ({"learning_rate": 0.3}, {"learning_rate": 0.01}),
        ({"learning_rate": 0.01, "clip": None}, {"clip": 1.0}),
        ({"learning_rate": 0.01, "normalization": "none"}, {"normalization": "standard"}),
        ({"learning_rate": 0.01, "keep": "last"}, {"keep": "best"}),
        (
            {"learning_rate": 0.01},
            {"objective": "closed-loop", "feedback": "state", "loop_steps": 16},
        ),
    ],
    ids=str,
)
def test_an_explosion_is_calmed(
    good: Result, options: dict[str, Any], change: dict[str, Any]
) -> None:
    problem = replace(good.problem, experiment=SMALL.replace(**options))
    exploded = forecasting(replace(good, problem=problem), math.inf)
    [finding] = judge(exploded, evaluation(forecast=math.inf))
    assert finding.change == change


@given(
    window=st.integers(1, 100),
    epochs=st.integers(1, 200),
    normalization=st.sampled_from(["none", "standard", "window"]),
    objective=st.sampled_from(["one-step", "closed-loop"]),
    kept=st.integers(0, 200),
)
def test_what_is_advised_can_always_be_done(good: Result, kept: int, **options: Any) -> None:
    experiment = SMALL.replace(**options)
    problem = Problem.of(experiment, SINE)
    result = replace(good, problem=problem, kept_epoch=kept)
    [*_, finding] = judge(result, evaluation(forecast=0.5, linear_ar=0.1))
    changed = experiment.replace(**finding.change)
    Problem.of(changed, SINE)
    assert (changed == experiment) == (finding.advice == "")


def ended(result: Result, status: Any, epoch: int, **options: Any) -> Result:
    """The result, had its run ended so after `epoch` epochs of 100, the last the best."""
    problem = replace(result.problem, experiment=SMALL.replace(**{"epochs": 100} | options))
    checkpoint = replace(result.checkpoint, epoch=epoch)
    return replace(result, problem=problem, status=status, checkpoint=checkpoint, kept_epoch=epoch)


@pytest.mark.parametrize("status", ["stopped", "interrupted"])
@pytest.mark.parametrize("epoch", [0, 1, 6, 99, 130])
def test_after_a_stop_the_advice_is_to_continue(good: Result, status: str, epoch: int) -> None:
    stopped = ended(good, status, epoch)
    [finding] = judge(stopped, evaluation(forecast=0.5, linear_ar=0.1))
    assert (finding.kind, finding.advice_kind, finding.change) == ("loses", "continue", {})
    epochs = "1 epoch" if epoch == 1 else f"{epoch} epochs"
    assert finding.advice.startswith(f"Press Continue. Training ended early, after {epochs},")


def test_a_run_with_planned_epochs_left_is_advised_to_resume() -> None:
    stopped = run(SMALL, SINE, should_stop=lambda: True)
    [finding] = judge(stopped, evaluation(forecast=0.5, linear_ar=0.1))
    assert finding.advice.startswith("Press Resume. Training ended early, after 0 epochs,")


def test_an_interruption_after_the_last_epoch_leaves_nothing_to_continue(good: Result) -> None:
    [finding] = judge(ended(good, "interrupted", 100), evaluation(forecast=0.5, linear_ar=0.1))
    assert finding.advice_kind == "options"
    assert finding.change


def test_a_stopped_run_that_explodes_is_calmed_first(good: Result) -> None:
    evaluated = evaluation(forecast=math.inf)
    [finding] = judge(forecasting(ended(good, "stopped", 6, learning_rate=0.3), 1e9), evaluated)
    assert (finding.kind, finding.change) == ("exploded", {"learning_rate": 0.01})
    [finding] = judge(forecasting(ended(good, "stopped", 6, learning_rate=0.01), 1e9), evaluated)
    assert (finding.kind, finding.advice_kind) == ("exploded", "continue")


@pytest.mark.parametrize("status", ["finished", "diverged"])
@given(
    epoch=st.integers(0, 200),
    epochs=st.integers(1, 200),
    objective=st.sampled_from(["one-step", "closed-loop"]),
)
def test_no_advice_is_a_step_back_in_epochs(
    good: Result, status: str, epoch: int, epochs: int, objective: str
) -> None:
    result = ended(good, status, epoch, epochs=epochs, objective=objective)
    [finding] = judge(result, evaluation(forecast=0.5, linear_ar=0.1))
    assert finding.change.get("epochs", math.inf) > epochs


def test_more_epochs_are_advised_where_the_last_were_the_best(good: Result) -> None:
    result = ended(good, "finished", 100, objective="closed-loop", feedback="state")
    [finding] = judge(result, evaluation(forecast=0.5, seasonal_naive=0.1))
    assert finding.change == {"epochs": 200}
    assert finding.advice == "Set 'Epochs' to 200: the last epochs were the best so far."
