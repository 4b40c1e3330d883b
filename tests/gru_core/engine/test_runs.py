"""Runs in healthy workers: results, the queue, and stopping."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import replace
from itertools import count

import numpy as np
import pandas as pd
import pytest

from gru_core.data.series import as_series
from gru_core.engine import Engine, Question, RunJob, line
from gru_core.engine.cluster import Cluster
from gru_core.engine.cost import Limits
from gru_core.engine.endings import Ending
from gru_core.engine.snapshot import thinned_history
from gru_core.errors import GruLabError, LimitError, OptionError, SeriesError
from gru_core.experiment.experiment import Experiment
from gru_core.forecast.events import EpochEnd, Forecasted, Saved, Terminal
from gru_core.forecast.problem import Problem
from gru_core.forecast.result import Result
from gru_core.training.loop import train
from gru_core.training.run import run
from tests.waiting import PATIENCE, ended

Wait = Callable[[Callable[[], object], str], None]


def untimed(history: pd.DataFrame) -> pd.DataFrame:
    return history.drop(columns="seconds")


# -- what comes back -------------------------------------------------------------------------------


def test_a_worker_gives_the_same_result_as_this_process(engine: Engine, quick: Experiment) -> None:
    job = ended(engine.submit(quick, owner="same"), "finished")
    here, there = run(quick), job.result
    assert there is not None
    pd.testing.assert_frame_equal(there.forecast, here.forecast, check_exact=True)
    pd.testing.assert_frame_equal(untimed(there.history), untimed(here.history), check_exact=True)
    pd.testing.assert_frame_equal(there.score_table, here.score_table, check_exact=True)
    assert there.forecasts_by_epoch.keys() == here.forecasts_by_epoch.keys()
    for epoch, forecast in here.forecasts_by_epoch.items():
        np.testing.assert_array_equal(there.forecasts_by_epoch[epoch], forecast)
    assert list(there.weights_by_epoch) == list(here.weights_by_epoch) == [0, 1, 2, 3, 4, 5]
    for epoch, weights in here.weights_by_epoch.items():
        for name, array in weights.items():
            np.testing.assert_array_equal(there.weights_by_epoch[epoch][name], array)
    assert job._recorder.weights.by_epoch == {}  # not twice in the memory of the server


def test_own_data_travel_to_the_worker(engine: Engine) -> None:
    values = np.cumsum(np.cos(np.arange(80.0)))
    experiment = Experiment(signal="own", epochs=3, hidden_size=4)
    result = ended(engine.submit(experiment, values, owner="own"), "finished").result
    assert result is not None
    np.testing.assert_array_equal(result.series.values, values)
    np.testing.assert_array_equal(
        result.forecast["forecast"], run(experiment, values).forecast["forecast"]
    )


def test_the_last_snapshot_shows_how_the_run_ended(engine: Engine, quick: Experiment) -> None:
    job = ended(engine.submit(quick, owner="last"), "finished")
    last = job.snapshot()
    assert job.result is not None
    pd.testing.assert_frame_equal(last.history, job.result.history)
    assert (last.status, last.active, last.place) == ("finished", False, 0)
    assert (last.epoch, last.epochs, last.progress) == (5, 5, 1.0)
    assert last.message == "all epochs done"
    assert last.forecast is not None
    assert last.forecast[0] == 5
    assert last.loss == job.result.history["train_loss"].iloc[-1]


def test_events_arrive_while_it_runs(engine: Engine, long: Experiment, eventually: Wait) -> None:
    job = engine.submit(long, owner="live")
    seen: list[float] = []

    def grows() -> bool:
        now = job.snapshot()
        assert now.active, now.message
        if now.forecast is not None and now.epoch > (seen[-1] if seen else 0):
            seen.append(now.epoch)
        return len(seen) >= 5

    eventually(grows, "epochs and forecasts")
    now = job.snapshot()
    assert now.status == "running"
    assert now.epochs == 10_000
    assert 0 < now.progress < 1
    assert now.seconds_left is not None
    assert now.seconds_left > 0
    assert now.loss is not None
    assert now.forecast is not None
    assert now.forecast[1].shape == (20,)
    assert list(now.history["epoch"]) == list(range(1, len(now.history) + 1))


def test_a_snapshot_never_changes(engine: Engine, long: Experiment, eventually: Wait) -> None:
    job = engine.submit(long, owner="still")
    eventually(lambda: len(job.snapshot().history) > 2, "three epochs")
    early = job.snapshot()
    rows, before = len(early.history), early.history.copy()
    eventually(lambda: job.snapshot().epoch > rows + 5, "more epochs")
    pd.testing.assert_frame_equal(early.history, before)
    early.history.loc[:, "train_loss"] = -1.0
    assert early.forecast is not None
    with pytest.raises(ValueError, match="read-only"):
        early.forecast[1][:] = 0
    with pytest.raises(AttributeError):
        early.epoch = 0  # type: ignore[misc]
    assert (job.snapshot().history["train_loss"] > 0).all()


def test_the_history_of_a_run_is_made_once_for_each_epoch(
    quick: Experiment, monkeypatch: pytest.MonkeyPatch
) -> None:
    made: list[int] = []

    def counted(before: pd.DataFrame | None, rows: list[EpochEnd]) -> pd.DataFrame:
        made.append(len(rows))
        return thinned_history(before, rows)

    monkeypatch.setattr("gru_core.engine.run_job.thinned_history", counted)
    problem = Problem.of(quick)
    job = RunJob("run", "", problem, None, place=lambda job: 0, stop=lambda job: None)
    for epoch in (1, 2):
        job.take("first", "worker", [EpochEnd(epoch, 0.5, 0.5, 0.5, 0.01, 1.0)])
        assert [len(job.snapshot().history) for _ in range(3)] == [epoch] * 3
    assert made == [1, 2]


def test_a_thinned_history_keeps_its_first_and_last_row(engine: Engine) -> None:
    experiment = Experiment(points=30, epochs=701, hidden_size=1, batch_size=18, patience=None)
    job = ended(engine.submit(experiment, owner="thin"), "finished")
    assert job.result is not None
    assert len(job.result.history) == 701
    thin = job.snapshot().history
    assert len(thin) == 500
    assert (thin["epoch"].iloc[0], thin["epoch"].iloc[-1]) == (1, 701)
    full = job.result.history.set_index("epoch").loc[thin["epoch"]].reset_index()
    pd.testing.assert_frame_equal(thin, full)


# -- continued -------------------------------------------------------------------------------------


def test_continued_runs_equal_one_long_run(engine: Engine, quick: Experiment) -> None:
    part = quick.replace(schedule="constant", patience=None, epochs=4)
    first = ended(engine.submit(part, owner="go on"), "finished").result
    job = engine.submit(part, owner="go on", resume=first)
    second = ended(job, "finished").result
    whole = ended(engine.submit(part.replace(epochs=8), owner="go on"), "finished").result
    assert second is not None
    assert whole is not None
    assert list(second.history["epoch"]) == [1, 2, 3, 4, 5, 6, 7, 8]
    pd.testing.assert_frame_equal(untimed(second.history), untimed(whole.history), check_exact=True)
    np.testing.assert_array_equal(second.forecast["forecast"], whole.forecast["forecast"])
    assert second.history["seconds"].is_monotonic_increasing
    last = job.snapshot()
    assert (last.epoch, last.epochs, last.progress) == (8, 8, 1.0)
    pd.testing.assert_frame_equal(last.history, second.history)


def test_a_continued_run_starts_where_the_first_ended(
    engine: Engine, long: Experiment, eventually: Wait
) -> None:
    first = ended(engine.submit(long.replace(epochs=5), owner="on"), "finished").result
    job = engine.submit(long, owner="on", resume=first)
    assert job.snapshot().epoch >= 5
    assert list(job.snapshot().history["epoch"])[:5] == [1, 2, 3, 4, 5]
    eventually(lambda: job.snapshot().epoch > 6, "the sixth epoch")
    assert job.snapshot().epochs == 10_005


# -- resumed ---------------------------------------------------------------------------------------


def after(steps: int) -> Callable[[], bool]:
    """A `should_stop` that returns True after so many steps."""
    asked = count()
    return lambda: next(asked) >= steps


def test_a_stopped_run_is_resumed_to_its_planned_end(engine: Engine, quick: Experiment) -> None:
    whole = run(quick)
    stopped = run(quick, should_stop=after(whole.problem.steps_per_epoch + 2))
    job = engine.submit(quick, owner="rest", resume=stopped, finish=True)
    result = ended(job, "finished").result
    assert result is not None
    pd.testing.assert_frame_equal(untimed(result.history), untimed(whole.history), check_exact=True)
    pd.testing.assert_frame_equal(result.forecast, whole.forecast, check_exact=True)
    np.testing.assert_equal(result.checkpoint.weights, whole.checkpoint.weights)
    np.testing.assert_equal(result.weights_by_epoch, whole.weights_by_epoch)
    np.testing.assert_equal(result.forecasts_by_epoch, whole.forecasts_by_epoch)
    last = job.snapshot()
    assert (last.epoch, last.epochs, last.progress) == (5, 5, 1.0)
    pd.testing.assert_frame_equal(last.history, result.history)


def run_job(resume: Result) -> RunJob:
    """The job that resumes `resume`, without a worker."""
    nothing = {"place": lambda job: 0, "stop": lambda job: None}
    return RunJob("run", "", resume.problem, resume, finish=True, **nothing)


def test_a_resumed_run_shows_what_was_done_before(quick: Experiment) -> None:
    stopped = run(quick, should_stop=after(8))
    now = run_job(stopped).snapshot()
    assert (now.status, now.epoch, now.epochs) == ("queued", stopped.checkpoint.epoch, 5)
    pd.testing.assert_frame_equal(now.history, stopped.history)
    assert now.forecast is not None
    assert now.forecast[0] == stopped.checkpoint.epoch
    assert now.seconds_left is None


def test_a_resumed_run_that_is_interrupted_at_once_loses_nothing(quick: Experiment) -> None:
    stopped = run(quick, should_stop=after(8))
    job = run_job(stopped)
    assert job.end("interrupted", "Its worker ended.")
    result = job.result
    assert result is not None
    assert (result.status, result.can_resume) == ("interrupted", True)
    assert result.epochs_left == stopped.epochs_left
    again = run(quick, resume=result, finish=True)
    np.testing.assert_equal(again.checkpoint.weights, run(quick).checkpoint.weights)


def test_an_interrupted_run_is_resumed_from_its_newest_checkpoint(quick: Experiment) -> None:
    """The server has heard of later epochs, but their weights are lost. They are made again."""
    job = RunJob("run", "", Problem.of(quick), None, place=lambda job: 0, stop=lambda job: None)
    for event in train(quick, should_save=after(8)):
        heard = replace(event, checkpoint=None) if isinstance(event, Forecasted) else event
        later = isinstance(event, Saved) and job.saved_epoch is not None
        if not later and not isinstance(event, Terminal):
            job.take("first", "worker", [heard])
    saved = job.saved_epoch
    assert saved is not None
    assert saved < job.snapshot().epoch
    assert job.end("interrupted", "Its worker ended.")
    result = job.result
    assert result is not None
    assert list(result.history["epoch"]) == list(range(1, saved + 1))
    whole, resumed = run(quick), run(quick, resume=result, finish=True)
    pd.testing.assert_frame_equal(
        untimed(resumed.history), untimed(whole.history), check_exact=True
    )
    np.testing.assert_equal(resumed.forecasts_by_epoch, whole.forecasts_by_epoch)
    np.testing.assert_equal(resumed.checkpoint.weights, whole.checkpoint.weights)


def test_a_finished_run_is_not_resumed(engine: Engine, quick: Experiment) -> None:
    with pytest.raises(OptionError, match="nothing left to finish"):
        engine.submit(quick, owner="none", resume=run(quick), finish=True)
    assert engine.active("none") is None


# -- stopped ---------------------------------------------------------------------------------------


def test_stop_while_running_keeps_the_best(
    engine: Engine, long: Experiment, eventually: Wait
) -> None:
    job = engine.submit(long, owner="stop")
    eventually(lambda: job.snapshot().epoch > 3, "three epochs")
    job.stop()
    result = ended(job, "stopped").result
    assert result is not None
    assert result.status == "stopped"
    assert "stopped by request in epoch" in result.reason == job.snapshot().message
    best = result.history.loc[result.history["val_loss"].idxmin(), "epoch"]
    assert result.kept_epoch == best
    assert np.isfinite(result.forecast["forecast"]).all()
    assert engine.active("stop") is None


def test_stop_twice_and_too_late(
    engine: Engine, long: Experiment, quick: Experiment, eventually: Wait
) -> None:
    job = engine.submit(long, owner="twice")
    eventually(lambda: job.status == "running", "the start")
    job.stop()
    job.stop()
    before = ended(job, "stopped").result
    job.stop()
    assert job.status == "stopped"
    assert job.result is before
    ended(engine.submit(quick, owner="twice"), "finished").stop()


def test_stop_at_once(engine: Engine, long: Experiment, quick: Experiment) -> None:
    for _ in range(6):  # whether it was already sent, or not yet: a matter of microseconds
        job = engine.submit(long, owner="hasty")
        job.stop()
        ended(job, "stopped")
    ended(engine.submit(quick, owner="hasty"), "finished")


def test_stop_between_choosing_and_sending(
    engine: Engine, long: Experiment, quick: Experiment, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A run that is stopped while it is being sent must give its worker's place back."""
    submit = engine.dispatcher.cluster.client.submit

    def stopping(remote: object, task: object, **options: object) -> object:
        future = submit(remote, task, **options)
        job.stop()
        return future

    with monkeypatch.context() as patch:
        patch.setattr(engine.dispatcher.cluster.client, "submit", stopping)
        for _ in range(3):  # more than there are workers
            job = engine.submit(long, owner="between")
            ended(job, "stopped")
    ended(engine.submit(quick, owner="between"), "finished")


# -- many ------------------------------------------------------------------------------------------


def test_one_owner_has_one_active_run(engine: Engine, long: Experiment, quick: Experiment) -> None:
    first = engine.submit(long, owner="double")
    assert engine.submit(long, owner="double") is first
    assert engine.submit(quick, owner="double") is first
    assert engine.active("double") is first
    first.stop()
    assert first.wait(PATIENCE)
    assert engine.submit(quick, owner="double") is not first


def test_owners_are_independent(
    engine: Engine, long: Experiment, quick: Experiment, eventually: Wait
) -> None:
    mine = engine.submit(long, owner="me")
    eventually(lambda: mine.status == "running", "the start")
    ended(engine.submit(quick, owner="you"), "finished")
    assert mine.active
    assert engine.active("me") is mine
    assert engine.active("you") is None


def test_the_run_of_another_browser_is_not_found(engine: Engine, quick: Experiment) -> None:
    mine = engine.submit(quick, browser="me")
    yours = engine.submit(quick, browser="you")
    nobodys = engine.submit(quick)
    assert engine.job(mine.id, "me") is mine
    assert engine.job(yours.id, "you") is yours
    assert engine.job(mine.id, "you") is None
    assert engine.job(mine.id, "") is None
    assert engine.job(nobodys.id, "") is None
    assert engine.job("no such run", "me") is None


def test_first_in_first_out(
    engine: Engine, long: Experiment, quick: Experiment, eventually: Wait
) -> None:
    busy = [engine.submit(long, owner=f"busy {k}") for k in range(2)]
    eventually(lambda: all(job.status == "running" for job in busy), "two runs")
    queued = [engine.submit(quick, owner=f"waits {k}") for k in range(4)]
    assert [job.snapshot().status for job in queued] == ["queued"] * 4
    assert [job.snapshot().place for job in queued] == [0, 1, 2, 3]

    queued[1].stop()  # stopped in the queue: at once, without a worker
    assert queued[1].status == "stopped"
    assert queued[1].result is None
    assert queued[1].snapshot().message == "Stopped before it began."
    assert [job.snapshot().place for job in queued] == [0, 0, 1, 2]

    busy[0].stop()  # one worker is free: the others take turns there
    rest = [queued[0], queued[2], queued[3]]
    for job in rest:
        ended(job, "finished")
    assert busy[1].status == "running"
    began = [job._began for job in rest]
    assert began == sorted(began)
    assert 0 not in began


def test_the_order_of_the_clicks_is_the_order_of_the_runs(
    engine: Engine, long: Experiment, quick: Experiment, eventually: Wait
) -> None:
    """30 people click at once. Preparing a run takes some of them longer than others."""
    busy = [engine.submit(long, owner=f"busy {k}") for k in range(2)]
    eventually(lambda: all(job.status == "running" for job in busy), "two runs")
    clicked: list[tuple[int, RunJob]] = []
    clicks, together = threading.Lock(), threading.Barrier(31)

    def click(k: int) -> None:
        together.wait()
        with clicks:
            turn = engine.take_turn()
            order.append(k)
        values = np.sin(np.arange(60 + 20_000 * (k % 3 == 0)))
        clicked.append((k, engine.submit(quick, values, owner=f"click {k}", turn=turn)))

    order: list[int] = []
    threads = [threading.Thread(target=click, args=(k,)) for k in range(30)]
    for thread in threads:
        thread.start()
    together.wait()
    for thread in threads:
        thread.join()
    jobs = dict(clicked)
    assert [jobs[k].place for k in order] == list(range(30))
    for job in jobs.values():
        if len(job.problem.series) > 60:  # long to train, and its place is known by now
            job.stop()
    busy[0].stop()  # one worker is free: they begin one after the other
    rest = [jobs[k] for k in order if len(jobs[k].problem.series) == 60]
    for job in rest:
        ended(job, "finished")
    began = [job._began for job in rest]
    assert began == sorted(began)


def test_a_run_that_is_still_prepared_keeps_its_place(
    engine: Engine,
    quick: Experiment,
    eventually: Wait,
    sent: list[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(line, "PLACE_SECONDS", PATIENCE)
    eventually(lambda: engine.slots == 2, "both workers are free")
    first = engine.take_turn()
    second = engine.submit(quick, owner="second")
    early = engine.submit(quick, owner="first", turn=first)
    ended(early, "finished")
    ended(second, "finished")
    assert sent == [early.id, second.id]

    engine.give_up_turn(engine.take_turn())  # no run comes: nobody waits for it
    ended(engine.submit(quick, owner="third"), "finished")


def test_a_place_is_not_kept_for_ever(
    engine: Engine, quick: Experiment, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(line, "PLACE_SECONDS", 0.1)
    engine.take_turn()  # and then the visitor goes away
    ended(engine.submit(quick, owner="next"), "finished")


class Answering:
    """A future of Dask that answers to its cancelling before all else happens."""

    status = "pending"
    answer: Callable[[Answering], None] | None = None

    def add_done_callback(self, call: Callable[[Answering], None]) -> None:
        self.answer = call

    def cancel(self) -> None:
        self.status = "cancelled"
        assert self.answer is not None
        self.answer(self)


@pytest.fixture
def answering(monkeypatch: pytest.MonkeyPatch) -> Answering:
    """The future of all jobs that are sent from now on."""
    future = Answering()
    monkeypatch.setattr(Cluster, "submit", lambda *_: future)
    monkeypatch.setattr(Cluster, "cancel", lambda cluster, future, *_: future.cancel())
    return future


def test_a_job_that_is_given_up_says_why_however_fast_dask_answers(
    engine: Engine, answering: Answering, eventually: Wait
) -> None:
    question = Question("settings", as_series(np.arange(100.0)), {"horizon": 5})
    job = engine.ask(question, owner="given up")
    eventually(lambda: answering.answer, "it is sent")
    job.take("attempt", "worker", [None])
    assert job.status == "running"
    engine.dispatcher.drop(job, Ending.STOP_IGNORED)
    assert job.status == "interrupted"
    assert "still busy" in job.message


def test_a_run_that_is_stopped_before_it_began_is_not_sent_again(
    engine: Engine, answering: Answering, long: Experiment, eventually: Wait
) -> None:
    job = engine.submit(long, owner="sent")
    eventually(lambda: answering.answer, "it is sent")
    job.stop()
    assert (job.status, job.snapshot().message) == ("stopped", "Stopped before it began.")
    assert job.attempts == 1


def test_a_hundred_runs_are_queued_in_order(
    engine: Engine, long: Experiment, eventually: Wait
) -> None:
    jobs = [engine.submit(long, owner=f"click {k}") for k in range(100)]
    eventually(lambda: sum(job.status == "running" for job in jobs) == 2, "two runs")
    assert [job.status for job in jobs] == ["running"] * 2 + ["queued"] * 98
    assert [job.snapshot().place for job in jobs] == [0, 0, *range(98)]
    for job in reversed(jobs):
        job.stop()
    for job in jobs:
        ended(job, "stopped")


# -- refused and failed ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"hidden_size": 1024, "layers": 8}, r"47,2\d\d,\d\d\d parameters \(at most 5,000,000\)"),
        (
            {"hidden_size": 1024, "layers": 8, "epochs": 1000},
            r"about .* h .* min \(at most 1 h 0 min\)",
        ),
        (Experiment.lesson().replace(epochs=10_000), r"\d+ h \d+ min \(at most 1 h 0 min\)"),
        (
            {"hidden_size": 512, "window": 400, "batch_size": 400, "layers": 2, "dropout": 0.1},
            r"[\d,]+ MB of memory \(at most 2,000 MB\)",
        ),
    ],
)
def test_too_large_a_run_is_refused_with_the_numbers(
    engine: Engine, options: dict[str, int] | Experiment, words: str
) -> None:
    experiment = options if isinstance(options, Experiment) else Experiment(**options)
    with pytest.raises(LimitError, match=words) as caught:
        engine.submit(experiment, owner="greedy")
    assert "Use fewer layers" in str(caught.value)
    assert engine.active("greedy") is None


@pytest.mark.parametrize(
    ("submit", "kind"),
    [
        (lambda e: e.submit(Experiment(points=20, window=15), owner="bad"), SeriesError),
        (lambda e: e.submit(Experiment(signal="own"), owner="bad"), SeriesError),
        (lambda e: e.submit(Experiment(), [1.0, np.nan] * 30, owner="bad"), SeriesError),
        (lambda e: e.submit(Experiment(epochs=0), owner="bad"), OptionError),
    ],
)
def test_an_impossible_run_is_not_queued(
    engine: Engine, submit: Callable[[Engine], RunJob], kind: type[GruLabError]
) -> None:
    known = len(engine._jobs)
    with pytest.raises(kind):
        submit(engine)
    assert engine.active("bad") is None
    assert len(engine._jobs) == known


def test_an_error_in_the_worker_reaches_the_user(engine: Engine, quick: Experiment) -> None:
    missing = quick.replace(device="mps")  # "cuda" may be there on some machines; on Linux, no MPS
    with pytest.raises(OptionError) as here:
        run(missing)
    job = ended(engine.submit(missing, owner="gpu"), "failed")
    assert job.snapshot().message == str(here.value)
    assert "has: cpu" in job.snapshot().message
    assert job.result is None
    ended(engine.submit(quick, owner="gpu"), "finished")


def test_limits_come_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GRU_LAB_MAX_PARAMETERS", "1000")
    monkeypatch.setenv("GRU_LAB_MAX_MEMORY_MB", "10")
    monkeypatch.setenv("GRU_LAB_MAX_SECONDS", "0.001")
    monkeypatch.setenv("GRU_LAB_WORKERS", "3")
    engine = Engine.from_environment()  # never started: refused before anything is
    assert engine.limits == Limits(1000, 10_000_000, 0.001)
    assert engine.dispatcher.cluster.size == 3
    with pytest.raises(LimitError, match=r"8,001 parameters \(at most 1,000\) and about"):
        engine.submit(Experiment())
    engine.close()
