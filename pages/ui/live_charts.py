"""The charts that change several times a second, updated in place.

Streamlit's own charts do not fit: Plotly's is remounted at every change, and ECharts' is given its
options anew (`notMerge`), so that both lose the reader's zoom. This one is uPlot in a component;
its code is fetched once from `/assets`, so that each update carries nothing but the data.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
import streamlit as st
from numpy.typing import NDArray

from gru_core.figures import COLORS
from gru_core.judgement.handover import Handover
from gru_core.wording import steps

__all__ = ["handover_chart", "live_forecast_chart", "loss_chart"]

Array = NDArray[np.float64]

#: More markers only hide the line.
MOST_MARKERS = 60


def _component(name: str, html: str) -> Any:
    """A component that `/assets/{name}.js` draws."""
    code = f"""
    const code = import(new URL("/assets/{name}.js", window.location.origin).href);
    export default function (component) {{ code.then((chart) => chart.draw(component)); }}
    """
    return st.components.v2.component(f"gru_lab_{name}", html=html, js=code)


_chart = _component("chart", '<div class="chart"></div>')
_handover = _component(
    "handover",
    """
    <div class="slider">
      <label for="fed">True steps before it feeds itself</label> <span></span>
      <input id="fed" type="range">
    </div>
    <p role="status"></p>
    <div class="chart"></div>
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
    data = _data(
        history["epoch"],
        lines,
        alt="Training and validation loss by epoch",
        x_name="Epoch",
        x_title="epoch",
        y_title="loss (MSE, normalized)",
        log=log,
    )
    _chart(key=key, data=data)


def live_forecast_chart(
    t_context: pd.Index,
    y_context: Array,
    t_forecast: pd.Index,
    y_actual: Array,
    y_forecast: Array,
    *,
    epoch: int,
    key: str,
) -> None:
    """The end of the series, and the forecast after `epoch` over its true continuation."""
    truth = np.concatenate([y_context, y_actual])
    forecast = np.concatenate([np.full(len(y_context), np.nan), y_forecast])
    data = _data(
        t_context.append(t_forecast),
        [
            _line("Original", truth, COLORS["original"]),
            _line("Closed loop", forecast, COLORS["forecast"], width=2.5),
        ],
        alt=f"The closed-loop forecast after epoch {epoch} over the true series",
        x_name="Time",
        y_range=_heights(truth),
    )
    _chart(key=key, data=data)


def handover_chart(
    t: pd.Index,
    truth: Array,
    handovers: Sequence[Handover],
    sentences: Sequence[str],
    *,
    unit: str,
    key: str,
) -> None:
    """The forecast with a slider for where its loop closes; the browser has all of them.

    Args:
        t: (C + H,) when; the forecast is the last H steps.
        truth: (C + H,) the true values, NaN where there are none.
        handovers: of H steps each, by the number of true steps; the last one has all of these.
        sentences: what to say of each.
        unit: names the y axis.
        key: keeps the chart, its zoom and its slider from one run of the page to the next.
    """
    horizon, most = len(handovers[0].closed_loop), len(handovers[-1].one_step)
    around = len(t) - horizon, horizon - most
    one_step = np.pad(handovers[-1].one_step, around, constant_values=np.nan)
    look = {"points": horizon <= MOST_MARKERS}
    lines = [
        _line("Original", truth, COLORS["original"], width=1.5),
        _line("One step", one_step, COLORS["one_step"], width=2.5, dash=[3, 3], **look),
        _line("Closed loop", [], COLORS["forecast"], width=2.5, **look),
    ]
    data = _data(
        t,
        lines,
        alt="The forecast, fed true values for",
        x_name="Time",
        y_title=unit,
        y_range=_heights(truth),
        height=340,
    )
    frames = [
        {
            "steps": steps(len(one.one_step)),
            "sentence": sentence,
            "closed_loop": _numbers(one.closed_loop),
        }
        for one, sentence in zip(handovers, sentences, strict=True)
    ]
    _handover(key=key, data=data | {"frames": frames, "key": key})


def _heights(truth: Array) -> list[float]:
    """A y range of the truth alone, so that it stands still while a forecast moves."""
    known = truth[np.isfinite(truth)]
    low, high = float(known.min()), float(known.max())
    room = 0.5 * ((high - low) or abs(high) or 1.0)
    return [low - room, high + room]


def _data(
    x: pd.Index | pd.Series[Any],
    lines: list[dict[str, Any]],
    *,
    alt: str,
    x_name: str,
    x_title: str = "",
    y_title: str = "",
    log: bool = False,
    y_range: list[float] | None = None,
    height: int = 260,
) -> dict[str, Any]:
    dated = isinstance(x, pd.DatetimeIndex)
    moments = x.as_unit("s").asi8 if dated else x
    return {
        "x": [float(value) for value in moments],
        "time": dated,
        "lines": lines,
        "log": log,
        "alt": alt,
        "x_name": x_name,
        "x_title": x_title,
        "y_title": y_title,
        "y_range": y_range,
        "height": height,
    }


def _line(
    name: str, values: Any, color: str, opacity: float = 1.0, width: float = 2.0, **look: Any
) -> dict[str, Any]:
    return {
        "name": name,
        "color": color,
        "opacity": opacity,
        "width": width,
        "values": _numbers(values),
        **look,
    }


def _numbers(values: Any) -> list[float | None]:
    """Six digits are more than a screen shows; what is not finite leaves a gap."""
    return [float(f"{v:.6g}") if np.isfinite(v) else None for v in np.asarray(values)]
