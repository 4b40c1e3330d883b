"""The weights of the frames: which are kept when they do not all fit."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gru_core.forecast.events import Weights
from gru_core.forecast.frames import WEIGHT_BYTES, FrameWeights, thinned

rooms = st.integers(2, 12)


def network(room: int) -> Weights:
    """Weights so large that `room` of them fit, and not one more."""
    return {"w": np.zeros(WEIGHT_BYTES // room // 4, np.float32)}


@given(room=rooms, count=st.integers(1, 80))
def test_collected_weights_are_evenly_spaced_and_begin_with_the_first(
    room: int, count: int
) -> None:
    frames, weights = FrameWeights(), network(room)
    for epoch in range(count):
        frames.add(epoch, weights)
        assert len(frames.by_epoch) <= room
    epochs = list(frames.by_epoch)
    assert epochs[0] == 0
    assert len(set(np.diff(epochs))) <= 1
    assert len(epochs) >= min(count, (room + 1) // 2)


@given(room=rooms, epochs=st.lists(st.integers(0, 40), min_size=1, max_size=80))
def test_an_epoch_that_comes_again_changes_nothing(room: int, epochs: list[int]) -> None:
    """A resumed run makes its first forecast again."""
    once, again = FrameWeights(), FrameWeights()
    for epoch in sorted(set(epochs)):
        once.add(epoch, network(room))
    for epoch in sorted(epochs):
        again = again.copy()
        again.add(epoch, network(room))
    assert list(again.by_epoch) == list(once.by_epoch)


@given(room=rooms, data=st.data())
def test_chosen_weights_have_the_first_and_the_kept_epoch(room: int, data: st.DataObject) -> None:
    epochs = data.draw(st.lists(st.integers(0, 999), min_size=1, max_size=60, unique=True))
    kept = data.draw(st.sampled_from(epochs))
    by_epoch = {epoch: network(room) for epoch in epochs}
    chosen = thinned(by_epoch, kept)
    assert list(chosen) == sorted(chosen)
    assert {min(epochs), kept} <= set(chosen) <= set(epochs)
    assert len(chosen) == min(len(epochs), room)
    assert all(chosen[epoch] is by_epoch[epoch] for epoch in chosen)


def test_chosen_weights_are_spread_over_all_epochs() -> None:
    by_epoch = {epoch: network(5) for epoch in range(31)}
    assert list(thinned(by_epoch, 17)) == [0, 10, 17, 20, 30]


@pytest.mark.parametrize("epochs", [1, 2, 10])
def test_only_the_kept_weights_stay_if_not_even_two_fit(epochs: int) -> None:
    large = {"w": np.zeros(WEIGHT_BYTES // 8 + 1, np.float32)}  # a little over half of the room
    huge = {"w": np.zeros(WEIGHT_BYTES, np.float32)}
    for weights in (large, huge):
        frames = FrameWeights()
        for epoch in range(epochs):
            frames.add(epoch, weights)
        assert frames.by_epoch == {}
        by_epoch = dict.fromkeys(range(epochs), weights)
        assert list(thinned(by_epoch, epochs - 1)) == [epochs - 1]
