"""Failure gallery: what goes wrong, why, and the one option that mends it."""

from __future__ import annotations

import streamlit as st

from gru_core.experiment.gallery import GALLERY
from pages.ui.gallery_card import card
from pages.ui.session import current_session

session = current_session()
session.collect()

st.title("Failure gallery")
st.markdown(
    "Forecasts that go wrong, each for one reason. Look first, guess why, then open the "
    "answer. **Exactly one setting** turns each of them into one that works."
)
for number, failure in enumerate(GALLERY.values()):
    card(session, number, failure)
