"""The screen "Memory and gradients": Jacobians held to PyTorch, memories held to Python."""

from __future__ import annotations

import itertools
import re
from typing import Any

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from playwright.sync_api import expect

from gru_core.experiment.experiment import Experiment
from gru_core.forecast.events import Weights
from gru_core.forecast.problem import Problem
from gru_core.forecast.trace import trace
from gru_core.shipped.networks import network
from pages.ui.inside.memory import inputs_of
from pages.ui.messages import messages
from pages.ui.network import described
from tests.browser._mount import component_of, mounted
from tests.browser.test_access import assert_accessible
from tests.browser.test_gru_js import random_weights

Array = NDArray[np.float64]
CELLS = ("gru", "gru-textbook", "lstm", "rnn")
PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}
texts = messages("memory")


def compute(tab: Any, code: str, *given: Any) -> Any:
    """Run `code`, a function body, with the modules `gru`, `jacobian` and `memory` at hand."""
    tab.open("/healthz")
    wrapped = (
        "async (given) => { const [gru, jacobian, memory] = await Promise.all("
        "['shared/gru', 'shared/jacobian', 'memory/numbers']"
        ".map((name) => import(`/assets/${name}.js`)));"
        f" return ((given) => {{ {code} }})(given) }}"
    )
    return tab.page.evaluate(wrapped, list(given))


def given_network(cell: str, layers: int = 1, hidden: int = 5) -> tuple[Any, Weights]:
    experiment = Experiment(points=120, cell=cell, hidden_size=hidden, window=8, layers=layers)
    weights = random_weights(experiment)
    return described(Problem.of(experiment), weights), weights


def torch_step(cell: str, weights: Weights, layer: int) -> Any:
    """One step (x, state) -> state of the first member in double precision. An LSTM's is h, c."""
    wi, wh, bi, bh = (
        torch.tensor(weights[f"rnn.{name}_l{layer}"][0], dtype=torch.float64)
        for name in ("weight_ih", "weight_hh", "bias_ih", "bias_hh")
    )
    H = wh.shape[1]
    if cell == "gru-textbook":

        def textbook(x: torch.Tensor, h: torch.Tensor) -> torch.Tensor:
            r, z = torch.sigmoid((wi @ x + bi + wh @ h + bh)[: 2 * H]).chunk(2)
            n = torch.tanh(wi[2 * H :] @ x + bi[2 * H :] + wh[2 * H :] @ (r * h) + bh[2 * H :])
            return (1 - z) * h + z * n

        return textbook
    kind = {"gru": torch.nn.GRUCell, "lstm": torch.nn.LSTMCell, "rnn": torch.nn.RNNCell}[cell]
    oracle = kind(wi.shape[1], H).double()
    names = ("weight_ih", "weight_hh", "bias_ih", "bias_hh")
    oracle.load_state_dict(dict(zip(names, (wi, wh, bi, bh), strict=True)))

    def step(x: torch.Tensor, state: torch.Tensor) -> torch.Tensor:
        if cell == "lstm":
            return torch.cat(oracle(x, (state[:H], state[H:])))
        made: torch.Tensor = oracle(x, state)
        return made

    return step


STEP = """
  const network = new gru.Network(given[0]);
  const layer = network.layers[1];
  const split = (state) => ({ h: Float64Array.from(state.slice(0, 5)),
    ...(network.name === "lstm" && { c: Float64Array.from(state.slice(5)) }) });
  const after = (x, state) => network.cell.step(x, split(state), layer);
  const flat = (step) => network.cell.parts.flatMap((part) => Array.from(step[part]));
"""


@pytest.mark.parametrize("cell", CELLS)
def test_the_jacobian_of_one_step_equals_that_of_pytorch(
    new_tab: Any, server: Any, cell: str
) -> None:
    network_, weights = given_network(cell, layers=2)
    random = np.random.default_rng(5)
    state, x = random.uniform(-1, 1, 10 if cell == "lstm" else 5), random.normal(size=5)
    code = STEP + (
        "const made = jacobian.jacobianOf(network.name, layer, split(given[1]),"
        " after(given[2], given[1]));"
        "return [made.state, made.input].map(({ values, columns }) =>"
        " [Array.from(values), columns])"
    )
    made = compute(new_tab(server), code, network_, state.tolist(), x.tolist())
    step = torch_step(cell, weights, 1)
    expected = torch.autograd.functional.jacobian(
        lambda s, x: step(x, s), (torch.tensor(state), torch.tensor(x))
    )
    for (values, columns), oracle in zip(made, expected, strict=True):
        ours = np.reshape(values, (-1, columns))
        np.testing.assert_allclose(ours, oracle.numpy(), rtol=1e-5, atol=1e-10)


@pytest.mark.parametrize("cell", CELLS)
def test_the_jacobian_of_one_step_equals_finite_differences(
    new_tab: Any, server: Any, cell: str
) -> None:
    network_, _ = given_network(cell, layers=2)
    random = np.random.default_rng(6)
    size = 10 if cell == "lstm" else 5
    state, x = random.uniform(-1, 1, size), random.normal(size=5)
    code = STEP + (
        "const { state } = jacobian.jacobianOf(network.name, layer, split(given[1]),"
        " after(given[2], given[1]));"
        "const columns = given[1].map((_, k) => { const [up, down] = [1e-6, -1e-6].map((by) =>"
        " flat(after(given[2], given[1].with(k, given[1][k] + by))));"
        " return up.map((value, row) => (value - down[row]) / 2e-6) });"
        "return [Array.from(state.values), columns]"
    )
    values, columns = compute(new_tab(server), code, network_, state.tolist(), x.tolist())
    np.testing.assert_allclose(
        np.reshape(values, (size, size)), np.transpose(columns), rtol=1e-5, atol=1e-8
    )


@pytest.mark.parametrize(("cell", "layers"), [*itertools.product(CELLS, [1]), ("gru", 2)])
def test_the_gradients_equal_those_of_autograd(
    new_tab: Any, server: Any, cell: str, layers: int
) -> None:
    network_, weights = given_network(cell, layers=layers)
    run = np.random.default_rng(7).normal(size=12)
    code = "return memory.gradientsOf(new gru.Network(given[0]), given[1])"
    ours = compute(new_tab(server), code, network_, run.tolist())
    traced = trace(cell, weights, run)
    below = torch.tensor(traced[-2]["h"][:, 0] if layers == 2 else run[:, None])
    step = torch_step(cell, weights, layers - 1)
    H, parts = 5, ("h", "c") if cell == "lstm" else ("h",)
    states = np.concatenate([traced[-1][part][:, 0] for part in parts], axis=-1)  # (T, parts · H)
    shown = slice(H, 2 * H) if cell == "lstm" else slice(0, H)
    last = traced[-1]
    gate = {"gru": "z", "gru-textbook": "z", "lstm": "f", "rnn": ""}[cell]
    for k in range(1, len(run)):

        def later(state: torch.Tensor, k: int = k) -> torch.Tensor:
            for x in below[len(run) - k :]:
                state = step(x, state)
            return state

        start = torch.tensor(states[len(run) - 1 - k])
        whole = torch.autograd.functional.jacobian(later, start).numpy()[shown, shown]
        norm = np.linalg.norm(whole) / np.sqrt(H)
        assert ours["whole"][k] == pytest.approx(norm, rel=1e-5)
        if not gate:
            assert ours["direct"] is None
            continue
        kept = last[gate][len(run) - k :, 0]
        direct = np.prod(1 - kept if cell == "gru-textbook" else kept, axis=0)
        expected = np.sqrt(np.mean(direct**2))
        assert ours["direct"][k] == pytest.approx(expected, rel=1e-5)
        rest = np.linalg.norm(whole - np.diag(direct)) / np.sqrt(H)
        assert ours["rest"][k] == pytest.approx(rest, rel=1e-5, abs=1e-12)


@pytest.mark.parametrize("name", ["gru-after", "lstm-after", "rnn-after", "pair"])
def test_the_memories_are_those_of_the_numpy_cells(new_tab: Any, server: Any, name: str) -> None:
    experiment, weights = network(name)
    problem = Problem.of(experiment)
    inputs = inputs_of(problem)
    code = (
        "const n = new gru.Network(given[0]);"
        "return [memory.unitMemories(given[0], given[1]),"
        " memory.runsOf(n, given[1], 60, 8)]"
    )
    units, runs = compute(new_tab(server), code, described(problem, weights), inputs.tolist())
    state = experiment.feedback == "state"
    bump_at = experiment.window - 1 if state else experiment.window // 8
    values = np.array(runs)
    assert values.shape == (8, experiment.window + (60 if state else 0))
    bumped = values.copy()
    bumped[:, bump_at] += 1e-4
    part = "c" if experiment.cell == "lstm" else "h"
    before, after = (trace(experiment.cell, weights, each)[-1] for each in (values, bumped))
    change = (after[part] - before[part])[bump_at:, 0]  # (steps, runs, hidden)
    responses = np.sqrt((change**2).mean(axis=1))
    gate = {"gru": "z", "lstm": "f", "rnn": ""}[experiment.cell]
    for unit in units:
        response = responses[:, unit["unit"]]
        peak = int(response.argmax())
        last = int(np.flatnonzero(response >= response[peak] / np.e)[-1])
        assert unit["open"] == (last == len(response) - 1)
        if unit["open"]:
            assert unit["measured"] == last - peak
        else:
            assert last - peak <= unit["measured"] <= last - peak + 1
        if gate:
            mean = before[gate][..., unit["unit"]].mean()
            assert unit["gate"] == pytest.approx(-1 / np.log(mean), rel=1e-6)
            far = unit["measured"] > 2 * unit["gate"] or (
                not unit["open"] and unit["measured"] < unit["gate"] / 2
            )
            assert unit["apart"] == far
        else:
            assert unit["gate"] is None


def test_a_response_that_fades_evenly_has_the_memory_of_its_gate(new_tab: Any, server: Any) -> None:
    z = 0.8
    even = [0.1, *(z**k for k in range(20))]
    code = "return given.map((response) => memory.fall(response))"
    fallen, open_ = compute(new_tab(server), code, even, [1.0, 0.9, 0.8])
    assert fallen["measured"] == pytest.approx(-1 / np.log(z))
    assert not fallen["open"]
    assert open_ == {"measured": 2, "open": True}


# --- the screen


def screen(tab: Any) -> Any:
    return tab.page.locator(".gru-memory")


def opened(tab: Any, guess: str = "little") -> Any:
    tab.open("/inside", inside="memory")
    tab.page.get_by_text(texts(f"predict.choices.{guess}"), exact=True).click()
    expect(screen(tab).locator("tbody tr")).to_have_count(3)
    return screen(tab)


def back(tab: Any) -> Any:
    return tab.page.get_by_role("slider", name=texts("labels.back_name"))


def row(drawing: Any, name: str) -> list[float]:
    cells = drawing.locator("tbody tr", has_text=name).locator("td").all_inner_texts()
    written = [cell.replace("−", "-").replace(",", "") for cell in cells]
    return [float(cell) for cell in written if cell != texts("labels.nothing")]


def test_a_trained_gru_keeps_more_than_before_but_still_little(tab: Any) -> None:
    drawing = opened(tab)
    expect(drawing.locator(".panels figure")).to_have_count(3)
    back(tab).fill("30")
    before, after, direct, rest = row(drawing, "GRU")
    assert 100 * before < after < 0.01  # what the reply to the guess says
    assert after < max(direct, rest)
    for other in ("LSTM", "RNN"):
        assert row(drawing, other)[1] < after
    expect(drawing.locator(".meaning")).to_contain_text("GRU: the direct path alone would leave")
    expect(drawing.locator(".explained")).to_be_hidden()
    tab.button("Show the explanation").click()
    expect(drawing.locator(".explained")).to_contain_text("is left in the GRU after 30 steps")
    expect(tab.page.get_by_text(texts("predict.replies.little"), exact=True)).to_be_visible()


def test_sliders_and_choices_work_by_keyboard_and_send_the_server_nothing(
    new_tab: Any, server: Any
) -> None:
    tab = new_tab(server)
    sent: list[Any] = []
    tab.page.on(
        "websocket", lambda socket: socket.on("framesent", lambda frame: sent.append(frame))
    )
    drawing = opened(tab)
    before = len(sent)
    assert before > 0
    back(tab).focus()
    tab.page.keyboard.press("ArrowRight")
    expect(drawing).to_have_attribute("data-back", "11")
    unit = tab.page.get_by_role("slider", name=texts("labels.unit_name"), exact=True)
    first = drawing.locator(".reading").inner_text()
    unit.focus()
    tab.page.keyboard.press("ArrowLeft")
    assert drawing.locator(".reading").inner_text() != first
    drawing.get_by_role("radio", name="RNN").check()
    expect(drawing.locator(".facts")).to_have_text(texts("labels.no_gate"))
    drawing.get_by_role("radio", name="LSTM").check()
    expect(drawing.locator(".facts")).to_contain_text(re.compile(r"\d+ of 12 units"))
    drawn = drawing.locator(".units .link.apart").count()
    assert drawing.locator(".facts").inner_text().count(f"in {drawn} of 12") == 1
    assert len(sent) == before


def test_the_screen_fits_on_a_phone(new_tab: Any, server: Any) -> None:
    tab = new_tab(server, **PHONE)
    opened(tab)
    assert tab.overflow() <= 0


def test_the_screen_is_accessible(tab: Any) -> None:
    tab.page.set_viewport_size({"width": 1280, "height": 800})
    opened(tab)
    assert_accessible(tab)


def test_the_ticks_of_all_axes_are_round(tab: Any) -> None:
    drawing = mounted(tab, component_of("inside", "memory"))
    expect(drawing.locator("tbody tr")).to_have_count(3)
    for panel in drawing.locator(".panels figure").all():
        assert panel.locator(".step").all_text_contents() == ["0", "10", "20", "30"]
        powers = set(panel.locator("tspan").all_text_contents())
        assert powers
        assert powers <= {"1", *(f"−{k}" for k in range(1, 9))}
    for name in ("GRU", "LSTM", "RNN"):
        drawing.get_by_role("radio", name=name).check()
        ticks = drawing.locator(".units .tick").all_text_contents()
        assert (
            {"1", "3"} <= set(ticks) <= {"0.1", "0.3", "1", "3", "10", "30", "100", "300", "1,000"}
        )
