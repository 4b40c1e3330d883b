"""The app behind nginx and Caddy, with the configurations of the README.

Only names, ports and the places of files are filled in.
"""

from __future__ import annotations

import contextlib
import getpass
import grp
import os
import re
import shutil
import ssl
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest
from playwright.sync_api import expect

from tests.quick_run import QUICK
from tests.test_readme import blocks
from tests.waiting import PATIENCE, wait_until

NAME = "lab.example.org"
#: A file of more than nginx takes by default (1 MB).
LARGE = b"value\n" + b"".join(b"%.12f\n" % (k % 25) for k in range(150_000))
NGINX = """
daemon off;
pid {folder}/nginx.pid;
error_log stderr;
user {user} {group};
events {{}}
http {{
    include /etc/nginx/mime.types;
    access_log off;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
{site}
}}
"""
#: Caddy must not change this machine: no list of trusted certificates, no port for its control.
CADDY = """
{{
    admin off
    auto_https disable_redirects
    skip_install_trust
    storage file_system {folder}
}}
{site}
"""


@dataclass
class Proxy:
    """A running proxy."""

    url: str
    certificate: Path | None = None

    def get(self, path: str, **headers: str) -> httpx.Response:
        """Fetch a path. Redirects are not followed."""
        if self.certificate is None:
            return httpx.get(self.url + path, headers=headers, verify=False)
        trusted = ssl.create_default_context(cafile=self.certificate)
        return httpx.get(self.url + path, headers=headers, verify=trusted)


def needed(program: str) -> str:
    """The path of a program. Without it, the test is skipped."""
    path = shutil.which(program) or shutil.which(program, path="/usr/sbin:/sbin")
    if path is None:
        pytest.skip(f"{program} is not installed; on Debian: apt-get install {program}")
    return path


def filled(language: str, places: dict[str, str]) -> str:
    """The configuration of the README with our own names, ports and files."""
    (text,) = blocks(language)
    for theirs, mine in places.items():
        assert theirs in text
        text = text.replace(theirs, mine)
    return text


@contextlib.contextmanager
def running(command: list[str], log: Path, up: Callable[[], bool]) -> Iterator[None]:
    with log.open("wb") as file:
        process = subprocess.Popen(command, stdout=file, stderr=file, cwd=log.parent)
    try:
        wait_until(lambda: answers(up) or process.poll() is not None, "the proxy")
        assert process.poll() is None, log.read_text()
        yield
    finally:
        process.terminate()
        process.wait(PATIENCE)


def answers(up: Callable[[], bool]) -> bool:
    with contextlib.suppress(httpx.TransportError):
        return up()
    return False


@pytest.fixture(scope="module")
def app(serve: Callable[..., Any]) -> Any:
    """The app, started as the README says for a proxy."""
    return serve("--server.allowedHosts", "localhost")


def certificate(folder: Path) -> tuple[Path, Path]:
    """A certificate for `localhost`, and its key."""
    made, key = folder / "made.pem", folder / "made.key"
    options = "-x509 -newkey rsa:2048 -nodes -days 1 -subj /CN=localhost"
    alternative = ["-addext", "subjectAltName=DNS:localhost"]
    files = ["-out", str(made), "-keyout", str(key)]
    command = [needed("openssl"), "req", *options.split(), *alternative, *files]
    subprocess.run(command, check=True, capture_output=True)
    return made, key


@pytest.fixture(scope="module")
def nginx(
    app: Any, free_ports: Callable[[], int], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Proxy]:
    program, folder = needed("nginx"), tmp_path_factory.mktemp("nginx")
    made, key = certificate(folder)
    plain, port = free_ports(), free_ports()
    places = {
        "/etc/ssl/lab.example.org.pem": str(made),
        "/etc/ssl/lab.example.org.key": str(key),
        f"https://{NAME}": f"https://localhost:{port}",
        f"server_name {NAME}": "server_name localhost",
        "listen 80;": f"listen 127.0.0.1:{plain};",
        "listen 443 ": f"listen 127.0.0.1:{port} ",
        "127.0.0.1:8501": urlsplit(app.url).netloc,
    }
    file = folder / "nginx.conf"
    file.write_text(
        NGINX.format(
            folder=folder,
            user=getpass.getuser(),
            group=grp.getgrgid(os.getgid()).gr_name,
            site=filled("nginx", places),
        )
    )
    proxy = Proxy(f"https://localhost:{port}", made)
    command = [program, "-c", str(file), "-e", "stderr", "-p", str(folder)]
    with running(command, folder / "log", lambda: proxy.get("/healthz").status_code == 200):
        answer = httpx.get(f"http://localhost:{plain}/lab?window=24")
        assert answer.status_code == 301
        assert answer.headers["location"] == f"{proxy.url}/lab?window=24"
        yield proxy


@pytest.fixture(scope="module")
def caddy(
    app: Any, free_ports: Callable[[], int], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Proxy]:
    program, folder = needed("caddy"), tmp_path_factory.mktemp("caddy")
    port = free_ports()
    places = {NAME: f"localhost:{port}", "127.0.0.1:8501": urlsplit(app.url).netloc}
    file = folder / "Caddyfile"
    file.write_text(CADDY.format(folder=folder, site=filled("caddy", places)))
    proxy = Proxy(f"https://localhost:{port}")
    command = [program, "run", "--config", str(file), "--adapter", "caddyfile"]
    with running(command, folder / "log", lambda: proxy.get("/healthz").status_code == 200):
        yield proxy


@pytest.fixture(params=["nginx", "caddy"])
def proxy(request: pytest.FixtureRequest) -> Proxy:
    made: Proxy = request.getfixturevalue(request.param)
    return made


def test_a_run_and_a_large_file_pass_the_proxy(proxy: Proxy, new_tab: Callable[..., Any]) -> None:
    tab = new_tab(proxy, ignore_https_errors=True)
    tab.open("/lab", **QUICK)
    tab.button("Train").click()
    expect(tab.box("Finished after 20 epochs")).to_be_visible()
    expect(tab.forecast).to_be_visible()
    tab.open("/lab", signal="own")
    assert len(LARGE) > 2_000_000
    tab.page.get_by_test_id("stFileUploader").locator("input[type=file]").set_input_files(
        {"name": "large.csv", "mimeType": "text/csv", "buffer": LARGE}
    )
    expect(tab.page.get_by_text(re.compile(r"150.?000")).first).to_be_visible()


def test_the_proxy_compresses_what_is_large(proxy: Proxy) -> None:
    page = proxy.get("/lab", accept="text/html", **{"accept-encoding": "gzip"})
    assert page.headers["content-encoding"] == "gzip"
    assert "BACKEND_BASE_URL" in page.text
    sent = set(re.findall(r'"\./(static/\S+\.(?:js|css))"', page.text))
    assert {Path(path).suffix for path in sent} == {".js", ".css"}
    for path in (*sent, "assets/chart/chart.js", "assets/shared/gru.js"):
        answer = proxy.get(f"/{path}", **{"accept-encoding": "gzip"})
        assert answer.status_code == 200
        large = len(answer.content) > 1000
        assert not large or answer.headers.get("content-encoding") == "gzip", path


def test_a_page_of_another_site_gets_no_websocket_through_the_proxy(proxy: Proxy) -> None:
    headers = {
        "connection": "Upgrade",
        "upgrade": "websocket",
        "sec-websocket-key": "dGhlIHNhbXBsZSBub25jZQ==",
        "sec-websocket-version": "13",
        "origin": "https://evil.example",
    }
    assert proxy.get("/_stcore/stream", **headers).status_code == 403
    page = proxy.get("/lab", host="evil.example", accept="text/html")
    assert "BACKEND_BASE_URL" not in page.text
