"""`as_series` refuses bad values with a message. `times` continues beyond the end."""

from __future__ import annotations

import math
import re
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_array_equal

from gru_core.data.series import Series, as_series, extent, spread
from gru_core.errors import SeriesError

DAYS = pd.date_range("2024-01-01", periods=3)


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ([], "'series' is empty"),
        (3.0, "the shape ()"),
        (None, "the shape ()"),
        ([[1, 2], [3, 4]], "the shape (2, 2). Give one column of values"),
        (["a", "b"], "not a number"),
        ([1, {}], "not a number"),
        ([1j, 2], "not a number"),
        (np.array([1j, 2]), "not a number"),
        ([[1], [2, 3]], "not a number"),
        (DAYS, "not a number"),
        (pd.Series(DAYS), "not a number"),
        (pd.Series(["a"], name="town"), "'town' contains something that is not a number"),
        ([1, None], "1 of 2 values that are missing or infinite, at position 1 (counted from 0)"),
        (pd.Series([1, None], dtype="Int64"), "missing or infinite, at position 1"),
        (np.ma.array([1.0, 2.0], mask=[False, True]), "missing or infinite, at position 1"),
        ([math.inf, 1, -math.inf], "2 of 3 values that are missing or infinite, at position 0, 2"),
        ([math.nan] * 9, "at position 0, 1, 2, 3, 4 and 4 more"),
        ([1, 1e19], "larger than 1e+18 in size, at position 1"),
        ([1, -1e308], "larger than 1e+18 in size, at position 1"),
        ([1, 10**400], "not a number|larger than"),
        (pd.Series([1, 2, 3], index=DAYS[::-1], name="y"), "The index of 'y' does not increase"),
        (pd.Series([1, 2], index=[5, 5]), "does not increase"),
        (pd.Series([1, 2], index=pd.DatetimeIndex(["2024-01-01", None])), "does not increase"),
    ],
    ids=repr,
)
def test_bad_values_are_refused(values: Any, message: str) -> None:
    pattern = "|".join(re.escape(part) for part in message.split("|"))
    with pytest.raises(SeriesError, match=pattern):
        as_series(values)


@pytest.mark.parametrize(
    "values",
    [
        [1, 2, 3],
        (1.0, 2.0, 3.0),
        np.array([1, 2, 3], dtype=np.int8),
        np.array([[1.0], [2.0], [3.0]]),
        pd.Series([1, 2, 3]),
        pd.DataFrame({"y": [1, 2, 3]}),
    ],
    ids=lambda values: type(values).__name__,
)
def test_good_values_are_accepted(values: Any) -> None:
    series = as_series(values)
    assert_array_equal(series.values, [1.0, 2.0, 3.0])
    assert series.values.dtype == np.float64
    assert series.time is None
    assert len(series) == 3


def test_the_values_are_a_read_only_copy() -> None:
    mine = np.array([1.0, 2.0])
    series = as_series(mine)
    mine[0] = 99
    assert series.values[0] == 1
    with pytest.raises(ValueError, match="read-only"):
        series.values[0] = 99


def test_a_series_is_returned_unchanged() -> None:
    series = Series(np.array([1.0]), "mine", unit="m")
    assert as_series(series) is series


def test_name_and_times_of_a_pandas_series_are_kept() -> None:
    series = as_series(pd.Series([1, 2, 3], index=DAYS, name="y"))
    assert series.name == "y"
    assert series.time is not None
    assert list(series.time) == list(DAYS)


def test_an_index_of_words_is_not_a_time() -> None:
    assert as_series(pd.Series([1, 2], index=["b", "a"])).time is None


def dates(*days: str) -> pd.DatetimeIndex:
    return pd.DatetimeIndex(days)


@pytest.mark.parametrize(
    ("time", "following"),
    [
        (dates("2023-11-01", "2023-12-01", "2024-01-01"), dates("2024-02-01", "2024-03-01")),
        (dates("2023-11-30", "2023-12-31", "2024-01-31"), dates("2024-02-29", "2024-03-31")),
        (pd.period_range("2024-01", periods=3, freq="M"), dates("2024-04-01", "2024-05-01")),
        (dates("1998-01-01", "1999-01-01", "2000-01-01"), dates("2001-01-01", "2002-01-01")),
        (dates("2024-01-03", "2024-01-04", "2024-01-05"), dates("2024-01-06", "2024-01-07")),
        (pd.date_range("2024-01-03", periods=3, freq="B"), dates("2024-01-08", "2024-01-09")),
        (dates("2024-01-01", "2024-01-03"), dates("2024-01-05", "2024-01-07")),
        (dates("2024-01-01", "2024-01-02", "2024-01-04", "2024-01-05"),
         dates("2024-01-06", "2024-01-07")),
        (pd.Index([0.0, 0.5, 1.0]), pd.Index([1.5, 2.0])),
        (pd.Index([1998, 1999, 2000]), pd.Index([2001, 2002])),
        (pd.Index([1, 2, 4, 5]), pd.Index([6, 7])),
    ],
    ids=[
        "monthly",
        "ends of months",
        "periods",
        "yearly",
        "daily",
        "business days",
        "two dates",
        "irregular",
        "numbers",
        "years",
        "irregular numbers",
    ],
)  # fmt: skip
class TestTimes:
    def series(self, time: pd.Index) -> Series:
        return as_series(pd.Series(np.arange(float(len(time))), index=time))

    def test_continue_beyond_the_end(self, time: pd.Index, following: pd.Index) -> None:
        n = len(time)
        assert list(self.series(time).times(n, n + 2)) == list(following)

    def test_are_the_known_times_before_the_end(self, time: pd.Index, following: pd.Index) -> None:
        series = self.series(time)
        assert series.time is not None
        assert list(series.times(0, len(time))) == list(series.time)

    def test_may_cross_the_end(self, time: pd.Index, following: pd.Index) -> None:
        series, n = self.series(time), len(time)
        assert series.time is not None
        across = series.times(1, n + 2)
        assert list(across) == [*series.time[1:], *following]
        assert across.dtype == series.time.dtype

    def test_may_begin_beyond_the_end(self, time: pd.Index, following: pd.Index) -> None:
        n = len(time)
        assert list(self.series(time).times(n + 1, n + 2)) == list(following[1:])


def test_without_an_index_the_times_are_positions() -> None:
    assert list(as_series([1, 2, 3]).times(2, 5)) == [2, 3, 4]


@given(value=st.floats(-1e18, 1e18), n=st.integers(1, 200))
def test_a_constant_has_no_spread_and_its_size_as_extent(value: float, n: int) -> None:
    """NumPy gives 4e-17 for the standard deviation of 60 values of 0.1."""
    constant = np.full(n, value)
    assert spread(constant) == 0
    assert spread(constant * (1 + 2e-16 * (np.arange(n) % 2))) == 0
    assert extent(constant) == (abs(value) or 1)


@pytest.mark.parametrize("exponent", [-1060, -600, 0, 50])
def test_a_spread_is_one_at_any_size(exponent: int) -> None:
    values = np.array([1.0, 3.0, -2.0, 8.0])
    assert spread(np.ldexp(values, exponent)) == pytest.approx(math.ldexp(values.std(), exponent))
    assert extent(np.ldexp(values, exponent)) == math.ldexp(10, exponent)
