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
    dressed,
    heights,
    inert,
    joined,
    layout,
    line_of,
    loop_closes,
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
    figure = go.Figure(line_of(series, "Original"))
    t = forecast["t"]
    if interval is not None:
        _band(figure, t, interval)
    for title, values in (baselines or {}).items():
        figure.add_scatter(
            x=t,
            y=values,
            name=inert(title),
            mode="lines",
            line=baseline_line(title),
            visible="legendonly",
        )
    figure.add_scatter(
        x=t,
        y=forecast["one_step"],
        name="One step",
        mode="lines",
        line=ONE_STEP,
    )
    x, y = joined(series, start, t, forecast["forecast"])
    figure.add_scatter(x=x, y=y, name="Closed loop", mode="lines", line=CLOSED_LOOP)
    shapes, titles = shades(series, train_end, validation_end)
    figure.update_layout(shapes=shapes, annotations=titles)
    loop_closes(figure, t.iloc[0])
    dressed(figure, 470, series.unit)
    figure.update_xaxes(range=_near(series, t))
    shown = [forecast["forecast"].to_numpy()]
    if interval is not None:
        shown += [interval.lower, interval.upper]
    figure.update_yaxes(range=heights(series.values, *shown), fixedrange=False)
    return figure


def _band(figure: go.Figure, t: pd.Series, interval: Interval) -> None:
    edge = {"width": 0, "color": COLORS["forecast"]}
    shared = {"x": t, "mode": "lines", "line": edge, "legendgroup": "interval"}
    figure.add_scatter(y=interval.upper, showlegend=False, hoverinfo="skip", **shared)
    figure.add_scatter(
        y=interval.lower,
        name=f"{whole_percent(interval.level)} interval",
        fill="tonexty",
        fillcolor="rgba(213, 94, 0, 0.18)",
        customdata=interval.upper,
        hovertemplate="%{y:.4g} to %{customdata:.4g}",
        **shared,
    )


def _near(series: Series, t: pd.Series) -> list[Any]:
    """An x range that shows the forecast, and about twice its length before it."""
    horizon = len(t)
    if series.time is None:
        first = int(t.iloc[0])
        return [max(0, first - 2 * horizon), first + horizon - 1]
    start = int(series.time.searchsorted(t.iloc[0]))
    return [series.time[max(0, start - 2 * horizon)], t.iloc[-1]]
