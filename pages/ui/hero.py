"""The two pictures on Home: the closed loop of a trained network, and the inside of a GRU.

Both are drawn without Plotly, so a first visit loads less.
"""

from __future__ import annotations

import json
from functools import cache

import streamlit as st

from gru_core.forecast.problem import Problem
from gru_core.shipped import networks
from pages.ui import browser_files, text
from pages.ui.component import component
from pages.ui.network import described

__all__ = ["cell", "hero"]

#: The height of the moving picture with its button, in pixels.
HEIGHT = 284

_hero = component("hero")
_cell = st.components.v2.component(
    "gru_lab_cell",
    html=browser_files.read("hero/cell.html"),
    css=browser_files.read("hero/cell.css"),
)


def hero() -> None:
    """Draw the closed loop of the shipped network over the true wave."""
    data = {"network": _network(), "alt": text.HERO_ALT}
    _hero(key="hero", data=data, height=HEIGHT)  # a fixed height: the page does not jump


def cell() -> None:
    """Draw one step of a GRU."""
    _cell(key="cell")


@cache
def _network() -> str:
    """The data for the browser, as JSON: the network, and the wave.

    The loop closes at value number `start`. Value number k of the wave is sin(`step` · k).
    """
    experiment, weights = networks.network("home")
    problem = Problem.of(experiment)
    return json.dumps(
        described(problem, weights)
        | {
            "start": problem.parts.forecast_start,
            "step": experiment.parameters["span"] / (experiment.points - 1),
        }
    )
