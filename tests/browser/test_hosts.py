"""The names under which the server answers, and the sites that may show it in a frame."""

from __future__ import annotations

import ipaddress
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import urlsplit

import httpx
import psutil
import pytest
from playwright.sync_api import Browser, expect
from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect
from websockets.typing import Origin, Subprotocol

from tests.waiting import PATIENCE

FRAME = '<iframe src="{}/lab?embed=true&{}" width="1200" height="800"></iframe>'


def handshake(server: Any, name: str) -> int:
    """The server's answer to a websocket of a page that was opened under this name."""
    port = urlsplit(server.url).port
    try:
        with connect(
            f"ws://{name}:{port}/_stcore/stream",
            origin=Origin(f"http://{name}:{port}"),
            subprotocols=[Subprotocol("streamlit")],
            sock=socket.create_connection(("127.0.0.1", port)),
            open_timeout=PATIENCE,
        ):
            return 101
    except InvalidStatus as refused:
        return refused.response.status_code


@pytest.mark.parametrize("name", ["localhost", "127.0.0.1", "[::1]"])
def test_a_page_of_this_machine_gets_its_websocket(server: Any, name: str) -> None:
    assert handshake(server, name) == 101


@pytest.mark.parametrize("name", ["evil.example", "localhost.evil.example", "10.0.0.1"])
def test_a_page_under_a_foreign_name_gets_no_websocket_and_says_why(server: Any, name: str) -> None:
    assert handshake(server, name) == 403
    asked = {"host": f"{name}:8501", "accept": "text/html,*/*"}
    answer = httpx.get(f"{server.url}/lab", headers=asked)
    assert answer.status_code == 421
    assert answer.headers["content-type"].startswith("text/plain")
    assert f"'{name}:8501'" in answer.text
    assert "--server.allowedHosts" in answer.text


def test_only_this_machine_reaches_the_server_and_its_workers(server: Any) -> None:
    parent = psutil.Process(server.process.pid)
    listening = {
        connection.laddr.ip
        for process in (parent, *parent.children(recursive=True))
        for connection in process.net_connections("tcp")
        if connection.status == psutil.CONN_LISTEN
    }
    assert listening
    assert [ip for ip in listening if not ipaddress.ip_address(ip).is_loopback] == []


def test_the_options_of_the_readme_open_the_server_to_a_class(serve: Callable[..., Any]) -> None:
    options = ("--server.address", "0.0.0.0", "--server.allowedHosts", "lab.example.org")
    server = serve(*options, "--server.allowedHosts", "*.example.net", trains=False)
    assert handshake(server, "lab.example.org") == 101
    assert handshake(server, "any.example.net") == 101
    assert handshake(server, "evil.example") == 403
    asked = {"host": "lab.example.org:8501", "accept": "text/html"}
    assert httpx.get(f"{server.url}/lab", headers=asked).status_code == 200


def test_a_page_cannot_connect_to_another_server(browser: Browser, server: Any) -> None:
    with browser.new_context() as context:
        page = context.new_page()
        page.goto(f"{server.url}/lab")
        refused = page.evaluate(
            """() => new Promise((resolve) => {
              document.addEventListener("securitypolicyviolation",
                (event) => resolve(`${event.effectiveDirective} ${event.blockedURI}`));
              try { new WebSocket("ws://evil.example/"); } catch { /* the event tells */ }
            })"""
        )
    assert refused.startswith("connect-src ws://evil.example")


@pytest.fixture(scope="module")
def course() -> Iterator[ThreadingHTTPServer]:
    """The server of a course page. `page` has the app in a frame, under the name of another site.

    In `page_of_one_site`, at the address `/one-site`, both have the same name.
    """

    class Page(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "text/html")
            self.end_headers()
            name = "page_of_one_site" if self.path == "/one-site" else "page"
            self.wfile.write(getattr(self.server, name).encode())

        def log_message(self, *_: object) -> None: ...

    with ThreadingHTTPServer(("127.0.0.1", 0), Page) as made:
        thread = threading.Thread(target=made.serve_forever)
        thread.start()
        yield made
        made.shutdown()
        thread.join()


@pytest.fixture(scope="module")
def framed(serve: Callable[..., Any], course: Any) -> Any:
    """A server that the course page may show, if that is opened under the name `localhost`."""
    sites = f"http://localhost:{course.server_port} https://*.school.example:8443"
    server = serve(GRU_LAB_FRAME_ANCESTORS=sites)
    course.page = FRAME.format(server.url, "points=120&epochs=5")
    course.page_of_one_site = FRAME.format(
        server.url.replace("127.0.0.1", "localhost"), "signal=own"
    )
    return server


@contextmanager
def course_page(browser: Browser, course: Any, path: str) -> Iterator[tuple[Any, Any]]:
    """A page of the course, and the app in its frame."""
    with browser.new_context() as context:
        page = context.new_page()
        page.goto(f"http://localhost:{course.server_port}/{path}")
        yield page, page.frame_locator("iframe")


def test_a_course_page_that_is_allowed_shows_the_app(
    browser: Browser, framed: Any, course: Any
) -> None:
    with course_page(browser, course, "") as (_, lab):
        lab.get_by_role("button", name="Train", exact=True).click(timeout=PATIENCE * 1000)
        expect(lab.get_by_text("Finished after 5 epochs").first).to_be_visible()


def test_an_upload_in_a_course_page_of_the_same_site_arrives(
    browser: Browser, framed: Any, course: Any
) -> None:
    with course_page(browser, course, "one-site") as (page, lab):
        chooser = lab.get_by_test_id("stFileUploader").locator("input[type=file]")
        rows = b"value\n" + b"".join(b"%d\n" % (k % 7) for k in range(61))
        with page.expect_response(lambda answer: answer.request.method == "PUT") as sent:
            chooser.set_input_files({"name": "a.csv", "mimeType": "text/csv", "buffer": rows})
        assert sent.value.status == 204
        expect(lab.get_by_text("61 ").first).to_be_visible()


def test_another_site_does_not_show_the_app(browser: Browser, framed: Any, course: Any) -> None:
    with browser.new_context() as context:
        page = context.new_page()
        refused = page.expect_console_message(lambda message: "frame-ancestors" in message.text)
        with refused:
            page.goto(f"http://127.0.0.1:{course.server_port}/")


def test_no_older_header_refuses_the_course_page(framed: Any, course: Any) -> None:
    headers = httpx.get(f"{framed.url}/lab").headers
    assert "x-frame-options" not in headers
    sites = f"http://localhost:{course.server_port} https://*.school.example:8443"
    assert headers["content-security-policy"].endswith(f"frame-ancestors 'self' {sites}")
