"""A finished forecast: the findings, the advice, and the closer looks."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from numpy.testing import assert_allclose

from gru_core import figures
from gru_core.engine import Engine, Question, QuestionJob
from gru_core.errors import EngineError
from gru_core.forecast.baselines import BASELINES
from gru_core.judgement.findings import judge
from gru_core.judgement.handover import Handover
from gru_core.judgement.stability import stability
from gru_core.judgement.statistical import MODELS
from gru_core.wording import number
from pages.ui import findings as findings_module
from pages.ui import truth
from pages.ui.findings import Findings

Lab = Callable[..., Any]
EXPLODES = {"learning_rate": "1", "clip": "", "schedule": "constant", "hidden_size": "64"}
#: No holdout, and a forecast beyond the data.
UNSCORED = {"holdout": "0", "forecast_start": "end"}


def look(session: Any, at: str) -> None:
    """Choose a closer look."""
    [choice] = session.app.pills
    choice.set_value(at)
    session.look()


def findings_of(session: Any) -> Findings:
    findings = session.app.session_state["session"].findings
    assert isinstance(findings, Findings)
    return findings


def charts(session: Any) -> list[dict[str, Any]]:
    """The figures of the closer look."""
    always = ("forecast", "epochs-", "final-loss")
    return [chart["figure"] for key, chart in session.charts.items() if not key.startswith(always)]


# --- findings and advice


def test_each_finding_is_shown_once(lab: Lab) -> None:
    session = lab()
    session.train()
    text = session.text("markdown")
    for finding in judge(findings_of(session).result):
        assert text.count(finding.sentence) == 1
        assert text.count(finding.advice) == 1 or not finding.advice
    assert "Comparing" not in session.text("caption")
    assert "For the forecast drawn here, the GRU's mean error is" in text


def test_repeated_advice_is_shown_once(lab: Lab, monkeypatch: Any) -> None:
    session = lab()
    session.train()
    [finding, *_] = judge(findings_of(session).result)
    twice = [replace(finding, tone="bad", advice="Do it.", change={"window": 12})] * 2
    monkeypatch.setattr(findings_module, "judge", lambda result: twice)
    session.app.session_state["session"].findings = None
    session.look()
    assert session.text("markdown").count("red-badge") == 2
    assert session.text("markdown").count("Do it.") == 1
    assert not session.button("Try it").disabled


def test_try_it_sets_the_controls_and_trains_nothing(lab: Lab, engine: Engine) -> None:
    session = lab(**UNSCORED)
    session.train()
    before = session.app.session_state["session"].result
    session.set("window", 12)
    session.press("Try it")
    assert session.value("holdout") == 0.2
    assert session.value("window") == 10  # the value of the run, not of the changed control
    assert session.value("epochs") == 12
    assert session.app.session_state["session"].result is before
    assert engine.active(session.owner) is None
    assert "other settings (Holdout: 0 → 0.2)" in session.text("warning")


def test_an_explosion_is_shown_with_advice(lab: Lab) -> None:
    session = lab(**EXPLODES, points="300", batch_size="35")
    session.train()
    assert "It explodes: after " in session.text("markdown")
    assert "Set 'Learning rate' to 0.01" in session.text("markdown")
    session.press("Try it")
    assert session.value("learning_rate") == 0.01
    for at in ("Stability", "Error by lead time", "Many starts"):
        look(session, at)


def test_a_diverged_run_gets_advice_even_if_its_verdict_is_good(lab: Lab) -> None:
    session = lab()
    session.train()
    page = session.app.session_state["session"]
    good = [replace(judge(page.result)[0], tone="good", advice="", change={})]
    page.result = replace(page.result, status="diverged", reason="the loss is not finite")
    page.job = None
    page.findings = Findings(page.result)
    page.findings.__dict__["verdicts"] = good
    session.look()
    assert "Training diverged: the loss is not finite" in session.text("error")
    assert session.text("markdown").count("What to try.") == 1
    assert "no step then throws the weights away" in session.text("markdown")


def test_findings_belong_to_one_result(lab: Lab) -> None:
    session = lab()
    session.train()
    first = findings_of(session)
    session.look()
    assert findings_of(session) is first
    session.train()
    assert findings_of(session) is not first


# --- closer looks


def test_only_the_chosen_look_is_computed(lab: Lab) -> None:
    session = lab()
    session.train()
    known = {"result", "models", "_figures", "verdicts", "handovers"}
    assert set(findings_of(session).__dict__) == known
    assert set(findings_of(session)._figures) == {"forecast", "epochs", "handover"}
    look(session, "Stability")
    assert "stability" in findings_of(session).__dict__
    assert "evaluation" not in findings_of(session).__dict__
    look(session, "Many starts")
    assert "evaluation" in findings_of(session).__dict__


def test_a_changed_option_makes_no_figure_of_the_result_again(
    lab: Lab, monkeypatch: pytest.MonkeyPatch
) -> None:
    session = lab()
    session.train()
    before = {key: chart["figure"] for key, chart in session.charts.items()}

    def again(*arguments: object, **more: object) -> None:
        raise AssertionError("this figure was made before")

    for name in ("result_figure", "by_epoch", "handover"):
        monkeypatch.setattr(figures, name, again)
    session.set("hidden_size", 9)
    assert {key: chart["figure"] for key, chart in session.charts.items()} == before


def test_the_handover_has_a_frame_for_every_slider_position(lab: Lab) -> None:
    session = lab()
    session.train()
    [figure] = charts(session)
    assert [line["name"] for line in figure["data"]] == ["Original", "One step", "Closed loop"]
    assert figure["data"][0]["x"] == list(range(72, 120))  # as many values before the forecast
    forecast = findings_of(session).result.forecast
    frames = figure["frames"]
    assert [frame["name"] for frame in frames[:3]] == ["0 steps", "1 step", "2 steps"]
    fed, loop = ([frame["data"][k]["y"] for frame in frames] for k in (0, 1))
    assert [len(values) for values in fed] == list(range(25))
    assert [len(values) for values in loop] == list(range(24, -1, -1))
    assert_allclose(fed[-1], forecast["one_step"], rtol=1e-4, atol=1e-5)
    assert_allclose(loop[0], forecast["forecast"], rtol=1e-4, atol=1e-5)
    assert frames[3]["data"][0]["x"] == [96, 97, 98]
    assert frames[3]["data"][1]["x"][0] == 99


def test_the_handover_shows_the_errors_before_and_after_it(lab: Lab) -> None:
    session = lab()
    session.train()
    result = findings_of(session).result
    fed, itself = np.full(6, 0.25), np.full(18, -4.0)
    actual = result.forecast["actual"].to_numpy()
    errors = [np.abs(0.25 - actual[:6]).mean(), np.abs(-4.0 - actual[6:]).mean()]
    before, after = (number(error) for error in errors)
    for handover, words in (
        (
            Handover(fed, itself),
            f"{before} while it is fed true values, and {after} once it feeds itself",
        ),
        (Handover(actual, np.empty(0)), "0 while it is fed true values"),
        (Handover(np.empty(0), actual * np.inf), "exploded once it feeds itself"),
    ):
        assert truth._errors(result, handover) == f"Its mean error is {words}."


def test_stability_shows_a_verdict_a_long_run_and_two_portraits(lab: Lab) -> None:
    session = lab()
    session.train()
    look(session, "Stability")
    verdict = stability(findings_of(session).result)
    assert verdict.sentence in session.text("markdown")
    run, true, generated = charts(session)
    names = [[trace["name"] for trace in figure["data"]] for figure in (run, true, generated)]
    assert names == [["Original", "Closed loop"], ["Original"], ["Closed loop"]]
    assert true["layout"]["xaxis"]["range"] == generated["layout"]["xaxis"]["range"]


def test_the_error_by_lead_time_explains_its_growth(lab: Lab) -> None:
    session = lab()
    session.train()
    look(session, "Error by lead time")
    assert "Each step of the closed loop builds on earlier mistakes" in session.text("markdown")
    [figure] = charts(session)
    low, high = figure["layout"]["yaxis"]["range"]
    own = findings_of(session).evaluation.by_lead[["forecast", "one_step"]]
    assert 10**low < own.min().min() < own.max().max() < 10**high


def test_many_starts_are_in_one_table(lab: Lab) -> None:
    session = lab()
    session.train()
    look(session, "Many starts")
    evaluation = findings_of(session).evaluation
    assert (
        f"the mean scores from {len(evaluation.starts)} starts in the holdout, 12 steps each"
        in session.text("markdown")
    )
    table = session.app.table[-1].value
    assert list(table.columns) == ["Forecast", "MASE", "MAE", "RMSE", "sMAPE", "Skill"]
    assert set(table["Forecast"]) == {"GRU", *BASELINES.values()}
    best = evaluation.table["mae"].idxmin()
    assert table["Forecast"].iloc[0] == ({"forecast": "GRU"} | BASELINES)[best]
    own = table.set_index("Forecast").loc["GRU"]
    assert own["Skill"] == number(evaluation.table["skill"]["forecast"])


def test_every_look_works_without_a_holdout(lab: Lab) -> None:
    session = lab(**UNSCORED)
    session.train()
    text = session.text("markdown")
    assert "Nobody can say how good this forecast is" in text
    assert "Not evaluation" not in text
    assert not session.app.table  # there are no scores
    assert "there are no true values to feed to the network" in text
    look(session, "Stability")
    assert "Portraits." in session.text("markdown")
    look(session, "Error by lead time")
    assert "in values that training has seen (no test of the future)" in session.text("markdown")
    look(session, "Many starts")
    assert "in values that training has seen (no test of the future)" in session.text("markdown")
    assert "Set a holdout to compare" in session.text("caption")


# --- established models


def test_the_statistical_models_appear_in_the_table(lab: Lab, engine: Engine) -> None:
    session = lab(signal="air-passengers", horizon="6")
    session.train()
    look(session, "Many starts")
    session.press(f"Compare with {', '.join(MODELS.values())}")
    job = findings_of(session).models
    assert job is not None
    assert job.question.arguments["train_end"] == findings_of(session).result.parts.train_end
    session.until(lambda: not job.active, "the end of the comparison")
    session.look()
    assert job.status == "finished"
    table = session.app.table[-1].value
    assert set(table["Forecast"]) == {"GRU", *BASELINES.values(), *MODELS.values()}
    assert not set(table.to_numpy().ravel()) & {"unknown", "exploded"}
    assert not [button for button in session.app.button if "Compare" in button.label]
    look(session, "Handover")
    look(session, "Many starts")
    assert set(session.app.table[-1].value["Forecast"]) >= set(MODELS.values())
    session.train()  # the new result has no comparison yet
    assert set(session.app.table[-1].value["Forecast"]) == {"GRU", *BASELINES.values()}


def test_a_comparison_can_be_stopped_and_started_again(lab: Lab, engine: Engine) -> None:
    session = lab()
    session.train()
    look(session, "Many starts")
    session.press(f"Compare with {', '.join(MODELS.values())}")
    job = findings_of(session).models
    assert job is not None
    if job.active:
        session.press("Stop the comparison")
    session.until(lambda: not job.active, "the end of the comparison")
    session.look()
    assert not session.app.error
    assert not session.button("Train").disabled
    if len(job.result or {}) < len(MODELS):
        assert not session.button(f"Compare with {', '.join(MODELS.values())}").disabled


def test_no_other_job_can_start_during_a_comparison(lab: Lab) -> None:
    session = lab()
    session.train()
    stopped: list[str] = []
    findings_of(session).models = QuestionJob(
        "1",
        session.owner,
        Question("statistical", findings_of(session).result.series, {}),
        place=lambda job: 2,
        stop=lambda job: stopped.append(job.id),
    )
    session.look()
    for label in ("Train", "Suggest settings", "Continue", "Rewind"):
        assert session.button(label).disabled
    for at in ("Stability", "Many starts"):  # every look shows the progress
        look(session, at)
        waits = "The comparison waits for a free worker. In the queue before it: 2."
        assert session.progress == [waits]
    assert not [button for button in session.app.button if "Compare" in button.label]
    session.press("Stop")
    session.press("Stop the comparison")
    assert stopped == ["1", "1"]
    findings_of(session).models.end("stopped", "Stopped before it began.")
    session.look()
    assert not session.button("Train").disabled
    assert session.button("Stop").disabled
    assert "Stopped before it began." in session.text("caption")


def test_a_model_that_fails_is_named_and_has_no_row(lab: Lab) -> None:
    session = lab()
    session.train()
    findings = findings_of(session)
    starts, steps = len(findings.evaluation.starts), findings.evaluation.horizon
    findings.models = _answered({name: np.full((starts, steps), 0.1) for name in MODELS})
    findings.models.result["auto_arima"][0] = np.nan
    look(session, "Many starts")
    rows = set(session.app.table[-1].value["Forecast"])
    assert rows == {"GRU", *BASELINES.values(), "AutoTheta", "AutoETS"}
    assert "at least one forecast is missing: AutoARIMA." in session.text("caption")


def test_a_refused_comparison_shows_an_error(lab: Lab, engine: Engine, monkeypatch: Any) -> None:
    session = lab()
    session.train()
    look(session, "Many starts")

    def refuse(*_: Any, **__: Any) -> None:
        raise EngineError("The scheduler is out of reach.")

    monkeypatch.setattr(engine, "ask", refuse)
    session.press(f"Compare with {', '.join(MODELS.values())}")
    assert "The scheduler is out of reach." in session.text("error")
    assert findings_of(session).models is None


def _answered(forecasts: dict[str, Any]) -> Any:
    """A question job that has ended with these forecasts."""

    class Answered:
        active, status, message, result = False, "finished", "", forecasts

    return Answered()
