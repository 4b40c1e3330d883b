"""A session that comes back must not watch files if no session should."""

from __future__ import annotations

from unittest.mock import Mock

import pytest
from streamlit import config
from streamlit.runtime.app_session import AppSession

from pages.ui import watchers


@pytest.mark.parametrize(("setting", "watched"), [("none", 0), ("poll", 1)])
def test_a_session_that_comes_back_obeys_the_setting(
    setting: str, watched: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    began: list[object] = []
    monkeypatch.setattr(AppSession, "register_file_watchers", lambda session: began.append(session))
    monkeypatch.setattr(config, "get_option", lambda name: setting)
    watchers.obey_the_setting()
    AppSession.register_file_watchers(Mock())  # what Streamlit calls when it comes back
    assert len(began) == watched
