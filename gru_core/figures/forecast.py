"""A series, its parts and its forecast."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
import plotly.graph_objects as go
from numpy.typing import NDArray

from gru_core.data.series import Series
from gru_core.figures.style import (
    CLOSED_LOOP,
    COLORS,
    ONE_STEP,
    baseline_line,
    drawn,
    heights,
    inert,
    joined,
    layout,
    line_of,
    mark,
    moment,
    moments,
    shades,
)
from gru_core.forecast.windows import Split
from gru_core.judgement.intervals import Interval
from gru_core.wording import count, whole_percent

__all__ = ["forecast_figure", "series_figure"]

Array = NDArray[np.float64]


def series_figure(
    series: Series, *, window: int | None = None, split: Split | None = None
) -> dict[str, Any]:
    """The series with its parts shaded, and a frame around its first window.

    It is a plain dictionary, because it is drawn at every change of an option: `go.Figure` would
    need more time than the rest of the page. `go.Figure(figure)` accepts it.
    """
    line = line_of(series, "Series")
    figure = layout(340, series.unit)
    shapes, titles = (
        ([], []) if split is None else shades(series, split.train_end, split.holdout_start)
    )
    if window is not None:
        frame, title = _first_window(series, window)
        shapes.append(frame)
        titles.append(title)
    return {
        "data": [line | {"x": moments(line["x"]), "y": line["y"].tolist()}],
        "layout": figure | {"shapes": shapes, "annotations": titles},
    }


def _first_window(series: Series, window: int) -> tuple[dict[str, Any], dict[str, Any]]:
    """The frame around the first window, and its title."""
    low, high = float(series.values.min()), float(series.values.max())
    first = moment(series, 0)
    frame = {
        "type": "rect",
        "x0": first,
        "x1": moment(series, min(window, len(series)) - 1),
        "y0": low,
        "y1": high,
        "line": {"color": COLORS["forecast"], "width": 1.5},
    }
    title = {
        "x": first,
        "y": low,
        "xanchor": "left",
        "yanchor": "top",
        "text": f"window: {count(window, 'value')}",
        "showarrow": False,
    }
    return frame, title


def forecast_figure(
    series: Series,
    forecast: pd.DataFrame,
    *,
    train_end: int,
    validation_end: int,
    start: int,
    baselines: Mapping[str, Array] | None = None,
    interval: Interval | None = None,
) -> go.Figure:
    """The original series, the closed-loop forecast and the one-step prediction.

    Args:
        series: all known values.
        forecast: the columns t, forecast and one_step; see `Result.forecast`.
        train_end, validation_end: positions where the training and the validation part end.
        start: the position of the first forecast value.
        baselines: forecasts (H,) of the same steps, by title. A click in the legend shows them.
        interval: a band around the closed loop.
    """
    t = forecast["t"]
    traces = [line_of(series, "Original")]
    if interval is not None:
        traces += _band(t, interval)
    for title, values in (baselines or {}).items():
        style = {"line": baseline_line(title), "visible": "legendonly"}
        traces.append(_trace(t, values, inert(title), style))
    traces.append(_trace(t, forecast["one_step"], "One step", {"line": ONE_STEP}))
    x, y = joined(series, start, t, forecast["forecast"])
    traces.append(_trace(x, y, "Closed loop", {"line": CLOSED_LOOP}))
    shapes, annotations = shades(series, train_end, validation_end)
    shape = layout(470, series.unit)
    shape |= {"shapes": [*shapes, mark(t.iloc[0])], "annotations": annotations}
    shown = [forecast["forecast"].to_numpy()]
    if interval is not None:
        shown += [interval.lower, interval.upper]
    shape["xaxis"] |= {"range": _near(series, t)}
    shape["yaxis"] |= {"range": heights(series.values, *shown), "fixedrange": False}
    return drawn(traces, shape)


def _trace(x: Any, y: Any, name: str | None, style: Mapping[str, Any]) -> dict[str, Any]:
    return {"type": "scatter", "mode": "lines", "x": x, "y": y, "name": name, **style}


def _band(t: pd.Series, interval: Interval) -> list[dict[str, Any]]:
    edge = {"line": {"width": 0, "color": COLORS["forecast"]}, "legendgroup": "interval"}
    name = f"{whole_percent(interval.level)} interval"
    return [
        _trace(t, interval.upper, None, {**edge, "showlegend": False, "hoverinfo": "skip"}),
        _trace(t, interval.lower, name, edge)
        | {
            "fill": "tonexty",
            "fillcolor": "rgba(213, 94, 0, 0.18)",
            "customdata": interval.upper,
            "hovertemplate": "%{y:.4g} to %{customdata:.4g}",
        },
    ]


def _near(series: Series, t: pd.Series) -> list[Any]:
    """An x range that shows the forecast, and about twice its length before it."""
    horizon = len(t)
    if series.time is None:
        first = int(t.iloc[0])
        return [max(0, first - 2 * horizon), first + horizon - 1]
    start = int(series.time.searchsorted(t.iloc[0]))
    return [series.time[max(0, start - 2 * horizon)], t.iloc[-1]]
