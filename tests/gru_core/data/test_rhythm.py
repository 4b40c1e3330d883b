"""Cycle, amplitude, phase and portrait. Each test compares with a known formula."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal

from gru_core.data.rhythm import (
    bent,
    delay,
    line,
    main_period,
    overlap,
    portrait,
    repeats,
    straight,
    swing,
)
from gru_core.data.sources import make_series

T = np.arange(1000)
CHANCE = np.random.default_rng(0)

periods = st.floats(5, 120)
phases = st.floats(0, 2 * np.pi)


def sine(period: float, phase: float = 0.0, n: int = 1000) -> np.ndarray:
    return np.sin(2 * np.pi * np.arange(n) / period + phase)


# --- the straight line


@given(slope=st.floats(-5, 5), level=st.floats(-100, 100), n=st.integers(2, 200))
def test_line_gives_slope_and_level_of_a_straight_line(slope: float, level: float, n: int) -> None:
    values = level + slope * np.arange(n)
    assert_allclose(line(values), (slope, level), atol=1e-8)
    assert_allclose(bent(values), 0, atol=1e-8)


def test_straight_is_one_for_a_line_and_zero_for_a_constant() -> None:
    assert straight(np.arange(50.0)) == pytest.approx(1)
    assert straight(sine(10)) < 0.01
    assert straight(np.full(50, 3.0)) == 0
    assert line(np.array([7.0])) == (0, 7)


# --- the period


@given(period=periods, phase=phases)
def test_the_period_of_a_sine_is_exact(period: float, phase: float) -> None:
    assert main_period(sine(period, phase)) == pytest.approx(period, rel=1e-4)


@given(period=periods, seed=st.integers(0, 99))
def test_the_period_is_close_with_noise_and_a_trend(period: float, seed: int) -> None:
    noise = np.random.default_rng(seed).standard_normal(1000)
    measured = main_period(sine(period) + 0.3 * noise + T / 200)
    assert measured == pytest.approx(period, rel=0.01)


def test_a_first_guess_decides_which_peak_is_the_cycle() -> None:
    both = sine(60) + 1.2 * sine(20)
    assert main_period(both) == pytest.approx(20, rel=1e-3)
    assert main_period(both, near=62) == pytest.approx(60, rel=1e-3)
    assert main_period(sine(20), near=60) == pytest.approx(20, rel=1e-3)  # there is no peak at 60


@pytest.mark.parametrize("name", ["air-passengers", "el-nino", "co2"])
def test_a_guess_of_twelve_months_is_kept(name: str) -> None:
    """The trends of these series move the peak away from 12, but the phase agrees with 12."""
    values = make_series(name).values
    assert main_period(values, near=12) == 12
    assert main_period(values) == pytest.approx(12, rel=0.01)


def test_clean_data_correct_a_rounded_guess() -> None:
    assert main_period(sine(62.8), near=63) == pytest.approx(62.8, rel=1e-5)


@pytest.mark.parametrize(
    "values",
    [np.full(100, 2.0), np.arange(5.0), sine(400, n=1000)[:1000] * 0],
    ids=["constant", "short", "zero"],
)
def test_without_a_cycle_the_period_is_nan(values: np.ndarray) -> None:
    assert math.isnan(main_period(values))


# --- amplitude and phase


@given(
    period=periods, size=st.floats(0.1, 100), level=st.floats(-100, 100), start=st.integers(0, 50)
)
def test_amplitude_and_phase_of_a_sine(
    period: float, size: float, level: float, start: int
) -> None:
    at, amplitude, phase = swing(level + size * sine(period, n=600)[start:], period, start)
    assert_allclose(amplitude, size, rtol=0.02)
    # sin is cos a quarter turn later. Phases count from position 0, wherever the values begin.
    assert_allclose((phase + 90 + 180) % 360 - 180, 0, atol=2)
    assert at[0] == start + math.ceil(period) - 1


@given(period=st.floats(8, 60), rate=st.floats(-0.1, 0.1))
def test_the_amplitude_follows_a_growing_wave(period: float, rate: float) -> None:
    amplitude = swing(np.exp(rate * T / period) * sine(period), period).amplitude
    growth_per_cycle = np.diff(np.log(amplitude)).mean() * period
    assert_allclose(growth_per_cycle, rate, atol=0.01)


def test_the_amplitude_of_a_square_wave_is_that_of_its_standard_deviation() -> None:
    amplitude = swing(np.sign(sine(50, 0.01)), 50).amplitude
    assert_allclose(amplitude, math.sqrt(2), rtol=1e-3)


def test_fewer_than_two_periods_have_no_amplitude() -> None:
    assert len(swing(sine(60, n=100), 60).amplitude) == 0


# --- repeating


@given(period=st.floats(4, 150), phase=phases)
def test_a_sine_repeats(period: float, phase: float) -> None:
    assert repeats(sine(period, phase), period) > 0.95


@given(share=st.floats(0.1, 2), seed=st.integers(0, 20))
def test_noise_lowers_repeats_by_its_share(share: float, seed: int) -> None:
    noise = np.random.default_rng(seed).standard_normal(4000)
    values = sine(40, n=4000) + share * math.sqrt(0.5) * noise
    assert repeats(values, 40) == pytest.approx(1 / (1 + share**2), abs=0.06)


@pytest.mark.parametrize("seed", range(8))
def test_a_random_walk_does_not_repeat(seed: int) -> None:
    """One half of a walk may look like a wave, but the other half does not continue it."""
    walk = np.cumsum(np.random.default_rng(seed).standard_normal(1000))
    assert repeats(walk, main_period(walk)) < 0.45


@pytest.mark.parametrize("period", [math.nan, 1.0, 2.0, 400.0])
def test_an_impossible_period_does_not_repeat(period: float) -> None:
    assert repeats(sine(50), period) == 0


def test_a_constant_does_not_repeat() -> None:
    assert repeats(np.ones(100), 10) == 0


# --- the portrait


def test_a_portrait_pairs_each_value_with_the_one_before() -> None:
    assert_array_equal(portrait(np.arange(5.0), 2), [[0, 2], [1, 3], [2, 4]])
    assert portrait(np.arange(3.0), 3).shape == (0, 2)
    assert portrait(np.arange(3.0), 7).shape == (0, 2)


def test_the_portrait_of_a_sine_is_a_circle() -> None:
    values = sine(40)
    assert delay(values, 40) == 10
    assert delay(values) == pytest.approx(10, abs=1)  # where its autocorrelation crosses zero
    assert_allclose(np.hypot(*portrait(values, 10).T), 1)


def test_the_shortest_delay_is_one_step() -> None:
    assert delay(sine(3), 3) == 1
    assert delay(CHANCE.standard_normal(100)) >= 1
    assert delay(np.ones(10)) == 1


def test_similar_portraits_overlap() -> None:
    values = sine(40.7)  # a period of 40 would have only 40 different points
    assert overlap(values, values, 10, -1, 1) == pytest.approx(1)
    assert overlap(values, sine(40.7, 1.0), 10, -1, 1) > 0.9
    assert overlap(values, 0.2 * values, 10, -1, 1) < 0.1
    assert overlap(values, values + 5, 10, -1, 1) == 0
