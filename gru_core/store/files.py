"""Files beside the database. A write is either complete and on the disk, or it has not happened."""

from __future__ import annotations

import contextlib
import os
import uuid
from collections.abc import Sequence
from pathlib import Path
from typing import TypeVar

import psutil

from gru_core.errors import PackingError, StoreError
from gru_core.packing import unpack

__all__ = ["clean", "file_system", "read", "size", "write"]

Value = TypeVar("Value")

#: Ends the names of files that are not complete.
_UNFINISHED = ".unfinished"
#: File systems over a network. They may lie about locks, and about what is on the disk.
_NETWORK = ("nfs", "cifs", "smb", "9p", "afs", "ceph", "gluster", "lustre", "sshfs", "davfs")


def write(path: Path, data: bytes) -> None:
    """Write a file so that a reader finds the old content or the new one, also after a power cut.

    Raises:
        OSError: it could not be written. The old content is still there.
    """
    new = not path.parent.exists()
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f"{uuid.uuid4().hex}{_UNFINISHED}")
    try:
        with draft.open("xb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        os.replace(draft, path)
    except BaseException:
        with contextlib.suppress(OSError):
            draft.unlink(missing_ok=True)
        raise
    _sync(path.parent)
    if new:
        _sync(path.parent.parent)


def read(path: Path, kind: type[Value], shared: Sequence[object] = ()) -> Value:
    """The value in a file; see `packing.unpack`.

    Raises:
        StoreError: the file is damaged or not there.
    """
    what = f"{path.parent.name}/{path.name}"
    try:
        return unpack(path.read_bytes(), kind, shared)
    except FileNotFoundError:
        raise StoreError(
            f"This run cannot be shown: its file {what} is not there any more. Train it again, or "
            "ask whoever runs this server to bring the file back from a copy."
        ) from None
    except (PackingError, OSError) as error:
        why = error if isinstance(error, PackingError) else f"The disk says: {error}."
        raise StoreError(
            f"This run cannot be shown: its file {what} cannot be read. {why} Train it again, or "
            "ask whoever runs this server to bring the file back from a copy."
        ) from error


def size(folder: Path) -> int:
    """The bytes of all files in a folder, which need not exist."""
    if not folder.exists():
        return 0
    return sum(path.stat().st_size for path in folder.iterdir())


def clean(folder: Path) -> None:
    """Remove what a killed server has not finished."""
    for draft in folder.rglob(f"*{_UNFINISHED}"):
        draft.unlink(missing_ok=True)


def file_system(folder: Path) -> str:
    """The kind of file system that `folder` is on, if it is one over a network; else ''."""
    mounts = {part.mountpoint: part.fstype for part in psutil.disk_partitions(all=True)}
    places = [folder.resolve(), *folder.resolve().parents]
    kind = next((mounts[str(place)] for place in places if str(place) in mounts), "")
    return kind if any(name in kind.lower() for name in _NETWORK) else ""


def _sync(folder: Path) -> None:
    """Bring the names in a folder to the disk."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
