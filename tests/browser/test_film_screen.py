"""The gate film on its page: pointing, surgery, undo and the check, as a reader uses them."""

from __future__ import annotations

import math
import re
from typing import Any

import numpy as np
import pytest
from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import expect

from gru_core.forecast.problem import Problem
from gru_core.shipped.networks import network as shipped_network
from tests.browser._mount import component_of, mounted
from tests.browser.test_access import axe_faults, looks
from tests.browser.test_data_and_links import upload
from tests.browser.test_film import numpy_steps

PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}


# --- the screen


def film_of(tab: Any) -> Any:
    return tab.page.locator(".gru-film[data-steps]")


def show_film(tab: Any) -> Any:
    """Guess, and wait for the film."""
    tab.page.get_by_text("It is constant").click()
    film = film_of(tab)
    expect(film).to_be_visible()
    return film


def opened(tab: Any) -> Any:
    """The film of the shipped network."""
    tab.open("/inside", inside="film")
    expect(tab.page.locator(".gru-film")).to_have_count(0)  # the guess comes first
    return show_film(tab)


def drawn(tab: Any) -> Any:
    """The film of the shipped network alone."""
    mounted(tab, component_of("inside", "film"))
    film = film_of(tab)
    expect(film).to_be_visible()
    return film


def curve(film: Any) -> str:
    return str(film.locator(".line .loop").get_attribute("d"))


def field(film: Any, name: str) -> Any:
    return film.locator(f"[name={name}]")


def do(film: Any, name: str) -> Any:
    return film.locator(f"[data-do={name}]")


def sentence(film: Any) -> str:
    return str(film.locator(".sentence").inner_text())


def test_the_numbers_under_the_equations_equal_the_numpy_cells(tab: Any) -> None:
    film = drawn(tab)
    experiment, weights = shipped_network("home")
    problem = Problem.of(experiment)
    field(film, "unit").fill("8")
    steps = numpy_steps("gru", weights, 0, problem.context)  # what led to the first step
    for name, numbers in steps[-1][0].items():
        shown = film.locator(f"[data-name={name}]").get_attribute("data-value")
        assert float(shown) == pytest.approx(numbers[7], abs=1e-6)
    expect(film.locator(".where")).to_contain_text("Step 1 of the loop (900), unit 8.")
    z, n, before, h = (
        written(numbers[7])
        for numbers in (*map(steps[-1][0].get, "zn"), steps[-2][0]["h"], steps[-1][0]["h"])
    )
    expect(film.locator("[data-name=h]")).to_have_text(
        f"(1 − {z}) ∘ {bracketed(n)} + {z} ∘ {bracketed(before)} = {h}"
    )


def written(value: float) -> str:
    return f"{value:.3g}".replace("-", "−")


def bracketed(text: str) -> str:
    return f"({text})" if text.startswith("−") else text


def test_muting_a_unit_gives_the_forecast_of_zero_weights(tab: Any) -> None:
    film = drawn(tab)
    before = curve(film)
    expect(do(film, "undo")).to_be_disabled()
    field(film, "unit").fill("3")
    do(film, "mute").click()
    expect(film.locator(".done li")).to_have_text(["Muted: unit 3"])
    assert curve(film) != before
    expect(film.locator(".line .ghost")).to_have_count(1)
    experiment, weights = shipped_network("home")
    problem = Problem.of(experiment)
    weights = {name: values.copy() for name, values in weights.items()}
    weights["rnn.weight_hh_l0"][..., 2] = 0
    weights["linear.weight"][..., 2] = 0
    expected = problem.forecast(problem.forecaster(weights))
    np.testing.assert_allclose(shown_values(film), expected, rtol=0, atol=1e-3)
    expect(film.locator("[data-name=h]")).to_have_text("h is held at 0")


def shown_values(film: Any) -> list[float]:
    """The forecast on the screen, in data units."""
    return [float(value) for value in str(film.get_attribute("data-values")).split(",")]


def test_undo_restores_exactly(tab: Any) -> None:
    film = drawn(tab)
    before = curve(film)
    states = []
    for act in ("mute", "freeze", "hold"):
        states.append((curve(film), sentence(film)))
        do(film, act).click()
    field(film, "scale").fill("1.5")
    expect(film.locator(".done li")).to_have_count(4)
    do(film, "undo").click()
    for left in (2, 1, 0):
        do(film, "undo").click()
        expect(film.locator(".done li")).to_have_count(left)
        assert (curve(film), sentence(film)) == states[left]
    assert curve(film) == before
    do(film, "mute").click()
    do(film, "restore").click()
    assert curve(film) == before
    assert sentence(film) == "Nothing is changed yet."
    expect(film.locator(".line .ghost")).to_have_count(0)


def test_the_guess_can_be_tried(tab: Any) -> None:
    film = drawn(tab)
    field(film, "all").check()
    field(film, "hold").fill("1")
    do(film, "hold").click()
    assert sentence(film) == "It dies at once: the forecast is flat."
    assert len(set(shown_values(film))) == 1
    expect(film.locator(".done li")).to_have_text(["z held at 1: all units"])
    field(film, "all").uncheck()
    do(film, "freeze").click()
    expect(film.locator(".done li")).to_have_count(2)


def test_the_check_passes_the_right_unit_and_explains_each_wrong_one(tab: Any) -> None:
    film = opened(tab)
    tab.button("Show the explanation").click()
    expect(tab.page.get_by_text("Which unit matters most?")).to_be_visible()
    replies = {}
    for unit in range(1, 13):
        field(film, "unit").fill(str(unit))
        do(film, "check").click()
        expect(film.locator(".verdict")).to_contain_text(f"unit {unit}")
        expect(film.locator(".verdict")).to_contain_text("RMSE")
        replies[unit] = film.locator(".verdict").inner_text()
    experiment, weights = shipped_network("home")
    problem = Problem.of(experiment)
    whole = problem.forecast(problem.forecaster(weights))
    changes = []
    for unit in range(12):
        cut = {name: values.copy() for name, values in weights.items()}
        cut["rnn.weight_hh_l0"][..., unit] = 0
        cut["linear.weight"][..., unit] = 0
        changed = problem.forecast(problem.forecaster(cut))
        changes.append(math.sqrt(np.square(changed - whole).mean()))
    best = 1 + int(np.argmax(changes))
    assert [unit for unit, reply in replies.items() if reply.startswith("Right")] == [best]
    ranks = np.argsort(np.argsort(-np.array(changes))) + 1
    for unit, rank in enumerate(ranks, start=1):
        if unit != best:
            assert f"The rank of unit {unit} is {rank} of 12" in replies[unit]
    assert len(set(replies.values())) == 12
    heaviest = 1 + int(np.argmax(np.abs(weights["linear.weight"])))
    assert "largest weight to the output" in replies[heaviest]
    expect(tab.page.get_by_text("You picked the unit that matters most.")).to_be_visible()


def test_pointing_dragging_and_surgery_send_the_server_nothing(new_tab: Any, server: Any) -> None:
    tab = new_tab(server)
    sent: list[Any] = []

    def listen(socket: Any) -> None:
        socket.on("framesent", lambda payload: sent.append(payload))

    tab.page.on("websocket", listen)
    film = opened(tab)
    tab.page.wait_for_load_state("networkidle")
    assert sent
    sent.clear()
    canvas = film.locator("[data-map=r] canvas")
    canvas.scroll_into_view_if_needed()
    box = canvas.bounding_box()
    seen = set()
    for share in np.linspace(0.02, 0.98, 25):
        tab.page.mouse.move(box["x"] + share * box["width"], box["y"] + share * box["height"])
        frame(tab)
        seen.add((film.get_attribute("data-unit"), film.get_attribute("data-column")))
    assert len(seen) > 20
    expect(film.locator("[data-line=r]")).to_have_class("lit")
    field(film, "scale").scroll_into_view_if_needed()
    slider = field(film, "scale").bounding_box()
    tab.page.mouse.move(slider["x"] + slider["width"] / 2, slider["y"] + slider["height"] / 2)
    tab.page.mouse.down()
    for share in (0.6, 0.7, 0.8, 0.9):
        tab.page.mouse.move(
            slider["x"] + share * slider["width"], slider["y"] + slider["height"] / 2
        )
        frame(tab)
    tab.page.mouse.up()
    expect(film.locator(".done li")).to_have_count(1)  # one drag is one operation
    do(film, "mute").click()
    do(film, "restore").click()
    field(film, "sort").select_option("memory")
    frame(tab)
    assert sent == []


def frame(tab: Any) -> None:
    tab.page.evaluate("() => new Promise((done) => requestAnimationFrame(done))")


def test_everything_works_with_the_keyboard(new_tab: Any, server: Any) -> None:
    tab = new_tab(server, reduced_motion="reduce")
    film = opened(tab)
    stage = film.get_by_role("application", name=re.compile("^Gate film"))
    stage.focus()
    expect(film).to_have_attribute("data-column", "40")
    for key in ("ArrowRight", "Shift+ArrowRight", "ArrowDown", "ArrowDown", "ArrowUp", "r", "c"):
        tab.page.keyboard.press(key)
    expect(film).to_have_attribute("data-column", "51")
    expect(film).to_have_attribute("data-unit", "1")
    expect(film.locator(".aloud")).to_contain_text("Step 12 of the loop (911), unit 2.")
    expect(film.locator(".aloud")).to_contain_text(re.compile(r"r [\d.]+, z [\d.]+, n [−\d.]+"))
    tab.page.keyboard.press("Home")
    expect(film.locator(".where")).to_contain_text("40 steps before the loop closes (860)")
    tab.page.keyboard.press("End")
    expect(film).to_have_attribute("data-column", "139")
    for _ in range(30):  # go back to Mute with Shift and Tab
        tab.page.keyboard.press("Shift+Tab")
        if tab.page.evaluate(FOCUSED) == "mute":
            break
    tab.page.keyboard.press("Enter")
    expect(film.locator(".done li")).to_have_text(["Muted: unit 2"])
    moving = tab.page.evaluate("() => document.getAnimations().length")
    assert moving == 0
    do(film, "restore").press("Enter")
    expect(field(film, "unit")).to_be_focused()


FOCUSED = """() => {
  let focused = document.activeElement;
  while (focused.shadowRoot?.activeElement) focused = focused.shadowRoot.activeElement;
  return focused.dataset.do;
}"""


def test_the_film_is_accessible_and_fits_a_phone(tab: Any) -> None:
    film = opened(tab)
    do(film, "mute").click()
    tab.page.evaluate(AXE_SCRIPT)
    for look in looks(tab):
        assert [look, *axe_faults(tab)] == [look]
        assert [look, tab.overflow()] == [look, 0]
    small = film.evaluate(
        "(root) => [...root.querySelectorAll('button, select, input')]"
        ".filter((part) => part.checkVisibility())"
        ".filter((part) => part.clientHeight < 24 || part.clientWidth < 24)"
        ".map((part) => part.outerHTML)"
    )
    assert small == []


def test_a_tap_on_a_phone_chooses_a_unit(new_tab: Any, server: Any) -> None:
    tab = new_tab(server, **PHONE)
    film = opened(tab)
    canvas = film.locator("[data-map=h] canvas")
    box = canvas.bounding_box()
    canvas.tap(position={"x": box["width"] * 0.75, "y": box["height"] * 0.55})
    expect(field(film, "unit")).to_have_value("7")
    expect(film).to_have_attribute("data-column", "105")


def test_a_run_of_ones_own_with_layers_members_and_differences(tab: Any) -> None:
    rows = "\n".join(
        f"{2000 + k // 12}-{k % 12 + 1:02},{0.5 * k + 10 * math.sin(k / 2):.4f}" for k in range(120)
    )
    options = {"hidden_size": 6, "epochs": 3, "layers": 2, "members": 2, "difference": 1}
    tab.open("/lab", signal="own", normalization="window", horizon=12, **options)
    upload(tab, "growth.csv", f"month,height\n{rows}")
    tab.button("Train").click()
    expect(tab.box("Finished after 3 epochs")).to_be_visible()
    tab.page.get_by_role("link", name="Inside", exact=True).click()
    film = show_film(tab)
    expect(
        tab.page.get_by_text("Your last run: GRU with 6 units, trained on height")
    ).to_be_visible()
    expect(film.locator(".where")).to_contain_text(
        re.compile(r"Step 1 of the loop \(2008-\d\d-01\), unit 1 of layer 1 of member 1")
    )
    field(film, "member").select_option(label="2")
    field(film, "layer").select_option(label="2")
    field(film, "unit").fill("4")
    do(film, "mute").click()
    expect(film.locator(".done li")).to_have_text(["Muted: unit 4 of layer 2 of member 2"])
    do(film, "check").click()
    expect(film.locator(".verdict")).to_contain_text(re.compile("of 24|Right"))
    expect(film.locator(".legend")).to_contain_text("z, r")
    kept = shown_values(film)
    field(film, "epoch").fill("0")  # the untrained networks
    expect(field(film, "epoch-now")).to_have_text("0")
    assert shown_values(film) != kept
    expect(tab.page.get_by_text("a constant output is a straight line here")).to_be_visible()
