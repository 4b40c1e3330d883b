"""The ASGI app that `streamlit run app.py` serves.

It starts the training engine with the server, and stops it with the server. It answers `/healthz`
and adds security headers. `pages/router.py` draws every page.
"""

from __future__ import annotations

import asyncio
import gc
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import streamlit as st
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from pages.ui import browser_files, give_back, middleware, server


@asynccontextmanager
async def lifespan(app: st.App) -> AsyncIterator[dict[str, object]]:
    """Start the engine in the background. Stop it and its workers when the server stops."""
    give_back.prepare()
    server.engine()
    gc.freeze()  # the modules stay loaded: later garbage collections can skip them
    tidying = asyncio.create_task(give_back.forever())
    try:
        yield {}
    finally:
        tidying.cancel()
        server.close()


async def healthz(request: Request) -> JSONResponse:
    """Report the state of the workers. The status is 503 if no run can begin.

    `unusable` names each worker that is there but cannot train, and says why.
    """
    engine = server.engine()
    trouble, unusable = engine.trouble, engine.unusable
    state: dict[str, object] = {
        "status": "unavailable" if trouble else "ok",
        "workers": trouble or ("ready" if engine.ready else "starting"),
    }
    if unusable:
        state["unusable"] = unusable
    return JSONResponse(state, status_code=503 if trouble else 200)


app = st.App(
    "pages/router.py",
    lifespan=lifespan,
    routes=[Route(f"{browser_files.base_path()}/healthz", healthz), *browser_files.routes()],
    middleware=[
        Middleware(middleware.SecurityHeaders, sites=middleware.framing_sites()),
        Middleware(middleware.KnownHosts),
        Middleware(middleware.UploadLimit),
        Middleware(middleware.HomeAddress),
    ],
)
