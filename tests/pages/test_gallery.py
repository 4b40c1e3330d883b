"""The gallery: its cards, the ways from there into the Lab, and both runs in one picture."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from gru_core.engine import Engine
from gru_core.engine.endings import Ending
from gru_core.experiment.experiment import OPTIONS, Experiment
from gru_core.experiment.gallery import GALLERY, Failure
from gru_core.judgement.sentences import changes
from tests.waiting import PATIENCE

FIRST, SECOND, *_ = GALLERY.values()


@pytest.fixture
def gallery(visit: Any) -> Any:
    return visit("gallery.py")


def press(session: Any, key: str) -> None:
    session.app.button(key=key).click()
    session.look()


def pictures(session: Any) -> int:
    return len(session.app.get("plotly_chart"))


def wait_for(session: Any, number: int) -> None:
    session.until(lambda: not session.app.button(key="both-0").disabled, f"the end of {number}")


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> Failure:
    """Of the first two cards, each of whose two runs takes a fraction of a second, the first."""
    broken = Experiment(points=120, window=1, hidden_size=4, epochs=3)
    quick = Failure("Quick", "It fails.", "It is short.", broken, "window", 10)
    other = replace(quick, title="Quick, too", broken=broken.replace(cell="rnn"))
    monkeypatch.setitem(GALLERY, FIRST.title, quick)
    monkeypatch.setitem(GALLERY, SECOND.title, other)
    return quick


def test_a_card_a_failure(gallery: Any) -> None:
    assert gallery.app.title[0].value == "Failure gallery"
    assert [head.value for head in gallery.app.subheader] == list(GALLERY)
    assert not gallery.app.error
    assert not pictures(gallery)
    for failure in GALLERY.values():
        assert failure.symptom in gallery.said("markdown")
        assert failure.reason in gallery.said("markdown")
        [change] = changes(failure.broken, failure.fixed)
        assert f"The one change: **{change}**" in gallery.said("markdown")


@pytest.mark.parametrize("kind", ["fail", "mended"])
@pytest.mark.parametrize("failure", GALLERY.values(), ids=lambda failure: failure.title)
def test_a_button_opens_the_lab_with_its_settings(
    gallery: Any, failure: Failure, kind: str
) -> None:
    experiment = failure.broken if kind == "fail" else failure.fixed
    press(gallery, f"{kind}-{list(GALLERY).index(failure.title)}")
    assert gallery.button("Train")
    for name in OPTIONS:
        if f"option.{name}" in gallery.controls:
            assert gallery.value(name) == getattr(experiment, name), name
    assert gallery.app.query_params == experiment.to_query()
    assert not gallery.app.warning
    assert not gallery.app.error


def test_both_runs_end_in_one_picture_with_their_errors(gallery: Any) -> None:
    press(gallery, "both-0")
    assert "the change: " in gallery.app.get("progress")[0].proto.text
    wait_for(gallery, 0)
    assert pictures(gallery) == 1
    assert not gallery.app.get("progress")
    assert not gallery.app.error
    said = gallery.said("markdown")
    assert "**Window: 1 → 10**: from 50 starts in the holdout, the mean absolute error" in said
    assert "Repeating the last cycle, which needs no network, has 0.0" in said
    before, _, after, _ = gallery.app.session_state["session"].gallery.pair(FIRST)
    assert (before.experiment, after.experiment) == (FIRST.broken, FIRST.fixed)
    assert after.scores["mae"] < before.scores["mae"] / 10


def test_only_one_pair_runs_at_a_time_and_each_keeps_its_picture(
    gallery: Any, quick: Failure
) -> None:
    gallery.look()
    press(gallery, "both-0")
    buttons = [button for button in gallery.app.button if button.label == "Run both"]
    assert len(buttons) == len(GALLERY)
    assert all(button.disabled for button in buttons)
    assert len(gallery.app.get("progress")) == 1
    wait_for(gallery, 0)
    press(gallery, "both-1")
    assert pictures(gallery) == 1  # still that of the first
    wait_for(gallery, 1)
    assert pictures(gallery) == 2


def test_a_pair_goes_on_after_a_look_at_another_page(gallery: Any, quick: Failure) -> None:
    gallery.look()
    press(gallery, "both-0")
    gallery.go("home.py")
    gallery.go("gallery.py")
    wait_for(gallery, 0)
    assert pictures(gallery) == 1


def test_a_pair_can_be_run_again(gallery: Any, quick: Failure) -> None:
    gallery.look()
    for _ in range(2):
        press(gallery, "both-0")
        assert not pictures(gallery)
        wait_for(gallery, 0)
        assert pictures(gallery) == 1


def test_the_result_in_the_lab_stays(lab: Any, quick: Failure) -> None:
    session = lab()
    session.train()
    session.go("gallery.py")
    press(session, "both-0")
    wait_for(session, 0)
    session.go("lab.py")
    assert "Finished after 12 epochs" in session.said("success")
    assert not session.app.warning


def test_a_run_in_the_lab_comes_first(long_lab: Any, engine: Engine) -> None:
    session = long_lab()
    session.press("Train")
    session.go("gallery.py")
    assert session.app.button(key="both-0").disabled
    assert "What goes on in the Lab has to end first." in session.app.button(key="both-0").help
    session.go("lab.py")
    session.press("Stop")
    session.until(lambda: session.button("Stop").disabled, "the end")
    session.go("gallery.py")
    assert not session.app.button(key="both-0").disabled


@pytest.fixture
def endless(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of the first card, two runs of minutes."""
    broken = Experiment(points=120, hidden_size=4, epochs=10_000, patience=None)
    endless = Failure("Endless", "It goes on.", "It is long.", broken, "window", 5)
    monkeypatch.setitem(GALLERY, FIRST.title, endless)


@pytest.mark.usefixtures("endless")
def test_stop_ends_the_pair_and_not_only_its_first_run(gallery: Any, engine: Engine) -> None:
    gallery.look()
    press(gallery, "both-0")
    runs = gallery.app.session_state["session"].gallery
    job = runs.job
    gallery.press("Stop")
    assert job.wait(PATIENCE)
    wait_for(gallery, 0)
    assert job.status == "stopped"
    assert engine.active(runs.owner) is None
    assert not gallery.app.error
    assert not gallery.app.get("progress")
    assert not pictures(gallery)
    assert not [button for button in gallery.app.button if button.label == "Stop"]


@pytest.mark.usefixtures("endless")
def test_the_lab_waits_for_a_pair_and_can_stop_it(gallery: Any) -> None:
    gallery.look()
    press(gallery, "both-0")
    gallery.go("lab.py")
    assert gallery.button("Train").disabled
    assert "Your two runs in the gallery go on" in gallery.said("markdown")
    assert "Before the change: " in gallery.app.get("progress")[0].proto.text
    gallery.press("Stop")
    gallery.until(lambda: not gallery.button("Train").disabled, "the end of the pair")
    assert not gallery.app.get("progress")
    assert not gallery.app.error


def test_a_pair_that_ends_while_the_lab_is_looked_at_is_there(gallery: Any, quick: Failure) -> None:
    gallery.look()
    press(gallery, "both-0")
    gallery.go("lab.py")
    gallery.until(lambda: not gallery.button("Train").disabled, "the end of the pair")
    gallery.go("gallery.py")
    assert pictures(gallery) == 1


@pytest.mark.usefixtures("endless")
def test_a_run_that_is_interrupted_is_said_to_be_so(gallery: Any, engine: Engine) -> None:
    gallery.look()
    press(gallery, "both-0")
    job = gallery.app.session_state["session"].gallery.job
    engine._drop(job, Ending.WORKER_DIED)
    gallery.look()
    assert "interrupted" in gallery.said("error").lower()
    assert not pictures(gallery)
    assert not gallery.app.button(key="both-0").disabled


def test_a_server_that_takes_no_runs_says_so(
    gallery: Any, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engine, "_closing", True)
    press(gallery, "both-0")
    assert "takes no new runs" in gallery.said("error")
    assert not gallery.app.button(key="both-0").disabled


def test_a_server_that_takes_no_second_run_says_so(
    gallery: Any, engine: Engine, monkeypatch: pytest.MonkeyPatch, quick: Failure
) -> None:
    gallery.look()
    press(gallery, "both-0")
    job = gallery.app.session_state["session"].gallery.job
    assert job.wait(120)
    monkeypatch.setattr(engine, "_trouble", "The workers went home.")
    gallery.look()
    assert "The workers went home." in gallery.said("error")
    assert not pictures(gallery)
