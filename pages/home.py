"""Home: a network that forecasts, what a GRU is, and what to try in five minutes.

The router has drawn the title and the buttons above it (see `pages.ui.welcome`).
"""

from __future__ import annotations

import streamlit as st

from gru_core.experiment.experiment import Experiment
from gru_core.experiment.presets import PRESETS, Preset
from pages.ui import glossary, text
from pages.ui.hero import cell, hero
from pages.ui.screen import open_screen
from pages.ui.session import open_lab
from pages.ui.welcome import LAB, LEARN, TRAIN


def card(preset: Preset, number: int) -> None:
    """Draw the card of a preset, with the button that opens it in the Lab."""
    with st.container(border=True, height="stretch"):
        st.markdown(f"**{preset.title}**  \n{preset.why}")
        if st.button(f"Open {preset.title.replace('The ', 'the ', 1)}", key=f"open-{number}"):
            open_lab(preset.experiment)


if st.session_state[TRAIN]:
    open_lab(Experiment(), train=True)
if st.session_state[LEARN]:
    st.switch_page("learn.py")
if st.session_state[LAB]:
    st.switch_page("lab.py")
hero()
st.markdown(text.HERO_CAPTION)

st.header("What a GRU is", divider="gray")
words, drawing = st.columns(2, gap="large", vertical_alignment="center")
words.markdown(text.WHAT_A_GRU_IS)
words.markdown(text.THE_LESSON)
if words.button("Read the lesson, step by step", icon=":material/menu_book:"):
    open_screen("learn", "lesson")
with drawing:
    cell()

st.header("Five minutes", divider="gray")
st.markdown(text.FIVE_MINUTES)

st.header("Start from", divider="gray")
for number, preset in enumerate(PRESETS.values()):
    if number % 2 == 0:  # a new row per pair: phones and the keyboard keep the same order
        columns = st.columns(2)
    with columns[number % 2]:
        card(preset, number)

st.header("The words", divider="gray")
glossary.table()
