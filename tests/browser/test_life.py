"""The life of a server: its first page, a worker that dies during a run, and its end.

All tests use one server, in this order.
"""

from __future__ import annotations

import signal
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.long_run import LINK
from tests.processes import paused
from tests.quick_run import QUICK


@pytest.fixture(scope="module")
def app(serve: Callable[..., Any]) -> Any:
    return serve()


def test_a_deep_link_works_right_after_the_server_has_started(
    app: Any, new_tab: Callable[..., Any]
) -> None:
    tab = new_tab(app)
    tab.open("/lab", **QUICK)
    for name in ("Home", "Lab"):
        expect(tab.page.get_by_role("link", name=name, exact=True)).to_be_visible()
    expect(tab.page).to_have_title("GRU Lab")
    tab.button("Train").click()  # accepted before the workers are ready
    expect(tab.box("Finished after 20 epochs")).to_be_visible()


def test_a_run_that_waits_for_a_worker_loads_what_its_charts_need(
    app: Any, new_tab: Callable[..., Any]
) -> None:
    tab = new_tab(app)
    with paused(app.workers()):
        tab.open("/")
        tab.button("Train a GRU now").click()
        expect(tab.page.get_by_text("Your run is next.").first).to_be_visible()
        tab.page.wait_for_function("window.Plotly")
        expect(tab.page.locator(".gru-chart")).to_have_count(1)
        expect(tab.page.locator(".gru-chart")).to_be_hidden()
    expect(tab.forecast).to_be_visible()


def test_a_killed_worker_interrupts_its_run_and_the_next_run_works(
    app: Any, new_tab: Callable[..., Any]
) -> None:
    tab = new_tab(app)
    tab.open("/lab", **LINK)
    tab.train()
    tab.until_updates(tab.forecast, 3)
    for worker in app.workers():
        worker.kill()
    expect(tab.box("The run was interrupted: its worker process ended")).to_be_visible()
    tab.set("Epochs", 20)
    tab.button("Train").click()
    expect(tab.box("Finished after 20 epochs")).to_be_visible()


def test_a_stopped_server_leaves_no_process_behind(app: Any, new_tab: Callable[..., Any]) -> None:
    tab = new_tab(app)
    tab.open("/lab", **LINK)
    tab.train()
    tab.until_updates(tab.forecast, 1)
    assert app.workers()
    tab.page.goto("about:blank")  # the open page would log a lost connection
    assert app.stop() == []
    assert app.process.returncode in (0, -signal.SIGTERM)
