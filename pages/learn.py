"""Learn: what a GRU is, and why it works."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import streamlit as st

from pages.ui import screen
from pages.ui.learn import step
from pages.ui.messages import messages

#: The screens in their order, and the function that draws each.
SCREENS: Mapping[str, Callable[[], None]] = {"step": step.show}

texts = messages("learn")
st.title(texts("title"), anchor=False)
st.markdown(texts("about"))
if SCREENS:
    chosen = screen.choose(tuple(SCREENS), key="learn", label=texts("screens"))
    SCREENS[chosen]()
    screen.next_button(tuple(SCREENS), chosen, key="learn")
