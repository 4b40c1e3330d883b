"""Figures that test a forecast: its portrait, its free run and its error by lead time."""

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

#: A logarithmic axis begins this many decades below the smallest error of the network.
BELOW = 0.5
#: The axis ends at this many times the largest error of the baselines that repeat the past.
EXPLODING = 5.0


def portrait(true: Array, generated: Array, lag: int, unit: str = "") -> go.Figure:
    """Each value against the value `lag` steps before it; see `rhythm.portrait`.

    A cycle is a closed curve. A closed loop that dies out spirals into a point.

    Args:
        true: the true values (N,).
        generated: the values (T,) of the closed loop.
        lag: how many steps lie between the two values.
        unit: the unit of the values.
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
    """The closed loop, continued far beyond the forecast.

    Args:
        series: all known values.
        generated: the free run (T,).
        start: the position of its first value.
        horizon: how many of its steps belong to the forecast. The other steps are shaded.
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
    first = max(0, start - len(generated) // 3)  # leaves room for the label on a phone
    figure.update_xaxes(range=[series.times(first, first + 1)[0], t[-1]])
    return figure.update_yaxes(range=heights(series.values, generated))


def by_lead(evaluation: Evaluation, unit: str = "", *, log: bool = False) -> go.Figure:
    """The mean absolute error of every forecast, by how many steps ahead it looks.

    Where the closed loop's line leaves the one-step line, its own errors begin to count.

    Some errors are not drawn: infinite errors, and zero on a logarithmic axis. Some lines leave
    the axis, because it must not be stretched for them: an exploding forecast, and, on a
    logarithmic axis, a baseline whose error is almost zero. The legend names such a baseline.
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
            name=f"{title} (almost zero)" if exact else title,
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
    if low < high:  # otherwise nothing can be seen, and Plotly chooses a range
        ends = [np.log10(low) - BELOW, np.log10(high) + 0.2] if log else [low, 1.05 * high]
        figure.update_yaxes(range=ends)
    return figure


def _lowest(table: pd.DataFrame) -> float:
    """The smallest error of the network itself."""
    return float(table[["one_step", "forecast"]].min().min())


def _highest(table: pd.DataFrame) -> float:
    """The largest error to show: at most `EXPLODING` times the baselines that repeat the past."""
    # These two baselines can neither explode nor be exact. The linear model can do both.
    usual = float(table[["copy_last", "seasonal_naive"]].max().max())
    largest = float(table.drop(columns="lead").max().max())
    return min(largest, EXPLODING * usual) if usual > 0 else largest
