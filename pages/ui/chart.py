"""The chart component: it draws a Plotly figure and updates it in place.

Streamlit's own Plotly chart is rebuilt at every change, so the reader loses the zoom. This chart
keeps the zoom, the hidden lines and the slider. Its code and plotly.js load once, from `/assets`.
"""

from __future__ import annotations

import json
from typing import Any

from plotly.graph_objects import Figure

from pages.ui import browser_files
from pages.ui.component import component

__all__ = ["as_json", "chart", "load_ahead"]

_component = component(
    "chart",
    browser_files.PLOTLY,
    isolate_styles=False,  # Plotly puts its own styles into the document
)


def as_json(figure: Figure | dict[str, Any]) -> str:
    """The figure as `chart` sends it to the browser."""
    text: str = figure.to_json() if isinstance(figure, Figure) else json.dumps(figure)
    return text


def chart(
    figure: Figure | dict[str, Any] | str, *, key: str, alt: str, file: str = "gru-lab"
) -> None:
    """Draw `figure`.

    Args:
        figure: a Plotly figure, the same as a dictionary, or from `as_json`. Frames get a slider.
        key: the zoom, the hidden lines and the slider are kept under this name.
        alt: the result that the figure shows, in words, for people who cannot see it.
        file: the file name of a saved picture, without its ending.
    """
    text = figure if isinstance(figure, str) else as_json(figure)
    data = {"figure": text, "alt": alt, "key": key, "file": file}
    _component(key=key, data=data)


def load_ahead(key: str) -> None:
    """Let the browser load what a chart needs. Nothing is drawn."""
    _component(key=key, data=None)
