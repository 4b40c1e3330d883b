"""Suggest settings: the search on the engine, what it tried, and the controls it fills in."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from gru_core.engine import Engine, Question
from gru_core.search.recipe import Recommendation

Lab = Callable[..., Any]
SHORT = {"signal": "air-passengers", "points": "144", "holdout": "0.2", "horizon": "12"}


def suggested(lab: Any) -> Recommendation:
    lab.press("Suggest settings")
    session = lab.app.session_state["session"]
    lab.until(lambda: not session.suggesting, "the end of the search")
    found = session.suggestion.result
    assert isinstance(found, Recommendation)
    return found


def test_the_best_recipe_stands_in_the_controls(lab: Lab) -> None:
    page = lab(**SHORT)
    found = suggested(page)
    for name, value in found.chosen.recipe.options.items():
        if f"option.{name}" in page.controls:
            assert page.value(name) == value, name
    assert page.value("signal") == "air-passengers"  # what is forecast stays as it was
    assert page.value("holdout") == 0.2
    assert page.value("horizon") == 12
    assert f"Settings filled in: {found.chosen.recipe.title}" in page.said()
    [table] = [found.value for found in page.app.dataframe if "Recipe" in found.value]
    assert len(table) == len(found.trials) + len(found.baselines)
    assert table["Error (MASE)"].is_monotonic_increasing
    page.press("Close")
    assert "Settings filled in" not in page.said()


def test_the_suggested_settings_train(lab: Lab) -> None:
    page = lab(**SHORT)
    found = suggested(page)
    page.train()
    session = page.app.session_state["session"]
    assert session.result.experiment == found.chosen.recipe.applied_to(session.result.experiment)
    assert np.isfinite(session.result.scores["mase"])


def test_nothing_of_the_holdout_is_asked_about(lab: Lab, engine: Engine, monkeypatch: Any) -> None:
    asked: list[Question] = []

    def listen(question: Question, *, owner: str) -> Any:
        asked.append(question)
        return Engine.ask(engine, question, owner=owner)

    page = lab(**SHORT)
    monkeypatch.setattr(engine, "ask", listen)
    page.press("Suggest settings")
    page.press("Stop")
    [question] = asked
    assert len(question.series) == 144 - round(0.2 * 144)
    assert question.arguments["horizon"] == 12
    assert question.arguments["budget_s"] == 60  # others wait for the same workers


def test_stop_keeps_the_best_so_far(lab: Lab) -> None:
    page = lab(**SHORT)
    page.press("Suggest settings")
    session = page.app.session_state["session"]
    page.until(lambda: session.suggestion.told, "the first trial")
    assert page.button("Train").disabled
    page.press("Stop")
    page.until(lambda: not session.suggesting, "the end of the search")
    assert "Settings filled in" in page.said()
    assert not page.button("Train").disabled


def test_too_little_to_look_at_is_said(lab: Lab) -> None:
    page = lab(points="20", window="3", holdout="0.5", horizon="")
    page.press("Suggest settings")
    session = page.app.session_state["session"]
    page.until(lambda: not session.suggesting, "the end of the search")
    assert "needs at least 12" in page.said("error")
