"""Failure gallery: what goes wrong, why, and the one option that mends it."""

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
    "Forecasts that go wrong, each for one reason. Look first, guess why, then open the "
    "answer. **Exactly one setting** turns each of them into one that works."
)
st.markdown(
    "In every chart, the forecast begins at the dashed upright line. **One step** reads the true "
    "values before each step. **Closed loop** reads its own forecasts."
)
for number, failure in enumerate(GALLERY.values()):
    gallery_card.card(session, number, failure)
