"""The failure gallery in a browser: its charts, its live region, and the keyboard."""

from __future__ import annotations

import re
from typing import Any

import pytest
from playwright.sync_api import Locator, expect

from gru_core.experiment.gallery import GALLERY

FIRST = next(iter(GALLERY.values()))


@pytest.fixture
def gallery(tab: Any) -> Any:
    tab.open("/")
    tab.page.get_by_role("link", name="Failure gallery").first.click()
    expect(tab.page.locator(".js-plotly-plot:visible")).to_have_count(len(GALLERY))
    return tab


def button(gallery: Any, label: str) -> Locator:
    return gallery.button(f"{label} ({FIRST.title})")


def answer(gallery: Any) -> Locator:
    return gallery.page.locator("summary", has_text=f"({FIRST.title})")


def test_an_open_answer_shows_the_fixed_forecast(gallery: Any) -> None:
    expect(gallery.chart(FIRST.symptom)).to_be_visible()
    fixed = gallery.chart("The closed-loop forecast before and after").first
    expect(fixed).to_be_hidden()
    answer(gallery).press("Enter")
    expect(fixed).to_be_visible()
    gallery.until(fixed, "updates", 1)


def test_a_pair_is_read_aloud_and_keeps_the_focus(gallery: Any) -> None:
    answer(gallery).click()
    line = gallery.page.get_by_role("status").filter(has_text=re.compile("results|Training"))
    expect(line.first).to_contain_text("Saved results")
    line.first.evaluate("(line) => { line.dataset.first = 'yes'; }")  # to know the element again
    button(gallery, "Run both here").press("Enter")
    expect(button(gallery, "Stop")).to_be_focused()
    expect(line.first).to_contain_text("Training with")
    expect(line.first).to_contain_text("New results")
    expect(line.first).to_have_attribute("data-first", "yes")
    expect(button(gallery, "Run both here")).to_be_focused()


def test_see_it_fail_opens_the_lab_and_trains(gallery: Any) -> None:
    button(gallery, "See it fail").click()
    expect(gallery.box("Finished after 40 epochs")).to_be_visible()
    expect(gallery.field("Window")).to_have_value("1")
