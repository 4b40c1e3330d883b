"""The sites that may show the app in a frame: what the setting accepts."""

from __future__ import annotations

import asyncio
from typing import Any

import httpx
import pytest
from starlette.applications import Starlette

from gru_core.errors import OptionError
from pages.ui.middleware import SecurityHeaders, framing_sites

SETTING = "GRU_LAB_FRAME_ANCESTORS"


def headers(value: str, monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.setenv(SETTING, value)
    app = SecurityHeaders(Starlette(), framing_sites())

    async def ask() -> Any:
        transport = httpx.ASGITransport(app)
        async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as client:
            return (await client.get("/")).headers

    return asyncio.run(ask())


@pytest.mark.parametrize(
    "value",
    [
        "https://course.example.org",
        "http://localhost:8080",
        "https://*.example.org:8443 https://other.example",
        "  https://a.example\n\thttps://b.example ",
    ],
)
def test_listed_sites_may_show_the_app(value: str, monkeypatch: pytest.MonkeyPatch) -> None:
    given = headers(value, monkeypatch)
    *_, last = given["content-security-policy"].split("; ")
    assert last.split() == ["frame-ancestors", "'self'", *value.split()]
    assert "x-frame-options" not in given


@pytest.mark.parametrize("value", ["", "  "])
def test_without_a_list_only_the_app_shows_itself(
    value: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    given = headers(value, monkeypatch)
    assert given["content-security-policy"].endswith("; frame-ancestors 'self'")
    assert given["x-frame-options"] == "SAMEORIGIN"


@pytest.mark.parametrize(
    "value",
    [
        "*",
        "https://*",
        "'none'",
        "course.example.org",
        "https://a.example, https://b.example",
        "https://a.example; script-src *",
        "https://a.example/course",
        "javascript:alert(1)",
    ],
)
def test_what_is_not_the_address_of_a_site_is_named(
    value: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(SETTING, value)
    with pytest.raises(OptionError, match=SETTING):
        framing_sites()
