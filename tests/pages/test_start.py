"""The start of the server, and what it tells if it cannot start."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from gru_core.engine import Engine
from tests.waiting import PATIENCE

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize("variable", ["GRU_LAB_WORKERS", "GRU_LAB_GRACE_SECONDS"])
def test_a_wrong_setting_of_the_server_ends_it_with_a_sentence(variable: str) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = str(free.getsockname()[1])
    command = ["streamlit", "run", "app.py", "--server.headless", "true", "--server.port", port]
    done = subprocess.run(
        [sys.executable, "-m", *command],
        cwd=ROOT,
        env=os.environ | {variable: "many"},
        capture_output=True,
        text=True,
        timeout=PATIENCE,
    )
    said = done.stdout + done.stderr
    assert done.returncode != 0
    assert f"{variable} is 'many', but it must be a positive number." in said
    assert "Traceback" not in said


def test_a_run_that_waits_for_the_workers_says_what_they_do(
    visit: Callable[..., Any], engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Engine, "ready", property(lambda engine: False))
    monkeypatch.setattr(
        engine.dispatcher.workforce, "assign", lambda job: False
    )  # no worker takes a job
    lab = visit("lab.py")
    lab.press("Train")
    [said] = lab.progress
    assert "loading PyTorch" in said
    assert "start by itself" in said
    lab.press("Stop")
