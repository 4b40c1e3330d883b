"""Zips that are damaged, changed or made to do harm: each is refused in words, and nothing runs."""

from __future__ import annotations

import gzip
import io
import json
import os
import pickle
import stat
import struct
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from zipfile import ZIP_BZIP2, ZIP_DEFLATED, ZIP_LZMA, ZipFile, ZipInfo

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gru_core import Experiment, TransferError
from gru_core.export import archive
from gru_core.export.archive.layout import EXPERIMENT, MANIFEST, RESULT, checksum
from gru_core.packing import pack
from tests.gru_core.export.drawn import drawn
from tests.gru_core.same import same

SMALL = Experiment(window=4, hidden_size=2, points=40)
ONE, OTHER = drawn(SMALL)[0], drawn(SMALL.replace(signal_seed=1, noise=0.1, seed=1))[0]
FOLDER = "runs/01-mine"
Files = dict[str, bytes]
MARK = "a pickle was run"


class Pickled:
    """What writes a file when it is unpickled."""

    def __reduce__(self) -> tuple[Any, ...]:
        return (os.mkdir, (MARK,))


def honest() -> Files:
    """The files that the reader reads, in a zip of one run."""
    with ZipFile(io.BytesIO(archive.write([ONE], ["mine"]))) as file:
        names = (MANIFEST, f"{FOLDER}/{EXPERIMENT}", f"{FOLDER}/{RESULT}")
        return {name: file.read(name) for name in names}


@pytest.fixture(scope="module")
def files() -> Iterator[Files]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("gru_core.export.archive.writing._plotly", lambda: b"plotly")
        yield honest()


def zipped(files: Files, *more: tuple[str | ZipInfo, bytes], method: int = ZIP_DEFLATED) -> bytes:
    """A zip of `files` and of `more`, which may have any names."""
    target = io.BytesIO()
    with warnings.catch_warnings(), ZipFile(target, "w", method) as file:
        warnings.simplefilter("ignore")  # Python warns of two files with one name
        for name, data in [*files.items(), *more]:
            file.writestr(name, data)
    return target.getvalue()


def refused(data: bytes, words: str) -> None:
    """`data` are refused with these words, and with a cause and a fix."""
    with pytest.raises(TransferError, match=words) as caught:
        archive.read(data)
    message = str(caught.value)
    assert message.endswith(".")
    assert message.count(". ") >= 1, message
    assert len(message) < 1000


@pytest.fixture(autouse=True)
def nothing_is_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.chdir(tmp_path)
    yield
    assert list(tmp_path.iterdir()) == []
    assert list(tmp_path.parent.glob("evil*")) == []


def test_the_honest_zip_is_read(files: Files) -> None:
    (run,) = archive.read(zipped(files))
    assert run.name == "mine"
    assert same(run.result, ONE)


# --- no zip, or a damaged one


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"a,b\n1,2\n",
        b"PK\x03\x04" + bytes(40),
        b"PK\x05\x06" + b"\xff" * 18,
        b"PK\x05\x06" + bytes(18) + b"more",
        gzip.compress(b"runs"),
        pickle.dumps(Pickled()),
        pack([1]),
    ],
    ids=["empty", "csv", "local", "end", "longer", "gzip", "pickle", "packed"],
)
def test_what_is_no_zip_is_refused(data: bytes) -> None:
    refused(data, "not a zip|holds no runs")


@pytest.mark.parametrize("share", [0.01, 0.3, 0.7, 0.99])
def test_a_truncated_zip_is_refused(files: Files, share: float) -> None:
    data = zipped(files)
    refused(data[: int(share * len(data))], "incomplete or damaged")
    refused(data[int(share * len(data)) :], "damaged|lacks|holds no runs")


@given(data=st.data())
def test_a_changed_byte_is_found_or_means_nothing(files: Files, data: st.DataObject) -> None:
    changed = bytearray(zipped(files))
    place = data.draw(st.integers(0, len(changed) - 1))
    changed[place] ^= data.draw(st.integers(1, 255))
    try:
        runs = archive.read(bytes(changed))
    except TransferError:
        return
    assert len(runs) == 1
    assert same(runs[0].result, ONE)


@given(st.binary(max_size=300))
def test_any_bytes_are_refused(data: bytes) -> None:
    refused(data, "not a zip|holds no runs")


# --- paths, links and kinds of entries


@pytest.mark.parametrize(
    "name",
    [
        "../evil",
        "runs/../../evil",
        "runs/..",
        "/tmp/evil",
        "//server/evil",
        "..\\evil",
        "runs\\evil",
        "C:/evil",
        "c:evil",
        "evil\x00.txt",
        "evil\n.txt",
        "evil\x7f",
    ],
)
def test_a_path_that_leaves_the_zip_is_refused(files: Files, name: str) -> None:
    data = zipped(files, ("harmless", b""), (name.replace("\x00", "\x01"), b"evil"))
    refused(data.replace(b"evil\x01", b"evil\x00"), "a path that leaves the zip")


@pytest.mark.parametrize("kind", [stat.S_IFLNK, stat.S_IFCHR, stat.S_IFIFO, stat.S_IFSOCK])
def test_links_and_devices_are_refused(files: Files, kind: int) -> None:
    entry = ZipInfo("runs/link")
    entry.create_system, entry.external_attr = 3, (kind | 0o777) << 16
    refused(zipped(files, (entry, b"/etc/passwd")), "a link or a device")


def test_encrypted_files_are_refused(files: Files) -> None:
    data = bytearray(zipped(files))
    data[data.index(b"PK\x01\x02") + 8] |= 1
    refused(bytes(data), "encrypted.*password")


@pytest.mark.parametrize("method", [ZIP_BZIP2, ZIP_LZMA])
def test_rare_ways_of_packing_are_refused(files: Files, method: int) -> None:
    refused(zipped(files, method=method), "packed in a way")


@pytest.mark.parametrize("name", [MANIFEST, MANIFEST.upper(), f"{FOLDER}/{RESULT}"])
def test_two_files_of_one_name_are_refused(files: Files, name: str) -> None:
    refused(zipped(files, (name, b"{}")), "twice")


def test_other_files_are_never_opened(files: Files) -> None:
    more = [("evil.pkl", pickle.dumps(Pickled())), ("evil.py", b"1/0"), (f"{FOLDER}/run.py", b"!")]
    (run,) = archive.read(zipped(files, *more))
    assert same(run.result, ONE)


# --- bombs


@pytest.mark.parametrize("place", ["bomb", f"{FOLDER}/{EXPERIMENT}"])
def test_a_bomb_is_refused_before_anything_is_unpacked(
    files: Files, place: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    bomb = zipped(files | {place: bytes(20_000_000)})
    assert len(bomb) < 100_000
    monkeypatch.setattr("gru_core.export.archive.safe_zip.ZipFile.open", None)
    refused(bomb, "times its own size")


def test_too_many_bytes_are_refused(files: Files, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gru_core.export.archive.safe_zip.MOST_BYTES", 1_000_000)
    refused(zipped(files, ("noise", os.urandom(1_000_001))), "At most 1 MB are read")


def test_too_many_files_are_refused(files: Files, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gru_core.export.archive.safe_zip.MOST_ENTRIES", 50)
    more = [(f"{k}", b"") for k in range(51)]
    monkeypatch.setattr("gru_core.export.archive.safe_zip.ZipFile", None)  # not even listed
    refused(zipped(files, *more), "more than 50 files")


@pytest.mark.parametrize("size", [0, 10, 2_000_000])
def test_a_file_of_another_size_than_promised_is_refused(files: Files, size: int) -> None:
    honest = zipped(files | {MANIFEST: files[MANIFEST] + b" " * 1_000_000})
    data = bytearray(honest)
    place = data.rindex(MANIFEST.encode(), 0, data.index(b"runs/01", data.index(b"PK\x01\x02")))
    struct.pack_into("<I", data, place - 46 + 24, size)  # the size in the list of the zip
    refused(bytes(data), "damaged|times its own size")


# --- the list of runs


def listed(files: Files, **changes: Any) -> dict[str, Any]:
    """The list of runs, with changes to its only run."""
    manifest = json.loads(files[MANIFEST])
    manifest["runs"][0] |= changes
    return dict(manifest)


@pytest.mark.parametrize(
    "manifest",
    [
        b"",
        b"not json",
        b"\xff\xfe",
        b"[" * 100_000,
        b"null",
        b"[]",
        b"{}",
        b'{"format": 1}',
        b'{"format": 1, "runs": []}',
        b'{"format": 1, "runs": {}}',
        b'{"format": 1, "runs": [1]}',
        b'{"format": 1, "runs": [{"name": "mine"}]}',
        b'{"format": "1", "runs": []}',
        b'{"format": 0, "runs": []}',
        pickle.dumps(Pickled()),
    ],
)
def test_a_list_of_runs_that_is_not_one_is_refused(files: Files, manifest: bytes) -> None:
    refused(zipped(files | {MANIFEST: manifest}), "list of runs")


def test_too_many_runs_are_refused(files: Files) -> None:
    manifest = listed(files)
    manifest["runs"] *= 501
    refused(zipped(files | {MANIFEST: json.dumps(manifest).encode()}), "list of runs")


def test_a_newer_zip_says_what_to_do(files: Files) -> None:
    newer = json.dumps(listed(files) | {"format": 2}).encode()
    refused(zipped(files | {MANIFEST: newer}), "Update GRU Lab")


@pytest.mark.parametrize("key", ["name", "folder", "result", "series"])
@pytest.mark.parametrize("wrong", [None, 1, ["mine"], {}])
def test_a_run_with_a_wrong_entry_is_refused(files: Files, key: str, wrong: Any) -> None:
    manifest = json.dumps(listed(files, **{key: wrong})).encode()
    refused(zipped(files | {MANIFEST: manifest}), "not as GRU Lab writes it")


@pytest.mark.parametrize("folder", ["", "..", "../..", "/etc", "runs/02", FOLDER + "/"])
def test_a_run_in_a_folder_that_is_not_there_is_refused(files: Files, folder: str) -> None:
    manifest = json.dumps(listed(files, folder=folder)).encode()
    refused(zipped(files | {MANIFEST: manifest}), "lacks the file")


def test_a_zip_without_a_list_of_runs_is_refused(files: Files) -> None:
    refused(zipped({k: v for k, v in files.items() if k != MANIFEST}), "holds no runs")
    refused(
        zipped({f"a/{k}": v for k, v in files.items()}, (f"b/{MANIFEST}", b"")), "holds no runs"
    )


# --- the files of a run


def replaced(files: Files, packed: bytes) -> bytes:
    """A zip with other bytes as the result, and with their checksum in the list of runs."""
    manifest = json.dumps(listed(files, result=checksum(packed))).encode()
    return zipped(files | {MANIFEST: manifest, f"{FOLDER}/{RESULT}": packed})


@pytest.mark.parametrize(
    "packed",
    [
        b"",
        pickle.dumps(Pickled()),
        pack([1, 2]),
        pack(ONE.problem),
        struct.pack("<Q", 2**60) + b"{}",
        b"\x80\x04" + bytes(50),
    ],
    ids=["empty", "pickle", "list", "problem", "header", "protocol"],
)
def test_a_result_that_is_none_is_refused(files: Files, packed: bytes) -> None:
    refused(replaced(files, packed), "The run 'mine' cannot be read")


@pytest.mark.parametrize("end", [1, 100, -1])
def test_a_truncated_result_is_refused(files: Files, end: int) -> None:
    refused(replaced(files, files[f"{FOLDER}/{RESULT}"][:end]), "The run 'mine' cannot be read")


def test_a_result_that_was_changed_is_refused(files: Files) -> None:
    refused(zipped(files | {f"{FOLDER}/{RESULT}": pack(OTHER)}), "changed after it was exported")


def test_a_result_of_another_experiment_is_refused(files: Files) -> None:
    refused(replaced(files, pack(OTHER)), "its experiment.json is not the one")


def test_a_result_of_another_series_is_refused(files: Files) -> None:
    experiment = Experiment(signal="own", window=4, hidden_size=2)
    results = [drawn(experiment, np.arange(40.0) ** power)[0] for power in (1, 2)]
    zips = [archive.write([result], ["mine"]) for result in results]
    with ZipFile(io.BytesIO(zips[0])) as file:
        own = {name: file.read(name) for name in file.namelist()}
    refused(replaced(own, pack(results[1])), "its series is not the one")


@pytest.mark.parametrize(
    "experiment",
    [b"", b"{", b"[]", b'{"window": 0}', b'{"evil": 1}', b"\xff", pickle.dumps(Pickled())],
)
def test_an_experiment_that_is_none_is_refused(files: Files, experiment: bytes) -> None:
    refused(zipped(files | {f"{FOLDER}/{EXPERIMENT}": experiment}), "'mine' cannot be read")


def test_a_changed_experiment_is_refused(files: Files) -> None:
    changed: Callable[[], str] = SMALL.replace(epochs=7).to_json
    refused(zipped(files | {f"{FOLDER}/{EXPERIMENT}": changed().encode()}), "its experiment.json")


@pytest.mark.parametrize(
    ("name", "read"),
    [
        ("x" * 10_000, "x" * 199 + "…"),
        ("<script>alert(1)</script>", "<script>alert(1)</script>"),
        ("a\n\x1b[31mb\ud800", "a [31mb"),
        ("", "run"),
    ],
)
def test_any_name_is_a_text_of_one_line(files: Files, name: str, read: str) -> None:
    manifest = json.dumps(listed(files, name=name)).encode()
    (run,) = archive.read(zipped(files | {MANIFEST: manifest}))
    assert run.name == read
