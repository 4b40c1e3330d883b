"""What is kept: runs survive a reload, a closed tab, a killed worker, and a killed server."""

from __future__ import annotations

import re
import signal
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, expect

from tests.long_run import LINK
from tests.quick_run import QUICK
from tests.waiting import wait_until


def shown(tab: Any) -> str:
    """The scores of the result on the page."""
    expect(tab.page.get_by_text("How training went")).to_be_visible()
    return str(tab.page.get_by_test_id("stTable").first.inner_text())


def test_a_reload_shows_the_same_result(tab: Any) -> None:
    tab.open("/lab", **QUICK)
    tab.button("Train").click()
    expect(tab.box("Finished after 20 epochs")).to_be_visible()
    scores = shown(tab)
    tab.page.reload()
    assert shown(tab) == scores
    expect(tab.field("Points")).to_have_value("120")


def test_a_new_tab_shows_what_the_closed_one_showed(new_tab: Any, server: Any) -> None:
    tab = new_tab(server)
    tab.open("/lab", **QUICK, seed=3)
    tab.button("Train").click()
    expect(tab.box("Finished after 20 epochs")).to_be_visible()
    scores = shown(tab)
    context: BrowserContext = tab.page.context
    tab.page.close()
    tab.page = context.new_page()
    tab.open("/lab")
    assert shown(tab) == scores
    expect(tab.page).to_have_url(re.compile("seed=3"))


def test_a_run_goes_on_during_a_reload_and_a_closed_tab(new_tab: Any, server: Any) -> None:
    tab = new_tab(server)
    tab.open("/lab", **LINK)
    tab.train()
    tab.until_points(tab.loss, 3)
    tab.page.reload()
    before = tab.until_points(tab.loss, 3)
    context: BrowserContext = tab.page.context
    tab.page.close()
    tab.page = context.new_page()
    tab.open("/lab")
    expect(tab.button("Stop")).to_be_enabled()
    tab.until_points(tab.loss, before)
    tab.button("Stop").click()
    expect(tab.box("Stopped after")).to_be_visible()


def test_two_tabs_of_a_browser_have_two_states(new_tab: Any, server: Any) -> None:
    first = new_tab(server)
    first.open("/lab", **LINK)
    first.train()
    second = type(first)(first.page.context.new_page(), server.url)
    second.open("/lab", **QUICK)
    second.button("Train").click()
    expect(second.box("Finished after 20 epochs")).to_be_visible()
    expect(first.button("Stop")).to_be_enabled()
    second.page.reload()
    expect(second.box("Finished after 20 epochs")).to_be_visible()
    first.button("Stop").click()
    expect(first.box("Stopped after")).to_be_visible()


def test_another_browser_sees_nothing_of_it(new_tab: Any, server: Any) -> None:
    mine, other = new_tab(server), new_tab(server)
    mine.open("/lab", **QUICK, seed=4)
    mine.button("Train").click()
    expect(mine.box("Finished after 20 epochs")).to_be_visible()
    other.open("/lab", **QUICK, seed=4)
    other.button("Train").click()
    expect(other.box("Finished after 20 epochs")).to_be_visible()  # it was trained, not found


def test_an_equal_run_is_shown_at_once_and_can_be_trained_again(tab: Any) -> None:
    tab.open("/lab", **QUICK, seed=5)
    tab.button("Train").click()
    expect(tab.box("Finished after 20 epochs")).to_be_visible()
    scores = shown(tab)
    tab.button("Train").click()
    expect(tab.box("Trained before")).to_be_visible()
    assert shown(tab) == scores
    tab.button("Train again").click()
    expect(tab.box("Finished after 20 epochs")).to_be_visible()
    assert shown(tab) == scores


def test_a_reload_keeps_the_series_of_the_user(tab: Any) -> None:
    tab.open("/lab", signal="own")
    rows = "\n".join(f"{1900 + k},{(k * k) % 17}" for k in range(60))
    tab.page.get_by_label("or paste numbers").fill(f"year,squares\n{rows}")
    tab.page.get_by_label("or paste numbers").press("Control+Enter")
    expect(tab.chart("The series squares: 60 values")).to_be_visible()
    tab.page.reload()
    expect(tab.chart("The series squares: 60 values")).to_be_visible()
    expect(tab.page.get_by_text("You brought it on an earlier visit")).to_be_visible()
    tab.button("Remove it").click()
    expect(tab.box("Upload a CSV file, or paste numbers")).to_be_visible()


@pytest.fixture
def restart(
    tmp_path: Path, free_ports: Callable[[], int], start_server: Callable[..., Any]
) -> Iterator[Callable[[], Any]]:
    """Starts a server again and again, with the same port and the same data."""
    started: list[Any] = []
    port = free_ports()

    def start() -> Any:
        log = tmp_path / f"server-{len(started)}.log"
        data = str(tmp_path / "data")
        started.append(start_server(log, port=port, GRU_LAB_DATA=data, GRU_LAB_WORKERS="1"))
        started[-1].wait()
        return started[-1]

    yield start
    for server in started:
        if server.process.poll() is None:
            server.stop()
    for server in started:
        assert "Traceback" not in server.log.read_text(), server.log.read_text()


def test_a_killed_worker_and_a_killed_server_lose_nothing(
    restart: Callable[[], Any], new_tab: Any, tmp_path: Path
) -> None:
    def wait_for_checkpoints(runs: int) -> None:
        saved = "data/runs/*/progress.safetensors"
        wait_until(lambda: len(list(tmp_path.glob(saved))) == runs, "a checkpoint on the disk")

    server = restart()
    tab = new_tab(server)
    tab.tolerated = re.compile(
        "WebSocket|Failed to load|fetch|disconnected"
    )  # the server goes away
    tab.open("/lab", **LINK, seed=6)
    tab.train()
    wait_for_checkpoints(1)
    saved = tab.box(re.compile("until epoch [1-9]"))
    for worker in server.workers():
        worker.kill()
    expect(saved).to_be_visible()
    tab.button("Resume").click()
    expect(tab.button("Stop")).to_be_enabled()
    wait_for_checkpoints(2)
    server.process.send_signal(signal.SIGKILL)
    server.process.wait()
    restart()
    # The old tab connects again by itself. It finds the run as it was saved.
    expect(saved).to_be_visible()
    tab.button("Resume").click()
    expect(tab.button("Stop")).to_be_enabled()
    wait_for_checkpoints(3)  # it trains: a run that waits would end without a result
    tab.button("Stop").click()
    expect(tab.box("Stopped after")).to_be_visible()
    tab.page.reload()
    expect(tab.box("Stopped after")).to_be_visible()
