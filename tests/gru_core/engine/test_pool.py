"""The start of the local pool: what comes first, so that a user waits for little."""

from __future__ import annotations

import io
import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import dask
import distributed
import pytest

from gru_core.engine import pool
from tests.waiting import PATIENCE

ROOT = Path(__file__).parents[3]


def test_the_other_workers_start_when_the_first_one_is_ready(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    steps: list[tuple[str, Any]] = []

    class FakeCluster:
        """Like `LocalCluster`, it is made when its first workers are ready."""

        scheduler_address = "tcp://127.0.0.1:1"

        def __init__(self, n_workers: int, **options: Any) -> None:
            steps.append(("ready", n_workers))

        def __enter__(self) -> FakeCluster:
            return self

        def __exit__(self, *error: object) -> None:
            steps.append(("end", None))

        def scale(self, n: int) -> None:
            first, told = capfd.readouterr().out.splitlines()
            assert first == ""  # the server may load Dask
            steps.append(("printed", json.loads(told)))
            steps.append(("scale", n))

    monkeypatch.setattr(pool, "fork_workers", lambda: "forkserver")
    monkeypatch.setattr(distributed, "LocalCluster", FakeCluster)
    monkeypatch.setattr(dask.config, "set", lambda config: None)
    monkeypatch.setattr(signal, "signal", lambda *_: None)
    monkeypatch.setattr(os, "nice", lambda by: None)
    monkeypatch.setattr(sys, "argv", ["pool", "--workers", "3"])
    monkeypatch.setattr(sys, "stdin", io.StringIO(""))
    pool.main()
    (ready, printed, *others) = steps
    assert ready == ("ready", 1)
    assert printed[1]["address"] == FakeCluster.scheduler_address
    assert printed[1]["certificates"].keys() == {"authority", "certificate", "key"}
    assert others == [("scale", 3), ("end", None)]


def test_the_pool_starts_before_dask_is_loaded_to_connect_to_it() -> None:
    code = """
import sys
from gru_core.engine.certificates import TlsFiles
from gru_core.engine.cluster import Cluster

class Started(Exception):
    pass

def start(cluster):
    assert "distributed" not in sys.modules
    raise Started

Cluster._start_pool = start
try:
    Cluster(None, 1, tls=TlsFiles(), receive=print, lost=print).connect()
except Started:
    print("started")
"""
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, check=True, capture_output=True, text=True
    )
    assert done.stdout == "started\n"


def test_a_pool_whose_server_has_ended_ends_without_a_complaint() -> None:
    reader, writer = os.pipe()
    os.close(reader)
    done = subprocess.run(
        [sys.executable, "-m", "gru_core.engine.pool", "--workers", "2"],
        cwd=ROOT,
        stdin=subprocess.DEVNULL,
        stdout=writer,
        stderr=subprocess.PIPE,
        text=True,
        timeout=PATIENCE,
    )
    os.close(writer)
    assert (done.returncode, done.stderr) == (0, "")
