"""Practice in a browser: the drawing, and the way through the Lab and back."""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from playwright.sync_api import Locator, expect

from gru_core.teaching.exercises import EXERCISES
from pages.ui.messages import messages
from tests.browser.test_access import DESKTOP, assert_accessible
from tests.processes import paused

WORDS, TEXTS = messages("practice"), messages("exercises")
DONE, AGAIN = WORDS("sketch.labels.done"), WORDS("sketch.labels.again")
OPEN, CHECK = WORDS("exercises.open"), WORDS("exercises.check")
PHONE = {"viewport": {"width": 390, "height": 844}}
#: Where the forecast of the exercise starts.
START = 800
Array = NDArray[np.float64]


def cosine(step: float, late: float = 0) -> float:
    """The true value of a step from 0, or the value of a wave that is `late` steps late."""
    return math.cos((START + step - late) * 100 / 999)


def sketch(tab: Any) -> Locator:
    found: Locator = tab.page.locator(".gru-sketch")
    expect(found).to_have_attribute("data-missing", re.compile(r"\d+"))
    return found


def drawn(tab: Any) -> Array:
    """The values of all points of the drawing."""
    values = "(points) => points.map((point) => Number(point.getAttribute('aria-valuenow')))"
    return np.array(sketch(tab).locator("circle").evaluate_all(values))


def draw(tab: Any, wave: Callable[[float], float], every: int = 3) -> None:
    """Draw a wave with the mouse, from the first step to the last. It moves in a few jumps."""
    picture = sketch(tab).locator("svg")
    picture.evaluate("(svg) => svg.scrollIntoView({ block: 'center' })")
    box = picture.bounding_box()
    assert box is not None
    first, last = (
        float(picture.locator("circle").nth(k).get_attribute("cx") or 0) for k in (0, -1)
    )
    top, _, bottom = (
        float(line.get_attribute("y1") or 0) for line in picture.locator(".level").all()
    )
    steps = [*range(0, 99, every), 99]
    for number, step in enumerate(steps):
        x = first + (last - first) * step / 99
        y = (top + bottom) / 2 + (top - bottom) / 2 * wave(step)
        tab.page.mouse.move(box["x"] + x, box["y"] + y)
        if not number:
            tab.page.mouse.down()
    tab.page.mouse.up()


def count_frames(tab: Any) -> list[Any]:
    """All messages to the server from now on. Call it before the page is opened."""
    sent: list[Any] = []
    tab.page.on("websocket", lambda ws: ws.on("framesent", lambda frame: sent.append(frame)))
    return sent


def go_to(tab: Any, page: str) -> None:
    """Go to another page in the same session."""
    tab.page.get_by_role("link", name=page, exact=True).click()


def press_toggle(tab: Any, label: str) -> None:
    tab.page.get_by_text(label, exact=True).click()


# --- the drawing


def test_a_drawing_with_the_mouse_goes_through_its_points_and_sends_nothing(tab: Any) -> None:
    sent = count_frames(tab)
    tab.open("/practice")
    expect(sketch(tab)).to_have_attribute("data-missing", "21")
    expect(tab.button(DONE)).to_be_disabled()
    before = len(sent)
    draw(tab, cosine)
    expect(sketch(tab)).to_have_attribute("data-missing", "0")
    true = [cosine(step) for step in np.linspace(0, 99, 21)]
    np.testing.assert_allclose(drawn(tab), true, atol=0.08)
    assert len(sent) == before
    tab.button(DONE).click()
    expect(tab.box(WORDS("sketch.wait"))).to_be_visible()
    assert len(sent) > before
    kept = drawn(tab)
    draw(tab, lambda step: cosine(step, late=16))  # it can still be changed
    late = drawn(tab)
    assert np.abs(late - kept).max() > 0.5
    press_toggle(tab, WORDS("exercises.hint", number=1, all=3))  # another part of the page
    expect(tab.page.get_by_text(TEXTS.group("cosine")["hints"][0])).to_be_visible()
    np.testing.assert_array_equal(drawn(tab), late)


def test_one_stroke_can_move_a_single_point(tab: Any) -> None:
    tab.open("/practice")
    draw(tab, lambda step: 0.0)
    point = sketch(tab).locator("circle").nth(8)
    box = point.bounding_box()
    assert box is not None
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    tab.page.mouse.move(x, y)
    tab.page.mouse.down()
    for way in range(5, 61, 5):  # a hand is not quite steady
        tab.page.mouse.move(x + (way % 3) - 1, y - way)
    tab.page.mouse.up()
    values = drawn(tab)
    assert values[8] > 0.6
    assert np.abs(np.delete(values, 8)).max() < 0.03


def test_a_drawing_with_the_keyboard_alone(tab: Any) -> None:
    sent = count_frames(tab)
    tab.open("/practice")
    keyboard = tab.page.keyboard
    expect(sketch(tab)).to_have_attribute("data-missing", "21")
    tab.page.get_by_role("combobox", name="Exercise").focus()
    keyboard.press("Tab")
    points = sketch(tab).get_by_role("slider")
    expect(points.first).to_be_focused()
    expect(points.first).to_have_attribute("aria-valuetext", "not drawn yet")
    before = len(sent)
    for number in range(21):
        expect(points.nth(number)).to_be_focused()
        keyboard.press("ArrowUp" if number % 2 else "ArrowDown")
        keyboard.press("ArrowRight")
    expect(sketch(tab)).to_have_attribute("data-missing", "0")
    keyboard.press("Home")
    expect(points.first).to_be_focused()
    lowest = points.first
    for _ in range(30):
        keyboard.press("ArrowDown")
    expect(lowest).to_have_attribute("aria-valuenow", "-1.4")  # and not below the picture
    for letter in "rc":  # Streamlit would rerun the page, or clear its cache
        keyboard.press(letter)
    assert len(sent) == before
    assert np.ptp(drawn(tab)[1:]) > 0.1
    keyboard.press("Tab")
    expect(tab.button("Clear")).to_be_focused()
    keyboard.press("Tab")
    expect(tab.button(DONE)).to_be_focused()
    keyboard.press("Enter")
    expect(tab.box(WORDS("sketch.wait"))).to_be_visible()
    expect(tab.button(DONE)).to_be_focused()
    keyboard.press("Shift+Tab")
    keyboard.press("Enter")
    expect(sketch(tab)).to_have_attribute("data-missing", "21")


def test_the_gap_appears_after_the_run_and_one_can_draw_again(tab: Any, server: Any) -> None:
    tab.open("/practice")
    draw(tab, lambda step: 0.5 * cosine(step, late=16))
    tab.button(DONE).click()
    expect(tab.box(WORDS("sketch.wait"))).to_be_visible()
    assert sketch(tab).locator(".truth, .forecast, .gap").count() == 0
    press_toggle(tab, WORDS("exercises.solution"))
    with paused(server.workers()):  # a short run would end before one looks at it
        tab.button(WORDS("exercises.train")).click()
        expect(tab.button("Stop")).to_be_enabled()
        go_to(tab, "Practice")  # before the end of the run
        expect(tab.page.get_by_text(WORDS("exercises.running"))).to_be_visible()
        expect(tab.button(CHECK)).to_be_disabled()

    said = tab.page.get_by_text("Your wave is 16 steps too late, and its amplitude is 49 %")
    expect(said).to_be_visible()
    for line in ("past", "truth", "forecast", "drawn", "gap"):
        expect(sketch(tab).locator(f"path.{line}")).to_have_count(1)
    for name in ("truth", "drawn", "forecast"):
        expect(sketch(tab).get_by_text(WORDS(f"sketch.labels.{name}"))).to_be_visible()
    kept = drawn(tab)
    draw(tab, cosine)  # with the truth in sight, the drawing does not change
    np.testing.assert_array_equal(drawn(tab), kept)

    expect(tab.button(CHECK)).to_be_enabled()
    tab.button(CHECK).click()
    expect(tab.box("Done. The RMSE is")).to_be_visible()
    expect(tab.page.get_by_text("Solved: 1 of 8 (number 1).")).to_be_visible()
    tab.button(AGAIN).focus()
    tab.page.keyboard.press("Enter")
    expect(sketch(tab)).to_have_attribute("data-missing", "21")
    expect(said).to_have_count(0)
    draw(tab, cosine)
    tab.button(DONE).focus()
    tab.page.keyboard.press("Enter")
    expect(tab.page.get_by_text("Your drawing fits. It is off by less than 1 step")).to_be_visible()
    expect(tab.button(AGAIN)).to_be_focused()
    expect(tab.box("Done. The RMSE is")).to_be_visible()  # the verdict is still that of the run


# --- the parts and their links


def test_the_address_keeps_the_part_and_the_lab_opens_the_code(tab: Any) -> None:
    tab.open("/practice", practice="questions")
    questions = tab.page.get_by_role("heading", name=WORDS("questions.title"), exact=True)
    expect(questions).to_be_visible()
    tab.page.reload()
    expect(questions).to_be_visible()
    tab.open("/practice", practice="questions")
    tab.page.get_by_text(WORDS("exercises.title"), exact=True).click()
    expect(tab.page).to_have_url(re.compile(r"practice=exercises$"))
    tab.page.get_by_role("combobox", name="Exercise").fill("rate")
    tab.page.keyboard.press("Enter")
    expect(tab.page.get_by_role("heading", name=TEXTS("divergence.title"))).to_be_visible()
    tab.button(OPEN).click()
    expect(tab.page).to_have_url(re.compile(r"/lab\?.*schedule=constant"))
    query = dict(part.split("=") for part in tab.page.url.partition("?")[2].split("&"))
    assert query == EXERCISES["divergence"].start.to_query()
    tab.button("Train").click()
    expect(tab.button("Stop")).to_be_disabled()
    expect(tab.page.get_by_role("heading", name="How training went")).to_be_visible()
    tab.page.get_by_role("link", name="Show me the code").click()
    expect(tab.page).to_have_url(re.compile(r"practice=code$"))
    expect(tab.page.get_by_role("heading", name=WORDS("code.title"))).to_be_visible()
    tab.page.get_by_text(WORDS("exercises.title"), exact=True).click()
    expect(tab.page.get_by_role("heading", name=TEXTS("divergence.title"))).to_be_visible()
    tab.button(CHECK).click()
    expect(tab.box("At a rate of 0.03 training does not diverge")).to_be_visible()


def test_the_buttons_under_a_question_do_not_move(new_tab: Any, server: Any) -> None:
    for options in ({"viewport": DESKTOP}, PHONE):
        tab = new_tab(server, **options)
        tab.open("/practice", practice="questions")
        answers = tab.page.locator(".st-key-check-echo label", has_text=re.compile(r"^[\d.]+$"))
        expect(answers).to_have_count(3)
        reply = tab.page.locator(".st-key-reply-echo")
        expect(reply.get_by_text(WORDS("questions.choose"))).to_be_visible()
        expect(reply).not_to_have_css("min-height", "auto")  # the styles have arrived
        expect(tab.page.get_by_text(WORDS("progress.title"), exact=True)).to_be_visible()
        tab.page.evaluate("document.fonts.ready")
        before = tab.button("Next").bounding_box()
        for answer in answers.all():
            answer.click()
            expect(answer.locator("input")).to_be_checked()
            expect(reply.get_by_test_id("stAlert")).to_be_visible()
            assert tab.button("Next").bounding_box() == before


# --- for everybody


@pytest.fixture
def solved(tab: Any) -> Any:
    """The page after a run: with a gap, a verdict, all hints, and the solution."""
    tab.page.set_viewport_size(DESKTOP)
    tab.open("/practice")
    draw(tab, lambda step: cosine(step, late=16))
    tab.button(DONE).click()
    expect(tab.box(WORDS("sketch.wait"))).to_be_visible()
    press_toggle(tab, WORDS("exercises.solution"))
    tab.button(WORDS("exercises.train")).click()
    expect(tab.button("Stop")).to_be_enabled()
    go_to(tab, "Practice")
    expect(tab.button(CHECK)).to_be_enabled()
    tab.button(CHECK).click()
    expect(tab.box("Done. The RMSE is")).to_be_visible()
    for number in (1, 2, 3):
        press_toggle(tab, WORDS("exercises.hint", number=number, all=3))
        expect(tab.page.get_by_text(TEXTS.group("cosine")["hints"][number - 1])).to_be_visible()
    tab.page.get_by_text(WORDS("exercises.program")).click()
    expect(tab.page.get_by_test_id("stCode")).to_be_visible()
    tab.page.get_by_text(WORDS("progress.title"), exact=True).click()
    return tab


def assert_fits(tab: Any) -> None:
    tab.page.set_viewport_size(PHONE["viewport"])
    assert tab.overflow() == 0
    tab.page.set_viewport_size(DESKTOP)


def test_every_part_is_accessible_and_fits_on_a_phone(solved: Any) -> None:
    assert_accessible(solved)
    assert_fits(solved)
    solved.page.get_by_text(WORDS("questions.title"), exact=True).first.click()
    solved.page.locator(".st-key-check-echo label", has_text="0.664").click()
    expect(solved.box("is h after only one step")).to_be_visible()
    assert_accessible(solved)
    assert_fits(solved)
    solved.page.get_by_text(WORDS("code.title"), exact=True).first.click()
    expect(solved.page.get_by_role("heading", name=WORDS("code.title"))).to_be_visible()
    expect(solved.page.get_by_test_id("stCode")).to_be_visible()
    assert_accessible(solved)
    assert_fits(solved)


def test_a_first_visit_is_accessible(tab: Any) -> None:
    tab.page.set_viewport_size(DESKTOP)
    tab.open("/practice")
    expect(sketch(tab)).to_have_attribute("data-missing", "21")
    assert_accessible(tab)
    assert_fits(tab)
