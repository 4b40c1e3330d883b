"""Write runs into one zip."""

from __future__ import annotations

import io
import json
import re
import unicodedata
from collections.abc import Iterable
from typing import IO
from zipfile import ZIP_DEFLATED, ZIP_STORED, ZipFile, ZipInfo

from gru_core.errors import TransferError, raised_at_call
from gru_core.export.archive.files import files_of
from gru_core.export.archive.layout import (
    FORMAT,
    MANIFEST,
    MOST_BYTES,
    MOST_ENTRIES,
    MOST_RUNS,
    RESULT,
    checksum,
    one_line,
    series_checksum,
)
from gru_core.export.archive.mlflow_program import PROGRAM
from gru_core.export.archive.readme import readme
from gru_core.forecast.result import Result
from gru_core.wording import megabytes

__all__ = ["write", "write_to"]

#: Every file of a zip has this time, so that equal runs give equal bytes. Zip knows none before.
NO_TIME = (1980, 1, 1, 0, 0, 0)
#: An ordinary file that its owner may change and others may read, as Unix writes it.
ORDINARY = 0o100644


@raised_at_call
def write(results: Iterable[Result], names: Iterable[str]) -> bytes:
    """The zip of some runs as bytes; the arguments and errors are those of `write_to`."""
    file = io.BytesIO()
    write_to(file, results, names)
    return file.getvalue()


@raised_at_call
def write_to(file: IO[bytes], results: Iterable[Result], names: Iterable[str]) -> None:
    """Write the zip of some runs into `file`. Equal runs give equal bytes.

    Args:
        file: where to write; it must be open.
        results: the runs. They are taken one by one, so they need not all be in memory.
        names: their names, as people see them, one for each run.

    Raises:
        TransferError: there are no runs, or they are too many or too large for one zip.
    """
    with ZipFile(file, "w") as target:
        writer = _Writer(target)
        runs: list[dict[str, str]] = []
        for result, name in zip(results, names, strict=True):
            if len(runs) == MOST_RUNS:
                raise TransferError(f"One zip holds at most {MOST_RUNS} runs. Choose fewer.")
            runs.append(_write_run(writer, result, one_line(name), len(runs) + 1))
        if not runs:
            raise TransferError("There is no run to put into the zip. Choose at least one.")
        manifest = {"format": FORMAT, "runs": runs}
        writer.add(MANIFEST, json.dumps(manifest, indent=2, ensure_ascii=False).encode())
        writer.add("README.md", readme(runs).encode())
        writer.add("log_to_mlflow.py", PROGRAM.encode())
        writer.add("plotly.min.js", _plotly())


def _write_run(writer: _Writer, result: Result, name: str, number: int) -> dict[str, str]:
    """Write the files of one run. Returns what the list of runs says about it."""
    folder = f"runs/{number:02}-{_folder(name)}"
    notes = []
    packed = ""
    for file in files_of(result):
        if file.data is None:
            notes.append(f"{file.name}: {file.note}")
            continue
        writer.add(f"{folder}/{file.name}", file.data, stored=file.name == RESULT)
        if file.name == RESULT:
            packed = checksum(file.data)
    return {
        "name": name,
        "folder": folder,
        "result": packed,
        "series": series_checksum(result.series),
        "notes": " ".join(notes),
    }


class _Writer:
    """Adds files to a zip, within the limits that the reader has."""

    def __init__(self, target: ZipFile) -> None:
        self._target, self._entries, self._bytes = target, 0, 0

    def add(self, path: str, data: bytes, *, stored: bool = False) -> None:
        self._entries += 1
        self._bytes += len(data)
        if self._entries > MOST_ENTRIES or self._bytes > MOST_BYTES:
            raise TransferError(
                f"These runs are too large for one zip. It may hold {MOST_ENTRIES:,} files and "
                f"{megabytes(MOST_BYTES)}. Choose fewer runs."
            )
        entry = ZipInfo(path, NO_TIME)
        entry.create_system, entry.external_attr = 3, ORDINARY << 16  # 3 is Unix
        entry.compress_type = ZIP_STORED if stored else ZIP_DEFLATED
        self._target.writestr(entry, data)


def _folder(name: str) -> str:
    """`name` as a part of the name of a folder: only letters, digits and -, on every system."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", plain)[:40].strip("-") or "run"


def _plotly() -> bytes:
    """plotly.js, which all figures in a zip share."""
    from plotly.offline import get_plotlyjs

    code: str = get_plotlyjs()
    return code.encode()
