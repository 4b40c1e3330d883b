"""What the engine's tests share: an engine with two workers, and a way to wait for a condition.

Nothing here measures time. A wait ends with its condition, or fails after `PATIENCE`.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest

from gru_core.engine import Engine, RunJob
from gru_core.engine.cluster import Cluster
from gru_core.engine.messages import Envelope
from gru_core.experiment.experiment import Experiment
from tests.long_run import LONG
from tests.waiting import PATIENCE, stop_all, wait_until

Wait = Callable[..., None]
HERE = Path(__file__).parent


class Worker:
    """The worker processes of an engine, for tests to inspect and to kill."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine

    def pids(self) -> dict[str, int]:
        """The process of each worker, by its address."""
        return dict(self.engine.dispatcher.cluster.client.run(os.getpid))

    def of(self, job: RunJob) -> psutil.Process:
        """The process that makes `job`."""
        assert job.worker is not None
        return psutil.Process(self.pids()[job.worker])

    def threads(self) -> int:
        """How many runs the pool can make at once."""
        return self.engine.slots

    def tell(self, code: str) -> None:
        """Execute `code` in every worker."""
        self.engine.dispatcher.cluster.client.run(exec, code)


@pytest.fixture(scope="session")
def eventually() -> Wait:
    return wait_until


def started(engine: Engine) -> Engine:
    engine.start()
    assert engine.wait_ready(PATIENCE), engine.trouble
    wait_until(lambda: Worker(engine).threads() == 2, "two workers")
    return engine


_shared: list[Engine] = []


@pytest.fixture
def engine() -> Iterator[Engine]:
    """Two workers, the same for all tests here. Runs that a test leaves behind are stopped."""
    if not _shared:
        _shared.append(started(Engine(workers=2)))
    yield _shared[0]
    stop_all(_shared[0])


@pytest.hookimpl(trylast=True)
def pytest_runtest_teardown(nextitem: pytest.Item | None) -> None:
    """Close the shared engine after the last test here. Its workers take processor time."""
    if nextitem is None or not nextitem.path.is_relative_to(HERE):
        while _shared:
            _shared.pop().close()


@pytest.fixture(scope="module")
def frail_shared() -> Iterator[Engine]:
    engine = started(Engine(workers=2))
    yield engine
    engine.close()


@pytest.fixture
def frail(frail_shared: Engine) -> Iterator[Engine]:
    """Two workers that a test may kill. Dead ones are replaced before the next test."""
    yield frail_shared
    stop_all(frail_shared)
    wait_until(lambda: Worker(frail_shared).threads() == 2, "the pool is whole again")


@pytest.fixture
def workers() -> type[Worker]:
    return Worker


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The ids of the jobs that engines have sent to workers, in order. A job can be sent again."""
    ids: list[str] = []
    submit = Cluster.submit

    def note(cluster: Cluster, call: str, envelope: Envelope[Any], worker: str) -> Any:
        future = submit(cluster, call, envelope, worker)
        ids.append(envelope.job)
        return future

    monkeypatch.setattr(Cluster, "submit", note)
    return ids


@pytest.fixture(scope="session")
def quick() -> Experiment:
    """A run that takes a fraction of a second."""
    return Experiment(points=60, epochs=5, hidden_size=4)


@pytest.fixture(scope="session")
def long() -> Experiment:
    """A run of minutes, if it is not stopped. Its epochs are short and its loss stays finite."""
    return Experiment(**LONG)
