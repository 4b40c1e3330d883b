"""Home in a browser: the moving picture, its forward pass, and the order of the page."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from playwright.sync_api import expect

from gru_core.experiment.presets import PRESETS
from pages.ui.hero import HEIGHT

PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}
Array = NDArray[np.float64]


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
    tab.page.route("**/assets/hero/hero.js", lambda route: held.append(route))
    with tab.page.expect_request("**/assets/hero/hero.js"):
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
    assert any(url.endswith("/assets/shared/gru.js") for url in loaded)
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
