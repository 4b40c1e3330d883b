"""Accessibility: axe, headings, contrast, the keyboard, and what a screen reader reads aloud.

Each page is checked in four looks without a reload: light and dark, on a desktop and a phone.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator
from itertools import pairwise
from typing import Any

import pytest
from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import expect

from gru_core.experiment.gallery import GALLERY
from tests.long_run import LINK, LONG_SEARCH
from tests.quick_run import QUICK
from tests.waiting import PATIENCE

DESKTOP, PHONE = {"width": 1280, "height": 800}, {"width": 390, "height": 844}
BACKGROUNDS = {"light": "rgb(255, 255, 255)", "dark": "rgb(16, 23, 26)"}

# The faults that axe finds, and whether anything has begun to fade meanwhile.
AXE = """async () => {
  let faded = false;
  const note = ({ propertyName }) => { faded ||= propertyName === "opacity"; };
  document.addEventListener("transitionstart", note);
  const { violations } = await axe.run(document, { resultTypes: ["violations"] });
  document.removeEventListener("transitionstart", note);
  const faults = violations.filter(({ impact }) => ["serious", "critical"].includes(impact))
    .flatMap(({ id, nodes }) => nodes.map((node) =>
      [id, node.html.slice(0, 120), node.failureSummary.split("\\n").at(-1).trim()].join(" | ")));
  return [faults, faded];
}"""

# Whether all is drawn as it stays: no element waits, half faded, for its new contents, and no
# colour changes. A spinner never rests, and a progress bar only moves.
RESTS = """() => {
  const recolours = ({ effect, playState }) => playState === "running"
    && effect.getTiming().iterations < Infinity
    && effect.getKeyframes().some((frame) => /opacity|color|fill/i.test(Object.keys(frame).join()));
  return !document.querySelector("[data-stale=true]") && !document.getAnimations().some(recolours);
}"""

# The levels of the visible headings, in their order.
HEADINGS = """(root) => [...root.querySelectorAll("h1, h2, h3, h4, h5, h6")]
  .filter((heading) => heading.checkVisibility()).map((heading) => Number(heading.tagName[1]))"""

# The labels in charts whose contrast to the page is less than 4.5. axe does not check text in a
# picture.
FAINT_LABELS = """() => {
  const numbers = (color) => color.match(/[\\d.]+/g).map(Number);
  const light = (rgb) => rgb.map((c) => c / 255)
    .map((c) => (c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4))
    .reduce((sum, c, i) => sum + c * [0.2126, 0.7152, 0.0722][i], 0);
  const page = light(numbers(getComputedStyle(document.querySelector("[data-testid=stApp]"))
    .backgroundColor).slice(0, 3));
  return [...document.querySelectorAll(".js-plotly-plot text")]
    .filter((text) => text.textContent && text.checkVisibility({ opacityProperty: true }))
    .map((text) => [text.textContent, light(numbers(getComputedStyle(text).fill).slice(0, 3))])
    .map(([words, own]) => [words, (Math.max(own, page) + 0.05) / (Math.min(own, page) + 0.05)])
    .filter(([, contrast]) => contrast < 4.5)
    .map(([words, contrast]) => `${words}: ${contrast.toFixed(2)}`);
}"""

# Whether the focused element, or a box around it, looks different without the focus.
LOOKS = """async () => {
  const element = document.activeElement;
  const looks = () => {
    const seen = [];
    for (let box = element, i = 0; box && i < 4; box = box.parentElement, i++) {
      const { outline, boxShadow, borderColor, backgroundColor } = getComputedStyle(box);
      seen.push(outline, boxShadow, borderColor, backgroundColor);
    }
    return seen.join();
  };
  const settled = async () => {
    for (let i = 0; i < 2; i++) await new Promise(requestAnimationFrame);
    for (const one of document.getAnimations()) {
      if (one.effect.getTiming().iterations < Infinity) one.finish();
    }
  };
  await settled();
  const focused = looks();
  element.blur();
  await settled();
  const blurred = looks();
  element.focus({ preventScroll: true });
  const name = element.ariaLabel || element.innerText || element.id || element.tagName;
  return [name.trim().replaceAll("\\n", " ").slice(-60), focused !== blurred];
}"""


def looks(tab: Any) -> Iterator[str]:
    """Show the page in each look and yield the look's name. Then go back to the first look."""
    app = tab.page.get_by_test_id("stApp")
    for name, size in (("desktop", DESKTOP), ("phone", PHONE)):
        tab.page.set_viewport_size(size)
        for scheme, background in BACKGROUNDS.items():
            tab.page.emulate_media(color_scheme=scheme)
            expect(app).to_have_css("background-color", background)
            yield f"{name}, {scheme}"
    tab.page.set_viewport_size(DESKTOP)
    tab.page.emulate_media(color_scheme="light")


def axe_faults(tab: Any) -> list[str]:
    """What axe finds when the page rests. If the page fades meanwhile, axe looks again."""
    deadline = time.monotonic() + PATIENCE
    while True:
        tab.page.wait_for_function(RESTS, timeout=PATIENCE * 1000)
        faults, faded = tab.page.evaluate(AXE)
        if not (faults and faded) or time.monotonic() > deadline:
            return list(faults)


def assert_accessible(tab: Any) -> None:
    """Check that no look has a serious fault. The headings must have one h1 and skip no level."""
    if not tab.page.evaluate("'axe' in window"):
        tab.page.evaluate(AXE_SCRIPT)
    undrawn = tab.page.locator(".gru-chart .plot:not([aria-label])")
    for look in looks(tab):
        expect(undrawn).to_have_count(0)
        assert [look, *axe_faults(tab)] == [look]
        assert [look, *tab.page.evaluate(FAINT_LABELS)] == [look]
    levels = tab.page.get_by_test_id("stMain").evaluate(HEADINGS)
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(low <= high + 1 for high, low in pairwise(levels)), levels
    sidebar = tab.page.get_by_test_id("stSidebar")
    assert set(sidebar.evaluate(HEADINGS) if sidebar.count() else []) <= {2}


def test_home_is_accessible(tab: Any) -> None:
    tab.page.set_viewport_size(DESKTOP)
    tab.open("/")
    expect(tab.button("Open the Lab")).to_be_visible()
    tab.page.wait_for_load_state("networkidle")  # before, axe sees the picture of what loads
    assert_accessible(tab)


def test_the_lab_is_accessible_before_during_and_after_a_run(tab: Any) -> None:
    tab.page.set_viewport_size(DESKTOP)
    tab.open("/lab", **QUICK, seed=1)
    expect(tab.button("Train")).to_be_enabled()
    expect(tab.page.locator(".js-plotly-plot").first).to_be_visible()
    assert_accessible(tab)

    tab.open("/lab", **LINK)
    tab.train()
    tab.until_updates(tab.forecast, 2)
    assert_accessible(tab)

    tab.button("Stop").click()
    expect(tab.box("Stopped after")).to_be_visible()
    expect(tab.page.get_by_role("heading", name="How training went")).to_be_visible()
    for look in ("Handover", "Stability", "Error by lead time", "Many starts"):
        tab.page.get_by_role("radio", name=look).click()
        expect(tab.page.get_by_role("radio", name=look)).to_be_checked()
        expect(tab.page.get_by_test_id("stSpinner")).to_have_count(0)
        assert_accessible(tab)


def test_suggested_settings_are_accessible(tab: Any) -> None:
    tab.page.set_viewport_size(DESKTOP)
    tab.open("/lab", **LONG_SEARCH)
    tab.button("Suggest settings").click()
    expect(tab.page.get_by_text(re.compile(r"[1-9]\d* trials? so far"))).to_be_visible()
    tab.button("Stop").click()
    expect(tab.page.get_by_text("Settings filled in:")).to_be_visible()
    tab.page.get_by_text("What was tried").click()
    expect(tab.page.get_by_test_id("stTable").first).to_be_visible()
    assert_accessible(tab)


def test_the_gallery_is_accessible_before_and_after_a_run(tab: Any) -> None:
    tab.page.set_viewport_size(DESKTOP)
    tab.open("/gallery")
    expect(tab.page.locator(".js-plotly-plot:visible")).to_have_count(len(GALLERY))
    assert_accessible(tab)
    title = next(iter(GALLERY))
    tab.page.locator("summary", has_text=f"({title})").press("Enter")
    tab.button(f"Run both here ({title})").press("Enter")
    expect(tab.button(f"Stop ({title})")).to_be_visible()
    expect(tab.button(f"Run both here ({title})")).to_be_enabled()
    assert_accessible(tab)


@pytest.mark.parametrize("scheme", BACKGROUNDS)
def test_the_keyboard_focus_is_visible_everywhere(
    new_tab: Callable[..., Any], server: Any, scheme: str
) -> None:
    tab = new_tab(server, color_scheme=scheme)
    tab.open("/lab", **QUICK)
    expect(tab.button("Train")).to_be_enabled()
    expect(tab.page.locator(".js-plotly-plot").first).to_be_visible()
    stops = []
    while "Share" not in (stops[-1][0] if stops else ""):
        tab.page.keyboard.press("Tab")
        stops.append(tab.page.evaluate(LOOKS))
        assert len(stops) < 150, stops
    assert len(stops) > 20
    assert [name for name, seen in stops if not seen] == []


def test_a_run_by_keyboard_keeps_the_focus_and_is_read_aloud(tab: Any) -> None:
    tab.open("/lab", **LINK | {"epochs": "2500"})  # a tenth of it does not take long
    expect(tab.button("Train")).to_be_enabled()
    tab.button("Train").focus()
    tab.page.keyboard.press("Enter")
    expect(tab.button("Stop")).to_be_focused()
    progress = tab.page.get_by_role("status").filter(has_text=re.compile(r"^Training: \d+ % done$"))
    expect(progress).to_have_count(1)
    # A screen reader would ignore a new element, so it must stay the same one.
    progress.evaluate("(element) => { element.mark = 'the same'; }")
    expect(progress).to_have_text(re.compile("[1-9]0 %"))
    assert progress.evaluate("(element) => element.mark") == "the same"
    tab.page.keyboard.press("Enter")
    expect(tab.button("Train")).to_be_focused(timeout=PATIENCE * 1000)
    expect(tab.page.get_by_role("status").filter(has_text="Stopped after")).to_be_visible()
