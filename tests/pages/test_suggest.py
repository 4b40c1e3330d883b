"""Suggest settings: the search, its trials, and the controls that it fills in."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from gru_core.engine import Engine, Question
from gru_core.search.recipe import Recommendation
from gru_core.wording import error_in_words
from tests.long_run import LONG_SEARCH

Lab = Callable[..., Any]
SHORT = {"signal": "air-passengers", "points": "144", "holdout": "0.2", "horizon": "12"}


def suggested(lab: Any) -> Recommendation:
    lab.press("Suggest settings")
    session = lab.app.session_state["session"]
    lab.until(lambda: not session.suggesting, "the end of the search")
    recommendation = session.suggestion.result
    assert isinstance(recommendation, Recommendation)
    return recommendation


def test_the_best_recipe_fills_in_the_controls(lab: Lab) -> None:
    page = lab(**SHORT)
    recommendation = suggested(page)
    for name, value in recommendation.chosen.recipe.options.items():
        if f"option.{name}" in page.controls:
            assert page.value(name) == value, name
    assert page.value("signal") == "air-passengers"  # what to forecast does not change
    assert page.value("holdout") == 0.2
    assert page.value("horizon") == 12
    assert f"Settings filled in: {recommendation.chosen.recipe.title}" in page.text()
    [table] = [shown.value for shown in page.app.table if "Recipe" in shown.value]
    assert len(table) == len(recommendation.trials) + len(recommendation.baselines)
    errors = sorted(
        [*(trial.error for trial in recommendation.trials), *recommendation.baselines.values()]
    )
    assert list(table["Error (MASE)"]) == [error_in_words(error, 1.0) for error in errors]
    [marked] = [recipe for recipe in table["Recipe"] if "✓" in recipe]
    assert recommendation.chosen.recipe.title in marked
    assert recommendation.why in page.text("markdown")
    page.press("Close")
    assert "Settings filled in" not in page.text()


def test_the_suggested_settings_train(lab: Lab) -> None:
    page = lab(**SHORT)
    recommendation = suggested(page)
    page.train()
    session = page.app.session_state["session"]
    assert session.result.experiment == recommendation.chosen.recipe.applied_to(
        session.result.experiment
    )
    assert np.isfinite(session.result.scores["mase"])


def test_the_search_does_not_see_the_holdout(lab: Lab, engine: Engine, monkeypatch: Any) -> None:
    questions: list[Question] = []

    def listen(question: Question, *, owner: str) -> Any:
        questions.append(question)
        return Engine.ask(engine, question, owner=owner)

    page = lab(**SHORT)
    monkeypatch.setattr(engine, "ask", listen)
    page.press("Suggest settings")
    session = page.app.session_state["session"]
    page.until(lambda: not session.suggesting, "the end of the search")
    [question] = questions
    assert len(question.series) == 144 - round(0.2 * 144)
    assert question.arguments["horizon"] == 12
    assert question.arguments["budget_s"] == 60  # other users need the same workers


def test_stop_keeps_the_best_settings_so_far(lab: Lab) -> None:
    page = lab(**{name: str(value) for name, value in LONG_SEARCH.items()})
    page.press("Suggest settings")
    session = page.app.session_state["session"]
    page.until(lambda: session.suggestion.told, "the first trial")
    assert page.button("Train").disabled
    page.press("Stop")
    page.until(lambda: not session.suggesting, "the end of the search")
    assert "Settings filled in" in page.text()
    assert not page.button("Train").disabled


def test_a_series_that_is_too_short_says_so(lab: Lab) -> None:
    page = lab(points="20", window="3", holdout="0.7", horizon="")
    assert page.button("Suggest settings").disabled
    assert "needs at least 8 values before the holdout, and there are 6" in page.text("caption")
    assert not page.button("Train").disabled


@pytest.mark.parametrize("value", ["5", "0.1", "0"])
def test_a_constant_series_gets_settings_and_a_verdict(lab: Lab, value: str) -> None:
    """No error is divided by its spread, which is 0, or 4e-17 by rounding."""
    page = lab(signal="own")
    page.app.text_area(key="own.text").set_value("\n".join([value] * 60))
    page.look()
    suggested(page)
    assert "no cycle, no clear trend, and little noise" in page.text("markdown")
    page.train()
    assert "explode" not in page.text()
    assert not page.app.error
    for look in ("Stability", "Error by lead time", "Many starts", "Handover"):
        page.app.session_state["closer-look"] = look
        page.look()
