"""Home in a browser: the moving picture, its forward pass, and the order of the page."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from playwright.sync_api import expect

from gru_core.experiment.presets import PRESETS
from gru_core.forecast.cells import gru_step, layers_of
from gru_core.forecast.events import Weights
from gru_core.forecast.forecaster import Forecaster
from gru_core.forecast.problem import Problem
from gru_core.shipped import home
from pages.ui.hero import HEIGHT

PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}
Array = NDArray[np.float64]


# --- the forward pass


def random_weights(hidden: int, layers: int, members: int = 1) -> Weights:
    random = np.random.default_rng(hidden)
    shapes = {"linear.weight": (1, hidden), "linear.bias": (1,)}
    for k in range(layers):
        shapes |= {
            f"rnn.weight_ih_l{k}": (3 * hidden, hidden if k else 1),
            f"rnn.weight_hh_l{k}": (3 * hidden, hidden),
            f"rnn.bias_ih_l{k}": (3 * hidden,),
            f"rnn.bias_hh_l{k}": (3 * hidden,),
        }
    return {
        name: random.normal(0, 0.7, (members, *shape)).astype(np.float32)
        for name, shape in shapes.items()
    }


def described(weights: Weights, window: int, feedback: str = "window", cell: str = "gru") -> Any:
    packed = home.packed(weights)
    return {"cell": cell, "feedback": feedback, "window": window, "weights": packed}


def advanced(x: float, states: list[Array], weights: Weights) -> list[Array]:
    """One step of every layer with the NumPy cell, in double precision."""
    new, value = [], np.array([[[x]]])
    for h, layer in zip(states, layers_of(weights), strict=True):
        value = gru_step(value, h, layer).h
        new.append(value)
    return new


def encoded(values: list[float], weights: Weights) -> list[Array]:
    states = [np.zeros((1, 1, layer.hidden.shape[-2])) for layer in layers_of(weights)]
    for x in values:
        states = advanced(x, states, weights)
    return states


def closed_loop(start: list[float], weights: Weights, feedback: str, steps: int) -> list[float]:
    readout, bias = weights["linear.weight"][0, 0], weights["linear.bias"][0, 0]
    window, states, forecast = list(start), encoded(start, weights), []
    for _ in range(steps):
        forecast.append(float(states[-1][0, 0] @ readout.astype(float) + float(bias)))
        window = [*window[1:], forecast[-1]]
        if feedback == "window":
            states = encoded(window, weights)
        else:
            states = advanced(forecast[-1], states, weights)
    return forecast


def in_browser(tab: Any, code: str, *arguments: Any) -> Any:
    """Run `code`, a function body, in the browser. It can use gru.js as `gru`."""
    tab.open("/healthz")
    wrapped = (
        "async (given) => { const gru = await import('/assets/gru.js');"
        f" return ((...given) => {{ {code} }})(...given) }}"
    )
    return tab.page.evaluate(wrapped, list(arguments))


LOOP = (
    "const loop = new gru.Network(given[0]).closedLoop(given[1]);"
    "return Array.from({ length: given[2] }, () => loop.next().value);"
)


@pytest.mark.parametrize("feedback", ["window", "state"])
@pytest.mark.parametrize(("hidden", "layers"), [(1, 1), (7, 1), (5, 3)])
def test_the_browser_computes_the_same_loop_as_the_numpy_cells(
    new_tab: Any, server: Any, hidden: int, layers: int, feedback: str
) -> None:
    weights = random_weights(hidden, layers)
    start = np.random.default_rng(9).normal(size=6).tolist()
    forecast = in_browser(new_tab(server), LOOP, described(weights, 6, feedback), start, 60)
    expected = closed_loop(start, weights, feedback, 60)
    np.testing.assert_allclose(forecast, expected, rtol=0, atol=1e-6)


def test_the_browser_computes_the_same_gates_as_the_numpy_cell(new_tab: Any, server: Any) -> None:
    weights = random_weights(6, 2)
    random = np.random.default_rng(3)
    x, h = random.normal(size=6), random.normal(size=6)
    code = (
        "const { layers } = new gru.Network(given[0]);"
        "return gru.gruStep(given[1], given[2], layers[1]);"
    )
    step = in_browser(new_tab(server), code, described(weights, 4), x.tolist(), h.tolist())
    expected = gru_step(x[None, None], h[None, None], layers_of(weights)[1])
    for name in ("z", "r", "n", "h"):
        np.testing.assert_allclose(step[name], getattr(expected, name)[0, 0], rtol=0, atol=1e-6)


def test_the_browser_makes_the_same_forecast_as_the_core(new_tab: Any, server: Any) -> None:
    experiment, weights = home.read()
    start = Problem.of(experiment).context
    forecast = in_browser(
        new_tab(server), LOOP, described(weights, experiment.window), start.tolist(), 200
    )
    expected = Forecaster("gru", weights).closed_loop(start, 200)
    np.testing.assert_allclose(forecast, expected, rtol=0, atol=1e-3)  # the core uses float32


@pytest.mark.parametrize(
    ("network", "message"),
    [
        (described(random_weights(2, 1), 4, cell="lstm"), "no cell lstm"),
        (described(random_weights(2, 1), 4, feedback="none"), "feedback none"),
        (described(random_weights(2, 1, members=2), 4), "not 2"),
        (described(random_weights(2, 1) | {"path.weight": np.ones((1, 1, 4))}, 4), "linear path"),
    ],
    ids=["cell", "feedback", "members", "linear path"],
)
def test_the_browser_refuses_networks_that_it_cannot_compute(
    new_tab: Any, server: Any, network: Any, message: str
) -> None:
    code = "try { new gru.Network(given[0]) } catch (error) { return error.message }"
    assert message in in_browser(new_tab(server), code, network)


# --- the picture


def hero(tab: Any) -> Any:
    return tab.page.locator(".gru-hero")


def steps(tab: Any) -> int:
    return int(hero(tab).get_attribute("data-steps"))


def picture(tab: Any) -> str:
    return str(hero(tab).locator("svg").inner_html())


def frames_pass(tab: Any) -> None:
    tab.page.evaluate(
        "() => new Promise((done) => { let left = 10;"
        " const next = () => (left-- ? requestAnimationFrame(next) : done()); next(); })"
    )


def test_the_picture_moves_and_can_be_paused_with_the_keyboard(new_tab: Any, server: Any) -> None:
    tab = new_tab(server)
    tab.open("/")
    expect(hero(tab)).to_have_attribute("data-moving", "true")
    tab.until(hero(tab), "steps", steps(tab) + 5)
    tab.button("Pause").focus()
    tab.page.keyboard.press("Enter")
    expect(hero(tab)).to_have_attribute("data-moving", "false")
    before = picture(tab)
    frames_pass(tab)
    assert picture(tab) == before
    expect(tab.button("Play")).to_be_focused()
    reached = steps(tab)
    tab.page.keyboard.press("Space")
    tab.until(hero(tab), "steps", reached + 5)


def test_with_reduced_motion_nothing_moves(new_tab: Any, server: Any) -> None:
    tab = new_tab(server, reduced_motion="reduce")
    tab.open("/")
    expect(tab.button("Play")).to_be_visible()
    expect(hero(tab)).to_have_attribute("data-moving", "false")
    assert steps(tab) > 50  # the still picture shows a loop that has run
    before = picture(tab)
    frames_pass(tab)
    assert picture(tab) == before


def test_the_picture_stops_while_it_is_off_the_screen(new_tab: Any, server: Any) -> None:
    tab = new_tab(server)
    tab.open("/")
    expect(hero(tab)).to_have_attribute("data-moving", "true")
    tab.page.get_by_role("heading", name="The words").scroll_into_view_if_needed()
    tab.page.mouse.wheel(0, 5000)
    expect(hero(tab)).to_have_attribute("data-moving", "false")
    tab.page.get_by_role("heading", level=1).scroll_into_view_if_needed()
    expect(hero(tab)).to_have_attribute("data-moving", "true")


def test_the_forecast_line_lies_on_the_true_line(new_tab: Any, server: Any) -> None:
    tab = new_tab(server, reduced_motion="reduce")
    tab.open("/")
    expect(tab.button("Play")).to_be_visible()
    points = {}
    for name in ("truth", "own"):
        line = hero(tab).locator(f".{name}").get_attribute("d").removeprefix("M")
        points[name] = dict(point.split(" ") for point in line.split("L"))
    shared = points["truth"].keys() & points["own"].keys()
    assert len(shared) > 50
    for x in shared:
        assert abs(float(points["truth"][x]) - float(points["own"][x])) < 4  # pixels


@pytest.mark.parametrize("options", [{}, PHONE], ids=["desktop", "phone"])
def test_the_page_reserves_the_place_of_the_picture(
    new_tab: Any, server: Any, options: Any
) -> None:
    tab = new_tab(server, **options)
    held: list[Any] = []
    tab.page.route("**/assets/hero.js", lambda route: held.append(route))
    with tab.page.expect_request("**/assets/hero.js"):
        tab.open("/")
    expect(hero(tab)).to_be_visible()
    place = tab.page.locator(".st-key-hero")
    assert place.bounding_box()["height"] == HEIGHT
    held.pop().continue_()
    expect(hero(tab)).to_have_attribute("data-moving", "true")
    assert place.bounding_box()["height"] == HEIGHT
    assert hero(tab).evaluate("(figure) => figure.scrollHeight - figure.clientHeight") <= 0


def test_the_pictures_have_a_text_alternative(new_tab: Any, server: Any) -> None:
    tab = new_tab(server)
    tab.open("/")
    expect(tab.page.get_by_role("img", name="A true sine wave in grey")).to_be_visible()
    expect(tab.page.get_by_role("img", name="One step of a GRU")).to_be_visible()


def test_a_first_visit_loads_no_plotly(new_tab: Any, server: Any) -> None:
    tab = new_tab(server)
    loaded: list[str] = []
    tab.page.on("request", lambda request: loaded.append(request.url))
    tab.open("/")
    expect(hero(tab)).to_have_attribute("data-moving", "true")
    assert any(url.endswith("/assets/gru.js") for url in loaded)
    assert [url for url in loaded if "plotly" in url.lower()] == []


# --- the rest of the page


@pytest.mark.parametrize("options", [{}, PHONE], ids=["desktop", "phone"])
def test_the_cards_have_the_same_order_on_screen_and_in_the_document(
    new_tab: Any, server: Any, options: Any
) -> None:
    tab = new_tab(server, **options)
    tab.open("/")
    cards = tab.page.get_by_role("button", name="Open ").filter(has_not_text="Lab")
    expect(cards).to_have_count(len(PRESETS))
    tops = tab.page.locator("[data-testid=stVerticalBlock]:has(> [class*=st-key-open-])")
    boxes = [card.bounding_box() for card in tops.all()]
    places = [(round(box["y"]), round(box["x"])) for box in boxes]
    assert len(places) == len(PRESETS)
    assert places == sorted(places)


def test_the_headings_have_one_h1_and_skip_no_level(new_tab: Any, server: Any) -> None:
    tab = new_tab(server)
    tab.open("/")
    expect(tab.page.get_by_role("heading", name="The words")).to_be_visible()
    levels = tab.page.evaluate(
        "[...document.querySelectorAll('h1,h2,h3,h4,h5,h6')].map((head) => Number(head.tagName[1]))"
    )
    assert levels.count(1) == 1
    assert levels[0] == 1
    assert all(next_ <= level + 1 for level, next_ in pairwise(levels))


def test_train_a_gru_now_starts_a_run(tab: Any) -> None:
    tab.open("/")
    tab.button("Train a GRU now").click()
    expect(tab.page).to_have_url(f"{tab.url}/lab")
    expect(tab.button("Stop")).to_be_enabled()
    expect(tab.page.get_by_role("img", name="Loss by epoch")).to_be_visible()
