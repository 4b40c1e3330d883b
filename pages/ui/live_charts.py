"""The two charts that change several times a second, updated in place.

Streamlit's own charts do not fit: Plotly's is remounted at every change, and ECharts' is given its
options anew (`notMerge`), so that both lose the reader's zoom. This one is uPlot in a component;
its code is fetched once from `/assets`, so that each update carries nothing but the data.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import streamlit as st
from numpy.typing import NDArray

from gru_core.figures import COLORS

__all__ = ["live_forecast_chart", "loss_chart"]

_HEIGHT = 260

_mount = st.components.v2.component(
    "gru_lab_chart",
    html='<div class="chart"></div>',
    js="""
    const code = import(new URL("/assets/chart.js", window.location.origin).href);
    export default function (component) { code.then((chart) => chart.draw(component)); }
    """,
)


def loss_chart(history: pd.DataFrame, *, log: bool, smoothing: float, key: str) -> None:
    """Training and validation loss by epoch.

    Args:
        history: epoch, train_loss, val_loss, at most some 500 rows.
        log: a logarithmic loss axis.
        smoothing: weight of the past in a moving average drawn over the true values; 0: none.
        key: keeps the chart, and its zoom, from one run of the page to the next.
    """
    lines = []
    for column, name in (("train_loss", "Training"), ("val_loss", "Validation")):
        values = history[column]
        if len(values) and values.isna().all():
            continue
        color = COLORS[column.removesuffix("_loss").replace("val", "validation")]
        if smoothing:
            lines.append(_line(f"{name}, true", values, color, opacity=0.35))
            values = values.ewm(alpha=1 - smoothing).mean()
        lines.append(_line(name, values, color))
    _draw(
        history["epoch"],
        lines,
        key=key,
        alt="Training and validation loss by epoch",
        x_name="Epoch",
        x_title="epoch",
        y_title="loss (MSE, normalized)",
        log=log,
    )


def live_forecast_chart(
    t_context: pd.Index,
    y_context: NDArray[np.float64],
    t_forecast: pd.Index,
    y_actual: NDArray[np.float64],
    y_forecast: NDArray[np.float64],
    *,
    epoch: int,
    key: str,
) -> None:
    """The end of the series, and the forecast after `epoch` over its true continuation.

    The y axis follows the truth alone, so that it stands still while the forecast moves.
    """
    truth = np.concatenate([y_context, y_actual])
    known = truth[np.isfinite(truth)]
    low, high = float(known.min()), float(known.max())
    room = 0.5 * ((high - low) or abs(high) or 1.0)
    forecast = np.concatenate([np.full(len(y_context), np.nan), y_forecast])
    _draw(
        t_context.append(t_forecast),
        [
            _line("Original", truth, COLORS["original"]),
            _line("Closed loop", forecast, COLORS["forecast"], width=2.5),
        ],
        key=key,
        alt=f"The closed-loop forecast after epoch {epoch} over the true series",
        x_name="Time",
        y_range=[low - room, high + room],
    )


def _draw(
    x: pd.Index | pd.Series[Any],
    lines: list[dict[str, Any]],
    *,
    key: str,
    alt: str,
    x_name: str,
    x_title: str = "",
    y_title: str = "",
    log: bool = False,
    y_range: list[float] | None = None,
) -> None:
    dated = isinstance(x, pd.DatetimeIndex)
    moments = x.as_unit("s").asi8 if dated else x
    _mount(
        key=key,
        data={
            "x": [float(value) for value in moments],
            "time": dated,
            "lines": lines,
            "log": log,
            "alt": alt,
            "x_name": x_name,
            "x_title": x_title,
            "y_title": y_title,
            "y_range": y_range,
            "height": _HEIGHT,
        },
    )


def _line(
    name: str, values: Any, color: str, opacity: float = 1.0, width: float = 2.0
) -> dict[str, Any]:
    return {
        "name": name,
        "color": color,
        "opacity": opacity,
        "width": width,
        # Six digits are more than a screen shows; what is not finite leaves a gap.
        "values": [float(f"{v:.6g}") if np.isfinite(v) else None for v in np.asarray(values)],
    }
