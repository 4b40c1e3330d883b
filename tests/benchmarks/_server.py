"""A real server in its own process, and a real Chromium, for the benchmarks."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from playwright.sync_api import Browser, Page, sync_playwright

from tests.benchmarks import THREADS

__all__ = ["APP", "HELLO", "ROOT", "Server", "browser", "finished", "lab", "ready_app", "serve"]

ROOT = Path(__file__).parents[2]
APP = ("run", "app.py")
HELLO = ("hello",)

_FLAGS = ("--server.headless=true", "--browser.gatherUsageStats=false")
_CHROMIUM = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
PATIENCE_SECONDS = 120.0


@dataclass(frozen=True)
class Server:
    """A server: its address, and when its process began."""

    url: str
    began: float
    process: subprocess.Popen[bytes]
    log: IO[bytes]

    def wait_listening(self) -> None:
        """Wait until it accepts connections."""
        port = int(self.url.rsplit(":", 1)[1])
        while not _listens(port):
            self._check()
            time.sleep(0.005)

    def wait_ready(self) -> None:
        """Wait until `/healthz` says that the training workers are ready."""
        while _workers(self.url) != "ready":
            self._check()
            time.sleep(0.1)

    def complaints(self) -> list[str]:
        """The lines in its log that begin a traceback or report an error."""
        self.log.seek(0)
        lines = self.log.read().decode(errors="replace").splitlines()
        return [line for line in lines if "Traceback" in line or "ERROR" in line]

    def _check(self) -> None:
        over = time.perf_counter() - self.began > PATIENCE_SECONDS
        if over or self.process.poll() is not None:
            self.log.seek(0)
            said = self.log.read().decode(errors="replace")
            raise RuntimeError(f"The server at {self.url} did not start. It said:\n{said}")


@contextlib.contextmanager
def serve(command: tuple[str, ...], cwd: Path = ROOT) -> Iterator[Server]:
    """Run `streamlit` with `command` on a free port, and end it."""
    port = _free_port()
    line = [sys.executable, "-m", "streamlit", *command, *_FLAGS, f"--server.port={port}"]
    with tempfile.TemporaryFile() as log, tempfile.TemporaryDirectory() as data:
        began = time.perf_counter()
        process = subprocess.Popen(
            line, cwd=cwd, env=_environment(data), stdout=log, stderr=subprocess.STDOUT
        )
        try:
            yield Server(f"http://127.0.0.1:{port}", began, process, log)
        finally:
            _end(process)


@contextlib.contextmanager
def ready_app() -> Iterator[Server]:
    """The app, with its training workers ready."""
    with serve(APP) as server:
        server.wait_ready()
        yield server


@contextlib.contextmanager
def browser() -> Iterator[Browser]:
    """A Chromium without a window."""
    path = shutil.which("chromium")
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=path, args=list(_CHROMIUM))
        try:
            yield chromium
        finally:
            chromium.close()


def lab(page: Page, server: Server, query: str = "") -> None:
    """Open the Lab and wait until you can start a run."""
    page.goto(f"{server.url}/lab{query}")
    page.get_by_role("button", name="Train", exact=True).wait_for(timeout=60_000)
    page.locator(".st-key-preview .js-plotly-plot .main-svg").first.wait_for(timeout=60_000)


def finished(page: Page) -> None:
    """Wait for the end of a run."""
    page.get_by_text("Closed-loop forecast", exact=True).wait_for(timeout=600_000)
    page.get_by_text("How training went", exact=True).wait_for(timeout=60_000)


def _environment(data: str) -> dict[str, str]:
    # As for a user: no limit on the threads of the web process, and Python keeps compiled files.
    # Only the runs are kept elsewhere, in the folder `data`.
    unusual = {*THREADS, "PYTHONDONTWRITEBYTECODE"}
    usual = {name: value for name, value in os.environ.items() if name not in unusual}
    return usual | {"GRU_LAB_DATA": data}


def _end(process: subprocess.Popen[bytes]) -> None:
    if process.poll() is None:
        process.send_signal(signal.SIGTERM)
    try:
        process.wait(40)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        probe.settimeout(1.0)
        return probe.connect_ex(("127.0.0.1", port)) == 0


def _workers(url: str) -> str:
    direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))  # never through a proxy
    try:
        with direct.open(f"{url}/healthz", timeout=5) as answer:
            return str(json.load(answer)["workers"])
    except OSError:
        return "unreachable"
