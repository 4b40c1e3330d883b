"""Read the runs in a zip. Only three kinds of files are read; all others are for people."""

from __future__ import annotations

import json
from typing import Any

from gru_core.errors import GruLabError, TransferError, raised_at_call
from gru_core.experiment.experiment import Experiment
from gru_core.export.archive.layout import (
    EXPERIMENT,
    FORMAT,
    MANIFEST,
    MOST_RUNS,
    RESULT,
    Imported,
    checksum,
    one_line,
    series_checksum,
)
from gru_core.export.archive.safe_zip import AGAIN, NOT_OURS, SafeZip
from gru_core.forecast.result import Result
from gru_core.packing import unpack
from gru_core.wording import quote

__all__ = ["read"]

#: What the list of runs tells about each run.
KEYS = ("name", "folder", "result", "series")


@raised_at_call
def read(data: bytes) -> list[Imported]:
    """The runs in a zip that `write` has made, in their order.

    The results are equal to those that were written, to the last bit. Nothing in the zip is run or
    written to disk, so a zip from a stranger can do no harm.

    Raises:
        TransferError: this is no zip of runs, or it is damaged, changed, too large or made to do
            harm.
    """
    files = SafeZip(data)
    root = _root(files)
    return [_run(files, root, entry) for entry in _manifest(files.read(root + MANIFEST))]


def _root(files: SafeZip) -> str:
    """The folder of the list of runs: '', or one folder if somebody has zipped the files again."""
    places = [path for path in files.paths() if path.split("/")[-1] == MANIFEST]
    places = [path for path in places if path.count("/") <= 1 and not path.startswith("__MACOSX")]
    if len(places) != 1:
        raise TransferError(
            f"This zip holds no runs of GRU Lab: it has no {MANIFEST}. Choose a zip of "
            "runs that was exported from GRU Lab."
        )
    return places[0].removesuffix(MANIFEST)


def _manifest(data: bytes) -> list[dict[str, str]]:
    """The list of runs, checked."""
    try:
        manifest: Any = json.loads(data)
    except (ValueError, RecursionError):
        raise TransferError(f"The list of runs, {MANIFEST}, is damaged. {AGAIN}") from None
    written = manifest.get("format") if isinstance(manifest, dict) else None
    if type(written) is int and written > FORMAT:
        raise TransferError("A newer GRU Lab has written this zip. Update GRU Lab to read it.")
    runs: Any = manifest.get("runs") if written == FORMAT else None
    good = isinstance(runs, list) and all(
        isinstance(run, dict) and all(isinstance(run.get(key), str) for key in KEYS) for run in runs
    )
    if not good or not 1 <= len(runs) <= MOST_RUNS:
        raise TransferError(
            f"The list of runs, {MANIFEST}, is not as GRU Lab writes it. {NOT_OURS}"
        )
    return [{key: run[key] for key in KEYS} for run in runs]


def _run(files: SafeZip, root: str, entry: dict[str, str]) -> Imported:
    """One run of the list."""
    name, folder = one_line(entry["name"]), f"{root}{entry['folder']}/"
    packed = files.read(folder + RESULT)
    if checksum(packed) != entry["result"]:
        raise _changed(name, RESULT)
    try:
        experiment = Experiment.from_json(files.read(folder + EXPERIMENT))
        result = unpack(packed, Result)
    except TransferError:
        raise
    except GruLabError as error:
        raise TransferError(
            f"The run {quote(name)} cannot be read. {error} Export it again, with the same version "
            "of GRU Lab as here."
        ) from None
    if result.experiment != experiment:
        raise _changed(name, EXPERIMENT)
    if series_checksum(result.series) != entry["series"]:
        raise _changed(name, "series")
    return Imported(name, result)


def _changed(name: str, what: str) -> TransferError:
    return TransferError(
        f"The run {quote(name)} was changed after it was exported: its {what} is not the one in "
        f"the list of runs. {AGAIN}"
    )
