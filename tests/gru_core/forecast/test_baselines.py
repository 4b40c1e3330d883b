"""The baselines, compared with closed forms, and the season of series with a known season."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from gru_core.data.rhythm import detect_period
from gru_core.data.sources import make_series
from gru_core.forecast.baselines import BASELINES, baselines, copy_last, linear_ar, seasonal_naive

T = np.arange(400.0)
TWO_SINES = np.sin(0.1 * T) + 0.5 * np.sin(0.27 * T + 1)
PAST = np.array([1.0, 2.0, 3.0, 4.0, 5.0])
AIRLINE = make_series("air-passengers").values


def test_copy_last() -> None:
    assert_array_equal(copy_last(PAST, 3), [5, 5, 5])


@pytest.mark.parametrize(
    ("period", "expected"),
    [(1, [5, 5, 5, 5]), (2, [4, 5, 4, 5]), (3, [3, 4, 5, 3]), (99, [1, 2, 3, 4])],
)
def test_seasonal_naive_repeats_the_last_cycle(period: int, expected: list[float]) -> None:
    assert_array_equal(seasonal_naive(PAST, 4, period), expected)


@pytest.mark.parametrize("order", [4, 10, 50])
@pytest.mark.parametrize("level", [0.0, 100.0])
def test_linear_ar_is_exact_on_two_sines(order: int, level: float) -> None:
    series = level + TWO_SINES
    forecast = linear_ar(series[:200], series[:300], 100, order)
    assert_allclose(forecast, series[300:], rtol=0, atol=1e-6)


def test_linear_ar_is_exact_on_a_line() -> None:
    assert_allclose(linear_ar(T[:100], T[:100], 50, 5), T[100:150], rtol=0, atol=1e-6)


def test_linear_ar_of_order_1_is_the_textbook_regression() -> None:
    train = np.array([1.0, 3.0, 2.0, 4.0, 2.5])
    slope, intercept = np.polyfit(train[:-1], train[1:], 1)
    first = slope * 2.5 + intercept
    assert_allclose(linear_ar(train, train, 2, 1), [first, slope * first + intercept])


def test_linear_ar_accepts_an_exploding_series() -> None:
    doubling = 2.0 ** np.arange(20)
    assert not np.isfinite(linear_ar(doubling, doubling, 2000, 5)[-1])


def test_linear_ar_uses_a_smaller_order_for_a_short_series() -> None:
    assert np.isfinite(linear_ar(PAST[:2], PAST[:2], 3, 10)).all()


def test_baselines_returns_every_baseline_by_name() -> None:
    forecasts = baselines(PAST, 7, train=PAST[:4], window=2, period=2)
    assert list(forecasts) == list(BASELINES)
    assert {values.shape for values in forecasts.values()} == {(7,)}
    assert_array_equal(forecasts["seasonal_naive"], seasonal_naive(PAST, 7, 2))
    assert_array_equal(forecasts["linear_ar"], linear_ar(PAST[:4], PAST, 7, 2))


@pytest.mark.parametrize(
    ("series", "period"),
    [
        (AIRLINE, 12),
        (AIRLINE[:104], 12),
        (np.log(AIRLINE), 12),
        (np.tile([1.0, 5.0, 2.0, 8.0], 20), 4),
        (np.sin(2 * np.pi * T / 50) + 0.05 * T, 50),
        (1e18 * np.sin(2 * np.pi * T / 50), 50),
        (np.full(100, 3.0), 1),
        (np.full(100, 0.1) + 1e-17 * T[:100], 1),
        (T, 1),
        (1e10 * T + 7, 1),
        (np.repeat([0.0, 1.0], 50), 1),
        (PAST, 1),
    ],
    ids=[
        "airline",
        "airline's training part",
        "airline, logarithm",
        "four values",
        "sine with a trend",
        "huge sine",
        "constant",
        "constant but for round-off",
        "line",
        "steep line",
        "one jump",
        "five values",
    ],
)
def test_detect_period(series: np.ndarray, period: int) -> None:
    assert detect_period(series) == period


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("period", [7, 12, 24])
def test_a_few_far_values_hide_no_cycle(period: int, seed: int) -> None:
    chance = np.random.default_rng(seed)
    t = np.arange(14 * period)
    values = 100 + 10 * np.sin(2 * np.pi * t / period) + chance.normal(size=len(t))
    wrong = values.copy()
    wrong[chance.choice(len(t), 2, replace=False)] *= 50
    assert detect_period(wrong) == period
    shifted = values + 80 * (t > 9 * period)
    assert detect_period(shifted) == period
    assert detect_period(values / 10 + 1e9) == period  # a level does not hide it either


@pytest.mark.parametrize("signal", ["sine", "cosine", "square", "sawtooth", "damped"])
def test_detect_period_of_one_turn(signal: str) -> None:
    one_turn = 2 * np.pi / (100 / 999)  # 62.8 steps
    assert detect_period(make_series(signal).values) == pytest.approx(one_turn, abs=1)


@pytest.mark.parametrize("seed", range(5))
def test_detect_period_finds_none_in_noise(seed: int) -> None:
    noise = np.random.default_rng(seed).normal(size=300)
    assert detect_period(noise) == 1
    assert detect_period(noise.cumsum()) == 1
