"""The truth about a forecast: its portrait, its free run, its error by lead.

May import numpy, plotly, `baselines`, `evaluation`, `rhythm` and `series`.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
import plotly.graph_objects as go
from numpy.typing import NDArray

from gru_core import rhythm
from gru_core.baselines import BASELINES
from gru_core.evaluation import Evaluation
from gru_core.figures.style import (
    CLOSED_LOOP,
    COLORS,
    MOST_POINTS,
    ONE_STEP,
    baseline_line,
    dressed,
    heights,
    inert,
    line_of,
    loop_closes,
)
from gru_core.series import Series

__all__ = ["by_lead", "free_run", "portrait"]

Array = NDArray[np.float64]


def portrait(true: Array, generated: Array, lag: int, unit: str = "") -> go.Figure:
    """Each value against the one `lag` steps before it: true values (N,) and generated ones (T,).

    See `rhythm.portrait`. A cycle is a closed line; a loop that dies winds into a point.
    """
    figure = go.Figure()
    lines = (
        ("Original", true, {"color": COLORS["original"], "width": 1}),
        ("Closed loop", generated, {**CLOSED_LOOP, "width": 1.5}),
    )
    for name, values, style in lines:
        x, y = rhythm.portrait(values, lag)[-MOST_POINTS:].T
        figure.add_scatter(
            x=x,
            y=y,
            name=name,
            mode="lines",
            line=style,
            hovertemplate="then %{x:.4g}, now %{y:.4g}",
        )
    dressed(figure, 470)
    ends = heights(true, generated)
    steps = "1 step" if lag == 1 else f"{lag} steps"
    named = f" ({inert(unit)})" if unit else ""
    return figure.update_layout(
        hovermode="closest",
        xaxis={"title": f"the value {steps} before{named}", "range": ends, "zeroline": False},
        yaxis={"title": f"the value now{named}", "range": ends, "scaleanchor": "x"},
        xaxis_constrain="domain",
        yaxis_constrain="domain",
    )


def free_run(series: Series, generated: Array, start: int, horizon: int) -> go.Figure:
    """The closed loop long after its forecast has ended.

    Args:
        series: all that is known.
        generated: (T,) the free run.
        start: the position of its first value.
        horizon: how many of its steps were asked for as the forecast: the rest is shaded.
    """
    figure = go.Figure(line_of(series, "Original"))
    t = series.times(start, start + len(generated))
    figure.add_scatter(x=t, y=generated, name="Closed loop", mode="lines", line=CLOSED_LOOP)
    loop_closes(figure, t[0])
    dressed(figure, 400, series.unit)
    if horizon < len(generated):
        figure.add_vrect(
            x0=t[horizon],
            x1=t[-1],
            layer="below",
            fillcolor=COLORS["forecast"],
            opacity=0.08,
            line_width=0,
            label={
                "text": f"beyond the horizon of {horizon:,} steps",
                "textposition": "top right",
                "font": {"color": COLORS["forecast"], "size": 12},
            },
        )
    first = max(0, start - len(generated) // 4)
    figure.update_xaxes(range=[series.times(first, first + 1)[0], t[-1]])
    return figure.update_yaxes(range=heights(series.values, generated))


def by_lead(evaluation: Evaluation, unit: str = "", *, log: bool = False) -> go.Figure:
    """The mean absolute error of every forecast by how far ahead it looks.

    Where the closed loop's line leaves the one-step line, its own errors have begun to count.
    An error of zero has no place on a logarithmic axis, and an infinite one on none.
    """
    table = evaluation.by_lead.replace([np.inf, -np.inf], np.nan)
    if log:
        table = table.where(table > 0)
    figure = go.Figure()
    for name, title in BASELINES.items():
        figure.add_scatter(
            x=table["lead"],
            y=table[name],
            name=title,
            mode="lines",
            line=baseline_line(title),
        )
    for name, title, style in (
        ("one_step", "One step", ONE_STEP),
        ("forecast", "Closed loop", CLOSED_LOOP),
    ):
        figure.add_scatter(x=table["lead"], y=table[name], name=title, mode="lines", line=style)
    dressed(figure, 340)
    named = f" ({inert(unit)})" if unit else ""
    figure.update_xaxes(title="steps ahead")
    figure.update_yaxes(title=f"mean absolute error{named}", type="log" if log else "linear")
    return figure if log else figure.update_yaxes(range=[0, _highest(table)])


def _highest(table: pd.DataFrame) -> float:
    """An error axis that an exploding forecast cannot squeeze the others out of."""
    usual = float(table[list(BASELINES)].max().min())
    largest = float(table.drop(columns="lead").max().max())
    return 1.05 * (min(largest, 5 * usual) if usual > 0 else largest)
