"""The top of Home. A first visitor sees it while the server still loads pandas and others.

So this module must import nothing that needs them; see `server.engine`.
"""

from __future__ import annotations

import streamlit as st

from pages.ui import text

__all__ = ["LAB", "LEARN", "TRAIN", "welcome"]

#: The keys of the buttons. `home.py` does what they say.
TRAIN, LEARN, LAB = "home-train", "home-learn", "home-lab"


def welcome() -> None:
    """Draw the title, what the Lab is, and the buttons."""
    st.title("See what a GRU does")
    st.markdown(text.WHAT_IT_IS)
    with st.container(horizontal=True):
        st.button("Train a GRU now", key=TRAIN, type="primary", icon=":material/play_arrow:")
        st.button("Learn what a GRU is", key=LEARN, icon=":material/school:")
        st.button("Open the Lab", key=LAB, icon=":material/science:")
