"""An existing Dask cluster, by address. The user is told when it cannot be reached."""

from __future__ import annotations

import contextlib
import json
import os
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from gru_core.engine import Engine, dispatcher, workforce
from gru_core.engine import cluster as cluster_module
from gru_core.engine.certificates import Certificates, TlsFiles
from gru_core.experiment.experiment import Experiment
from tests.gru_core.engine.test_certificates import written
from tests.waiting import PATIENCE, ended, wait_until

Wait = Callable[[Callable[[], object], str], None]
ROOT = str(Path(__file__).parents[3])


class Cluster:
    """A scheduler and its workers, each started on its own as an administrator would.

    The scheduler has no `gru_core`. So it is like one that other programs use, too.
    """

    def __init__(
        self,
        folder: Path,
        stack: contextlib.ExitStack,
        eventually: Wait,
        tls: TlsFiles | None = None,
    ) -> None:
        self.folder, self.stack, self.eventually, self.tls = folder, stack, eventually, tls
        self.file = folder / "scheduler.json"
        self.address = ""
        self.scheduler = self.start_scheduler()
        self.workers: list[subprocess.Popen[bytes]] = []

    def start_scheduler(self) -> subprocess.Popen[bytes]:
        """Start the scheduler, again at the same address if there was one."""
        port = self.address.rpartition(":")[2] or "0"
        self.file.unlink(missing_ok=True)
        no_page = ("--dashboard-address", "127.0.0.1:0", "--no-dashboard")
        self.scheduler = self._start("scheduler", "", "--port", port, *no_page)
        self.eventually(
            lambda: self.file.exists() and self.file.read_text().endswith("}"), "a scheduler"
        )
        self.address = json.loads(self.file.read_text())["address"]
        return self.scheduler

    def start_worker(self, path: str = ROOT, preload: bool = True) -> subprocess.Popen[bytes]:
        """Start a worker that looks for packages in `path` first."""
        more = ("--preload", "gru_core.engine.worker") if preload else ()
        worker = self._start("worker", path, "--no-nanny", "--nthreads", "1", *more)
        self.workers.append(worker)
        return worker

    @property
    def alive(self) -> list[subprocess.Popen[bytes]]:
        """The workers that have not ended."""
        return [worker for worker in self.workers if worker.poll() is None]

    def kill_workers(self) -> None:
        """Kill all workers, and wait until they have ended."""
        for worker in self.alive:
            worker.kill()
            worker.wait(PATIENCE)

    def _start(self, name: str, path: str, *options: str) -> subprocess.Popen[bytes]:
        local = ["--host", "127.0.0.1", "--scheduler-file", str(self.file)]
        if self.tls is not None:
            local += ["--tls-ca-file", self.tls.ca, "--tls-cert", self.tls.cert]
            local += ["--tls-key", self.tls.key, "--protocol", "tls"]
        process = subprocess.Popen(
            [sys.executable, "-m", f"distributed.cli.dask_{name}", *options, *local],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            cwd=self.folder,
            env=os.environ | {"PYTHONPATH": path, "OMP_NUM_THREADS": "1"},
        )
        self.stack.callback(process.wait, PATIENCE)
        self.stack.callback(process.kill)
        return process


@contextlib.contextmanager
def cluster(
    folder: Path, workers: int, eventually: Wait, tls: TlsFiles | None = None
) -> Iterator[Cluster]:
    with contextlib.ExitStack() as stack:
        made = Cluster(folder, stack, eventually, tls)
        for _ in range(workers):
            made.start_worker()
        yield made


@pytest.fixture(scope="module")
def shared_cluster(tmp_path_factory: pytest.TempPathFactory, eventually: Wait) -> Iterator[Cluster]:
    """Two workers. All connections need the certificate."""
    folder = tmp_path_factory.mktemp("cluster")
    with cluster(folder, 2, eventually, written(folder, Certificates.temporary())) as made:
        yield made


@pytest.fixture(scope="module")
def plain_cluster(tmp_path_factory: pytest.TempPathFactory, eventually: Wait) -> Iterator[Cluster]:
    """No workers and no certificates. A test may leave workers to the next one."""
    with cluster(tmp_path_factory.mktemp("plain"), 0, eventually) as made:
        yield made


@contextlib.contextmanager
def connected(
    address: str, monkeypatch: pytest.MonkeyPatch, tls: TlsFiles | None = None
) -> Iterator[Engine]:
    monkeypatch.setenv("GRU_LAB_SCHEDULER", address)
    for name, path in vars(tls or TlsFiles()).items():
        monkeypatch.setenv(f"GRU_LAB_TLS_{name.upper()}", path)
    engine = Engine.from_environment().start()
    try:
        wait_until(lambda: engine.ready, "a worker that can train")
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
    assert shared_cluster.address.startswith("tls://")
    with connected(shared_cluster.address, monkeypatch, shared_cluster.tls) as engine:
        assert engine.dispatcher.cluster.pool is None
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
        client = engine.dispatcher.cluster.client
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
            lambda: not any(engine.dispatcher.cluster.client.processing().values()),
            "no second attempt",
        )
        assert pool.threads() == 1

    # The cluster is not ours: it outlives the engine.
    assert shared_cluster.scheduler.poll() is None
    assert [process.poll() for process in shared_cluster.workers].count(None) == 1
    with connected(shared_cluster.address, monkeypatch, shared_cluster.tls) as engine:
        ended(engine.submit(quick, owner="again"), "finished")


def test_a_cluster_with_other_certificates_says_so(
    shared_cluster: Cluster, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cluster_module, "CONNECT_SECONDS", 2.0)
    other = written(tmp_path, Certificates.temporary())
    assert shared_cluster.tls is not None
    cases = {
        "its certificate was not signed by the authority in GRU_LAB_TLS_CA": other,
        "it does not accept the certificate in GRU_LAB_TLS_CERT": replace(
            other, ca=shared_cluster.tls.ca
        ),
    }
    for words, files in cases.items():
        engine = Engine(shared_cluster.address, tls=files).start()
        assert not engine.wait_ready(PATIENCE)
        assert words in engine.trouble
        engine.close()
    plain = Engine(shared_cluster.address.replace("tls", "tcp")).start()
    assert not plain.wait_ready(PATIENCE)
    assert "its address begins with tls://" in plain.trouble
    plain.close()


#: What stands in a folder that a worker reads first, and why it then cannot train.
BROKEN = {
    "sitecustomize.py": (
        "from importlib.machinery import PathFinder\n"
        "find = PathFinder.find_spec\n"
        "PathFinder.find_spec = lambda name, *_: None if name == 'gru_core' else find(name, *_)\n",
        "the package gru_core is missing there",
    ),
    "gru_core/__init__.py": ("", "it has another version of gru_core than this server"),
    "torch.py": (
        "raise ModuleNotFoundError(name='torch')",
        "the package torch is missing there or does not load",
    ),
}


def test_workers_that_cannot_train_are_named_and_not_used(
    plain_cluster: Cluster, tmp_path: Path, quick: Experiment, eventually: Wait
) -> None:
    made = plain_cluster
    made.kill_workers()
    broken = []
    for k, (name, (code, _)) in enumerate(BROKEN.items()):
        file = tmp_path / str(k) / name
        file.parent.mkdir(parents=True)
        file.write_text(code)
        path = f"{tmp_path / str(k)}{os.pathsep}{ROOT}"
        broken.append(made.start_worker(path, preload=False))
    engine = Engine(made.address).start()
    try:
        job = engine.submit(quick, owner="me")
        eventually(lambda: len(engine.unusable) == 3, "three refused workers")
        for _, why in BROKEN.values():
            assert any(f"is not used: {why}." in words for words in engine.unusable), why
            assert why in engine.trouble
        assert "install the same packages" in engine.trouble
        assert job.status == "queued"
        assert not engine.ready

        made.start_worker()
        ended(job, "finished")
        assert engine.trouble == ""
        assert len(engine.unusable) == 3
    finally:
        engine.close()
    for worker in broken:  # the next test gets the good one
        worker.kill()
        worker.wait(PATIENCE)


def test_a_scheduler_that_restarts(
    plain_cluster: Cluster,
    monkeypatch: pytest.MonkeyPatch,
    quick: Experiment,
    long: Experiment,
    eventually: Wait,
) -> None:
    monkeypatch.setattr(cluster_module, "CONNECT_SECONDS", 1.0)
    monkeypatch.setattr(dispatcher, "MOST_RETRY_SECONDS", 0.1)
    made = plain_cluster
    if not made.alive:
        made.start_worker()
    with connected(made.address, monkeypatch) as engine:
        job, queued = engine.submit(long, owner="me"), engine.submit(quick, owner="you")
        eventually(lambda: job.status == "running", "the start")
        made.scheduler.kill()
        ended(job, "interrupted")
        assert f"the training workers at {made.address}" in job.message
        eventually(lambda: "nothing answers there" in engine.trouble, "words for the trouble")
        assert f"at {made.address} cannot be reached" in engine.trouble
        assert "Ask whoever runs this server" in engine.trouble
        assert not engine.ready
        late = engine.submit(quick, owner="me")
        assert [queued.status, late.status] == ["queued", "queued"]
        made.kill_workers()

        made.start_scheduler()
        made.start_worker()
        ended(queued, "finished")
        ended(late, "finished")
        assert engine.ready
        assert engine.trouble == ""


def test_runs_wait_while_there_is_no_worker(
    plain_cluster: Cluster,
    monkeypatch: pytest.MonkeyPatch,
    quick: Experiment,
    long: Experiment,
    eventually: Wait,
) -> None:
    """They wait until the first worker comes, and again after it has gone."""
    monkeypatch.setattr(workforce, "EMPTY_SECONDS", 0.5)
    made = plain_cluster
    made.kill_workers()
    engine = Engine(made.address).start()
    try:
        assert not engine.wait_ready(PATIENCE)
        assert f"No training worker answers at {made.address}" in engine.trouble
        early = engine.submit(quick, owner="early")
        assert early.status == "queued"
        worker = made.start_worker()
        ended(early, "finished")
        assert engine.trouble == ""

        job = engine.submit(long, owner="me")
        eventually(lambda: job.status == "running", "the start")
        worker.kill()
        ended(job, "interrupted")
        eventually(lambda: "No training worker answers" in engine.trouble, "the trouble")
        assert not engine.ready
        job = engine.submit(quick, owner="me")
        made.start_worker()
        ended(job, "finished")
    finally:
        engine.close()


def unused_address() -> str:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return f"tcp://127.0.0.1:{server.getsockname()[1]}"


def test_no_scheduler_at_the_address(monkeypatch: pytest.MonkeyPatch, quick: Experiment) -> None:
    monkeypatch.setattr(cluster_module, "CONNECT_SECONDS", 1.0)
    address = unused_address()
    engine = Engine(address)
    early = engine.submit(quick, owner="early")  # taken: the scheduler may still answer
    engine.start()
    assert not engine.wait_ready(None)  # returns, though nothing is ready
    assert f"at {address} cannot be reached: nothing answers there" in engine.trouble
    assert "Ask whoever runs this server" in engine.trouble
    late = engine.submit(quick, owner="late")
    assert [early.status, late.status] == ["queued", "queued"]
    early.stop()
    ended(early, "stopped")
    engine.close()
    ended(late, "stopped")


def test_an_invalid_address_is_named() -> None:
    engine = Engine("not an address").start()
    assert not engine.wait_ready(PATIENCE)
    assert "at not an address cannot be reached: this address is not valid" in engine.trouble
    engine.close()


def test_a_try_that_fails_at_once_is_followed_by_a_pause(
    monkeypatch: pytest.MonkeyPatch, quick: Experiment, eventually: Wait
) -> None:
    monkeypatch.setattr(dispatcher, "RETRY_SECONDS", 1000.0)
    monkeypatch.setattr(dispatcher, "MOST_RETRY_SECONDS", 1000.0)
    tries: list[workforce.Workforce] = []
    connect = workforce.Workforce.connect
    monkeypatch.setattr(
        workforce.Workforce, "connect", lambda self: tries.append(self) or connect(self)
    )
    engine = Engine("not an address").start()
    assert not engine.wait_ready(PATIENCE)
    job = engine.submit(quick, owner="me")
    eventually(lambda: len(tries) > 1, "a new job ends the pause")
    job.stop()
    ended(job, "stopped")
    engine.close()
    assert len(tries) < 10  # without a pause, there would be thousands


@pytest.mark.parametrize("value", ["two", "-1", "0", "nan"])
def test_a_wrong_number_of_workers_is_named(value: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GRU_LAB_WORKERS", value)
    with pytest.raises(ValueError, match=f"GRU_LAB_WORKERS is '{value}'"):
        Engine.from_environment()
