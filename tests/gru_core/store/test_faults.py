"""Disks and databases fail. The store says so, harms nothing, and works again when they do."""

from __future__ import annotations

import contextlib
import errno
import os
import pickle
import shutil
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import given, settings
from hypothesis import strategies as st

from gru_core.errors import StoreError
from gru_core.forecast.problem import Problem
from gru_core.store import Store, database, files
from tests.gru_core.same import same
from tests.gru_core.store.conftest import Place
from tests.gru_core.store.made import ME, TINY, a_progress, a_result, a_run

ROOT = Path(__file__).parents[3]
SERIES = Problem.of(TINY).series


# --- a full disk


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of one megabyte."""
    folder = tmp_path / "small"
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", str(folder)]
    if not shutil.which("mount") or subprocess.run(mount, capture_output=True).returncode:
        pytest.skip("a small disk cannot be mounted here; an injected error is tested instead")
    yield folder
    subprocess.run(["umount", str(folder)], check=True)


def fill(path: Path) -> None:
    """Write until the disk is full."""
    with path.open("wb", buffering=0) as file:
        while True:
            file.write(bytes(4096))


def test_a_full_disk_is_named_and_kept_runs_stay(small_disk: Path) -> None:
    store = Store(small_disk / "lab")
    store.open()
    result = a_result()
    id = a_run(store, result)
    store.add("next", ME, TINY, SERIES)
    filler = small_disk / "filler"
    with pytest.raises(OSError, match="No space"):
        fill(filler)
    assert not store.checkpoint("next", a_progress())
    assert "disk is full" in store.trouble
    assert not store.end("next", "finished", "", result)
    assert same(store.result(id, ME), result)
    assert store.progress("next", ME) is None
    filler.unlink()
    assert store.end("next", "finished", "", result)
    assert store.trouble == ""
    assert same(store.result("next", ME), result)
    store.close()


def no_space(*_: Any) -> None:
    raise OSError(errno.ENOSPC, "No space left on device")


@pytest.mark.parametrize("call", ["fsync", "replace"])
def test_a_write_that_fails_leaves_what_was_there(
    store: Store, monkeypatch: pytest.MonkeyPatch, call: str
) -> None:
    store.add("one", ME, TINY, SERIES)
    first = a_progress(epochs=1)
    assert store.checkpoint("one", first)
    with monkeypatch.context() as full:
        full.setattr(os, call, no_space)
        assert not store.checkpoint("one", a_progress(epochs=2))
        assert "disk is full" in store.trouble
    assert same(store.progress("one", ME), first)
    assert [path.name for path in (store.folder / "runs/one").iterdir()] == ["progress.safetensors"]
    assert store.checkpoint("one", a_progress(epochs=2))
    assert store.trouble == ""


def test_a_database_that_fails_leaves_what_was_there(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    id = a_run(store)

    def fail(*_: Any) -> None:
        cause = sqlite3.OperationalError("disk I/O error")
        raise sa.exc.OperationalError("SELECT", {}, cause)

    engine = store.database._engine
    assert engine is not None
    sa.event.listen(engine, "before_cursor_execute", fail)
    assert not store.rename(id, ME, "other")
    assert "disk I/O error" in store.trouble
    assert store.runs(ME) == []
    sa.event.remove(engine, "before_cursor_execute", fail)
    assert store.rename(id, ME, "another")
    assert store.trouble == ""
    assert store.runs(ME)[0].name == "another"


# --- files that are damaged


@pytest.mark.parametrize(
    "damage",
    [
        lambda data: data[: len(data) // 2],
        lambda data: data[:-1],
        lambda data: b"",
        lambda data: data[:-9] + bytes([data[-9] ^ 1]) + data[-8:],
        lambda data: pickle.dumps({"weights": 1}),
        lambda data: None,
    ],
    ids=["half", "one byte short", "empty", "one bit flipped", "a pickle", "not there"],
)
def test_a_damaged_result_is_an_error_of_its_run_only(store: Store, damage: Any) -> None:
    result = a_result()
    bad, good = a_run(store, result), a_run(store, result)
    path = store.folder / "runs" / bad / "result.safetensors"
    data = damage(path.read_bytes())
    path.unlink() if data is None else path.write_bytes(data)
    with pytest.raises(StoreError, match="Train it again"):
        store.result(bad, ME)
    assert same(store.result(good, ME), result)
    assert {run.id for run in store.runs(ME)} == {bad, good}
    assert store.trouble == ""
    assert store.delete([bad], ME)


@pytest.mark.parametrize("name", ["progress", "previous"])
def test_a_damaged_checkpoint_is_an_error_of_its_run_only(place: Place, name: str) -> None:
    store = place.store()
    store.add("one", ME, TINY, SERIES)
    store.checkpoint("one", a_progress(previous=a_result()))
    path = store.folder / f"runs/one/{name}.safetensors"
    path.write_bytes(path.read_bytes()[:-3])
    store.close()
    store = place.store()
    assert store.trouble == ""
    assert store.runs(ME)[0].status == "interrupted"
    with pytest.raises(StoreError, match=name):
        store.result("one", ME)
    store.close()


def test_a_result_that_was_written_but_not_noted_counts(place: Place) -> None:
    store = place.store()
    result = a_result()
    store.add("one", ME, TINY, SERIES)
    store._write_result("one", "result.safetensors", result, store.runs(ME)[0].series_digest)
    store.close()
    store = place.store()
    assert (store.runs(ME)[0].status, store.runs(ME)[0].scores) == ("finished", result.scores)
    assert same(store.result("one", ME), result)
    store.close()


def test_unfinished_files_are_removed(sqlite: Place) -> None:
    store = sqlite.store()
    a_run(store)
    draft = next(store.folder.glob("runs/*")) / "0123.unfinished"
    draft.write_bytes(b"x")
    store.close()
    sqlite.store().close()
    assert not draft.exists()


# --- a database that is damaged


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a closed store with some runs."""
    folder = tmp_path_factory.mktemp("kept") / "lab"
    store = Store(folder)
    store.open()
    for _ in range(5):
        a_run(store)
    store.close()
    return folder


def copied(kept: Path) -> Path:
    """A copy of a store, in a new folder that the caller removes."""
    folder = Path(tempfile.mkdtemp())
    shutil.copytree(kept, folder / "lab")
    return folder / "lab"


def use(folder: Path) -> tuple[str, int]:
    """The trouble of a store, and how many of its runs are found. Nothing may raise."""
    store = Store(folder)
    store.open()
    trouble, found = store.trouble, store.runs(ME)
    for run in found:
        store.rename(run.id, ME, "x")
    store.add("more", ME, TINY, SERIES)
    store.close()
    return trouble or store._fault, len(found)


@given(st.floats(0, 1, exclude_max=True))
@settings(max_examples=10)
def test_a_truncated_database_is_refused(kept: Path, share: float) -> None:
    folder = copied(kept)
    path = folder / "runs.sqlite"
    short = path.read_bytes()[: int(share * path.stat().st_size)]
    path.write_bytes(short)
    trouble, found = use(folder)
    assert "is damaged" in trouble
    assert found == 0
    assert path.read_bytes() == short
    shutil.rmtree(folder.parent)


@given(st.data())
@settings(max_examples=30)
def test_a_database_with_flipped_bits_never_breaks_the_app(kept: Path, data: st.DataObject) -> None:
    folder = copied(kept)
    path = folder / "runs.sqlite"
    flipped = bytearray(path.read_bytes())
    for _ in range(data.draw(st.integers(1, 20))):
        place = data.draw(st.integers(0, len(flipped) - 1))
        flipped[place] ^= 1 << data.draw(st.integers(0, 7))
    path.write_bytes(flipped)
    trouble, found = use(folder)
    assert found <= 5
    if trouble:
        assert trouble.startswith("Runs are not kept")
    shutil.rmtree(folder.parent)


@pytest.mark.parametrize(
    "change",
    [
        "tags = CAST(x'5bff5d' AS TEXT)",
        "experiment = 'no JSON'",
        "created = 'yesterday'",
        "created = 1e300",
        "epoch = 'two'",
        "status = 'lost'",
        "scores = '[1]'",
    ],
)
def test_a_damaged_row_is_left_out(sqlite: Place, change: str) -> None:
    store = sqlite.store()
    bad, good = a_run(store), a_run(store)
    with store.database.transaction() as connection:
        connection.exec_driver_sql(f"UPDATE runs SET {change} WHERE id = '{bad}'")
    assert [run.id for run in store.runs(ME)] == [good]
    assert store.run(bad, ME) is None
    assert store.trouble == ""
    store.close()


def test_a_damaged_text_in_the_schema_is_named(sqlite: Place) -> None:
    sqlite.store().close()
    path = sqlite.folder / "runs.sqlite"
    with contextlib.closing(sqlite3.connect(path)) as other:
        other.execute("PRAGMA writable_schema = ON")
        broken = "name = CAST(x'f328' AS TEXT), sql = 'CREATE TABLE ('"  # SQLite quotes the name
        other.execute(f"UPDATE sqlite_master SET {broken} WHERE name = 'tabs'")
        other.commit()
    store = sqlite.store()
    assert "is damaged" in store.trouble


def test_a_file_that_is_no_database_is_refused_and_left(sqlite: Place) -> None:
    sqlite.folder.mkdir()
    path = sqlite.folder / "runs.sqlite"
    path.write_bytes(b"my notes " * 100)
    store = sqlite.store()
    assert "is damaged" in store.trouble
    assert path.read_bytes() == b"my notes " * 100


def test_a_deleted_journal_does_no_harm(kept: Path) -> None:
    folder = copied(kept)
    path = folder / "runs.sqlite"
    with sqlite3.connect(path) as other:
        other.execute("PRAGMA journal_mode = WAL").close()
        other.execute("DELETE FROM runs WHERE number = 1").close()
        other.commit()
        shutil.copy(path, folder / "copy")  # without what is in the log only
    other.close()
    for log in folder.glob("runs.sqlite-*"):
        log.unlink()
    (folder / "copy").replace(path)
    trouble, found = use(folder)
    assert (trouble, found) == ("", 5)
    shutil.rmtree(folder.parent)


# --- a folder that may not be written

AS_NOBODY = """
import os, sys
from pathlib import Path
from gru_core.store import Store
from tests.gru_core.store.made import ME
if os.getuid() == 0:
    os.setgroups([])
    os.setgid(65534)
    os.setuid(65534)
for folder in sys.argv[1:]:
    store = Store(Path(folder))
    store.open()
    print(store.trouble)
    assert store.runs(ME) == []
"""


def test_a_read_only_folder_is_named(kept: Path) -> None:
    parent = Path(tempfile.mkdtemp(dir="/tmp"))
    folders = [parent / "new", parent / "with runs"]
    folders[0].mkdir()
    shutil.copytree(kept, folders[1])
    for path in (*folders, parent):
        path.chmod(0o555)
    try:
        command = [sys.executable, "-c", AS_NOBODY, *map(str, folders)]
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        for folder, words in zip(folders, done.stdout.splitlines(), strict=True):
            assert f"may not write in {folder}" in words
            assert "GRU_LAB_DATA" in words
    finally:
        for path in (parent, *folders):
            path.chmod(0o755)
        shutil.rmtree(parent)


# --- two servers


def test_a_second_server_is_told_that_the_folder_is_taken(place: Place) -> None:
    first = place.store()
    second = place.store()
    assert f"another server already keeps its runs in {place.folder}" in second.trouble
    assert not second.add("one", ME, TINY, SERIES)
    id = a_run(first)
    assert second.runs(ME) == []
    assert second.result(id, ME) is None
    first.close()
    second.open()
    assert second.trouble == ""
    assert second.result(id, ME) is not None
    second.close()


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody waits long for PostgreSQL's lock."""
    monkeypatch.setattr(database, "_LOCK_PATIENCE", "100ms")


@pytest.mark.usefixtures("impatient")
def test_a_second_server_with_another_folder_is_told_that_the_database_is_taken(
    cluster: Any, tmp_path: Path
) -> None:
    url = cluster.emptied()
    first = Place(tmp_path / "lab", url).store()
    second = Store(tmp_path / "other", url)
    second.open()
    assert "another server already" in second.trouble
    assert "GRU_LAB_DATABASE_URL" in second.trouble
    a_run(first)
    first.close()
    second.open()
    assert second.trouble == ""
    second.close()


# --- PostgreSQL goes away


@pytest.mark.usefixtures("impatient")
def test_a_lost_connection_is_made_again_with_its_lock(cluster: Any, tmp_path: Path) -> None:
    url = cluster.emptied()
    store = Place(tmp_path / "lab", url).store()
    id = a_run(store)
    cluster.disconnect()
    assert store.rename(id, ME, "still here")
    assert store.trouble == ""
    second = Store(tmp_path / "other", url)
    second.open()
    assert "another server already" in second.trouble
    store.close()


def test_a_database_that_does_not_answer_is_named_without_its_password(tmp_path: Path) -> None:
    store = Store(tmp_path, f"postgresql://me:secret@/lab?host={tmp_path}")
    store.open()
    assert "does not answer" in store.trouble
    assert "secret" not in store.trouble
    assert not store.add("one", ME, TINY, SERIES)
    assert store.runs(ME) == []


# --- network file systems


def test_a_network_file_system_is_a_warning(sqlite: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    store = sqlite.store()
    assert store.warning == ""
    mount = type("Mount", (), {"mountpoint": str(sqlite.folder.parent), "fstype": "nfs4"})
    monkeypatch.setattr(files.psutil, "disk_partitions", lambda all: [mount])
    assert "network file system (nfs4)" in store.warning
    assert str(sqlite.folder) in store.warning
    store.close()
