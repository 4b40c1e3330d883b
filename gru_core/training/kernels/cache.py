"""Where compiled code is kept on this machine, and for which cells there is some."""

from __future__ import annotations

import hashlib
import os
from contextlib import suppress
from functools import cache
from pathlib import Path

import platformdirs

__all__ = ["FOLDER", "is_cached", "remember"]


def _folder() -> Path | None:
    """Where compiled code is kept; None if no folder can be written to.

    Numba compiles a function again when its own file changes. It does not look at the files of the
    functions that are called. So the folder's name follows from all files of this package.
    """
    sources = sorted(Path(__file__).parent.glob("*.py"))
    digest = hashlib.sha256(b"".join(source.read_bytes() for source in sources)).hexdigest()
    folder = platformdirs.user_cache_path("gru-lab") / "kernels" / digest[:16]
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError:
        return None
    return folder if os.access(folder, os.W_OK) else None


FOLDER = _folder()


def is_cached(cell: str) -> bool:
    """Whether an earlier run on this machine has compiled the kernels for this cell."""
    return FOLDER is not None and (FOLDER / cell).exists()


@cache  # every step calls it
def remember(cell: str) -> None:
    """Remember that the kernels for this cell are compiled."""
    if FOLDER is not None:
        with suppress(OSError):  # the disk may be full
            (FOLDER / cell).touch()
