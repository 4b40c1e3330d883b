"""`train` and `run`: the order of events, reproducibility, stopping, resuming, and failures."""

from __future__ import annotations

import math
import random
import re
from collections.abc import Callable
from itertools import count
from typing import Any

import numpy as np
import pytest
import torch
from numpy.testing import assert_array_equal
from torch import Tensor

from gru_core import Experiment, GruLabError, run
from gru_core.data.series import Series
from gru_core.errors import OptionError, SeriesError
from gru_core.forecast import forecaster
from gru_core.forecast.events import (
    Diverged,
    EpochEnd,
    Event,
    Finished,
    Forecasted,
    Started,
    StepEnd,
    Stopped,
    Terminal,
    Weights,
)
from gru_core.forecast.result import Result
from gru_core.training.learner import Learner
from gru_core.training.loop import train
from gru_core.training.network import Network
from gru_core.training.torch_learner import TorchLearner

#: 60 points: 43 to train on (38 windows, 5 batches), 5 for validation, 12 of holdout.
SMALL = Experiment(points=60, window=5, hidden_size=4, epochs=4, batch_size=8)
DEEP = SMALL.replace(layers=2, dropout=0.5)
#: Its learning rate is so high that the loss goes up and down.
RESTLESS = SMALL.replace(epochs=12, learning_rate=0.5, schedule="constant")
WAVE = np.sin(np.arange(60.0))

LETTERS = {Started: "S", Forecasted: "F", StepEnd: "s", EpochEnd: "E"}


def spelled(events: list[Event]) -> str:
    """One letter for each event. Every terminal event is T."""
    return "".join(LETTERS.get(type(event), "T") for event in events)


def end_of(events: list[Event]) -> Terminal:
    assert isinstance(events[-1], Terminal)
    return events[-1]


def stop_at(step: int) -> Callable[[], bool]:
    """A `should_stop` that returns True after `step` steps."""
    steps = count()
    return lambda: next(steps) == step


def assert_same_weights(one: Weights, other: Weights) -> None:
    assert list(one) == list(other)
    for name in one:
        assert_array_equal(one[name], other[name], err_msg=name)


def assert_same_run(one: Result, other: Result) -> None:
    """The runs are equal in everything but their time."""
    assert_array_equal(one.history.drop(columns="seconds"), other.history.drop(columns="seconds"))
    assert_array_equal(one.forecast["forecast"], other.forecast["forecast"])
    assert one.kept_epoch == other.kept_epoch
    assert_same_weights(one.checkpoint.weights, other.checkpoint.weights)
    assert_same_weights(one.checkpoint.best, other.checkpoint.best)


def weights_by_epoch(events: list[Event]) -> dict[int, Weights]:
    forecasts = (event for event in events if isinstance(event, Forecasted))
    return {f.epoch: f.checkpoint.weights for f in forecasts if f.checkpoint}


Spoil = Callable[..., None]


@pytest.fixture
def spoil(monkeypatch: pytest.MonkeyPatch) -> Spoil:
    """Pass output `k` of the network, in training or in validation, through `change`."""

    def install(k: int, change: Callable[[Tensor], Tensor], *, training: bool = True) -> None:
        calls = count(1)

        class Faulty(Network):
            def forward(self, x: Tensor, generator: torch.Generator | None = None) -> Tensor:
                value = super().forward(x, generator)
                counts = training == (generator is not None)
                return change(value) if counts and next(calls) == k else value

        monkeypatch.setattr("gru_core.training.learner.Network", Faulty)
        # The compiled steps do not call the network.
        monkeypatch.setattr(
            "gru_core.training.loop.learner_of",
            lambda problem, resume: TorchLearner(problem, torch.device("cpu"), resume),
        )

    return install


# --- events


def test_events_come_in_the_documented_order() -> None:
    events = list(train(SMALL))
    assert re.fullmatch("SF(s{5}EF?){4}T", spelled(events))
    assert isinstance(events[-1], Finished)
    assert [e.epoch for e in events if isinstance(e, EpochEnd)] == [1, 2, 3, 4]
    assert [e.step for e in events if isinstance(e, StepEnd)] == [1, 2, 3, 4, 5] * 4


def test_started_describes_the_run() -> None:
    started = next(train(SMALL))
    assert isinstance(started, Started)
    assert (started.epoch, started.epochs, started.steps_per_epoch) == (0, 4, 5)
    assert (started.train_windows, started.validation_windows) == (38, 5)
    assert started.parameters == 3 * 4 * (1 + 4 + 2) + 4 + 1  # three gates, then the readout
    assert started.device == "cpu"


def test_the_loss_of_an_epoch_is_the_mean_over_its_windows() -> None:
    events = list(train(SMALL.replace(epochs=1)))
    losses = [e.loss for e in events if isinstance(e, StepEnd)]
    [end] = (e for e in events if isinstance(e, EpochEnd))
    assert end.train_loss == pytest.approx(np.average(losses, weights=[8, 8, 8, 8, 6]))
    assert end.last_loss == losses[-1]


def test_an_experiment_that_does_not_fit_is_refused_before_the_first_event() -> None:
    with pytest.raises(SeriesError):
        next(train(SMALL, np.arange(5.0)))


# --- stopping


@pytest.mark.parametrize("step", [0, 3, 5, 12])
def test_a_stop_ends_before_the_next_step_and_keeps_the_best_weights(step: int) -> None:
    events = list(train(SMALL, should_stop=stop_at(step)))
    assert re.fullmatch("SF(s{5}EF?)*s*T", spelled(events))
    assert spelled(events).count("s") == step

    end = end_of(events)
    losses = [e.val_loss for e in events if isinstance(e, EpochEnd)]
    best = 1 + int(np.argmin(losses)) if losses else 0
    assert isinstance(end, Stopped)
    assert end.epoch == step // 5
    assert end.kept_epoch == best
    assert_same_weights(end.checkpoint.best, weights_by_epoch(events)[best])


@pytest.mark.parametrize("feedback", ["window", "state"])
def test_a_stop_in_the_closed_loop_after_training(
    feedback: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(forecaster, "FORECAST_SECONDS", 0.0)
    over = False

    def listen(event: Event) -> None:
        nonlocal over
        over = isinstance(event, Forecasted) and event.epoch == 4

    experiment = SMALL.replace(feedback=feedback)
    result = run(experiment, on_event=listen, should_stop=lambda: over)
    assert result.status == "stopped"
    assert result.reason == (
        "stopped by request after epoch 4, before the closed-loop forecast was complete"
    )
    assert len(result.history) == 4
    values = result.forecast["forecast"].to_numpy()
    assert list(np.isnan(values)) == [False] + [True] * (len(values) - 1)
    whole = run(experiment).forecast["forecast"]
    assert values[0] == pytest.approx(whole[0], rel=1e-6)


# --- reproducibility


@pytest.mark.parametrize("experiment", [SMALL, DEEP], ids=["plain", "dropout"])
def test_the_same_experiment_gives_the_same_run(experiment: Experiment) -> None:
    one, again = run(experiment), run(experiment)
    other = run(experiment.replace(seed=1))
    assert_same_run(one, again)
    assert not np.array_equal(one.history["train_loss"], other.history["train_loss"])


def test_dropout_changes_the_losses() -> None:
    with_dropout, without = run(DEEP), run(DEEP.replace(dropout=0))
    assert not np.array_equal(with_dropout.history["train_loss"], without.history["train_loss"])


def test_nothing_global_is_seeded() -> None:
    before = torch.get_rng_state(), np.random.get_state(), random.getstate()
    run(DEEP)
    assert torch.equal(torch.get_rng_state(), before[0])
    np.testing.assert_equal(np.random.get_state(), before[1])
    assert random.getstate() == before[2]


# --- resuming


@pytest.mark.parametrize("keep", ["best", "last"])
def test_a_resumed_run_equals_one_without_interruption(keep: str) -> None:
    experiment = DEEP.replace(schedule="constant", patience=None, keep=keep)
    whole = run(experiment.replace(epochs=6))

    half = run(experiment.replace(epochs=2))
    resumed = run(experiment.replace(epochs=4), resume=half)

    assert_same_run(whole, resumed)


def test_a_stopped_run_goes_on_from_its_last_step() -> None:
    experiment = SMALL.replace(schedule="constant", patience=None)
    stopped = run(experiment, should_stop=stop_at(10))  # two whole epochs
    resumed = run(experiment.replace(epochs=2), resume=stopped)
    assert_same_run(run(experiment), resumed)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ({"hidden_size": 4}, {"hidden_size": 5}),
        ({"layers": 1}, {"layers": 2}),
        ({"layers": 2}, {"layers": 1}),
        ({"cell": "gru"}, {"cell": "rnn"}),
    ],
    ids=str,
)
def test_another_network_cannot_be_resumed(before: Any, after: Any) -> None:
    result = run(SMALL.replace(epochs=1, **before))
    with pytest.raises(GruLabError):
        run(SMALL.replace(epochs=1, **after), resume=result)


# --- which weights are kept


@pytest.mark.parametrize("keep", ["best", "last"])
@pytest.mark.parametrize("validation", [0.1, 0.0])
def test_the_weights_of_the_best_or_the_last_epoch_are_kept(
    spoil: Spoil, validation: float, keep: str
) -> None:
    last_output = 4 if validation else 4 * 6  # of four epochs; there are six batches in each
    spoil(last_output, lambda value: value * 1e9, training=not validation)
    events = list(train(SMALL.replace(validation=validation, keep=keep)))
    losses = [e.val_loss if validation else e.train_loss for e in events if isinstance(e, EpochEnd)]
    best = 1 + int(np.argmin(losses))
    assert best < 4

    end = end_of(events)
    assert end.kept_epoch == (best if keep == "best" else 4)
    assert end.checkpoint.best_epoch == best
    assert end.checkpoint.best_loss == losses[best - 1]
    assert_same_weights(end.checkpoint.best, weights_by_epoch(events)[best])
    assert_same_weights(end.checkpoint.weights, weights_by_epoch(events)[4])


@pytest.mark.parametrize("keep", ["best", "last"])
def test_the_forecast_is_that_of_the_weights_kept(keep: str) -> None:
    experiment = RESTLESS.replace(keep=keep, normalization="none")
    result = run(experiment, WAVE)
    context = WAVE[48 - 5 : 48]
    expected = result.forecaster.closed_loop(context, 12)
    np.testing.assert_allclose(result.forecast["forecast"], expected, atol=1e-5)


@pytest.mark.parametrize(
    ("patience", "words"),
    [
        (3, "stopped early: the validation loss was not a number (NaN or infinite) for 3 epochs"),
        (None, "all epochs done, but the validation loss was not a number"),
    ],
)
def test_a_validation_loss_that_is_never_a_number_is_named(
    patience: int | None, words: str
) -> None:
    """Its last values are so far from the training part that their squares overflow."""
    values = np.where((np.arange(60) >= 43) & (np.arange(60) < 48), 1e18, 1e-6 * WAVE)
    result = run(SMALL.replace(epochs=6, patience=patience), values)
    assert not np.isfinite(result.history["val_loss"]).any()
    assert result.reason.startswith(words)
    assert "no improvement" not in result.reason


def test_a_validation_loss_that_was_a_number_before_is_no_cause(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    losses = iter([1.0, math.nan, 2.0, math.nan, 3.0])
    monkeypatch.setattr(Learner, "validation_loss", lambda learner: next(losses))
    result = run(SMALL.replace(epochs=20, patience=4))
    assert result.reason == "stopped early: no improvement for 4 epochs"


def test_early_stop_after_as_many_idle_epochs_as_patience() -> None:
    result = run(RESTLESS.replace(epochs=500, patience=3))
    assert result.status == "finished"
    assert result.reason == "stopped early: no improvement for 3 epochs"
    losses = result.history["val_loss"]
    best, idle = math.inf, 0
    for epoch, loss in enumerate(losses, 1):
        best, idle = min(best, loss), 0 if loss < best else idle + 1
        assert (idle == 3) == (epoch == len(losses)), epoch
    assert result.kept_epoch == len(losses) - 3


# --- series that are too short, constant or empty in parts


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (
            {"window": 60},
            "too short for a window of 60: 60 values − 12 of holdout − 5 of validation leaves 43 "
            "to train on, and a window with its target needs 61",
        ),
        (
            {"horizon": 13},
            "The horizon (13 steps) is longer than the holdout has (12 of 60 values)",
        ),
    ],
)
def test_a_series_that_is_too_short_is_refused_with_the_arithmetic(
    options: dict[str, Any], message: str
) -> None:
    with pytest.raises(SeriesError, match=re.escape(message)):
        run(SMALL.replace(**options))


def test_a_batch_size_above_the_number_of_windows_is_lowered_with_a_notice() -> None:
    events = list(train(SMALL.replace(batch_size=4096)))
    started = events[0]
    assert isinstance(started, Started)
    assert started.notices == (
        "The batch size was lowered from 4096 to 38, the number of training windows.",
    )
    assert re.fullmatch("SF(sEF?){4}T", spelled(events))  # an epoch of one batch


@pytest.mark.parametrize("epochs", range(1, 13))
def test_a_run_may_have_any_number_of_steps(epochs: int) -> None:
    rates = [
        event.learning_rate
        for event in train(SMALL.replace(epochs=epochs, batch_size=38))
        if isinstance(event, EpochEnd)
    ]
    assert len(rates) == epochs
    assert max(rates) <= SMALL.learning_rate
    assert epochs < 3 or rates[-1] < max(rates)


def test_an_empty_validation_part_gives_a_notice() -> None:
    result = run(SMALL.replace(validation=0.01))
    [notice] = result.notices
    assert "validation part of 1%" in notice
    assert "training loss" in notice
    assert result.history["val_loss"].isna().all()
    assert result.kept_epoch == result.history["train_loss"].idxmin() + 1


def test_a_constant_series_is_learned_with_a_notice() -> None:
    result = run(SMALL.replace(epochs=60), np.full(60, 5.0))
    assert result.status == "finished"
    assert "All values of the training part are 5." in result.notices[0]
    np.testing.assert_allclose(result.forecast["forecast"], 5.0, atol=1e-3)
    assert math.isnan(result.scores["mase"])


def test_the_holdout_does_not_change_the_training() -> None:
    other = WAVE.copy()
    other[48:] = np.random.default_rng(0).normal(1e6, 1e3, 12)
    one, changed = run(SMALL, WAVE), run(SMALL, other)
    assert_same_run(one, changed)
    assert one.scores != changed.scores


@pytest.mark.skipif(torch.cuda.is_available(), reason="this machine has a GPU")
def test_a_missing_device_is_refused_in_words() -> None:
    with pytest.raises(OptionError, match=r"'cuda' is not available .* has: cpu.* 'auto'") as error:
        next(train(SMALL.replace(device="cuda")))
    assert error.value.options == ("device",)


# --- numbers that are not finite or too large


def infinite_gradient(value: Tensor) -> Tensor:
    value.register_hook(lambda gradient: gradient * math.inf)
    return value


def assert_finite(result: Result) -> None:
    assert np.isfinite(result.forecast["forecast"]).all()
    assert np.isfinite(result.forecaster.closed_loop(np.zeros(5), 3)).all()
    for weights in result.checkpoint.weights, result.checkpoint.best:
        assert all(np.isfinite(array).all() for array in weights.values())


@pytest.mark.parametrize("loss", [math.nan, math.inf])
def test_a_loss_that_is_not_finite_ends_the_run(spoil: Spoil, loss: float) -> None:
    spoil(12, lambda value: value + loss)  # the second step of epoch 3
    events = list(train(SMALL))
    assert re.fullmatch("SF(s{5}EF?){2}sT", spelled(events))
    assert isinstance(events[-1], Diverged)
    assert events[-1].epoch == 3
    assert events[-1].reason == f"the training loss became {loss} in epoch 3"


@pytest.mark.parametrize("keep", ["best", "last"])
@pytest.mark.parametrize("clip", [None, 1.0])
@pytest.mark.parametrize("step", [12, 15], ids=["within an epoch", "last step of an epoch"])
def test_an_infinite_gradient_keeps_the_best_weights(
    spoil: Spoil, step: int, clip: float | None, keep: str
) -> None:
    experiment = SMALL.replace(schedule="constant", clip=clip, keep=keep)
    spoil(step, infinite_gradient)
    result = run(experiment)
    without_fault = run(experiment.replace(epochs=2, keep="best"))

    assert result.status == "diverged"
    assert "epoch 3" in result.reason
    assert result.kept_epoch == without_fault.kept_epoch
    assert_array_equal(result.forecast["forecast"], without_fault.forecast["forecast"])
    assert_finite(result)


def test_a_run_survives_one_huge_output(spoil: Spoil) -> None:
    spoil(12, lambda value: value * 1e9)
    result = run(SMALL)
    assert result.history["train_loss"].max() > 1e9
    assert result.status == "finished"
    assert_finite(result)


def test_a_nan_validation_loss_is_never_the_best(spoil: Spoil) -> None:
    spoil(2, lambda value: value * math.nan, training=False)
    result = run(SMALL)
    assert result.history["val_loss"].isna().tolist() == [False, True, False, False]
    assert result.status == "finished"
    assert result.kept_epoch == result.history["val_loss"].idxmin() + 1


@pytest.mark.parametrize("keep", ["best", "last"])
def test_values_beyond_float32_diverge_at_once(keep: str) -> None:
    experiment = SMALL.replace(learning_rate=1.0, clip=None, normalization="none", keep=keep)
    result = run(experiment, Series(WAVE * 1e25))
    assert result.status == "diverged"
    assert result.reason == "the training loss became inf in epoch 1"
    assert result.kept_epoch == 0
    assert len(result.history) == 0
    assert_finite(result)
