"""The sidebar and the address: a decimal comma, and what Back does after changed settings."""

from __future__ import annotations

import re
from typing import Any

import pytest
from playwright.sync_api import expect


@pytest.mark.parametrize(
    ("label", "typed", "query"),
    [
        ("Learning rate", "0,01", "learning_rate=0.01"),
        ("Learning rate", "0.04", "learning_rate=0.04"),
        ("Noise", "0,25", "noise=0.25"),
        ("Holdout", ",3", "holdout=0.3"),
        ("Range", "12,5", "signal.span=12.5"),
    ],
)
def test_a_number_typed_with_a_comma_is_that_number(
    tab: Any, label: str, typed: str, query: str
) -> None:
    tab.open("/lab")
    field = tab.field(label)
    field.click()
    field.press("Control+a")
    tab.page.keyboard.type(typed)
    tab.page.keyboard.press("Enter")
    expect(tab.page).to_have_url(re.compile(rf"\b{re.escape(query)}$"))
    expect(field).to_have_value(query.partition("=")[2])


@pytest.mark.parametrize(
    ("pasted", "number"), [("0,01", "0.01"), ("0.04", "0.04"), ("1.000,5", None)]
)
def test_a_number_pasted_with_a_comma_is_that_number(
    tab: Any, pasted: str, number: str | None
) -> None:
    tab.open("/lab")
    field = tab.field("Learning rate")
    field.click()
    field.press("Control+a")
    tab.page.keyboard.insert_text(pasted)
    tab.page.keyboard.press("Enter")
    if number is None:  # read as 1000.5, and refused with the range
        expect(tab.box("cannot be 1000.5")).to_be_visible()
    else:
        expect(tab.page).to_have_url(re.compile(rf"learning_rate={number}$"))


def test_a_comma_between_thousands_is_left_out_of_a_whole_number(tab: Any) -> None:
    tab.open("/lab")
    field = tab.field("Points")
    field.click()
    field.press("Control+a")
    tab.page.keyboard.type("1,500")
    tab.page.keyboard.press("Enter")
    expect(tab.page).to_have_url(re.compile(r"points=1500$"))


def entries(tab: Any) -> int:
    """How many entries the history of the tab has."""
    return int(tab.page.evaluate("history.length"))


def test_back_leads_to_the_page_before_however_many_settings_were_changed(tab: Any) -> None:
    tab.open("/")
    tab.button("Open the Lab").click()
    expect(tab.button("Train")).to_be_enabled()
    before = entries(tab)
    for window in (12, 14, 16):
        tab.set("Window", window)
        expect(tab.page).to_have_url(re.compile(f"window={window}$"))
    assert entries(tab) == before
    tab.page.go_back()
    expect(tab.button("Open the Lab")).to_be_visible()
    expect(tab.page).to_have_url(f"{tab.url}/")
    tab.page.go_forward()
    expect(tab.field("Window")).to_have_value("16")
    expect(tab.page).to_have_url(re.compile("window=16$"))


def test_a_reload_keeps_the_changed_settings(tab: Any) -> None:
    tab.open("/lab", points=200)
    tab.set("Window", 17)
    expect(tab.page).to_have_url(re.compile("window=17"))
    tab.page.reload()
    expect(tab.field("Window")).to_have_value("17")
    expect(tab.field("Points")).to_have_value("200")


def test_the_settings_stay_out_of_the_address_of_other_pages(tab: Any) -> None:
    tab.open("/lab", points=200)
    tab.set("Window", 17)
    expect(tab.page).to_have_url(re.compile("window=17"))
    tab.page.get_by_role("link", name="Practice", exact=True).click()
    expect(tab.page).to_have_url(re.compile(r"/practice(\?practice=\w+)?$"))
    tab.page.get_by_role("link", name="Lab", exact=True).click()
    expect(tab.page).to_have_url(re.compile(r"/lab\?.*window=17"))
    expect(tab.button("Train")).to_be_visible()
    tab.page.go_back()
    expect(tab.page).to_have_url(re.compile(r"/practice\?practice=\w+$"))
    expect(tab.button("Train")).to_have_count(0)


def test_an_embedded_lab_stays_embedded(tab: Any) -> None:
    tab.open("/lab", embed="true")
    tab.set("Window", 17)
    expect(tab.page).to_have_url(re.compile(r"/lab\?embed=true&window=17$"))


@pytest.mark.parametrize(
    ("name", "path"), [("Learn", "learn"), ("Inside", "inside"), ("Practice", "practice")]
)
def test_back_leads_from_a_part_to_the_part_before_and_then_to_the_page_before(
    tab: Any, name: str, path: str
) -> None:
    tab.open("/")
    expect(tab.button("Open the Lab")).to_be_visible()
    before = entries(tab)
    tab.page.get_by_role("link", name=name, exact=True).click()
    # By the name of their group: other choices of the page may be there before them.
    parts = tab.page.get_by_role("radiogroup", name=re.compile("^(Screens|Parts)")).get_by_role(
        "radio"
    )
    expect(tab.page).to_have_url(re.compile(rf"/{path}\?{path}=\w+$"))
    first = tab.page.url
    assert entries(tab) == before + 1
    parts.nth(1).click()
    expect(tab.page).not_to_have_url(first)
    tab.page.go_back()
    expect(tab.page).to_have_url(first)
    expect(parts.nth(0)).to_be_checked()
    tab.page.go_back()
    expect(tab.button("Open the Lab")).to_be_visible()
    expect(tab.page).to_have_url(f"{tab.url}/")
