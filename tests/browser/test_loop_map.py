"""The screen "The loop as a map": its numbers, held to the NumPy cells, and how one uses it."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from playwright.sync_api import expect

from gru_core.experiment.experiment import Experiment
from gru_core.forecast.cells import CELLS, layers_of
from gru_core.forecast.events import Weights
from gru_core.forecast.problem import Problem
from gru_core.shipped.networks import network
from pages.ui.messages import messages
from pages.ui.network import described
from tests.browser._mount import component_of, mounted
from tests.browser.test_access import assert_accessible
from tests.browser.test_gru_js import random_weights

Array = NDArray[np.float64]
PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}
PAIRS = ("pair", "pair-one-step")
PAIR = network("pair")
texts = messages("loop_map")


class Map:
    """The closed loop of a network with two numbers of state, from the NumPy cells."""

    def __init__(self, cell: str, weights: Weights) -> None:
        self.step = CELLS[cell][1]
        (self.layer,) = layers_of(weights)
        self.readout = weights["linear.weight"][0, 0].astype(float)
        self.bias = float(weights["linear.bias"][0, 0])

    def output(self, h: Array) -> Array:
        return h @ self.readout + self.bias

    def next(self, h: Array) -> Array:
        """The next states: (..., 2) -> (..., 2)."""
        states = h.reshape(1, 1, -1, 2)
        after: Array = self.step(self.output(states)[0, ..., None], states, self.layer)
        return after.reshape(h.shape)

    def jacobian(self, h: Array, by: float = 1e-6) -> Array:
        """By central differences."""
        columns = [(self.next(h + e) - self.next(h - e)) / (2 * by) for e in by * np.eye(2)]
        return np.stack(columns, axis=-1)


def compute(tab: Any, code: str, *given: Any) -> Any:
    """Run `code`, a function body, with `LoopMap`, `stability` and `sceneOf` at hand."""
    tab.open("/healthz")
    wrapped = (
        "async (given) => { const { LoopMap, stability } ="
        " await import('/assets/loop_map/numbers.js');"
        " const { sceneOf } = await import('/assets/loop_map/scenes.js');"
        f" return ((given) => {{ {code} }})(given) }}"
    )
    return tab.page.evaluate(wrapped, list(given))


def pair(name: str = "pair") -> tuple[Map, dict[str, Any]]:
    experiment, weights = network(name)
    return Map("gru", weights), described(Problem.of(experiment), weights)


def long_run(ours: Map, starts: Array) -> tuple[Array, list[float]]:
    """The outputs (3000, N) after 1000 steps, and the steps in one round of each."""
    outputs = []
    for step in range(4000):
        if step >= 1000:
            outputs.append(ours.output(starts))
        starts = ours.next(starts)
    rounds = []
    for values in np.array(outputs).T:
        rises = np.flatnonzero((values[:-1] < 0) & (values[1:] >= 0))
        at = rises - values[rises] / (values[rises + 1] - values[rises])
        rounds.append(float((at[-1] - at[0]) / (len(at) - 1)))
    return np.array(outputs), rounds


@pytest.mark.parametrize("cell", ["gru", "gru-textbook", "rnn"])
def test_one_step_of_the_map_and_its_jacobian_equal_the_numpy_cell(
    new_tab: Any, server: Any, cell: str
) -> None:
    experiment = Experiment(points=120, cell=cell, hidden_size=2, feedback="state")
    weights = random_weights(experiment)
    ours = Map(cell, weights)
    starts = np.random.default_rng(0).uniform(-1, 1, size=(9, 2))
    code = (
        "const map = new LoopMap(given[0]); return given[1].map((h) => Float64Array.from(h))"
        ".map((h) => [Array.from(map.next(h)), map.jacobian(h), map.output(h)])"
    )
    network = described(Problem.of(experiment), weights)
    answers = compute(new_tab(server), code, network, starts.tolist())
    for start, (after, jacobian, output) in zip(starts, answers, strict=True):
        np.testing.assert_allclose(after, ours.next(start), rtol=0, atol=1e-12)
        np.testing.assert_allclose(jacobian, ours.jacobian(start), rtol=0, atol=1e-8)
        np.testing.assert_allclose(output, ours.output(start), rtol=0, atol=1e-12)


@pytest.mark.parametrize("name", PAIRS)
def test_the_fixed_point_and_its_stability_are_those_of_python(
    new_tab: Any, server: Any, name: str
) -> None:
    ours, network = pair(name)
    code = (
        "return new LoopMap(given[0]).fixedPoints().map((point) =>"
        " ({ ...point, h: Array.from(point.h) }))"
    )
    points = compute(new_tab(server), code, network)
    assert len(points) == 1
    [point] = points
    h = np.array(point["h"])
    np.testing.assert_allclose(ours.next(h), h, rtol=0, atol=1e-9)
    values = np.linalg.eigvals(ours.jacobian(h))
    assert point["factor"] == pytest.approx(np.abs(values).max(), rel=1e-6)
    assert point["turn"] == pytest.approx(2 * np.pi / np.abs(np.angle(values)).max(), rel=1e-6)
    assert point["kind"] == "out"
    assert not point["stable"]


@pytest.mark.parametrize(
    ("matrix", "kind", "factor"),
    [
        ([[0.0, -0.5], [0.5, 0.0]], "in", 0.5),
        ([[0.0, -2.0], [2.0, 0.0]], "out", 2.0),
        ([[0.5, 0.0], [0.0, -0.9]], "sink", 0.9),
        ([[0.5, 0.0], [0.0, -1.5]], "saddle", 1.5),
        ([[1.2, 0.0], [0.0, 3.0]], "source", 3.0),
    ],
)
def test_the_kinds_of_fixed_points(
    new_tab: Any, server: Any, matrix: Any, kind: str, factor: float
) -> None:
    found = compute(new_tab(server), "return stability(given[0])", matrix)
    assert found["kind"] == kind
    assert found["factor"] == pytest.approx(factor)
    assert found["stable"] == (np.abs(np.linalg.eigvals(matrix)).max() < 1)


@pytest.mark.parametrize("name", PAIRS)
def test_the_limit_cycle_is_the_long_run_of_the_numpy_cell(
    new_tab: Any, server: Any, name: str
) -> None:
    ours, network = pair(name)
    code = (
        "return new LoopMap(given[0]).attractors().map(({ round, low, high }) =>"
        " ({ round, low, high }))"
    )
    ends = compute(new_tab(server), code, network)
    assert len(ends) == 1
    outputs, rounds = long_run(ours, np.array([[0.3, -0.4], [-0.8, 0.8]]))
    for values, turn in zip(outputs.T, rounds, strict=True):  # from both starts
        assert ends[0]["low"] == pytest.approx(values.min(), abs=1e-3)
        assert ends[0]["high"] == pytest.approx(values.max(), abs=1e-3)
        assert ends[0]["round"] == pytest.approx(turn, abs=2e-3)


def test_a_loop_that_dies_ends_at_a_point(new_tab: Any, server: Any) -> None:
    weights = {name: 0.2 * values for name, values in PAIR.weights.items()}
    network = described(Problem.of(PAIR.experiment), weights)
    code = (
        "return new LoopMap(given[0]).attractors().map((end) =>"
        " [Array.from(end.point.h), end.point.stable])"
    )
    [[point, stable]] = compute(new_tab(server), code, network)
    assert stable
    np.testing.assert_allclose(Map("gru", weights).next(np.array(point)), point, atol=1e-9)


# --- the screen


def opened(tab: Any, guess: str = "curve") -> Any:
    """The drawing, after a guess."""
    tab.open("/inside", inside="loop_map")
    tab.page.get_by_text(texts(f"predict.choices.{guess}"), exact=True).click()
    expect(screen(tab).locator(".facts li").first).to_be_visible()
    return screen(tab)


def drawn(tab: Any, *, explained: bool = False) -> Any:
    """The drawing alone, after a guess."""
    mounted(tab, component_of("inside", "loop_map", explained=explained))
    expect(screen(tab).locator(".facts li").first).to_be_visible()
    return screen(tab)


def screen(tab: Any) -> Any:
    return tab.page.locator(".gru-loop-map")


def frames_pass(tab: Any, count: int = 20) -> None:
    tab.page.evaluate(
        "(left) => new Promise((done) => {"
        " const next = () => (left-- ? requestAnimationFrame(next) : done()); next(); })",
        count,
    )


def test_the_guess_comes_before_the_drawing(tab: Any) -> None:
    tab.open("/inside", inside="loop_map")
    expect(tab.page.get_by_text(texts("predict.ask"))).to_be_visible()
    assert screen(tab).count() == 0
    opened(tab)


def test_the_path_on_screen_is_the_path_of_the_numpy_cell(tab: Any) -> None:
    drawing = drawn(tab)
    ours, _ = pair()
    normalization = Problem.of(PAIR.experiment).normalization
    h = np.zeros(2)
    for _ in range(7):
        tab.button(texts("labels.step")).click()
        h = ours.next(h)
    expect(drawing).to_have_attribute("data-step", "7")
    text = drawing.locator(".reading").inner_text().replace("−", "-")
    h1, h2, output = (float(number) for number in re.findall(r"(?:= |is )(-?[\d.]+\d)", text))
    np.testing.assert_allclose([h1, h2], h, rtol=0, atol=0.006)
    assert output == pytest.approx(normalization.undo(ours.output(h)), abs=0.005)


def test_drag_keys_and_play_send_the_server_nothing(new_tab: Any, server: Any) -> None:
    tab = new_tab(server)
    sent: list[Any] = []
    tab.page.on(
        "websocket", lambda socket: socket.on("framesent", lambda frame: sent.append(frame))
    )
    drawing = opened(tab)
    handle = drawing.locator(".handle")
    first = handle.get_attribute("aria-label")
    tab.page.evaluate("document.fonts.ready")
    frames_pass(tab)
    before = len(sent)
    assert before > 0
    box = drawing.locator(".map").bounding_box()
    tab.page.mouse.move(box["x"] + 0.3 * box["width"], box["y"] + 0.3 * box["height"])
    tab.page.mouse.down()
    tab.page.mouse.move(box["x"] + 0.4 * box["width"], box["y"] + 0.35 * box["height"], steps=5)
    tab.page.mouse.up()
    dragged = handle.get_attribute("aria-label")
    assert dragged != first
    expect(handle).to_be_focused()
    tab.page.keyboard.press("ArrowUp")
    assert handle.get_attribute("aria-label") != dragged
    tab.button(texts("labels.play")).click()
    tab.until(drawing, "step", 3)
    tab.button(texts("labels.pause")).click()
    expect(drawing).to_have_attribute("data-playing", "false")
    reached = drawing.get_attribute("data-step")
    frames_pass(tab)
    assert drawing.get_attribute("data-step") == reached
    assert len(sent) == before


def test_the_keyboard_moves_the_start_and_stays_in_the_square(tab: Any) -> None:
    drawing = drawn(tab)
    handle = drawing.locator(".handle")
    handle.focus()
    for _ in range(3):
        tab.page.keyboard.press("ArrowRight")
    for _ in range(2):
        tab.page.keyboard.press("ArrowDown")
    tab.page.keyboard.press("Shift+ArrowLeft")
    expect(handle).to_have_attribute("aria-label", re.compile(r"h1 = 0\.14, h2 = −0\.1\."))
    for _ in range(30):
        tab.page.keyboard.press("ArrowUp")
    expect(handle).to_have_attribute("aria-label", re.compile(r"h2 = 0\.99"))


def test_a_touch_moves_the_start(new_tab: Any, server: Any) -> None:
    tab = new_tab(server, **PHONE)
    drawing = opened(tab)
    handle = drawing.locator(".handle")
    first = handle.get_attribute("aria-label")
    box = drawing.locator(".map").bounding_box()
    drawing.locator(".map").tap(position={"x": 0.8 * box["width"], "y": 0.2 * box["height"]})
    assert handle.get_attribute("aria-label") != first
    assert tab.overflow() <= 0


def test_with_reduced_motion_nothing_moves_until_a_step(new_tab: Any, server: Any) -> None:
    tab = new_tab(server, reduced_motion="reduce")
    drawing = drawn(tab)
    before = drawing.inner_html()
    frames_pass(tab)
    assert drawing.inner_html() == before
    tab.button(texts("labels.step")).click()
    expect(drawing).to_have_attribute("data-step", "1")
    tab.button(texts("labels.whole")).click()  # the whole path at once
    expect(drawing).to_have_attribute("data-playing", "false")
    assert int(drawing.get_attribute("data-step")) > 100


def test_the_explanation_uses_the_numbers_of_the_drawing(tab: Any) -> None:
    drawing = opened(tab)
    expect(drawing.locator(".explained")).to_be_hidden()
    tab.button("Show the explanation").click()
    expect(drawing.locator(".explained")).to_contain_text("One round takes 37.6")
    expect(tab.page.get_by_text(texts("takeaway"))).to_be_visible()


def test_the_screen_is_accessible(tab: Any) -> None:
    tab.page.set_viewport_size({"width": 1280, "height": 800})
    opened(tab)
    assert_accessible(tab)
