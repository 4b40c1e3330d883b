"""Read a zip that a stranger may have made.

Nothing is written to disk, and only files that are asked for are read. All sizes are checked before
the first byte is unpacked, and unpacking stops at the size that the zip has promised.
"""

from __future__ import annotations

import io
import re
import stat
import struct
import zlib
from zipfile import ZIP_DEFLATED, ZIP_STORED, BadZipFile, ZipFile, ZipInfo

from gru_core.errors import TransferError
from gru_core.export.archive.layout import MOST_BYTES, MOST_ENTRIES, MOST_RATIO
from gru_core.wording import megabytes, quote

__all__ = ["SafeZip"]

AGAIN = "Download it again, or export the runs anew."
NOT_OURS = "Only use a zip that GRU Lab has written."

#: What a damaged zip can raise while it is read.
DAMAGED = (
    BadZipFile,
    zlib.error,
    struct.error,
    EOFError,
    OSError,
    ValueError,
    IndexError,
    KeyError,
    OverflowError,
    NotImplementedError,
    RuntimeError,
    MemoryError,
)
#: What every entry in the list of a zip begins with, and the bit that tells that it is encrypted.
ENTRY, ENCRYPTED = b"PK\x01\x02", 0x1
#: A Windows drive, and characters that no name of a file needs.
DRIVE, CONTROL = re.compile(r"^[A-Za-z]:"), re.compile(r"[\x00-\x1f\x7f]")


class SafeZip:
    """The files in the zip `data`, by their paths.

    Raises:
        TransferError: it is no zip, it is damaged, or it is made to do harm.
    """

    def __init__(self, data: bytes) -> None:
        if data.count(ENTRY) > MOST_ENTRIES:  # before a list of millions is made
            raise TransferError(f"This zip has more than {MOST_ENTRIES:,} files. {NOT_OURS}")
        try:
            self._zip = ZipFile(io.BytesIO(data))
            entries = self._zip.infolist()
        except DAMAGED:
            raise TransferError(
                f"This file is not a zip, or it is incomplete or damaged. {AGAIN}"
            ) from None
        self._entries: dict[str, ZipInfo] = {}
        seen: set[str] = set()
        for entry in entries:
            _check_entry(entry)
            if entry.filename.casefold() in seen:
                raise TransferError(
                    f"This zip has the file {quote(entry.filename)} twice. {NOT_OURS}"
                )
            seen.add(entry.filename.casefold())
            self._entries[entry.filename] = entry
        _check_sizes(entries, len(data))

    def __contains__(self, path: str) -> bool:
        return path in self._entries

    def paths(self) -> list[str]:
        """The paths of all files."""
        return list(self._entries)

    def read(self, path: str) -> bytes:
        """The bytes of one file.

        Raises:
            TransferError: there is no such file, or it is damaged.
        """
        if path not in self._entries:
            raise TransferError(f"This zip lacks the file {quote(path)}. {AGAIN}")
        entry = self._entries[path]
        try:
            with self._zip.open(entry) as file:
                data = file.read(entry.file_size + 1)
        except DAMAGED:
            data = None
        if data is None or len(data) != entry.file_size:
            raise TransferError(f"The file {quote(path)} in this zip is damaged. {AGAIN}")
        return data


def _check_entry(entry: ZipInfo) -> None:
    """Refuse an entry that could do harm. `orig_filename` is the name as it stands in the zip."""
    path, mode = entry.orig_filename, entry.external_attr >> 16
    shown = quote(path)
    if (
        path.startswith("/")
        or ".." in path.split("/")
        or "\\" in path
        or DRIVE.match(path)
        or CONTROL.search(path)
        or path != entry.filename
    ):
        raise TransferError(
            f"The file {shown} in this zip has a path that leaves the zip, or characters that no "
            f"path needs. {NOT_OURS}"
        )
    if stat.S_IFMT(mode) not in (0, stat.S_IFREG, stat.S_IFDIR):
        raise TransferError(
            f"{shown} in this zip is a link or a device, not an ordinary file. {NOT_OURS}"
        )
    if entry.flag_bits & ENCRYPTED:
        raise TransferError(
            f"The file {shown} in this zip is encrypted. Unpack the zip with its password, and "
            "zip the folder again without one."
        )
    if entry.compress_type not in (ZIP_STORED, ZIP_DEFLATED):
        raise TransferError(
            f"The file {shown} in this zip is packed in a way that GRU Lab does not read. Unpack "
            "the zip, and zip the folder again in the usual way."
        )


def _check_sizes(entries: list[ZipInfo], size: int) -> None:
    """Refuse a zip of `size` bytes that would unpack to too much."""
    unpacked = sum(entry.file_size for entry in entries)
    if unpacked > MOST_BYTES:
        raise TransferError(
            f"This zip would unpack to {megabytes(unpacked)}. At most {megabytes(MOST_BYTES)} are "
            "read. Export fewer runs into one zip."
        )
    if unpacked > MOST_RATIO * size:
        raise TransferError(
            f"This zip would unpack to {unpacked / max(1, size):,.0f} times its own size, like a "
            f"zip that is made to fill the memory. {NOT_OURS}"
        )
