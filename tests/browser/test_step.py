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
from gru_core.forecast.problem import Problem
from pages.ui import browser_files
from pages.ui.learn import step
from pages.ui.messages import messages
from pages.ui.subject import Subject
from tests.browser.test_gru_js import random_weights

PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}
SMALL = {"points": 120, "hidden_size": 2, "window": 5, "horizon": 20}
STAGES = ["r", "z", "n", "h", "y", "feedback"]

# --- a network of any kind, mounted without Streamlit

MOUNT = """async ([html, css, data]) => {
  document.body.innerHTML = html;
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(css);
  document.adoptedStyleSheets = [sheet];
  const { draw } = await import("/assets/step.js");
  window.show = (data) => draw({ parentElement: document.body, data });
  window.show(data);
}"""


def data_of(experiment: Experiment, weights: Weights) -> dict[str, Any]:
    """What Python sends to the component for a network."""
    subject = Subject(Problem.of(experiment), weights)
    words = messages("step").group("labels")
    return {"network": subject.network, "values": step.values(subject), "unit": "", "words": words}


def mounted(tab: Any, experiment: Experiment, weights: Weights) -> Any:
    """The drawing of a network, on an empty page."""
    tab.open("/healthz")
    files = [browser_files.read(name) for name in ("step.html", "step.css")]
    tab.page.evaluate(MOUNT, [*files, data_of(experiment, weights)])
    return tab.page.locator(".gru-step")


def opened(tab: Any) -> Any:
    """The screen after a guess."""
    tab.open("/learn", learn="step")
    tab.page.get_by_text(messages("step")("predict.choices.old")).click()
    drawing = tab.page.locator(".gru-step")
    expect(drawing).to_have_attribute("data-moving", "false")
    return drawing


def press(drawing: Any, name: str, times: int = 1) -> None:
    for _ in range(times):
        drawing.get_by_role("button", name=name, exact=True).click()


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
        "all at once": {
            "cell": "lstm",
            "layers": 2,
            "members": 2,
            "normalization": "window",
            "difference": 3,
            "linear_path": True,
            "feedback": "state",
            "window": 3,
        },
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
      down(panel.querySelectorAll("ul .number")[k]);
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


def test_every_number_on_the_page_is_explained(new_tab: Any, server: Any) -> None:
    tab = new_tab(server, reduced_motion="reduce")
    drawing = opened(tab)
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
    drawing = opened(tab)
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
    drawing = opened(tab)
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
        tab.page.evaluate("(data) => window.show(data)", data_of(experiment, disturbed))
        press(drawing, "Cut")
        after = drawing.evaluate(READ)
        assert after.keys() == before.keys()
        changed = {name for name in before if before[name] != after[name]}
        assert changed == downstream(start, wires, set(before))


# --- the stages

FRAME = 16  # milliseconds


def at_stage(drawing: Any, stage: str, at: int) -> None:
    expect(drawing).to_have_attribute("data-stage", stage)
    expect(drawing).to_have_attribute("data-at", str(at))
    expect(drawing.get_by_role("radio", checked=True)).to_have_attribute("data-stage", stage)


def test_the_stages_come_in_the_order_of_the_computation(new_tab: Any, server: Any) -> None:
    drawing = opened(new_tab(server, reduced_motion="reduce"))
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
    tab = new_tab(server)
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
        while drawing.get_attribute("data-moving") == "false":
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
    drawing = opened(tab)
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
    drawing = opened(tab)
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
    drawing = opened(tab)
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
    drawing = opened(tab)
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
    tab.page.get_by_text(messages("step")("predict.choices.old")).click()
    drawing = tab.page.locator(".gru-step")
    expect(drawing.locator(".stepper:visible")).to_have_count(0)
    tab.page.get_by_text(messages("step")("network.own")).click()
    expect(drawing).to_contain_text("Units 1 and 2 of 12")
    press(drawing, "Layer above")
    expect(drawing).to_have_attribute("data-layer", "1")
    expect(drawing.locator("[data-box=x] .number")).to_have_count(2)
    first = drawing.locator("[data-box=y] .number").get_attribute("data-value")
    press(drawing, "Network after")
    press(drawing, "Layer above")
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
