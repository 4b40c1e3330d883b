"""The scores, compared with scores by hand. A value that cannot be scored gives NaN or inf."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest

from gru_core.forecast.metrics import METRICS, scores

TRAIN = np.array([1.0, 3.0, 2.0, 5.0])  # steps of 2, 1, 3: the naive error is 2
ACTUAL = np.array([1.0, 2.0, 4.0])


def table(
    actual: list[float] | np.ndarray,
    forecast: list[float],
    train: np.ndarray = TRAIN,
    period: int = 1,
) -> pd.Series:
    """The row of one forecast."""
    return scores(np.array(actual), {"f": np.array(forecast)}, train=train, period=period).loc["f"]


def test_scores_equal_those_computed_by_hand() -> None:
    row = table(ACTUAL, [2.0, 2.0, 2.0])  # errors 1, 0, 2
    assert row["rmse"] == pytest.approx(math.sqrt(5 / 3))
    assert row["mae"] == pytest.approx(1)
    assert row["smape"] == pytest.approx((1 / 3 + 0 / 4 + 2 / 6) / 3)
    assert row["mase"] == pytest.approx(1 / 2)


def test_mase_scales_by_the_season() -> None:
    assert table(ACTUAL, [2.0, 2.0, 2.0], period=2)["mase"] == pytest.approx(1 / 1.5)


def test_a_season_longer_than_the_training_part_counts_as_1() -> None:
    forecast = [2.0, 2.0, 2.0]
    pd.testing.assert_series_equal(table(ACTUAL, forecast, period=4), table(ACTUAL, forecast))


def test_a_perfect_forecast_scores_zero() -> None:
    assert (table(ACTUAL, list(ACTUAL)) == 0).all()


def test_zeros_in_the_data_do_not_divide_by_zero() -> None:
    assert table([0.0, 1.0], [0.0, 3.0])["smape"] == pytest.approx((0 + 2 / 4) / 2)


def test_one_row_per_forecast_and_one_column_per_measure() -> None:
    by_forecast = scores(ACTUAL, {"b": ACTUAL, "a": ACTUAL + 1}, train=TRAIN, period=1)
    assert list(by_forecast.index) == ["b", "a"]
    assert list(by_forecast.columns) == list(METRICS)
    assert set(by_forecast.dtypes) == {np.dtype(np.float64)}


def test_unknown_values_are_left_out() -> None:
    known = table([1.0, 2.0], [2.0, 2.0])
    pd.testing.assert_series_equal(table([1.0, 2.0, math.nan], [2.0, 2.0, 99.0]), known)


def test_scores_are_nan_without_true_values() -> None:
    assert table([math.nan, math.nan], [1.0, 2.0]).isna().all()


@pytest.mark.parametrize("bad", [math.nan, math.inf, -math.inf])
def test_scores_of_an_exploded_forecast_are_infinite(bad: float) -> None:
    by_forecast = scores(ACTUAL, {"f": np.array([1, 2, bad]), "g": ACTUAL}, train=TRAIN, period=1)
    assert (by_forecast.loc["f"] == math.inf).all()
    assert (by_forecast.loc["g"] == 0).all()


def test_a_square_that_overflows_is_infinite() -> None:
    row = table([0.0, 0.0], [1e200, 0.0])
    assert row["rmse"] == math.inf
    assert row["mae"] == 5e199


@pytest.mark.parametrize("train", [np.ones(4), np.array([1.0, 2.0, 1.0, 2.0])])
def test_mase_without_a_scale_is_nan(train: np.ndarray) -> None:
    row = table(ACTUAL, [2.0, 2.0, 2.0], train=train, period=2)
    assert math.isnan(row["mase"])
    assert row["mae"] == pytest.approx(1)
