"""Home: what it says, and the ways from there into the Lab."""

from __future__ import annotations

from typing import Any

import pytest

from gru_core.experiment.experiment import OPTIONS
from gru_core.experiment.presets import PRESETS, Preset


def test_home_says_what_this_is_and_where_to_begin(visit: Any) -> None:
    home = visit()
    assert home.app.title[0].value == "See what a GRU does"
    assert [head.value for head in home.app.header] == ["Five minutes", "Start from", "The words"]
    for words in ("closed-loop", *(preset.why for preset in PRESETS.values())):
        assert words in home.said("markdown")


def test_the_big_button_opens_the_lab_with_the_defaults(visit: Any) -> None:
    session = visit()
    session.press("Open the Lab")
    assert session.button("Train")
    assert not session.app.query_params
    assert {name: session.value(name) for name in ("signal", "window", "epochs")} == {
        "signal": "sine",
        "window": 10,
        "epochs": 100,
    }


@pytest.mark.parametrize("preset", PRESETS.values(), ids=lambda preset: preset.title)
def test_a_preset_opens_the_lab_with_its_settings(visit: Any, preset: Preset) -> None:
    session = visit()
    session.app.button(key=f"open-{list(PRESETS).index(preset.title)}").click()
    session.look()
    assert session.button("Train")
    for name in OPTIONS:
        if f"option.{name}" in session.controls:
            assert session.value(name) == getattr(preset.experiment, name), name
    assert session.app.query_params == preset.experiment.to_query()
    assert not session.app.warning
    assert not session.app.error
