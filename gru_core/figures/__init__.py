"""Figures: pure functions from arrays and frames to Plotly figures.

`forecast` draws a series and its forecast, and `style` holds what all figures share.
"""

from gru_core.figures.forecast import forecast_figure, series_figure
from gru_core.figures.style import COLORS, MOST_POINTS, PICTURES, config, inert, to_html

__all__ = [
    "COLORS",
    "MOST_POINTS",
    "PICTURES",
    "config",
    "forecast_figure",
    "inert",
    "series_figure",
    "to_html",
]
