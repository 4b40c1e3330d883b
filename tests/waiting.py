"""Waiting without sleeping blindly: it ends with its condition, or fails loudly."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

import pytest

from gru_core.engine import RunJob

#: Seconds; far more than anything here takes, also on a busy machine.
PATIENCE = 120.0


def wait_until(condition: Callable[[], object], what: str) -> None:
    """Return when `condition()` is true; fail, naming `what`, if that takes too long."""
    deadline = time.monotonic() + PATIENCE
    pause = threading.Event()
    while not condition():
        if time.monotonic() > deadline:
            pytest.fail(f"waited {PATIENCE:.0f} s in vain: {what}")
        pause.wait(0.02)


def ended(job: RunJob, status: str) -> RunJob:
    """Wait for the end of `job`, which has to be in `status` then."""
    assert job.wait(PATIENCE), "the run does not end"
    assert job.status == status, job.snapshot().message
    return job
