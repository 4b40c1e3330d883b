"""Inside: what the network that was just trained does."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from pages.ui import screen
from pages.ui.inside import film, loop_map, memory

#: The screens in their order, and the function that draws each.
SCREENS: Mapping[str, Callable[[], None]] = {
    "film": film.show,
    "loop_map": loop_map.show,
    "memory": memory.show,
}

screen.page("inside", SCREENS)
