"""The failure gallery as it is seen, heard and used with the keyboard."""

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


def test_the_mending_is_seen_when_the_answer_is_opened(gallery: Any) -> None:
    expect(gallery.chart(FIRST.symptom)).to_be_visible()
    mending = gallery.chart("The closed-loop forecast before and after").first
    expect(mending).to_be_hidden()
    answer(gallery).press("Enter")
    expect(mending).to_be_visible()
    gallery.until(mending, "updates", 1)


def test_both_runs_are_heard_and_the_focus_stays(gallery: Any) -> None:
    answer(gallery).click()
    line = gallery.page.get_by_role("status").filter(has_text=re.compile("results|Training"))
    expect(line.first).to_contain_text("Kept results")
    line.first.evaluate("(line) => { line.dataset.first = 'yes'; }")  # it has to be the same one
    button(gallery, "Run both here").press("Enter")
    expect(button(gallery, "Stop")).to_be_focused()
    expect(line.first).to_contain_text("Training with")
    expect(line.first).to_contain_text("Fresh results")
    expect(line.first).to_have_attribute("data-first", "yes")
    expect(button(gallery, "Run both here")).to_be_focused()


def test_to_see_it_fail_opens_the_lab_and_trains(gallery: Any) -> None:
    button(gallery, "See it fail").click()
    expect(gallery.box("Finished after 40 epochs")).to_be_visible()
    expect(gallery.field("Window")).to_have_value("1")
