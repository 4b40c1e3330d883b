"""The page Runs in a browser: from the table to the comparison, and back after a deletion."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Locator, expect

from gru_core import run
from gru_core.experiment.experiment import Experiment
from gru_core.export import archive
from pages.ui.messages import messages
from tests.browser.test_access import PHONE, assert_accessible
from tests.waiting import wait_until

WORDS = messages("runs")
NAMES = ("five", "eight", "<b>twelve</b>", "twenty")
#: Pixels: the height of a row and of the titles, and the middle of two columns.
ROW, TICK, NAME = 35, 46, 200


@pytest.fixture(scope="module")
def zipped() -> bytes:
    """A zip with four runs."""
    small = Experiment(points=80, window=5, hidden_size=4, epochs=2)
    return archive.write([run(small.replace(window=n)) for n in (5, 8, 12, 20)], NAMES)


@pytest.fixture
def brought(zipped: bytes) -> Callable[[Any], Any]:
    """Opens the page in a tab, and brings in four runs."""

    def bring(tab: Any) -> Any:
        tab.open("/runs")
        tab.button(WORDS("actions.import")).click()
        file = {"name": "runs.zip", "mimeType": "application/zip", "buffer": zipped}
        tab.page.get_by_test_id("stFileUploaderDropzoneInput").set_input_files(file)
        expect(tab.page.get_by_text(WORDS("imported", runs="4 runs"))).to_be_visible()
        tab.page.keyboard.press("Escape")
        expect(names(tab)).to_have_text([*NAMES[::-1]])
        return tab

    return bring


def names(tab: Any) -> Locator:
    """The cells of the names, as a screen reader sees them."""
    found: Locator = tab.page.locator("[id^=glide-cell-2-]")
    return found


def click(tab: Any, row: int, x: int, clicks: int = 1) -> None:
    """Click into a row of the table."""
    table = tab.page.locator(".dvn-scroller")  # it lies above the drawing
    table.click(position={"x": x, "y": ROW * row + 1.5 * ROW}, click_count=clicks)


def legend(tab: Any, chart: str) -> Locator:
    found: Locator = tab.around(tab.chart(chart)).locator(".legend button")
    return found


def tick_all(tab: Any) -> None:
    """Tick the four runs, the oldest first."""
    for number, row in enumerate((3, 2, 1, 0), 1):
        click(tab, row, TICK)
        expect(legend(tab, "The losses of the runs")).to_have_count(number)


def test_from_the_table_to_the_comparison(tab: Any, brought: Any) -> None:
    brought(tab)
    tick_all(tab)
    titles = [f"{letter} · {name}" for letter, name in zip("ABCD", NAMES, strict=True)]
    expect(legend(tab, "The losses of the runs")).to_have_text(titles)
    expect(legend(tab, "The closed-loop forecasts")).to_have_text(["Original", *titles])
    scores = [*titles, "Best simple forecast"]
    expect(legend(tab, "The scores of the runs")).to_have_text(scores)
    changed = "What changed from A to D: Window: 5 → 20."
    expect(tab.page.get_by_text(changed)).to_be_visible()
    # A name is changed in the table, and with it in all figures.
    click(tab, 3, NAME, clicks=2)
    field = tab.page.locator("#portal textarea")
    field.fill("renamed")
    field.press("Enter")
    expect(legend(tab, "The losses of the runs").first).to_have_text("A · renamed")
    expect(names(tab)).to_have_text([*NAMES[:0:-1], "renamed"])
    # What is deleted comes back.
    tab.button(WORDS("actions.delete")).click()
    expect(tab.page.get_by_text(WORDS("deleted", runs="4 runs"))).to_be_visible()
    expect(tab.page.get_by_text(WORDS("empty"))).to_be_visible()
    tab.button(WORDS("actions.undo")).click()
    expect(names(tab)).to_have_text([*NAMES[:0:-1], "renamed"])


def test_ticked_runs_are_downloaded(tab: Any, brought: Any) -> None:
    brought(tab)
    click(tab, 1, TICK)
    expect(legend(tab, "The losses of the runs")).to_have_count(1)
    with tab.page.expect_download() as download:
        tab.button(WORDS("actions.download")).click()
    [one] = archive.read(download.value.path().read_bytes())
    assert one.name == "<b>twelve</b>"
    assert one.result.experiment.window == 12


def test_everybody_can_use_the_comparison(tab: Any, brought: Any) -> None:
    brought(tab)
    tick_all(tab)
    for chart in tab.page.locator(".gru-chart .plot").all():
        chart.scroll_into_view_if_needed()
        expect(chart).to_have_class(re.compile("js-plotly-plot"))
    assert_accessible(tab)
    tab.page.set_viewport_size(PHONE)
    wait_until(lambda: tab.overflow() <= 0, "a page that is as narrow as a phone")
