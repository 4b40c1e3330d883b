"""Jobs end when their owners have left. The jobs of others go on."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from gru_core.data.series import as_series
from gru_core.engine import Engine, Question, dispatcher
from gru_core.experiment.experiment import Experiment
from tests.waiting import PATIENCE, ended

Wait = Callable[[Callable[[], object], str], None]


@pytest.fixture
def gone(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> set[str]:
    """The owners that have left; the engine waits for none of them."""
    left: set[str] = set()
    monkeypatch.setattr(engine.dispatcher, "present", lambda owner: owner not in left)
    monkeypatch.setattr(engine.dispatcher, "grace", 0.0)
    return left


def test_a_run_ends_when_its_owner_has_left(
    engine: Engine, gone: set[str], long: Experiment, eventually: Wait
) -> None:
    left, stays = engine.submit(long, owner="left"), engine.submit(long, owner="stays")
    eventually(lambda: left.status == stays.status == "running", "both run")
    waits = engine.submit(long, owner="left in the queue")
    gone |= {"left", "left in the queue"}
    ended(left, "stopped")
    ended(waits, "stopped")
    assert stays.status == "running"


def test_a_question_ends_when_its_owner_has_left(
    engine: Engine, gone: set[str], eventually: Wait, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dispatcher, "LOOK_SECONDS", 0.01)  # the answer takes only two seconds
    series = as_series(np.random.default_rng(0).normal(size=2000).cumsum())
    asked = engine.ask(Question("settings", series, {"horizon": 50}), owner="asked")
    eventually(lambda: asked.status == "running", "the start")
    gone.add("asked")
    assert asked.wait(PATIENCE)
    assert asked.asked_to_stop is not None


def test_an_owner_may_come_back(
    engine: Engine, gone: set[str], long: Experiment, eventually: Wait
) -> None:
    engine.dispatcher.grace = PATIENCE
    job = engine.submit(long, owner="reloads")
    gone.add("reloads")
    eventually(lambda: job.alone_since is not None, "the engine notices")
    gone.clear()
    eventually(lambda: job.alone_since is None, "the engine notices the return")
    assert job.active


@pytest.mark.parametrize("value", ["soon", "-1", "0"])
def test_a_wrong_grace_is_named(value: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GRU_LAB_GRACE_SECONDS", value)
    with pytest.raises(ValueError, match=f"GRU_LAB_GRACE_SECONDS is '{value}'"):
        Engine.from_environment()
