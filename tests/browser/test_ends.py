"""Processes that end: a worker during a run, and the server."""

from __future__ import annotations

import signal
from typing import Any

from playwright.sync_api import expect

from tests.long_run import LINK


def test_a_killed_worker_interrupts_its_run_and_the_next_run_works(
    own_server: Any, own_tab: Any
) -> None:
    own_tab.open("/lab", **LINK)
    own_tab.train()
    own_tab.until_updates(own_tab.forecast, 3)
    for worker in own_server.workers():
        worker.kill()
    expect(own_tab.box("The run was interrupted: its worker process ended")).to_be_visible()
    own_tab.set("Epochs", 20)
    own_tab.button("Train").click()
    expect(own_tab.box("Finished after 20 epochs")).to_be_visible()


def test_a_stopped_server_leaves_no_process_behind(own_server: Any, own_tab: Any) -> None:
    own_tab.open("/lab", **LINK)
    own_tab.train()
    own_tab.until_updates(own_tab.forecast, 1)
    assert own_server.workers()
    own_tab.page.goto("about:blank")  # the open page would log a lost connection
    assert own_server.stop() == []
    assert own_server.process.returncode in (0, -signal.SIGTERM)
