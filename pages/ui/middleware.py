"""What the server adds to an answer, and what it refuses.

It adds security headers, and the server's address for its pages. It refuses foreign names, and too
many files.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Sequence

import streamlit as st
from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from streamlit import runtime
from streamlit.web.server.starlette.starlette_websocket import is_host_allowed

from gru_core.errors import OptionError
from pages.ui import browser_files

__all__ = [
    "HomeAddress",
    "KnownHosts",
    "SecurityHeaders",
    "UploadLimit",
    "framing_sites",
    "opens_a_page",
]

#: Streamlit and Plotly make styles and some functions at run time. Everything else must come from
#: this server. `frame-ancestors` says which sites may show this one in a frame.
_POLICY = (
    "default-src 'self'",
    "script-src 'self' 'unsafe-inline' 'unsafe-eval' blob:",
    "style-src 'self' 'unsafe-inline'",
    "img-src 'self' data: blob:",
    "font-src 'self' data:",
    "connect-src 'self' blob: data:",
    "worker-src 'self' blob:",
    "frame-src 'self' blob:",
    "base-uri 'self'",
    "form-action 'self'",
    "object-src 'none'",
)
_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
}

_FRAMES = "GRU_LAB_FRAME_ANCESTORS"
#: An address of a site: its host may begin with `*.`, and a port may follow.
_SITE = re.compile(r"https?://(\*\.)?[a-z0-9-]+(\.[a-z0-9-]+)*(:\d+)?", re.IGNORECASE)


class SecurityHeaders:
    """ASGI middleware that adds security headers to every HTTP response.

    Args:
        app: what answers.
        sites: the other sites that may show the app in a frame.
    """

    def __init__(self, app: ASGIApp, sites: Sequence[str] = ()) -> None:
        self.app = app
        self._headers = _HEADERS | {
            "Content-Security-Policy": "; ".join(
                (*_POLICY, " ".join(("frame-ancestors 'self'", *sites)))
            )
        }
        if not sites:  # this older header cannot name other sites
            self._headers["X-Frame-Options"] = "SAMEORIGIN"

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in self._headers.items():
                    headers.setdefault(name, value)
            await send(message)

        wrapped = send_with_headers if scope["type"] == "http" else send
        await self.app(scope, receive, wrapped)


def framing_sites() -> list[str]:
    """The sites in the environment variable `GRU_LAB_FRAME_ANCESTORS`.

    Raises:
        OptionError: the variable holds something that is not the address of a site.
    """
    sites = os.environ.get(_FRAMES, "").split()
    for site in sites:
        if not _SITE.fullmatch(site):
            raise OptionError(
                f"{_FRAMES} holds '{site}', which is not the address of a site. Write addresses "
                "such as https://course.example.org, with a space between two of them."
            )
    return sites


class KnownHosts:
    """ASGI middleware that opens pages only under the names in `server.allowedHosts`.

    Streamlit refuses the websocket of every other name, and the page would stay empty.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        host = Headers(scope=scope).get("host", "") if opens_a_page(scope) else None
        if host is None or is_host_allowed(host):
            await self.app(scope, receive, send)
            return
        answer = PlainTextResponse(
            f"This server may not be opened under the name '{host}'. Use the address that you "
            "were given. Whoever runs the server can allow another name: start it with "
            "--server.allowedHosts and that name.\n",
            status_code=421,  # Misdirected Request, RFC 9110
        )
        await answer(scope, receive, send)


#: The address to which Streamlit's page sends a file: the session, then the file.
_UPLOAD = re.compile(r"/_stcore/upload_file/([^/]+)/[^/]+$")


class UploadLimit:
    """ASGI middleware that limits what one session may keep on the server.

    Streamlit limits the size of a file, but not the number of files. A page of this app needs one,
    and a second one while it replaces the first.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        upload = _UPLOAD.search(scope["path"]) if scope["type"] == "http" else None
        if upload is None or scope["method"] != "PUT" or _kept(upload[1]) <= _most():
            await self.app(scope, receive, send)
            return
        answer = PlainTextResponse(
            "This visit has too many files on the server. Remove one, or reload the page.\n",
            status_code=413,
        )
        await answer(scope, receive, send)


def _most() -> int:
    return int(st.get_option("server.maxUploadSize")) * 1024 * 1024


def _kept(session: str) -> int:
    """The bytes of all files of a session."""
    files = runtime.get_instance().uploaded_file_mgr.file_storage.get(session, {})
    return sum(len(file.data) for file in list(files.values()))


def opens_a_page(scope: Scope) -> bool:
    """Whether a browser asks for a page, and not for one of its files."""
    if scope["type"] != "http" or scope["method"] != "GET":
        return False
    return "text/html" in Headers(scope=scope).get("accept", "")


class HomeAddress:
    """ASGI middleware that tells Streamlit's page where its server is.

    Streamlit's page first looks for its server below the page's address (`/lab/_stcore/health`).
    That logs a 404. If the host sets an address in `__streamlit`, the page uses that instead.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app
        base = json.dumps(browser_files.base_path())
        self._address = (
            f"<script>window.__streamlit = "
            f"{{BACKEND_BASE_URL: window.location.origin + {base}}}</script>"
        ).encode()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request. A page that a browser opens gets the address into its head."""
        if not opens_a_page(scope):
            await self.app(scope, receive, send)
            return
        # A compressed page could not be changed. The page is small enough to send uncompressed.
        plain = [(name, value) for name, value in scope["headers"] if name != b"accept-encoding"]
        await self.app({**scope, "headers": plain}, receive, _with_head(send, self._address))


def _with_head(send: Send, addition: bytes) -> Send:
    start: Message | None = None
    body = b""

    async def send_with_head(message: Message) -> None:
        nonlocal start, body
        if message["type"] == "http.response.start":
            start = message  # sent later, because the length of the body changes
            return
        body += message.get("body", b"")
        if start is None or message.get("more_body"):
            return
        whole = body.replace(b"<head>", b"<head>" + addition, 1)
        if whole != body:
            MutableHeaders(scope=start)["content-length"] = str(len(whole))
        await send(start)
        await send({"type": "http.response.body", "body": whole})

    return send_with_head
