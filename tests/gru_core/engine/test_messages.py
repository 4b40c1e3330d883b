"""What a worker sends while a run goes on: small messages, and a checkpoint now and then."""

from __future__ import annotations

import math

import pytest

from gru_core.engine import worker
from gru_core.experiment.experiment import Experiment
from gru_core.forecast.events import (
    Checkpoint,
    EpochEnd,
    Event,
    Forecasted,
    Saved,
    Started,
    StepEnd,
)
from gru_core.forecast.problem import Problem
from gru_core.packing import pack, unpack
from gru_core.training.loop import train
from gru_core.training.run import run

#: Its weights have 20 kB.
MIDDLING = Experiment(points=60, epochs=3, hidden_size=40)


def sent(monkeypatch: pytest.MonkeyPatch, **constants: float) -> list[bytes]:
    """The messages of a run, if these constants of the worker have these values."""
    monkeypatch.setattr(worker, "MESSAGE_SECONDS", 0.0)
    for name, value in constants.items():
        monkeypatch.setattr(worker, name, value)
    messages: list[bytes] = []
    sender = worker._Sender(lambda events: messages.append(pack(events)))
    result = run(MIDDLING, on_event=sender, should_save=sender.should_save)
    assert list(result.weights_by_epoch) == [0, 1, 2, 3]
    return messages


def checkpoints(messages: list[bytes]) -> list[Checkpoint]:
    events: list[Event] = [event for message in messages for event in unpack(message, list)]
    held = [event.checkpoint for event in events if isinstance(event, Forecasted | Saved)]
    return [checkpoint for checkpoint in held if checkpoint is not None]


def test_the_weights_of_the_frames_do_not_travel_with_live_messages(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    messages = sent(monkeypatch, CHECKPOINT_SECONDS=math.inf)
    assert checkpoints(messages) == []
    assert max(map(len, messages)) < 5000


def test_a_checkpoint_can_come_after_any_step(monkeypatch: pytest.MonkeyPatch) -> None:
    messages = sent(monkeypatch, CHECKPOINT_SECONDS=0.0, CHECKPOINT_BYTES_PER_SECOND=math.inf)
    places = [(one.epoch, len(one.losses)) for one in checkpoints(messages)]
    steps = Problem.of(MIDDLING).steps_per_epoch
    every = [(epoch, step) for epoch in range(3) for step in range(steps)] + [(3, 0)]
    assert sorted(set(places)) == every
    assert places == sorted(places)


def test_a_checkpoint_that_is_too_large_is_not_sent(monkeypatch: pytest.MonkeyPatch) -> None:
    size = 16 * next(e.parameters for e in train(MIDDLING) if isinstance(e, Started))
    at_once = {"CHECKPOINT_SECONDS": 0.0, "CHECKPOINT_BYTES_PER_SECOND": math.inf}
    assert checkpoints(sent(monkeypatch, **at_once, CHECKPOINT_BYTES=size - 1)) == []
    *_, one = checkpoints(sent(monkeypatch, **at_once, CHECKPOINT_BYTES=size))
    arrays = [*one.weights.values(), *one.best.values(), *one.moments.values()]
    assert sum(array.nbytes for array in arrays) == size


@pytest.mark.parametrize(
    ("parameters", "seconds"), [(100, 2.0), (625_000, 10.0), (5_000_000, math.inf)]
)
def test_large_checkpoints_are_sent_more_rarely(parameters: int, seconds: float) -> None:
    assert worker._pause(parameters) == seconds


def test_only_the_newest_checkpoint_waits_for_the_next_message() -> None:
    messages: list[list[Event]] = []
    sender = worker._Sender(messages.append)
    saved = [
        event for event in train(MIDDLING, should_save=lambda: True) if isinstance(event, Saved)
    ]
    sender._sent = math.inf  # no message is due
    for one in saved[:3]:
        sender(one)
    assert messages == []
    sender._sent = -math.inf
    sender(StepEnd(1, 4, 6, 0.5))
    assert messages == [[StepEnd(1, 4, 6, 0.5), saved[2]]]


def test_the_first_epoch_is_told_at_once_and_the_others_wait_for_the_next_message(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(worker, "MESSAGE_SECONDS", math.inf)
    messages: list[list[int]] = []
    sender = worker._Sender(
        lambda events: messages.append([e.epoch for e in events if isinstance(e, EpochEnd)])
    )
    run(Experiment(points=60, epochs=5, hidden_size=4, patience=None), on_event=sender)
    assert [message for message in messages if message] == [[1], [2, 3, 4, 5]]
