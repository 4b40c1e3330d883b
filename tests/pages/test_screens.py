"""Every screen of Learn and Inside: a guess, then the drawing, then the explanation and a check."""

from __future__ import annotations

from typing import Any

import pytest

from pages.ui.messages import messages

#: The page and the name of each screen, in the order of the pages.
SCREENS = [
    ("learn", "why_gates"),
    ("learn", "step"),
    ("learn", "which_equation"),
    ("learn", "shapes"),
    ("learn", "sequence"),
    ("learn", "cells"),
    ("learn", "lesson"),
    ("inside", "film"),
    ("inside", "loop_map"),
    ("inside", "memory"),
]


def opened(visit: Any, page: str, name: str) -> Any:
    return visit(f"{page}.py", {page: name})


def components(session: Any) -> list[Any]:
    """The drawings of a screen, without the parts that every page has."""
    return [
        element
        for element in session.app.get("bidi_component")
        if element.proto.component_name not in {"gru_lab_focus", "gru_lab_live_region"}
    ]


def guess(session: Any) -> None:
    """Answer the question of a screen with its first choice."""
    session.app.main.radio[0].set_value(session.app.main.radio[0].options and 0)


@pytest.mark.parametrize(("page", "name"), SCREENS)
def test_nothing_is_shown_before_the_guess(visit: Any, page: str, name: str) -> None:
    session = opened(visit, page, name)
    texts = messages(name)
    assert texts("title") in [head.value for head in session.app.header]
    shown = session.text("markdown")
    assert texts.all["explain"].strip()[:40] not in shown
    assert texts.all["takeaway"].strip()[:40] not in session.text("info")
    assert not [b for b in session.app.button if b.label == "Show the explanation"]
