"""The interval around the forecast: asked for, shown, and its coverage told."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

Lab = Callable[..., Any]


def toggle(page: Any) -> Any:
    [found] = [one for one in page.app.main.get("toggle") if one.label == "90 % interval"]
    return found


def test_one_network_shows_it_when_asked(lab: Lab) -> None:
    page = lab()
    page.train()
    assert not toggle(page).value
    assert "interval is made from" not in page.said("caption")
    toggle(page).set_value(True)
    page.look()
    told = page.said("caption")
    assert "in the validation part" in told
    assert re.search(r"it held \d+ % of the true values", told)


def test_several_members_show_it_by_themselves(lab: Lab) -> None:
    page = lab(members="3", validation="0")
    page.train()
    assert toggle(page).value
    assert "Later errors are larger" in page.said("caption")
