"""The figures that test a forecast: lines, styles and axes are right."""

from __future__ import annotations

import copy
import math

import numpy as np
import pandas as pd
import plotly.graph_objects as go
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from gru_core import figures
from gru_core.data.series import Series
from gru_core.figures import COLORS, MOST_POINTS
from gru_core.forecast.baselines import BASELINES
from gru_core.judgement.evaluation import Evaluation

WAVE = np.sin(np.arange(100) / 4)
PLAIN = Series(WAVE)
DAYS = pd.date_range("2024-01-01", periods=100)
DATED = Series(WAVE, "sales", DAYS, "€ <b>net</b>")
RUN = 0.5 * np.sin(np.arange(80, 280) / 4)


def evaluation(**errors: np.ndarray) -> Evaluation:
    lead = np.arange(1, 11)
    columns = {"forecast": 0.1 * lead, "one_step": np.full(10, 0.05)}
    columns |= {name: np.full(10, 0.5 + place) for place, name in enumerate(BASELINES)}
    table = pd.DataFrame({"lead": lead} | columns | errors)
    return Evaluation(np.arange(5), 10, True, table, make_table=pd.DataFrame)


def trace(figure: go.Figure, name: str) -> go.Scatter:
    [match] = [trace for trace in figure.data if trace.name == name]
    return match


def all_figures(series: Series) -> dict[str, go.Figure]:
    return {
        "portrait": figures.portrait(series.values, RUN, 6, series.unit),
        "free run": figures.free_run(series, RUN, 80, 20),
        "by lead": figures.by_lead(evaluation(), series.unit),
    }


# --- all figures


@pytest.mark.parametrize("name", all_figures(PLAIN))
def test_a_line_has_the_same_style_in_every_figure(name: str) -> None:
    looks = {
        "Original": (COLORS["original"], None),
        "Closed loop": (COLORS["forecast"], None),
        "One step": (COLORS["one_step"], "dot"),
    }
    drawn = {line.name: line for line in all_figures(PLAIN)[name].data}
    assert "Closed loop" in drawn
    for title, line in drawn.items():
        if title in looks:
            assert (line.line.color, line.line.dash) == looks[title]
        else:
            [baseline] = [name for name, shown in BASELINES.items() if shown == title]
            assert (line.line.color, line.line.dash) == (COLORS[baseline], "dashdot")


@pytest.mark.parametrize("name", all_figures(PLAIN))
def test_the_same_input_gives_the_same_figure_and_is_not_changed(name: str) -> None:
    before = copy.deepcopy((WAVE, RUN))
    assert all_figures(DATED)[name] == all_figures(DATED)[name]
    for now, then in zip((WAVE, RUN), before, strict=True):
        assert_array_equal(now, then)


@pytest.mark.parametrize("name", all_figures(PLAIN))
def test_a_unit_is_shown_as_plain_text(name: str) -> None:
    layout = all_figures(DATED)[name].layout
    titles = (layout.xaxis.title.text or "") + (layout.yaxis.title.text or "")
    assert "€ &lt;b&gt;net&lt;/b&gt;" in titles
    assert "<b>" not in titles


# --- the portrait


def test_a_portrait_draws_each_value_against_the_earlier_one() -> None:
    figure = figures.portrait(WAVE, RUN, 6)
    assert_array_equal(trace(figure, "Original").x, WAVE[:-6])
    assert_array_equal(trace(figure, "Original").y, WAVE[6:])
    assert_array_equal(trace(figure, "Closed loop").x, RUN[:-6])
    assert_array_equal(trace(figure, "Closed loop").y, RUN[6:])
    assert figure.layout.xaxis.title.text == "the value 6 steps before"
    assert figure.layout.yaxis.title.text == "the value now"


def test_both_axes_of_a_portrait_are_the_same() -> None:
    layout = figures.portrait(WAVE, RUN, 1).layout
    assert layout.xaxis.range == layout.yaxis.range
    assert layout.yaxis.scaleanchor == "x"
    assert layout.xaxis.title.text == "the value 1 step before"


def test_an_exploding_loop_leaves_the_true_values_easy_to_see() -> None:
    wild = RUN.copy()
    wild[50:] = 1e30
    wild[60:] = math.inf
    for figure in (figures.portrait(WAVE, wild, 6), figures.free_run(PLAIN, wild, 80, 20)):
        low, high = figure.layout.yaxis.range
        assert -6 < low < WAVE.min() < WAVE.max() < high < 6


def test_a_long_portrait_shows_its_last_points() -> None:
    long = np.sin(np.arange(3 * MOST_POINTS) / 4)
    figure = figures.portrait(long, long, 6)
    assert {len(line.x) for line in figure.data} == {MOST_POINTS}
    assert figure.data[0].y[-1] == long[-1]


# --- the free run


def test_a_free_run_continues_after_the_data() -> None:
    figure = figures.free_run(DATED, RUN, 80, 20)
    line = trace(figure, "Closed loop")
    assert_array_equal(line.y, [DATED.values[79], *RUN])  # it begins at the last true value
    assert line.x[0] == DAYS[79]
    assert line.x[-1] == DAYS[80] + pd.Timedelta(days=199)
    assert list(trace(figure, "Original").x) == list(DAYS)
    assert list(figure.layout.xaxis.range) == [DAYS[14], line.x[-1]]


def test_marks_show_where_the_loop_closes_and_where_the_forecast_ends() -> None:
    marker, beyond = figures.free_run(PLAIN, RUN, 80, 20).layout.shapes
    assert (marker.x0, marker.x1, marker.label.text) == (80, 80, "loop closes")
    assert (beyond.x0, beyond.x1) == (100, 279)
    assert beyond.label.text == "beyond the horizon of 20 steps"


def test_a_free_run_as_long_as_the_forecast_has_no_shaded_part() -> None:
    [marker] = figures.free_run(PLAIN, RUN, 80, 200).layout.shapes
    assert marker.type == "line"


# --- the error by lead


def test_every_forecast_has_a_line_of_errors_by_lead() -> None:
    figure = figures.by_lead(evaluation(), "m")
    assert [line.name for line in figure.data] == [*BASELINES.values(), "One step", "Closed loop"]
    assert_array_equal(trace(figure, "Closed loop").x, np.arange(1, 11))
    assert_allclose(trace(figure, "Closed loop").y, 0.1 * np.arange(1, 11))
    assert_array_equal(trace(figure, "One step").y, np.full(10, 0.05))
    assert_array_equal(trace(figure, "Linear AR").y, np.full(10, 2.5))
    assert figure.layout.yaxis.title.text == "mean absolute error (m)"
    assert figure.layout.yaxis.range == (0, 2.5 * 1.05)


def test_an_infinite_error_is_a_gap_and_a_huge_one_leaves_the_axis() -> None:
    errors = 10.0 ** np.arange(10)
    errors[7:] = math.inf
    figure = figures.by_lead(evaluation(forecast=errors))
    assert np.isnan(trace(figure, "Closed loop").y[7:]).all()
    assert figure.layout.yaxis.range == (0, 5 * 1.5 * 1.05)  # beside repeating the last cycle


def test_a_logarithmic_axis_leaves_out_zero() -> None:
    figure = figures.by_lead(evaluation(linear_ar=np.zeros(10)), log=True)
    assert figure.layout.yaxis.type == "log"
    assert np.isnan(trace(figure, "Linear AR (almost zero)").y).all()
    assert figures.by_lead(evaluation()).layout.yaxis.type == "linear"
    own = dict.fromkeys(["forecast", "one_step"], np.zeros(10))
    assert figures.by_lead(evaluation(**own), log=True).layout.yaxis.range is None


@pytest.mark.parametrize("error", [0.0, 1e-14])
def test_an_exact_baseline_leaves_the_axis(error: float) -> None:
    exact = evaluation(linear_ar=np.full(10, error))
    assert figures.by_lead(exact).layout.yaxis.range == (0, 1.5 * 1.05)
    figure = figures.by_lead(exact, log=True)
    assert [line.name for line in figure.data if "almost zero" in line.name] == [
        "Linear AR (almost zero)"
    ]
    low, high = figure.layout.yaxis.range
    assert 0.01 < 10**low < 0.05 < 1.5 < 10**high < 3


@pytest.mark.parametrize("log", [False, True])
@pytest.mark.parametrize("name", ["forecast", "linear_ar"])
def test_an_exploding_forecast_leaves_the_axis(name: str, log: bool) -> None:
    figure = figures.by_lead(evaluation(**{name: 10.0 ** np.arange(10)}), log=log)
    _, high = figure.layout.yaxis.range
    assert 1.5 < (10**high if log else high) < 15
    assert not any("almost zero" in line.name for line in figure.data)


@pytest.mark.parametrize("log", [False, True])
def test_no_range_is_set_if_every_forecast_is_exact(log: bool) -> None:
    nothing = dict.fromkeys([*BASELINES, "forecast", "one_step"], np.zeros(10))
    assert figures.by_lead(evaluation(**nothing), log=log).layout.yaxis.range is None
