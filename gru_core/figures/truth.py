"""The truth about a forecast: its portrait, its free run, its error by lead."""

from __future__ import annotations

import numpy as np
import pandas as pd
import plotly.graph_objects as go
from numpy.typing import NDArray

from gru_core.data import rhythm
from gru_core.data.series import Series
from gru_core.figures.style import (
    CLOSED_LOOP,
    COLORS,
    MOST_POINTS,
    ONE_STEP,
    baseline_line,
    dressed,
    heights,
    inert,
    joined,
    line_of,
    loop_closes,
)
from gru_core.forecast.baselines import BASELINES
from gru_core.judgement.evaluation import Evaluation
from gru_core.wording import steps

__all__ = ["by_lead", "free_run", "portrait"]

Array = NDArray[np.float64]

#: A logarithmic axis begins so many decades below the network's least error.
BELOW = 0.5
#: An error of so many times that of a forecast which repeats the past leaves the axis.
EXPLODING = 5.0


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
    named = f" ({inert(unit)})" if unit else ""
    return figure.update_layout(
        hovermode="closest",
        xaxis={"title": f"the value {steps(lag)} before{named}", "range": ends, "zeroline": False},
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
    x, y = joined(series, start, t, generated)
    figure.add_scatter(x=x, y=y, name="Closed loop", mode="lines", line=CLOSED_LOOP)
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
                "text": f"beyond the horizon of {steps(horizon)}",
                "textposition": "top right",
            },
        )
    first = max(0, start - len(generated) // 3)  # a phone has room there for the label
    figure.update_xaxes(range=[series.times(first, first + 1)[0], t[-1]])
    return figure.update_yaxes(range=heights(series.values, generated))


def by_lead(evaluation: Evaluation, unit: str = "", *, log: bool = False) -> go.Figure:
    """The mean absolute error of every forecast by how far ahead it looks.

    Where the closed loop's line leaves the one-step line, its own errors have begun to count.
    An error of zero has no place on a logarithmic axis, and an infinite one on none. Neither an
    exploding forecast nor, where the axis is logarithmic, a baseline that is as good as exact
    presses the other lines together: they leave the axis, and the legend says so.
    """
    table = evaluation.by_lead.replace([np.inf, -np.inf], np.nan)
    if log:
        table = table.where(table > 0)
    low, high = _lowest(table) if log else 0.0, _highest(table)
    figure = go.Figure()
    for name, title in BASELINES.items():
        exact = log and evaluation.by_lead[name].max() < low * 10.0**-BELOW
        figure.add_scatter(
            x=table["lead"],
            y=table[name],
            name=f"{title} (next to nothing)" if exact else title,
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
    if low < high:  # otherwise there is nothing to see, and Plotly may choose
        ends = [np.log10(low) - BELOW, np.log10(high) + 0.2] if log else [low, 1.05 * high]
        figure.update_yaxes(range=ends)
    return figure


def _lowest(table: pd.DataFrame) -> float:
    """The smallest error of the network itself."""
    return float(table[["one_step", "forecast"]].min().min())


def _highest(table: pd.DataFrame) -> float:
    """The largest error, or so many times one that can neither explode nor be next to nothing."""
    # What has been, said again, is as far off as the series moves; the linear model may be exact.
    usual = float(table[["copy_last", "seasonal_naive"]].max().max())
    largest = float(table.drop(columns="lead").max().max())
    return min(largest, EXPLODING * usual) if usual > 0 else largest
