"""Two forecasts in one figure: the lines are right, and the true values stay visible."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_array_equal

from gru_core.data.series import Series
from gru_core.figures.before_after import before_after, failing

WAVE = np.sin(np.arange(100) / 4)
PLAIN = Series(WAVE)
DATED = Series(WAVE, "sales", pd.date_range("2024-01-01", periods=100), "€")


def forecast(series: Series, values: float | np.ndarray) -> pd.DataFrame:
    table = pd.DataFrame({"t": series.times(80, 100), "one_step": WAVE[80:]})
    table["forecast"] = values
    return table


@pytest.mark.parametrize("series", [PLAIN, DATED])
def test_both_forecasts_are_drawn_with_the_true_values(series: Series) -> None:
    before, after = forecast(series, 0.3), forecast(series, WAVE[80:])
    figure = before_after(series, before, after, start=80)
    lines = {line.name: line for line in figure.data}
    assert list(lines) == ["Original", "Before, one step", "Before", "After"]
    assert_array_equal(lines["Original"].y, WAVE)
    # Each line begins at the last true value.
    assert_array_equal(lines["Before, one step"].y, WAVE[79:])
    assert_array_equal(lines["Before"].y, [WAVE[79], *np.full(20, 0.3)])
    assert_array_equal(lines["After"].y, WAVE[79:])
    for name in list(lines)[1:]:
        assert_array_equal(lines[name].x, series.times(79, 100))
    assert figure.layout.shapes[0].x0 == series.times(80, 81)[0]
    assert list(figure.layout.xaxis.range) == [series.times(60, 61)[0], series.times(99, 100)[0]]
    assert figure.layout.yaxis.title.text == (series.unit or None)


@pytest.mark.parametrize("series", [PLAIN, DATED])
def test_a_failing_forecast_looks_the_same_in_both_figures(series: Series) -> None:
    wrong = forecast(series, 0.3)
    figure = failing(series, wrong, start=80)
    one, both = figure.data, before_after(series, wrong, forecast(series, 1), start=80).data
    assert [line.name for line in one] == ["Original", "One step", "Closed loop"]
    for line, same in zip(one, both, strict=False):  # the first three of both
        assert_array_equal(line.x, same.x)
        assert_array_equal(line.y, same.y)
        assert line.line == same.line
    assert figure.layout.shapes[0].x0 == series.times(80, 81)[0]


def test_lines_differ_without_colour() -> None:
    figure = before_after(PLAIN, forecast(PLAIN, 0), forecast(PLAIN, 1), start=80)
    looks = {(line.line.dash, line.line.width) for line in figure.data}
    assert len(looks) == len(figure.data)


def test_an_exploding_forecast_leaves_the_true_values_easy_to_see() -> None:
    wild = np.where(np.arange(20) < 10, 1e9, np.inf)
    figure = before_after(PLAIN, forecast(PLAIN, wild), forecast(PLAIN, 0), start=80)
    low, high = figure.layout.yaxis.range
    assert low <= -1
    assert 1 <= high < 10


def test_every_line_has_room() -> None:
    before, after = forecast(PLAIN, -1.2), forecast(PLAIN, 1.3)
    before["one_step"] = 1.5
    low, high = before_after(PLAIN, before, after, start=80).layout.yaxis.range
    assert low < -1.2
    assert high > 1.5
