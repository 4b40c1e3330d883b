"""Inside: what the network that was just trained does."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import streamlit as st

from pages.ui import screen
from pages.ui.inside import film, loop_map, memory
from pages.ui.messages import messages

#: The screens in their order, and the function that draws each.
SCREENS: Mapping[str, Callable[[], None]] = {
    "film": film.show,
    "loop_map": loop_map.show,
    "memory": memory.show,
}

texts = messages("inside")
st.title(texts("title"), anchor=False)
st.markdown(texts("about"))
titles = {name: messages(name)("title") for name in SCREENS}
chosen = screen.choose(titles, key="inside", label=texts("screens"))
SCREENS[chosen]()
screen.next_button(titles, chosen, key="inside")
