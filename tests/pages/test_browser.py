"""The key of a browser: who gets one, what the cookie allows, and what counts as a key."""

from __future__ import annotations

import asyncio
from http.cookies import Morsel, SimpleCookie
from types import SimpleNamespace
from typing import Any

import httpx
import pytest
import streamlit as st
from starlette.applications import Starlette

from pages.ui import browser

PAGE = {"accept": "text/html,*/*"}


def cookie(headers: dict[str, str], base: str = "http://localhost") -> Morsel[str] | None:
    """The cookie that the answer sets, if any."""

    async def ask() -> Any:
        transport = httpx.ASGITransport(browser.BrowserKey(Starlette()))
        async with httpx.AsyncClient(transport=transport, base_url=base) as client:
            return (await client.get("/lab", headers=headers)).headers

    return SimpleCookie(asyncio.run(ask()).get("set-cookie", "")).get(browser.COOKIE)


def new(headers: dict[str, str] = PAGE, base: str = "http://localhost") -> Morsel[str]:
    given = cookie(headers, base)
    assert given is not None
    return given


def test_each_browser_gets_a_key_that_nobody_can_guess() -> None:
    keys = {new().value for _ in range(100)}
    assert len(keys) == 100
    assert {len(key) for key in keys} == {43}  # 256 bits


def test_the_cookie_is_hidden_from_scripts_and_from_other_sites() -> None:
    given = new()
    assert given["httponly"] is True
    assert given["samesite"] == "Lax"
    assert given["path"] == "/"
    assert int(given["max-age"]) > 365 * 24 * 3600


@pytest.mark.parametrize(
    ("base", "headers", "secure"),
    [
        ("http://localhost", {}, False),
        ("https://lab.example", {}, True),
        ("http://localhost", {"x-forwarded-proto": "https"}, True),
    ],
)
def test_a_key_given_by_https_is_sent_by_https_only(
    base: str, headers: dict[str, str], secure: bool
) -> None:
    assert bool(new(PAGE | headers, base)["secure"]) is secure


def test_a_browser_keeps_its_key() -> None:
    key = new().value
    assert new(PAGE | {"cookie": f"other=1; {browser.COOKIE}={key}"}).value == key


@pytest.mark.parametrize(
    "value", ["", "short", "x" * 44, "../" + "x" * 40, "a b" * 14 + "c", "%00" * 14]
)
def test_something_else_is_no_key(value: str, monkeypatch: pytest.MonkeyPatch) -> None:
    given = new(PAGE | {"cookie": f"{browser.COOKIE}={value}"}).value
    assert given != value
    assert len(given) == 43
    visitor = SimpleNamespace(cookies={browser.COOKIE: value})
    monkeypatch.setattr(st, "context", visitor)
    monkeypatch.setattr(st, "session_state", {})
    assert browser.key() != value
    assert browser.key() == browser.key()


def test_files_of_a_page_set_no_cookie() -> None:
    assert cookie({"accept": "*/*"}) is None


@pytest.mark.parametrize(
    ("address", "headers", "alone"),
    [
        (None, {}, True),
        ("10.0.0.7", {}, False),
        (None, {"X-Forwarded-For": "10.0.0.7"}, False),
        (None, {"Forwarded": "for=10.0.0.7"}, False),
    ],
)
def test_only_a_browser_on_this_machine_is_alone(
    address: str | None, headers: dict[str, str], alone: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(st, "context", SimpleNamespace(ip_address=address, headers=headers))
    assert browser.alone() is alone
