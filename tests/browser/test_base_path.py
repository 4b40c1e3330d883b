"""The app below a path (`server.baseUrlPath`), as a proxy that strips nothing sees it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest
from playwright.sync_api import expect

from tests.long_run import LINK

BASE = "/course/gru"


@pytest.fixture(scope="module")
def app(serve: Callable[..., Any]) -> Any:
    return serve("--server.baseUrlPath", f"{BASE}/", base=BASE)


def test_the_state_of_the_workers_is_below_the_path(app: Any) -> None:
    answer = httpx.get(f"{app.url}/healthz")
    assert answer.headers["content-type"] == "application/json"
    assert answer.json()["workers"]


def test_everything_that_a_run_needs_is_below_the_path(
    app: Any, new_tab: Callable[..., Any]
) -> None:
    tab = new_tab(app)
    asked: list[str] = []
    tab.page.on("request", lambda request: asked.append(urlsplit(request.url).path))
    tab.page.on("websocket", lambda socket: asked.append(urlsplit(socket.url).path))
    tab.open("/lab", **LINK)
    tab.train()
    tab.until_points(tab.loss, 3)  # the live chart
    tab.button("Stop").click()
    expect(tab.box("Stopped")).to_be_visible()
    expect(tab.forecast).to_be_visible()
    tab.page.get_by_role("link", name="Failure gallery", exact=True).click()
    expect(tab.page.locator(".js-plotly-plot").first).to_be_visible()
    expect(tab.page).to_have_url(f"{app.url}/gallery")
    assert f"{BASE}/_stcore/stream" in asked
    assert [path for path in asked if path.startswith("/") and not path.startswith(BASE)] == []


def test_a_worker_of_the_browser_starts_below_the_path(
    app: Any, new_tab: Callable[..., Any]
) -> None:
    tab = new_tab(app)
    tab.open("/")
    with tab.page.expect_response("**/assets/memory/worker.js") as worker:
        tab.page.evaluate(
            """async (base) => {
              const { Jobs } = await import(`${base}/assets/shared/jobs.js`);
              new Jobs("memory/worker.js", () => {}).ask("own", {}, () => {});
            }""",
            BASE,
        )
    assert worker.value.status == 200
    assert urlsplit(worker.value.url).path == f"{BASE}/assets/memory/worker.js"
