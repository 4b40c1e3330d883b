"""The keeper writes what happens to runs, in order, and never keeps the engine waiting."""

from __future__ import annotations

import gc
import threading
from pathlib import Path
from typing import Any

import pytest

from gru_core import Experiment, run
from gru_core.engine import Engine, keeper
from gru_core.engine.endings import Ending
from gru_core.engine.keeper import Keeper, KeptRun
from gru_core.forecast.problem import Problem
from gru_core.store import Store
from tests.waiting import PATIENCE, ended, wait_until

TINY = Experiment(points=60, epochs=2, hidden_size=4)


class Recorded:
    """A store that only notes what it is asked to write."""

    trouble = ""

    def __init__(self) -> None:
        self.calls: list[str] = []
        self.go_on = threading.Event()
        self.go_on.set()

    def __getattr__(self, name: str) -> Any:
        def write(*arguments: Any, **more: Any) -> bool:
            self.go_on.wait(PATIENCE)
            self.calls.append(name)
            return True

        return write


@pytest.fixture
def store() -> Recorded:
    return Recorded()


@pytest.fixture
def kept(store: Recorded) -> KeptRun:
    writer = Keeper(lambda: store)  # type: ignore[arg-type, return-value]
    writer.start()
    writer.start()  # a second time changes nothing
    return KeptRun(writer, "run", "browser", Problem.of(TINY), None)


def test_a_result_is_stored_before_the_end_is_told(store: Recorded, kept: KeptRun) -> None:
    kept.added()
    kept.ended("finished", "", run(TINY, progress=False))
    assert store.calls == ["add", "end"]


def test_a_slow_disk_gets_the_newest_checkpoint_only(store: Recorded, kept: KeptRun) -> None:
    store.go_on.clear()
    kept.added()
    given: list[int] = []
    for k in range(50):
        kept.progressed(lambda k=k: given.append(k))  # type: ignore[misc]
    store.go_on.set()
    kept.ended("stopped", "", run(TINY, progress=False))
    assert given[-1] == 49
    assert len(given) <= 2


def test_a_disk_that_hangs_does_not_hang_a_run_for_ever(
    store: Recorded, kept: KeptRun, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(keeper, "MOST_SECONDS", 0.01)
    store.go_on.clear()
    kept.ended("finished", "", run(TINY, progress=False))
    assert store.calls == []
    store.go_on.set()


def test_after_an_error_the_keeper_goes_on(store: Recorded, kept: KeptRun) -> None:
    def fail(store: Any) -> None:
        raise RuntimeError("a fault")

    kept._keeper.later(fail)
    kept.ended("finished", "", run(TINY, progress=False))
    assert store.calls == ["end"]


def test_what_is_left_is_written_when_the_server_ends(tmp_path: Path) -> None:
    opened = Store(tmp_path)

    def open_store() -> Store:
        opened.open()
        return opened

    writer = Keeper(open_store)
    writer.start()
    problem = Problem.of(TINY)
    for k in range(20):
        KeptRun(writer, f"run-{k}", "me", problem, None).added()
    writer.close()
    assert opened.trouble  # it is closed
    opened.open()
    assert len(opened.runs("me")) == 20
    opened.close()


def test_the_engine_stores_a_run_and_what_became_of_it(
    engine: Engine, tmp_path: Path, quick: Experiment, long: Experiment
) -> None:
    opened = Store(tmp_path)
    opened.open()
    engine._keeper = Keeper(lambda: opened)
    engine._keeper.start()
    try:
        job = ended(engine.submit(quick, browser="me"), "finished")
        [stored] = opened.runs("me")
        assert (stored.id, stored.status, stored.experiment) == (job.id, "finished", quick)
        result = opened.result(job.id, "me")
        assert result is not None
        assert job.result is not None
        assert result.scores == job.result.scores
        assert opened.runs("you") == []
        killed = engine.submit(long, browser="me")
        wait_until(lambda: opened.progress(killed.id, "me") is not None, "a checkpoint")
        engine.dispatcher.drop(killed, Ending.WORKER_DIED)
        wait_until(lambda: opened.runs("me")[0].status == "interrupted", "the end in the store")
        rescued = opened.result(killed.id, "me")
        assert rescued is not None
        assert rescued.can_resume
        assert ended(engine.submit(quick), "finished").result is not None
        assert len(opened.runs("me")) == 2  # a run of no browser is not kept
    finally:
        engine._keeper.close()
        engine._keeper = None


@pytest.mark.parametrize(("trouble", "most"), [("", 0), ("The disk is full.", 60)])
def test_the_engine_remembers_ended_runs_only_if_no_store_has_them(
    trouble: str, most: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Their results take 1 to 5 MB each."""
    store = Recorded()
    store.trouble = trouble
    writer = Keeper(lambda: store)  # type: ignore[arg-type, return-value]
    writer.start()
    assert writer.store is store
    unstarted = Engine(keeper=writer)
    monkeypatch.setattr(unstarted.dispatcher, "add", lambda job, turn: job.end("finished", ""))
    shown = unstarted.submit(TINY, browser="me")  # somebody looks at it
    ids = [unstarted.submit(TINY, browser="me").id for _ in range(70)]
    gc.collect()
    assert unstarted.job(shown.id, "me") is shown
    assert [id for id in ids if unstarted.job(id, "me")] == ids[70 - most :]
    writer.close()
