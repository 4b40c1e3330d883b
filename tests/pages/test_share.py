"""The link that holds the settings, and the files to download."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest

from gru_core.experiment.experiment import Experiment
from gru_core.experiment.presets import PRESETS, Preset

ADDRESS = "https://lab.example.org/lab"


def link_of(session: Any) -> str:
    """The link under Share, for a user whose address bar shows `ADDRESS`."""
    session.app.context["url"] = ADDRESS
    session.look()
    return str(session.app.code[0].value)


def settings_in(link: str) -> dict[str, str]:
    return dict(parse_qsl(urlsplit(link).query, keep_blank_values=True))


@pytest.mark.parametrize("preset", PRESETS.values(), ids=lambda preset: preset.title)
def test_a_link_gives_another_user_the_same_settings(visit: Any, preset: Preset) -> None:
    mine = visit("lab.py", preset.experiment.to_query())
    link = link_of(mine)
    assert link.partition("?")[0] == ADDRESS
    assert Experiment.from_query(settings_in(link)) == preset.experiment
    yours = visit("lab.py", settings_in(link))
    assert {key: c.value for key, c in yours.controls.items()} == {
        key: c.value for key, c in mine.controls.items()
    }


def test_the_address_and_the_link_follow_the_controls(visit: Any) -> None:
    session = visit("lab.py")
    assert link_of(session) == ADDRESS
    session.set("window", 24)
    session.set("patience", None)
    session.set("shuffle", False)
    session.controls["signal.sine.span"].set_value(50.0)
    session.look()
    changed = {"window": "24", "patience": "", "shuffle": "0", "signal.span": "50.0"}
    assert settings_in(link_of(session)) == changed
    assert session.address == changed
    session.set("window", 10)
    assert "window" not in session.address


def test_invalid_settings_have_no_link(visit: Any) -> None:
    assert not visit("lab.py", {"window": "900"}).app.code


def test_a_link_says_that_it_does_not_contain_own_data(visit: Any) -> None:
    session = visit("lab.py", {"signal": "own"})
    session.app.text_area(key="own.text").set_value("\n".join(str(k % 7) for k in range(60)))
    session.look()
    # Written out, because another person's data would set these two anew.
    set_by_the_data = {"window": "8", "normalization": "standard"}
    assert settings_in(link_of(session)) == {"signal": "own"} | set_by_the_data
    assert "The link holds the settings, not your data." in session.text("caption")


def test_more_files_can_be_downloaded_after_a_run(lab: Any) -> None:
    session = lab()
    labels = [button.label for button in session.app.get("download_button")]
    assert labels == ["Experiment (JSON)"]
    session.train()
    labels = [button.label for button in session.app.get("download_button")]
    assert labels == [
        "Experiment (JSON)",
        "Forecast (CSV)",
        "Loss history (CSV)",
        "Experiment of this result (JSON)",
        "Forecast chart (HTML, 5 MB)",
        "Forecast chart (small HTML, needs internet)",
        "Python script",
        "Jupyter notebook",
    ]
