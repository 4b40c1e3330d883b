"""Figures of a series and its forecast: pure functions from arrays and frames to Plotly figures.

May import numpy, pandas, plotly, `series` and `windows`.
"""

from __future__ import annotations

import html
from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
import plotly.graph_objects as go
from numpy.typing import NDArray

from gru_core.series import Series
from gru_core.windows import Split

__all__ = [
    "COLORS",
    "PICTURES",
    "config",
    "forecast_figure",
    "inert",
    "series_figure",
    "to_html",
]

#: One colour a thing, here and in the live charts: after Okabe & Ito, told apart by the
#: colour-blind, and at a contrast of 3 to 1 or more on white and on the dark background.
COLORS: Mapping[str, str] = {
    "original": "#7a8a91",
    "forecast": "#d55e00",
    "one_step": "#0f8f78",
    "train": "#2f86c5",
    "validation": "#b0781a",
    "holdout": "#b5628f",
}

#: What a chart's camera can save, by title; SVG scales and prints well.
PICTURES: Mapping[str, str] = {"PNG": "png", "SVG": "svg"}

#: More points than a screen is wide only slow the drawing down.
MOST_POINTS = 5000

Array = NDArray[np.float64]


def inert(text: str) -> str:
    """`text` as Plotly shows it to the letter: no HTML, and no MathJax between dollar signs."""
    return html.escape(text, quote=False).replace("$", "&#36;")


def series_figure(
    series: Series, *, window: int | None = None, split: Split | None = None
) -> go.Figure:
    """The series, its parts shaded, and the width of one window at its start."""
    figure = go.Figure(_line(series, "Series"))
    if split is not None:
        _shade(figure, series, split.train_end, split.holdout_start)
    if window is not None:
        low, high = float(series.values.min()), float(series.values.max())
        ends = series.times(0, len(series))
        figure.add_shape(
            type="rect",
            x0=ends[0],
            x1=ends[min(window, len(series)) - 1],
            y0=low,
            y1=high,
            line={"color": COLORS["forecast"], "width": 1.5},
        )
        figure.add_annotation(
            x=ends[0],
            y=low,
            xanchor="left",
            yanchor="top",
            text=f"window: {window} values",
            showarrow=False,
            font={"color": COLORS["forecast"], "size": 12},
        )
    return _dressed(figure, series, height=340)


def forecast_figure(
    series: Series,
    forecast: pd.DataFrame,
    *,
    train_end: int,
    validation_end: int,
    loop_closes_at: Any,
    baselines: Mapping[str, Array] | None = None,
) -> go.Figure:
    """The original series, the closed-loop forecast and the one-step prediction.

    Args:
        series: all that is known.
        forecast: as `Result.forecast`: t, forecast, one_step.
        train_end, validation_end: positions where the training and the validation part end.
        loop_closes_at: the t of the first forecast value.
        baselines: forecasts (H,) of the same steps by title, hidden until asked for.
    """
    figure = go.Figure(_line(series, "Original"))
    t = forecast["t"]
    for title, values in (baselines or {}).items():
        figure.add_scatter(
            x=t,
            y=values,
            name=inert(title),
            mode="lines",
            line={"width": 1.5, "dash": "dashdot"},
            visible="legendonly",
        )
    figure.add_scatter(
        x=t,
        y=forecast["one_step"],
        name="One step",
        mode="lines",
        line={"color": COLORS["one_step"], "width": 1.5, "dash": "dot"},
    )
    figure.add_scatter(
        x=t,
        y=forecast["forecast"],
        name="Closed loop",
        mode="lines",
        line={"color": COLORS["forecast"], "width": 2.5},
    )
    _shade(figure, series, train_end, validation_end)
    figure.add_shape(
        type="line",
        x0=loop_closes_at,
        x1=loop_closes_at,
        y0=0,
        y1=1,
        yref="paper",
        line={"color": COLORS["forecast"], "width": 1.5, "dash": "dash"},
        label={
            "text": "the loop closes here",
            "textposition": "end",
            "textangle": 0,
            "xanchor": "right",
            "yanchor": "top",
            "font": {"color": COLORS["forecast"], "size": 12},
        },
    )
    _dressed(figure, series, height=470)
    figure.update_xaxes(rangeslider={"visible": True, "thickness": 0.08}, range=_near(series, t))
    figure.update_yaxes(range=_heights(series, forecast), fixedrange=False)
    return figure


def config(picture: str = "PNG") -> dict[str, Any]:
    """Plotly's configuration; the camera saves what is seen, as one of `PICTURES`."""
    return {
        "displaylogo": False,
        "toImageButtonOptions": {
            "format": PICTURES[picture],
            "filename": "gru-lab-forecast",
            "scale": 2,  # sharp on a slide; an SVG has no pixels to double
        },
        "modeBarButtonsToRemove": ["lasso2d", "select2d", "autoScale2d"],
    }


def to_html(figure: go.Figure) -> bytes:
    """A page that stands alone: it needs no network to be opened."""
    page: str = figure.to_html(include_plotlyjs=True, full_html=True, config=config())
    return page.encode()


def _line(series: Series, name: str) -> go.Scatter:
    keep = _thinned(series.values)
    x = series.times(0, len(series))
    return go.Scatter(
        x=x if keep is None else x[keep],
        y=series.values if keep is None else series.values[keep],
        name=name,
        mode="lines",
        line={"color": COLORS["original"], "width": 1.5},
    )


def _thinned(values: Array) -> NDArray[np.int64] | None:
    """Positions of the lowest and the highest value of every bin, so that no peak is lost."""
    if len(values) <= MOST_POINTS:
        return None
    kept = [
        part[position]
        for part in np.array_split(np.arange(len(values)), MOST_POINTS // 2)
        for position in sorted({int(values[part].argmin()), int(values[part].argmax())})
    ]
    return np.array(kept)


def _shade(figure: go.Figure, series: Series, train_end: int, validation_end: int) -> None:
    n = len(series)
    spans = (
        ("training", "train", 0, train_end),
        ("validation", "validation", train_end, validation_end),
        ("holdout", "holdout", validation_end, n),
    )
    times = series.times(0, n)
    for title, color, start, stop in spans:
        if stop <= start:
            continue
        figure.add_shape(
            type="rect",
            layer="below",
            x0=times[start],
            x1=times[min(stop, n - 1)],
            y0=0,
            y1=1,
            yref="paper",
            fillcolor=COLORS[color],
            opacity=0.13,
            line_width=0,
        )
        figure.add_annotation(
            x=times[start + (min(stop, n) - start) // 2],
            y=1,
            yref="paper",
            yanchor="bottom",
            text=title,
            yshift=14 if color == "validation" else 0,  # narrow parts' titles must not meet
            showarrow=False,
            font={"color": COLORS[color], "size": 12},
        )


def _near(series: Series, t: pd.Series) -> list[Any]:
    """An x range that shows the forecast and about twice its length of what came before."""
    horizon = len(t)
    if series.time is None:
        first = int(t.iloc[0])
        return [max(0, first - 2 * horizon), first + horizon - 1]
    start = int(series.time.searchsorted(t.iloc[0]))
    return [series.time[max(0, start - 2 * horizon)], t.iloc[-1]]


def _heights(series: Series, forecast: pd.DataFrame) -> list[float]:
    """A y range that an exploding forecast cannot squeeze the truth out of."""
    low, high = float(series.values.min()), float(series.values.max())
    room = (high - low) or abs(high) or 1.0
    finite = forecast["forecast"][np.isfinite(forecast["forecast"])]
    lowest = max(low - 1.5 * room, min(low, float(finite.min()) if len(finite) else low))
    highest = min(high + 1.5 * room, max(high, float(finite.max()) if len(finite) else high))
    return [lowest - 0.06 * room, highest + 0.06 * room]


def _dressed(figure: go.Figure, series: Series, height: int) -> go.Figure:
    return figure.update_layout(
        height=height,
        margin={"l": 8, "r": 8, "t": 64, "b": 8},
        hovermode="x unified",
        legend={"orientation": "h", "y": 1.08, "yanchor": "bottom", "x": 0},
        paper_bgcolor="rgba(0,0,0,0)",
        plot_bgcolor="rgba(0,0,0,0)",
        xaxis={"title": None, "showgrid": False},
        yaxis={"title": inert(series.unit) or None, "zeroline": False},
    )
