"""Learn, "Shapes": the packed matrices of a cell, and how many parameters it has."""

from __future__ import annotations

from pages.ui import screen
from pages.ui.check import ask
from pages.ui.component import component
from pages.ui.messages import messages

__all__ = ["show"]

NAME = "shapes"

_component = component("shapes", styles=("shared/controls.css",))


def show() -> None:
    """Draw the screen."""
    screen.screen(NAME, _act, check=lambda: ask("parameter-count"))


def _act() -> None:
    _component(key=NAME, data={"labels": messages(NAME).group("labels")})
