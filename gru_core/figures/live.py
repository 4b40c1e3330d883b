"""The figures that change during a run or with a slider, as plain dictionaries.

They change about five times a second, and Plotly would validate a `go.Figure` each time. The
dictionaries are valid figures: `go.Figure(figure)` accepts them.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from gru_core.data.series import Series
from gru_core.figures.style import CLOSED_LOOP, COLORS, LOOP_CLOSES, ONE_STEP, layout, mark, moments
from gru_core.judgement.handover import Handover
from gru_core.wording import steps

__all__ = ["by_epoch", "forecast_after", "handover", "loss", "losses"]

Array = NDArray[np.float64]
Figure = dict[str, Any]

#: With more points than this, markers would hide the line.
MOST_MARKERS = 60
#: Weight of the past in the moving average of a smoothed loss.
SMOOTHING = 0.8
#: The dashes of the lines in `losses`. With them, one can tell the lines apart without colour.
_DASHES = ("solid", "dash", "dot", "dashdot")


def loss(history: pd.DataFrame, *, log: bool = True, smooth: bool = False) -> Figure:
    """Training and validation loss by epoch.

    Args:
        history: the columns epoch, train_loss and val_loss; see `Result.history`.
        log: whether the loss axis is logarithmic.
        smooth: whether to draw a moving average. The true values stay visible as faint lines.
    """
    traces = []
    for column, name, color in (
        ("train_loss", "Training", COLORS["train"]),
        ("val_loss", "Validation", COLORS["validation"]),
    ):
        values = history[column]
        if not len(values) or values.isna().all():
            continue
        if smooth:
            faint = _line(history["epoch"], values, f"{name}, true", {"color": color})
            traces.append(faint | {"opacity": 0.35})
            values = values.ewm(alpha=1 - SMOOTHING).mean()
        drawn = _line(history["epoch"], values, name, {"color": color, "width": 2})
        # One point makes no line, so the first points have markers.
        traces.append(drawn | {"mode": "lines+markers" if len(values) < 3 else "lines"})
    return {"data": traces, "layout": _loss_layout(log)}


def losses(histories: Mapping[str, pd.DataFrame]) -> Figure:
    """The training losses of several runs by epoch, on one logarithmic axis.

    Args:
        histories: see `Result.history`, by the name of the line. There are at most four.
    """
    styles = zip(("train", "forecast", "copy_last", "one_step"), _DASHES, strict=True)
    traces = [
        _line(history["epoch"], history["train_loss"], name, {"color": COLORS[color], "dash": dash})
        | {"mode": "lines+markers" if len(history) < 3 else "lines"}
        for (name, history), (color, dash) in zip(histories.items(), styles, strict=False)
    ]
    return {"data": traces, "layout": _loss_layout(log=True)}


def _loss_layout(log: bool) -> dict[str, Any]:
    shape = layout(260)
    shape["margin"] = shape["margin"] | {"t": 8}
    shape["xaxis"] |= {"title": {"text": "epoch"}}
    shape["yaxis"] |= {
        "title": {"text": "loss (MSE, normalized)"},
        "type": "log" if log else "linear",
        "exponentformat": "power",
        "dtick": 1 if log else None,
    }
    return shape


def forecast_after(series: Series, start: int, values: Array, *, window: int) -> Figure:
    """The closed-loop forecast after some epoch, and the true values around it.

    Args:
        series: all known values.
        start: the position of the first forecast value.
        values: the forecast (H,), in data units.
        window: how many values the network reads. The figure shows at least twice as many.
    """
    first = max(0, start - max(len(values), 2 * window))
    truth = _truth(series, first, start + len(values))
    traces = [
        _line(truth.index, truth, "Original", {"color": COLORS["original"]}),
        _loop(series, start, values),
    ]
    return {"data": traces, "layout": _forecast_layout(series, truth, 260)}


def by_epoch(
    series: Series,
    start: int,
    forecasts: Mapping[int, Array],
    captions: Sequence[str],
    *,
    kept: int,
    window: int,
) -> Figure:
    """`forecast_after` with a slider over the epochs.

    Args:
        series, start, window: see `forecast_after`.
        forecasts: the forecasts (H,), by epoch. Epoch 0 is the untrained network.
        captions: one text per forecast.
        kept: the epoch where the slider starts.
    """
    epochs = list(forecasts)
    figure = forecast_after(series, start, forecasts[kept], window=window)
    figure["layout"]["meta"] = {"slider": "After epoch", "start": epochs.index(kept)}
    figure["frames"] = [
        {
            "name": str(epoch),
            "traces": [1],
            "data": [{"y": _loop(series, start, forecasts[epoch])["y"]}],
            "layout": {"meta": {"caption": caption}},
        }
        for epoch, caption in zip(epochs, captions, strict=True)
    ]
    return figure


def handover(
    series: Series, start: int, handovers: Sequence[Handover], captions: Sequence[str]
) -> Figure:
    """The forecast, with a slider for the number of true steps before the loop closes.

    Args:
        series: all known values.
        start: the position of the first forecast value.
        handovers: one per position of the slider, each of H steps.
        captions: one text per handover.
    """
    horizon = len(handovers[0].closed_loop)
    truth = _truth(series, max(0, start - horizon), start + horizon)
    marked = "lines+markers" if horizon <= MOST_MARKERS else "lines"
    traces = [
        _line(truth.index, truth, "Original", {"color": COLORS["original"], "width": 1.5}),
        _line([], [], "One step", {**ONE_STEP, "width": 2.5}) | {"mode": marked},
        _line([], [], "Closed loop", CLOSED_LOOP) | {"mode": marked},
    ]
    shape = _forecast_layout(series, truth, 340)
    shape["meta"] = {"slider": "True steps before the loop closes", "start": len(handovers) // 4}
    frames = [
        _let_go(series, start, one, caption)
        for one, caption in zip(handovers, captions, strict=True)
    ]
    return {"data": traces, "layout": shape, "frames": frames}


def _let_go(series: Series, start: int, one: Handover, caption: str) -> dict[str, Any]:
    """The frame for one position of the handover's slider."""
    fed, total = len(one.one_step), len(one.one_step) + len(one.closed_loop)
    times = moments(series.times(start, start + total))
    shapes = [mark(times[fed], LOOP_CLOSES)] if fed < total else []
    return {
        "name": steps(fed),
        "traces": [1, 2],
        "data": [
            {"x": times[:fed], "y": _numbers(one.one_step)},
            {"x": times[fed:], "y": _numbers(one.closed_loop)},
        ],
        "layout": {"shapes": shapes, "meta": {"caption": caption}},
    }


def _loop(series: Series, start: int, values: Array) -> dict[str, Any]:
    """The line of the closed loop. It begins at the true value before the forecast."""
    before = min(1, start)
    t = series.times(start - before, start + len(values))
    y = np.concatenate([series.values[start - before : start], values])
    return _line(t, y, "Closed loop", CLOSED_LOOP)


def _truth(series: Series, first: int, end: int) -> pd.Series[float]:
    """The true values from `first` to `end`; NaN after the end of the data."""
    known = series.values[first:end]
    values = np.pad(known, (0, end - first - len(known)), constant_values=np.nan)
    return pd.Series(values, index=series.times(first, end))


def _forecast_layout(series: Series, truth: pd.Series[float], height: int) -> dict[str, Any]:
    shape = layout(height, series.unit)
    shape["margin"] = shape["margin"] | {"t": 8}
    low, high = float(truth.min()), float(truth.max())  # pandas leaves out NaN
    # Only the true values set the range. So it stays the same while the forecast changes.
    room = 0.5 * ((high - low) or abs(high) or 1.0)
    shape["yaxis"] |= {"range": [low - room, high + room]}
    return shape


def _line(x: Any, y: Any, name: str, line: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "type": "scatter",
        "mode": "lines",
        "name": name,
        "x": moments(x),
        "y": _numbers(y),
        "line": dict(line),
        "hovertemplate": "%{y:.4g}",
    }


def _numbers(values: Any) -> list[float | None]:
    """Numbers for JSON, with six digits, which is enough for a screen.

    A number that is not finite becomes None, and Plotly leaves a gap there.
    """
    known = np.asarray(values, float).tolist()  # plain numbers are three times as fast
    return [float(f"{value:.6g}") if math.isfinite(value) else None for value in known]
