"""A finished forecast in the browser: the handover, the advice, the established models."""

from __future__ import annotations

import re
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.quick_run import QUICK


@pytest.fixture
def ended(tab: Any) -> Any:
    """Trains with these options until the run has ended."""

    def train(**options: object) -> Any:
        tab.open("/lab", **QUICK | options)
        tab.button("Train").click()
        expect(tab.box("Finished after")).to_be_visible()
        expect(tab.page.get_by_role("heading", name="A closer look")).to_be_visible()
        return tab

    return train


def test_the_handover_slider_changes_the_figure_and_its_text(ended: Any) -> None:
    tab = ended()
    figure = tab.chart("The forecast: first fed with true values")
    slider = tab.page.get_by_role("slider", name="True steps before the loop closes")
    caption = tab.page.get_by_role("status").filter(has_text="Its mean error is")

    def stands_at(steps: str) -> None:
        expect(figure).to_have_attribute("aria-label", re.compile(rf"its own\. {steps}\. "))
        expect(slider).to_have_attribute("aria-valuetext", steps)
        expect(tab.page.get_by_text(steps, exact=True)).to_be_visible()

    stands_at("6 steps")
    expect(caption).to_contain_text("while it is fed true values, and")
    slider.focus()
    before = caption.inner_text()
    tab.page.keyboard.press("ArrowRight")
    stands_at("7 steps")
    assert caption.inner_text() != before
    tab.page.keyboard.press("Home")
    stands_at("0 steps")
    expect(caption).not_to_contain_text("while it is fed true values")
    tab.page.keyboard.press("End")
    stands_at("24 steps")
    expect(caption).not_to_contain_text("once it feeds itself")

    tab.set("Window", 12)  # this draws the page again
    expect(tab.box("made with other settings")).to_be_visible()
    stands_at("24 steps")
    tab.button("Train").click()  # the slider of a new forecast starts where the first one did
    stands_at("6 steps")


def test_try_it_sets_a_control_but_does_not_train(ended: Any) -> None:
    tab = ended(holdout=0, forecast_start="end")
    expect(tab.page.get_by_text("Nobody can say how good this forecast is")).to_be_visible()
    tab.button("Try it").click()
    expect(tab.field("Holdout")).to_have_value("0.2")
    expect(tab.page).not_to_have_url(re.compile("holdout=0(&|$)"))
    expect(tab.box("made with other settings (Holdout: 0 → 0.2)")).to_be_visible()
    expect(tab.button("Train")).to_be_enabled()


def test_the_established_models_appear_in_the_table(ended: Any) -> None:
    tab = ended(signal="air-passengers", horizon=6)
    tab.page.get_by_role("radio", name="Many starts").click()
    tab.button("Compare with AutoTheta, AutoETS, AutoARIMA").click()
    expect(tab.page.get_by_role("progressbar")).to_be_visible()
    expect(tab.button("Compare with AutoTheta, AutoETS, AutoARIMA")).to_have_count(0)
    expect(tab.page.get_by_role("progressbar")).to_have_count(0)
    table = tab.page.get_by_test_id("stTable").nth(1)
    for model in ("AutoTheta", "AutoETS", "AutoARIMA"):
        expect(table.locator("td", has_text=model)).to_have_count(1)
    expect(tab.button("Train")).to_be_enabled()
