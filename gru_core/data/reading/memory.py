"""Reading a large file in little memory, and giving it back."""

from __future__ import annotations

import ctypes
import re
import sys
from collections.abc import Iterator
from contextlib import suppress

_LINE = re.compile(r"[^\r\n]*(?:\r\n|\r|\n)|[^\r\n]+\Z")


def lines_of(text: str) -> Iterator[str]:
    """The lines of `text` with their ends, as a file that is opened with `newline=''` gives them.

    `io.StringIO` would copy the whole text, with four bytes for each character.
    """
    return (line.group() for line in _LINE.finditer(text))


def give_back() -> None:
    """Return freed memory to the system.

    Strings that are no longer used stay with the allocators of Arrow and C, several times the size
    of a file. A server that has read a few files would keep hundreds of megabytes.
    """
    arrow = sys.modules.get("pyarrow")  # pandas has loaded it if it is there
    if arrow is not None:
        arrow.default_memory_pool().release_unused()
    libc("malloc_trim", 0)


def libc(function: str, *numbers: int) -> None:
    """Call a function of the C library. Only Linux's glibc has those that manage memory."""
    if sys.platform == "linux":
        with suppress(OSError, AttributeError):  # another C library
            getattr(ctypes.CDLL(None), function)(*numbers)
