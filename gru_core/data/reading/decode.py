"""Bytes to text. Checks the size, the kind of file and the encoding. Never decompresses."""

from __future__ import annotations

import codecs

from gru_core.data.reading.choices import Note
from gru_core.errors import ReadError
from gru_core.wording import clipped

#: The encodings that a user may choose. Other codecs of Python may be slow or no text encodings.
ENCODINGS = (
    "utf-8", "utf-16", "cp1252", "latin-1", "iso-8859-15", "cp1250", "cp1251", "cp437",
    "mac-roman", "shift_jis", "gb18030", "euc-kr",
)  # fmt: skip

_BOMS = (  # UTF-32 comes before UTF-16, because its little-endian mark begins like that of UTF-16
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)

_KINDS = (
    (b"PK\x03\x04", "a ZIP archive"),
    (b"PK\x05\x06", "an empty ZIP archive"),
    (b"\x1f\x8b", "compressed with gzip"),
    (b"BZh", "compressed with bzip2"),
    (b"\xfd7zXZ\x00", "compressed with xz"),
    (b"\x28\xb5\x2f\xfd", "compressed with zstd"),
    (b"7z\xbc\xaf\x27\x1c", "a 7z archive"),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "an old Excel workbook (.xls)"),
    (b"PAR1", "a Parquet file"),
    (b"%PDF-", "a PDF document"),
    (b"SQLite format 3\x00", "an SQLite database"),
    (b"\x89HDF", "an HDF5 file"),
    (b"\x89PNG", "a picture (PNG)"),
    (b"\xff\xd8\xff", "a picture (JPEG)"),
)


def decode(
    source: bytes | str, encoding: str | None, max_bytes: int
) -> tuple[str, str, list[Note]]:
    """The text, the name of its encoding, and notes.

    Raises:
        ReadError: the source is empty, over `max_bytes` or not a text file, or has bytes that are
            not text in the encoding. The message names the first bad byte, counted from 0.
    """
    if isinstance(source, str):  # escape lone surrogates: UTF-8 cannot hold them
        source, encoding = source.encode("utf-8", "backslashreplace"), "utf-8"
    if len(source) > max_bytes:
        raise ReadError(
            f"The data has {len(source):,} bytes; the limit is {max_bytes:,}. "
            "Keep only the columns and rows you need, or use a longer time step."
        )
    _refuse_other_kinds(source)
    notes: list[Note] = []
    mark, marked = next(((m, e) for m, e in _BOMS if source.startswith(m)), (b"", ""))
    if mark and encoding in (None, "utf-8", "utf-16"):
        encoding = marked
        notes.append(Note(f"A byte order mark ({marked.upper()}) at the start was removed."))
    else:
        mark = b""
    if encoding is None:
        encoding = _guess(source)
        if encoding == "cp1252":
            notes.append(
                Note(
                    "The text is not UTF-8, so it was read as Western European (Windows, cp1252). "
                    "If letters look wrong, choose another encoding."
                )
            )
    elif encoding not in ENCODINGS and not mark:
        raise ReadError(
            f"The encoding '{clipped(encoding, 40)}' is not known; choose one of "
            f"{', '.join(ENCODINGS)}."
        )
    elif encoding == "utf-16":  # without a mark, Python would use the byte order of this machine
        encoding = "utf-16-le"
    try:
        text = source[len(mark) :].decode(encoding)
    except UnicodeDecodeError as error:
        raise _invalid(source, error.start + len(mark), encoding) from None
    if not text.strip():
        raise ReadError(
            "There is nothing to read: it is empty. Give at least one column of numbers."
        )
    if "\x00" in text:
        offset = len(mark) + len(text[: text.index("\x00")].encode(encoding))
        raise ReadError(
            f"There is a NUL byte at byte offset {offset}. Text has no such bytes, so the file is "
            "damaged or is not text. Save it again as CSV, or choose its encoding."
        )
    return text, encoding, notes


def _refuse_other_kinds(source: bytes) -> None:
    start = source[:4096]
    for magic, kind in _KINDS:
        if not start.startswith(magic) or (magic == b"BZh" and start[4:10] != b"1AY&SY"):
            continue
        if b"[Content_Types].xml" in start or b"xl/" in start:
            kind = "an Excel workbook (.xlsx)"
        elif b"opendocument.spreadsheet" in start:
            kind = "an OpenDocument spreadsheet (.ods)"
        unpack = " Unpack it first." if "archive" in kind or "compressed" in kind else ""
        raise ReadError(
            f"This is not a text file. It is {kind}, even if its name says otherwise.{unpack} Save "
            "it as CSV (in a spreadsheet: Save as, CSV UTF-8) and give that file."
        )
    if start.lstrip(b"\xef\xbb\xbf \t\r\n").lower().startswith((b"<!doctype", b"<html")):
        raise ReadError(
            "This is a web page (HTML), not a table. A download link often gives a web page when "
            "you must log in. Download the data itself and save it as CSV."
        )


def _guess(source: bytes) -> str:
    start = source[:4096]
    if b"\x00" in start:
        # Latin letters and digits in UTF-16 have a zero in every second byte
        for offset, encoding in ((0, "utf-16-be"), (1, "utf-16-le")):
            zeros, others = start[offset::2].count(0), start[1 - offset :: 2].count(0)
            if len(source) % 2 == 0 and others == 0 and zeros > len(start) // 4:
                return encoding
        return "utf-8"  # the error will name the NUL byte
    try:
        source.decode("utf-8")
        return "utf-8"
    except UnicodeDecodeError as error:
        tolerant = source.decode("utf-8", "replace")
        broken = tolerant.count("\ufffd")
        whole = sum(c > "\x7f" for c in tolerant) - broken
        if whole > broken:  # text in cp1252 rarely looks like UTF-8, so this is damaged UTF-8
            raise _invalid(source, error.start, "utf-8") from None
    try:
        source.decode("cp1252")
        return "cp1252"
    except UnicodeDecodeError as error:
        raise _invalid(source, error.start, "utf-8 or cp1252") from None


def _invalid(source: bytes, offset: int, encoding: str) -> ReadError:
    line = source.count(b"\n", 0, offset) + 1
    return ReadError(
        f"The byte 0x{source[offset]:02x} at byte offset {offset} (row {line}) is not text in "
        f"{encoding}. Choose the encoding of the file, or save it again as UTF-8."
    )
