"""Two forecasts of the same steps, before and after a change."""

from __future__ import annotations

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from gru_core.data.series import Series
from gru_core.figures.style import COLORS, dressed, heights, joined, line_of, loop_closes

__all__ = ["before_after"]


def before_after(
    series: Series, before: pd.DataFrame, after: pd.DataFrame, *, start: int
) -> go.Figure:
    """The closed-loop forecasts of two runs, and the first one's one-step predictions.

    Args:
        series: all that is known.
        before, after: as `Result.forecast`, both from the same start: t, forecast, one_step.
        start: the position in the series of the first forecast value.
    """
    figure = go.Figure(line_of(series, "Original"))
    # Told apart by the dashes as well as by the colour.
    for name, values, color, dash, width in (
        ("Before, one step", before["one_step"], "one_step", "dot", 1.5),
        ("Before", before["forecast"], "holdout", "dash", 2.5),
        ("After", after["forecast"], "forecast", "solid", 2.5),
    ):
        x, y = joined(series, start, before["t"], values)
        figure.add_scatter(
            x=x,
            y=y,
            name=name,
            mode="lines",
            line={"color": COLORS[color], "width": width, "dash": dash},
        )
    loop_closes(figure, before["t"].iloc[0])
    dressed(figure, 340, series.unit)
    first = max(0, start - len(before))
    figure.update_xaxes(range=[series.times(first, first + 1)[0], before["t"].iloc[-1]])
    drawn = np.concatenate([before["one_step"], before["forecast"], after["forecast"]])
    return figure.update_yaxes(range=heights(series.values[first:], drawn))
