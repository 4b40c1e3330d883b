"""A run that was stopped or interrupted, and then resumed, is the run without the stop.

All of it must be equal to the last bit, but the seconds.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import fields, replace
from itertools import count
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gru_core import Experiment, run
from gru_core.data.series import Series
from gru_core.errors import GruLabError, OptionError
from gru_core.forecast import forecaster
from gru_core.forecast.events import (
    Checkpoint,
    EpochEnd,
    Event,
    Forecasted,
    Saved,
    Started,
    StepEnd,
    Terminal,
)
from gru_core.forecast.result import Result
from gru_core.packing import pack, unpack
from gru_core.training.loop import train
from tests.gru_core.same import same

ROOT = Path(__file__).parents[3]
#: 60 points: 43 to train on (38 windows, 5 batches), 5 for validation, 12 of holdout.
SMALL = Experiment(points=60, window=5, hidden_size=4, epochs=4, batch_size=8)
DEEP = SMALL.replace(layers=2, dropout=0.5)
LOOP: dict[str, Any] = {"objective": "closed-loop", "loop_steps": 5, "curriculum": True}
#: Its learning rate is so high that the loss goes up and down.
RESTLESS: dict[str, Any] = {"learning_rate": 0.5, "schedule": "constant"}
#: PyTorch makes the steps with dropout, and those with one window. The others are compiled.
PLANS: dict[str, dict[str, Any]] = {
    "default": {},
    "lstm, members, last": {"cell": "lstm", "members": 2, "keep": "last"},
    "textbook, curriculum": {"cell": "gru-textbook", **LOOP},
    "layers, state": {"layers": 2, "feedback": "state", "normalization": "window", **LOOP},
    "patience": {"cell": "rnn", "patience": 2, "epochs": 12, **RESTLESS},
    "warm start": {"warm_start": True, "linear_path": True, **LOOP},
    "no validation": {"validation": 0.0, "keep": "last"},
    "dropout": {"layers": 2, "dropout": 0.5},
    "dropout, curriculum": {"layers": 3, "dropout": 0.2, "members": 2, "epochs": 2, **LOOP},
    "dropout, patience": {"layers": 2, "dropout": 0.5, "patience": 1, "epochs": 9, **RESTLESS},
    "many epochs": {"epochs": 40, "batch_size": 38},  # some of them have no forecast
    "one window": {"batch_size": 1, "epochs": 1, "shuffle": False, "keep": "last"},
}


def after(step: int) -> Callable[[], bool]:
    """A `should_stop` that returns True after `step` steps."""
    asked = count()
    return lambda: next(asked) >= step


Held = TypeVar("Held", Event, Checkpoint)


def timeless(event: Held) -> Held:
    """An event or a checkpoint, without the time that was needed."""
    if isinstance(event, EpochEnd | Checkpoint):
        return replace(event, seconds=0.0)
    if isinstance(event, Forecasted | Saved | Terminal) and event.checkpoint is not None:
        return replace(event, checkpoint=timeless(event.checkpoint))
    return event


def assert_same_events(some: list[Event], others: list[Event]) -> None:
    assert [type(event) for event in some] == [type(event) for event in others]
    for one, other in zip(some, others, strict=True):
        assert same(timeless(one), timeless(other)), (one, other)


def assert_same_run(one: Result, other: Result) -> None:
    history, others = (result.history.drop(columns="seconds") for result in (one, other))
    pd.testing.assert_frame_equal(history, others, check_exact=True)
    assert list(one.forecasts_by_epoch) == list(other.forecasts_by_epoch)
    assert list(one.weights_by_epoch) == list(other.weights_by_epoch)
    timed = {"history", "checkpoint", "seconds"}
    for name in {field.name for field in fields(one)} - timed:
        assert same(getattr(one, name), getattr(other, name)), name
    assert same(timeless(one.checkpoint), timeless(other.checkpoint))
    assert one.can_resume is other.can_resume is False


# --- from any step


@pytest.mark.parametrize("options", PLANS.values(), ids=PLANS.keys())
def test_every_checkpoint_leads_to_the_same_end(options: dict[str, Any]) -> None:
    experiment = SMALL.replace(**options)
    events = list(train(experiment, should_save=lambda: True))
    places = [k for k, event in enumerate(events) if isinstance(event, Saved)]
    steps = sum(isinstance(event, StepEnd) for event in events)
    # A run that is over by its patience makes no step more.
    assert len(places) == steps - ("patience" in options)
    for k in places:
        saved = events[k]
        assert isinstance(saved, Saved)
        rest = list(
            train(experiment, resume=saved.checkpoint, finish=True, should_save=lambda: True)
        )
        begin = rest.pop(0)
        assert isinstance(begin, Started)
        assert (begin.epoch, begin.epochs) == (saved.checkpoint.epoch, experiment.epochs)
        if isinstance(rest[0], Forecasted):  # it is made again, as after `saved`'s epoch
            again = rest.pop(0)
            [first] = (e for e in events if isinstance(e, Forecasted) and e.epoch == again.epoch)
            assert_same_events([again], [first])
        assert_same_events(rest, events[k + 1 :])


@pytest.mark.parametrize("kind", ["default", "dropout"])
def test_a_stop_at_any_step_changes_nothing(kind: str) -> None:
    experiment = SMALL.replace(epochs=2, keep="last", **PLANS[kind])
    whole = run(experiment)
    for step in range(10):
        stopped = run(experiment, should_stop=after(step))
        assert (stopped.status, stopped.can_resume) == ("stopped", True)
        assert stopped.epochs_left == 2 - step // 5
        resumed = run(experiment, resume=stopped, finish=True)
        assert_same_run(resumed, whole)
        assert resumed.history["seconds"].is_monotonic_increasing
        assert resumed.seconds == resumed.history["seconds"].iloc[-1] > stopped.seconds


@pytest.mark.parametrize("patience", [None, 3])
def test_epochs_without_a_validation_loss_are_counted_across_a_stop(patience: int | None) -> None:
    """Its last values are so far from the training part that their squares overflow."""
    places = np.arange(60)
    values = np.where((places >= 43) & (places < 48), 1e18, 1e-6 * np.sin(places))
    experiment = SMALL.replace(patience=patience)
    whole = run(experiment, values)
    assert "was not a number" in whole.reason
    stopped = run(experiment, values, should_stop=after(11))
    assert_same_run(run(experiment, values, resume=stopped, finish=True), whole)


def test_the_seconds_of_a_resumed_run_go_on(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = count(0.0)  # every look at it takes a second
    monkeypatch.setattr("time.perf_counter", lambda: next(clock))
    stopped = run(SMALL, should_stop=after(7), progress=False)
    resumed = run(SMALL, resume=stopped, finish=True, progress=False)
    assert stopped.checkpoint.seconds > stopped.seconds == resumed.history["seconds"][0]
    assert resumed.history["seconds"][1] > stopped.checkpoint.seconds


options = st.fixed_dictionaries(
    {
        "cell": st.sampled_from(["gru", "gru-textbook", "lstm", "rnn"]),
        "members": st.sampled_from([1, 1, 2]),
        "epochs": st.integers(1, 6),
        "batch_size": st.sampled_from([None, 8, 30, 1000]),
        "shuffle": st.booleans(),
        "schedule": st.sampled_from(["constant", "one-cycle"]),
        "learning_rate": st.sampled_from([0.01, 0.5]),
        "clip": st.sampled_from([None, 0.1]),
        "patience": st.sampled_from([None, 1, 2]),
        "keep": st.sampled_from(["best", "last"]),
        "validation": st.sampled_from([0.0, 0.1]),
        "normalization": st.sampled_from(["none", "standard", "window"]),
        "feedback": st.sampled_from(["window", "state"]),
        "objective": st.sampled_from(["one-step", "closed-loop"]),
        "loop_steps": st.just(4),
        "curriculum": st.booleans(),
        "warm_start": st.booleans(),
        "linear_path": st.booleans(),
        "difference": st.sampled_from([None, 1]),
    }
)
#: Layers and dropout, and with it who makes the steps.
depths = st.sampled_from([(1, 0.0), (2, 0.0), (2, 0.3), (3, 0.6)])


@settings(max_examples=20)
@given(
    options=options,
    depth=depths,
    seed=st.integers(0, 99),
    stops=st.lists(st.integers(0, 9), min_size=1, max_size=4),
    continues=st.booleans(),
)
def test_a_run_that_is_stopped_again_and_again_is_the_whole_run(
    options: dict[str, Any],
    depth: tuple[int, float],
    seed: int,
    stops: list[int],
    continues: bool,
) -> None:
    layers, dropout = depth
    experiment = SMALL.replace(layers=layers, dropout=dropout, seed=seed, **options)
    before = run(experiment.replace(epochs=2), should_stop=after(7)) if continues else None
    whole = run(experiment, resume=before)
    part = run(experiment, resume=before, should_stop=after(stops[0]))
    for stop in stops[1:]:
        if part.can_resume:
            part = run(experiment, resume=part, finish=True, should_stop=after(stop))
    if part.can_resume:
        part = run(experiment, resume=part, finish=True)
    assert_same_run(part, whole)


@pytest.mark.parametrize("continues", [False, True])
def test_a_result_that_was_stored_can_be_resumed(continues: bool) -> None:
    experiment = DEEP.replace(**LOOP)
    before = run(experiment, should_stop=after(3)) if continues else None
    whole = run(experiment, resume=before)
    stopped = unpack(pack(run(experiment, resume=before, should_stop=after(8))), Result)
    assert_same_run(run(experiment, resume=stopped, finish=True), whole)


# --- stopped in a forecast


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A forecast asks at once whether to stop."""
    monkeypatch.setattr(forecaster, "FORECAST_SECONDS", 0.0)
    yield
    monkeypatch.undo()


@pytest.mark.parametrize("plan", [{}, {"patience": 2, "epochs": 30, **RESTLESS}], ids=str)
@pytest.mark.parametrize("in_last", [True, False], ids=["the last one", "on the way"])
@pytest.mark.usefixtures("impatient")
def test_a_forecast_that_was_stopped_is_made_again(plan: dict[str, Any], in_last: bool) -> None:
    experiment = SMALL.replace(**plan)
    whole = run(experiment)
    last = int(whole.history["epoch"].iloc[-1])
    over = False

    def listen(event: Event) -> None:
        nonlocal over
        ready = Forecasted if in_last else EpochEnd
        over |= isinstance(event, ready) and event.epoch == last

    stopped = run(experiment, on_event=listen, should_stop=lambda: over)
    assert stopped.status == "stopped"
    assert np.isnan(stopped.forecast["forecast"]).any()
    assert (stopped.can_resume, len(stopped.history)) == (True, last)
    resumed = run(experiment, resume=stopped, finish=True)
    assert_same_run(resumed, whole)


# --- killed

#: Trains in a process that kills itself after a number of steps, again and again. Each process
#: goes on from the checkpoint that the one before it has written. It prints where the last one was
#: killed, and whether its end is that of a run without a kill.
KILLED = """
import json, os, signal, sys
import torch._dynamo  # the optimizers of torch need it, and each fork would import it anew
from dataclasses import replace
from gru_core import Experiment
from gru_core.forecast.events import Checkpoint, Saved, Terminal
from gru_core.packing import pack, unpack
from gru_core.training.loop import train
from tests.gru_core.same import same

path, kills, *experiments = sys.argv[1:]

def write(checkpoint):
    with open(path + ".new", "wb") as file:
        file.write(pack(checkpoint))
    os.replace(path + ".new", path)

def read():
    if not os.path.exists(path):
        return None
    with open(path, "rb") as file:
        return unpack(file.read(), Checkpoint)

def train_until_killed(experiment, steps):
    checkpoint = read()
    for event in train(experiment, resume=checkpoint, finish=checkpoint is not None,
                       should_save=lambda: True):
        if isinstance(event, Saved):
            write(event.checkpoint)
            steps -= 1
            if not steps:
                os.kill(os.getpid(), signal.SIGKILL)

def end(events):
    [last] = (event for event in events if isinstance(event, Terminal))
    return replace(last, checkpoint=replace(last.checkpoint, seconds=0.0))

for experiment in map(Experiment.from_json, experiments):
    for steps in json.loads(kills):
        if os.fork() == 0:
            try:
                train_until_killed(experiment, steps)
            finally:
                os._exit(1)
        _, status = os.wait()
        assert os.WTERMSIG(status) == signal.SIGKILL, status
    checkpoint = read()
    os.remove(path)
    resumed = end(train(experiment, resume=checkpoint, finish=True))
    print(checkpoint.epoch, len(checkpoint.losses), same(resumed, end(train(experiment))))
"""


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no fork")
def test_a_run_that_is_killed_again_and_again_ends_with_the_same_weights(tmp_path: Path) -> None:
    plans = (PLANS["layers, state"], PLANS["dropout, curriculum"])
    experiments = [SMALL.replace(**(plan | {"epochs": 12})).to_json() for plan in plans]
    kills = np.random.default_rng(7).integers(1, 19, 3).tolist()
    told = subprocess.run(
        [sys.executable, "-c", KILLED, str(tmp_path / "saved"), str(kills), *experiments],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    steps = 5  # in each epoch
    line = f"{sum(kills) // steps} {sum(kills) % steps} True\n"
    assert told.stdout == line * len(plans), told.stderr


# --- what cannot be resumed


def test_a_finished_run_has_nothing_left() -> None:
    result = run(SMALL)
    assert not result.can_resume
    with pytest.raises(OptionError, match="nothing left to finish"):
        run(SMALL, resume=result, finish=True)


def test_a_diverged_run_cannot_be_resumed() -> None:
    wild = SMALL.replace(learning_rate=1.0, clip=None, normalization="none")
    result = run(wild, Series(1e25 * np.sin(np.arange(60.0))))
    assert result.status == "diverged"
    assert not result.can_resume
    with pytest.raises(OptionError, match="nothing left to finish"):
        run(wild, result.series, resume=result, finish=True)


def test_a_new_run_has_nothing_to_finish() -> None:
    with pytest.raises(OptionError, match="nothing left to finish"):
        run(SMALL, finish=True)


def test_the_settings_and_the_series_must_be_those_of_the_stopped_run() -> None:
    own = SMALL.replace(signal="own")
    stopped = run(own, np.sin(np.arange(60.0)), should_stop=after(3))
    with pytest.raises(GruLabError, match="These are others now: epochs, seed") as error:
        run(own.replace(epochs=9, seed=1), stopped.series, resume=stopped, finish=True)
    assert isinstance(error.value, OptionError)
    assert error.value.options == ("epochs", "seed")
    with pytest.raises(OptionError, match="series that it began with"):
        run(own, np.cos(np.arange(60.0)), resume=stopped, finish=True)


@pytest.mark.parametrize(
    "damage",
    [
        {"plan_start": 3},
        {"epoch": 4},
        {"epoch": 9},
        {"losses": (0.5,) * 5},
        {"losses": (0.5,) * 99},
        {"generator": np.zeros(7, np.uint8)},
        {"moments": {"linear.bias.exp_avg": np.zeros((1, 1), np.float32)}},
    ],
    ids=lambda damage: " ".join(damage),
)
@pytest.mark.parametrize("kind", ["default", "dropout"])
def test_a_damaged_checkpoint_is_refused_in_words(kind: str, damage: dict[str, Any]) -> None:
    experiment = SMALL.replace(**PLANS[kind])
    checkpoint = run(experiment, should_stop=after(7)).checkpoint
    with pytest.raises(OptionError, match="This checkpoint"):
        next(train(experiment, resume=replace(checkpoint, **damage), finish=True))


# --- resumed or continued


def test_a_stopped_run_can_still_be_continued_with_a_new_plan() -> None:
    stopped = run(SMALL, should_stop=after(7))
    more = run(SMALL.replace(epochs=3), resume=stopped)
    assert more.history["epoch"].tolist() == [1, 2, 3, 4]
    assert (more.status, more.continued, more.can_resume) == ("finished", True, False)
    assert (more.checkpoint.plan_start, more.checkpoint.continued) == (1, True)


def test_a_stopped_run_leaves_no_chain_of_results() -> None:
    """A result that was stopped holds the one that it continued, but not those before it."""
    first = run(SMALL, should_stop=after(7))
    second = run(SMALL, resume=first, should_stop=after(7))
    third = run(SMALL, resume=second, should_stop=after(7))
    assert third.unfinished is not None
    assert third.unfinished.previous is not None
    assert third.unfinished.previous.unfinished is None
    assert second.can_resume
    assert second.epochs_left == 3


def test_what_was_stopped_is_not_changed_by_what_goes_on_from_it() -> None:
    stopped = run(SMALL, should_stop=after(7))
    assert stopped.unfinished is not None
    rows, epochs = stopped.unfinished.rows, list(stopped.unfinished.forecasts_by_epoch)
    weights = list(stopped.unfinished.weights.by_epoch)
    first, second = (run(SMALL, resume=stopped, finish=True) for _ in range(2))
    assert_same_run(first, second)
    assert stopped.unfinished.rows == rows
    assert list(stopped.unfinished.forecasts_by_epoch) == epochs
    assert list(stopped.unfinished.weights.by_epoch) == weights


def test_a_checkpoint_within_an_epoch_holds_its_losses_and_its_generator() -> None:
    saved: list[Checkpoint] = []
    for event in train(SMALL.replace(epochs=1), should_save=lambda: True):
        if isinstance(event, Saved):
            saved.append(event.checkpoint)
    assert [len(checkpoint.losses) for checkpoint in saved] == [1, 2, 3, 4, 0]
    assert [bool(checkpoint.generator.size) for checkpoint in saved] == [True] * 4 + [False]
