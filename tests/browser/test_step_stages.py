"""One step in slow motion: its stages, the keyboard, the wire that one can cut, and the page."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from playwright.sync_api import expect

from gru_core.experiment.experiment import Experiment
from gru_core.forecast.problem import Problem
from pages.ui.learn import step
from pages.ui.messages import messages
from tests.browser._step import SMALL, drawn, mounted, opened, press
from tests.browser.test_access import DESKTOP, assert_accessible
from tests.browser.test_gru_js import random_weights

PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}
STAGES = ["r", "z", "n", "h", "y", "feedback"]
FRAME = 16  # milliseconds


def at_stage(drawing: Any, stage: str, at: int) -> None:
    expect(drawing).to_have_attribute("data-stage", stage)
    expect(drawing).to_have_attribute("data-at", str(at))
    expect(drawing.get_by_role("radio", checked=True)).to_have_attribute("data-stage", stage)


def test_the_stages_come_in_the_order_of_the_computation(new_tab: Any, server: Any) -> None:
    drawing = drawn(new_tab(server, reduced_motion="reduce"))
    captions = set()
    for stage in STAGES:
        at_stage(drawing, stage, 0)
        captions.add(drawing.locator(".caption").inner_text())
        press(drawing, "Next")
    assert len(captions) == len(STAGES)
    at_stage(drawing, "r", 1)  # the next time step
    for stage in reversed(STAGES):
        press(drawing, "Back")
        at_stage(drawing, stage, 0)
    press(drawing, "Back")
    at_stage(drawing, "h", -1)  # an earlier step has no output


def test_the_stages_play_by_themselves_with_pauses(new_tab: Any, server: Any) -> None:
    tab = new_tab(server, shared=False)
    tab.page.clock.install(time=0)
    tab.open("/healthz")
    tab.page.clock.pause_at(3_600_000)
    experiment = Experiment(**SMALL)
    drawing = mounted(tab, experiment, random_weights(experiment))
    tab.page.clock.run_for(320)
    expect(drawing).to_have_attribute("data-moved", "1")  # the first stage plays without a click
    press(drawing, "Play")
    for stage in STAGES[1:]:
        at_stage(drawing, stage, 0)
        expect(drawing).to_have_attribute("data-moving", "true")
        tab.page.clock.run_for(300 + FRAME)
        expect(drawing).to_have_attribute("data-moving", "false")
        tab.page.clock.run_for(1250 - 2 * FRAME)  # the motion may have ended some frames earlier
        at_stage(drawing, stage, 0)
        for _ in range(10):
            if drawing.get_attribute("data-moving") == "false":
                tab.page.clock.run_for(FRAME)
    press(drawing, "Pause")
    tab.page.clock.run_for(5000)
    at_stage(drawing, "r", 1)


def test_one_click_makes_a_number_move(new_tab: Any, server: Any) -> None:
    drawing = opened(new_tab(server))
    expect(drawing).to_have_attribute("data-moved", "1")
    expect(drawing).to_have_attribute("data-playing", "false")


def test_with_reduced_motion_nothing_moves(new_tab: Any, server: Any) -> None:
    tab = new_tab(server, reduced_motion="reduce")
    drawing = drawn(tab)
    moved = drawing.evaluate_handle(
        """(root) => {
          const moved = [];
          const look = { subtree: true, childList: true, attributes: true };
          const moves = ({ target }) =>
            root.dataset.moving === "true" || target.querySelector?.(".mover");
          new MutationObserver((changes) => moved.push(...changes.filter(moves)))
            .observe(root, look);
          return moved;
        }"""
    )
    press(drawing, "Next", len(STAGES))
    at_stage(drawing, "r", 1)
    expect(drawing.get_by_role("button", name="Play", exact=True)).to_have_count(0)
    assert moved.evaluate("(moved) => moved.length") == 0
    assert drawing.get_attribute("data-moved") is None
    assert drawing.evaluate("(root) => root.getAnimations({ subtree: true }).length") == 0


# --- the keyboard


def test_the_keys_step_choose_and_play(new_tab: Any, server: Any) -> None:
    tab = new_tab(server)
    drawing = drawn(tab)
    tab.page.evaluate(
        "() => { window.keys = []; document.addEventListener('keydown', (e) => keys.push(e.key)); }"
    )
    keyboard = tab.page.keyboard
    drawing.get_by_role("radio", checked=True).focus()
    for key, stage in [("ArrowRight", "z"), ("End", "feedback"), ("ArrowLeft", "y"), ("Home", "r")]:
        keyboard.press(key)
        at_stage(drawing, stage, 0)
        expect(drawing.get_by_role("radio", checked=True)).to_be_focused()
    keyboard.press("Space")
    expect(drawing).to_have_attribute("data-playing", "true")
    keyboard.press("Space")
    expect(drawing).to_have_attribute("data-playing", "false")
    drawing.get_by_role("option", selected=True).focus()
    keyboard.press("ArrowLeft")
    expect(drawing).to_have_attribute("data-at", "-1")
    expect(drawing.get_by_role("option", selected=True)).to_be_focused()
    keyboard.press("Home")
    expect(drawing).to_have_attribute("data-at", str(1 - step.pair().problem.experiment.window))
    for key in "rc":
        keyboard.press(key)
    assert tab.page.evaluate("() => window.keys") == []


def test_a_number_opens_and_closes_with_the_keyboard(new_tab: Any, server: Any) -> None:
    tab = new_tab(server, reduced_motion="reduce")
    drawing = drawn(tab)
    number = drawing.locator(".equations [data-line=n] .number").first
    number.focus()
    tab.page.keyboard.press("Enter")
    panel = drawing.get_by_role("dialog")
    expect(panel).to_be_visible()
    expect(panel.locator(".number").first).to_be_focused()
    tab.page.keyboard.press("Enter")
    expect(panel).to_have_attribute("data-kind", "weight")
    tab.page.keyboard.press("Escape")
    expect(panel).to_be_hidden()
    expect(number).to_be_focused()


def test_the_tab_key_reaches_every_part(new_tab: Any, server: Any) -> None:
    tab = new_tab(server, reduced_motion="reduce")
    drawing = drawn(tab)
    drawing.get_by_role("button", name="Back", exact=True).focus()
    reached = []
    while (drawing.evaluate("(root) => root.matches(':focus-within')")) and len(reached) < 40:
        reached.append(
            drawing.evaluate(
                "(root) => { const now = root.getRootNode().activeElement;"
                " const parts = '.options, .facts, .drawing, .line, .stages, .buttons';"
                " const cut = now.classList.contains('cut') ? ' cut' : '';"
                " return now.closest(parts).className + cut; }"
            )
        )
        tab.page.keyboard.press("Tab")
    assert len(reached) < 40
    assert set(reached) >= {"buttons", "stages", "options", "facts", "drawing", "drawing cut"}
    assert sum(name.startswith("line") for name in reached) == 5


# --- the wire


@pytest.mark.parametrize("feedback", ["window", "state"])
def test_a_cut_wire_is_the_closed_loop(new_tab: Any, server: Any, feedback: str) -> None:
    experiment = Experiment(**SMALL | {"feedback": feedback})
    problem, weights = Problem.of(experiment), random_weights(experiment)
    start, steps = step.start(problem), 6
    tab = new_tab(server, reduced_motion="reduce")
    drawing = mounted(tab, experiment, weights)
    press(drawing, "Cut")
    outputs = []
    for _ in range(steps):
        outputs.append(float(drawing.locator("[data-box=y] .number").get_attribute("data-value")))
        press(drawing, "Next time step")
    expected = problem.forecaster(weights).closed_loop(problem.context_of(start), steps)
    np.testing.assert_allclose(outputs, expected, rtol=0, atol=1e-5)
    expect(drawing.locator(".caption")).to_contain_text(str(steps))
    expect(drawing.locator("circle.dot.own")).to_have_count(steps)
    # With the wire joined again, the network reads true values.
    press(drawing, "Join")
    true = drawing.locator("[data-box=true] .number").get_attribute("data-value")
    press(drawing, "Next time step")
    expect(drawing.locator("[data-box=x] .number")).to_have_attribute("data-value", str(true))
    expect(drawing.locator("circle.dot.own")).to_have_count(steps)


def test_with_the_wire_joined_each_step_reads_a_true_value(new_tab: Any, server: Any) -> None:
    experiment = Experiment(**SMALL)
    problem, weights = Problem.of(experiment), random_weights(experiment)
    start, steps = step.start(problem), 5
    tab = new_tab(server, reduced_motion="reduce")
    drawing = mounted(tab, experiment, weights)
    outputs = []
    for _ in range(steps):
        outputs.append(float(drawing.locator("[data-box=y] .number").get_attribute("data-value")))
        press(drawing, "Next time step")
    windows = problem.context_of(np.arange(start, start + steps))
    expected = problem.forecaster(weights).one_step(windows)
    np.testing.assert_allclose(outputs, expected, rtol=0, atol=1e-5)


@pytest.mark.parametrize("feedback", ["window", "state"])
def test_the_state_is_seen_to_start_again_or_to_be_carried(
    new_tab: Any, server: Any, feedback: str
) -> None:
    experiment = Experiment(**SMALL | {"feedback": feedback})
    tab = new_tab(server, reduced_motion="reduce")
    drawing = mounted(tab, experiment, random_weights(experiment))
    expect(drawing.locator(".reading")).to_contain_text(
        messages("step")(f"labels.starts.{feedback}")
    )
    press(drawing, "Next time step", 2)
    bars = experiment.window + (2 if feedback == "state" else 0)
    expect(drawing.locator("rect.state")).to_have_count(2 * bars)
    first = 3 if feedback == "window" else 1  # the first step that the run has read
    drawing.get_by_role("option", name=f"step {first}", exact=True).click()
    old = drawing.locator("[data-box=before] .number").first
    expect(old).to_have_attribute("data-value", "0")
    drawing.get_by_role("option", name=f"step {first + 1}", exact=True).click()
    assert float(old.get_attribute("data-value")) != 0


def test_no_true_value_is_left_at_the_end_of_the_data(new_tab: Any, server: Any) -> None:
    experiment = Experiment(points=60, hidden_size=2, window=5, forecast_start="end")
    tab = new_tab(server, reduced_motion="reduce")
    drawing = mounted(tab, experiment, random_weights(experiment))
    on = drawing.get_by_role("button", name="Next time step", exact=True)
    press(drawing, "Next time step", step.LEAST)
    expect(on).to_be_disabled()
    expect(drawing.locator(".caption")).to_contain_text("no next value")
    expect(drawing.get_by_role("button", name="Next", exact=True)).to_be_disabled()
    press(drawing, "Cut")
    expect(on).to_be_enabled()


# --- the page


def test_the_guess_is_about_the_step_that_is_shown(new_tab: Any, server: Any) -> None:
    tab = new_tab(server, reduced_motion="reduce")
    drawing = opened(tab)
    numbers = step.guessed()
    assert numbers["z"] > 0.7
    assert abs(numbers["after"] - numbers["old"]) < 0.5 * abs(numbers["after"] - numbers["new"])
    for name, box in {"z": "z", "old": "before", "new": "n", "after": "h"}.items():
        shown = drawing.locator(f"[data-box={box}] .number").first.get_attribute("data-value")
        assert abs(float(shown) - numbers[name]) < 1e-6
    tab.button("Show the explanation").click()
    expect(tab.page.get_by_text(messages("step")("predict.replies.old"))).to_be_visible()


def test_looking_and_stepping_send_the_server_nothing(new_tab: Any, server: Any) -> None:
    tab = new_tab(server, reduced_motion="reduce")
    sent: list[Any] = []
    tab.page.on(
        "websocket", lambda socket: socket.on("framesent", lambda frame: sent.append(frame))
    )
    drawing = opened(tab)
    before = len(sent)
    assert before > 0
    for symbol in drawing.locator(".symbol").all()[:6]:
        symbol.hover()
    press(drawing, "Cut")
    press(drawing, "Next time step", 3)
    drawing.locator(".number:enabled").first.click()
    tab.page.keyboard.press("Escape")
    drawing.get_by_role("option").first.click()
    expect(drawing).to_have_attribute("data-stage", "r")
    assert len(sent) == before


def test_a_run_of_ones_own_can_be_looked_at(tab: Any) -> None:
    tab.open("/lab", points=120, hidden_size=12, layers=2, members=2, epochs=2, window=6)
    tab.train()
    expect(tab.button("Train")).to_be_enabled()
    tab.page.get_by_role("link", name="Learn").first.click()
    tab.page.get_by_text(messages("step")("title"), exact=True).click()
    tab.page.get_by_text(messages("step")("predict.choices.old")).click()
    drawing = tab.page.locator(".gru-step")
    expect(drawing.locator(".stepper:visible")).to_have_count(0)
    tab.page.get_by_text(messages("step")("network.own")).click()
    expect(drawing).to_contain_text("Units 1 and 2 of 12")
    expect(drawing).to_have_attribute("data-layer", "1")  # only the last layer has an output
    expect(drawing.locator("[data-box=x] .number")).to_have_count(2)
    press(drawing, "Layer below")
    expect(drawing).to_have_attribute("data-layer", "0")
    press(drawing, "Layer above")
    first = drawing.locator("[data-box=y] .number").get_attribute("data-value")
    press(drawing, "Network after")
    expect(drawing).to_have_attribute("data-layer", "1")
    assert drawing.locator("[data-box=y] .number").get_attribute("data-value") != first


@pytest.mark.parametrize("options", [{}, PHONE], ids=["desktop", "phone"])
def test_all_fits_and_every_target_is_large_enough(new_tab: Any, server: Any, options: Any) -> None:
    tab = new_tab(server, **options)
    drawing = opened(tab)
    assert tab.overflow() <= 0
    small = drawing.evaluate(
        "(root) => [...root.querySelectorAll('button:enabled')]"
        ".filter((one) => one.checkVisibility())"
        ".map((one) => [one.outerHTML, one.getBoundingClientRect()])"
        ".filter(([, box]) => box.width < 23.9 || box.height < 23.9).map(([html]) => html)"
    )
    assert small == []


def test_the_screen_is_accessible(tab: Any) -> None:
    tab.page.set_viewport_size(DESKTOP)
    drawing = opened(tab)
    assert_accessible(tab)
    drawing.locator("[data-box=n] .number").first.click()
    expect(drawing.get_by_role("dialog")).to_be_visible()
    assert_accessible(tab)
