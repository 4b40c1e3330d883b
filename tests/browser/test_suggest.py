"""Suggest settings in the browser: the search, its settings, and a run with them."""

from __future__ import annotations

import re
from typing import Any

from playwright.sync_api import expect

from tests.long_run import LONG_SEARCH


def test_the_settings_of_a_search_train(tab: Any) -> None:
    tab.open("/lab", signal="air-passengers", holdout=0.1, horizon=12)
    tab.button("Suggest settings").click()
    filled_in = tab.page.get_by_text(re.compile("Settings filled in: .*"))
    expect(filled_in).to_be_visible()
    expect(tab.page).to_have_url(re.compile("hidden_size="))  # the address follows the controls
    expect(tab.page).to_have_url(re.compile("horizon=12"))
    tab.page.get_by_text("What was tried").click()
    expect(tab.page.get_by_text("1 is the error of repeating the last cycle")).to_be_visible()
    tab.train()
    expect(tab.box(re.compile(r"Finished after \d+ epochs? in"))).to_be_visible()
    expect(tab.box("made with other settings")).to_have_count(0)


def test_a_stopped_search_has_shown_its_progress_and_keeps_its_best_settings(tab: Any) -> None:
    tab.open("/lab", **LONG_SEARCH)
    tab.button("Suggest settings").click()
    progress = re.compile(r"Looking for settings: [1-9]\d* trials? so far")
    expect(tab.page.get_by_text(progress)).to_be_visible()
    expect(tab.button("Train")).to_be_disabled()
    tab.button("Stop").click()
    expect(tab.page.get_by_text("Settings filled in:")).to_be_visible()
    tab.button("Close").click()
    expect(tab.page.get_by_text("Settings filled in:")).to_have_count(0)
