"""Runs are kept, found again by their browser, cared for, and removed when there are too many."""

from __future__ import annotations

import json
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest

from gru_core.data.series import as_series
from gru_core.errors import OptionError, StoreError
from gru_core.forecast.events import Stopped
from gru_core.forecast.problem import Problem
from gru_core.store import Store, StoredRun, TabState, retention, rows, series_digest
from tests.gru_core.same import same
from tests.gru_core.store.conftest import Place
from tests.gru_core.store.made import ME, TINY, a_progress, a_result, a_run

SERIES = Problem.of(TINY).series
OTHER = "the key of another browser"


def files(store: Store) -> set[str]:
    """The files of a store, without its database and its lock."""
    folders = [store.folder / "runs", store.folder / "series"]
    paths = (path for folder in folders for path in folder.rglob("*") if path.is_file())
    return {str(path.relative_to(store.folder)) for path in paths}


def only(store: Store, browser: str = ME) -> StoredRun:
    (run,) = store.runs(browser)
    return run


# --- the life of a run


def test_a_run_is_found_at_each_moment_of_its_life(store: Store) -> None:
    assert store.add("one", ME, TINY, SERIES, continues="zero")
    run = only(store)
    assert (run.id, run.status, run.experiment, run.continues) == ("one", "queued", TINY, "zero")
    assert (run.series_name, run.series_digest) == (SERIES.name, series_digest(SERIES))
    assert abs(datetime.now(UTC) - run.created) < timedelta(minutes=5)
    assert run.active
    assert set(run.versions) >= {"gru-lab", "torch", "numpy", "python"}

    progress = a_progress(epochs=2)
    assert store.started("one", progress.started)
    assert (only(store).status, only(store).parameters, only(store).learner) == (
        "running",
        42,
        "compiled",
    )
    assert store.checkpoint("one", progress)
    assert (only(store).epoch, only(store).epochs, only(store).seconds) == (2, 3, 0.3)
    assert store.result("one", ME) is None
    kept = store.progress("one", ME)
    assert same(kept, progress)

    result = a_result()
    assert store.end("one", "finished", "All epochs done.", result)
    run = only(store)
    assert (run.status, run.message, run.epoch) == ("finished", "All epochs done.", 3)
    assert run.scores == result.scores
    assert run.size == sum((store.folder / f).stat().st_size for f in files(store) if "runs/" in f)
    assert same(store.result("one", ME), result)
    assert store.progress("one", ME) is None
    assert same(store.series(run.series_digest), SERIES)


def test_all_is_there_after_a_restart(place: Place) -> None:
    store = place.store()
    result = a_result()
    id = a_run(store, result)
    store.close()
    assert store.trouble
    assert store.runs(ME) == []
    again = place.store()
    assert same(again.result(id, ME), result)
    assert only(again).name == SERIES.name
    again.close()


@pytest.mark.parametrize("epochs", [None, 0, 2])
def test_a_run_of_a_dead_server_is_interrupted_and_can_go_on(
    place: Place, epochs: int | None
) -> None:
    store = place.store()
    store.add("one", ME, TINY, SERIES)
    if epochs is not None:
        progress = a_progress(epochs=epochs)
        store.started("one", progress.started)
        store.checkpoint("one", progress)
    store.close()  # the next server finds it as if this one had been killed
    store = place.store()
    run = only(store)
    assert run.status == "interrupted"
    result = store.result("one", ME)
    if epochs is None:
        assert "start it again" in run.message
        assert result is None
    else:
        assert f"until epoch {epochs}" in run.message
        assert result is not None
        assert (result.status, result.reason) == ("interrupted", run.message)
        assert same(result, progress.result(Problem.of(TINY), run.message))
        assert result.unfinished is not None
        assert same(result.checkpoint, progress.checkpoint)
    store.close()


def test_a_run_that_continues_another_one_keeps_what_it_continues(place: Place) -> None:
    store = place.store()
    before = a_result()
    progress = a_progress(epochs=1, previous=before)
    store.add("two", ME, TINY, SERIES)
    store.started("two", progress.started)
    assert store.checkpoint("two", progress)
    first = (store.folder / "runs/two/previous.safetensors").stat()
    assert store.checkpoint("two", a_progress(epochs=2, previous=before))
    assert (store.folder / "runs/two/previous.safetensors").stat().st_ino == first.st_ino
    store.close()
    store = place.store()
    result = store.result("two", ME)
    assert result is not None
    assert result.history["epoch"].tolist() == [1, 2, 3, 4, 5]
    assert same(store.progress("two", ME), a_progress(epochs=2, previous=before))
    store.close()


def test_a_stopped_run_keeps_its_result(store: Store) -> None:
    result = a_result(kind=Stopped)
    id = a_run(store, result)
    assert only(store).status == "stopped"
    assert same(store.result(id, ME), result)


def test_a_run_that_ended_without_a_result_has_none(store: Store) -> None:
    store.add("one", ME, TINY, SERIES)
    assert store.end("one", "failed", "It failed.", None)
    assert (only(store).status, only(store).message) == ("failed", "It failed.")
    assert store.result("one", ME) is None


def test_an_unknown_run_is_not_written(store: Store) -> None:
    assert not store.started("none", a_progress().started)
    assert not store.checkpoint("none", a_progress())
    assert not store.end("none", "finished", "", a_result())
    assert files(store) == set()


@pytest.mark.parametrize("id", ["", "..", "../x", "a/b", "/x", "a\0", "ü", "x" * 65, "-", ".x"])
def test_an_id_that_is_no_name_of_a_folder_is_refused(store: Store, id: str) -> None:
    assert not store.add(id, ME, TINY, SERIES)
    assert "id" in store.trouble
    assert store.result(id.replace("\0", "0"), ME) is None
    assert files(store) <= {f"series/{series_digest(SERIES)}.safetensors"}


def test_a_result_that_could_not_be_read_again_is_not_acknowledged(store: Store) -> None:
    store.add("one", ME, TINY, SERIES)
    progress = a_progress()
    store.checkpoint("one", progress)
    assert not store.end("one", "finished", "", replace(a_result(), period=0))
    assert "period" in store.trouble
    assert same(store.progress("one", ME), progress)


# --- whose runs


def test_a_run_of_another_browser_is_not_found(store: Store) -> None:
    id = a_run(store)
    assert store.runs(OTHER) == []
    assert store.run(id, OTHER) is None
    assert store.result(id, OTHER) is None
    assert store.progress(id, OTHER) is None
    assert not store.rename(id, OTHER, "mine")
    assert not store.tag(id, OTHER, ("mine",))
    assert not store.pin(id, OTHER, True)
    assert not store.delete([id], OTHER)
    store.delete([id], ME)
    assert not store.restore([id], OTHER)
    assert store.restore([id], ME)
    assert only(store).name == SERIES.name
    assert store.trouble == ""


def test_the_key_of_a_browser_is_not_written_down(sqlite: Place) -> None:
    store = sqlite.store()
    a_run(store)
    store.remember("tab", ME, state("tab"))
    store.close()
    for path in sqlite.folder.rglob("*"):
        assert not path.is_file() or ME.encode() not in path.read_bytes()


def test_a_finished_twin_is_found(store: Store) -> None:
    assert store.twin(TINY, SERIES, ME) is None
    a_run(store)
    newest = a_run(store)
    twin = store.twin(TINY, SERIES, ME)
    assert twin is not None
    assert twin.id == newest
    assert store.twin(TINY, SERIES, OTHER) is None
    in_class = store.twin(TINY, SERIES, None)
    assert in_class is not None
    assert store.result(in_class.id, None) is not None
    assert store.twin(TINY.replace(seed=1), SERIES, ME) is None
    assert store.twin(TINY, as_series(SERIES.values[:-1]), ME) is None
    assert store.twin(TINY, replace(SERIES, unit="m"), ME) is None


def test_a_run_that_was_stopped_or_deleted_or_had_other_versions_is_no_twin(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    a_run(store, a_result(kind=Stopped))
    store.delete([a_run(store)], ME)
    with monkeypatch.context() as older:
        older.setattr(rows, "versions", lambda: {"torch": "1"})
        a_run(store)
    assert store.twin(TINY, SERIES, None) is None


# --- care


def test_a_run_has_a_name_tags_and_a_pin(store: Store) -> None:
    id = a_run(store)
    assert store.rename(id, ME, "<b>x</b>\0 \ud800 " + 300 * "y")
    assert store.tag(id, ME, (" good ", "", "good", "for class\0"))
    assert store.pin(id, ME, True)
    run = only(store)
    assert run.name.startswith("<b>x</b> ? yyy")
    assert len(run.name) == 200
    assert (run.tags, run.pinned) == (("good", "for class"), True)


def test_runs_are_newest_first_also_with_a_wrong_clock(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = a_run(store)
    monkeypatch.setattr(time, "time", lambda: 1000.0)
    second = a_run(store)
    assert [run.id for run in store.runs(ME)] == [second, first]


def test_a_deleted_run_is_hidden_and_can_come_back_for_a_day(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    ids = [a_run(store) for _ in range(3)]
    assert store.delete(ids[:2], ME)
    assert only(store).id == ids[2]
    assert store.run(ids[0], ME) is None
    assert store.result(ids[0], ME) is None
    assert store.restore([ids[0]], ME)
    assert store.result(ids[0], ME) is not None
    later = time.time() + retention.UNDO_SECONDS + 1
    monkeypatch.setattr(time, "time", lambda: later)
    assert not store.restore([ids[1]], ME)
    a_run(store, id="next")  # whatever is written next, the files go
    assert not (store.folder / "runs" / ids[1]).exists()
    assert (store.folder / "runs" / ids[0]).exists()


# --- room


def test_the_oldest_runs_go_and_those_that_go_next_are_shown(place: Place) -> None:
    store = place.store(most_runs=5)
    ids = [a_run(store, id=f"run{k}") for k in range(4)]
    assert store.doomed(ME) == []
    ids.append(a_run(store, id="run4"))
    assert [run.id for run in store.doomed(ME)] == ["run0"]
    store.pin("run0", ME, True)
    assert [run.id for run in store.doomed(ME)] == ["run1"]
    assert store.doomed(OTHER) == []
    store.add("waits", ME, TINY, SERIES)
    a_run(store, browser=OTHER)
    assert [run.id for run in store.runs(ME)] == ["waits", "run4", "run3", "run0"]
    assert {path.name for path in (store.folder / "runs").iterdir()} >= {"run0", "run3", "run4"}
    assert not (store.folder / "runs/run1").exists()
    assert store.trouble == ""
    store.close()


def test_deleted_runs_go_before_others(place: Place) -> None:
    store = place.store(most_runs=3)
    ids = [a_run(store) for _ in range(3)]
    store.delete([ids[1]], ME)
    a_run(store)
    assert {run.id for run in store.runs(ME)} > {ids[0], ids[2]}
    store.close()


def test_too_many_bytes_remove_the_oldest_but_never_what_was_just_kept(place: Place) -> None:
    store = place.store(most_bytes=1)
    a_run(store)
    newest = a_run(store)
    assert only(store).id == newest
    assert store.result(newest, ME) is not None
    store.close()


def test_a_series_is_kept_once_and_goes_with_its_last_run(store: Store) -> None:
    first, second = a_run(store), a_run(store)
    (series,) = {file for file in files(store) if file.startswith("series/")}
    result = store.folder / "runs" / first / "result.safetensors"
    values = SERIES.values.tobytes()
    assert values in (store.folder / series).read_bytes()
    assert values not in result.read_bytes()
    assert store.delete([first, second], ME)
    store.limits = retention.Limits(0, 10**9)
    store.add("other", ME, TINY, as_series(np.arange(60.0)))
    assert series not in files(store)
    assert store.series(series_digest(SERIES)) is None


def test_a_damaged_series_is_written_again_with_its_next_run(store: Store) -> None:
    first = a_run(store)
    path = store.folder / f"series/{series_digest(SERIES)}.safetensors"
    path.write_bytes(path.read_bytes()[:-1])
    with pytest.raises(StoreError):
        store.result(first, ME)
    a_run(store)
    assert store.result(first, ME) is not None


@pytest.mark.parametrize("digest", ["", "..", "x" * 64, "0" * 64, "../../etc/passwd"])
def test_an_unknown_series_is_none(store: Store, digest: str) -> None:
    assert store.series(digest) is None


# --- tabs


def state(tab: str, minutes: int = 0, **changes: str) -> TabState:
    seen = datetime.now(UTC) + timedelta(minutes=minutes)
    return replace(TabState(tab, "window=7", None, None, seen), **changes)


def test_what_a_tab_shows_is_remembered_with_its_series(store: Store) -> None:
    key = series_digest(SERIES)
    first = state("first", run="one", series_digest=key)
    assert store.remember("first", ME, first, SERIES)
    assert store.remember("second", ME, state("second", 1))
    assert [tab.tab for tab in store.tabs(ME)] == ["second", "first"]
    assert store.tabs(ME)[1] == first
    assert store.tabs(OTHER) == []
    assert same(store.series(key), SERIES)
    assert store.remember("first", ME, replace(first, series_digest=None))
    assert store.series(key) is None
    assert len(store.tabs(ME)) == 2


def test_a_tab_keeps_its_series_when_the_run_goes(place: Place) -> None:
    store = place.store(most_runs=1)
    a_run(store)
    key = series_digest(SERIES)
    store.remember("tab", ME, state("tab", series_digest=key))
    store.add("other", ME, TINY, as_series(np.arange(60.0)))
    assert only(store).id == "other"
    assert store.series(key) is not None
    store.close()


def test_old_tabs_are_forgotten(store: Store) -> None:
    for minute in range(retention.MOST_TABS + 2):
        store.remember(f"tab{minute}", ME, state(f"tab{minute}", minute))
    assert len(store.tabs(ME)) == retention.MOST_TABS
    store.remember("old", ME, state("old", -60 * 24 * 31))
    assert "old" not in {tab.tab for tab in store.tabs(ME)}


# --- many at once


def test_many_threads_write_and_read_at_the_same_time(store: Store) -> None:
    result = a_result()
    begin = threading.Barrier(8)

    def work(number: int) -> None:
        begin.wait()
        browser = f"browser {number % 3}"
        id = a_run(store, result, browser=browser, id=f"run{number}")
        assert id in {run.id for run in store.runs(browser)}
        assert same(store.result(id, browser), result)
        assert store.remember("tab", browser, state("tab"), SERIES)

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(work, range(8)))
    assert sum(len(store.runs(f"browser {k}")) for k in range(3)) == 8
    assert store.trouble == ""


# --- settings


def test_the_settings_come_from_the_environment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GRU_LAB_DATA", str(tmp_path / "here"))
    monkeypatch.setenv("GRU_LAB_MOST_RUNS", "7")
    monkeypatch.setenv("GRU_LAB_MOST_BYTES", "1e6")
    store = Store.from_environment()
    assert (store.folder, store.limits.runs, store.limits.bytes) == (tmp_path / "here", 7, 10**6)
    assert not (tmp_path / "here").exists()
    assert store.trouble
    monkeypatch.setenv("GRU_LAB_MOST_RUNS", "many")
    with pytest.raises(OptionError, match="GRU_LAB_MOST_RUNS"):
        Store.from_environment()


def test_runs_are_kept_in_the_users_folder_by_default(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("GRU_LAB_DATA", raising=False)
    assert Store.from_environment().folder.name == "gru-lab"


@pytest.mark.parametrize("url", ["mysql://x/y", "nonsense", "sqlite://", "oracle:///"])
def test_another_database_is_refused(tmp_path: Path, url: str) -> None:
    store = Store(tmp_path, url)
    store.open()
    assert "GRU_LAB_DATABASE_URL" in store.trouble
    assert not store.add("one", ME, TINY, SERIES)


def test_a_row_of_a_newer_version_is_left_out(store: Store) -> None:
    id, other = a_run(store), a_run(store)
    newer = json.dumps({"unknown_option": 1})
    store._change([id], experiment=newer)
    assert only(store).id == other
    assert store.run(id, ME) is None
