"""A run in the browser: live charts, stop, continue, and the result."""

from __future__ import annotations

import re
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.long_run import LINK
from tests.quick_run import QUICK

#: QUICK takes about a second. SLOW takes half a minute, with slow epochs, because
#: dropout leaves its steps to PyTorch.
SLOW = {"epochs": 200, "batch_size": 119, "layers": 2, "dropout": 0.1, "patience": ""}


def test_a_run_is_drawn_live_and_in_place(tab: Any) -> None:
    tab.open("/lab", **SLOW)
    tab.train()
    before = tab.until_points(tab.loss, 3)
    tab.loss.evaluate("(element) => { element.mark = 'the same'; }")
    assert tab.until_points(tab.loss, before + 10) >= before + 10
    assert tab.loss.evaluate("(element) => element.mark") == "the same"
    expect(tab.forecast).to_be_visible()
    tab.button("Stop").click()
    expect(tab.box("Stopped after")).to_be_visible()


def test_the_default_run_ends_in_a_scored_forecast(tab: Any) -> None:
    tab.open()
    tab.train()
    expect(tab.box(re.compile(r"Finished after \d+ epochs in"))).to_be_visible()
    expect(tab.page.get_by_text("The GRU follows the series closely")).to_be_visible()
    figure = tab.chart("The series and its closed-loop forecast")
    for line in ("Original", "One step", "Closed loop"):
        expect(tab.line(figure, line)).to_have_attribute("aria-pressed", "true")
    expect(tab.line(figure, "Linear AR")).to_have_attribute("aria-pressed", "false")
    expect(tab.page.get_by_test_id("stTable").first).to_be_visible()
    expect(tab.button("Train")).to_be_enabled()
    [epochs] = re.findall(r"after (\d+) epochs", tab.box("Finished").inner_text())
    expect(tab.loss).to_have_attribute("data-points", epochs)


def test_zoom_and_hidden_lines_survive_the_updates(tab: Any) -> None:
    tab.open("/lab", **SLOW)
    tab.train()
    tab.until_points(tab.loss, 20)
    over = tab.loss.locator(".nsewdrag").first
    over.scroll_into_view_if_needed()
    box = over.bounding_box()
    tab.page.mouse.move(box["x"] + 0.3 * box["width"], box["y"] + 60)
    tab.page.mouse.down()
    tab.page.mouse.move(box["x"] + 0.6 * box["width"], box["y"] + 60, steps=4)
    tab.page.mouse.up()
    expect(tab.around(tab.loss)).to_have_class(re.compile("zoomed"))
    validation = tab.line(tab.loss, "Validation")
    validation.click()
    expect(validation).to_have_attribute("aria-pressed", "false")

    before = tab.ends(tab.loss)
    tab.until_updates(tab.loss, 8)
    assert tab.ends(tab.loss) == before
    expect(validation).to_have_attribute("aria-pressed", "false")
    tab.around(tab.loss).get_by_role("button", name="Reset view").click()
    expect(tab.around(tab.loss)).not_to_have_class(re.compile("zoomed"))
    assert tab.ends(tab.loss)[1] > before[1]


def test_a_chart_is_read_and_zoomed_with_the_keyboard(tab: Any) -> None:
    tab.open("/lab", **QUICK)
    series = tab.chart("The series Sine")
    expect(series).to_be_visible()
    whole = tab.ends(series)
    zoom = tab.around(series).get_by_role("button", name="Zoom in")
    zoom.focus()
    tab.page.keyboard.press("Enter")
    expect(tab.around(series)).to_have_class(re.compile("zoomed"))
    seen = tab.ends(series)
    assert seen[1] - seen[0] < 0.6 * (whole[1] - whole[0])
    line = tab.line(series, "Series")
    line.focus()
    tab.page.keyboard.press("Space")
    expect(line).to_have_attribute("aria-pressed", "false")
    tab.around(series).get_by_role("button", name="Show all").click()
    assert tab.ends(series)[1] >= 119


def test_a_changed_option_does_not_draw_the_unchanged_lines_again(tab: Any) -> None:
    tab.open("/lab", **QUICK)
    series = tab.chart("The series Sine")
    expect(series).to_be_visible()
    expect(series.locator(".annotation-text").last).to_have_text("window: 10 values")
    # Plotly makes new `calcdata` when it draws the lines.
    series.evaluate("(plot) => { plot.mark = plot.calcdata; }")
    tab.set("Window", 12)
    expect(series.locator(".annotation-text").last).to_have_text("window: 12 values")
    assert series.evaluate("(plot) => plot.mark === plot.calcdata")
    assert series.evaluate("(plot) => plot._fullLayout.shapes.at(-1).x1") == 11
    tab.set("Points", 150)
    tab.until(series, "points", 150)
    assert series.evaluate("(plot) => plot.calcdata[0].length") == 150


def test_a_chart_out_of_sight_waits_with_its_updates_until_it_is_seen(tab: Any) -> None:
    tab.page.set_viewport_size({"width": 1280, "height": 200})
    tab.open("/lab", **LINK)
    tab.train()
    forecast = tab.forecast
    expect(forecast).to_have_attribute("data-updates", "1")  # drawn once, when idle
    for _ in range(2):  # its words are new, the drawing is not
        said = forecast.get_attribute("aria-label") or ""
        expect(forecast).not_to_have_attribute("aria-label", said)
    expect(forecast).to_have_attribute("data-updates", "1")
    tab.page.evaluate("dispatchEvent(new Event('beforeprint'))")
    expect(forecast).to_have_attribute("data-updates", "2")
    tab.until_updates(forecast, 2)


@pytest.mark.parametrize(("kind", "begins"), [("PNG", b"\x89PNG"), ("SVG", b"<svg")])
def test_a_picture_of_a_chart_is_saved(tab: Any, kind: str, begins: bytes) -> None:
    tab.open("/lab", **QUICK)
    series = tab.chart("The series Sine")
    expect(series).to_be_visible()
    with tab.page.expect_download() as saved:
        tab.around(series).get_by_role("button", name=kind, exact=True).click()
    assert saved.value.suggested_filename == f"gru-lab-series.{kind.lower()}"
    assert saved.value.path().read_bytes().startswith(begins)


def test_no_chart_is_shown_twice_while_a_run_begins_and_ends(tab: Any) -> None:
    tab.open("/lab", **QUICK | {"epochs": 150})
    expect(tab.chart("The series Sine")).to_be_visible()
    tab.page.evaluate(
        """() => {
          window.mostLossCharts = 0;
          const count = () => {
            const shown = [...document.querySelectorAll('.plot[aria-label^="Loss by epoch"]')]
              .filter((plot) => plot.checkVisibility());
            window.mostLossCharts = Math.max(window.mostLossCharts, shown.length);
          };
          new MutationObserver(count).observe(document.body, { childList: true, subtree: true });
        }"""
    )
    tab.button("Train").click()
    expect(tab.box("Finished after 150 epochs")).to_be_visible()
    for _ in range(2):
        tab.button("Train").click()
        tab.button("Train again").click()
        expect(tab.box("Finished after 150 epochs")).to_be_visible()
    assert tab.page.evaluate("window.mostLossCharts") == 1


def test_a_run_in_progress_starts_no_transition(tab: Any) -> None:
    tab.open("/lab", **LINK)
    tab.page.evaluate(
        """() => {
          window.begun = [];
          document.addEventListener("transitionrun", ({ target, propertyName }) => {
            if (target.closest(".st-key-scene-running")) begun.push(propertyName);
          }, true);
        }"""
    )
    tab.train()
    tab.until_updates(tab.loss, 4)
    assert tab.page.evaluate("window.begun") == []


def test_stop_ends_the_run_and_keeps_a_forecast(tab: Any) -> None:
    tab.open("/lab", **LINK)
    tab.train()
    expect(tab.button("Train")).to_be_disabled()
    tab.until_updates(tab.forecast, 2)
    tab.button("Stop").click()
    expect(tab.box(re.compile(r"Stopped after [\d,]+ epochs?"))).to_be_visible()
    expect(tab.page.locator(".js-plotly-plot").first).to_be_visible()
    expect(tab.button("Stop")).to_be_disabled()
    expect(tab.button("Continue")).to_be_enabled()


def test_continue_starts_where_the_run_ended(tab: Any) -> None:
    tab.open("/lab", **QUICK)
    tab.button("Train").click()
    expect(tab.box("Finished after 20 epochs")).to_be_visible()
    tab.set("Epochs", 10)
    expect(tab.page).to_have_url(re.compile("epochs=10"))
    tab.button("Continue").click()
    expect(tab.box("Finished after 30 epochs")).to_be_visible()
    expect(tab.loss).to_have_attribute("data-points", "30")


def test_a_changed_option_marks_the_result_but_keeps_it(tab: Any) -> None:
    tab.open("/lab", **QUICK)
    tab.button("Train").click()
    finished = tab.box("Finished after 20 epochs")
    expect(finished).to_be_visible()
    tab.set("Window", 12)
    expect(tab.box("made with other settings (Window: 10 → 12)")).to_be_visible()
    expect(finished).to_be_visible()
    expect(tab.page.locator(".js-plotly-plot").first).to_be_visible()
    tab.set("Window", 10)
    expect(tab.box("made with other settings")).to_have_count(0)


def test_the_slider_shows_every_epoch(tab: Any) -> None:
    tab.open("/lab", **QUICK)
    tab.button("Train").click()
    expect(tab.box("Finished after 20 epochs")).to_be_visible()
    thumb = tab.page.get_by_role("slider", name="After epoch")
    thumb.focus()
    tab.page.keyboard.press("Home")
    expect(tab.page.get_by_text("The untrained network.")).to_be_visible()
    tab.page.keyboard.press("ArrowRight")
    expect(thumb).to_have_attribute("aria-valuetext", "1")
    tab.page.keyboard.press("ArrowRight")
    expect(thumb).to_have_attribute("aria-valuetext", "2")
    expect(tab.around(tab.forecast).locator("p")).to_contain_text("Training loss")


def test_a_run_continues_while_another_page_is_open(tab: Any) -> None:
    tab.open("/lab", **LINK)
    tab.train()
    before = tab.until_points(tab.loss, 20)
    tab.page.get_by_role("link", name="Home", exact=True).click()
    expect(tab.button("Open the Lab")).to_be_visible()
    tab.page.get_by_role("link", name="Lab", exact=True).click()
    expect(tab.button("Stop")).to_be_enabled()
    assert tab.until_points(tab.loss, before) >= before
    expect(tab.field("Epochs")).to_have_value("10000")


def test_another_user_does_not_see_a_run(tab: Any, new_tab: Any, server: Any) -> None:
    tab.open("/lab", **LINK)
    tab.train()
    other = new_tab(server)
    other.open("/lab", **QUICK)
    expect(other.button("Stop")).to_be_disabled()
    other.button("Train").click()
    expect(other.box("Finished after 20 epochs")).to_be_visible()
    expect(tab.button("Stop")).to_be_enabled()
