"""The ASGI app that `streamlit run app.py` serves.

It starts the training engine with the server, and stops it with the server. It answers `/healthz`
and adds security headers. `pages/router.py` draws every page.
"""

from __future__ import annotations

import asyncio
import gc
import logging
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import streamlit as st
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from gru_core.errors import GruLabError
from pages.ui import browser, browser_files, installed, middleware, server

log = logging.getLogger(__name__)


@asynccontextmanager
async def lifespan(app: st.App) -> AsyncIterator[dict[str, object]]:
    """Start the rest in the background. Stop the engine and its workers with the server."""
    rest = asyncio.create_task(load_the_rest())
    try:
        yield {}
    finally:
        rest.cancel()
        server.close()


async def load_the_rest() -> None:
    """Load what draws the pages, in a thread. Then tidy up as long as the server runs.

    The server answers meanwhile: the browser needs most of this time to load Streamlit's own code.
    So this file imports only what answers a browser, and `load` brings all else.
    """
    try:
        await asyncio.to_thread(load)
    except Exception as error:  # such as a wrong environment variable
        known = isinstance(error, GruLabError)
        log.critical("The server cannot start. %s", error, exc_info=None if known else error)
        signal.raise_signal(signal.SIGTERM)
        return
    from pages.ui import give_back

    await give_back.forever()


def load() -> None:
    """Start the workers, load pandas and the engine, then what is needed later."""
    server.start_pool()
    server.load_for_icon()
    if not server.is_needed():
        return
    server.engine()
    from pages.ui import give_back, watchers

    give_back.prepare()
    watchers.obey_the_setting()
    gc.freeze()  # the modules stay loaded: later garbage collections can skip them


async def healthz(request: Request) -> JSONResponse:
    """Report the state of the workers. The status is 503 if no run can begin.

    `unusable` names each worker that is there but cannot train, and says why.
    """
    engine = await asyncio.to_thread(server.engine)  # it may still be loading
    trouble, unusable = engine.trouble, engine.unusable
    state: dict[str, object] = {
        "status": "unavailable" if trouble else "ok",
        "workers": trouble or ("ready" if engine.ready else "starting"),
    }
    if unusable:
        state["unusable"] = unusable
    return JSONResponse(state, status_code=503 if trouble else 200)


installed.need_no_components()
app = st.App(
    "pages/router.py",
    lifespan=lifespan,
    routes=[Route(f"{browser_files.base_path()}/healthz", healthz), *browser_files.routes()],
    middleware=[
        Middleware(middleware.SecurityHeaders, sites=middleware.framing_sites()),
        Middleware(middleware.KnownHosts),
        Middleware(middleware.UploadLimit),
        Middleware(browser.BrowserKey),
        Middleware(middleware.HomeAddress),
    ],
)
