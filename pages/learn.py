"""Learn: what a GRU is, and why it works."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import streamlit as st

from pages.ui import screen
from pages.ui.learn import cells, lesson, sequence, shapes, step, which_equation, why_gates
from pages.ui.messages import messages

#: The screens in their order, and the function that draws each.
SCREENS: Mapping[str, Callable[[], None]] = {
    "why_gates": why_gates.show,
    "step": step.show,
    "which_equation": which_equation.show,
    "shapes": shapes.show,
    "sequence": sequence.show,
    "cells": cells.show,
    "lesson": lesson.show,
}

texts = messages("learn")
st.title(texts("title"), anchor=False)
st.markdown(texts("about"))
titles = {name: messages(name)("title") for name in SCREENS}
chosen = screen.choose(titles, key="learn", label=texts("screens"))
SCREENS[chosen]()
screen.next_button(titles, chosen, key="learn")
