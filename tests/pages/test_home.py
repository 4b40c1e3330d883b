"""Home: its texts, and its buttons into the Lab."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from gru_core.experiment.experiment import OPTIONS, Experiment
from gru_core.experiment.presets import PRESETS, Preset
from pages.ui import text
from pages.ui.glossary import WORDS


def test_home_explains_the_app_and_where_to_begin(visit: Any) -> None:
    home = visit()
    assert [title.value for title in home.app.title] == ["See what a GRU does"]
    assert [head.value for head in home.app.header] == [
        "What a GRU is",
        "Five minutes",
        "Start from",
        "The words",
    ]
    for words in (
        "closed loop",
        "gated recurrent unit",
        "in Spanish",
        *(preset.why for preset in PRESETS.values()),
    ):
        assert words in home.text("markdown")


@pytest.mark.parametrize(
    "block",
    [
        paragraph
        for name in ("WHAT_IT_IS", "HERO_CAPTION", "HERO_ALT", "WHAT_A_GRU_IS", "THE_LESSON")
        for paragraph in getattr(text, name).strip().split("\n\n")
    ],
    ids=lambda block: block[:20].strip(),
)
def test_every_paragraph_is_short(block: str) -> None:
    assert len(block.split()) <= 70


def test_all_buttons_have_different_names(visit: Any) -> None:
    names = [button.label for button in visit().app.button]
    assert len(names) == len(PRESETS) + 4
    assert len(set(names)) == len(names)


@pytest.mark.parametrize("page", ["home.py", "lab.py"])
def test_the_pages_explain_their_technical_words(visit: Any, page: str) -> None:
    words = visit(page).markdown("markdown")
    assert {"GRU", "hidden state", "gate", "loss", "validation", "AR", "MASE"} <= set(WORDS)
    for word, meaning in WORDS.items():
        assert f"| **{word}** | {meaning} |" in words


def test_open_the_lab_shows_the_defaults_and_trains_nothing(visit: Any) -> None:
    session = visit()
    session.press("Open the Lab")
    assert not session.button("Train").disabled  # nothing is running
    assert not session.app.query_params
    assert {name: session.value(name) for name in ("signal", "window", "epochs")} == {
        "signal": "sine",
        "window": 10,
        "epochs": 45,
    }


def test_train_a_gru_now_trains_the_defaults_once(visit: Any) -> None:
    session = visit()
    session.press("Train a GRU now")
    job = session.app.session_state["session"].job
    assert job.problem.experiment == Experiment()
    session.press("Stop")
    session.until(lambda: session.button("Stop").disabled, "the end of the run")
    session.look()
    assert session.app.session_state["session"].job is job
    assert not session.button("Train").disabled


def test_train_a_gru_now_does_not_disturb_a_running_run(
    long_lab: Callable[[], Any],
) -> None:
    session = long_lab()
    session.press("Train")
    job = session.app.session_state["session"].job
    session.go("home.py")
    session.press("Train a GRU now")
    assert session.app.session_state["session"].job is job
    assert not session.button("Stop").disabled
    session.go("lab.py")
    session.press("Stop")
    session.until(lambda: session.button("Stop").disabled, "the end of the run")
    session.look()
    assert session.app.session_state["session"].job is job  # no second run has started


@pytest.mark.parametrize("preset", PRESETS.values(), ids=lambda preset: preset.title)
def test_a_preset_opens_the_lab_with_its_settings(visit: Any, preset: Preset) -> None:
    session = visit()
    session.app.button(key=f"open-{list(PRESETS).index(preset.title)}").click()
    session.look()
    assert session.button("Train")
    for name in OPTIONS:
        if f"option.{name}" in session.controls:
            assert session.value(name) == getattr(preset.experiment, name), name
    assert session.address == preset.experiment.to_query()
    assert not session.app.warning
    assert not session.app.error
