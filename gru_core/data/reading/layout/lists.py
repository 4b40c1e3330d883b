"""Lists and arrays of numbers, on one line or on several: Python, NumPy, R, or plain numbers."""

from __future__ import annotations

import re
from itertools import islice

import numpy as np
import pandas as pd

from gru_core.data.reading.cells import Cells
from gru_core.data.reading.choices import Note, ReadChoices
from gru_core.data.reading.layout.grid import MOST_CELLS, MOST_COLUMNS, is_comment
from gru_core.data.reading.layout.profile import kind_of
from gru_core.data.reading.memory import lines_of
from gru_core.data.reading.numbers.missing import is_missing
from gru_core.data.reading.numbers.parse import is_number, pattern
from gru_core.errors import ReadError

#: `x = np.array(`, `x <- c(` or `double x[] =` before the brackets.
_BEFORE = re.compile(
    r"\s*(?:(?:[a-z]+ ){0,3}(?P<name>[^\W\d][\w.]{0,60})(?:\[\d*\])?(?:: ?[\w\[\]]{1,30})?"
    r"\s*(?:=|<-|:)\s*)?(?:[^\W\d][\w.]{0,60}(?=[(\[{]))?(?P<open>[\[({][\[({\s]*)"
)
_AFTER = re.compile(r"[\])}]\s*(?:,\s*[a-z_]+\s*=[^()\n]{1,60})?[\])}\s]*'?;?\s*")
#: Python writes the numbers of a NumPy array as np.float64(1.5).
_WRAPPED = re.compile(r"(?:np|numpy)\.\w{3,12}\(([^()]{1,40})\)|Decimal\('([^']{1,40})'\)")
_R_INDEX = re.compile(r"[ \t]*\[[0-9]+\]")
_INNER = re.compile(r"[\[({]([^\[\](){}]*)[\])}]")
_MARKS = (";", "\t", "|", ",", " ")
_LONGEST_END = 100  # characters behind the last value of a list
_HEAD = 50  # so many lines tell if the text may be a list
_PLAIN = re.compile(pattern(".", "")).fullmatch


def read_list(text: str, choices: ReadChoices) -> Cells | None:
    """The cells, if the text is a list or array of numbers; else None.

    Raises:
        ReadError: the list has too many values, or some were left out when it was printed.
    """
    if choices.layout not in (None, "list"):
        return None
    source = (line for line in lines_of(text) if line.strip() and not is_comment(line))
    lines = [line.strip("\r\n") for line in islice(source, _HEAD)]
    if not lines or not _may_be_list(lines, choices):
        return None  # a large table is not copied
    lines += [line.strip("\r\n") for line in source]
    body = "\n".join(lines)
    found = _in_brackets(body) or _printed_by_r(lines)
    if found is not None:
        return _one_series(found[1], len(lines), found[0], False)
    plain = None if choices.header else _plain(lines, choices.separator)
    return _one_series(plain, len(lines), "", len(lines) > 1) if plain else None


def _may_be_list(head: list[str], choices: ReadChoices) -> bool:
    """Do the first lines leave it open that all lines are one list?"""
    if _BEFORE.match(head[0]) or _R_INDEX.match(head[0]) or len(head) == 1:
        return True
    if choices.header or not re.match(r"[0-9+−.,-]", head[0].strip()):
        return False
    marks = _MARKS if choices.separator is None else (choices.separator,)
    return any(_goes_on(head, mark) for mark in marks if mark) or (
        len(head) == _HEAD and any(_goes_on([*head, "0"], mark) for mark in marks if mark)
    )


def read_array(text: str, choices: ReadChoices) -> Cells | None:
    """The cells, if the text is an array of rows such as `[[1, 2], [3, 4]]`; else None."""
    match = _BEFORE.match(text)
    if match is None or len("".join(match["open"].split())) not in (2, 3):
        return None
    rows = [_parts(row) for row in _INNER.findall(_unwrapped(text))]
    widths = {len(row) for row in rows}
    if len(rows) < 2 or len(widths) > 1 or not all(_numbers(row) for row in rows):
        return None
    width = widths.pop()
    if width == 1 and choices.layout in (None, "list"):
        return _one_series([row[0] for row in rows], len(rows), "", False)
    if width > MOST_COLUMNS:
        return _one_series([cell for row in rows for cell in row], len(rows), "", True)
    note = f"An array of {len(rows)} rows was read. Each column of it is a series."
    return Cells(
        data=pd.DataFrame(rows, dtype="str"),
        rows=np.arange(1, len(rows) + 1),
        separator=",",
        notes=[Note(note, "Read it as one series", {"layout": "list"})],
    )


def _in_brackets(text: str) -> tuple[str, list[str]] | None:
    """The name and the values of `name = [1, 2, 3]`."""
    match = _BEFORE.match(text)
    if match is None or len("".join(match["open"].split())) > 2:
        return None
    rest = _unwrapped(text[match.end() :])
    close = min((i for i in map(rest.find, "])}") if i >= 0), default=-1)
    if close < 0 or len(rest) - close > _LONGEST_END or not _AFTER.fullmatch(rest[close:]):
        return None
    parts = _parts(rest[:close])
    if any(part in ("...", "…") for part in parts):
        raise ReadError(
            "'...' in the list stands for values that were left out when it was printed. Give all "
            "the values."
        )
    return (match["name"] or "", parts) if len(parts) > 1 and _numbers(parts) else None


def _unwrapped(text: str) -> str:
    return _WRAPPED.sub(lambda match: match[1] or match[2], text)


def _printed_by_r(lines: list[str]) -> tuple[str, list[str]] | None:
    """The values of a vector as R prints it: ` [1] 112 118 132`."""
    if not all(map(_R_INDEX.match, lines)):
        return None
    parts = [part for line in lines for part in _R_INDEX.sub("", line, count=1).split()]
    return ("", parts) if len(parts) > 1 and _numbers(parts) else None


def _parts(text: str) -> list[str]:
    """The items between commas, semicolons or spaces, without quotes and digit groups (1_000)."""
    mark = next((mark for mark in ";," if mark in text), None)
    parts = [part.strip().strip("'\"") for part in text.split(mark)]
    while parts and not parts[-1]:
        parts.pop()  # a separator at the end
    return [re.sub(r"(?<=[0-9])_(?=[0-9])", "", part) for part in parts]


def _numbers(parts: list[str]) -> bool:
    known = [part for part in parts if not (is_missing(part) or part == "None")]
    return bool(known) and all(kind_of(part) == "n" for part in known)


def _plain(lines: list[str], separator: str | None) -> list[str] | None:
    """The values of lines that hold one list: a single line, or lines that go on in the next."""
    if len(lines) == 1:
        lines = [lines[0].strip().strip("[]()").strip()]
    for candidate in _MARKS if separator is None else (separator,):
        if not candidate or candidate not in lines[0]:
            continue
        if sum(line.count(candidate) for line in lines) > MOST_CELLS:
            raise ReadError(f"There are over {MOST_CELLS:,} values; that is the limit. Give fewer.")
        if len(lines) > 1 and not _goes_on(lines, candidate):
            continue
        # a number cannot contain the separator
        number = _PLAIN if candidate == "," else is_number
        parts: list[str] = []
        for line in lines:
            parts += line.split(None if candidate == " " else candidate)
            if candidate != " " and not parts[-1].strip():
                parts.pop()  # a separator at the end
        if len(parts) < 2 or all(map(is_missing, parts)):
            continue
        if all(is_missing(part) or number(part.strip()) for part in parts):
            return parts
    return None


def _goes_on(lines: list[str], mark: str) -> bool:
    """Do the lines look like one list?

    Each line but the last ends with the separator, or the last one alone is shorter.
    """
    if mark != " ":
        ends = [line.rstrip().endswith(mark.strip() or mark) for line in lines]
        if all(ends[:-1]) and not ends[-1]:
            return True
    widths = [len(line.split(None if mark == " " else mark)) for line in lines]
    even = len(set(widths[:-1])) == 1 and widths[0] >= 4
    firsts = [re.sub("[^0-9]", "", line.split()[0].split(mark)[0])[:9] for line in lines]
    counts = bool((np.diff([float(first or 0) for first in firsts]) == 1).all())
    return even and widths[-1] < widths[0] and not counts


def _one_series(parts: list[str], lines: int, name: str, doubtful: bool) -> Cells:
    if len(parts) > MOST_CELLS:
        raise ReadError(f"There are over {MOST_CELLS:,} values; that is the limit. Give fewer.")
    where = "One line" if lines == 1 else f"{lines} lines"
    was = "was" if lines == 1 else "were"
    text = f"{where} of {len(parts)} values {was} read as one series."
    note = Note(text, "Read each column as a series", {"layout": "columns"})
    values = ["" if part.strip() == "None" else part.strip() for part in parts]
    return Cells(
        data=pd.DataFrame({0: pd.Series(values, dtype="str")}),
        rows=np.arange(1, len(parts) + 1),
        separator="",
        header=(name,) if name else None,
        layout="list",
        word="value",
        notes=[note if doubtful else Note(text)],
    )


def flattened(cells: Cells) -> Cells:
    """All cells with a number as one series, line by line."""
    values = cells.data.to_numpy(dtype=object).ravel()
    keep = np.array([is_number(value) or is_missing(value) for value in values], dtype=bool)
    keep &= values != ""
    if not keep.any():
        raise ReadError("There is no number to read as a list. Choose another layout.")
    one = _one_series(values[keep].tolist(), len(cells.rows), "", True)
    left = [Note(f"{int((~keep).sum())} cells without a number were left out.")]
    notes = [*cells.notes, *one.notes, *(left if (~keep).any() else [])]
    return Cells(
        data=one.data, rows=one.rows, separator=cells.separator, layout="list",
        header_line=cells.header_line, left_out=cells.left_out, word="value", notes=notes,
    )  # fmt: skip
