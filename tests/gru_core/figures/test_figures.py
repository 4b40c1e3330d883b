"""The figures: the lines are right, names are plain text, and the true values stay visible."""

from __future__ import annotations

import copy
import html
import json
import math
from html.parser import HTMLParser
from typing import Any

import numpy as np
import pandas as pd
import plotly.graph_objects as go
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_array_equal

from gru_core.data.series import Series
from gru_core.experiment.experiment import Experiment
from gru_core.figures import (
    COLORS,
    MOST_POINTS,
    forecast_figure,
    inert,
    series_figure,
    to_html,
)
from gru_core.forecast.windows import Split, split

WAVE = np.sin(np.arange(100) / 4)
PLAIN = Series(WAVE)
DAYS = pd.date_range("2024-01-01", periods=100)
DATED = Series(WAVE, "sales", DAYS, "€")
#: 72 values for training, 8 for validation and 20 for the holdout.
PARTS = split(Experiment(window=10), 100)
NO_PARTS = Split(n=100, train_end=100, holdout_start=100, forecast_start=100, horizon=9, window=10)

HOSTILE = [
    "<script>alert(1)</script>",
    '<a href="javascript:alert(1)">sales</a>',
    "<img src=x onerror=alert(1)>",
    r"$\href{javascript:alert(1)}{sales}$",
    r"$$\unicode{<img src=x>}$$",
    "</script><script>alert(1)//",
    "&lt;b&gt;sales",
    "&#36;x&#36;",
]


def forecast_of(
    series: Series, start: int = 80, horizon: int = 20, values: Any = None
) -> pd.DataFrame:
    """A forecast table like that of a result. By default every value is 0.5."""
    return pd.DataFrame(
        {
            "t": series.times(start, start + horizon),
            "forecast": np.full(horizon, 0.5) if values is None else values,
            "one_step": np.full(horizon, 0.25),
        }
    )


def drawn(series: Series = PLAIN, **options: Any) -> go.Figure:
    """The forecast figure, with the parts of `PARTS`."""
    forecast = options.pop("forecast", None)
    if forecast is None:
        forecast = forecast_of(series)
    cut = {"train_end": 72, "validation_end": 80, "start": 80}
    return forecast_figure(series, forecast, **(cut | options))


def drawn_series(series: Series = PLAIN, **options: Any) -> go.Figure:
    """The figure of the series, after conversion to JSON and back, as a Plotly figure."""
    figure = series_figure(series, **options)
    return go.Figure(json.loads(json.dumps(figure, allow_nan=False)))


def trace(figure: go.Figure, name: str) -> go.Scatter:
    [match] = [trace for trace in figure.data if trace.name == name]
    return match


def shaded(figure: go.Figure) -> dict[str, tuple[Any, Any]]:
    """The first and last x of each shaded part, by the name of its colour."""
    names = {color: name for name, color in COLORS.items()}
    shapes = (shape for shape in figure.layout.shapes if shape.fillcolor in names)
    return {names[shape.fillcolor]: (shape.x0, shape.x1) for shape in shapes}


def titles(figure: go.Figure) -> list[str]:
    return [annotation.text for annotation in figure.layout.annotations]


# --- what is drawn


def test_the_three_lines_of_a_forecast() -> None:
    figure = drawn()
    assert [line.name for line in figure.data] == ["Original", "One step", "Closed loop"]
    assert_array_equal(trace(figure, "Original").y, WAVE)
    assert_array_equal(trace(figure, "Original").x, np.arange(100))
    # The loop's line begins at the last true value.
    assert_array_equal(trace(figure, "Closed loop").x, np.arange(79, 100))
    assert_array_equal(trace(figure, "Closed loop").y, [WAVE[79], *np.full(20, 0.5)])
    assert_array_equal(trace(figure, "One step").y, np.full(20, 0.25))
    assert {line.visible for line in figure.data} == {None}


def test_baselines_are_hidden_until_chosen_in_the_legend() -> None:
    figure = drawn(baselines={"Copy the last value": np.zeros(20), "Linear AR": np.ones(20)})
    for title, value in ("Copy the last value", 0.0), ("Linear AR", 1.0):
        line = trace(figure, title)
        assert line.visible == "legendonly"
        assert_array_equal(line.y, np.full(20, value))
        assert_array_equal(line.x, np.arange(80, 100))
    assert figure.data[-1].name == "Closed loop"  # drawn last, above the others


@pytest.mark.parametrize(
    "figure",
    [drawn(), drawn_series(split=PARTS, window=10)],
    ids=["forecast", "series"],
)
def test_the_parts_are_shaded_and_named(figure: go.Figure) -> None:
    assert shaded(figure) == {"train": (0, 72), "validation": (72, 80), "holdout": (80, 99)}
    assert {"training", "validation", "holdout"} <= set(titles(figure))


def test_the_axis_of_a_dated_series_shows_dates() -> None:
    figure = drawn(DATED)
    assert list(trace(figure, "Original").x) == list(DAYS)
    assert list(trace(figure, "Closed loop").x) == list(DAYS[79:])
    assert tuple(map(pd.Timestamp, shaded(figure)["validation"])) == (DAYS[72], DAYS[80])
    assert figure.layout.yaxis.title.text == "€"


@pytest.mark.parametrize(
    ("train_end", "validation_end", "parts"),
    [
        (80, 80, {"train": (0, 80), "holdout": (80, 99)}),
        (90, 100, {"train": (0, 90), "validation": (90, 99)}),
        (100, 100, {"train": (0, 99)}),
    ],
)
def test_an_empty_part_is_not_shaded(
    train_end: int, validation_end: int, parts: dict[str, Any]
) -> None:
    figure = drawn(train_end=train_end, validation_end=validation_end)
    assert shaded(figure) == parts
    assert len(titles(figure)) == len(parts)


@pytest.mark.parametrize(("series", "x"), [(PLAIN, 80), (DATED, DAYS[80])], ids=["plain", "dated"])
def test_a_mark_shows_where_the_loop_closes(series: Series, x: Any) -> None:
    figure = drawn(series)
    [marker] = [shape for shape in figure.layout.shapes if shape.type == "line"]
    assert (marker.x0, marker.x1) == (x, x)
    assert (marker.yref, marker.y0, marker.y1) == ("paper", 0, 1)
    assert marker.label.text == "loop closes"


@pytest.mark.parametrize(
    ("window", "last", "values"),
    [(1, 0, "1 value"), (10, 9, "10 values"), (100, 99, "100 values"), (1000, 99, "1,000 values")],
)
def test_one_window_is_framed_at_the_start(window: int, last: int, values: str) -> None:
    figure = drawn_series(window=window)
    [frame] = figure.layout.shapes
    assert (frame.x0, frame.x1) == (0, last)
    assert (frame.y0, frame.y1) == (WAVE.min(), WAVE.max())
    assert titles(figure) == [f"window: {values}"]


def test_a_series_alone_has_neither_parts_nor_window() -> None:
    figure = drawn_series()
    assert len(figure.data) == 1
    assert figure.layout.shapes == figure.layout.annotations == ()
    assert shaded(drawn_series(split=NO_PARTS)) == {"train": (0, 99)}


@pytest.mark.parametrize(
    ("series", "start", "horizon", "seen"),
    [
        (PLAIN, 80, 20, [40, 99]),
        (PLAIN, 10, 20, [0, 29]),
        (PLAIN, 100, 30, [40, 129]),
        (DATED, 80, 20, [DAYS[40], DAYS[99]]),
        (DATED, 100, 30, [DAYS[40], pd.Timestamp("2024-05-09")]),
    ],
)
def test_the_x_range_shows_the_forecast_and_twice_its_length_before_it(
    series: Series, start: int, horizon: int, seen: list[Any]
) -> None:
    figure = drawn(series, forecast=forecast_of(series, start, horizon), start=start)
    assert list(figure.layout.xaxis.range) == seen


# --- no side effects


@pytest.mark.parametrize("series", [PLAIN, DATED], ids=["plain", "dated"])
def test_the_same_input_gives_the_same_figure_and_is_not_changed(series: Series) -> None:
    forecast, baselines = forecast_of(series), {"Linear AR": np.ones(20)}
    before = copy.deepcopy((series.values, forecast, baselines))
    once, again = (drawn(series, forecast=forecast, baselines=baselines) for _ in range(2))
    assert once == again
    assert series_figure(series, window=9) == series_figure(series, window=9)

    assert_array_equal(series.values, before[0])
    pd.testing.assert_frame_equal(forecast, before[1])
    assert_array_equal(baselines["Linear AR"], before[2]["Linear AR"])


# --- names are text


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_name_is_shown_as_plain_text(name: str) -> None:
    baselines = {name: np.zeros(20)}
    series = Series(WAVE, name, unit=name)
    for figure in drawn(series, baselines=baselines), drawn_series(series, window=9):
        for text in [*(line.name for line in figure.data), figure.layout.yaxis.title.text]:
            assert not set("<>$") & set(text)
        assert html.unescape(figure.layout.yaxis.title.text) == name


@given(st.text() | st.sampled_from(HOSTILE))
def test_inert_text_has_no_special_characters(text: str) -> None:
    safe = inert(text)
    assert not set("<>$") & set(safe)
    assert html.unescape(safe) == text


# --- long series are thinned


@given(
    n=st.integers(MOST_POINTS + 1, 4 * MOST_POINTS),
    peak=st.floats(0, 1, exclude_max=True),
    seed=st.integers(0, 9),
)
@settings(max_examples=20)
def test_thinning_keeps_every_extreme(n: int, peak: float, seed: int) -> None:
    values = np.random.default_rng(seed).standard_normal(n)
    high = int(peak * n) % n
    low = (high + n // 2) % n
    values[high], values[low] = 50.0, -50.0
    [line] = drawn_series(Series(values)).data

    assert len(line.x) == len(line.y) <= MOST_POINTS
    assert (np.diff(line.x) > 0).all()
    assert_array_equal(line.y, values[list(line.x)])
    assert {high, low} <= set(line.x)
    gaps = np.diff(np.r_[0, line.x, n - 1])
    assert gaps.max() <= 2 * math.ceil(n / (MOST_POINTS // 2))


def test_a_series_that_fits_the_screen_is_not_thinned() -> None:
    values = np.arange(float(MOST_POINTS))
    assert_array_equal(drawn_series(Series(values)).data[0].y, values)


def test_a_thinned_series_keeps_its_dates() -> None:
    n = 3 * MOST_POINTS
    dates = pd.date_range("2000-01-01", periods=n, freq="h")
    values = np.zeros(n)
    values[777] = 9.0
    [line] = drawn_series(Series(values, time=dates)).data
    assert pd.Timestamp(line.x[list(line.y).index(9.0)]) == dates[777]


# --- an exploding forecast


@given(
    exploded=st.lists(st.floats(-1e300, 1e300), min_size=20, max_size=20),
    level=st.sampled_from([0.0, 5.0, -1e6]),
)
@settings(max_examples=30)
def test_an_exploding_forecast_leaves_the_true_values_easy_to_see(
    exploded: list[float], level: float
) -> None:
    series = Series(level + WAVE)
    figure = drawn(series, forecast=forecast_of(series, values=np.array(exploded)))
    low, high = figure.layout.yaxis.range
    truth = np.ptp(series.values)
    assert low < series.values.min()
    assert high > series.values.max()
    assert high - low <= 4.9 * truth


def test_a_forecast_near_the_true_values_is_fully_visible() -> None:
    values = np.linspace(-1.8, 1.8, 20)
    low, high = drawn(forecast=forecast_of(PLAIN, values=values)).layout.yaxis.range
    assert low < -1.8
    assert high > 1.8


@pytest.mark.parametrize("bad", [math.nan, math.inf, -math.inf])
def test_the_true_values_stay_visible_if_a_forecast_is_not_finite(bad: float) -> None:
    values = np.r_[np.full(10, 0.5), np.full(10, bad)]
    figure = drawn(forecast=forecast_of(PLAIN, values=values))
    low, high = figure.layout.yaxis.range
    assert -1.2 < low < WAVE.min()
    assert WAVE.max() < high < 1.4  # there is room for a label above the curves
    assert_array_equal(trace(figure, "Closed loop").y, [WAVE[79], *values])


@pytest.mark.parametrize("value", [0.0, 5.0, -1e18])
def test_a_constant_series_has_room_around_it(value: float) -> None:
    series = Series(np.full(100, value))
    forecast = forecast_of(series, values=np.full(20, value))
    low, high = drawn(series, forecast=forecast).layout.yaxis.range
    assert low < value < high


# --- the exported page


class Outside(HTMLParser):
    """Collects the addresses that a page would load, and counts its scripts."""

    def __init__(self) -> None:
        super().__init__()
        self.loads: list[str] = []
        self.scripts = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.scripts += tag == "script"
        self.loads += [f"{tag} {value}" for name, value in attrs if name in ("src", "href")]


def test_the_exported_page_loads_nothing_else() -> None:
    page = to_html(drawn(baselines={HOSTILE[5]: np.zeros(20)})).decode()
    other = to_html(drawn(baselines={"sales": np.zeros(20)})).decode()
    parsed, expected = Outside(), Outside()
    parsed.feed(page)
    expected.feed(other)
    assert parsed.loads == []
    assert parsed.scripts == expected.scripts  # a name closes no script and opens none
    assert "Plotly.newPlot(" in page
    assert "loop closes" in page


def test_the_small_page_loads_plotly_of_the_same_version_and_nothing_else() -> None:
    from plotly.offline import get_plotlyjs_version

    figure = drawn(baselines={HOSTILE[5]: np.zeros(20)})
    page = to_html(figure, small=True)
    parsed = Outside()
    parsed.feed(page.decode())
    [load] = parsed.loads
    assert load == f"script https://cdn.plot.ly/plotly-{get_plotlyjs_version()}.min.js"
    assert b"Plotly.newPlot(" in page
    assert len(page) < len(to_html(figure)) / 50
