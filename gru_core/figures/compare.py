"""Several runs in one figure: their losses, forecasts, errors by lead time, and scores.

Each run has a letter, a colour and a dash. They are the same in every figure. The letter also
stands at the end of the run's line, so the figures can be read without colour.
The figures are plain dictionaries: `go.Figure(figure)` accepts them.
"""

from __future__ import annotations

import math
import statistics
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from gru_core.data.words import clean
from gru_core.errors import OptionError
from gru_core.figures.style import (
    heights,
    inert,
    layout,
    line_of,
    mark,
    moment,
    moments,
    thinned,
)
from gru_core.forecast.result import Result
from gru_core.judgement.comparison import same_series
from gru_core.wording import clipped, short_repr

__all__ = ["MOST_RUNS", "RUN_COLORS", "Run", "errors", "forecasts", "losses", "runs"]

Array = NDArray[np.float64]
Figure = dict[str, Any]

#: The colours of the runs. They were chosen by computation: also with each of the three kinds of
#: colour blindness (Machado et al. 2009), no two of them are near each other. Their contrast is at
#: least 3 to 1 on the white and on the dark background.
RUN_COLORS = (
    "#3355ff",
    "#bb8800",
    "#227755",
    "#ff4499",
    "#cc3311",
    "#aa77ff",
    "#5599bb",
    "#bb00bb",
)
#: With more lines, nobody could tell them apart.
MOST_RUNS = len(RUN_COLORS)
#: The most characters of a name in a legend.
LONGEST_NAME = 32
#: The most points of one line. A screen is not wider.
MOST_POINTS = 2000
#: A linear axis ends at this many times the usual largest value, so an exploding run stays outside.
EXPLODING = 5.0
#: No axis ends higher: near the largest number, room above it would be infinite.
LARGEST = 1e300
#: Pixels between two letters at the ends of lines.
APART = 15
#: Pixels of a figure that the axis titles and the margins take.
AROUND = 70


@dataclass(frozen=True, eq=False)
class Run:
    """One run of a comparison.

    Attributes:
        letter: how figures, tables and sentences call it: A, B, C, ...
        name: the user's name for it.
        result: its result.
        color, dash: the look of its lines.
    """

    letter: str
    name: str
    result: Result
    color: str
    dash: str

    __repr__ = short_repr

    @property
    def title(self) -> str:
        """Its letter and its name, cut to a length that fits a legend."""
        name = clipped(clean(self.name), LONGEST_NAME)
        return f"{self.letter} · {name}" if name else self.letter


def runs(results: Iterable[tuple[str, Result]]) -> list[Run]:
    """The runs of a comparison, from pairs of a name and a result. Names may be equal.

    Raises:
        OptionError: there are more than `MOST_RUNS`.
    """
    pairs = list(results)
    if len(pairs) > MOST_RUNS:
        raise OptionError(
            f"{len(pairs)} runs are too many for one figure. Choose at most {MOST_RUNS}."
        )
    return [
        Run(chr(ord("A") + k), name, result, RUN_COLORS[k], "solid" if k < 4 else "dash")
        for k, (name, result) in enumerate(pairs)
    ]


def losses(
    compared: Sequence[Run],
    *,
    loss: Literal["train_loss", "val_loss"] = "train_loss",
    by: Literal["epoch", "seconds"] = "epoch",
    log: bool = True,
) -> Figure:
    """The losses of all runs, as they were: nothing is smoothed.

    A run without a validation part has no line for `val_loss`.

    Args:
        compared: from `runs`.
        loss: which loss; see `Result.history`.
        by: what the x axis shows: epochs, or seconds since the start of training.
        log: whether the loss axis is logarithmic.
    """
    lines = []
    for run in compared:
        history = run.result.history
        if history[loss].notna().any():
            keep = thinned(history[loss].fillna(math.inf).to_numpy(), MOST_POINTS)
            kept = history if keep is None else history.iloc[keep]
            lines.append((run, kept[by].to_numpy(), kept[loss].to_numpy()))
    shape = layout(300)
    shape["xaxis"] |= {"title": {"text": "epoch" if by == "epoch" else "seconds of training"}}
    which = "training" if loss == "train_loss" else "validation"
    return _lines(lines, shape, f"{which} loss (MSE, normalized)", log)


def errors(
    compared: Sequence[Run],
    *,
    measure: Literal["absolute", "running"] = "absolute",
    log: bool = False,
) -> Figure:
    """The error of each closed-loop forecast by how many steps ahead it looks.

    A run whose forecast lies beyond the data has no line.

    Args:
        compared: from `runs`.
        measure: `absolute` is |forecast − actual| at each step. `running` is the root mean squared
            error of all steps up to this one.
        log: whether the error axis is logarithmic.
    """
    lines = []
    for run in compared:
        table = run.result.forecast
        error = (table["forecast"] - table["actual"]).abs()
        if table["actual"].notna().any():
            if measure == "running":
                with np.errstate(over="ignore"):
                    error = (error**2).expanding().mean() ** 0.5
            known = error.where(table["actual"].notna()).to_numpy()
            lines.append((run, table["step"].to_numpy(), known))
    shape = layout(300)
    shape["xaxis"] |= {"title": {"text": "steps ahead"}}
    unit = inert(compared[0].result.series.unit) if compared else ""
    title = "absolute error" if measure == "absolute" else "RMSE so far"
    return _lines(lines, shape, f"{title} ({unit})" if unit else title, log)


def forecasts(compared: Sequence[Run], *, height: int = 360) -> list[tuple[list[Run], Figure]]:
    """The closed-loop forecasts over the original series: one figure for each series.

    Returns the runs of each figure, and the figure.
    """
    by_series: list[list[Run]] = []
    for run in compared:
        for group in by_series:
            if same_series(group[0].result.series, run.result.series):
                group.append(run)
                break
        else:
            by_series.append([run])
    if len(by_series) > 1:
        height = 260
    return [(group, _forecasts(group, height)) for group in by_series]


def _forecasts(group: Sequence[Run], height: int) -> Figure:
    series = group[0].result.series
    starts = sorted({run.result.parts.forecast_start for run in group})
    end = max(run.result.parts.forecast_end for run in group)
    first = max(0, 2 * starts[0] - end)  # as many values before the first forecast as after it
    original = line_of(series, "Original")
    original |= {"x": moments(original["x"]), "y": original["y"].tolist()}
    lines = []
    for run in group:
        start, stop = run.result.parts.forecast_start, run.result.parts.forecast_end
        before = min(1, start)  # a line begins at the true value before the forecast
        y = [*series.values[start - before : start], *run.result.forecast["forecast"]]
        lines.append((run, series.times(start - before, stop), np.array(y, float)))
    low, high = heights(series.values[first:end], *(y for _, _, y in lines))
    shape = layout(height, series.unit)
    shape["margin"] = shape["margin"] | {"t": 8, "r": 24}
    shape["xaxis"] |= {"range": [moment(series, first), moment(series, end - 1)]}
    shape["yaxis"] |= {"range": [low, high]}
    shape["shapes"] = [mark(moment(series, start), "") for start in starts]
    shape["shapes"][0] = mark(moment(series, starts[0]))
    traces = [original, *(_line(run, x, y) for run, x, y in lines)]
    return {"data": traces + _letters(lines, low, high, height, log=False), "layout": shape}


def _lines(
    lines: Sequence[tuple[Run, Any, Array]], shape: dict[str, Any], title: str, log: bool
) -> Figure:
    """A figure with one line for each run and its letter at the end."""
    height: int = shape["height"]
    shape["margin"] = shape["margin"] | {"t": 8, "r": 24}
    shape["yaxis"] |= {
        "title": {"text": title},
        "type": "log" if log else "linear",
        "exponentformat": "power",
    }
    traces = [_line(run, x, np.where(y > 0, y, math.nan) if log else y) for run, x, y in lines]
    low, high = _ends([y for _, _, y in lines], log)
    if low < high:  # otherwise there is nothing to see, and Plotly chooses a range
        shape["yaxis"] |= {"range": [low, high]}
        if log:  # with few powers of ten, also 2 and 5 have a tick
            shape["yaxis"]["dtick"] = 1 if high - low > 2.5 else "D2"
        traces += _letters(lines, low, high, height, log)
    known = [x for _, x, _ in lines if len(x)]
    if known and (first := min(x[0] for x in known)) < (last := max(x[-1] for x in known)):
        shape["xaxis"] |= {"range": [float(first), float(last)]}  # the letters stand beside it
    return {"data": traces, "layout": shape}


def _ends(values: Sequence[Array], log: bool) -> tuple[float, float]:
    """Where the y axis begins and ends; as powers of ten for a logarithmic one."""
    seen = [line[np.isfinite(line) & (line > 0)] for line in values]
    seen = [line for line in seen if len(line)]
    if not seen:
        return 0.0, 0.0
    largest = [float(line.max()) for line in seen]
    if log:
        low, high = math.log10(min(float(line.min()) for line in seen)), math.log10(max(largest))
        room = 0.05 * (high - low) or 0.5
        return low - room, min(high + room, math.log10(LARGEST))
    highest = min(max(largest), EXPLODING * statistics.median_low(largest), LARGEST)
    return 0.0, 1.06 * highest


def _line(run: Run, x: Any, y: Array) -> dict[str, Any]:
    return {
        "type": "scatter",
        # One point makes no line, so the first points have markers.
        "mode": "lines" if len(y) > 2 else "lines+markers",
        "name": inert(run.title),
        "legendgroup": inert(run.title),
        "x": moments(x),
        "y": _numbers(y),
        "line": {"color": run.color, "dash": run.dash, "width": 2},
        "hovertemplate": "%{y:.4g}",
    }


def _letters(
    lines: Sequence[tuple[Run, Any, Array]], low: float, high: float, height: int, log: bool
) -> list[dict[str, Any]]:
    """The letter at the end of each line. Letters that would overlap are moved apart.

    `low` and `high` are the ends of the y axis; powers of ten for a logarithmic one.
    """
    ends = []
    for run, x, y in lines:
        known = np.flatnonzero(np.isfinite(y) & (y > 0) if log else np.isfinite(y))
        if len(known):
            last = known[-1]
            place = math.log10(y[last]) if log else float(y[last])
            ends.append((min(max(place, low), high), run, moments(x[last : last + 1])))
    ends.sort(key=lambda end: end[0])
    gap = APART * (high - low) / (height - AROUND)
    places = _apart([place for place, _, _ in ends], gap, high)
    return [
        {
            "type": "scatter",
            "mode": "text",
            "name": run.letter,
            "legendgroup": inert(run.title),
            "showlegend": False,
            "hoverinfo": "skip",
            "cliponaxis": False,
            "x": x,
            "y": [10.0**place if log else place],
            "text": [f"<b>{run.letter}</b>"],
            "textposition": "middle right",
        }
        for place, (_, run, x) in zip(places, ends, strict=True)
    ]


def _apart(places: Sequence[float], gap: float, highest: float) -> list[float]:
    """Rising `places`, moved so that there is at least a `gap` between two of them."""
    moved: list[float] = []
    for place in places:
        moved.append(max(place, moved[-1] + gap) if moved else place)
    limit = highest
    for k in reversed(range(len(moved))):  # nothing may leave the figure at the top
        moved[k] = min(moved[k], limit)
        limit = moved[k] - gap
    return moved


def _numbers(values: Any) -> list[float | None]:
    """Numbers for JSON, with six digits. Plotly leaves a gap where one is not finite."""
    known = np.asarray(values, float).tolist()
    return [float(f"{value:.6g}") if math.isfinite(value) else None for value in known]
