"""What stands on every page beside its content."""

from __future__ import annotations

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from pages.ui import text
from pages.ui.server import engine

__all__ = ["error", "scene", "show"]

# Streamlit's own top padding leaves a hand's width empty on a phone.
_STYLE = """
<style>
  .block-container { padding-top: 5rem; padding-bottom: 3rem; max-width: 78rem; }
  h2 { font-size: 1.4rem !important; }
  [data-testid="stSidebar"] h2 { font-size: 1.2rem !important; }
  .st-key-lab-heading h1 { font-size: 1.5rem; padding: 0; }
  .st-key-ended [data-testid="stAlertContainer"] { padding: 0.35rem 0.8rem; }
  @media (max-width: 640px) {
    .block-container { padding-left: 1rem; padding-right: 1rem; }
    h1 { font-size: 1.7rem !important; }
    h3 { font-size: 1.2rem !important; }
  }
</style>
"""


def show() -> None:
    """Say so where the training workers cannot be reached."""
    st.html(_STYLE)
    if engine().trouble:
        error(engine().trouble, icon=":material/cloud_off:")


def scene(name: str) -> DeltaGenerator:
    """Where one of several scenes of a page is drawn, such as the run that goes on or its result.

    Streamlit keeps the elements of the last scene until the new one is complete, and shows both
    for a moment. A new scene therefore begins with an empty place.
    """
    place = st if st.session_state.get("scene") == name else st.empty()
    st.session_state["scene"] = name
    return place.container()


def error(message: object, *, title: str | None = None, icon: str = ":material/error:") -> None:
    """Show what went wrong, to the letter: a message may quote a link, a file or a column."""
    st.error(text.plain(str(message)), icon=icon, title=title)
