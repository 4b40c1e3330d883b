"""Learn, "Shapes and counts" and "Steps, units, layers": every size against PyTorch's modules."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from playwright.sync_api import expect

from pages.ui.messages import messages
from tests.browser._mount import component_of, mounted

MODULES: dict[str, Any] = {"gru": torch.nn.GRU, "lstm": torch.nn.LSTM, "rnn": torch.nn.RNN}


def opened(tab: Any, name: str) -> Any:
    """Open a screen and guess, so its drawing appears. Returns the drawing."""
    tab.open("/learn", learn=name)
    *_, last = messages(name).group("predict.choices").values()
    tab.page.get_by_role("radio", name=last, exact=True).click(force=True)
    root = tab.page.locator(f".gru-{name}")
    expect(root.locator("[role=img][aria-label]")).to_be_visible()
    return root


def drawn(tab: Any, name: str) -> Any:
    """The drawing alone."""
    root = mounted(tab, component_of("learn", name))
    expect(root.locator("[role=img][aria-label]")).to_be_visible()
    return root


def set_sizes(root: Any, **sizes: int) -> None:
    for name, size in sizes.items():
        root.locator(f"[name={name}]").fill(str(size))


# --- shapes and counts


@pytest.fixture
def shapes(new_tab: Any, server: Any) -> Any:
    return drawn(new_tab(server), "shapes")


def total(shapes: Any, cell: str) -> int:
    return int(shapes.locator(f".total [data-cell={cell}]").get_attribute("data-value"))


def test_the_counts_equal_those_of_pytorch(shapes: Any) -> None:
    for inputs, hidden, layers in ((1, 1, 1), (1, 50, 1), (3, 7, 2), (24, 128, 3), (5, 2, 8)):
        set_sizes(shapes, input=inputs, hidden=hidden, layers=layers)
        for second in (True, False):
            shapes.locator("[name=second]").set_checked(second)
            for cell, make in MODULES.items():
                parameters = dict(make(inputs, hidden, layers).named_parameters())
                counted = sum(
                    parameter.numel()
                    for name, parameter in parameters.items()
                    if second or not name.startswith("bias_hh")
                )
                assert total(shapes, cell) == counted
            expect(shapes.locator(".formula strong")).to_have_text(f"{total(shapes, 'gru'):,}")


def test_the_matrices_have_the_shapes_of_pytorch(shapes: Any) -> None:
    names = {"weight_ih": "W_ih", "weight_hh": "W_hh", "bias_ih": "b_ih", "bias_hh": "b_hh"}
    set_sizes(shapes, input=3, hidden=4)
    for cell, make in MODULES.items():
        shapes.locator(f"[name=cell][value={cell}]").check()
        drawn = shapes.locator("[data-matrix]").evaluate_all(
            "(all) => all.map(({ dataset: d }) => [d.matrix, Number(d.rows), Number(d.columns)])"
        )
        expected = []
        for name, parameter in make(3, 4).named_parameters():
            rows, columns = [*parameter.shape, 1][:2]
            expected.append([names[name.removesuffix("_l0")], rows, columns])
        assert drawn == expected


def blocks(shapes: Any) -> list[str]:
    """The letters of the blocks of W_ih, from top to bottom."""
    rects = shapes.locator("[data-matrix=W_ih] rect")
    return list(rects.evaluate_all("(all) => all.map((one) => one.dataset.block)"))


def test_the_order_of_the_blocks_can_be_that_of_keras(shapes: Any) -> None:
    colors = "(all) => Object.fromEntries(all.map((r) => [r.dataset.block, r.className.baseVal]))"
    rects = shapes.locator("[data-matrix=W_ih] rect")
    assert blocks(shapes) == ["r", "z", "n"]
    before = rects.evaluate_all(colors)
    shapes.locator("[name=order][value=keras]").check()
    assert blocks(shapes) == ["z", "r", "h"]
    after = rects.evaluate_all(colors)
    assert (after["z"], after["r"], after["h"]) == (before["z"], before["r"], before["n"])
    expect(shapes.locator(".drawn")).to_contain_text("transpose: 1 × 6")


def test_the_drawing_grows_with_the_sizes(shapes: Any) -> None:
    def size(name: str) -> tuple[float, float]:
        block = shapes.locator(f"[data-matrix={name}] rect").first
        return float(block.get_attribute("width")), float(block.get_attribute("height"))

    (input_wide, input_tall), (wide, tall) = size("W_ih"), size("W_hh")
    shapes.get_by_role("button", name="Input size: one more").click()
    assert size("W_ih") == pytest.approx((2 * input_wide, input_tall))
    shapes.get_by_role("button", name="Hidden size: one more").click()
    assert size("W_hh") == pytest.approx((1.5 * wide, 1.5 * tall))


def test_a_size_out_of_range_is_not_taken(shapes: Any) -> None:
    before = total(shapes, "gru")
    set_sizes(shapes, hidden=5000)
    assert total(shapes, "gru") == before
    shapes.locator("[name=hidden]").press("Tab")
    expect(shapes.locator("[name=hidden]")).to_have_value("1024")
    assert total(shapes, "gru") == 3 * 1024 * (1 + 1024 + 2)


# --- steps, units, layers


@pytest.fixture
def sequence(new_tab: Any, server: Any) -> Any:
    return drawn(new_tab(server), "sequence")


def shape(sequence: Any, tensor: str) -> tuple[int, ...]:
    text = sequence.locator(f"[data-tensor={tensor}]").get_attribute("data-shape")
    return tuple(map(int, text.split(",")))


def test_the_shapes_equal_those_of_pytorch(sequence: Any) -> None:
    for window, hidden, layers, series in ((5, 3, 2, 3), (1, 1, 1, 1), (10, 6, 3, 4)):
        set_sizes(sequence, window=window, hidden=hidden, layers=layers, series=series)
        for first in (True, False):
            sequence.locator("[name=first]").set_checked(first)
            data = torch.zeros(series, window, 1)
            output, h_n = torch.nn.GRU(1, hidden, layers, batch_first=first)(data)
            assert shape(sequence, "input") == tuple(data.shape)
            assert shape(sequence, "output") == tuple(output.shape)
            assert shape(sequence, "h_n") == tuple(h_n.shape)


def test_without_batch_first_the_axes_have_other_names(sequence: Any) -> None:
    axes = sequence.locator("[data-tensor=input] small")
    assert axes.all_inner_texts() == ["batch", "steps", "values"]
    sequence.locator("[name=first]").uncheck()
    assert axes.all_inner_texts() == ["steps", "batch", "values"]
    verdict = sequence.locator(".verdict")
    expect(verdict).to_contain_text("No error. But the network reads 3 steps of 5 series")


def lit(sequence: Any, name: str) -> set[tuple[int, int]]:
    """The layers and steps that are lit."""
    sequence.locator(f"[name=show][value={name}]").check()
    cells = sequence.locator(f".state.{name}").evaluate_all(
        "(all) => all.map(({ dataset }) => [Number(dataset.layer), Number(dataset.step)])"
    )
    return {tuple(cell) for cell in cells}


def test_output_and_h_n_light_the_states_that_they_hold(sequence: Any) -> None:
    """Which states they hold is found with PyTorch, by their values."""
    window, hidden, layers = 4, 3, 3
    set_sizes(sequence, window=window, hidden=hidden, layers=layers, series=1)
    torch.manual_seed(0)
    whole = torch.nn.GRU(1, hidden, layers)
    x = torch.randn(window, 1, 1)
    held: dict[str, set[tuple[int, int]]] = {"output": set(), "h_n": set()}
    output, h_n = whole(x)
    for step in range(window):
        states = whole(x[: step + 1])[1]  # every layer after this step
        for layer in range(layers):
            for name, tensor in (("output", output), ("h_n", h_n)):
                same = (tensor.reshape(-1, hidden) - states[layer]).abs().amax(1) < 1e-6
                if same.any():
                    held[name].add((layer, step))
    assert lit(sequence, "output") == held["output"]
    assert lit(sequence, "h_n") == held["h_n"]


# --- both


@pytest.mark.parametrize("name", ["shapes", "sequence"])
def test_a_phone_needs_no_scrolling_sideways(new_tab: Any, server: Any, name: str) -> None:
    tab = new_tab(server, viewport={"width": 390, "height": 844})
    root = opened(tab, name)
    set_sizes(root, hidden=6, layers=3)
    assert tab.overflow() <= 0
    if name == "shapes":
        assert total(root, "gru") == sum(p.numel() for p in torch.nn.GRU(1, 6, 3).parameters())
    else:
        assert shape(root, "h_n")[0] == 3  # the layers
        assert shape(root, "h_n")[2] == 6


def test_each_count_opens_its_formula_and_the_formula_gives_the_count(shapes: Any) -> None:
    set_sizes(shapes, input=3, hidden=5, layers=3)
    counts = shapes.locator(".counts td")
    for k in range(counts.count()):
        counts.nth(k).get_by_role("button").click()
        expect(counts.nth(k).get_by_role("button")).to_have_attribute("aria-pressed", "true")
        formula, shown = shapes.locator(".formula .sum").inner_text().split(" = ")
        expected = int(counts.nth(k).get_attribute("data-value"))
        assert eval(formula.replace("×", "*")) == expected == int(shown.replace(",", ""))


def lit_with(root: Any, name: str) -> set[str]:
    """Points at the control, and returns the numbers that light up with it."""
    root.locator(f".controls [data-from={name}]").hover()
    expect(root.locator(f".controls [data-from={name}]")).to_contain_class("lit")
    return set(root.locator(f".lit[data-from={name}]:not(.controls *)").all_inner_texts())


def test_a_number_and_its_control_light_up_together(shapes: Any) -> None:
    set_sizes(shapes, input=3, hidden=5, layers=3)
    assert lit_with(shapes, "input") == {"3"}
    assert lit_with(shapes, "hidden") == {"5"}
    assert lit_with(shapes, "layers") == {"2"}  # the first layer is counted apart
    shapes.locator(".formula [data-from=second]").first.hover()
    expect(shapes.locator(".controls [data-from=second]")).to_contain_class("lit")
    expect(shapes.locator(".lit[data-from=hidden]")).to_have_count(0)


def test_a_size_of_a_shape_lights_the_control_that_it_comes_from(sequence: Any) -> None:
    set_sizes(sequence, window=7, series=2)
    assert lit_with(sequence, "window") == {"7\nsteps"}
    sequence.locator("[name=first]").uncheck()
    assert lit_with(sequence, "window") == {"7\nbatch"}
