"""Text to rows of cells: cut the lines, find header and footer, and pack the rest into a table."""

from __future__ import annotations

import csv
import re
from array import array
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from itertools import chain, islice

import numpy as np
import pandas as pd

from gru_core.data.reading.cells import Cells
from gru_core.data.reading.choices import Note, ReadChoices
from gru_core.data.reading.layout.profile import Profile, Row, kind_of, profile_of, value_share
from gru_core.data.reading.layout.surround import Top, find_footer, find_top
from gru_core.data.reading.memory import lines_of
from gru_core.data.reading.numbers.missing import is_missing
from gru_core.data.words import rows_of
from gru_core.errors import ReadError

MOST_COLUMNS = 1_000
MOST_CELLS = 5_000_000

_SAMPLE_ROWS = 1_000  # rows that decide the width
_BATCH = 500_000  # so many cells are Python strings at a time; pandas packs the rest
_NOTHING = "\x1f"  # csv needs a separator; no text file contains this one
_COMMENT = "\x02"  # stands for a comment line inside the table
_FOOTER_ROWS = 100  # a footer has at most so many rows
#: A line of dashes below a header, as in Markdown, or around a printed table.
_RULE = re.compile(r"[|+:=─━┼ \t-]*")
_DASHES = ("---", "===", "──", "━━", "|-", "-|", "|:-")
_MARK = re.compile(r"[ \t]*(?:#|//|[%!])")


def is_comment(line: str) -> bool:
    """Does the line begin with a mark for comments? `#N/A` is an error of a spreadsheet."""
    if _MARK.match(line) is None:
        return False
    first = re.split(r"[,;\t|\r\n]", line[:80], maxsplit=1)[0]
    return not (is_missing(first) and any(map(str.isalpha, first)))


def make_grid(
    text: str, separator: str, skipped: int, comment: Row | None, choices: ReadChoices
) -> Cells:
    """Cut `text` into cells, below the first `skipped` lines.

    `comment` is the last comment above the table. It is the header, if there is no other.

    Raises:
        ReadError: a quote is not closed, a row is too long, or there are too many columns or cells.
    """
    rows = _read_rows(text, separator, skipped)
    dropped = frozenset(choices.left_out or ())
    comments: list[int] = []
    cells = _table(_without(rows, dropped, comments), separator, choices, comments)
    if comment is None or not _is_header(comment, cells, choices.header):
        return cells
    return replace(cells, header=tuple(cell.strip() for cell in comment[1]), header_line=comment[0])


def _is_header(comment: Row, cells: Cells, header: int | None) -> bool:
    line, names = comment
    if header is not None:
        return header == line and len(names) == cells.data.shape[1]
    texts = all(kind_of(name) in "td" for name in names)
    return cells.header is None and texts and len(names) == cells.data.shape[1]


def _without(rows: Iterator[Row], dropped: frozenset[int], comments: list[int]) -> Iterator[Row]:
    for line, cells in rows:
        if cells == [_COMMENT]:
            comments.append(line)
        elif line not in dropped:
            yield line, cells


def _lines(text: str, separator: str, framed: bool) -> Iterator[str]:
    """The lines, with a mark in the place of comments, and without frames around the cells."""
    for line in lines_of(text):
        if is_comment(line):
            yield _COMMENT + "\n"
        elif separator and any(d in line for d in _DASHES) and _RULE.fullmatch(line.rstrip()):
            yield "\n"
        elif framed and line.lstrip().startswith("|"):
            yield line.strip().removeprefix("|").removesuffix("|") + "\n"
        else:
            yield line


def _is_framed(text: str) -> bool:
    """Do all lines with a bar begin and end with a bar, as in Markdown?"""
    start = (line.strip() for line in islice(lines_of(text), _SAMPLE_ROWS))
    barred = [line for line in start if "|" in line]
    return all(line.startswith(("|", "+")) and line.endswith(("|", "+")) for line in barred)


def _read_rows(text: str, separator: str, skipped: int) -> Iterator[Row]:
    """Line number (counted from 1) and cells of every row. A blank row has no cells."""
    lines = _lines(text, separator, separator == "|" and _is_framed(text))
    for _ in range(skipped):
        next(lines)
    reader = csv.reader(lines, delimiter=separator or _NOTHING, skipinitialspace=True, strict=True)
    start = skipped + 1
    while True:
        try:
            row = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            raise _bad_row(start, str(error)) from None
        if len(row) > MOST_COLUMNS:
            raise ReadError(
                f"Row {start} has {len(row):,} columns; the limit is {MOST_COLUMNS:,}. Keep only "
                "the columns you need. If each row is a series, swap rows and columns (transpose)."
            )
        yield start, row if len(row) > 1 or (row and row[0].strip()) else []
        start = skipped + reader.line_num + 1


def _bad_row(row: int, error: str) -> ReadError:
    if "end of data" in error:
        return ReadError(
            f'A quote (") opens in row {row} and never closes. Close it there, or remove it.'
        )
    if "field limit" in error:
        return ReadError(
            f"Row {row} has a cell of more than {csv.field_size_limit():,} characters; that is the "
            'limit. Perhaps a quote (") opens there and never closes: close it or remove it.'
        )
    return ReadError(
        f'In or after row {row}, text follows a closing quote ("). Remove the quotes there, '
        "or choose another separator."
    )


def _usual_width(head: list[Row]) -> int:
    """The width of most rows with a number in them; titles and comments have other widths."""
    widths = Counter(len(row) for _, row in head if row)
    numeric = Counter(len(row) for _, row in head if value_share(row) > 0)
    counts = numeric or widths
    return max(counts, key=lambda width: (counts[width], widths[width], width), default=1)


def _table(rows: Iterator[Row], separator: str, choices: ReadChoices, comments: list[int]) -> Cells:
    """Pack the rows into a table of strings. The first rows decide its width and header."""
    head = list(islice(rows, _SAMPLE_ROWS))
    usual = _usual_width(head)
    if usual > 1:  # skip blank lines; in a single column they would be missing values
        head = [(line, row) for line, row in head if row]
    profile = profile_of(head, usual)
    top = find_top(head, usual, profile, choices.header, choices.left_out is not None)
    width = max(usual, len(top.names or []))
    packed = _pack(chain(head[top.start :], rows), width)
    return _finish(packed, top, profile, separator, choices, comments)


class _Packed:
    """Rows of a table: their cells in frames, and the lines that are too long or too short."""

    def __init__(self, width: int) -> None:
        self.width = width
        self.frames: list[pd.DataFrame] = []
        self.lines = array("q")
        self.full = array("b")  # does the row hold anything?
        self.widths: dict[int, int] = {}  # line number -> width, where it is not the usual one
        self.long: list[int] = []  # lines with text behind the last column

    def data(self) -> pd.DataFrame:
        """The cells (N, C), stripped."""
        return pd.concat(self.frames, ignore_index=True) if self.frames else pd.DataFrame()


def _pack(rows: Iterator[Row], width: int) -> _Packed:
    packed = _Packed(width)
    batch: list[list[str]] = []
    for line, row in rows:
        if not row and width > 1:
            continue
        if len(row) != width and row:
            packed.widths[line] = len(row)
        if len(row) > width and any(cell.strip() for cell in row[width:]):
            packed.long.append(line)
        packed.lines.append(line)
        cells = [cell.strip() for cell in row[:width]]
        packed.full.append(any(cells))
        batch.append(cells + [""] * (width - len(cells)))
        if len(batch) * width >= _BATCH:
            packed.frames.append(pd.DataFrame(batch, dtype="str"))
            batch = []
            if len(packed.lines) * width > MOST_CELLS:
                raise ReadError(
                    f"The table has over {MOST_CELLS:,} cells ({width:,} columns); that is the "
                    "limit. Keep only the columns and rows you need."
                )
    packed.frames += [pd.DataFrame(batch, dtype="str")] if batch else []
    return packed


def _finish(
    packed: _Packed,
    top: Top,
    profile: Profile,
    separator: str,
    choices: ReadChoices,
    comments: list[int],
) -> Cells:
    """Leave out the footer and the empty rows at both ends, and complain about odd rows."""
    width, notes = packed.width, list(top.notes)
    data, lines = packed.data(), np.array(packed.lines, dtype=np.int64)
    footer: list[int] = []
    if choices.left_out is None and len(data):
        tail = data.tail(_FOOTER_ROWS).to_numpy(dtype=object).tolist()
        last = list(zip(lines[-len(tail) :].tolist(), tail, strict=True))
        count = find_footer(last, packed.widths, width, profile)
        if count:
            footer = [line for line, cells in last[-count:] if any(cells)]
            data, lines = data.iloc[:-count], lines[:-count]
            notes.append(
                Note(
                    f"Left out {rows_of(footer)}: text below the table.",
                    "Keep these rows",
                    {"left_out": ()},
                )
            )
    notes += _odd_rows(packed, set(lines.tolist()))
    middle = [line for line in comments if len(lines) and lines[0] < line < lines[-1]]
    if middle:
        notes.append(Note(f"Skipped the comments in {rows_of(middle)}."))
    full = np.flatnonzero(packed.full[: len(data)])
    if not len(full) and top.names is None:
        raise ReadError("There are separators with nothing between them. Give a column of numbers.")
    # spreadsheets leave empty rows at the ends
    ends = slice(full[0], full[-1] + 1) if len(full) else slice(0, 0)
    return Cells(
        data=data.iloc[ends].reset_index(drop=True),
        rows=lines[ends],
        separator=separator if width > 1 else "",
        header=None if top.names is None else tuple(top.names),
        header_line=top.line,
        left_out=choices.left_out if choices.left_out is not None else (*top.passed, *footer),
        notes=notes,
    )


def _odd_rows(packed: _Packed, inside: set[int]) -> list[Note]:
    """Refuse rows of data with too many cells, and say which have too few."""
    width = packed.width
    long = [line for line in packed.long if line in inside]
    short = [line for line, own in packed.widths.items() if own < width and line in inside]
    if long:
        has = "have" if len(long) > 1 else "has"
        raise ReadError(
            f"Most rows have {width} cells, but {rows_of(long)} {has} more. Remove the "
            'extra separators, put quotes (") around text that contains one, or choose another '
            "separator."
        )
    if short:
        has = "have" if len(short) > 1 else "has"
        text = f"{rows_of(short).capitalize()} {has} fewer than {width} cells. The cells "
        return [Note(text + "that are not there count as missing.")]
    return []


def without_rows(cells: Cells, positions: list[int], why: str, keep: tuple[int, ...]) -> Cells:
    """Leave out the rows at these positions, and say why. `keep` stays out if they come back."""
    lines = cells.rows[positions].tolist()
    here = np.ones(len(cells.rows), dtype=bool)
    here[positions] = False
    label = "Keep this row" if len(lines) == 1 else "Keep these rows"
    return replace(
        cells,
        data=cells.data[here].reset_index(drop=True),
        rows=cells.rows[here],
        left_out=tuple(sorted({*cells.left_out, *lines})),
        notes=[*cells.notes, Note(f"Left out {rows_of(lines)}: {why}.", label, {"left_out": keep})],
    )
