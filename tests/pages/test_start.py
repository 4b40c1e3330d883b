"""The start of the server, and what it tells if it cannot start."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

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
