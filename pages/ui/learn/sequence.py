"""Learn, "Steps, units, layers": what `output` and `h_n` hold, and what `batch_first` does."""

from __future__ import annotations

import streamlit as st

from pages.ui import browser_files, screen
from pages.ui.check import ask
from pages.ui.messages import messages

__all__ = ["show"]

NAME = "sequence"

_component = st.components.v2.component(
    "gru_lab_sequence",
    html=browser_files.read("sequence.html"),
    css=browser_files.read("controls.css") + browser_files.read("sequence.css"),
    js=browser_files.code("sequence"),
)


def show() -> None:
    """Draw the screen."""
    screen.screen(NAME, _act, check=lambda: ask("batch-first"))


def _act() -> None:
    _component(key=NAME, data={"labels": messages(NAME).group("labels")})
