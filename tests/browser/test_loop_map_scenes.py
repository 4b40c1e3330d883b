"""The screen "The loop as a map": what its drawing and its sentences say of different networks."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import pytest
from playwright.sync_api import expect

from gru_core.experiment.experiment import Experiment
from gru_core.forecast.problem import Problem
from pages.ui.messages import messages
from pages.ui.network import described
from tests.browser.test_loop_map import (
    PAIR,
    PAIRS,
    compute,
    drawn,
    long_run,
    pair,
    screen,
    texts,
)

PERIOD = 2 * np.pi / (100 / 599)  # of the data of both pairs, in steps


def two_units(*own: float, **options: Any) -> tuple[Problem, dict[str, Any]]:
    """A plain RNN without an effect of the input: unit k becomes tanh(own[k] times itself)."""
    weights = {
        "rnn.weight_ih_l0": np.zeros((1, 2, 1)),
        "rnn.weight_hh_l0": np.diag(own)[None],
        "rnn.bias_ih_l0": np.zeros((1, 2)),
        "rnn.bias_hh_l0": np.zeros((1, 2)),
        "linear.weight": np.ones((1, 1, 2)),
        "linear.bias": np.zeros((1, 1)),
    }
    experiment = Experiment(
        points=120, cell="rnn", hidden_size=2, feedback="state", window=4, **options
    )
    problem = Problem.of(experiment)
    return problem, {
        "network": described(problem, weights),
        "context": [-1.0, 1.0, -1.0, 1.0],
        "period": 4.0,
        "range": [-1.0, 1.0],
        "start": [0.2, 0.4],
    }


@pytest.mark.parametrize(("difference", "said"), [(None, "dies"), (1, "dies_changes")])
def test_a_point_that_is_reached_slowly_is_one_end(
    new_tab: Any, server: Any, difference: int | None, said: str
) -> None:
    """After thousands of steps, the loop is still more than 0.01 away from (0, 0)."""
    problem, given = two_units(0.9998, 0.5, difference=difference)
    code = (
        "const scene = sceneOf(given[0], given[1]);"
        "return [scene.ends.length, scene.explanation(), scene.facts()]"
    )
    labels = texts.group("labels")
    count, explanation, facts = compute(new_tab(server), code, given, labels)
    assert count == 1
    assert explanation == labels[said]
    assert not any("different ends" in fact for fact in facts)
    [output] = [re.findall(r"stays at (\S+)\.", fact)[0] for fact in facts if "stays at" in fact]
    assert float(said_of(output)) == pytest.approx(problem.normalization.undo(0.0), abs=0.01)


def test_with_several_ends_the_explanation_is_about_the_end_of_this_start(
    new_tab: Any, server: Any
) -> None:
    """h1 is pulled to −0.995 or 0.995. h2 changes its sign at each step."""
    problem, given = two_units(3.0, -1.5)
    code = (
        "const scene = sceneOf(given[0], given[1]);"
        "const said = () => [scene.explanation(), scene.facts().at(-1)];"
        "return [scene.ends.length, said(), (scene.setStart([-0.5, 0.3]), said())]"
    )
    labels = texts.group("labels")
    count, *said = compute(new_tab(server), code, given, labels)
    assert count == 2
    for (explanation, reached), sign in zip(said, (1, -1), strict=True):
        assert labels["from_here"].replace("{count}", "2") in explanation
        assert "One round takes 2 steps, but one cycle of the data takes 4." in explanation
        h1, h2 = 0.9949, 0.8586  # the solutions of h = tanh(3 h) and h = tanh(1.5 h)
        undo = problem.normalization.undo
        low, high = undo(np.array([sign * h1 - h2, sign * h1 + h2]))
        written = [
            float(text) for text in re.findall(r"from (\S+) to (\S+), and", said_of(explanation))[0]
        ]
        np.testing.assert_allclose(written, [low, high], atol=0.01)
        assert "has reached its end" in reached


def said_of(text: str) -> str:
    """A text of the screen with the minus sign of computers."""
    return text.replace("−", "-")


def test_the_other_network_has_another_rhythm_and_another_swing(tab: Any) -> None:
    """Its sentences say what the NumPy cell does."""
    drawing = drawn(tab, explained=True)
    expect(drawing.locator(".explained")).to_contain_text("keeps the rhythm")
    drawing.get_by_text(texts("networks.pair-one-step"), exact=True).click()
    expect(drawing.locator(".explained")).to_contain_text("runs ahead")
    ours, _ = pair("pair-one-step")
    outputs, [turn] = long_run(ours, np.zeros((1, 2)))
    undo = Problem.of(PAIR.experiment).normalization.undo
    low, high = undo(np.array([outputs.min(), outputs.max()]))
    said = said_of(drawing.locator(".explained").inner_text())
    numbers = {
        r"One round takes ([\d.]+) steps": (turn, 0.01),
        r"one cycle of the data takes ([\d.]+\d)": (PERIOD, 0.01),
        r"ahead by ([\d.]+)° per cycle": (360 * (PERIOD / turn - 1), 0.6),
        r"swings from (\S+) to": (low, 0.002),
        r"swings from \S+ to ([\d.]+),": (high, 0.002),
    }
    for pattern, (expected, by) in numbers.items():
        [found] = re.findall(pattern, said)
        assert float(found) == pytest.approx(expected, abs=by), pattern
    assert "the data from -1 to 1." in said


def test_the_dashed_lines_are_cycles_of_the_data_and_only_one_network_keeps_to_them(
    tab: Any,
) -> None:
    drawing = drawn(tab)
    away = {}
    for name in PAIRS:
        drawing.get_by_text(texts(f"networks.{name}"), exact=True).click()
        lines = drawing.locator(".output .beat")
        at = lines.evaluate_all("(all) => all.map((one) => Number(one.getAttribute('x1')))")
        curve = drawing.locator(".output .curve").get_attribute("d").removeprefix("M")
        xs, ys = np.array([point.split() for point in curve.split("L")], dtype=float).T
        step = (xs[-1] - xs[0]) / (len(xs) - 1)
        np.testing.assert_allclose(np.diff(at) / step, PERIOD, rtol=1e-3)
        tops = xs[1:-1][(ys[1:-1] <= ys[:-2]) & (ys[1:-1] < ys[2:])]  # y points down
        away[name] = [float((tops[np.abs(tops - x).argmin()] - x) / step) for x in at]
    assert len(away["pair"]) >= 4
    assert np.abs(away["pair"]).max() < 1
    assert abs(away["pair-one-step"][0]) < 1
    assert away["pair-one-step"][-1] < -3  # the peak comes more than 3 steps early


def assert_round(written: list[str]) -> None:
    """Ticks are multiples of 1, 2 or 5 times a power of ten, one after another."""
    ticks = np.array([float(said_of(text).replace(",", "")) for text in written])
    assert len(ticks) >= 2
    steps = np.abs(np.diff(ticks))
    np.testing.assert_allclose(steps, steps[0], rtol=1e-6)
    digits = f"{steps[0]:.6e}".split("e")[0].rstrip("0")
    assert digits in {"1.", "2.", "5."}
    np.testing.assert_allclose(ticks / steps[0], np.round(ticks / steps[0]), atol=1e-6)


def test_the_ticks_of_all_axes_are_round(tab: Any) -> None:
    drawing = drawn(tab)
    for name in PAIRS:
        drawing.get_by_text(texts(f"networks.{name}"), exact=True).click()
        assert drawing.locator(".output .level").all_text_contents() == [
            "−1",
            "−0.5",
            "0",
            "0.5",
            "1",
        ]
        assert_round(drawing.locator(".output .time").all_text_contents())
        inside = drawing.locator(".map text").all_text_contents()
        assert set(inside) == {"−1", "0", "1", *texts.group("labels.axes").values()}


@pytest.mark.parametrize("hidden", [2, 8])
def test_the_own_network_is_a_map_or_a_plane(tab: Any, hidden: int) -> None:
    options = {"points": 120, "hidden_size": hidden, "epochs": 5, "feedback": "state"}
    tab.open("/lab", **options)
    tab.button("Train").click()
    expect(tab.box("Finished after 5 epochs")).to_be_visible()
    tab.page.get_by_role("link", name="Inside", exact=True).click()
    tab.page.get_by_text(messages("loop_map")("title"), exact=True).first.click()
    tab.page.get_by_text(texts("predict.choices.curve"), exact=True).click()
    drawing = screen(tab)
    expect(drawing.locator(".facts")).to_contain_text("one round takes 37.6")
    drawing.get_by_text(texts("networks.own")).click()
    if hidden == 2:
        expect(drawing.locator(".about")).to_contain_text("this map is exact")
        expect(drawing.locator(".handle")).to_be_visible()
    else:
        expect(drawing.locator(".about")).to_contain_text("as an approximation")
        expect(drawing.locator(".facts")).to_contain_text("% of the variance")
        expect(drawing.locator(".handle")).to_be_hidden()
        expect(drawing.locator(".map .curve")).to_have_count(2)
    for axis in ("level", "time"):
        assert_round(drawing.locator(f".output .{axis}").all_text_contents())
