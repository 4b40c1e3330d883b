"""What uploads may keep on the server, and that it is given back."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import httpx
import pytest
from playwright.sync_api import Request, expect

from tests.waiting import wait_until

ROWS = 60


@pytest.fixture(scope="module")
def forgetful(serve: Callable[..., Any]) -> Any:
    """A server that keeps the session of a closed tab for a second only."""
    options = ("--server.disconnectedSessionTTL", "1", "--server.maxUploadSize", "1")
    return serve(*options, trains=False)


def file(megabytes: float) -> dict[str, Any]:
    """A file of numbers with as many spaces as it needs to have this size."""
    rows = b"value\n" + b"".join(b"%d\n" % (k % 7) for k in range(ROWS))
    size = int(megabytes * 1024 * 1024)
    return {"name": "own.csv", "mimeType": "text/csv", "buffer": rows.ljust(size, b"\n")}


def upload(tab: Any, megabytes: float) -> Request:
    """Choose a file, and return the request that sends it."""
    chooser = tab.page.get_by_test_id("stFileUploader").locator("input[type=file]")
    with tab.page.expect_request(lambda request: request.method == "PUT") as sent:
        chooser.set_input_files(file(megabytes))
    expect(tab.page.get_by_text(f"{ROWS} ").first).to_be_visible()
    request: Request = sent.value
    return request


def kept(server: Any) -> bool:
    """Whether the server holds any file of a visitor."""
    return "UploadedFileManager" in httpx.get(f"{server.url}/_stcore/metrics").text


def test_one_visitor_cannot_fill_the_server(forgetful: Any, new_tab: Callable[..., Any]) -> None:
    tab = new_tab(forgetful)
    tab.open("/lab", signal="own")
    for _ in range(4):  # a new file takes the place of the one before
        request = upload(tab, 0.6)
        answer = request.response()
        assert answer is not None
        assert answer.status == 204
    headers = request.all_headers()
    given = {name: headers[name] for name in ("x-xsrftoken", "cookie")}

    def put(name: str) -> int:
        content = {"file": ("own.csv", file(0.6)["buffer"], "text/csv")}
        address = request.url.rsplit("/", 1)[0]
        return httpx.put(f"{address}/{name}", headers=given, files=content).status_code

    answers = [put(f"more-{k}") for k in range(4)]
    assert answers[0] == 204
    assert answers[-2:] == [413, 413]


def test_a_closed_tab_leaves_no_file_on_the_server(
    forgetful: Any, new_tab: Callable[..., Any]
) -> None:
    tab = new_tab(forgetful)
    tab.open("/lab", signal="own")
    upload(tab, 0.5)
    assert kept(forgetful)
    tab.page.close()
    wait_until(lambda: not kept(forgetful), "the end of the file")
