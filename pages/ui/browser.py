"""The key of a browser: it tells whose runs are whose.

The server gives each browser a long random key in a cookie, when it opens a page. Scripts of a page
cannot read the cookie (HttpOnly), and other sites cannot send it (SameSite). Who has the key sees
the runs. There are no accounts.
"""

from __future__ import annotations

import re
import secrets
from http.cookies import SimpleCookie

import streamlit as st
from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import HTTPConnection
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from pages.ui import browser_files
from pages.ui.middleware import opens_a_page

__all__ = ["BrowserKey", "alone", "key"]

#: The name of the cookie.
COOKIE = "gru_lab_browser"
#: A browser keeps the cookie for so many seconds after its last visit: 400 days, the longest time
#: that browsers allow.
_SECONDS = 400 * 24 * 3600
_KEY = re.compile(r"[\w-]{43}", re.ASCII)
_SESSION = "browser-key"


class BrowserKey:
    """ASGI middleware that gives each browser its key when it opens a page."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if not opens_a_page(scope):
            await self.app(scope, receive, send)
            return
        cookie = _cookie(scope)

        async def send_with_cookie(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message).append("set-cookie", cookie)
            await send(message)

        await self.app(scope, receive, send_with_cookie)


def _cookie(scope: Scope) -> str:
    """The cookie of this browser, with a new key if it has none. Each visit makes it last longer.

    A connection by https sends it only by https.
    """
    known = HTTPConnection(scope).cookies.get(COOKIE, "")
    cookie = SimpleCookie({COOKIE: known if _KEY.fullmatch(known) else _new()})[COOKIE]
    cookie["path"] = browser_files.base_path() or "/"
    cookie["max-age"] = _SECONDS
    cookie["httponly"] = True
    cookie["samesite"] = "Lax"
    scheme = Headers(scope=scope).get("x-forwarded-proto", scope.get("scheme", "http"))
    cookie["secure"] = scheme == "https"
    return cookie.OutputString()


def key() -> str:
    """The key of the browser of this session. Without its cookie, a session has a key of its own.

    A browser does not send the cookie if another site shows the app in a frame, for example.
    """
    known = st.context.cookies.get(COOKIE, "")
    if _KEY.fullmatch(known):
        return known
    own: str = st.session_state.setdefault(_SESSION, _new())
    return own


def alone() -> bool:
    """Whether the browser runs on the machine of the server, so that nobody else waits for it."""
    # Streamlit gives no address for this machine. A proxy on it is named by its headers.
    forwarded = any(
        name.lower().startswith(("x-forwarded", "forwarded")) for name in st.context.headers
    )
    return st.context.ip_address is None and not forwarded


def _new() -> str:
    return secrets.token_urlsafe(32)
