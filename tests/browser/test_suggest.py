"""Suggest settings in the browser: watched, taken over, and trained with."""

from __future__ import annotations

import re
from typing import Any

from playwright.sync_api import expect

AIR = {"signal": "air-passengers", "holdout": 0.1, "horizon": 12}


def test_the_search_is_watched_and_its_settings_are_trained_with(tab: Any) -> None:
    tab.open("/lab", **AIR)
    tab.button("Suggest settings").click()
    expect(
        tab.page.get_by_text(re.compile(r"Looking for settings: \d+ trials? so far"))
    ).to_be_visible()
    expect(tab.button("Train")).to_be_disabled()
    found = tab.page.get_by_text(re.compile("Settings filled in: .*"))
    expect(found).to_be_visible()
    expect(tab.page).to_have_url(re.compile("hidden_size="))  # the address follows the controls
    expect(tab.page).to_have_url(re.compile("horizon=12"))
    tab.page.get_by_text("What was tried").click()
    expect(tab.page.get_by_text("1 is the error of repeating the last cycle")).to_be_visible()
    tab.train()
    expect(tab.box(re.compile(r"Finished after \d+ epochs? in"))).to_be_visible()
    expect(tab.box("made with other settings")).to_have_count(0)


def test_a_search_is_stopped(tab: Any) -> None:
    tab.open("/lab", **AIR)
    tab.button("Suggest settings").click()
    expect(tab.page.get_by_text(re.compile(r"[1-9]\d* trials? so far"))).to_be_visible()
    tab.button("Stop").click()
    expect(tab.page.get_by_text("Settings filled in:")).to_be_visible()
    tab.button("Close").click()
    expect(tab.page.get_by_text("Settings filled in:")).to_have_count(0)
