"""Inside: what the network that was just trained does."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import streamlit as st

from pages.ui import screen
from pages.ui.inside import loop_map, memory
from pages.ui.messages import messages

#: The screens in their order, and the function that draws each.
SCREENS: Mapping[str, Callable[[], None]] = {
    "loop_map": loop_map.show,
    "memory": memory.show,
}

texts = messages("inside")
st.title(texts("title"), anchor=False)
st.markdown(texts("about"))
if SCREENS:
    chosen = screen.choose(tuple(SCREENS), key="inside", label=texts("screens"))
    SCREENS[chosen]()
    screen.next_button(tuple(SCREENS), chosen, key="inside")
