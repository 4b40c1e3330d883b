"""The first settings for a series: the window from its cycle, the normalization from its trend."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from gru_core.data.sources import make_series
from gru_core.experiment.experiment import OWN_DATA, Experiment
from gru_core.experiment.start import LONGEST_WINDOW, STARTED, start_from
from gru_core.forecast.problem import Problem

STEPS = np.arange(150.0)
NOISE = np.random.default_rng(3).normal(size=150)
PASSENGERS = make_series("air-passengers", points=144, noise=0.0, seed=0, parameters={}).values


def test_the_airline_passengers_get_their_year_and_a_window_of_its_own_scale() -> None:
    start = start_from(PASSENGERS)
    assert start.options == {"window": 13, "normalization": "window"}
    assert start.reasons["window"].startswith("Window 13: your data repeat every 12 values")
    assert "have a trend" in start.reasons["normalization"]


@pytest.mark.parametrize("period", [5, 7, 24, 31])
@pytest.mark.parametrize("slope", [0.0, 0.1, -0.1])
def test_the_window_follows_the_cycle_and_the_normalization_the_trend(
    period: int, slope: float
) -> None:
    values = 50 + slope * STEPS + np.sin(2 * np.pi * STEPS / period) + 0.1 * NOISE
    start = start_from(values)
    assert start.options["window"] == period + 1
    assert start.options.get("normalization", "standard") == ("window" if slope else "standard")
    assert f"every {period} values" in start.reasons["window"]


def test_a_trend_without_a_cycle_changes_the_normalization_only() -> None:
    start = start_from(3 * STEPS + NOISE)
    assert start.options == {"normalization": "window"}
    assert set(start.reasons) == {"normalization"}


@pytest.mark.parametrize("values", [NOISE, 5000 + NOISE, np.full(60, 7.0)])
def test_noise_and_a_constant_keep_the_defaults(values: np.ndarray) -> None:
    assert start_from(values).options == {}
    assert start_from(values).reasons == {}


def test_a_short_series_gets_a_window_that_fits() -> None:
    start = start_from(NOISE[:11])
    assert start.options["window"] == 3
    assert "there are 11 values before the holdout" in start.reasons["window"]


def test_a_cycle_that_is_too_long_is_said() -> None:
    short = start_from(np.sin(2 * np.pi * np.arange(70) / 30))
    assert short.options["window"] == 23
    assert ", but there are 70 values before the holdout" in short.reasons["window"]
    long = start_from(np.sin(2 * np.pi * np.arange(2000) / 365))
    assert long.options["window"] == LONGEST_WINDOW
    assert "takes long to train" in long.reasons["window"]


@given(
    arrays(np.float64, st.integers(4, 60), elements=st.floats(-1e18, 1e18)),
    st.sampled_from([0.0, 0.1, 0.2, 0.5]),
)
def test_every_series_gets_settings_that_fit_and_a_reason_for_each(
    values: np.ndarray, holdout: float
) -> None:
    start = start_from(values[: len(values) - round(holdout * len(values))])
    assert set(start.options) == set(start.reasons) <= set(STARTED)
    if len(values) < 8:  # not even a window of one value leaves much
        return
    own = Experiment(signal=OWN_DATA, holdout=holdout, forecast_start="end", **start.options)
    assert Problem.of(own, values).parts.train_windows >= 1
