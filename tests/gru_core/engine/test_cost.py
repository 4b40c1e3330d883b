"""The estimated cost of a run: parameters as in PyTorch, and more for a larger run."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gru_core.engine.cost import Calibration, Estimate, Limits, estimate
from gru_core.errors import LimitError
from gru_core.experiment.experiment import Experiment
from gru_core.forecast.cells import GATES
from gru_core.forecast.problem import Problem
from gru_core.training.network import Network

CELLS = st.sampled_from(sorted(GATES))


def cost(**options: Any) -> Estimate:
    return estimate(Problem.of(Experiment(**options)))


@given(cell=CELLS, hidden=st.integers(1, 128), layers=st.integers(1, 8))
@settings(max_examples=50, deadline=None)
def test_parameters_are_those_of_the_network(cell: str, hidden: int, layers: int) -> None:
    network = Network(cell, hidden, layers, 0.0, 0)
    expected = sum(p.numel() for p in network.parameters())
    assert cost(cell=cell, hidden_size=hidden, layers=layers).parameters == expected


@given(cell=CELLS, layers=st.integers(1, 8), data=st.data())
@settings(max_examples=50, deadline=None)
def test_cost_grows_with_epochs_and_hidden_size(
    cell: str, layers: int, data: st.DataObject
) -> None:
    def two(low: int, high: int) -> list[int]:
        numbers = st.lists(st.integers(low, high), min_size=2, max_size=2, unique=True)
        return sorted(data.draw(numbers))

    epochs, hidden, window = two(1, 10_000), two(1, 1024), data.draw(st.integers(1, 100))
    less, more = (
        cost(cell=cell, layers=layers, window=window, epochs=n, hidden_size=hidden[0])
        for n in epochs
    )
    assert less.seconds < more.seconds
    assert less.memory == more.memory
    less, more = (
        cost(cell=cell, layers=layers, window=window, epochs=epochs[0], hidden_size=n)
        for n in hidden
    )
    assert less.seconds < more.seconds
    assert less.memory < more.memory
    assert less.parameters < more.parameters


@given(cell=CELLS, window=st.integers(1, 150), hidden=st.integers(1, 256))
@settings(max_examples=50, deadline=None)
def test_cost_grows_with_the_window(cell: str, window: int, hidden: int) -> None:
    # Doubled, and well below half of the series: a longer window also leaves fewer windows.
    less, more = (cost(cell=cell, window=w, hidden_size=hidden) for w in (window, 2 * window))
    assert less.seconds < more.seconds
    assert less.memory < more.memory
    assert less.parameters == more.parameters


def test_every_epoch_costs() -> None:
    """Even if one more epoch means one kept forecast less (see `forecast_epochs`)."""
    seconds = [cost(window=1, hidden_size=1, epochs=n).seconds for n in range(1, 100)]
    assert seconds == sorted(set(seconds))


def test_cost_grows_with_layers() -> None:
    costs = [cost(layers=n) for n in range(1, 9)]
    for less, more in pairwise(costs):
        assert less.parameters < more.parameters
        assert less.seconds < more.seconds
        assert less.memory < more.memory


@pytest.mark.parametrize("feedback", ["window", "state"])
def test_cost_grows_with_the_loop_and_the_members(feedback: str) -> None:
    for name, objective in (("loop_steps", "closed-loop"), ("members", "one-step")):
        options = {"feedback": feedback, "objective": objective, "batch_size": 64}
        less, more = (cost(**options, **{name: n}) for n in (4, 8))
        assert less.seconds < more.seconds
        assert less.memory < more.memory


def test_carrying_the_state_is_cheaper_than_reading_windows_again() -> None:
    window, state = (
        cost(objective="closed-loop", loop_steps=20, feedback=feedback)
        for feedback in ("window", "state")
    )
    assert state.seconds < window.seconds / 4


def test_a_slower_machine_takes_longer() -> None:
    problem = Problem.of(Experiment())
    usual = estimate(problem, Calibration())
    for name in ("step", "cell_step", "flop", "gate"):
        slow = replace(Calibration(), **{name: 10 * getattr(Calibration(), name)})
        assert estimate(problem, slow).seconds > usual.seconds
        assert estimate(problem, slow).memory == usual.memory


def test_an_estimate_in_words() -> None:
    assert str(Estimate(8001, 12_345_678, 200)) == (
        "8,001 parameters, 12 MB of memory, about 3 min 20 s"
    )
    assert "under 1 MB" in str(Estimate(1, 999_999, 1))


@pytest.mark.parametrize(
    ("size", "words"),
    [
        ((11, 0, 0), ["11 parameters (at most 10)"]),
        ((0, 3_000_000, 0), ["3 MB of memory (at most 2 MB)"]),
        ((0, 0, 61), ["about 1 min 1 s (at most 1 min)"]),
        ((11, 3_000_000, 0), ["11 parameters", " and ", "3 MB"]),
        ((11, 3_000_000, 61), ["11 parameters", "3 MB", " and ", "1 min 1 s"]),
    ],
)
def test_limits_name_every_exceeded_value(size: tuple[int, int, float], words: list[str]) -> None:
    with pytest.raises(LimitError) as caught:
        Limits(10, 2_000_000, 60).check(Estimate(*size))
    for word in words:
        assert word in str(caught.value)


@pytest.mark.parametrize(
    ("size", "helps", "harms"),
    [
        ((11, 0, 0), "a smaller hidden size", "batch"),
        ((0, 3_000_000, 0), "a smaller batch", "larger batch"),
        ((0, 0, 61), "a larger batch", "smaller batch"),
        ((0, 3_000_000, 61), "fewer epochs", "batch"),
    ],
)
def test_the_advice_fits_what_is_exceeded(
    size: tuple[int, int, float], helps: str, harms: str
) -> None:
    """A larger batch is faster but needs more memory."""
    with pytest.raises(LimitError) as caught:
        Limits(10, 2_000_000, 60).check(Estimate(*size))
    advice = str(caught.value).split("Use ")[1]
    assert helps in advice
    assert harms not in advice


def test_a_cost_equal_to_the_limits_is_allowed() -> None:
    Limits(10, 2_000_000, 60).check(Estimate(10, 2_000_000, 60))


@pytest.mark.parametrize(
    ("name", "value"),
    [("MAX_PARAMETERS", "many"), ("MAX_MEMORY_MB", "-5"), ("MAX_SECONDS", "1h")],
)
def test_a_wrong_limit_in_the_environment_is_named(
    name: str, value: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(f"GRU_LAB_{name}", value)
    with pytest.raises(ValueError, match=f"GRU_LAB_{name}"):
        Limits.from_environment()


@pytest.mark.parametrize("value", [None, "", " "])
def test_unset_limits_are_the_defaults(value: str | None, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("PARAMETERS", "MEMORY_MB", "SECONDS"):
        if value is None:
            monkeypatch.delenv(f"GRU_LAB_MAX_{name}", raising=False)
        else:
            monkeypatch.setenv(f"GRU_LAB_MAX_{name}", value)
    assert Limits.from_environment() == Limits()


def test_a_curriculum_is_cheaper() -> None:
    """It begins with short loops. It needs the same memory, because it ends with the whole loop."""
    options = {"objective": "closed-loop", "loop_steps": 8}
    short, whole = (cost(**options, curriculum=growing) for growing in (True, False))
    assert short.seconds < whole.seconds
    assert short.memory == whole.memory
