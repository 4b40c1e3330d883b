"""Learn, "Steps, units, layers": what `output` and `h_n` hold, and what `batch_first` does."""

from __future__ import annotations

from pages.ui import screen
from pages.ui.check import ask
from pages.ui.component import component
from pages.ui.messages import messages

__all__ = ["show"]

NAME = "sequence"

_component = component("sequence", styles=("shared/controls.css",))


def show() -> None:
    """Draw the screen."""
    screen.screen(NAME, _act, check=lambda: ask("batch-first"))


def _act() -> None:
    _component(key=NAME, data={"labels": messages(NAME).group("labels")})
