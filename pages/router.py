"""The frame around every page: title, icon, navigation, and errors that no page handles."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from gru_core.errors import GruLabError
from pages.ui import frame, server

# It waits until NumPy and pandas are loaded. Two threads that load them at the same time get
# errors, and Streamlit needs NumPy for the icon.
server.engine()
st.set_page_config(
    page_title="GRU Lab",
    page_icon=str(Path(__file__).parent / "ui" / "icon.svg"),
    layout="wide",
    initial_sidebar_state="auto",
)
page = st.navigation(
    [
        st.Page("home.py", title="Home", icon=":material/home:", default=True),
        st.Page("learn.py", title="Learn", icon=":material/school:", url_path="learn"),
        st.Page("lab.py", title="Lab", icon=":material/science:", url_path="lab"),
        st.Page("runs.py", title="Runs", icon=":material/compare_arrows:", url_path="runs"),
        st.Page("inside.py", title="Inside", icon=":material/visibility:", url_path="inside"),
        st.Page("practice.py", title="Practice", icon=":material/edit_note:", url_path="practice"),
        st.Page(
            "gallery.py",
            title="Failure gallery",
            icon=":material/broken_image:",
            url_path="gallery",
        ),
    ],
    position="top",
)
frame.show()
try:
    page.run()
except GruLabError as error:
    frame.error(error)
