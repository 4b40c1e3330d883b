"""The Lab: its controls, and runs that start, end, continue and restart."""

from __future__ import annotations

from dataclasses import replace
from itertools import count
from typing import Any

import pytest
from numpy.testing import assert_allclose

from gru_core import run
from gru_core.data.sources import SOURCES
from gru_core.engine import Engine, RunJob, Snapshot
from gru_core.experiment.experiment import OPTIONS
from gru_core.experiment.presets import PRESETS, Preset
from gru_core.forecast.baselines import BASELINES
from gru_core.forecast.problem import Problem
from gru_core.options import Option
from pages.ui import actions, heading
from pages.ui.session import Session
from tests.processes import paused, workers_of

PATIENCE = 120.0

KINDS = {"int": "number_input", "float": "number_input", "bool": "toggle", "choice": "selectbox"}


def assert_made_from(option: Option, control: Any) -> None:
    assert control.type == KINDS[option.kind]
    assert control.label == (f"{option.title} ({option.unit})" if option.unit else option.title)
    assert option.help in control.help
    assert option.range in control.help
    if option.optional:
        assert option.none_means in control.help
    if option.kind == "choice":
        assert control.options == [option.label(choice) for choice in option.choices]
    elif option.kind in ("int", "float"):
        # `Experiment` refuses a value beyond the range. A limit of the widget would replace it.
        limits = control.proto
        assert not limits.has_min or limits.min < option.low
        assert not limits.has_max or limits.max >= option.high


# --- controls

#: Options without effect for the one-step objective.
LOOP = ("loop_steps", "curriculum")


@pytest.mark.parametrize(
    ("query", "absent"),
    [
        ({}, {"dropout", "forecast_point", *LOOP}),
        ({"objective": "closed-loop"}, {"dropout", "forecast_point"}),
        ({"layers": "2"}, {"forecast_point", *LOOP}),
        ({"forecast_start": "point", "forecast_point": "500"}, {"dropout", *LOOP}),
        (
            {"signal": "nile"},
            {"points", "noise", "signal_seed", "dropout", "forecast_point", *LOOP},
        ),
    ],
)
def test_every_option_that_applies_has_a_control_with_help(
    visit: Any, query: dict[str, str], absent: set[str]
) -> None:
    lab = visit("lab.py", query)
    a_choice = {name for name, option in OPTIONS.items() if len(option.choices) != 1}
    shown = {key.removeprefix("option.") for key in lab.controls if key.startswith("option.")}
    assert shown == a_choice - absent
    for name in shown:
        assert_made_from(OPTIONS[name], lab.controls[f"option.{name}"])


def test_what_is_folded_away_keeps_its_values_and_is_not_drawn(visit: Any) -> None:
    lab = visit("lab.py")
    lab.set("patience", 7)
    lab.set("shuffle", False)
    lab.app.session_state["advanced-training"] = False
    lab.look()
    assert not {"option.patience", "option.shuffle"} & lab.controls.keys()
    lab.set("window", 12)
    assert (lab.address["patience"], lab.address["shuffle"]) == ("7", "0")
    lab.go("home.py")
    lab.go("lab.py")
    assert (lab.value("patience"), lab.value("shuffle")) == (7, False)


@pytest.mark.parametrize("name", SOURCES)
def test_every_signal_has_its_own_controls_and_a_preview(visit: Any, name: str) -> None:
    lab = visit("lab.py")
    lab.set("signal", name)
    parameters = SOURCES[name].parameters
    own = {key: c for key, c in lab.controls.items() if key.startswith("signal.")}
    assert set(own) == {f"signal.{name}.{parameter}" for parameter in parameters}
    for parameter, option in parameters.items():
        assert_made_from(option, own[f"signal.{name}.{parameter}"])
    assert SOURCES[name].help in lab.text("caption")
    assert list(lab.charts) == ["preview"]
    assert not lab.button("Train").disabled


@pytest.mark.parametrize("preset", PRESETS.values(), ids=lambda preset: preset.title)
def test_a_preset_fills_in_all_controls(visit: Any, preset: Preset) -> None:
    lab = visit("lab.py", {"points": "77", "cell": "lstm", "layers": "2", "dropout": "0.5"})
    lab.app.selectbox(key="preset").set_value(preset.title)
    lab.look()
    for name in OPTIONS:
        if f"option.{name}" in lab.controls:
            assert lab.value(name) == getattr(preset.experiment, name), name
    assert lab.address == preset.experiment.to_query()


def test_the_cost_is_shown_before_the_run(visit: Any) -> None:
    lab = visit("lab.py")
    assert "710 windows to train on · 8,001 parameters · about " in lab.text("caption")


# --- a run from its start to its end


def epochs_of(session: Any) -> dict[str, Any]:
    """The figure with the slider over the epochs."""
    [chart] = [chart for key, chart in session.charts.items() if key.startswith("epochs-")]
    figure: dict[str, Any] = chart["figure"]
    return figure


def test_a_run_shows_its_scores_in_words_and_numbers(lab: Any) -> None:
    session = lab()
    session.train()
    assert "Finished after 12 epochs" in session.text("success")
    sentence = session.text("markdown")
    assert "the GRU's is" in sentence
    assert "Scored on 24 steps from position 96, in the holdout" in sentence
    table = session.app.table[0].value
    assert list(table["Forecast"]) == ["GRU", *BASELINES.values()]
    assert list(table.columns) == ["Forecast", "MASE", "MAE", "RMSE", "sMAPE"]
    assert not set(table.to_numpy().ravel()) & {"unknown", "exploded"}
    assert next(iter(session.charts)) == "forecast"
    assert "the GRU's mean error is" in session.charts["forecast"]["alt"]
    assert not session.app.error
    assert not session.app.warning


def test_the_slider_shows_the_forecast_after_each_epoch(lab: Any) -> None:
    session = lab()
    session.train()
    figure = epochs_of(session)
    places = [frame["name"] for frame in figure["frames"]]
    assert places == [str(epoch) for epoch in range(13)]
    kept = places[figure["layout"]["meta"]["start"]]
    assert f"epoch {kept}" in session.text("success")  # the slider starts at the weights in use
    result = session.app.session_state["session"].result
    for epoch, frame in enumerate(figure["frames"]):
        drawn = frame["data"][0]["y"][1:]  # the first value is the last true one
        assert_allclose(drawn, result.forecasts_by_epoch[epoch], rtol=1e-4, atol=1e-5)
    captions = [frame["layout"]["meta"]["caption"] for frame in figure["frames"]]
    assert captions[0] == "The untrained network."
    assert captions[7].startswith("Training loss ")


def test_a_click_draws_the_page_once(long_lab: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    session = long_lab()
    drawn: list[object] = []
    show = heading.show
    monkeypatch.setattr(heading, "show", lambda one: (drawn.append(one), show(one)))
    session.press("Train")
    assert len(drawn) == 1
    assert session.button("Train").disabled
    assert not session.button("Stop").disabled
    assert session.progress


def test_a_run_that_has_not_begun_shows_no_empty_chart(long_lab: Any, engine: Engine) -> None:
    pool = engine.dispatcher.cluster.pool
    assert pool is not None
    with paused(workers_of(pool.pid)):
        session = long_lab()
        session.press("Train")
        assert session.progress == ["Your run is next. It starts as soon as a worker is free."]
        assert "Training loss" not in session.markdown()
        assert session.charts == {}
    session.until(lambda: "live-loss" in session.charts, "the loss of the run")


def test_neither_does_one_that_has_made_no_step(
    long_lab: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first run of a cell on a machine compiles its code before its first step."""
    shown = RunJob.snapshot

    def before_its_first_step(job: RunJob) -> Snapshot:
        now = shown(job)
        return replace(now, status="running", loss=None, history=now.history.iloc[:0])

    session = long_lab()
    with monkeypatch.context() as patch:
        patch.setattr(RunJob, "snapshot", before_its_first_step)
        session.press("Train")
        [said] = session.progress
        assert said.startswith("Your run has begun.")
        assert "Training loss" not in session.markdown()
        assert session.charts == {}
    session.until(lambda: "live-loss" in session.charts, "the loss of the run")


def test_stop_keeps_the_trained_network(long_lab: Any) -> None:
    session = long_lab()
    session.press("Train")
    session.until(lambda: "live-forecast" in session.charts, "the first forecast")
    assert session.button("Train").disabled
    session.press("Stop")
    session.until(lambda: session.button("Stop").disabled, "the end")
    assert "Stopped after" in session.text("success")
    assert "The forecast uses" in session.text("success")
    assert epochs_of(session)["frames"][0]["name"] == "0"
    assert not session.button("Continue").disabled


def test_continue_trains_for_the_number_of_epochs_that_is_set(lab: Any) -> None:
    session = lab()
    session.train()
    session.set("epochs", 5)
    assert not session.app.warning  # another number of epochs is no other setting
    session.press("Continue")
    session.until(lambda: session.button("Stop").disabled, "the end")
    assert "Finished after 17 epochs" in session.text("success")
    places = [frame["name"] for frame in epochs_of(session)["frames"]]
    assert (places[0], places[-1]) == ("0", "17")


def test_a_stopped_run_can_be_resumed_to_its_planned_end(lab: Any) -> None:
    session = lab()
    session.train()
    assert "Resume" not in [button.label for button in session.app.button]
    whole, steps = session.state.result, count()
    session.state.job = None
    session.state.result = run(whole.experiment, should_stop=lambda: next(steps) >= 20)
    session.set("epochs", 5)  # this is for Continue, and does not change the plan
    assert not session.button("Continue").disabled
    session.press("Resume")
    session.until(lambda: session.button("Stop").disabled, "the end")
    assert "Finished after 12 epochs" in session.text("success")
    assert "Resume" not in [button.label for button in session.app.button]
    resumed = session.state.result
    assert resumed.forecast["forecast"].tolist() == whole.forecast["forecast"].tolist()


def test_rewind_goes_back_to_the_same_initial_weights(lab: Any) -> None:
    session = lab(seed="7")
    session.train()
    before = session.app.session_state["session"].result.forecasts_by_epoch
    session.press("Rewind")
    assert "Back at the initial weights of seed 7" in session.text("info")
    assert "Closed-loop forecast of the untrained network" in session.text("markdown")
    assert session.button("Continue").disabled
    assert session.button("Rewind").disabled
    session.train()
    after = session.app.session_state["session"].result.forecasts_by_epoch
    assert before is not after
    assert before[0].tolist() == after[0].tolist()
    assert "Finished after 12 epochs" in session.text("success")


def test_a_result_stays_and_is_marked_when_an_option_changes(lab: Any) -> None:
    session = lab()
    session.train()
    session.set("window", 12)
    session.set("cell", "lstm")
    assert "other settings (Window: 10 → 12; Cell: GRU → LSTM)" in session.text("warning")
    assert "the GRU's is" in session.text("markdown")  # still about the trained network
    session.set("window", 1000)  # the controls do not fit the series
    assert "too short for a window of 1000" in session.text("error")
    assert "the GRU's is" in session.text("markdown")
    session.set("window", 10)
    session.set("cell", "gru")
    assert not session.app.warning


def test_a_changed_parameter_of_the_signal_marks_the_result(lab: Any) -> None:
    session = lab()
    session.train()
    session.controls["signal.sine.span"].set_value(50.0)
    session.look()
    assert "other settings (Range: 100 → 50)" in session.text("warning")


def test_a_run_continues_while_another_page_is_open(long_lab: Any, engine: Engine) -> None:
    session = long_lab()
    session.press("Train")
    session.go("home.py")
    assert engine.active(session.owner) is not None
    session.go("lab.py")
    assert not session.button("Stop").disabled
    assert session.value("epochs") == 10_000


@pytest.mark.parametrize("stop", [False, True])
def test_a_run_that_ends_while_the_page_is_drawn_shows_its_result(
    lab: Any, long_lab: Any, monkeypatch: pytest.MonkeyPatch, stop: bool
) -> None:
    session = long_lab() if stop else lab()
    if stop:
        session.press("Train")
        session.until(lambda: "live-forecast" in session.charts, "the first forecast")
    draw_buttons = actions.row

    def draw_buttons_slowly(state: Session, problem: Problem | None) -> None:
        draw_buttons(state, problem)
        assert state.job is None or state.job.wait(PATIENCE)

    monkeypatch.setattr(actions, "row", draw_buttons_slowly)
    session.press("Stop" if stop else "Train")
    assert session.app.success
    assert session.app.table
    assert not session.button("Train").disabled
    assert session.button("Stop").disabled


def test_a_failed_run_shows_the_reason(lab: Any) -> None:
    session = lab(device="mps")  # no Linux machine has this device
    session.train()
    assert "has: cpu" in session.text("error")
    assert not session.button("Train").disabled
    session.set("device", "auto")
    session.train()
    assert "Finished after 12 epochs" in session.text("success")
    session.set("device", "mps")
    session.train()  # the result of the earlier run stays
    assert "has: cpu" in session.text("error")
    assert "the GRU's is" in session.text("markdown")


def test_a_run_that_is_interrupted_before_its_first_save_shows_an_error(
    long_lab: Any, engine: Engine, interrupt: Any
) -> None:
    session = long_lab()
    session.press("Train")
    job = engine.active(session.owner)
    assert job is not None
    interrupt(job)
    session.look()
    assert "saved nothing yet: please start it again" in session.text("error")
    assert not session.button("Train").disabled
    assert session.button("Continue").disabled


# --- several sessions


def test_two_clicks_on_train_make_one_run(long_lab: Any, engine: Engine) -> None:
    session = long_lab()
    known = len(engine.active_jobs)
    train = session.button("Train")
    for _ in range(2):  # the second click comes from an outdated page
        train.click()
        session.app._tree.run()
    session.look()
    assert len(engine.active_jobs) == known + 1
    assert engine.active(session.owner) is session.app.session_state["session"].job


def test_a_session_sees_only_its_own_run(long_lab: Any, lab: Any, engine: Engine) -> None:
    mine = long_lab()
    mine.press("Train")
    job = engine.active(mine.owner)
    assert job is not None
    yours = lab()
    assert yours.button("Stop").disabled
    assert not yours.progress
    assert engine.job(job.id, yours.state.browser) is None
    yours.train()  # its own run, at the same time
    assert "Finished after 12 epochs" in yours.text("success")
    assert engine.active(mine.owner) is job
    mine.look()
    assert mine.progress
    assert not mine.app.success
