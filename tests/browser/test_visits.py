"""Visits: first visits, deep links, small and dark screens, the keyboard, plain HTTP."""

from __future__ import annotations

from typing import Any

import httpx
import pytest
from playwright.sync_api import expect

from tests.long_run import LINK
from tests.quick_run import QUICK

PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}


def navigation(tab: Any, name: str) -> Any:
    return tab.page.get_by_role("link", name=name, exact=True)


def test_a_first_visit_leads_from_home_into_the_lab(tab: Any) -> None:
    tab.open("/")
    expect(tab.page).to_have_title("GRU Lab")
    expect(tab.page.get_by_role("heading", name="See what a GRU does")).to_be_visible()
    tab.button("Open the Lab").click()
    expect(tab.button("Train")).to_be_enabled()
    expect(tab.page).to_have_url(f"{tab.url}/lab")
    expect(tab.page.locator(".js-plotly-plot").first).to_be_visible()
    expect(tab.chart("The series Sine")).to_be_visible()


def test_settings_are_still_there_after_another_page(tab: Any) -> None:
    tab.open("/lab", **QUICK)
    expect(tab.button("Train")).to_be_enabled()
    navigation(tab, "Home").click()
    expect(tab.button("Open the Lab")).to_be_visible()
    navigation(tab, "Lab").click()
    expect(tab.button("Train")).to_be_enabled()
    expect(tab.field("Points")).to_have_value("120")
    expect(tab.field("Epochs")).to_have_value("20")


@pytest.mark.parametrize("path", ["/", "/lab"])
def test_no_page_is_wider_than_a_phone(new_tab: Any, server: Any, path: str) -> None:
    tab = new_tab(server, **PHONE)
    tab.open(path)
    expect(tab.button("Open the Lab" if path == "/" else "Train")).to_be_visible()
    if path == "/lab":
        expect(tab.page.locator(".js-plotly-plot").first).to_be_visible()
        expect(tab.chart("The series Sine")).to_be_visible()
    assert tab.overflow() <= 0


def test_a_run_is_no_wider_than_a_phone(new_tab: Any, server: Any) -> None:
    tab = new_tab(server, **PHONE)
    tab.open("/lab", **LINK)
    tab.train()
    tab.until_updates(tab.forecast, 1)
    widest = tab.page.get_by_test_id("stMain").evaluate("(m) => m.scrollWidth - m.clientWidth")
    assert max(widest, tab.overflow()) <= 0
    tab.button("Stop").click()
    expect(tab.button("Train")).to_be_enabled()


def test_a_result_is_no_wider_than_a_phone(new_tab: Any, server: Any) -> None:
    tab = new_tab(server, **PHONE)
    tab.open("/lab", **QUICK)
    tab.button("Train").click()
    expect(tab.box("Finished after 20 epochs")).to_be_visible()
    expect(tab.page.locator(".js-plotly-plot").first).to_be_visible()
    expect(tab.forecast).to_be_visible()
    assert tab.overflow() <= 0


def test_the_page_is_dark_in_the_dark_theme(new_tab: Any, server: Any) -> None:
    tab = new_tab(server, color_scheme="dark")
    tab.open("/lab", **QUICK)
    app = tab.page.get_by_test_id("stApp")
    expect(app).to_have_css("background-color", "rgb(16, 23, 26)")
    light = "rgb(230, 238, 238)"
    series = tab.chart("The series Sine")
    expect(series.locator(".xtick text").first).to_have_css("fill", light)
    expect(tab.line(series, "Series")).to_have_css("color", light)
    tab.page.emulate_media(color_scheme="light")  # without a reload
    expect(series.locator(".xtick text").first).to_have_css("fill", "rgb(23, 37, 42)")


def test_the_keyboard_is_enough_to_train(tab: Any) -> None:
    tab.open("/lab", **QUICK)
    expect(tab.button("Train")).to_be_enabled()
    expect(tab.chart("The series Sine")).to_be_visible()
    for _ in range(150):
        tab.page.keyboard.press("Tab")
        if tab.page.evaluate("document.activeElement.innerText ?? ''").endswith("Train"):
            break
    expect(tab.button("Train")).to_be_focused()
    tab.page.keyboard.press("Enter")
    expect(tab.box("Finished after 20 epochs")).to_be_visible()


# --- plain HTTP


@pytest.mark.parametrize("path", ["/", "/lab", "/healthz", "/assets/chart/chart.js"])
def test_every_answer_has_the_security_headers(server: Any, path: str) -> None:
    answer = httpx.get(server.url + path)
    assert answer.status_code == 200
    assert answer.headers["x-frame-options"] == "SAMEORIGIN"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["referrer-policy"] == "same-origin"
    policy = dict(
        rule.split(" ", 1) for rule in answer.headers["content-security-policy"].split("; ")
    )
    assert policy["default-src"] == "'self'"
    assert policy["frame-ancestors"] == "'self'"
    assert policy["connect-src"] == "'self' blob: data:"
    assert policy["object-src"] == "'none'"
    assert not any("http" in sources or "*" in sources for sources in policy.values())


def test_a_healthy_server_reports_that_its_workers_are_ready(server: Any) -> None:
    assert httpx.get(f"{server.url}/healthz").json() == {"status": "ok", "workers": "ready"}


@pytest.mark.parametrize("path", ["..%2fserver.py", "%2e%2e/server.py", "..%2f..%2f..%2fapp.py"])
def test_the_assets_give_no_access_to_other_files(server: Any, path: str) -> None:
    answer = httpx.get(f"{server.url}/assets/{path}")
    assert "SecurityHeaders" not in answer.text


def test_no_empty_sidebar_stays_when_one_leaves_the_lab_while_it_loads(tab: Any) -> None:
    for _ in range(2):
        tab.open("/lab")
        navigation(tab, "Practice").click()
        expect(tab.page.get_by_role("heading", level=1)).to_contain_text("Practice")
        expect(tab.page.get_by_test_id("stSidebar")).to_be_hidden()
