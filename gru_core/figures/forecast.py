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
)
from gru_core.forecast.windows import Split
from gru_core.judgement.intervals import Interval
from gru_core.wording import count, whole_percent

__all__ = ["forecast_figure", "series_figure"]

Array = NDArray[np.float64]


def series_figure(
    series: Series, *, window: int | None = None, split: Split | None = None
) -> go.Figure:
    """The series with its parts shaded, and a frame around its first window."""
    shapes, annotations = (
        ([], []) if split is None else _parts(series, split.train_end, split.holdout_start)
    )
    if window is not None:
        low, high = float(series.values.min()), float(series.values.max())
        ends = series.times(0, len(series))
        shapes.append(
            {
                "type": "rect",
                "x0": ends[0],
                "x1": ends[min(window, len(series)) - 1],
                "y0": low,
                "y1": high,
                "line": {"color": COLORS["forecast"], "width": 1.5},
            }
        )
        annotations.append(
            {
                "x": ends[0],
                "y": low,
                "xanchor": "left",
                "yanchor": "top",
                "text": f"window: {count(window, 'value')}",
                "showarrow": False,
            }
        )
    shape = layout(340, series.unit) | {"shapes": shapes, "annotations": annotations}
    return drawn([line_of(series, "Series")], shape)


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
    shapes, annotations = _parts(series, train_end, validation_end)
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


def _parts(
    series: Series, train_end: int, validation_end: int
) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """The shades and the titles of the parts of a series."""
    n = len(series)
    spans = (
        ("training", "train", 0, train_end),
        ("validation", "validation", train_end, validation_end),
        ("holdout", "holdout", validation_end, n),
    )
    times = series.times(0, n)
    shapes, annotations = [], []
    for title, color, start, stop in spans:
        if stop <= start:
            continue
        shapes.append(
            {
                "type": "rect",
                "layer": "below",
                "x0": times[start],
                "x1": times[min(stop, n - 1)],
                "y0": 0,
                "y1": 1,
                "yref": "paper",
                "fillcolor": COLORS[color],
                "opacity": 0.13,
                "line": {"width": 0},
            }
        )
        annotations.append(
            {
                "x": times[start + (min(stop, n) - start) // 2],
                "y": 1,
                "yref": "paper",
                "yanchor": "bottom",
                "text": title,
                "yshift": 14 if color == "validation" else 0,  # titles must not overlap
                "showarrow": False,
            }
        )
    return shapes, annotations


def _near(series: Series, t: pd.Series) -> list[Any]:
    """An x range that shows the forecast, and about twice its length before it."""
    horizon = len(t)
    if series.time is None:
        first = int(t.iloc[0])
        return [max(0, first - 2 * horizon), first + horizon - 1]
    start = int(series.time.searchsorted(t.iloc[0]))
    return [series.time[max(0, start - 2 * horizon)], t.iloc[-1]]
