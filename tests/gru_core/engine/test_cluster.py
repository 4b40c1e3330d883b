"""An existing Dask cluster, by address. The user is told when it cannot be reached."""

from __future__ import annotations

import contextlib
import json
import os
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from gru_core.engine import Engine
from gru_core.engine import cluster as cluster_module
from gru_core.errors import EngineUnavailableError
from gru_core.experiment.experiment import Experiment
from tests.waiting import PATIENCE, ended

Wait = Callable[[Callable[[], object], str], None]
ROOT = str(Path(__file__).parents[3])


@dataclass
class Cluster:
    """A scheduler and its workers, each started on its own as an administrator would."""

    address: str
    processes: list[subprocess.Popen[bytes]]


@contextlib.contextmanager
def cluster(folder: Path, workers: int, eventually: Wait) -> Iterator[Cluster]:
    file = folder / "scheduler.json"
    with contextlib.ExitStack() as stack:

        def start(name: str, *options: str) -> subprocess.Popen[bytes]:
            process = subprocess.Popen(
                [sys.executable, "-m", f"distributed.cli.dask_{name}", *options],
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                cwd=folder,
                env=os.environ | {"PYTHONPATH": ROOT, "OMP_NUM_THREADS": "1"},
            )
            stack.callback(process.wait, PATIENCE)
            stack.callback(process.kill)
            return process

        local = ("--host", "127.0.0.1", "--scheduler-file", str(file))
        no_page = ("--dashboard-address", "127.0.0.1:0", "--no-dashboard")
        preload = ("--preload", "gru_core.engine.worker")
        processes = [start("scheduler", "--port", "0", *no_page, *local)]
        eventually(lambda: file.exists() and file.read_text().endswith("}"), "a scheduler")
        for _ in range(workers):
            processes.append(start("worker", "--no-nanny", "--nthreads", "1", *preload, *local))
        yield Cluster(json.loads(file.read_text())["address"], processes)


@pytest.fixture(scope="module")
def shared_cluster(tmp_path_factory: pytest.TempPathFactory, eventually: Wait) -> Iterator[Cluster]:
    with cluster(tmp_path_factory.mktemp("cluster"), 2, eventually) as made:
        yield made


@contextlib.contextmanager
def connected(address: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Engine]:
    monkeypatch.setenv("GRU_LAB_SCHEDULER", address)
    engine = Engine.from_environment().start()
    try:
        assert engine.wait_ready(PATIENCE), engine.trouble
        yield engine
    finally:
        engine.close()


def test_runs_stops_and_deaths_on_a_given_cluster(
    shared_cluster: Cluster,
    monkeypatch: pytest.MonkeyPatch,
    quick: Experiment,
    long: Experiment,
    workers: Any,
    eventually: Wait,
) -> None:
    with connected(shared_cluster.address, monkeypatch) as engine:
        assert engine._cluster.pool is None
        pool = workers(engine)
        eventually(lambda: pool.threads() == 2, "two workers")
        ended(engine.submit(quick, owner="quick"), "finished")

        job = engine.submit(long, owner="stop")
        eventually(lambda: job.snapshot().epoch > 3, "three epochs")
        job.stop()
        assert ended(job, "stopped").result is not None

        # A connection that breaks and is made again: the run is lost, but not the worker, and
        # the next one is heard of as it goes.
        job = engine.submit(long, owner="cut off")
        eventually(lambda: job.status == "running", "the start")
        client = engine._cluster.client
        client.loop.add_callback(client.scheduler_comm.comm.abort)
        ended(job, "interrupted")
        both = [engine.submit(long, owner=f"heard {k}") for k in range(2)]
        eventually(lambda: all(job.snapshot().epoch > 3 for job in both), "epochs of both")
        for job in both:
            job.stop()
            ended(job, "stopped")

        # Dask's own settings run a lost task again. The user hears of an interruption all the
        # same. The second attempt is stopped, because it must not hold the other worker.
        job = engine.submit(long, owner="kill")
        eventually(lambda: job.status == "running", "the start")
        pool.of(job).kill()
        ended(job, "interrupted")
        ended(engine.submit(quick, owner="after"), "finished")
        eventually(
            lambda: not any(engine._cluster.client.processing().values()), "no second attempt"
        )
        assert pool.threads() == 1

    # The cluster is not ours: it outlives the engine.
    assert [process.poll() for process in shared_cluster.processes].count(None) == 2
    with connected(shared_cluster.address, monkeypatch) as engine:
        ended(engine.submit(quick, owner="again"), "finished")


def test_a_scheduler_is_lost_during_a_run(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    quick: Experiment,
    long: Experiment,
    eventually: Wait,
) -> None:
    monkeypatch.setattr(cluster_module, "CONNECT_SECONDS", 1.0)
    with (
        cluster(tmp_path, 1, eventually) as made,
        connected(made.address, monkeypatch) as engine,
    ):
        job, queued = engine.submit(long, owner="me"), engine.submit(quick, owner="you")
        eventually(lambda: job.status == "running", "the start")
        made.processes[0].kill()
        ended(job, "interrupted")
        ended(queued, "failed")
        assert f"at {made.address} cannot be reached" in queued.snapshot().message
        with pytest.raises(EngineUnavailableError, match="cannot be reached"):
            engine.submit(quick, owner="me")


def unused_address() -> str:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return f"tcp://127.0.0.1:{server.getsockname()[1]}"


def test_no_scheduler_at_the_address(monkeypatch: pytest.MonkeyPatch, quick: Experiment) -> None:
    monkeypatch.setattr(cluster_module, "CONNECT_SECONDS", 1.0)
    address = unused_address()
    engine = Engine(address)
    early = engine.submit(quick, owner="early")  # taken: the scheduler may still answer
    engine.start()
    assert not engine.wait_ready(None)  # returns, though nothing will ever be ready
    ended(early, "failed")
    assert early.result is None
    for message in (early.snapshot().message, engine.trouble):
        assert f"at {address} cannot be reached" in message
        assert "Ask whoever runs this server" in message
    with pytest.raises(EngineUnavailableError, match="cannot be reached"):
        engine.submit(quick, owner="late")
    assert engine.active("late") is None
    engine.close()


def test_an_invalid_address_is_named(quick: Experiment) -> None:
    engine = Engine("not an address").start()
    assert not engine.wait_ready(PATIENCE)
    with pytest.raises(EngineUnavailableError, match="at not an address cannot be reached"):
        engine.submit(quick)
    engine.close()


@pytest.mark.parametrize("value", ["two", "-1", "0", "nan"])
def test_a_wrong_number_of_workers_is_named(value: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GRU_LAB_WORKERS", value)
    with pytest.raises(ValueError, match=f"GRU_LAB_WORKERS is '{value}'"):
        Engine.from_environment()
