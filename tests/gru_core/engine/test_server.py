"""A server process with an engine: it loads no torch, runs page code once, leaves no process."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil
import pytest

from gru_core.engine import Engine
from gru_core.errors import EngineUnavailableError
from gru_core.experiment.experiment import Experiment
from tests.waiting import PATIENCE

# As under Streamlit, `__main__` is a page: it has no guard, and must not run again in a worker.
PAGE = """
import json, os, pathlib, signal, sys, threading
with open(sys.argv[1], "a") as file:
    file.write("the page ran\\n")
from gru_core.engine import Engine
from gru_core.experiment.experiment import Experiment

# Minutes long: dropout leaves its steps to PyTorch.
long = Experiment(points=100, epochs=10_000, hidden_size=4, layers=2, dropout=0.1, patience=None)
engine = Engine(workers=1).start()
assert engine.wait_ready(120), engine.trouble
threads = lambda: sum(engine.dispatcher.cluster.client.nthreads().values())
def until(condition):
    for _ in range(6000):
        if condition():
            return
        threading.Event().wait(0.02)
    raise SystemExit("waited in vain")
until(lambda: threads() == 1)
job = engine.submit(long, owner="me")
until(lambda: job.status == "running")
before = engine.dispatcher.cluster.client.run(os.getpid)
os.kill(before[job.worker], signal.SIGKILL)
job.wait(120)
until(lambda: threads() == 1)
after = engine.dispatcher.cluster.client.run(os.getpid)
quick = engine.submit(Experiment(points=60, epochs=5, hidden_size=4), owner="me")
quick.wait(120)
busy = engine.submit(long)
until(lambda: busy.status == "running")
print(json.dumps({
    "killed": job.status,
    "quick": quick.status,
    "rows": len(quick.result.history),
    "new": len(set(after.values()) - set(before.values())),
    "modules": [name for name in sys.modules if name in ("torch", "streamlit")],
}), flush=True)
sys.stdin.read()
"""


@dataclass
class Server:
    """What a server said, and what was left after it was killed."""

    said: dict[str, Any]
    pages: list[str]
    children: int
    survivors: list[psutil.Process]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server with a run in progress, killed by SIGKILL."""
    folder = tmp_path_factory.mktemp("server")
    page, ran = folder / "page.py", folder / "ran.txt"
    page.write_text(PAGE)
    root = str(Path(__file__).parents[3])
    with subprocess.Popen(
        [sys.executable, "-W", "error", str(page), str(ran)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=folder,
        env={"PYTHONPATH": root, "PATH": ""},
    ) as process:
        assert process.stdout is not None
        line = process.stdout.readline()
        children = psutil.Process(process.pid).children(recursive=True) if line else []
        process.kill()
        process.wait(PATIENCE)
        assert line, "the server ended before it said anything"
        _, survivors = psutil.wait_procs(children, timeout=PATIENCE)
        pages = ran.read_text().splitlines()
        yield Server(json.loads(line), pages, len(children), survivors)
        for orphan in survivors:
            orphan.kill()


def test_the_pool_replaces_a_dead_worker(server: Server) -> None:
    assert server.said["killed"] == "interrupted"
    assert server.said["new"] == 1
    assert (server.said["quick"], server.said["rows"]) == ("finished", 5)


def test_page_code_runs_once(server: Server) -> None:
    assert server.pages == ["the page ran"]


def test_the_web_process_never_imports_torch(server: Server) -> None:
    assert server.said["modules"] == []


def test_a_killed_server_leaves_no_process(server: Server) -> None:
    assert server.children >= 3  # the pool, the forker and a worker
    assert server.survivors == []


def test_close_before_the_start() -> None:
    engine = Engine(workers=1)
    job = engine.submit(Experiment())
    engine.close()
    assert job.status == "stopped"
    with pytest.raises(EngineUnavailableError, match="shutting down"):
        engine.submit(Experiment())
    engine.close()  # again: nothing happens


def test_close_during_the_start() -> None:
    mine = psutil.Process()
    before = set(mine.children(recursive=True))
    engine = Engine(workers=1).start()
    job = engine.submit(Experiment())
    engine.close()
    assert job.status == "stopped"
    _, alive = psutil.wait_procs(set(mine.children(recursive=True)) - before, timeout=PATIENCE)
    assert not alive
