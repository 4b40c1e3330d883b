"""Failure gallery: forecasts that fail, the reasons, and the one option that fixes each."""

from __future__ import annotations

import streamlit as st

from gru_core.experiment.gallery import GALLERY
from pages.ui import gallery_card
from pages.ui.session import current_session

session = current_session()
session.collect()

st.html(gallery_card.STYLE)
st.title("Failure gallery")
st.markdown(
    "Each forecast on this page goes wrong for one reason. Look at it, guess the reason, then "
    "open the answer. A change of **exactly one setting** fixes it."
)
st.markdown(
    "In every chart, the forecast begins at the dashed vertical line. **One step** reads the true "
    "values before each step. **Closed loop** reads its own forecasts."
)
for number, failure in enumerate(GALLERY.values()):
    gallery_card.card(session, number, failure)
