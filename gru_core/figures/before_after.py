"""A forecast that fails, alone and beside the forecast after a change."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from gru_core.data.series import Series
from gru_core.figures.style import COLORS, dressed, heights, joined, line_of, loop_closes

__all__ = ["before_after", "failing"]

# Dashes and colour both tell the lines apart. A line looks the same in both figures.
_ONE_STEP = {"color": COLORS["one_step"], "width": 1.5, "dash": "dot"}
_BEFORE = {"color": COLORS["holdout"], "width": 2.5, "dash": "dash"}
_AFTER = {"color": COLORS["forecast"], "width": 2.5, "dash": "solid"}


def failing(series: Series, forecast: pd.DataFrame, *, start: int) -> go.Figure:
    """The original series, the one-step predictions and a closed loop that fails.

    Args:
        series: all known values.
        forecast: the columns t, forecast and one_step; see `Result.forecast`.
        start: the position in the series of the first forecast value.
    """
    lines = [
        ("One step", forecast["one_step"], _ONE_STEP),
        ("Closed loop", forecast["forecast"], _BEFORE),
    ]
    return _drawn(series, start, forecast["t"], lines, height=300)


def before_after(
    series: Series, before: pd.DataFrame, after: pd.DataFrame, *, start: int
) -> go.Figure:
    """The closed-loop forecasts of two runs, and the one-step predictions of the first run.

    Args:
        series: all known values.
        before, after: the columns t, forecast and one_step; see `Result.forecast`. Both have the
            same start.
        start: the position in the series of the first forecast value.
    """
    lines = [
        ("Before, one step", before["one_step"], _ONE_STEP),
        ("Before", before["forecast"], _BEFORE),
        ("After", after["forecast"], _AFTER),
    ]
    return _drawn(series, start, before["t"], lines, height=340)


def _drawn(
    series: Series,
    start: int,
    t: pd.Series,
    lines: list[tuple[str, pd.Series, dict[str, Any]]],
    height: int,
) -> go.Figure:
    figure = go.Figure(line_of(series, "Original"))
    for name, values, line in lines:
        x, y = joined(series, start, t, values)
        figure.add_scatter(x=x, y=y, name=name, mode="lines", line=line)
    loop_closes(figure, t.iloc[0])
    dressed(figure, height, series.unit).update_layout(margin_t=8)
    first = max(0, start - len(t))
    figure.update_xaxes(range=[series.times(first, first + 1)[0], t.iloc[-1]])
    drawn = np.concatenate([values for _, values, _ in lines])
    return figure.update_yaxes(range=heights(series.values[first:], drawn))
