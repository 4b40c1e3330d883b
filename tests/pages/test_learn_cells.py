"""Learn, "GRU, LSTM, RNN": the three runs, their sizes, and the sentence about the best one."""

from __future__ import annotations

import math
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
import pytest

from gru_core.engine import Engine
from gru_core.experiment.experiment import Experiment
from gru_core.forecast.parameters import parameter_count
from gru_core.wording import number
from pages.ui.learn import cells
from pages.ui.messages import messages
from tests.long_run import LONG
from tests.waiting import PATIENCE

START, STOP = (messages("cells")(f"runs.{name}") for name in ("start", "stop"))


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Makes the three runs quick."""
    yield from with_task(monkeypatch, Experiment(points=120, hidden_size=4, epochs=3))


@pytest.fixture
def endless(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Makes each of the three runs take minutes."""
    task = Experiment(**LONG)
    yield from with_task(monkeypatch, task)


def with_task(monkeypatch: pytest.MonkeyPatch, task: Experiment) -> Iterator[None]:
    monkeypatch.setattr(cells, "TASK", task)
    cells.nearest.cache_clear()
    yield
    cells.nearest.cache_clear()


@pytest.fixture
def screen(visit: Any) -> Any:
    """The screen after the guess."""
    session = visit("learn.py", {"learn": "cells"})
    session.app.radio(key="guess-cells").set_value("gru")
    session.look()
    return session


def runs_of(session: Any) -> Any:
    return session.app.session_state["session"].cells


def wait_for(session: Any) -> None:
    session.until(lambda: not runs_of(session).running, "the end of the three runs")


# --- the sizes


@pytest.mark.parametrize("cell", cells.CELLS)
def test_no_other_size_is_nearer_to_the_same_count(cell: str) -> None:
    def away(size: int) -> int:
        count = parameter_count(cells.TASK.replace(cell=cell, hidden_size=size))
        return abs(count - parameter_count(cells.TASK))

    chosen = cells.nearest(cell)
    assert chosen.cell == cell
    assert away(chosen.hidden_size) == min(map(away, range(1, 200)))
    assert away(chosen.hidden_size) < 0.1 * parameter_count(cells.TASK)


def test_the_three_experiments_differ_only_in_cell_and_size() -> None:
    for experiment in cells.row(7):
        same = experiment.replace(cell="gru", hidden_size=cells.TASK.hidden_size)
        assert same == cells.TASK.replace(seed=7)


# --- the sentence


def results(loop: dict[str, float], ahead: dict[str, float] | None = None) -> Any:
    """Three results with these closed-loop and one-step errors."""
    made = []
    for cell in cells.CELLS:
        error = (ahead or loop)[cell]
        forecast = pd.DataFrame({"actual": np.zeros(4), "one_step": np.full(4, error)})
        experiment = cells.nearest(cell)
        scores = {"rmse": loop[cell]}
        made.append(SimpleNamespace(experiment=experiment, scores=scores, forecast=forecast))
    return made


@pytest.mark.parametrize(
    ("errors", "said"),
    [
        ({"gru": 0.1, "lstm": 0.2, "rnn": 0.9}, "the **GRU** has the smallest"),
        ({"gru": 0.3, "lstm": 0.9, "rnn": 0.1}, "That of the GRU is 3 times as large."),
        ({"gru": 0.9, "lstm": 0.1, "rnn": 0.105}, "the **LSTM** and the **Plain RNN** are equally"),
        ({"gru": 0.1, "lstm": 0.101, "rnn": 0.109}, "all three are equally good"),
        ({"gru": math.nan, "lstm": 0.4, "rnn": 0.2}, "That of the LSTM is 2 times as large."),
        ({"gru": math.nan, "lstm": 0.4, "rnn": math.inf}, "only the **LSTM** has a finite"),
        ({"gru": math.inf, "lstm": math.nan, "rnn": math.inf}, "no network has a finite"),
    ],
)
def test_the_sentence_follows_from_the_errors(errors: dict[str, float], said: str) -> None:
    assert said in cells.verdict(results(errors))


def test_an_error_that_is_no_number_is_never_the_best() -> None:
    assert "One step ahead" not in cells.verdict(results({"gru": math.nan, "lstm": 2, "rnn": 1}))


def test_the_sentence_says_if_one_step_ahead_another_cell_is_best() -> None:
    loop = {"gru": 0.1, "lstm": 0.2, "rnn": 0.3}
    assert "One step ahead" not in cells.verdict(results(loop))
    other = cells.verdict(results(loop, {"gru": 0.2, "lstm": 0.1, "rnn": 0.3}))
    assert "One step ahead, the order is another: there the LSTM is best." in other


# --- the runs


def test_nothing_is_drawn_before_the_guess(visit: Any) -> None:
    session = visit("learn.py", {"learn": "cells"})
    assert START not in [button.label for button in session.app.button]


@pytest.mark.usefixtures("quick")
def test_one_click_trains_all_three_and_compares_them(screen: Any) -> None:
    screen.press(START)
    wait_for(screen)
    assert not screen.app.error
    lines = screen.charts["cells-loss"]["figure"]["data"]
    assert [line["name"] for line in lines] == ["GRU", "LSTM", "Plain RNN"]
    kept = [runs_of(screen).outcomes[experiment] for experiment in cells.row(0)]
    for line, result in zip(lines, kept, strict=True):
        np.testing.assert_allclose(line["y"], result.history["train_loss"], rtol=1e-5)
    [table] = screen.app.table
    for (_, shown), result in zip(table.value.iterrows(), kept, strict=True):
        assert shown["Units"] == str(result.experiment.hidden_size)
        assert shown["Parameters"] == str(parameter_count(result.experiment))
        assert shown["One-step RMSE"] == number(cells.one_step_error(result))
        assert shown["Closed-loop RMSE"] == number(result.scores["rmse"])
    assert cells.verdict(kept) in screen.text("markdown")


@pytest.mark.usefixtures("quick")
def test_another_seed_adds_to_the_tally(screen: Any) -> None:
    screen.press(START)
    wait_for(screen)
    assert "so far" not in screen.text("markdown")
    screen.press("Train again with seed 1")
    wait_for(screen)
    best = [
        min(cells.row(seed), key=lambda one: runs_of(screen).outcomes[one].scores["rmse"]).cell
        for seed in (0, 1)
    ]
    assert f"so far: GRU {best.count('gru')} of 2" in screen.text("markdown")
    assert "Train again with seed 2" in [button.label for button in screen.app.button]


@pytest.mark.usefixtures("endless")
def test_stop_ends_the_run_and_starts_no_other(screen: Any, engine: Engine) -> None:
    screen.press(START)
    assert screen.progress[0].startswith("GRU: ")
    runs = runs_of(screen)
    job = runs.job
    screen.press(STOP)
    assert job.wait(PATIENCE)
    wait_for(screen)
    assert engine.active(runs.owner) is None
    assert not screen.app.error
    assert not screen.app.table
    assert not screen.button(START).disabled


@pytest.mark.usefixtures("endless")
def test_the_lab_waits_for_the_three_runs_and_can_stop_them(screen: Any) -> None:
    screen.press(START)
    screen.go("lab.py")
    assert screen.button("Train").disabled
    assert "Your three runs on Learn are still training" in screen.text("markdown")
    screen.press("Stop")
    screen.until(lambda: not screen.button("Train").disabled, "the end of the run")
    assert not screen.progress


def test_the_screen_waits_for_a_run_in_the_lab(long_lab: Any) -> None:
    session = long_lab()
    session.press("Train")
    session.app.query_params["learn"] = "cells"
    session.go("learn.py")
    session.app.radio(key="guess-cells").set_value("gru")
    session.look()
    assert session.button(START).disabled
    assert session.button(START).help == messages("cells")("runs.busy")


@pytest.mark.usefixtures("quick")
def test_a_refused_run_shows_why(screen: Any, shut_down: Any) -> None:
    shut_down()
    screen.press(START)
    assert "takes no new runs" in screen.text("error")
    assert not screen.button(START).disabled


@pytest.mark.usefixtures("endless")
def test_an_interrupted_run_shows_an_error(screen: Any, interrupt: Any) -> None:
    screen.press(START)
    interrupt(runs_of(screen).job)
    screen.look()
    assert "interrupted" in screen.text("error").lower()
    assert not screen.app.table
    assert not screen.button(START).disabled
