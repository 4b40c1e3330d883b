"""Learn, "Which equation?": the numbers on the screen against PyTorch's and the textbook's."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from playwright.sync_api import expect

from pages.ui.learn.which_equation import UNITS, cases, weights
from pages.ui.messages import messages
from tests.browser._mount import component_of, mounted

Array = NDArray[np.float64]
SYMBOLS = ("r", "z", "n", "h")
SWITCHES = ("flip", "open", "move-r", "move-n")


@pytest.fixture
def which(new_tab: Any, server: Any) -> Any:
    """A tab with the drawing alone."""
    tab = new_tab(server)
    drawing = mounted(tab, component_of("learn", "which_equation"))
    expect(drawing.locator(".value")).to_have_count(4 * 2 * UNITS)
    return tab


def numbers(tab: Any, form: str) -> dict[str, Array]:
    """The numbers of a form, by symbol, each (UNITS,)."""
    section = tab.page.locator(f'.gru-which [data-form="{form}"]')
    shown = section.evaluate(
        "(section) => [...section.querySelectorAll('.value')]"
        ".map(({ dataset }) => [dataset.symbol, Number(dataset.value)])"
    )
    return {
        symbol: np.array([value for name, value in shown if name == symbol]) for symbol in SYMBOLS
    }


def turn(tab: Any, *switches: str, on: bool = True) -> None:
    for name in switches:
        tab.page.locator(f".gru-which [name={name}]").set_checked(on)


def arrays() -> list[Array]:
    """The input's matrix, the state's matrix and their two biases, each with 3 blocks of rows."""
    parts = ("weight_ih", "weight_hh", "bias_ih", "bias_hh")
    return [weights()[f"rnn.{part}_l0"][0].astype(float) for part in parts]


def torch_step(x: float, before: Any) -> Array:
    cell = torch.nn.GRUCell(1, UNITS).double()
    with torch.no_grad():
        for name, array in zip(
            ("weight_ih", "weight_hh", "bias_ih", "bias_hh"), arrays(), strict=True
        ):
            getattr(cell, name).copy_(torch.from_numpy(array))
        given = torch.tensor([[x]]).double(), torch.tensor([before]).double()
        after: Array = cell(*given)[0].numpy()
    return after


def torch_sequence(x: float, before: Any) -> Array:
    """The same step by `nn.GRU`."""
    layer = torch.nn.GRU(1, UNITS).double()
    with torch.no_grad():
        for parameter, array in zip(layer.parameters(), arrays(), strict=True):
            parameter.copy_(torch.from_numpy(array))
        given = torch.tensor([[[x]]]).double(), torch.tensor([[before]]).double()
        after: Array = layer(*given)[0][0, 0].numpy()
    return after


def sigmoid(a: Array) -> Array:
    return 1 / (1 + np.exp(-a))


def textbook_step(x: float, before: Any) -> dict[str, Array]:
    """One step as the book writes it: h̃ = tanh(W x + b + U (r ∘ h) + c)."""
    W, U, b, c = (np.split(array, 3) for array in arrays())
    h, value = np.array(before), np.array([x])
    r, z = (sigmoid(W[k] @ value + b[k] + U[k] @ h + c[k]) for k in (0, 1))
    n = np.tanh(W[2] @ value + b[2] + U[2] @ (r * h) + c[2])
    return {"r": r, "z": z, "n": n, "h": (1 - z) * h + z * n}


def test_the_numbers_equal_pytorch_and_the_textbook(which: Any) -> None:
    expect(which.page.locator(".gru-which .badge")).to_have_text(
        f"✓ {messages('which_equation')('labels.badge')}"
    )
    for x, before in cases():
        ours = numbers(which, "gru")["h"]
        np.testing.assert_allclose(ours, torch_step(x, before), rtol=0, atol=1e-6)
        np.testing.assert_allclose(ours, torch_sequence(x, before), rtol=0, atol=1e-6)
        book = numbers(which, "gru-textbook")
        for symbol, value in textbook_step(x, before).items():
            np.testing.assert_allclose(book[symbol], value, rtol=0, atol=1e-6)
        which.button(messages("which_equation")("labels.other")).click()


def test_exactly_the_numbers_that_differ_are_marked(which: Any) -> None:
    def check(expected: set[str]) -> None:
        one, other = numbers(which, "gru"), numbers(which, "gru-textbook")
        differ = {s for s in SYMBOLS if not np.allclose(one[s], other[s], rtol=0, atol=1e-9)}
        assert differ == expected
        marked = which.page.locator(".gru-which .value.differs").evaluate_all(
            "(all) => all.map(({ dataset }) => dataset.symbol)"
        )
        assert set(marked) == expected

    check({"n", "h"})
    turn(which, "open")
    check({"h"})
    turn(which, "flip")
    check({"z"})  # the same h
    expect(which.page.locator(".gru-which .differ")).to_contain_text("give the same h")
    turn(which, "open", on=False)
    check({"z", "n", "h"})


def test_negated_weights_turn_z_into_one_minus_z(which: Any) -> None:
    before = numbers(which, "gru-textbook")
    turn(which, "flip")
    after = numbers(which, "gru-textbook")
    np.testing.assert_allclose(after["z"], 1 - before["z"], atol=1e-12)
    np.testing.assert_array_equal(after["n"], before["n"])


def test_a_moved_bias_changes_only_what_r_multiplies(which: Any) -> None:
    forms = ("gru", "gru-textbook")
    before = [numbers(which, form) for form in forms]
    turn(which, "move-r")
    for form, old in zip(forms, before, strict=True):
        new = numbers(which, form)
        for symbol in SYMBOLS:
            np.testing.assert_allclose(new[symbol], old[symbol], atol=1e-12)
    turn(which, "move-n")
    torch_new, book_new = (numbers(which, form) for form in forms)
    assert (np.abs(torch_new["n"] - before[0]["n"]) > 1e-3).all()
    np.testing.assert_allclose(book_new["n"], before[1]["n"], atol=1e-12)
    said = which.page.locator(".gru-which .differ")
    expect(said).to_contain_text("PyTorch: the moved bias changed n, h.")
    expect(said).to_contain_text("The textbook: the moved bias changed nothing.")
    turn(which, "open")  # r is 1, so it multiplies nothing
    expect(said).to_contain_text("PyTorch: the moved bias changed nothing.")


def test_z_keeps_the_old_state_at_opposite_ends(which: Any) -> None:
    slider = which.page.get_by_role("slider", name=messages("which_equation")("labels.z"))
    _, (old, _) = cases()[0]
    slider.focus()
    for key, keeps, takes in (("End", "gru", "gru-textbook"), ("Home", "gru-textbook", "gru")):
        which.page.keyboard.press(key)
        assert numbers(which, keeps)["h"][0] == pytest.approx(old, abs=1e-12)
        shown = numbers(which, takes)
        assert shown["h"][0] == pytest.approx(shown["n"][0], abs=1e-12)
    which.button("z of unit 1: ½").click()
    for form in ("gru", "gru-textbook"):
        shown = numbers(which, form)
        assert shown["h"][0] == pytest.approx((old + shown["n"][0]) / 2, abs=1e-12)
    expect(which.page.locator(".gru-which .badge")).to_be_hidden()  # a held gate is no nn.GRU


def computed(tab: Any, form: str) -> float:
    """The value of the line of numbers, computed here."""
    line = tab.page.locator(f'.gru-which [data-form="{form}"] .computed')
    parts = line.evaluate(
        "(line) => [...line.querySelectorAll('span, strong')].slice(2)"
        ".map((part) => part.dataset.value ?? part.textContent)"
    )
    *line_parts, equals, _ = parts
    assert equals == "="
    signs = {"σ": "sigmoid", "tanh": "tanh", "·": "*", "−": "-"}
    code = " ".join(signs.get(part, part) for part in line_parts)
    names = {"sigmoid": lambda a: 1 / (1 + math.exp(-a)), "tanh": math.tanh}
    return float(eval(code, {"__builtins__": {}}, names))


@pytest.mark.parametrize("switched", [(), ("flip",), ("move-r", "move-n"), SWITCHES])
def test_every_number_can_be_computed_from_its_line(which: Any, switched: tuple[str, ...]) -> None:
    turn(which, *switched)
    for form in ("gru", "gru-textbook"):
        values = numbers(which, form)
        for symbol in SYMBOLS:
            if symbol == "r" and "open" in switched:
                continue  # it is held, so nothing is computed
            for unit in range(UNITS):
                which.page.locator(
                    f'[data-form="{form}"] .value[data-symbol={symbol}][data-unit="{unit}"]'
                ).click()
                assert computed(which, form) == pytest.approx(values[symbol][unit], abs=1e-6)


def test_a_symbol_and_its_numbers_light_each_other(which: Any) -> None:
    lit = which.page.locator(".gru-which .lit")
    which.page.locator('[data-form="gru"] [data-line=r] .value').first.focus()
    symbols = lit.evaluate_all("(all) => all.map(({ dataset }) => dataset.symbol)")
    assert set(symbols) <= {"r", "W_hn r before"}
    assert len(symbols) >= 2 * UNITS + 2  # numbers of both forms, and the symbols in equations
    which.page.locator('[data-form="gru"] .computed [data-symbol=b_in]').hover()
    names = lit.evaluate_all("(all) => all.map((one) => one.tagName.toLowerCase())")
    assert set(names) == {"span", "msub"}  # the number and its symbols


def test_every_symbol_has_a_counterpart_with_a_number(which: Any) -> None:
    root = which.page.locator(".gru-which")
    for symbol in SYMBOLS:
        root.locator(f'[data-form="gru"] .value[data-symbol={symbol}]').first.click()
        missing = root.evaluate(
            "(root, line) => [...root.querySelectorAll(`[data-line=${line}] math [data-symbol]`)]"
            ".map((one) => one.dataset.symbol).filter((name) => !root.querySelector("
            "`.value[data-symbol=${name}], .term[data-symbol~=${name}]`))",
            symbol,
        )
        assert missing == []


def test_the_switches_send_the_server_nothing(new_tab: Any, server: Any) -> None:
    tab = new_tab(server)
    sent: list[Any] = []
    tab.page.on("websocket", lambda ws: ws.on("framesent", lambda frame: sent.append(frame)))
    tab.open("/learn", learn="which_equation")
    guess = tab.page.get_by_text(messages("which_equation")("predict.choices.z"))
    expect(guess).to_be_visible()
    expect(tab.page.locator(".gru-which")).to_have_count(0)  # the guess comes first
    guess.click()
    expect(tab.page.locator(".gru-which .value")).to_have_count(4 * 2 * UNITS)
    expect(tab.page.locator(".gru-which .value").first).to_be_visible()
    (x, old), *_ = cases()
    h = textbook_step(x, old)["h"]
    np.testing.assert_allclose(numbers(tab, "gru-textbook")["h"], h, rtol=0, atol=1e-6)
    before = len(sent)
    assert before
    turn(tab, *SWITCHES)
    tab.page.locator(".gru-which .value").first.hover()
    tab.button("z of unit 1: 0").click()
    expect(tab.page.locator(".gru-which [name=hold]")).to_be_checked()
    assert len(sent) == before


def test_a_phone_shows_everything_without_scrolling_sideways(new_tab: Any, server: Any) -> None:
    tab = new_tab(server, viewport={"width": 390, "height": 844})
    tab.open("/learn", learn="which_equation")
    tab.page.get_by_text(messages("which_equation")("predict.choices.z")).click()
    turn(tab, *SWITCHES)
    assert tab.overflow() <= 0
    cut = tab.page.locator(".gru-which .equation").evaluate_all(
        "(all) => all.map((one) => one.scrollWidth - one.clientWidth)"
    )
    assert max(cut) <= 0
