"""What a worker sends while a run goes on: small messages, with few checkpoints."""

from __future__ import annotations

import math

import pytest

from gru_core.engine import worker
from gru_core.experiment.experiment import Experiment
from gru_core.forecast.events import Checkpoint, EpochEnd, Event, Forecasted
from gru_core.packing import pack, unpack
from gru_core.training.run import run

#: Its weights alone have 300 kB.
LARGE = Experiment(points=60, epochs=3, hidden_size=150)


def sent(monkeypatch: pytest.MonkeyPatch, seconds: float) -> list[bytes]:
    """The messages of a run that may send a checkpoint every so many seconds."""
    monkeypatch.setattr(worker, "MESSAGE_SECONDS", 0.0)
    monkeypatch.setattr(worker, "CHECKPOINT_SECONDS", seconds)
    messages: list[bytes] = []
    sender = worker._Sender(lambda events: messages.append(pack(events)))
    result = run(LARGE, on_event=sender)
    assert list(result.weights_by_epoch) == [0, 1, 2, 3]
    return messages


def checkpoints(messages: list[bytes]) -> list[Checkpoint | None]:
    events: list[Event] = [event for message in messages for event in unpack(message, list)]
    return [event.checkpoint for event in events if isinstance(event, Forecasted)]


def test_the_weights_of_the_frames_do_not_travel_with_live_messages(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    messages = sent(monkeypatch, math.inf)
    assert checkpoints(messages) == [None] * 4
    assert max(map(len, messages)) < 5000


def test_a_checkpoint_that_is_too_large_is_not_sent(monkeypatch: pytest.MonkeyPatch) -> None:
    first, *later = checkpoints(sent(monkeypatch, 0.0))
    assert first is not None  # there are no moments yet
    assert later == [None] * 3


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
