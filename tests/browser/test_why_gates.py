"""Learn, "Why gates": the guess, the answers against the NumPy cells, and the measured errors."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from playwright.sync_api import expect

from gru_core.forecast.cells import CELLS as STEPS
from gru_core.forecast.cells import layers_of
from gru_core.shipped.echo import CELLS, DELAYS, echo_networks
from pages.ui.learn.why_gates import NEVER, START, fails_from
from pages.ui.messages import messages
from tests.browser._mount import component_of, mounted
from tests.browser.test_access import assert_accessible

Array = NDArray[np.float64]
PHONE = {"viewport": {"width": 390, "height": 844}}
SCREEN = messages("why_gates")
NAMES = [*map(str, DELAYS), SCREEN("predict.never")]


def group(tab: Any, cell: str) -> Any:
    """The choices of the guess for this cell."""
    return tab.page.get_by_role("radiogroup", name=SCREEN(f"predict.{cell}"))


def guess(tab: Any, **guesses: int) -> None:
    """Guess for each cell: a position in `DELAYS`, or NEVER."""
    for cell, at in guesses.items():
        group(tab, cell).get_by_text(NAMES[at], exact=True).click()


def opened(tab: Any) -> Any:
    tab.open("/learn", learn="why_gates")
    expect(group(tab, "gru")).to_be_visible()
    return tab


def drawn(tab: Any) -> Any:
    """The drawing alone, after a guess."""
    guesses = {"guess-why_gates-rnn": 3, "guess-why_gates-gru": NEVER}
    mounted(tab, component_of("learn", "why_gates", **guesses))
    expect(answer(tab, "gru")).to_be_visible()
    return tab


@pytest.fixture
def gates(new_tab: Any, server: Any) -> Any:
    """A tab with the drawing alone."""
    return drawn(new_tab(server))


def root(tab: Any) -> Any:
    return tab.page.locator(".gru-gates")


def answer(tab: Any, name: str) -> Any:
    """The answer of a cell, or the `first` value."""
    return root(tab).locator(f"dd[data-name={name}]")


def value(tab: Any, name: str) -> float:
    return float(answer(tab, name).locator("[data-value]").get_attribute("data-value"))


def row(tab: Any) -> Array:
    """The values in the picture that the networks read."""
    bars = root(tab).locator(".row rect:is(.first, .value)")
    return np.array(bars.evaluate_all("(all) => all.map((bar) => Number(bar.dataset.value))"))


def by_numpy(cell: str, values: Array) -> float:
    """What the shipped network says after `values`, in double precision."""
    weights = echo_networks()[cell, len(values) - 1].weights  # type: ignore[index]
    parts, step = STEPS[cell]
    [layer] = layers_of(weights)
    readout = weights["linear.weight"].ravel().astype(float)
    state = np.zeros((parts, 1, 1, len(readout)))
    for x in values:
        state = step(np.full((1, 1, 1), x), state, layer)
    return float(state[0, 0, 0] @ readout + float(weights["linear.bias"].item()))


def slide(tab: Any, at: int) -> None:
    root(tab).get_by_role("slider").fill(str(at))
    expect(root(tab).get_by_role("slider")).to_have_attribute("aria-valuetext", f"d = {DELAYS[at]}")


def test_nothing_is_shown_before_both_guesses(new_tab: Any, server: Any) -> None:
    tab = opened(new_tab(server))
    guess(tab, rnn=2)
    expect(group(tab, "rnn").get_by_role("radio", name="3")).to_be_checked()
    expect(root(tab)).to_have_count(0)
    expect(tab.page.get_by_text(messages("screen")("first"))).to_be_visible()
    guess(tab, gru=4)
    expect(answer(tab, "rnn")).to_be_visible()


def test_the_answers_equal_those_of_the_numpy_cells(gates: Any) -> None:
    for at, delay in enumerate(DELAYS):
        slide(gates, at)
        values = row(gates)
        assert values.shape == (delay + 1,)
        assert value(gates, "first") == values[0]
        for cell in CELLS:
            assert value(gates, cell) == pytest.approx(by_numpy(cell, values), abs=1e-6)
            bar = root(gates).locator(f".row rect.{cell}")
            assert float(bar.get_attribute("data-value")) == value(gates, cell)
            assert answer(gates, cell).inner_text() == f"{value(gates, cell):.2f}".replace("-", "−")


def test_a_longer_row_begins_like_a_shorter_one_until_there_is_a_new_row(gates: Any) -> None:
    short = row(gates)
    slide(gates, len(DELAYS) - 1)
    assert row(gates)[: len(short)].tolist() == short.tolist()
    gates.button(SCREEN("labels.again")).click()
    assert row(gates)[0] != short[0]
    assert np.abs(row(gates)).max() <= 1


def test_the_chart_shows_the_measured_errors_and_the_guess(gates: Any) -> None:
    for cell in CELLS:
        points = root(gates).locator(f".errors .{cell}[data-error]")
        shown = points.evaluate_all("(all) => all.map((one) => Number(one.dataset.error))")
        assert shown == [echo_networks()[cell, delay].error for delay in DELAYS]
        heights = np.array([one.bounding_box()["y"] for one in points.all()])
        slope, base = np.polyfit(shown, heights, 1)
        assert slope < -50  # pixels: a larger error stands higher
        np.testing.assert_allclose(heights, base + slope * np.array(shown), atol=0.2)
    flags = root(gates).locator(".errors [data-guess]")
    expect(flags).to_have_count(1)  # the other guess is "never"
    expect(flags).to_have_attribute("data-guess", "rnn")
    legend = root(gates).locator(".legend")
    expect(legend).to_contain_text("Your guess: 5")
    expect(legend).to_contain_text("Your guess: never")


@pytest.mark.parametrize("right", ["both", "rnn", "gru", "neither"])
def test_the_explanation_says_what_was_right_in_the_guess(
    new_tab: Any, server: Any, right: str
) -> None:
    tab = opened(new_tab(server))
    truth = {cell: fails_from(cell) for cell in CELLS}
    guess(tab, **{cell: at if right in (cell, "both") else at - 1 for cell, at in truth.items()})
    tab.button(messages("screen")("show")).click()
    numbers = {cell: DELAYS[at] for cell, at in truth.items()}
    expect(tab.page.get_by_text(SCREEN(f"predict.replies.{right}", **numbers))).to_be_visible()
    expect(tab.page.get_by_text(SCREEN("takeaway"))).to_be_visible()
    tab.page.get_by_role("radio", name="0.0723").click(force=True)
    expect(tab.page.get_by_text("So the RNN forgets")).to_be_visible()


def test_the_slider_and_new_rows_send_the_server_nothing(new_tab: Any, server: Any) -> None:
    tab = new_tab(server)
    sent: list[Any] = []
    tab.page.on("websocket", lambda ws: ws.on("framesent", lambda frame: sent.append(frame)))
    opened(tab)
    guess(tab, rnn=1, gru=2)
    expect(answer(tab, "gru")).to_be_visible()
    for cell in CELLS:
        assert value(tab, cell) == pytest.approx(by_numpy(cell, row(tab)), abs=1e-6)
    expect(root(tab).locator(".legend")).to_contain_text(f"Your guess: {DELAYS[2]}")
    before = len(sent)
    assert before
    slider = root(tab).get_by_role("slider")
    box = slider.bounding_box()
    tab.page.mouse.move(box["x"] + 5, box["y"] + box["height"] / 2)
    tab.page.mouse.down()
    tab.page.mouse.move(box["x"] + box["width"] - 5, box["y"] + box["height"] / 2, steps=12)
    tab.page.mouse.up()
    expect(slider).to_have_attribute("aria-valuetext", f"d = {DELAYS[-1]}")
    tab.button(SCREEN("labels.again")).click()
    root(tab).locator(".errors").hover()
    assert len(sent) == before


def test_the_keyboard_alone_is_enough(new_tab: Any, server: Any) -> None:
    tab = opened(new_tab(server))
    keyboard = tab.page.keyboard
    group(tab, "rnn").get_by_role("radio").first.focus()
    keyboard.press("Space")
    expect(group(tab, "rnn").get_by_role("radio", name="1", exact=True)).to_be_checked()
    keyboard.press("Tab")
    keyboard.press("Space")
    expect(answer(tab, "gru")).to_be_visible()
    keyboard.press("Tab")
    keyboard.press("Enter")
    expect(answer(tab, "rnn").get_by_role("button")).to_be_focused()
    expect(root(tab).locator(".origin [data-bias]")).to_be_visible()
    keyboard.press("Tab")
    keyboard.press("Tab")
    expect(tab.button(SCREEN("labels.again"))).to_be_focused()
    first = value(tab, "first")
    keyboard.press("Enter")
    assert value(tab, "first") != first
    keyboard.press("Tab")
    slider = root(tab).get_by_role("slider")
    expect(slider).to_be_focused()
    for key, at in (("ArrowRight", START + 1), ("End", len(DELAYS) - 1), ("Home", 0)):
        keyboard.press(key)
        expect(slider).to_have_attribute("aria-valuetext", f"d = {DELAYS[at]}")
    keyboard.press("Tab")
    expect(tab.button(messages("screen")("show"))).to_be_focused()
    keyboard.press("Enter")
    expect(tab.page.get_by_text(SCREEN("takeaway"))).to_be_visible()


def test_with_reduced_motion_nothing_moves(new_tab: Any, server: Any) -> None:
    tab = drawn(new_tab(server, reduced_motion="reduce"))
    slide(tab, 6)
    tab.button(SCREEN("labels.again")).click()
    moving = "(root) => root.getAnimations({ subtree: true }).length"
    assert root(tab).evaluate(moving) == 0


def test_a_phone_shows_everything_without_scrolling_sideways(new_tab: Any, server: Any) -> None:
    tab = opened(new_tab(server, **PHONE))
    guess(tab, rnn=1, gru=2)
    expect(answer(tab, "gru")).to_be_visible()
    slide(tab, len(DELAYS) - 1)
    assert tab.overflow() <= 0
    picture = root(tab).locator(".row").bounding_box()
    for bar in root(tab).locator(".row rect").all():
        box = bar.bounding_box()
        assert picture["x"] <= box["x"]
        assert box["x"] + box["width"] <= picture["x"] + picture["width"]
    last = root(tab).locator(".row .value").last.bounding_box()
    assert last["x"] + last["width"] < root(tab).locator(".row .rnn").bounding_box()["x"]


def test_the_screen_is_accessible(new_tab: Any, server: Any) -> None:
    tab = opened(new_tab(server))
    guess(tab, rnn=3, gru=NEVER)
    expect(answer(tab, "gru")).to_be_visible()
    tab.button(messages("screen")("show")).click()
    expect(tab.page.get_by_text(SCREEN("takeaway"))).to_be_visible()
    assert_accessible(tab)


def test_an_answer_opens_as_the_sum_that_gives_it(gates: Any) -> None:
    origin = root(gates).locator(".origin")
    expect(origin).to_be_hidden()
    for cell in CELLS:
        slide(gates, START)
        answer(gates, cell).get_by_role("button").click()
        for at in (START, 5):  # an opened answer stays open for another row
            slide(gates, at)
            factors = origin.locator("[data-factor]").evaluate_all(
                "(all) => all.map((one) => Number(one.dataset.factor))"
            )
            bias = float(origin.locator("[data-bias]").get_attribute("data-bias"))
            products = np.array(factors).reshape(-1, 2).prod(axis=1)
            assert bias + products.sum() == pytest.approx(value(gates, cell), abs=1e-6)
            weights = echo_networks()[cell, DELAYS[at]].weights["linear.weight"].ravel()
            np.testing.assert_allclose(factors[::2], weights, rtol=1e-6)
    answer(gates, cell).get_by_role("button").click()
    expect(origin).to_be_hidden()
