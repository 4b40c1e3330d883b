"""The scores of several runs: one small panel for each measure, one dot for each run."""

from __future__ import annotations

import math
import statistics
from collections.abc import Mapping, Sequence
from typing import Any

from gru_core.figures.compare import LARGEST, Run
from gru_core.figures.style import COLORS, inert, layout
from gru_core.forecast.baselines import BASELINES
from gru_core.wording import error_in_words

__all__ = ["TITLES", "scores"]

#: The measures in the order shown, and their titles.
TITLES: Mapping[str, str] = {"mae": "MAE", "rmse": "RMSE", "mase": "MASE", "smape": "sMAPE"}
#: The measures whose values have the unit of the data.
IN_UNITS = ("mae", "rmse")
#: A larger score than this many times the usual one lies outside its panel.
OUTSIDE = 5.0
#: Pixels of one run's row, and of all else in a row of panels.
ROW, AROUND = 22, 62


def scores(compared: Sequence[Run]) -> dict[str, Any]:
    """The scores of runs that can be compared, in two columns of panels. Lower is better.

    A grey mark shows the best simple forecast for the same steps. A run without a score has no dot.
    """
    metrics = [name for name in TITLES if any(_known(run, name) for run in compared)]
    rows = max(1, -(-len(metrics) // 2))
    height = rows * (ROW * len(compared) + AROUND)
    shape = layout(height)
    del shape["xaxis"], shape["yaxis"]
    shape |= {"hovermode": "closest", "annotations": []}
    shape["margin"] = shape["margin"] | {"t": 8, "l": 24, "b": 24}
    traces = []
    for place, metric in enumerate(metrics):
        number = "" if place == 0 else str(place + 1)
        highest = _highest(compared, metric)
        shape |= _axes(compared, place, number, highest, rows, height)
        shape["annotations"].append(_title(compared, metric, number))
        for row, run in enumerate(compared):
            if _known(run, metric):
                dot = _dot(run, metric, row, highest)
                traces.append(_in(dot, number, inert(run.title), first=place == 0))
        traces.append(_in(_best(compared, metric, highest), number, "best", first=place == 0))
    return {"data": traces, "layout": shape}


def _in(trace: dict[str, Any], number: str, group: str, *, first: bool) -> dict[str, Any]:
    """`trace` in the panel of this number. The legend shows it once."""
    where = {"xaxis": f"x{number}", "yaxis": f"y{number}"}
    return trace | where | {"type": "scatter", "legendgroup": group, "showlegend": first}


def _value(run: Run, metric: str) -> float:
    return run.result.scores[metric]


def _known(run: Run, metric: str) -> bool:
    return not math.isnan(_value(run, metric))


def _simple(run: Run, metric: str) -> tuple[float, str]:
    """The best score of a simple forecast, and its title. NaN if there is none."""
    column = run.result.score_table[metric][list(BASELINES)]
    if column.isna().all():
        return math.nan, ""
    best = str(column.idxmin())
    return float(column[best]), BASELINES[best]


def _highest(compared: Sequence[Run], metric: str) -> float:
    """Where the axis of a panel ends. A score that has exploded must not stretch it."""
    values = [_value(run, metric) for run in compared]
    values += [_simple(run, metric)[0] for run in compared]
    finite = sorted(value for value in values if math.isfinite(value) and value > 0)
    if not finite:
        return 1.0
    return 1.1 * min(finite[-1], OUTSIDE * statistics.median_low(finite), LARGEST)


def _axes(
    compared: Sequence[Run], place: int, number: str, highest: float, rows: int, height: int
) -> dict[str, Any]:
    """The two axes of the panel at `place`. The runs stand below each other, the first on top."""
    column, row = place % 2, place // 2
    gap = AROUND / height
    share = 1 / rows
    top = 1 - row * share - 0.5 * gap
    bottom = 1 - (row + 1) * share + 0.5 * gap
    letters = [run.letter for run in compared]
    return {
        f"xaxis{number}": {
            "domain": [0.0, 0.46] if column == 0 else [0.54, 1.0],
            "anchor": f"y{number}",
            "range": [0, highest],
            "fixedrange": True,
            "nticks": 4,
            "showgrid": True,
            "zeroline": False,
        },
        f"yaxis{number}": {
            "domain": [max(0.0, bottom), top],
            "anchor": f"x{number}",
            "range": [len(letters) - 0.5, -0.5],
            "tickvals": list(range(len(letters))),
            "ticktext": letters,
            "fixedrange": True,
            "showgrid": False,
            "zeroline": False,
        },
    }


def _title(compared: Sequence[Run], metric: str, number: str) -> dict[str, Any]:
    unit = compared[0].result.series.unit if metric in IN_UNITS else ""
    return {
        "text": f"<b>{TITLES[metric]}</b>{f' ({inert(unit)})' if unit else ''}",
        "x": 0,
        "xref": f"x{number} domain",
        "xanchor": "left",
        "y": 1,
        "yref": f"y{number} domain",
        "yanchor": "bottom",
        "showarrow": False,
    }


def _dot(run: Run, metric: str, row: int, highest: float) -> dict[str, Any]:
    """The dot of a run with its score as text. A triangle at the edge: the score lies outside."""
    value = _value(run, metric)
    outside = not value <= highest
    at = highest if outside else value
    spread = run.result.series.spread if metric in IN_UNITS else 0.0
    words = error_in_words(value, spread)
    return {
        "mode": "markers+text",
        "name": inert(run.title),
        "x": [at],
        "y": [row],
        "line": {"color": run.color, "dash": run.dash},  # for the legend
        "marker": {
            "color": run.color,
            "size": 12,
            "symbol": "triangle-right" if outside else "circle",
        },
        "text": [words],
        "textposition": "middle left" if at > 0.6 * highest else "middle right",
        "cliponaxis": False,
        "hovertemplate": f"{inert(run.title)}: {words}<extra></extra>",
    }


def _best(compared: Sequence[Run], metric: str, highest: float) -> dict[str, Any]:
    """The marks of the best simple forecast, one for each run."""
    marks = [(*_simple(run, metric), row) for row, run in enumerate(compared)]
    shown = [mark for mark in marks if mark[0] <= highest]
    return {
        "mode": "markers",
        "name": "Best simple forecast",
        "x": [value for value, _, _ in shown],
        "y": [row for _, _, row in shown],
        "line": {"color": COLORS["original"], "dash": "dot"},
        "marker": {
            "symbol": "line-ns",
            "size": 16,
            "line": {"color": COLORS["original"], "width": 3},
        },
        "customdata": [[title, error_in_words(value)] for value, title, _ in shown],
        "hovertemplate": "%{customdata[0]}: %{customdata[1]}<extra></extra>",
    }
