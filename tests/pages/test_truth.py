"""The truth about a finished forecast: what was found, what to try, and the closer looks."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.testing import assert_allclose

from gru_core.engine import Engine, Question, QuestionJob
from gru_core.forecast.baselines import BASELINES
from gru_core.judgement.findings import judge
from gru_core.judgement.handover import Handover
from gru_core.judgement.stability import stability
from gru_core.judgement.statistical import MODELS
from pages.ui import findings, truth
from pages.ui.findings import Findings

Lab = Callable[..., Any]
EXPLODES = {"learning_rate": "1", "clip": "", "schedule": "constant", "hidden_size": "64"}
#: Without a holdout, and of a forecast beyond the data.
UNSCORED = {"holdout": "0", "forecast_start": "end"}


def look(session: Any, at: str) -> None:
    """Choose a closer look."""
    [choice] = session.app.pills
    choice.set_value(at)
    session.look()


def known(session: Any) -> Findings:
    found = session.app.session_state["session"].findings
    assert isinstance(found, Findings)
    return found


def charts(session: Any) -> list[dict[str, Any]]:
    """The figures of the closer look."""
    always = ("forecast", "epochs-", "final-loss")
    return [chart["figure"] for key, chart in session.charts.items() if not key.startswith(always)]


# --- what was found, and what to try


def test_the_finding_stands_once_under_the_forecast(lab: Lab) -> None:
    session = lab()
    session.train()
    said = session.said("markdown")
    for found in judge(known(session).result):
        assert said.count(found.sentence) == 1
        assert said.count(found.advice) == 1 or not found.advice
    assert "a moment" not in session.said("caption")
    assert "For the forecast drawn here, the GRU's mean error is" in said


def test_advice_that_is_given_twice_is_shown_once(lab: Lab, monkeypatch: Any) -> None:
    session = lab()
    session.train()
    found = known(session)
    [one, *_] = judge(found.result)
    twice = [replace(one, tone="bad", advice="Do it.", change={"window": 12})] * 2
    monkeypatch.setattr(findings, "judge", lambda result: twice)
    session.app.session_state["session"].findings = None
    session.look()
    assert session.said("markdown").count("red-badge") == 2
    assert session.said("markdown").count("Do it.") == 1
    assert not session.button("Try it").disabled


def test_try_it_sets_the_controls_and_trains_nothing(lab: Lab, engine: Engine) -> None:
    session = lab(**UNSCORED)
    session.train()
    before = session.app.session_state["session"].result
    session.set("window", 12)
    session.press("Try it")
    assert session.value("holdout") == 0.2
    assert session.value("window") == 10  # the change is one of the run that was made
    assert session.value("epochs") == 12
    assert session.app.session_state["session"].result is before
    assert engine.active(session.owner) is None
    assert "other settings (Holdout: 0 → 0.2)" in session.said("warning")


def test_an_explosion_is_said_with_its_remedy(lab: Lab) -> None:
    session = lab(**EXPLODES, points="300")
    session.train()
    assert "It explodes: after " in session.said("markdown")
    assert "Set 'Learning rate' to 0.01" in session.said("markdown")
    session.press("Try it")
    assert session.value("learning_rate") == 0.01
    for at in ("Stability", "Error by lead time", "Many starts"):
        look(session, at)


def test_a_run_that_diverged_is_told_what_to_try_whatever_it_left(lab: Lab) -> None:
    session = lab()
    session.train()
    page = session.app.session_state["session"]
    good = [replace(judge(page.result)[0], tone="good", advice="", change={})]
    page.result = replace(page.result, status="diverged", reason="the loss is not finite")
    page.job = None
    found = page.findings = Findings(page.result)
    found.__dict__["verdicts"] = good
    session.look()
    assert "Training diverged: the loss is not finite" in session.said("error")
    assert session.said("markdown").count("What to try.") == 1
    assert "no step then throws the weights away" in session.said("markdown")


def test_what_is_found_belongs_to_one_result(lab: Lab) -> None:
    session = lab()
    session.train()
    first = known(session)
    session.look()
    assert known(session) is first
    session.train()
    assert known(session) is not first


# --- closer looks


def test_only_the_look_that_is_chosen_is_computed(lab: Lab) -> None:
    session = lab()
    session.train()
    assert set(known(session).__dict__) == {"result", "models", "verdicts", "handovers"}
    look(session, "Stability")
    assert "stability" in known(session).__dict__
    assert "evaluation" not in known(session).__dict__
    look(session, "Many starts")
    assert "evaluation" in known(session).__dict__


def test_the_handover_brings_every_place_of_its_slider(lab: Lab) -> None:
    session = lab()
    session.train()
    [figure] = charts(session)
    assert [line["name"] for line in figure["data"]] == ["Original", "One step", "Closed loop"]
    assert figure["data"][0]["x"] == list(range(72, 120))  # as much before the forecast
    forecast = known(session).result.forecast
    frames = figure["frames"]
    assert [frame["name"] for frame in frames[:3]] == ["0 steps", "1 step", "2 steps"]
    fed, loop = ([frame["data"][k]["y"] for frame in frames] for k in (0, 1))
    assert [len(values) for values in fed] == list(range(25))
    assert [len(values) for values in loop] == list(range(24, -1, -1))
    assert_allclose(fed[-1], forecast["one_step"], rtol=1e-4, atol=1e-5)
    assert_allclose(loop[0], forecast["forecast"], rtol=1e-4, atol=1e-5)
    assert frames[3]["data"][0]["x"] == [96, 97, 98]
    assert frames[3]["data"][1]["x"][0] == 99


def test_the_handover_says_the_error_on_either_side(lab: Lab) -> None:
    session = lab()
    session.train()
    result = known(session).result
    fed, itself = np.full(6, 0.25), np.full(18, -4.0)
    actual = result.forecast["actual"].to_numpy()
    errors = [np.abs(0.25 - actual[:6]).mean(), np.abs(-4.0 - actual[6:]).mean()]
    before, after = (f"{error:.3g}" for error in errors)
    for handover, told in (
        (
            Handover(fed, itself),
            f"{before} while it is fed true values, and {after} once it feeds itself",
        ),
        (Handover(actual, np.empty(0)), "0 while it is fed true values"),
        (Handover(np.empty(0), actual * np.inf), "beyond all numbers once it feeds itself"),
    ):
        assert truth._parted(result, handover) == f"Its mean error is {told}."


def test_stability_is_a_verdict_a_long_run_and_two_portraits(lab: Lab) -> None:
    session = lab()
    session.train()
    look(session, "Stability")
    verdict = stability(known(session).result)
    assert verdict.sentence in session.said("markdown")
    run, true, generated = charts(session)
    names = [[trace["name"] for trace in found["data"]] for found in (run, true, generated)]
    assert names == [["Original", "Closed loop"], ["Original"], ["Closed loop"]]
    assert true["layout"]["xaxis"]["range"] == generated["layout"]["xaxis"]["range"]


def test_the_error_by_lead_time_says_why_it_grows(lab: Lab) -> None:
    session = lab()
    session.train()
    look(session, "Error by lead time")
    assert "each step reads what the steps before it got wrong" in session.said("markdown")
    [figure] = charts(session)
    low, high = figure["layout"]["yaxis"]["range"]
    own = known(session).evaluation.by_lead[["forecast", "one_step"]]
    assert 10**low < own.min().min() < own.max().max() < 10**high


def test_many_starts_are_in_one_table(lab: Lab) -> None:
    session = lab()
    session.train()
    look(session, "Many starts")
    scored = known(session).evaluation
    assert (
        f"here are {len(scored.starts)} starts in the holdout, and 12 "
        "steps from each" in session.said("markdown")
    )
    table = session.app.dataframe[-1].value
    assert list(table.columns) == ["Forecast", "mase", "smape", "rmse", "mae", "skill"]
    assert set(table["Forecast"]) == {"GRU", *BASELINES.values()}
    assert table["mae"].is_monotonic_increasing
    own = table.set_index("Forecast").loc["GRU"]
    assert own["skill"] == scored.table["skill"]["forecast"]


def test_without_a_holdout_every_look_says_what_it_can(lab: Lab) -> None:
    session = lab(**UNSCORED)
    session.train()
    said = session.said("markdown")
    assert "Nobody can say how good this forecast is" in said
    assert "Not scored" not in said
    assert not session.app.dataframe  # of scores that are not there
    assert "there are no true values that could be fed" in said
    look(session, "Stability")
    assert "Portraits." in session.said("markdown")
    look(session, "Error by lead time")
    assert "in values that training has seen (no test of the future)" in session.said("markdown")
    look(session, "Many starts")
    assert "in values that training has seen (no test of the future)" in session.said("markdown")
    assert "where there is a holdout" in session.said("caption")


# --- established models


def test_the_statistical_models_come_into_the_table(lab: Lab, engine: Engine) -> None:
    session = lab(signal="air-passengers", horizon="6")
    session.train()
    look(session, "Many starts")
    session.press(f"Compare with {', '.join(MODELS.values())}")
    asked = known(session).models
    assert asked is not None
    assert asked.question.arguments["train_end"] == known(session).result.parts.train_end
    session.until(lambda: not asked.active, "the end of the comparison")
    session.look()
    assert asked.status == "finished"
    table = session.app.dataframe[-1].value
    assert set(table["Forecast"]) == {"GRU", *BASELINES.values(), *MODELS.values()}
    assert np.isfinite(table.drop(columns="Forecast").to_numpy()).all()
    assert not [button for button in session.app.button if "Compare" in button.label]
    look(session, "Handover")
    look(session, "Many starts")
    assert set(session.app.dataframe[-1].value["Forecast"]) >= set(MODELS.values())
    session.train()  # another result has not been compared with anything
    assert set(session.app.dataframe[-1].value["Forecast"]) == {"GRU", *BASELINES.values()}


def test_a_comparison_can_be_stopped_and_asked_for_again(lab: Lab, engine: Engine) -> None:
    session = lab()
    session.train()
    look(session, "Many starts")
    session.press(f"Compare with {', '.join(MODELS.values())}")
    asked = known(session).models
    assert asked is not None
    if asked.active:
        session.press("Stop the comparison")
    session.until(lambda: not asked.active, "the end of the comparison")
    session.look()
    assert not session.app.error
    assert not session.button("Train").disabled
    if len(asked.result or {}) < len(MODELS):
        assert not session.button(f"Compare with {', '.join(MODELS.values())}").disabled


def test_a_comparison_is_the_one_thing_that_goes_on(lab: Lab) -> None:
    session = lab()
    session.train()
    stopped: list[str] = []
    known(session).models = QuestionJob(
        "1",
        session.owner,
        Question("statistical", known(session).result.series, {}),
        place=lambda job: 2,
        stop=lambda job: stopped.append(job.id),
    )
    session.look()
    for label in ("Train", "Suggest settings", "Continue", "Rewind"):
        assert session.button(label).disabled
    for at in ("Stability", "Many starts"):  # it is told whichever look is taken
        look(session, at)
        [bar] = session.app.get("progress")
        assert bar.proto.text == "The comparison waits for a free worker: 2 before it."
    assert not [button for button in session.app.button if "Compare" in button.label]
    session.press("Stop")
    session.press("Stop the comparison")
    assert stopped == ["1", "1"]
    known(session).models.end("stopped", "Stopped before it began.")
    session.look()
    assert not session.button("Train").disabled
    assert session.button("Stop").disabled
    assert "Stopped before it began." in session.said("caption")


def test_a_model_that_fails_is_named_and_has_no_row(lab: Lab) -> None:
    session = lab()
    session.train()
    found = known(session)
    starts, steps = len(found.evaluation.starts), found.evaluation.horizon
    found.models = _answered({name: np.full((starts, steps), 0.1) for name in MODELS})
    found.models.result["auto_arima"][0] = np.nan
    look(session, "Many starts")
    rows = set(session.app.dataframe[-1].value["Forecast"])
    assert rows == {"GRU", *BASELINES.values(), "AutoTheta", "AutoETS"}
    assert "No forecast from every start, and so no row: AutoARIMA." in session.said("caption")


def test_a_refusal_is_shown(lab: Lab, engine: Engine, monkeypatch: Any) -> None:
    session = lab()
    session.train()
    look(session, "Many starts")
    monkeypatch.setattr(engine, "_trouble", "The scheduler is out of reach.")
    session.press(f"Compare with {', '.join(MODELS.values())}")
    assert "The scheduler is out of reach." in session.said("error")
    assert known(session).models is None


def _answered(forecasts: dict[str, Any]) -> Any:
    """A question job that has ended with these forecasts."""

    class Answered:
        active, status, message, result = False, "finished", "", forecasts

    return Answered()
