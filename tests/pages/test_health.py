"""`/healthz` tells whether runs can begin, and a page knows whether its tab is still there."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest
from streamlit import runtime

import app
from gru_core.engine import Engine
from pages.ui import server
from tests.waiting import wait_until


@pytest.mark.parametrize(
    ("ready", "trouble", "unusable", "code", "body"),
    [
        (True, "", [], 200, {"status": "ok", "workers": "ready"}),
        (False, "", [], 200, {"status": "ok", "workers": "starting"}),
        (False, "They are away.", [], 503, {"status": "unavailable", "workers": "They are away."}),
        (
            True,
            "",
            ["The worker w is not used: why."],
            200,
            {"status": "ok", "workers": "ready", "unusable": ["The worker w is not used: why."]},
        ),
    ],
)
def test_healthz(
    ready: bool,
    trouble: str,
    unusable: list[str],
    code: int,
    body: dict[str, object],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    state = SimpleNamespace(ready=ready, trouble=trouble, unusable=unusable)
    monkeypatch.setattr(server, "engine", lambda: state)
    answer: Any = asyncio.run(app.healthz(None))  # type: ignore[arg-type]
    assert answer.status_code == code
    assert json.loads(answer.body) == body


def test_work_of_a_closed_tab_ends(
    long_lab: Callable[[], Any],
    engine: Engine,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    visitor = long_lab()
    visitor.press("Train")
    job = visitor.state.job
    monkeypatch.setattr(engine.dispatcher, "grace", 0.0)
    gone = SimpleNamespace(is_active_session=lambda session: False)
    monkeypatch.setattr(runtime, "exists", lambda: True)
    monkeypatch.setattr(runtime, "get_instance", lambda: gone)
    wait_until(lambda: not job.active, "the end of the work")
    # The gallery and the row of cells belong to the same tab.
    owners = [job.owner, visitor.state.gallery.owner, visitor.state.cells.owner]
    assert {owner.partition("/")[0] for owner in owners} == {visitor.state.tab}
