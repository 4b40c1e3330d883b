"""Shared by the tests in a real browser: the server, one Chromium, and its tabs.

A test fails if a page writes an error to its console. It also fails if the server writes a
traceback to its log. These tests run after all others.
"""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import httpx
import psutil
import pytest
from playwright.sync_api import Browser, Locator, Page, expect, sync_playwright

from tests.processes import workers_of
from tests.waiting import PATIENCE, wait_until

ROOT = Path(__file__).parents[2]
HERE = Path(__file__).parent
#: The address of no scheduler. A server knows this at once, and does not even load Dask.
NOWHERE = "nowhere"
expect.set_options(timeout=PATIENCE * 1000)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark the tests in this folder, and run them last."""
    here = [item for item in items if item.path.is_relative_to(HERE)]
    for item in here:
        item.add_marker("browser")
    items[:] = [item for item in items if item not in here] + here


def free_port() -> int:
    """A port on which nothing listens."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        return int(free.getsockname()[1])


@dataclass
class Server:
    """A running `streamlit run app.py`."""

    url: str
    process: subprocess.Popen[bytes]
    log: Path

    @classmethod
    def start(
        cls, log: Path, *options: str, base: str = "", port: int = 0, **environment: str
    ) -> Server:
        """Start the server as the README says, on `port` or on a free one.

        `options` are more options of `streamlit run`. `base` is the path of the address.
        """
        port = port or free_port()
        command = [sys.executable, "-m", "streamlit", "run", "app.py", "--server.port", str(port)]
        with log.open("wb") as file:
            process = subprocess.Popen(
                [*command, "--server.headless", "true", *options],
                cwd=ROOT,
                env=os.environ | environment,
                stdout=file,
                stderr=file,
            )
        return cls(f"http://127.0.0.1:{port}{base}", process, log)

    def wait(self) -> None:
        """Wait until it answers."""
        wait_until(lambda: self.health() or self.process.poll() is not None, "a server")

    def health(self) -> dict[str, str]:
        """The answer of `/healthz`. Empty while the server does not answer."""
        with contextlib.suppress(httpx.TransportError):
            return dict(httpx.get(f"{self.url}/healthz").json())
        return {}

    def workers(self) -> list[psutil.Process]:
        """The worker processes."""
        return workers_of(self.process.pid)

    def stop(self) -> list[psutil.Process]:
        """End the server with SIGTERM. Returns the processes that it left behind."""
        family = psutil.Process(self.process.pid).children(recursive=True)
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(PATIENCE)
        _, left = psutil.wait_procs(family, timeout=PATIENCE)
        for orphan in left:
            orphan.kill()
        return left


@contextlib.contextmanager
def serving(folder: Path, *options: str, base: str = "", **environment: str) -> Iterator[Server]:
    environment = {"GRU_LAB_DATA": str(folder / "data")} | environment
    server = Server.start(folder / "server.log", *options, base=base, **environment)
    try:
        server.wait()
        yield server
    finally:
        if server.process.poll() is None:
            server.stop()
    assert "Traceback" not in server.log.read_text(), server.log.read_text()


@pytest.fixture(scope="session")
def shared_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with serving(tmp_path_factory.mktemp("shared")) as server:
        wait_until(lambda: server.health().get("workers") == "ready", "the workers")
        yield server


@pytest.fixture
def server(shared_server: Server) -> Server:
    """The server of most tests, with its workers ready."""
    return shared_server


@pytest.fixture(scope="session")
def free_ports() -> Callable[[], int]:
    """Gives ports on which nothing listens."""
    return free_port


@pytest.fixture(scope="module")
def serve(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[..., Server]]:
    """Starts servers for one module: `serve("--server.baseUrlPath", "gru", base="/gru")`.

    With `trains=False`, such a server has no workers, which take seconds of processor time.
    """
    with contextlib.ExitStack() as stack:

        def start(*options: str, trains: bool = True, **more: str) -> Server:
            own = {"GRU_LAB_WORKERS": "1"} if trains else {"GRU_LAB_SCHEDULER": NOWHERE}
            folder = tmp_path_factory.mktemp("server")
            return stack.enter_context(serving(folder, *options, **(own | more)))

        yield start


@pytest.fixture(scope="session")
def start_server() -> Callable[..., Server]:
    """Starts a server that the test ends by itself; see `Server.start`."""
    return Server.start


@pytest.fixture(scope="session")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    """One Chromium. Its first context has a profile, which keeps the compiled scripts of the pages.

    A page takes a third less time of the processor then.
    """
    # The shell is the same browser without windows of its own: a page takes a quarter less time.
    # None: use the one from `playwright install`.
    chromium = shutil.which("chromium-headless-shell") or shutil.which("chromium")
    quiet = ("background-networking", "component-update", "sync", "gpu", "quic")
    options = ["--no-sandbox", "--no-first-run", *(f"--disable-{name}" for name in quiet)]
    # All pages share one process, which compiles a script once.
    options += ["--renderer-process-limit=1", "--js-flags=--no-flush-bytecode --single-threaded-gc"]
    with sync_playwright() as playwright:
        profile = playwright.chromium.launch_persistent_context(
            tmp_path_factory.mktemp("profile"), executable_path=chromium, args=options
        )
        assert profile.browser is not None
        yield profile.browser
        profile.close()


#: The options of a tab that do not need a context of its own.
OF_A_PAGE = {"viewport", "color_scheme", "reduced_motion", "forced_colors"}


class Tab:
    """A browser tab on the app, with short ways to reach its parts."""

    def __init__(self, page: Page, url: str) -> None:
        self.page = page
        self.url = url
        self.complaints: list[str] = []
        self.tolerated: re.Pattern[str] | None = None  # what the console may say
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.on("console", self._listen)

    def _listen(self, message: Any) -> None:
        tolerated = self.tolerated is not None and self.tolerated.search(message.text)
        if message.type == "error" and not tolerated:
            self.complaints.append(f"{message.text} ({message.location})")

    def open(self, path: str = "/lab", **query: object) -> None:
        """Go to a page by its address."""
        self.page.goto(f"{self.url}{path}?{urlencode(query)}".removesuffix("?"))

    def button(self, label: str) -> Locator:
        """The button with this label."""
        return self.page.get_by_role("button", name=label, exact=True)

    def train(self) -> None:
        """Press Train, and wait until the run can be stopped."""
        self.button("Train").click()
        expect(self.button("Stop")).to_be_enabled()

    def box(self, words: str | re.Pattern[str]) -> Locator:
        """The message box with these words."""
        return self.page.get_by_test_id("stAlert").filter(has_text=words)

    def chart(self, label: str) -> Locator:
        """The chart whose description begins like this."""
        return self.page.locator(f'.gru-chart .plot[aria-label^="{label}"]')

    def around(self, chart: Locator) -> Locator:
        """A chart with its legend, its slider and the buttons of its view."""
        return chart.locator("xpath=ancestor::*[contains(@class, 'gru-chart')]")

    def line(self, chart: Locator, name: str) -> Locator:
        """The button of the legend that shows and hides a line."""
        return self.around(chart).get_by_role("button", name=name, exact=True)

    def ends(self, chart: Locator) -> list[float]:
        """Where the x axis of a chart begins and ends."""
        expect(chart).to_have_class(re.compile("js-plotly-plot"))  # it is drawn
        return [float(end) for end in chart.evaluate("(plot) => plot._fullLayout.xaxis.range")]

    @property
    def loss(self) -> Locator:
        """The loss chart."""
        return self.chart("Loss by epoch")

    @property
    def forecast(self) -> Locator:
        """The chart of the closed-loop forecast after some epoch."""
        return self.chart("The closed-loop forecast")

    def until_points(self, chart: Locator, least: int) -> int:
        """Wait until a live chart has at least `least` points. Returns their number."""
        self.until(chart, "points", least)
        return int(chart.get_attribute("data-points") or 0)

    def until_updates(self, chart: Locator, more: int) -> None:
        """Wait until a live chart has been updated `more` more times."""
        self.until(chart, "updates", int(chart.get_attribute("data-updates") or 0) + more)

    def until(self, chart: Locator, what: str, least: int) -> None:
        """Wait until the data attribute `what` of a live chart is at least `least`.

        A chart out of sight is not updated, so it is scrolled to.
        """
        expect(chart).to_be_visible()
        chart.scroll_into_view_if_needed()
        self.page.wait_for_function(
            "([element, what, least]) => Number(element.dataset[what]) >= least",
            arg=[chart.element_handle(), what, least],
            timeout=PATIENCE * 1000,
        )

    def field(self, label: str) -> Locator:
        """The control of the sidebar for a number whose label begins like this."""
        return self.page.get_by_role("spinbutton", name=re.compile(f"^{label}"))

    def set(self, label: str, value: object) -> None:
        """Type a number into a control of the sidebar."""
        self.field(label).fill(str(value))
        self.field(label).press("Enter")

    def overflow(self) -> int:
        """How many pixels the document is wider than the window."""
        return int(
            self.page.evaluate(
                "() => Math.max(...[document.documentElement, document.body,"
                " ...document.querySelectorAll('[data-testid=stMain]')]"
                ".map((box) => box.scrollWidth - box.clientWidth))"
            )
        )


@pytest.fixture
def new_tab(browser: Browser) -> Iterator[Callable[..., Tab]]:
    """Opens a tab of a new user: `new_tab(server, color_scheme="dark")`.

    The first user of a test has the browser's profile. All that the user leaves in it is deleted.
    `shared=False`: the tab has a context of its own. Playwright's clock belongs to a context.
    """
    profile = browser.contexts[0]
    tabs: list[Tab] = []

    def open_tab(server: Server, *, shared: bool = True, **options: Any) -> Tab:
        options = {"viewport": {"width": 1280, "height": 900}} | options
        if tabs or not shared or not options.keys() <= OF_A_PAGE:
            page = browser.new_context(**options).new_page()
        else:
            page = profile.new_page()
            page.set_viewport_size(options.pop("viewport"))
            page.emulate_media(**options)
        page.context.set_default_timeout(PATIENCE * 1000)
        tabs.append(Tab(page, server.url))
        return tabs[-1]

    yield open_tab
    blank, *pages = profile.pages
    for page in pages:
        page.close()
    for tab in tabs:
        if tab.page.context is not profile:
            tab.page.context.close()
            continue
        everything = {"origin": tab.url, "storageTypes": "cookies,local_storage,indexeddb"}
        profile.new_cdp_session(blank).send("Storage.clearDataForOrigin", everything)
    assert [tab.complaints for tab in tabs] == [[]] * len(tabs)


@pytest.fixture
def tab(new_tab: Callable[..., Tab], server: Server) -> Iterator[Tab]:
    """A tab of a new user on the shared server. A run that it leaves running is stopped."""
    made = new_tab(server)
    yield made
    stop = made.button("Stop")
    if stop.count() and stop.is_enabled():
        stop.dispatch_event("click")  # the run may end now, and `click` would wait for ever
        expect(stop).to_be_disabled()
