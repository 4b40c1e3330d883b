"""Figures: pure functions from arrays and tables to Plotly figures.

    plot          a figure of a result, by name
    forecast      a series, its parts and its forecast
    before_after  a forecast that fails, alone and beside the forecast after a change
    truth         portrait, free run and error by lead time
    compare       several runs in one figure: losses, forecasts, errors by lead time
    run_scores    the scores of several runs, one small panel for each measure
    live          figures that change during a run or with a slider, as plain dictionaries
    style         what all figures share

May import `errors`, `wording`, `options`, `data`, `experiment`, `forecast` and `judgement`.
"""

from gru_core.figures.before_after import before_after, failing
from gru_core.figures.compare import MOST_RUNS, RUN_COLORS
from gru_core.figures.forecast import forecast_figure, series_figure
from gru_core.figures.live import by_epoch, forecast_after, handover, loss, losses
from gru_core.figures.plot import plot, result_figure
from gru_core.figures.style import COLORS, MOST_POINTS, inert, to_html
from gru_core.figures.truth import by_lead, free_run, portrait

__all__ = [
    "COLORS",
    "MOST_POINTS",
    "MOST_RUNS",
    "RUN_COLORS",
    "before_after",
    "by_epoch",
    "by_lead",
    "failing",
    "forecast_after",
    "forecast_figure",
    "free_run",
    "handover",
    "inert",
    "loss",
    "losses",
    "plot",
    "portrait",
    "result_figure",
    "series_figure",
    "to_html",
]
