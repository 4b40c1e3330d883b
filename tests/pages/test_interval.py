"""The interval around the forecast: its switch, and its coverage in words."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

Lab = Callable[..., Any]


def toggle(page: Any) -> Any:
    [toggle] = [one for one in page.app.main.get("toggle") if one.label == "90 % interval"]
    return toggle


def test_one_network_shows_the_interval_when_switched_on(lab: Lab) -> None:
    page = lab()
    page.train()
    assert not toggle(page).value
    assert "interval is made from" not in page.text("caption")
    toggle(page).set_value(True)
    page.look()
    caption = page.text("caption")
    assert "in the validation part" in caption
    assert re.search(r"it held \d+ % of the true values", caption)


def test_several_members_show_the_interval_by_default(lab: Lab) -> None:
    page = lab(members="3", validation="0")
    page.train()
    assert toggle(page).value
    assert "Later errors are larger" in page.text("caption")
