"""Intervals: as wide as errors that were made ask for, and nothing seen of the holdout."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from gru_core.errors import OptionError
from gru_core.experiment.experiment import Experiment
from gru_core.figures import forecast_figure
from gru_core.forecast.result import Result
from gru_core.judgement.intervals import FEWEST_ERRORS, _quantiles, interval
from gru_core.training.run import run

NOISE = np.random.default_rng(3).normal(10.0, 2.0, 1500)
WHITE = Experiment(
    signal="own", window=5, hidden_size=4, epochs=2, validation=0.3, horizon=10, holdout=0.3
)


@pytest.fixture(scope="module")
def white() -> Result:
    return run(WHITE, NOISE)


@pytest.mark.parametrize("level", [0.5, 0.8, 0.9])
def test_noise_is_covered_as_promised(white: Result, level: float) -> None:
    band = interval(white, level)
    assert band.calibrated_on == "validation"
    assert band.coverage == pytest.approx(level, abs=0.07)
    # Of normal noise around its mean, the quantiles are known.
    z = {0.5: 0.674, 0.8: 1.282, 0.9: 1.645}[level]
    assert (band.upper - band.lower).mean() / 2 == pytest.approx(z * 2.0, rel=0.25)


def test_a_higher_level_is_a_wider_band(white: Result) -> None:
    narrow, wide = interval(white, 0.5), interval(white, 0.95)
    assert ((wide.upper - wide.lower) > (narrow.upper - narrow.lower)).all()
    for band in (narrow, wide):
        middle = (band.lower + band.upper) / 2
        np.testing.assert_allclose(middle, white.forecast["forecast"], atol=1e-4)


def test_the_holdout_is_only_for_the_coverage(white: Result) -> None:
    bent = NOISE.copy()
    bent[white.parts.holdout_start :] += 100.0
    other = interval(run(WHITE, bent))
    here = interval(white)
    np.testing.assert_array_equal(other.lower, here.lower)
    np.testing.assert_array_equal(other.upper, here.upper)
    assert other.coverage < 0.5 < here.coverage


def test_members_that_disagree_widen_it() -> None:
    result = run(WHITE.replace(members=3, horizon=30), NOISE)
    band = interval(result)
    assert band.coverage == pytest.approx(0.9, abs=0.07)
    assert np.ptp(band.upper - band.lower) > 0


def test_without_a_validation_part_the_training_part_must_do(white: Result) -> None:
    band = interval(run(WHITE.replace(validation=0.0), NOISE))
    assert band.calibrated_on == "training"
    assert band.coverage == pytest.approx(0.9, abs=0.1)


def test_beyond_the_data_coverage_is_unknown_without_a_holdout() -> None:
    band = interval(run(WHITE.replace(holdout=0.0, forecast_start="end"), NOISE[:300]))
    assert math.isnan(band.coverage)
    assert band.lower.shape == band.upper.shape == (10,)
    assert (band.lower < band.upper).all()


def test_it_grows_beyond_the_longest_lead_that_was_calibrated() -> None:
    result = run(WHITE.replace(validation=0.02, horizon=100), NOISE)
    assert result.parts.validation_windows < 30
    band = interval(result)
    reach = (band.upper - band.lower) / 2
    longest = result.parts.validation_windows
    assert reach[-1] / reach[longest - 1] == pytest.approx(math.sqrt(100 / longest), rel=1e-6)


@pytest.mark.parametrize("level", [0.0, 1.0, -0.5, 90])
def test_a_level_is_a_share(white: Result, level: float) -> None:
    with pytest.raises(OptionError, match="level"):
        interval(white, level)


@given(
    arrays(float, (FEWEST_ERRORS + 9, 3), elements=st.floats(0, 1e6)),
    st.sampled_from([0.5, 0.9, 0.99]),
)
def test_quantiles_are_those_of_conformal_prediction(scores: np.ndarray, level: float) -> None:
    n = len(scores)
    for lead, width in enumerate(_quantiles(scores, level)):
        # At least ⌈(n + 1) · level⌉ of the n scores lie within, if there are as many.
        assert (scores[:, lead] <= width).sum() >= min(n, math.ceil((n + 1) * level))
        assert width in scores[:, : lead + 1]


def test_few_errors_are_pooled_with_those_of_shorter_leads() -> None:
    scores = np.full((FEWEST_ERRORS, 2), np.nan)
    scores[:, 0] = np.arange(FEWEST_ERRORS)
    scores[:3, 1] = 1000.0
    one, two = _quantiles(scores, 0.5)
    assert one == math.ceil((FEWEST_ERRORS + 1) / 2) - 1
    assert one <= two < 1000


def test_a_loop_that_explodes_makes_it_wide_not_wrong() -> None:
    scores = np.full((FEWEST_ERRORS, 1), np.inf)
    assert _quantiles(scores, 0.9)[0] == np.finfo(float).max


def test_the_figure_shows_it_under_the_forecast(white: Result) -> None:
    band = interval(white)
    parts = white.parts
    figure = forecast_figure(
        white.series,
        white.forecast,
        train_end=parts.train_end,
        validation_end=parts.holdout_start,
        start=parts.forecast_start,
        interval=band,
    )
    names = [trace.name for trace in figure.data]
    assert names.index("90 % interval") < names.index("Closed loop")
    shown = figure.data[names.index("90 % interval")]
    np.testing.assert_array_equal(shown.y, band.lower)
    np.testing.assert_array_equal(figure.data[names.index("90 % interval") - 1].y, band.upper)
    assert shown.fill == "tonexty"
    low, high = figure.layout.yaxis.range
    assert low <= band.lower.min()
    assert high >= band.upper.max()
