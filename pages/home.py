"""Home: what this is, and what to try in five minutes."""

from __future__ import annotations

import streamlit as st

from gru_core.experiment.presets import PRESETS
from pages.ui import text
from pages.ui.session import open_lab

st.title("See what a GRU does")
st.markdown(text.WHAT_IT_IS)
if st.button("Open the Lab", type="primary", icon=":material/science:", width="stretch"):
    st.switch_page("lab.py")

st.header("Five minutes", divider=True)
st.markdown(text.FIVE_MINUTES)

st.header("Start from", divider=True)
columns = st.columns(2)
for number, preset in enumerate(PRESETS.values()):
    with columns[number % 2].container(border=True):
        st.markdown(f"**{preset.title}**  \n{preset.why}")
        if st.button("Open", key=f"open-{number}", help=f"Open the Lab with: {preset.title}"):
            open_lab(preset.experiment)

st.header("The words", divider=True)
st.markdown(text.WORDS)
