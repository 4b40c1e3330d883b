"""What there is once per server: the engine, and the security headers."""

from __future__ import annotations

import threading

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from threadpoolctl import threadpool_limits

from gru_core.engine import Engine

__all__ = ["SecurityHeaders", "close", "engine"]

_lock = threading.Lock()
_engine: Engine | None = None


def engine() -> Engine:
    """The engine, started at the first call."""
    global _engine
    with _lock:
        if _engine is None:
            # The matrices that the pages multiply are small: on two shared cores, two threads took
            # ten times as long as one.
            threadpool_limits(1, user_api="blas")
            _engine = Engine.from_environment().start()
        return _engine


def close() -> None:
    """End the engine and its workers."""
    global _engine
    with _lock:
        if _engine is not None:
            _engine.close()
            _engine = None


#: Streamlit and Plotly build styles and, in places, functions at run time; everything else comes
#: from this server alone, and no other site may frame it.
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
