"""The gallery: its cards, the ways from there into the Lab, and both runs in one picture."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from gru_core import figures
from gru_core.engine import Engine
from gru_core.engine.endings import Ending
from gru_core.experiment.experiment import OPTIONS, Experiment
from gru_core.experiment.gallery import GALLERY, Failure
from gru_core.judgement.sentences import changes
from gru_core.shipped.gallery import kept
from gru_core.wording import number
from tests.waiting import PATIENCE

FIRST, SECOND, *_ = GALLERY.values()


@pytest.fixture
def gallery(visit: Any) -> Any:
    return visit("gallery.py")


def press(session: Any, key: str) -> None:
    session.app.button(key=key).click()
    session.look()


def pictures(session: Any) -> list[str]:
    """The charts of both forecasts, by their keys."""
    return [key for key in session.charts if key.startswith("before-after-")]


def lines(session: Any, key: str) -> dict[str, list[float]]:
    return {line["name"]: line for line in session.charts[key]["figure"]["data"]}


def status(session: Any, number: int = 0) -> str:
    """What a card's live region says."""
    [found] = [
        json.loads(element.proto.json)["words"]
        for element in session.app.get("bidi_component")
        if element.key == f"status-{number}"
    ]
    return str(found)


def named(label: str, failure: Failure) -> str:
    return f"{label} :gray[({failure.title})]"


def wait_for(session: Any, number: int) -> None:
    session.until(lambda: not status(session, number).startswith("Training"), "the end of a pair")
    assert not session.app.get("progress")


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
    assert [head.value for head in gallery.app.title] == ["Failure gallery"]  # h1
    assert [head.value for head in gallery.app.header] == list(GALLERY)  # h2
    assert not gallery.app.subheader
    assert not gallery.app.error
    for failure in GALLERY.values():
        assert failure.symptom in gallery.said("markdown")
        assert failure.reason in gallery.said("markdown")
        [change] = changes(failure.broken, failure.fixed)
        assert f"The one change: **{change}**" in gallery.said("markdown")


def test_each_failure_and_its_mending_are_there_at_first_sight(gallery: Any) -> None:
    numbers = range(len(GALLERY))
    assert list(gallery.charts) == [
        f"{k}-{n}" for n in numbers for k in ("failing", "before-after")
    ]
    for place, failure in enumerate(GALLERY.values()):
        broken, fixed = kept(failure.broken), kept(failure.fixed)
        drawn = lines(gallery, f"failing-{place}")
        assert list(drawn) == ["Original", "One step", "Closed loop"]
        both = lines(gallery, f"before-after-{place}")
        assert list(both) == ["Original", "Before, one step", "Before", "After"]
        alt = gallery.charts[f"failing-{place}"]["alt"]
        assert alt.startswith(failure.symptom)
        assert f"{number(broken.drawn_error)}" in alt
        said = gallery.said("markdown")
        unit = f" {broken.series.unit}" if broken.series.unit else ""
        assert f"**{number(broken.drawn_error)}{unit}** before" in said
        assert f"**{number(fixed.drawn_error)}{unit}** after" in said
        assert status(gallery, place).startswith("Kept results")


def test_a_second_look_makes_no_figure_anew(gallery: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(figures, "failing")
    monkeypatch.delattr(figures, "before_after")
    gallery.look()
    assert len(gallery.charts) == 2 * len(GALLERY)


def test_no_two_buttons_and_no_two_answers_have_one_name(gallery: Any) -> None:
    names = [widget.label for widget in [*gallery.app.button, *gallery.app.expander]]
    assert len(names) == 4 * len(GALLERY)
    assert len(set(names)) == len(names)
    assert named("See it fail", SECOND) in names


@pytest.mark.parametrize("kind", ["fail", "mended"])
@pytest.mark.parametrize("failure", GALLERY.values(), ids=lambda failure: failure.title)
def test_a_button_opens_the_lab_with_its_settings_and_trains(
    gallery: Any, engine: Engine, failure: Failure, kind: str
) -> None:
    experiment = failure.broken if kind == "fail" else failure.fixed
    press(gallery, f"{kind}-{list(GALLERY).index(failure.title)}")
    job = engine.active(gallery.owner)
    assert job is not None
    assert job.problem.experiment == experiment
    assert gallery.button("Train").disabled
    assert not gallery.button("Stop").disabled
    for name in OPTIONS:
        if f"option.{name}" in gallery.controls:
            assert gallery.value(name) == getattr(experiment, name), name
    assert gallery.app.query_params == experiment.to_query()
    assert not gallery.app.warning
    assert not gallery.app.error


def test_the_lab_begins_such_a_run_once(gallery: Any, engine: Engine, quick: Failure) -> None:
    gallery.look()
    press(gallery, "fail-0")
    gallery.go("lab.py")
    gallery.until(lambda: not gallery.button("Train").disabled, "the end of the run")
    assert "Finished after 3 epochs" in gallery.said("success")
    gallery.look()
    assert engine.active(gallery.owner) is None


def test_a_server_that_takes_no_run_says_so_in_the_lab(
    gallery: Any, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engine, "_closing", True)
    press(gallery, "fail-0")
    assert "takes no new runs" in gallery.said("error")
    assert not gallery.button("Train").disabled


def test_fresh_results_take_the_place_of_the_kept_ones(gallery: Any) -> None:
    press(gallery, "both-0")
    assert status(gallery) == "Training without the change…"
    assert "the change: " in gallery.app.get("progress")[0].proto.text
    assert "failing-0" in gallery.charts  # the kept one, until there is a fresh one
    wait_for(gallery, 0)
    assert status(gallery).startswith("Fresh results")
    assert status(gallery, 1).startswith("Kept results")
    assert not gallery.app.get("progress")
    assert not gallery.app.error
    before, after = gallery.app.session_state["session"].gallery.pair(FIRST)
    assert (before.experiment, after.experiment) == (FIRST.broken, FIRST.fixed)
    assert after.drawn_error < before.drawn_error / 10
    said = gallery.said("markdown")
    assert f"**{number(before.drawn_error)}** before, **{number(after.drawn_error)}** after" in said
    assert (
        f"From 50 starts in the holdout: {number(before.error)} before, {number(after.error)}"
        in said
    )
    assert f"which needs no network, has {number(after.naive)}." in said


def test_only_one_pair_runs_at_a_time_and_each_keeps_its_picture(
    gallery: Any, quick: Failure
) -> None:
    gallery.look()
    before = pictures(gallery)
    assert not {"before-after-0", "before-after-1"} & set(before)  # nothing is kept of these two
    assert status(gallery) == "There is no result yet."
    press(gallery, "both-0")
    names = [button.label for button in gallery.app.button if not button.disabled]
    assert names == [named("Stop", quick)]
    assert len(gallery.app.get("progress")) == 1
    wait_for(gallery, 0)
    press(gallery, "both-1")
    assert pictures(gallery) == ["before-after-0", *before]  # that of the first is still there
    wait_for(gallery, 1)
    assert pictures(gallery) == ["before-after-0", "before-after-1", *before]


def test_the_answer_is_open_where_a_pair_was_run(gallery: Any, quick: Failure) -> None:
    gallery.look()
    assert not any(answer.proto.expanded for answer in gallery.app.expander)
    press(gallery, "both-0")
    wait_for(gallery, 0)
    assert [answer.proto.expanded for answer in gallery.app.expander][:2] == [True, False]


def test_a_pair_goes_on_after_a_look_at_another_page(gallery: Any, quick: Failure) -> None:
    gallery.look()
    press(gallery, "both-0")
    gallery.go("home.py")
    gallery.go("gallery.py")
    wait_for(gallery, 0)
    assert "before-after-0" in gallery.charts


def test_a_pair_can_be_run_again(gallery: Any, quick: Failure) -> None:
    gallery.look()
    for _ in range(2):
        press(gallery, "both-0")
        assert "before-after-0" not in gallery.charts
        wait_for(gallery, 0)
        assert "before-after-0" in gallery.charts


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
    for key in ("both-0", "fail-0", "mended-0"):
        assert session.app.button(key=key).disabled
        assert "It has to end first." in session.app.button(key=key).help
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
    press(gallery, "both-0")  # it is called Stop now
    assert job.wait(PATIENCE)
    wait_for(gallery, 0)
    assert job.status == "stopped"
    assert engine.active(runs.owner) is None
    assert not gallery.app.error
    assert not gallery.app.get("progress")
    assert status(gallery).startswith("Stopped.")
    assert gallery.app.button(key="both-0").label.startswith("Run both here")


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
    assert "before-after-0" in gallery.charts


@pytest.mark.usefixtures("endless")
def test_a_run_that_is_interrupted_is_said_to_be_so(gallery: Any, engine: Engine) -> None:
    gallery.look()
    press(gallery, "both-0")
    job = gallery.app.session_state["session"].gallery.job
    engine._drop(job, Ending.WORKER_DIED)
    gallery.look()
    assert "interrupted" in gallery.said("error").lower()
    assert "before-after-0" not in gallery.charts
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
    assert "before-after-0" not in gallery.charts
