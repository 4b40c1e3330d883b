"""Workers and pools that die, hang or lack memory: the user is told, and they are replaced."""

from __future__ import annotations

import signal
import sys
import time
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import psutil
import pytest

from gru_core.engine import Engine, dispatcher, workforce
from gru_core.engine import cluster as cluster_module
from gru_core.engine import job as job_module
from gru_core.errors import EngineUnavailableError
from gru_core.experiment.experiment import Experiment
from tests.long_run import SLOW_END
from tests.processes import forker_of, paused, workers_of
from tests.waiting import PATIENCE, ended

Wait = Callable[[Callable[[], object], str], None]


@pytest.fixture
def saving(frail: Engine, workers: Any) -> Engine:
    """The engine with workers that send a checkpoint at every forecast, not every 2 seconds."""
    workers(frail).tell("import gru_core.engine.worker as w; w.CHECKPOINT_SECONDS = 0.0")
    return frail


def test_a_worker_is_killed(
    saving: Engine,
    workers: Any,
    long: Experiment,
    quick: Experiment,
    eventually: Wait,
) -> None:
    pool = workers(saving)
    before = pool.pids()
    victim, other = saving.submit(long, owner="victim"), saving.submit(long, owner="other")
    waiting = [saving.submit(quick, owner=f"waiting {k}") for k in range(3)]
    eventually(lambda: (victim.saved_epoch or 0) > 10, "a checkpoint")
    eventually(lambda: other.status == "running", "the other run")
    process = pool.of(victim)
    process.kill()

    ended(victim, "interrupted")
    for job in waiting:  # those in the queue never notice
        ended(job, "finished")
    at = other.snapshot().epoch
    eventually(lambda: other.snapshot().epoch > at, "the other run goes on")
    eventually(lambda: pool.threads() == 2, "a new worker")
    after = pool.pids()
    assert len(set(before.values()) & set(after.values())) == 1
    assert process.pid not in after.values()
    other.stop()

    result, last = victim.result, victim.snapshot()
    assert result is not None
    assert result.status == "interrupted"
    assert result.reason == last.message
    saved = victim.saved_epoch
    assert f"until epoch {saved} is kept: press Resume" in last.message
    assert result.checkpoint.epoch == saved
    assert list(result.history["epoch"]) == list(range(1, saved + 1))
    assert max(result.forecasts_by_epoch) <= saved
    assert np.isfinite(result.forecast["forecast"]).all()
    # Every forecast came with a checkpoint, so the weights of every frame are known.
    assert list(result.weights_by_epoch) == list(result.forecasts_by_epoch)
    kept = result.problem.forecaster(result.weights_by_epoch[result.kept_epoch])
    np.testing.assert_array_equal(result.problem.forecast(kept), result.forecast["forecast"])
    assert saving.active("victim") is None

    rest = saving.submit(long, owner="victim", resume=result, finish=True)
    eventually(lambda: rest.snapshot().epoch > saved + 3, "more epochs")
    rest.stop()
    resumed = ended(rest, "stopped").result
    assert resumed is not None
    epochs = list(resumed.history["epoch"])
    assert epochs == list(range(1, len(epochs) + 1))
    assert set(result.weights_by_epoch) - {result.kept_epoch} <= set(resumed.weights_by_epoch)

    more = saving.submit(long.replace(epochs=3), owner="victim", resume=resumed)
    continued = ended(more, "finished").result
    assert continued is not None
    assert list(continued.history["epoch"]) == list(range(1, len(epochs) + 4))
    assert set(resumed.weights_by_epoch) <= set(continued.weights_by_epoch)


def test_a_segfault_before_anything_was_saved(
    frail: Engine, workers: Any, long: Experiment, eventually: Wait
) -> None:
    workers(frail).tell("import gru_core.engine.worker as w; w.CHECKPOINT_SECONDS = 1e9")
    job = frail.submit(long, owner="early")
    eventually(lambda: job.status == "running", "the start")
    workers(frail).of(job).send_signal(signal.SIGSEGV)  # as a segmentation fault would
    ended(job, "interrupted")
    assert job.result is None
    assert "saved nothing yet: please start it again" in job.snapshot().message


@pytest.mark.skipif(sys.platform != "linux", reason="workers are forked on Linux only")
def test_the_process_that_the_workers_are_forked_from_is_killed(
    quick: Experiment, long: Experiment, eventually: Wait
) -> None:
    engine = Engine(workers=1).start()
    try:
        job = engine.submit(long, owner="victim")
        eventually(lambda: job.status == "running", "the start")
        assert engine.dispatcher.cluster.pool is not None
        pool = engine.dispatcher.cluster.pool.pid
        [old], forker = workers_of(pool), forker_of(pool)
        forker.kill()
        ended(job, "interrupted")
        ended(engine.submit(quick, owner="next"), "finished")
        assert forker_of(pool) != forker
        assert old not in workers_of(pool)
        eventually(lambda: not old.is_running(), "the end of the old worker")
    finally:
        engine.close()


@pytest.fixture
def frozen(frail: Engine, workers: Any) -> Iterator[list[psutil.Process]]:
    """Both workers, stopped by a signal; a test may kill them, too."""
    processes = [psutil.Process(pid) for pid in workers(frail).pids().values()]
    with paused(processes):
        yield processes


def test_a_run_that_had_not_begun_keeps_its_turn(
    frail: Engine,
    quick: Experiment,
    frozen: list[psutil.Process],
    eventually: Wait,
    sent: list[str],
) -> None:
    jobs = [frail.submit(quick, owner=f"turn {k}") for k in range(4)]
    eventually(lambda: len(sent) == 2, "two runs are sent")
    for process in frozen:
        process.kill()
    for job in jobs:
        ended(job, "finished")
    # They are sent in turn. The first two are sent again for each worker that dies before they
    # begin, and the others only once. A new worker may take the third one before anybody has
    # noticed that the second old worker is dead.
    ids = [job.id for job in jobs]
    assert set(sent[:3]) == set(ids[:2])
    assert [id for id in sent if id in ids[2:]] == ids[2:]
    assert [job.attempts for job in jobs[2:]] == [1, 1]


@pytest.fixture
def unheard(frail: Engine, monkeypatch: pytest.MonkeyPatch) -> Callable[[str, float], None]:
    """Make as if a worker that sends nothing any more had been silent for so many seconds."""
    known = frail.dispatcher.workforce._workers

    def wait(address: str, seconds: float) -> None:
        known[address].heard = min(known[address].heard, time.monotonic() - seconds)

    return wait


def test_stopped_workers_are_replaced_whether_somebody_asks_for_it_or_not(
    frail: Engine,
    workers: Any,
    long: Experiment,
    quick: Experiment,
    eventually: Wait,
    unheard: Callable[[str, float], None],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """They are stopped, not dead: connections stay open, and a run never ends by itself."""
    monkeypatch.setattr(dispatcher, "HUNG_SECONDS", 0.5)
    monkeypatch.setattr(job_module, "SILENT_SECONDS", 0.0)
    pool = workers(frail)
    asked, left = frail.submit(long, owner="asked"), frail.submit(long, owner="left alone")
    eventually(lambda: asked.status == left.status == "running", "both run")
    waiting = frail.submit(quick, owner="waiting")
    processes = [pool.of(asked), pool.of(left)]
    processes[0].suspend()
    asked.stop()
    ended(asked, "interrupted")
    assert left.status == "running"

    processes[1].suspend()

    def is_over() -> bool:
        if left.active:
            unheard(left.worker, workforce.DEAD_SECONDS + 1)
        return not left.active

    eventually(is_over, "the worker is given up")
    ended(left, "interrupted")
    for job in (asked, left):
        assert "nothing was heard from its worker process for" in job.message
    for process in processes:
        process.wait(PATIENCE)
    eventually(lambda: pool.threads() == 2, "new workers")
    ended(waiting, "finished")


def test_a_job_leaves_a_worker_that_was_stopped_before_it_began(
    frail: Engine,
    workers: Any,
    quick: Experiment,
    eventually: Wait,
    unheard: Callable[[str, float], None],
) -> None:
    pool = workers(frail)
    address, pid = next(iter(pool.pids().items()))
    process = psutil.Process(pid)
    process.suspend()
    jobs = [frail.submit(quick, owner=f"job {k}") for k in range(2)]
    eventually(lambda: not all(job.active for job in jobs), "the other worker makes its run")
    (waits,) = [job for job in jobs if job.active]
    assert waits.status == "queued"

    def is_over() -> bool:
        if waits.active:
            unheard(address, workforce.QUIET_SECONDS + 1)
        return not waits.active

    eventually(is_over, "the run is made by the other worker")
    ended(waits, "finished")
    assert waits.attempts == 2
    assert pool.threads() == 1
    ended(frail.submit(quick, owner="next"), "finished")  # the stopped worker gets nothing new
    process.resume()
    eventually(lambda: pool.threads() == 2, "it is used again when it is heard")
    assert pid in pool.pids().values()


def test_a_worker_that_is_not_heard_is_told(
    frail: Engine, workers: Any, long: Experiment, eventually: Wait
) -> None:
    job = frail.submit(long, owner="silent")
    eventually(lambda: job.snapshot().seconds_left is not None, "a time left")
    assert job.snapshot().silence is None
    process = workers(frail).of(job)
    process.suspend()
    eventually(lambda: job.snapshot().silence is not None, "the silence is told")
    now = job.snapshot()
    assert now.status == "running"
    assert now.silence is not None
    assert now.silence > job_module.SILENT_SECONDS
    assert now.seconds_left is None
    process.resume()
    eventually(lambda: job.snapshot().silence is None, "it is heard again")
    eventually(lambda: job.snapshot().epoch > now.epoch, "it goes on")


def test_a_stop_in_a_long_closed_loop_keeps_the_worker(
    frail: Engine, workers: Any, eventually: Wait
) -> None:
    workers(frail).tell("import gru_core.forecast.forecaster as f; f.FORECAST_SECONDS = 0.0")
    pids = workers(frail).pids()
    job = frail.submit(Experiment(**SLOW_END), owner="loop")
    eventually(lambda: (job.snapshot().forecast or (0,))[0] == 1, "training is over")
    job.stop()
    result = ended(job, "stopped").result
    assert result is not None
    assert "before the closed-loop forecast was complete" in job.message
    forecast = result.forecast["forecast"]
    assert np.isfinite(forecast[0])
    assert np.isnan(forecast.iloc[-1])
    assert workers(frail).pids() == pids
    workers(frail).tell("import gru_core.forecast.forecaster as f; f.FORECAST_SECONDS = 5.0")


@pytest.mark.skipif(not hasattr(psutil.Process, "rlimit"), reason="limits are set from outside")
def test_a_worker_out_of_memory_says_so_and_lives(
    frail: Engine, workers: Any, quick: Experiment
) -> None:
    pids = workers(frail).pids()
    processes = [psutil.Process(pid) for pid in pids.values()]
    # PyTorch makes the steps with dropout, and keeps whole batches.
    by_torch = {"layers": 2, "dropout": 0.1}
    hungry = Experiment(hidden_size=64, window=300, batch_size=500, horizon=1, **by_torch)
    for process in processes:
        most = process.memory_info().vms + 200_000_000
        process.rlimit(psutil.RLIMIT_AS, (most, psutil.RLIM_INFINITY))
    try:
        job = ended(frail.submit(hungry, owner="hungry"), "failed")
    finally:
        for process in processes:
            process.rlimit(psutil.RLIMIT_AS, (psutil.RLIM_INFINITY, psutil.RLIM_INFINITY))
    assert "needed more memory" in job.snapshot().message
    assert workers(frail).pids() == pids
    ended(frail.submit(quick, owner="hungry"), "finished")


# --- the end of the pool: these tests come last, because the engine is closed after them


def processes(engine: Engine) -> list[psutil.Process]:
    """The pool, then its workers."""
    assert engine.dispatcher.cluster.pool is not None
    pool = psutil.Process(engine.dispatcher.cluster.pool.pid)
    return [pool, *pool.children(recursive=True)]


def gone(old: list[psutil.Process]) -> bool:
    """Whether all of these processes end."""
    return psutil.wait_procs(old, timeout=PATIENCE)[1] == []


def test_a_pool_that_dies_or_hangs_is_started_again(
    frail_shared: Engine,
    long: Experiment,
    quick: Experiment,
    eventually: Wait,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    engine = frail_shared
    job = engine.submit(long, owner="me")
    ending = engine.submit(Experiment(**SLOW_END), owner="them")
    queued = engine.submit(quick, owner="you")
    eventually(lambda: job.status == "running", "the start")
    eventually(lambda: (ending.snapshot().forecast or (0,))[0] == 1, "the end of the training")
    monkeypatch.setattr(engine.dispatcher.cluster, "size", 1)  # enough for the next pools
    old = processes(engine)
    old[0].kill()

    for lost in (job, ending):
        ended(lost, "interrupted")
        assert "lost its connection to the training workers on this machine" in lost.message
    clicked = engine.submit(quick, owner="me")  # accepted at once
    eventually(lambda: engine.trouble, "the trouble is known")
    assert not engine.ready
    assert "on this machine cannot be reached" in engine.trouble
    assert "tries again by itself" in engine.trouble
    ended(queued, "finished")
    ended(clicked, "finished")
    assert engine.ready
    assert engine.trouble == ""
    assert gone(old)

    monkeypatch.setattr(cluster_module, "ANSWER_SECONDS", 2.0)
    monkeypatch.setattr(cluster_module, "END_SECONDS", 1.0)
    job = engine.submit(long, owner="me")
    eventually(lambda: job.status == "running", "the start")
    old = processes(engine)
    old[0].suspend()  # it is stopped, not dead: its connections stay open
    ended(job, "interrupted")
    ended(engine.submit(quick, owner="me"), "finished")
    assert gone(old)


def test_close_leaves_no_process_even_if_a_worker_hangs(
    frail_shared: Engine, workers: Any, long: Experiment, eventually: Wait
) -> None:
    engine = frail_shared
    old = processes(engine)
    assert len(old) > 1
    jobs = [engine.submit(long, owner=f"me {k}") for k in range(engine.slots)]
    waiting = engine.submit(long, owner="you")
    eventually(lambda: all(job.status == "running" for job in jobs), "the start")
    workers(engine).of(jobs[0]).suspend()
    assert waiting.status == "queued"
    engine.close()
    assert not any(job.active for job in jobs)
    assert waiting.status == "stopped"
    assert gone(old)
    with pytest.raises(EngineUnavailableError, match="shutting down"):
        engine.submit(long, owner="late")
    engine.close()  # again: nothing happens
