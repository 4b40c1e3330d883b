"""Learn, "Shapes": the packed matrices of a cell, and how many parameters it has."""

from __future__ import annotations

import streamlit as st

from pages.ui import browser_files, screen
from pages.ui.check import ask
from pages.ui.messages import messages

__all__ = ["show"]

NAME = "shapes"

_component = st.components.v2.component(
    "gru_lab_shapes",
    html=browser_files.read("shapes.html"),
    css=browser_files.read("controls.css") + browser_files.read("shapes.css"),
    js=browser_files.code("shapes"),
)


def show() -> None:
    """Draw the screen."""
    screen.screen(NAME, _act, check=lambda: ask("parameter-count"))


def _act() -> None:
    _component(key=NAME, data={"labels": messages(NAME).group("labels")})
