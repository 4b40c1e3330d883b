"""Wait for a condition in a test. If it does not become true, the test fails with a message."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

import pytest

from gru_core.engine import Engine, RunJob

#: Seconds. No wait in the tests takes nearly as long, even on a busy machine.
PATIENCE = 240.0


def wait_until(condition: Callable[[], object], what: str) -> None:
    """Return when `condition()` is true. If that takes too long, fail and name `what`."""
    deadline = time.monotonic() + PATIENCE
    pause = threading.Event()
    while not condition():
        if time.monotonic() > deadline:
            pytest.fail(f"waited {PATIENCE:.0f} s without success: {what}")
        pause.wait(0.02)


def stop_all(engine: Engine) -> None:
    """Stop the jobs that a test has left behind, and wait for their ends."""
    for job in engine.active_jobs:
        job.stop()
        assert job.wait(PATIENCE), f"a {job.what} that was asked to stop goes on"


def ended(job: RunJob, status: str) -> RunJob:
    """Wait for the end of `job`, and check that its status is `status`."""
    assert job.wait(PATIENCE), "the run does not end"
    assert job.status == status, job.snapshot().message
    return job
