"""One step in slow motion: every number is explained, and the drawing is the computation."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from playwright.sync_api import expect

from gru_core.experiment.experiment import Experiment
from gru_core.forecast.cells import GATES
from gru_core.forecast.events import Weights
from pages.ui.learn import step
from tests.browser._mount import show
from tests.browser._step import SMALL, data_of, drawn, mounted, press
from tests.browser.test_gru_js import MIXTURE, random_weights


def kinds() -> list[Any]:
    """Networks that differ in everything that changes how a number follows from others."""
    options: dict[str, dict[str, Any]] = {
        "gru": {},
        "gru, state": {"feedback": "state"},
        "gru-textbook": {"cell": "gru-textbook"},
        "lstm": {"cell": "lstm"},
        "rnn, state": {"cell": "rnn", "feedback": "state"},
        "many units": {"hidden_size": 7, "window": 2},
        "layers": {"layers": 2, "hidden_size": 3, "window": 3},
        "window normalization": {"normalization": "window"},
        "all at once": MIXTURE | {"window": 3},
    }
    return [pytest.param(Experiment(**SMALL | kind), id=name) for name, kind in options.items()]


# --- where a number came from

# Opens every number on the screen, and from there every number that it came from.
WALK = """(root) => {
  const panel = root.querySelector(".origin");
  const views = new Map();
  const number = (element) => Number(element.dataset.value);
  const read = (button) => ({
    shown: number(button), value: number(panel), kind: panel.dataset.kind,
    squash: panel.dataset.squash,
    rows: [...panel.querySelectorAll("li")].map((row) => ({
      sign: Number(row.dataset.sign), product: number(row.querySelector(".product")),
      factors: [...row.querySelectorAll(".number")].map(number),
    })),
  });
  const down = (button) => {
    button.click();
    const id = panel.dataset.node;
    if (id !== button.dataset.node) throw new Error(`${button.dataset.node} opened ${id}`);
    if (views.has(id)) return;
    views.set(id, read(button));
    for (let k = 0; k < panel.querySelectorAll("ul .number").length; k += 1) {
      const inner = panel.querySelectorAll("ul .number")[k];
      if (views.has(inner.dataset.node)) continue;  // it was opened before
      down(inner);
      panel.querySelector(".action").click();
    }
  };
  const buttons = [...root.querySelectorAll(".number:enabled")].filter((b) => !panel.contains(b));
  for (const button of buttons) {
    down(button);
    if (Math.abs(number(button) - number(panel)) > 0) throw new Error(button.dataset.node);
  }
  return { count: buttons.length, views: Object.fromEntries(views) };
}"""

SQUASH = {"σ": lambda a: 1 / (1 + math.exp(-a)), "tanh": math.tanh, "": lambda a: a}
LEAVES = {"weight", "bias", "input", "zero", "one"}


def assert_explained(views: dict[str, Any]) -> None:
    """Compute each number again from what its panel shows."""
    for name, view in views.items():
        assert view["shown"] == view["value"], name
        if not view["rows"]:
            assert view["kind"] in LEAVES, name
            continue
        for row in view["rows"]:
            assert abs(row["sign"] * math.prod(row["factors"]) - row["product"]) < 1e-6, name
        total = sum(row["product"] for row in view["rows"])
        assert abs(SQUASH[view["squash"]](total) - view["value"]) < 1e-6, name


@pytest.mark.parametrize("experiment", kinds())
def test_every_number_follows_from_the_numbers_in_its_panel(
    new_tab: Any, server: Any, experiment: Experiment
) -> None:
    tab = new_tab(server, reduced_motion="reduce")
    drawing = mounted(tab, experiment, random_weights(experiment))
    press(drawing, "Cut")
    press(drawing, "Next time step", 2)
    walk = drawing.evaluate(WALK)
    assert walk["count"] > 20
    assert_explained(walk["views"])
    assert {view["kind"] for view in walk["views"].values()} >= {"weight", "bias", "input", "zero"}


def test_every_number_of_the_screen_is_explained(new_tab: Any, server: Any) -> None:
    tab = new_tab(server, reduced_motion="reduce")
    drawing = drawn(tab)
    walk = drawing.evaluate(WALK)
    assert walk["count"] > 80
    assert_explained(walk["views"])


def test_a_sum_over_many_units_opens(new_tab: Any, server: Any) -> None:
    experiment = Experiment(**SMALL | {"hidden_size": 12})
    tab = new_tab(server, reduced_motion="reduce")
    drawing = mounted(tab, experiment, random_weights(experiment))
    drawing.locator("[data-box=r] .number").first.click()
    panel = drawing.get_by_role("dialog")
    expect(panel.locator("li")).to_have_count(6)  # x, two units, two biases, and the rest
    panel.locator("li", has_text="10 more").locator(".number").click()
    expect(panel.locator("li")).to_have_count(10)
    press(drawing, "Later units")
    expect(drawing).to_contain_text("Units 3 and 4 of 12")
    expect(drawing.locator("[data-box=r] .number").first).to_have_attribute(
        "data-node", "0/0/0/r.2"
    )


def test_values_are_also_given_in_the_units_of_the_data(new_tab: Any, server: Any) -> None:
    tab = new_tab(server, reduced_motion="reduce")
    drawing = drawn(tab)
    problem = step.pair().problem
    last = problem.series.values[step.start(problem) - 1]
    drawing.locator("[data-box=x] .number").click()
    expect(drawing.get_by_role("dialog")).to_contain_text(f"{last:.4g}".replace("-", "−"))


# --- counterparts

# For each symbol, number and wire, by its key: what lights when it has the focus, and when the
# pointer is over it, as keys; and in how many panes.
COUNTERPARTS = """(root) => {
  const key = (one) => one.dataset.node ?? one.dataset.symbol;
  const lit = () => {
    const all = [...root.querySelectorAll(".lit")];
    return {
      keys: [...new Set(all.map(key))],
      panes: new Set(all.map((one) => one.closest("section")?.className)).size,
    };
  };
  const buttons = [...root.querySelectorAll("section button")]
    .filter((one) => !one.disabled && (one.dataset.node || one.dataset.symbol));
  return buttons.map((one) => {
    one.focus();
    const focus = lit();
    one.blur();
    const none = lit().keys.length;
    one.dispatchEvent(new PointerEvent("pointerover", { bubbles: true }));
    const hover = lit();
    root.dispatchEvent(new PointerEvent("pointerleave"));
    return { key: key(one), number: "node" in one.dataset, focus, hover, none };
  });
}"""


@pytest.mark.parametrize("cut", [False, True])
def test_every_symbol_and_number_lights_its_counterparts_both_ways(
    new_tab: Any, server: Any, cut: bool
) -> None:
    tab = new_tab(server, reduced_motion="reduce")
    drawing = drawn(tab)
    if cut:
        press(drawing, "Cut")
    found = drawing.evaluate(COUNTERPARTS)
    assert len(found) > 100
    lights: dict[str, set[str]] = {}
    for one in found:
        assert one["focus"] == one["hover"]
        assert one["none"] == 0
        assert one["key"] in one["focus"]["keys"]
        assert one["focus"]["panes"] >= 2, one
        lights.setdefault(one["key"], set()).update(one["focus"]["keys"])
    for key, others in lights.items():
        for other in others & lights.keys():
            assert key in lights[other], f"{key} lights {other}, but not the other way round"


# --- the drawing is the computation

READ = """(root) => Object.fromEntries([...root.querySelectorAll(".drawing .box")].flatMap((box) =>
  [...box.querySelectorAll(".number:enabled")].map((one, k) =>
    [`${box.dataset.box}.${k}`, Number(one.dataset.value)])))"""
WIRES = """(root) => [...root.querySelectorAll(".drawing path.wire:not(.open)")].map((wire) =>
  [...wire.dataset.wire.split(" "), wire.dataset.symbol])"""


def downstream(start: str, wires: list[list[str]], numbers: set[str]) -> set[str]:
    """The numbers that the wires of the drawing lead to from `start`, and `start` itself.

    A wire with weights leads to every unit. Other wires lead to the same unit.
    """
    reached, new = set(), {start}
    while new:
        reached |= new
        symbols = {tuple(number.split(".")) for number in new}
        new = {
            number
            for source, to, symbol in wires
            for name, unit in symbols
            for number in numbers
            if source == name
            and number.split(".")[0] == to
            and (symbol.startswith("W_") or number.split(".")[1] == unit)
        } - reached
    return reached


def disturbances(cell: str, names: list[str], weights: Weights) -> Iterator[tuple[str, Weights]]:
    """Each number of these weights, disturbed alone, and the number that it leads into."""
    gates = {"gru": "rzn", "gru-textbook": "rzn", "lstm": "ifgo", "rnn": "h"}[cell]
    assert len(gates) == GATES[cell]
    # These gates multiply the state before, which is 0 in the first step.
    without_effect = {"gru-textbook": "r", "lstm": "f"}.get(cell)
    for name in names:
        for at in np.ndindex(weights[name].shape):
            gate, unit = divmod(at[1], 2)
            if gates[gate] == without_effect and name.startswith(("rnn.bias", "rnn.weight_ih")):
                continue
            changed = {**weights, name: weights[name].copy()}
            changed[name][at] += 0.1
            yield ("y.0" if name.startswith("linear") else f"{gates[gate]}.{unit}"), changed


# The first step has the zero state, so the weights of the state do not change it. With a window of
# 2, they change only the second step, which is the one that is shown.
@pytest.mark.parametrize("cell", list(GATES))
@pytest.mark.parametrize(
    ("window", "names"),
    [
        (1, ["rnn.weight_ih_l0", "rnn.bias_ih_l0", "rnn.bias_hh_l0"]),
        (1, ["linear.weight", "linear.bias"]),
        (2, ["rnn.weight_hh_l0"]),
    ],
    ids=["input", "output", "hidden"],
)
def test_a_disturbed_weight_changes_exactly_what_lies_downstream(
    new_tab: Any, server: Any, cell: str, window: int, names: list[str]
) -> None:
    experiment = Experiment(points=120, hidden_size=2, window=window, cell=cell)
    weights = random_weights(experiment)
    tab = new_tab(server, reduced_motion="reduce")
    drawing = mounted(tab, experiment, weights)
    press(drawing, "Cut")
    wires, before = drawing.evaluate(WIRES), drawing.evaluate(READ)
    for start, disturbed in disturbances(cell, names, weights):
        show(tab, data_of(experiment, disturbed))
        press(drawing, "Cut")
        after = drawing.evaluate(READ)
        assert after.keys() == before.keys()
        changed = {name for name in before if before[name] != after[name]}
        assert changed == downstream(start, wires, set(before))
