"""The one way to draw: a Plotly figure in a component that updates in place.

Streamlit's own Plotly chart is remounted at every change, and so loses the reader's zoom. This one
keeps zoom, hidden lines and slider. Its code and plotly.js are fetched once, from `/assets`.
"""

from __future__ import annotations

import json
from typing import Any

import streamlit as st
from plotly.graph_objects import Figure

from pages.ui import assets

__all__ = ["chart"]

_CODE = f"""
const code = import(new URL("/assets/chart.js", window.location.origin).href);
const plotly = "{assets.PLOTLY}";
export default function (component) {{
  code.then((chart) => chart.draw(component, plotly));
  return () => code.then((chart) => chart.remove(component));
}}
"""
_component = st.components.v2.component(
    "gru_lab_chart",
    html=(assets.FOLDER / "chart.html").read_text(encoding="utf-8"),
    css=(assets.FOLDER / "chart.css").read_text(encoding="utf-8"),
    js=_CODE,
    isolate_styles=False,  # Plotly puts its own styles into the document
)


def chart(figure: Figure | dict[str, Any], *, key: str, alt: str, file: str = "gru-lab") -> None:
    """Draw `figure`.

    Args:
        figure: a Plotly figure, or a dictionary that is one. One with frames gets a slider.
        key: what the reader did to the chart is kept under this name.
        alt: what the figure shows, for those who cannot see it: the finding, not the name.
        file: the name of a saved picture.
    """
    text = figure.to_json() if isinstance(figure, Figure) else json.dumps(figure)
    data = {"figure": text, "alt": alt, "key": key, "file": file}
    _component(key=key, data=data)
