"""Text to rows of cells. Finds comment lines, separator and width. Keeps the line numbers."""

from __future__ import annotations

import csv
import io
import re
from array import array
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain, islice, pairwise

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from gru_core.data.reading.choices import Note
from gru_core.data.reading.numbers import is_missing, is_number, pattern
from gru_core.data.words import rows_of
from gru_core.errors import ReadError
from gru_core.wording import clipped

MOST_COLUMNS = 1_000
MOST_CELLS = 5_000_000
SEPARATORS = {"\t": "tab", ";": "semicolon", "|": "bar", ",": "comma", " ": "space"}

_SAMPLE_TEXT = 65_536  # characters that decide the separator
_SAMPLE_ROWS = 1_000  # rows that decide the width
_MOST_TITLES = 10  # lines of text above the header that are skipped
_BATCH = 500_000  # so many cells are Python strings at a time; pandas packs the rest
_NOTHING = "\x1f"  # csv needs a separator; no text file contains this one


@dataclass(frozen=True)
class Cells:
    """The cells of a table.

    `data` (N, C) are stripped strings, '' where a row was too short. `rows` (N,) are line numbers.
    """

    data: pd.DataFrame
    rows: NDArray[np.int64]
    separator: str  # '' for one column
    first_is_short: bool  # the first row lacks cells
    word: str  # what `rows` counts: 'row', or 'value' on a single line
    notes: list[Note]


def split(text: str, separator: str | None) -> Cells:
    """Cut `text` into cells. The separator None means: detect it. '' means: one column.

    Raises:
        ReadError: the separator is not allowed, a quote is not closed, a row is too long, or there
            are too many columns or cells.
    """
    if separator and (len(separator) > 1 or separator.isalnum() or separator in "\"'\r\n+-#"):
        raise ReadError(
            f"'{clipped(separator, 20)}' cannot separate columns; choose one of "
            + ", ".join(SEPARATORS.values())
            + ", or one column."
        )
    skipped, notes = _leading(text)
    lines = _sample_lines(text, skipped)
    excel_line = re.fullmatch(r"sep=(.)", lines[0]) if lines else None
    if excel_line:  # Excel writes its separator in this line
        skipped += 1
        separator = excel_line[1] if separator is None else separator
        lines = lines[1:]
    if not lines:
        raise ReadError("There are only comment lines. Give at least one column of numbers.")
    one_line = _one_line(text, skipped, separator)
    if one_line is not None:
        separator, values = one_line
        notes.append(Note(f"One line of {len(values)} values was read as one series."))
        data = pd.DataFrame({0: pd.Series([value.strip() for value in values], dtype="str")})
        return Cells(data, np.arange(1, len(values) + 1), separator, False, "value", notes)
    if separator is None:
        separator, more = _detect(lines)
        notes += more
    if separator == " ":
        text = re.sub(r"(?<![^\r\n]) | (?=[\r\n]|\Z)", "", re.sub(r"[ \t]+", " ", text))
    return _table(_read_rows(text, separator, skipped), separator, notes)


def _leading(text: str) -> tuple[int, list[Note]]:
    """How many lines at the top are blank or comments, and a note."""
    skipped = comments = 0
    for line in io.StringIO(text, newline=""):
        comment = line.lstrip().startswith("#")
        if line.strip() and not comment:
            break
        skipped, comments = skipped + 1, comments + comment
    lines = "lines" if comments > 1 else "line"
    return skipped, [Note(f"Skipped {comments} comment {lines} at the top.")] if comments else []


def _sample_lines(text: str, skipped: int) -> list[str]:
    source = io.StringIO(text, newline="")
    size, lines = 0, []
    for line in islice(source, skipped, skipped + _SAMPLE_ROWS):
        size += len(line)
        if line.strip():
            lines.append(line[:_SAMPLE_TEXT].strip("\r\n"))
        if size > _SAMPLE_TEXT:
            break
    return lines


def _one_line(text: str, skipped: int, separator: str | None) -> tuple[str, list[str]] | None:
    """Separator and values, if the text is one line of numbers, such as `1 2 3` or `[1.0, 2]`."""
    lines = islice(io.StringIO(text, newline=""), skipped, None)
    line = next(lines).strip().strip("[]()").strip()
    if any(rest.strip() for rest in lines):
        return None
    for candidate in (";", "\t", "|", ",", " ") if separator is None else (separator,):
        if not candidate or candidate not in line:
            continue
        if line.count(candidate) > MOST_CELLS:
            raise ReadError(
                f"The line has over {MOST_CELLS:,} values; that is the limit. Give fewer."
            )
        parts = line.split(None if candidate == " " else candidate)
        if candidate != " " and not parts[-1].strip():
            parts.pop()  # a separator at the end
        # a number cannot contain the separator
        number = re.compile(pattern(".", "")).fullmatch if candidate == "," else is_number
        if len(parts) < 2 or all(map(is_missing, parts)):
            continue
        if all(is_missing(p) or number(p.strip()) for p in parts):
            return candidate, parts
    return None


def _detect(lines: list[str]) -> tuple[str, list[Note]]:
    """The separator that gives most lines equally many cells ('' for one column), and notes."""
    single, notes = _is_one_column(lines)
    if single:
        return "", notes
    best, best_share = "", 0.0
    for candidate in SEPARATORS:
        sample = [" ".join(line.split()) for line in lines] if candidate == " " else lines
        try:
            widths = [len(row) for row in csv.reader(sample, delimiter=candidate) if row]
        except csv.Error:  # a cell is too long; `_read_rows` will name it
            widths = [sum(line.count(candidate) for line in lines[:1]) + 1]
        shares = Counter(width for width in widths if width > 1)
        share = max(shares.values(), default=0) / max(len(widths), 1)
        if share > best_share:
            best, best_share = candidate, share
    # half of the lines: a few commas in a text do not make columns, and a few titles do no harm
    return (best if best_share >= 0.5 else ""), notes


def _is_one_column(lines: list[str]) -> tuple[bool, list[Note]]:
    """Is each line one number, although a comma or space in it could also separate columns?"""
    body = lines if is_number(lines[0]) else lines[1:]
    numbers = [line.strip() for line in body if is_number(line)]
    blanks = sum(is_missing(line) for line in body)
    if any("\t" in line for line in lines) or 2 * (len(numbers) + blanks) <= len(body):
        return False, []
    for mark, word in ((",", "comma"), (" ", "space")):
        marked = [line for line in numbers if mark in line]
        if not marked:
            continue
        if mark in lines[0].strip() and not is_number(lines[0]):
            return False, []  # the mark also separates the header
        counts = {line.count(mark) for line in numbers}
        steps = np.diff([float(re.sub("[^0-9]", "", n.split(mark)[0])[:15] or 0) for n in numbers])
        counting = len(steps) > 1 and bool((steps == 1).all())
        other = "." if mark == "," else ",."
        plain = not any(c in line for line in marked for c in other)
        if len(counts) == 1 and (counting or (plain and (counts != {1} or mark == " "))):
            reason = (
                "the first number counts up by one"
                if counting
                else f"every line has the same number of {word}s"
            )
            apart = f"'{marked[0]}' was read as separate columns, because {reason}."
            one = "If it is one number, choose 'one column' as the separator."
            label = f"Read '{marked[0]}' as one number"
            return False, [Note(f"Ambiguous {word}: {apart} {one}", label, {"separator": ""})]
        together = f"'{marked[0]}' was read as one number."
        apart = f"If the {word} separates columns, choose {word} as the separator."
        label = f"Read each {word} as a separator"
        return True, [Note(f"Ambiguous {word}: {together} {apart}", label, {"separator": mark})]
    return False, []


def _read_rows(text: str, separator: str, skipped: int) -> Iterator[tuple[int, list[str]]]:
    """Line number (counted from 1) and cells of every row. A blank row has no cells."""
    lines = io.StringIO(text, newline="")
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


def _table(rows: Iterator[tuple[int, list[str]]], separator: str, notes: list[Note]) -> Cells:
    """Pack the rows into a table of strings. The first rows decide its width."""
    head = list(islice(rows, _SAMPLE_ROWS))
    widths = Counter(len(row) for _, row in head if row)
    usual = max(widths, key=lambda width: (widths[width], width), default=0)
    if usual > 1:  # skip blank lines; in a single column they would be missing values
        head = [(line, row) for line, row in head if row]
        titles = _titles(head, usual)
        if titles:
            notes.append(Note(f"Skipped {rows_of(titles)}: a title above the table."))
            head = head[len(titles) :]
    width = max(usual, len(head[0][1]), 1)

    frames: list[pd.DataFrame] = []
    lines = array("q")
    batch: list[list[str]] = []
    long: list[int] = []
    short: list[int] = []
    for line, row in chain(head, rows):
        if not row and width > 1:
            continue
        if len(row) > width:
            if any(cell.strip() for cell in row[width:]):
                long.append(line)
            row = row[:width]
        elif len(row) < width:
            if row:
                short.append(line)
            row = row + [""] * (width - len(row))
        lines.append(line)
        batch.append(row)
        if len(batch) * width >= _BATCH:
            frames.append(pd.DataFrame(batch, dtype="str"))
            batch = []
            if len(lines) * width > MOST_CELLS:
                raise ReadError(
                    f"The table has over {MOST_CELLS:,} cells ({width:,} columns); that is the "
                    "limit. Keep only the columns and rows you need."
                )
    frames += [pd.DataFrame(batch, dtype="str")] if batch else []
    if long:
        raise ReadError(
            f"Most rows have {width} cells, but {rows_of(long)} {_has(long)} more. Remove the "
            'extra separators, put quotes (") around text that contains one, or choose another '
            "separator."
        )
    if short:
        notes.append(
            Note(
                f"{rows_of(short).capitalize()} {_has(short)} fewer than {width} cells. The cells "
                "that are not there count as missing."
            )
        )
    data = pd.concat(frames, ignore_index=True).apply(lambda column: column.str.strip())
    full = np.flatnonzero((data != "").any(axis=1).to_numpy())
    if not len(full):
        raise ReadError("There are separators with nothing between them. Give a column of numbers.")
    inside = slice(full[0], full[-1] + 1)  # spreadsheets leave empty rows at the ends
    return Cells(
        data.iloc[inside].reset_index(drop=True),
        np.array(lines[inside], dtype=np.int64),
        separator if width > 1 else "",
        lines[full[0]] in short[:1],
        "row",
        notes,
    )


def _titles(head: list[tuple[int, list[str]]], usual: int) -> list[int]:
    """Line numbers of the text lines above the header."""
    titles: list[int] = []
    for (line, row), (_, below) in pairwise(head[:_MOST_TITLES]):
        filled = [cell for cell in row if cell.strip()]
        names_below = all(cell.strip() and not is_number(cell) for cell in below)
        if len(filled) != 1 or is_number(filled[0]) or not (len(row) == 1 or names_below):
            break
        titles.append(line)
    return titles


def _has(rows: list[int]) -> str:
    return "have" if len(rows) > 1 else "has"
