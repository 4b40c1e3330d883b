"""Figures: pure functions from arrays and tables to Plotly figures.

`forecast` draws a series and its forecast, `before_after` two of them, `truth` what a forecast is
worth, and `style` holds what all figures share.

May import `errors`, `wording`, `options`, `data`, `experiment`, `forecast` and `judgement`.
"""

from gru_core.figures.before_after import before_after
from gru_core.figures.forecast import forecast_figure, series_figure
from gru_core.figures.style import COLORS, MOST_POINTS, PICTURES, config, inert, to_html
from gru_core.figures.truth import by_lead, free_run, portrait

__all__ = [
    "COLORS",
    "MOST_POINTS",
    "PICTURES",
    "before_after",
    "by_lead",
    "config",
    "forecast_figure",
    "free_run",
    "inert",
    "portrait",
    "series_figure",
    "to_html",
]
