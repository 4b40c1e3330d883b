"""The split covers the series. Windows and normalization use only past values."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import pytest
from hypothesis import given, reject
from hypothesis import strategies as st
from numpy.testing import assert_array_equal

from gru_core.errors import SeriesError
from gru_core.experiment.experiment import Experiment
from gru_core.forecast.problem import Problem
from gru_core.forecast.windows import Normalization, split, windows

#: Of 100 values: 72 for training, 8 for validation and 20 for the holdout.
PLAIN = Experiment(window=10)


@given(
    n=st.integers(1, 500),
    window=st.integers(1, 60),
    holdout=st.floats(0.01, 0.9),
    validation=st.floats(0.0, 0.5),
    start=st.sampled_from(["holdout", "first", "end"]),
)
def test_the_parts_cover_the_series_in_order(
    n: int, window: int, holdout: float, validation: float, start: Any
) -> None:
    experiment = Experiment(
        window=window, holdout=holdout, validation=validation, forecast_start=start
    )
    try:
        parts = split(experiment, n)
    except SeriesError:
        reject()  # too short for the window
    assert window < parts.train_end <= parts.holdout_start <= parts.n == n
    assert parts.train_windows + parts.validation_windows + window == parts.holdout_start
    assert abs(n - parts.holdout_start - holdout * n) <= 1
    assert abs(parts.validation_windows - validation * parts.holdout_start) <= 0.5
    assert parts.horizon >= 1
    assert (
        parts.forecast_start == {"holdout": parts.holdout_start, "first": window, "end": n}[start]
    )
    assert start == "end" or parts.forecast_end <= n


@given(n=st.integers(1, 500), longer=st.integers(0, 500), holdout=st.floats(0.01, 0.9))
def test_a_window_as_long_as_the_series_is_refused(n: int, longer: int, holdout: float) -> None:
    experiment = Experiment(window=n + longer, holdout=holdout)
    with pytest.raises(SeriesError, match=f"too short for a window of {n + longer}: {n} values"):
        split(experiment, n)


@pytest.mark.parametrize(
    ("options", "start", "horizon"),
    [
        ({}, 80, 20),
        ({"horizon": 7}, 80, 7),
        ({"holdout": 0.001}, 99, 1),  # the start of the holdout needs a holdout of 1 at least
        ({"forecast_start": "first"}, 10, 20),
        ({"forecast_start": "first", "holdout": 0.0}, 10, 90),
        ({"forecast_start": "first", "horizon": 90}, 10, 90),
        ({"forecast_start": "point", "forecast_point": 10}, 10, 20),
        ({"forecast_start": "point", "forecast_point": 95}, 95, 5),
        ({"forecast_start": "point", "forecast_point": 100}, 100, 20),
        ({"forecast_start": "end"}, 100, 20),
        ({"forecast_start": "end", "holdout": 0.0}, 100, 100),
        ({"forecast_start": "end", "horizon": 300}, 100, 300),
    ],
)
def test_the_forecast_has_the_right_start_and_horizon(
    options: dict[str, Any], start: int, horizon: int
) -> None:
    parts = split(PLAIN.replace(**options), 100)
    assert (parts.forecast_start, parts.horizon) == (start, horizon)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (
            {"window": 72},
            "window of 72: 100 values − 20 of holdout − 8 of validation leaves 72 to train on, "
            "and a window with its target needs 73",
        ),
        (
            {"window": 100, "holdout": 0.0, "validation": 0.0, "forecast_start": "end"},
            "window of 100: 100 values leaves 100 to train on",
        ),
        ({"horizon": 21}, "horizon (21 steps) is longer than the holdout has (20 of 100 values)"),
        (
            {"horizon": 91, "forecast_start": "first"},
            "horizon (91 steps) is longer than the rest of the data has (90 of 100 values)",
        ),
        (
            {"forecast_start": "point", "forecast_point": 9},
            "cannot start at position 9: it needs the 10 values of a window before it, so it can "
            "start at 10 to 100",
        ),
        ({"forecast_start": "point", "forecast_point": 101}, "it can start at 10 to 100"),
    ],
)
def test_a_split_that_does_not_fit_shows_the_calculation(
    options: dict[str, Any], message: str
) -> None:
    with pytest.raises(SeriesError, match=re.escape(message)):
        split(PLAIN.replace(**options), 100)


@given(n=st.integers(2, 80), data=st.data())
def test_a_window_holds_the_values_before_its_target(n: int, data: st.DataObject) -> None:
    window = data.draw(st.integers(1, n - 1))
    start = data.draw(st.integers(window, n))
    stop = data.draw(st.integers(start, n))
    inputs, targets = windows(np.arange(float(n)), window, start, stop)
    assert_array_equal(targets, np.arange(start, stop)[:, None])
    assert_array_equal(inputs, [np.arange(t - window, t) for t in range(start, stop)] or inputs)
    assert inputs.shape == (stop - start, window)


def test_training_and_validation_read_no_holdout() -> None:
    problem = Problem.of(PLAIN.replace(normalization="none"), np.arange(100.0))
    inputs, targets = problem.train
    assert_array_equal(targets, np.arange(10, 72)[:, None])
    assert_array_equal(inputs[[0, -1]], [np.arange(0, 10), np.arange(61, 71)])
    inputs, targets = problem.validation
    assert_array_equal(targets, np.arange(72, 80)[:, None])
    assert_array_equal(inputs[[0, -1]], [np.arange(62, 72), np.arange(69, 79)])
    assert_array_equal(problem.context, np.arange(70, 80))


class TestNormalization:
    values = np.random.default_rng(0).normal(5, 3, 100)

    def test_makes_the_training_part_standard(self) -> None:
        problem = Problem.of(PLAIN, self.values)
        train = problem.normalization.apply(self.values[:72])
        assert train.mean() == pytest.approx(0)
        assert train.std() == pytest.approx(1)

    def test_does_not_see_validation_and_holdout(self) -> None:
        other = np.concatenate([self.values[:72], np.full(28, 1e6)])
        one, changed = Problem.of(PLAIN, self.values), Problem.of(PLAIN, other)
        assert one.normalization == changed.normalization

    def test_none_leaves_the_values(self) -> None:
        problem = Problem.of(PLAIN.replace(normalization="none"), self.values)
        assert_array_equal(problem.normalization.apply(self.values), self.values)

    @given(center=st.floats(-1e6, 1e6), scale=st.floats(1e-3, 1e6))
    def test_is_undone(self, center: float, scale: float) -> None:
        normalization = Normalization(center, scale)
        there_and_back = normalization.undo(normalization.apply(self.values))
        np.testing.assert_allclose(there_and_back, self.values, rtol=0, atol=1e-8)

    @pytest.mark.parametrize("value", [0.0, 0.1, 1e18, -1e-300])
    def test_a_constant_series_is_not_divided_by_almost_zero(self, value: float) -> None:
        problem = Problem.of(PLAIN, np.full(100, value))
        assert problem.normalization.scale == 1
        np.testing.assert_allclose(problem.context, 0, atol=abs(value) * 1e-12)
