"""The frame around every page: title, icon, navigation, and errors that no page handles."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from gru_core.errors import GruLabError
from pages.ui import frame, server
from pages.ui.welcome import welcome

server.load_for_icon()
st.set_page_config(
    page_title="GRU Lab",
    page_icon=str(Path(__file__).parent / "ui" / "icon.svg"),
    layout="wide",
    initial_sidebar_state="auto",
)
home = st.Page("home.py", title="Home", icon=":material/home:", default=True)
page = st.navigation(
    [
        home,
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
frame.style()
top = st.container()
if page is home:
    welcome()
# What follows needs the packages that this loads. Two threads that load pandas at the same time get
# errors, so it waits.
server.engine()
frame.trouble(top)
try:
    page.run()
except GruLabError as error:
    frame.error(error)
