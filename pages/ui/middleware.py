"""Security headers for every answer of the server, and the server's address for its pages."""

from __future__ import annotations

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

__all__ = ["HomeAddress", "SecurityHeaders"]

#: Streamlit and Plotly make styles and some functions at run time. Everything else must come from
#: this server. No other site may show this one in a frame.
_POLICY = "; ".join(
    (
        "default-src 'self'",
        "script-src 'self' 'unsafe-inline' 'unsafe-eval' blob:",
        "style-src 'self' 'unsafe-inline'",
        "img-src 'self' data: blob:",
        "font-src 'self' data:",
        "connect-src 'self' ws: wss: blob: data:",
        "worker-src 'self' blob:",
        "frame-src 'self' blob:",
        "frame-ancestors 'self'",
        "base-uri 'self'",
        "form-action 'self'",
        "object-src 'none'",
    )
)
_HEADERS = {
    "Content-Security-Policy": _POLICY,
    "X-Frame-Options": "SAMEORIGIN",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
}


class SecurityHeaders:
    """ASGI middleware that adds the headers above to every HTTP response."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in _HEADERS.items():
                    headers.setdefault(name, value)
            await send(message)

        wrapped = send_with_headers if scope["type"] == "http" else send
        await self.app(scope, receive, wrapped)


#: Streamlit's page first looks for its server below the page's address (`/lab/_stcore/health`).
#: That logs a 404. If the host sets an address in `__streamlit`, the page uses that instead.
_ADDRESS = b"<script>window.__streamlit = {BACKEND_BASE_URL: window.location.origin}</script>"


class HomeAddress:
    """ASGI middleware that tells Streamlit's page where its server is."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request. A page that a browser opens gets the address into its head."""
        accepts = Headers(scope=scope).get("accept", "") if scope["type"] == "http" else ""
        if "text/html" not in accepts or scope["method"] != "GET":
            await self.app(scope, receive, send)
            return
        # A compressed page could not be changed. The page is small enough to send uncompressed.
        plain = [(name, value) for name, value in scope["headers"] if name != b"accept-encoding"]
        await self.app({**scope, "headers": plain}, receive, _with_address(send))


def _with_address(send: Send) -> Send:
    start: Message | None = None
    body = b""

    async def send_with_address(message: Message) -> None:
        nonlocal start, body
        if message["type"] == "http.response.start":
            start = message  # sent later, because the length of the body changes
            return
        body += message.get("body", b"")
        if start is None or message.get("more_body"):
            return
        whole = body.replace(b"<head>", b"<head>" + _ADDRESS, 1)
        if whole != body:
            MutableHeaders(scope=start)["content-length"] = str(len(whole))
        await send(start)
        await send({"type": "http.response.body", "body": whole})

    return send_with_address
