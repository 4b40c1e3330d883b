"""The gallery: its cards, its buttons into the Lab, and its pairs of runs."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from gru_core import figures
from gru_core.engine import Engine
from gru_core.experiment.experiment import OPTIONS, Experiment
from gru_core.experiment.gallery import GALLERY, Failure
from gru_core.judgement.sentences import changes
from gru_core.shipped.gallery import kept
from gru_core.wording import number
from tests.long_run import LONG
from tests.waiting import PATIENCE

FIRST, SECOND, *_ = GALLERY.values()


@pytest.fixture
def gallery(visit: Any) -> Any:
    return visit("gallery.py")


def press(session: Any, key: str) -> None:
    session.app.button(key=key).click()
    session.look()


def pair_charts(session: Any) -> list[str]:
    """The keys of the charts that show both forecasts."""
    return [key for key in session.charts if key.startswith("before-after-")]


def lines(session: Any, key: str) -> dict[str, list[float]]:
    return {line["name"]: line for line in session.charts[key]["figure"]["data"]}


def status(session: Any, number: int = 0) -> str:
    """The text in the live region of a card."""
    [words] = [
        json.loads(element.proto.json)["words"]
        for element in session.app.get("bidi_component")
        if element.key == f"status-{number}"
    ]
    return str(words)


def named(label: str, failure: Failure) -> str:
    return f"{label} :gray[({failure.title})]"


def wait_for(session: Any, number: int) -> None:
    session.until(lambda: not status(session, number).startswith("Training"), "the end of a pair")
    assert not session.progress


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> Failure:
    """Makes the runs of the first two cards quick. Returns the first failure."""
    broken = Experiment(points=120, window=1, hidden_size=4, epochs=3)
    quick = Failure("Quick", "It fails.", "It is short.", broken, "window", 10)
    other = replace(quick, title="Quick, too", broken=broken.replace(cell="rnn"))
    monkeypatch.setitem(GALLERY, FIRST.title, quick)
    monkeypatch.setitem(GALLERY, SECOND.title, other)
    return quick


def test_every_failure_has_a_card(gallery: Any) -> None:
    assert [head.value for head in gallery.app.title] == ["Failure gallery"]  # h1
    assert [head.value for head in gallery.app.header] == list(GALLERY)  # h2
    assert not gallery.app.subheader
    assert not gallery.app.error
    for failure in GALLERY.values():
        assert failure.symptom in gallery.text("markdown")
        assert failure.reason in gallery.text("markdown")
        [change] = changes(failure.broken, failure.fixed)
        assert f"The one change: **{change}**" in gallery.text("markdown")


def test_each_card_shows_its_saved_results_at_the_first_visit(gallery: Any) -> None:
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
        text = gallery.text("markdown")
        unit = f" {broken.series.unit}" if broken.series.unit else ""
        assert f"**{number(broken.drawn_error)}{unit}** before" in text
        assert f"**{number(fixed.drawn_error)}{unit}** after" in text
        assert status(gallery, place).startswith("Saved results")


def test_a_rerun_reuses_the_figures(gallery: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(figures, "failing")
    monkeypatch.delattr(figures, "before_after")
    gallery.look()
    assert len(gallery.charts) == 2 * len(GALLERY)


def test_all_buttons_and_answers_have_different_names(gallery: Any) -> None:
    names = [widget.label for widget in [*gallery.app.button, *gallery.app.expander]]
    assert len(names) == 4 * len(GALLERY)
    assert len(set(names)) == len(names)
    assert named("See it fail", SECOND) in names


@pytest.mark.parametrize("kind", ["fail", "fixed"])
@pytest.mark.parametrize("failure", GALLERY.values(), ids=lambda failure: failure.title)
def test_a_button_opens_the_lab_with_the_settings_and_trains(
    gallery: Any, engine: Engine, failure: Failure, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    # No worker takes the run, so it is still there when the test looks.
    monkeypatch.setattr(engine.dispatcher.workforce, "assign", lambda job: False)
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
    assert gallery.address == experiment.to_query()
    assert not gallery.app.warning
    assert not gallery.app.error


def test_the_lab_starts_a_run_from_the_gallery_only_once(
    gallery: Any, engine: Engine, quick: Failure
) -> None:
    gallery.look()
    press(gallery, "fail-0")
    gallery.go("lab.py")
    gallery.until(lambda: not gallery.button("Train").disabled, "the end of the run")
    assert "Finished after 3 epochs" in gallery.text("success")
    gallery.look()
    assert engine.active(gallery.owner) is None


def test_the_lab_shows_an_error_if_the_server_refuses_the_run(gallery: Any, shut_down: Any) -> None:
    shut_down()
    press(gallery, "fail-0")
    assert "takes no new runs" in gallery.text("error")
    assert not gallery.button("Train").disabled


def test_new_results_replace_the_saved_ones(gallery: Any) -> None:
    press(gallery, "both-0")
    assert status(gallery) == "Training without the change…"
    assert "the change: " in gallery.progress[0]
    assert "failing-0" in gallery.charts  # the saved one, until there is a new one
    wait_for(gallery, 0)
    assert status(gallery).startswith("New results")
    assert status(gallery, 1).startswith("Saved results")
    assert not gallery.progress
    assert not gallery.app.error
    before, after = gallery.app.session_state["session"].gallery.pair(FIRST)
    assert (before.experiment, after.experiment) == (FIRST.broken, FIRST.fixed)
    assert after.drawn_error < before.drawn_error / 10
    text = gallery.text("markdown")
    assert f"**{number(before.drawn_error)}** before, **{number(after.drawn_error)}** after" in text
    assert (
        f"From 50 starts in the holdout: {number(before.error)} before, {number(after.error)}"
        in text
    )
    assert f"needs no network: its error is {number(after.naive)}." in text


def test_only_one_pair_runs_at_a_time_and_each_keeps_its_chart(
    gallery: Any, quick: Failure
) -> None:
    gallery.look()
    before = pair_charts(gallery)
    assert not {"before-after-0", "before-after-1"} & set(before)  # they have no saved results
    assert status(gallery) == "There is no result yet."
    press(gallery, "both-0")
    names = [button.label for button in gallery.app.button if not button.disabled]
    assert names == [named("Stop", quick)]
    assert len(gallery.progress) == 1
    wait_for(gallery, 0)
    press(gallery, "both-1")
    assert pair_charts(gallery) == ["before-after-0", *before]  # the first one is still there
    wait_for(gallery, 1)
    assert pair_charts(gallery) == ["before-after-0", "before-after-1", *before]


def test_an_answer_is_open_after_its_pair_has_run(gallery: Any, quick: Failure) -> None:
    gallery.look()
    assert not any(answer.proto.expanded for answer in gallery.app.expander)
    press(gallery, "both-0")
    wait_for(gallery, 0)
    assert [answer.proto.expanded for answer in gallery.app.expander][:2] == [True, False]


def test_a_pair_continues_while_another_page_is_open(gallery: Any, quick: Failure) -> None:
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


def test_a_pair_leaves_the_result_in_the_lab_alone(lab: Any, quick: Failure) -> None:
    session = lab()
    session.train()
    session.go("gallery.py")
    press(session, "both-0")
    wait_for(session, 0)
    session.go("lab.py")
    assert "Finished after 12 epochs" in session.text("success")
    assert not session.app.warning


def test_the_gallery_waits_for_a_run_in_the_lab(long_lab: Any, engine: Engine) -> None:
    session = long_lab()
    session.press("Train")
    session.go("gallery.py")
    for key in ("both-0", "fail-0", "fixed-0"):
        assert session.app.button(key=key).disabled
        assert "Wait until it ends." in session.app.button(key=key).help
    session.go("lab.py")
    session.press("Stop")
    session.until(lambda: session.button("Stop").disabled, "the end")
    session.go("gallery.py")
    assert not session.app.button(key="both-0").disabled


@pytest.fixture
def endless(monkeypatch: pytest.MonkeyPatch) -> None:
    """Makes both runs of the first card take minutes."""
    broken = Experiment(**LONG)
    endless = Failure("Endless", "It goes on.", "It is long.", broken, "window", 5)
    monkeypatch.setitem(GALLERY, FIRST.title, endless)


@pytest.mark.usefixtures("endless")
def test_stop_ends_the_whole_pair(gallery: Any, engine: Engine) -> None:
    gallery.look()
    press(gallery, "both-0")
    runs = gallery.app.session_state["session"].gallery
    job = runs.job
    press(gallery, "both-0")  # the label is Stop now
    assert job.wait(PATIENCE)
    wait_for(gallery, 0)
    assert job.status == "stopped"
    assert engine.active(runs.owner) is None
    assert not gallery.app.error
    assert not gallery.progress
    assert status(gallery).startswith("Stopped.")
    assert gallery.app.button(key="both-0").label.startswith("Run both here")


@pytest.mark.usefixtures("endless")
def test_the_lab_waits_for_a_pair_and_can_stop_it(gallery: Any) -> None:
    gallery.look()
    press(gallery, "both-0")
    gallery.go("lab.py")
    assert gallery.button("Train").disabled
    assert "Your two gallery runs are still training" in gallery.text("markdown")
    assert "Before the change: " in gallery.progress[0]
    gallery.press("Stop")
    gallery.until(lambda: not gallery.button("Train").disabled, "the end of the pair")
    assert not gallery.progress
    assert not gallery.app.error


def test_a_pair_that_ends_while_the_lab_is_open_shows_its_results(
    gallery: Any, quick: Failure
) -> None:
    gallery.look()
    press(gallery, "both-0")
    gallery.go("lab.py")
    gallery.until(lambda: not gallery.button("Train").disabled, "the end of the pair")
    gallery.go("gallery.py")
    assert "before-after-0" in gallery.charts


@pytest.mark.usefixtures("endless")
def test_an_interrupted_run_shows_an_error(gallery: Any, interrupt: Any) -> None:
    gallery.look()
    press(gallery, "both-0")
    interrupt(gallery.app.session_state["session"].gallery.job)
    gallery.look()
    assert "interrupted" in gallery.text("error").lower()
    assert "before-after-0" not in gallery.charts
    assert not gallery.app.button(key="both-0").disabled


def test_the_gallery_shows_an_error_if_the_server_refuses_a_run(
    gallery: Any, shut_down: Any
) -> None:
    shut_down()
    press(gallery, "both-0")
    assert "takes no new runs" in gallery.text("error")
    assert not gallery.app.button(key="both-0").disabled


def test_the_gallery_shows_an_error_if_the_second_run_is_refused(
    gallery: Any, shut_down: Any, quick: Failure
) -> None:
    gallery.look()
    press(gallery, "both-0")
    job = gallery.app.session_state["session"].gallery.job
    assert job.wait(120)
    shut_down()
    gallery.look()
    assert "takes no new runs" in gallery.text("error")
    assert "before-after-0" not in gallery.charts
