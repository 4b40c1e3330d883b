"""What all figures share: colours, text that stays text, the layout, and how a chart is saved."""

from __future__ import annotations

import html
from collections.abc import Mapping
from typing import Any

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray

from gru_core.data.series import Series
from gru_core.forecast.baselines import BASELINES

__all__ = [
    "CLOSED_LOOP",
    "COLORS",
    "MOST_POINTS",
    "ONE_STEP",
    "baseline_line",
    "dressed",
    "heights",
    "inert",
    "joined",
    "layout",
    "line_of",
    "loop_closes",
    "mark",
    "to_html",
]

Array = NDArray[np.float64]

#: One colour a thing, here and in the live charts: after Okabe & Ito, told apart by the
#: colour-blind, and at a contrast of 3 to 1 or more on white and on the dark background.
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

#: How the lines of each kind look, in every figure: solid is the loop, dotted reads true values.
CLOSED_LOOP: Mapping[str, Any] = {"color": COLORS["forecast"], "width": 2.5}
ONE_STEP: Mapping[str, Any] = {"color": COLORS["one_step"], "width": 1.5, "dash": "dot"}

#: What stands where the network's first own value comes.
LOOP_CLOSES = "loop closes"

#: More points than a screen is wide only slow the drawing down.
MOST_POINTS = 5000


def inert(text: str) -> str:
    """`text` as Plotly shows it to the letter: no HTML, and no MathJax between dollar signs."""
    return html.escape(text, quote=False).replace("$", "&#36;")


def to_html(figure: go.Figure) -> bytes:
    """A page that stands alone: it needs no network to be opened."""
    page: str = figure.to_html(include_plotlyjs=True, full_html=True)
    return page.encode()


def line_of(series: Series, name: str) -> go.Scatter:
    """The true values; a long series is thinned so that no peak is lost."""
    keep = _thinned(series.values)
    x = series.times(0, len(series))
    return go.Scatter(
        x=x if keep is None else x[keep],
        y=series.values if keep is None else series.values[keep],
        name=name,
        mode="lines",
        line={"color": COLORS["original"], "width": 1.5},
    )


def baseline_line(title: str) -> dict[str, Any]:
    """How a baseline's line looks, the same wherever its title stands."""
    colors = {shown: COLORS[name] for name, shown in BASELINES.items()}
    return {"color": colors.get(title), "width": 1.5, "dash": "dashdot"}


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


def loop_closes(figure: go.Figure, at: Any, text: str = LOOP_CLOSES) -> None:
    """Mark the t of the first value that the network makes from its own."""
    figure.add_shape(mark(at, text))


def mark(at: Any, text: str = LOOP_CLOSES) -> dict[str, Any]:
    """A dashed line at the t `at` from bottom to top, with its `text`."""
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
    """The t and the values (H,) of a forecast from `start` on, drawn from the true value before."""
    before = range(max(0, start - 1), start) if start <= len(series) else ()
    return (
        [*(series.times(k, k + 1)[0] for k in before), *t],
        [*(series.values[k] for k in before), *values],
    )


def heights(true: Array, *forecasts: Array) -> list[float]:
    """A y range that an exploding forecast cannot squeeze the truth out of."""
    low, high = float(true.min()), float(true.max())
    room = (high - low) or abs(high) or 1.0
    shown = np.concatenate(forecasts)
    finite = shown[np.isfinite(shown)]
    lowest = max(low - 1.5 * room, min(low, float(finite.min()) if len(finite) else low))
    highest = min(high + 1.5 * room, max(high, float(finite.max()) if len(finite) else high))
    # Above the curves there is room for a label.
    span = (highest - lowest) or room
    return [lowest - 0.06 * span, highest + 0.16 * span]


def layout(height: int, unit: str = "") -> dict[str, Any]:
    """The layout of every figure; `unit` names the y axis. A page adds the theme's colours."""
    return {
        "height": height,
        "margin": {"l": 8, "r": 8, "t": 40, "b": 8},
        "hovermode": "x unified",
        "legend": {"orientation": "h", "y": 1.08, "yanchor": "bottom", "x": 0},
        "paper_bgcolor": "rgba(0,0,0,0)",
        "plot_bgcolor": "rgba(0,0,0,0)",
        "xaxis": {"title": None, "showgrid": False},
        "yaxis": {"title": inert(unit) or None, "zeroline": False},
    }


def dressed(figure: go.Figure, height: int, unit: str = "") -> go.Figure:
    """`figure` with the layout of every figure."""
    return figure.update_layout(layout(height, unit), template="none")
