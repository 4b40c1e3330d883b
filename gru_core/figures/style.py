"""What all figures share: colours, lines, escaped text, the layout and saving as a page."""

from __future__ import annotations

import html
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
import plotly.graph_objects as go
from numpy.typing import NDArray

from gru_core.data.series import Series, extent
from gru_core.forecast.baselines import BASELINES

__all__ = [
    "CLOSED_LOOP",
    "COLORS",
    "MOST_POINTS",
    "ONE_STEP",
    "baseline_line",
    "drawn",
    "dressed",
    "heights",
    "inert",
    "joined",
    "layout",
    "line_of",
    "loop_closes",
    "mark",
    "moment",
    "moments",
    "shades",
    "thinned",
    "to_html",
]

Array = NDArray[np.float64]

#: The colour of each thing in every figure. They follow Okabe & Ito, so colour-blind people can
#: tell them apart. Their contrast is at least 3 to 1 on the white and on the dark background.
COLORS: Mapping[str, str] = {
    "original": "#7a8a91",
    "forecast": "#d55e00",
    "one_step": "#0f8f78",
    "train": "#2f86c5",
    "validation": "#b0781a",
    "holdout": "#b5628f",
    "copy_last": "#7d6bd0",
    "seasonal_naive": "#7f8a1f",
    "linear_ar": "#a0705a",
}

#: The line styles of every figure. The closed loop is solid; predictions from true values are
#: dotted.
CLOSED_LOOP: Mapping[str, Any] = {"color": COLORS["forecast"], "width": 2.5}
ONE_STEP: Mapping[str, Any] = {"color": COLORS["one_step"], "width": 1.5, "dash": "dot"}

#: The text at the first value that the network forecasts in closed loop.
LOOP_CLOSES = "loop closes"

#: A screen cannot show more points than this. They would only make drawing slower.
MOST_POINTS = 5000


def inert(text: str) -> str:
    """`text` escaped, so Plotly shows every character and reads no HTML and no MathJax."""
    return html.escape(text, quote=False).replace("$", "&#36;")


def to_html(figure: go.Figure, *, small: bool = False) -> bytes:
    """The figure as a complete HTML page.

    Args:
        figure: what to draw.
        small: leave plotly.js out (almost 5 MB). The page then loads it from the internet.
    """
    page: str = figure.to_html(include_plotlyjs="cdn" if small else True, full_html=True)
    return page.encode()


def line_of(series: Series, name: str) -> dict[str, Any]:
    """The line of the true values. A long series is thinned, and its peaks stay."""
    keep = thinned(series.values)
    x = series.times(0, len(series))
    return {
        "type": "scatter",
        "mode": "lines",
        "name": name,
        "x": x if keep is None else x[keep],
        "y": series.values if keep is None else series.values[keep],
        "line": {"color": COLORS["original"], "width": 1.5},
    }


def moments(t: Any) -> list[Any]:
    """Times for JSON: dates as text, positions as numbers."""
    if isinstance(t, pd.DatetimeIndex):
        return [moment.isoformat() for moment in t]
    return [value.item() if hasattr(value, "item") else value for value in t]


def shades(
    series: Series, train_end: int, validation_end: int
) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """The shapes and the titles of the parts of a series.

    Args:
        series: all known values.
        train_end, validation_end: positions where the training and the validation part end.
    """
    n = len(series)
    spans = (
        ("training", "train", 0, train_end),
        ("validation", "validation", train_end, validation_end),
        ("holdout", "holdout", validation_end, n),
    )
    shapes, titles = [], []
    for title, color, start, stop in spans:
        if stop <= start:
            continue
        middle = start + (min(stop, n) - start) // 2
        shapes.append(
            {
                "type": "rect",
                "layer": "below",
                "x0": moment(series, start),
                "x1": moment(series, min(stop, n - 1)),
                "y0": 0,
                "y1": 1,
                "yref": "paper",
                "fillcolor": COLORS[color],
                "opacity": 0.13,
                "line": {"width": 0},
            }
        )
        titles.append(
            {
                "x": moment(series, middle),
                "y": 1,
                "yref": "paper",
                "yanchor": "bottom",
                "text": title,
                # Titles of narrow parts must not overlap.
                "yshift": 14 if color == "validation" else 0,
                "showarrow": False,
            }
        )
    return shapes, titles


def moment(series: Series, position: int) -> Any:
    """The time at `position`, for JSON."""
    return moments(series.times(position, position + 1))[0]


def baseline_line(title: str) -> dict[str, Any]:
    """The line style of the baseline with this title."""
    colors = {shown: COLORS[name] for name, shown in BASELINES.items()}
    return {"color": colors.get(title), "width": 1.5, "dash": "dashdot"}


def thinned(values: Array, most: int = MOST_POINTS) -> NDArray[np.int64] | None:
    """The positions of the lowest and the highest value in each bin; None for a short series."""
    if len(values) <= most:
        return None
    kept = [
        part[position]
        for part in np.array_split(np.arange(len(values)), most // 2)
        for position in sorted({int(values[part].argmin()), int(values[part].argmax())})
    ]
    return np.array(kept)


def loop_closes(figure: go.Figure, at: Any, text: str = LOOP_CLOSES) -> None:
    """Mark the first value of the closed loop, at time `at`."""
    figure.add_shape(mark(at, text))


def mark(at: Any, text: str = LOOP_CLOSES) -> dict[str, Any]:
    """A dashed vertical line with a `text`, at time `at`."""
    return {
        "type": "line",
        "x0": at,
        "x1": at,
        "y0": 0,
        "y1": 1,
        "yref": "paper",
        "line": {"color": COLORS["forecast"], "width": 1.5, "dash": "dash"},
        "label": {
            "text": text,
            "textposition": "end",
            "textangle": 0,
            "xanchor": "right",
            "yanchor": "top",
        },
    }


def joined(series: Series, start: int, t: Any, values: Any) -> tuple[list[Any], list[Any]]:
    """The times and the values of a forecast, with the true value before it in front.

    The forecast has H `values` at the times `t`; the first one is at position `start`.
    """
    before = range(max(0, start - 1), start) if start <= len(series) else ()
    return (
        [*(series.times(k, k + 1)[0] for k in before), *t],
        [*(series.values[k] for k in before), *values],
    )


def heights(true: Array, *forecasts: Array) -> list[float]:
    """A y range in which the true values stay easy to see, even if a forecast explodes."""
    low, high = float(true.min()), float(true.max())
    room = extent(true)
    shown = np.concatenate(forecasts)
    finite = shown[np.isfinite(shown)]
    lowest = max(low - 1.5 * room, min(low, float(finite.min()) if len(finite) else low))
    highest = min(high + 1.5 * room, max(high, float(finite.max()) if len(finite) else high))
    # Leave room for a label above the curves.
    span = (highest - lowest) or room
    return [lowest - 0.06 * span, highest + 0.16 * span]


def layout(height: int, unit: str = "") -> dict[str, Any]:
    """The layout of every figure. `unit` is the title of the y axis.

    `height` is in pixels. The page adds the colours of its theme.
    """
    return {
        "height": height,
        "margin": {"l": 8, "r": 8, "t": 40, "b": 8},
        "hovermode": "x unified",
        "legend": {"orientation": "h", "y": 1.08, "yanchor": "bottom", "x": 0},
        "paper_bgcolor": "rgba(0,0,0,0)",
        "plot_bgcolor": "rgba(0,0,0,0)",
        # The margins grow with the labels of the axes, also outside the app.
        "xaxis": {"title": None, "showgrid": False, "automargin": True},
        "yaxis": {"title": inert(unit) or None, "zeroline": False, "automargin": True},
    }


def drawn(traces: Sequence[Any], layout: Mapping[str, Any]) -> go.Figure:
    """The figure of these `traces`, with this `layout`.

    Plotly checks a figure at every addition. Made at once, a figure of a series takes 2 ms instead
    of 10 ms, and a page with charts is drawn at every change.
    """
    return go.Figure({"data": traces, "layout": {**layout, "template": "none"}})


def dressed(figure: go.Figure, height: int, unit: str = "") -> go.Figure:
    """Give `figure` the layout of every figure, and return it."""
    return figure.update_layout(layout(height, unit), template="none")
