"""The files that the browser fetches from `/assets`: our own, and plotly.js.

plotly.js comes from the installed package. Its address contains the version, so a browser can cache
it for good. It is sent compressed: 1.5 MB instead of 4.8 MB.
"""

from __future__ import annotations

import gzip
import json
from functools import cache
from importlib.metadata import version
from pathlib import Path

import streamlit as st
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import StaticFiles

__all__ = ["FOLDER", "PLOTLY", "base_path", "code", "read", "routes"]

FOLDER = Path(__file__).parent / "assets"


def base_path() -> str:
    """The path below which the app is served (`server.baseUrlPath`), such as `/lab`; "" if none."""
    path = str(st.get_option("server.baseUrlPath") or "").strip("/")
    return f"/{path}" if path else ""


#: The address of plotly.js.
PLOTLY = f"{base_path()}/assets/plotly-{version('plotly')}.js"


def read(name: str) -> str:
    """The text of one of our own files."""
    return (FOLDER / name).read_text(encoding="utf-8")


def code(module: str, *arguments: str) -> str:
    """The JavaScript of a component that `/assets/{module}.js` draws and removes.

    The browser fetches the module once, not with every component. `arguments` go to its `draw`.
    """
    given = "".join(f", {json.dumps(argument)}" for argument in arguments)
    return f"""
const code = import(new URL("{base_path()}/assets/{module}.js", window.location.origin).href);
export default function (component) {{
  code.then((module) => module.draw(component{given}));
  return () => code.then((module) => module.remove(component));
}}
"""


def routes() -> list[BaseRoute]:
    """The routes of `/assets`."""
    files = Mount(f"{base_path()}/assets", StaticFiles(directory=FOLDER))
    return [Route(PLOTLY, _plotly), files]


def _plotly(request: Request) -> Response:
    # Not async: the first call compresses for 0.1 s, and Starlette runs this in a thread.
    headers = {"Cache-Control": "public, max-age=31536000, immutable", "Vary": "Accept-Encoding"}
    if "gzip" not in request.headers.get("accept-encoding", ""):
        return Response(_code(), media_type="text/javascript", headers=headers)
    headers["Content-Encoding"] = "gzip"
    return Response(_compressed(), media_type="text/javascript", headers=headers)


@cache
def _compressed() -> bytes:
    return gzip.compress(_code(), 5)  # 1 % larger than with 9, in half of the time


def _code() -> bytes:
    from plotly.offline import get_plotlyjs

    code: str = get_plotlyjs()
    return code.encode()
