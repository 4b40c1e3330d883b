"""Learn, "GRU, LSTM, RNN": the equations, and one click that trains all three."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import expect

from pages.ui.messages import messages
from tests.waiting import wait_until

texts = messages("cells")


@pytest.fixture
def screen(tab: Any) -> Any:
    tab.open("/learn", learn="cells")
    guess = texts("predict.choices.equal")
    tab.page.get_by_role("radio", name=guess, exact=True).click(force=True)
    expect(tab.page.locator(".gru-cells button").first).to_be_visible()
    return tab


def test_every_equation_says_what_it_decides(screen: Any) -> None:
    decides = texts.group("labels.decides")
    buttons = screen.page.locator(".gru-cells button")
    assert buttons.count() == len(decides)
    says = screen.page.locator(".gru-cells .decides")
    for button in buttons.all():
        button.focus()
        name = f"{button.get_attribute('data-cell')}-{button.get_attribute('data-line')}"
        expect(says).to_have_text(decides[name])


def test_equations_with_the_same_job_light_up_together(screen: Any) -> None:
    def lines(kind: str) -> set[str]:
        found = screen.page.locator(f".gru-cells button.{kind}")
        code = "(all) => all.map(({ dataset: d }) => `${d.cell}-${d.line}`)"
        return set(found.evaluate_all(code))

    screen.page.locator(".gru-cells [data-cell=gru][data-line=z]").hover()
    assert lines("chosen") == {"gru-z"}
    assert lines("shared") == {"lstm-f", "lstm-i"}
    screen.page.locator(".gru-cells [data-cell=lstm][data-line=f]").hover()
    assert lines("chosen") == {"lstm-f"}
    assert lines("shared") == {"gru-z"}


def test_one_click_by_keyboard_trains_all_three(screen: Any) -> None:
    screen.button(texts("runs.start")).press("Enter")
    expect(screen.button(texts("runs.stop"))).to_be_focused()
    expect(screen.page.get_by_test_id("stTable")).to_be_visible()
    for cell in ("gru", "lstm", "rnn"):
        name = texts(f"labels.{cell}")
        expect(screen.line(screen.chart("Training loss by epoch"), name)).to_be_visible()
    expect(screen.button(texts("runs.again", seed=1))).to_be_focused()
    screen.page.set_viewport_size({"width": 390, "height": 844})
    wait_until(lambda: screen.overflow() <= 0, "a page that fits")  # a chart resizes with a delay
