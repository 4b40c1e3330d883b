"""When the server loads what its sessions share, and that its end leaves nothing behind."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import psutil
import pytest

from pages.ui import server
from tests.waiting import PATIENCE, wait_until


@pytest.fixture(autouse=True)
def new_server(monkeypatch: pytest.MonkeyPatch) -> None:
    """A server of its own, that nobody has visited."""
    for name in ("_engine", "_keeper", "_pool"):
        monkeypatch.setattr(server, name, None)
    for name in ("_needed", "_closed"):
        monkeypatch.setattr(server, name, threading.Event())


def test_what_a_page_needs_is_loaded_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(server, "UNASKED_SECONDS", 10 * PATIENCE)
    monkeypatch.setattr(server, "_engine", object())
    with ThreadPoolExecutor(1) as threads:
        waiting = threads.submit(server.is_needed)
        server.engine()
        assert waiting.result(PATIENCE)


def test_what_nobody_needs_is_loaded_after_a_while(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(server, "UNASKED_SECONDS", 0.01)
    assert server.is_needed()


def test_a_server_that_ends_before_its_first_page_leaves_no_process(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(server, "UNASKED_SECONDS", 10 * PATIENCE)
    server.start_pool()
    assert server._pool is not None
    process = psutil.Process(server._pool.pid)
    wait_until(process.children, "the process that workers are forked from")
    family = [process, *process.children(recursive=True)]
    server.close()
    assert not server.is_needed()
    _, left = psutil.wait_procs(family, timeout=PATIENCE)
    assert left == []
