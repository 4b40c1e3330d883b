"""The ASGI app that `streamlit run app.py` serves.

Starts the training engine with the server and ends it with it, answers `/healthz`, adds security
headers, and leaves every page to `pages/router.py`.
"""

from __future__ import annotations

import gc
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import streamlit as st
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from pages.ui import assets, middleware, server


@asynccontextmanager
async def lifespan(app: st.App) -> AsyncIterator[dict[str, object]]:
    """Start the engine in the background; end it, and its workers, with the server."""
    server.engine()
    gc.freeze()  # what is loaded by now stays: no later collection needs to look at it
    try:
        yield {}
    finally:
        server.close()


async def healthz(request: Request) -> JSONResponse:
    """Whether the server answers and its workers are there; 503 if they cannot be reached."""
    engine = server.engine()
    state = "ready" if engine.ready else engine.trouble or "starting"
    return JSONResponse(
        {"status": "unavailable" if engine.trouble else "ok", "workers": state},
        status_code=503 if engine.trouble else 200,
    )


app = st.App(
    "pages/router.py",
    lifespan=lifespan,
    routes=[Route("/healthz", healthz), *assets.routes()],
    middleware=[Middleware(middleware.SecurityHeaders), Middleware(middleware.HomeAddress)],
)
