"""Learn: what a GRU is, and why it works."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from pages.ui import screen
from pages.ui.learn import cells, lesson, sequence, shapes, step, which_equation, why_gates

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

screen.page("learn", SCREENS)
