"""Text to rows of cells: find the comment lines at the top and the separator."""

from __future__ import annotations

import csv
import re
from collections import Counter
from dataclasses import replace
from itertools import islice

import numpy as np

from gru_core.data.reading.cells import Cells
from gru_core.data.reading.choices import Note, ReadChoices
from gru_core.data.reading.layout.grid import is_comment, make_grid
from gru_core.data.reading.layout.profile import Row, value_share
from gru_core.data.reading.memory import lines_of
from gru_core.data.reading.numbers.missing import is_missing
from gru_core.data.reading.numbers.parse import is_number
from gru_core.errors import ReadError
from gru_core.wording import clipped

SEPARATORS = {"\t": "tab", ";": "semicolon", "|": "bar", ",": "comma", " ": "space"}

_SAMPLE_TEXT = 65_536  # characters that decide the separator
_SAMPLE_ROWS = 1_000  # rows that decide the separator
_DATE_AND_CLOCK = re.compile(r"\S*[0-9]\S* [0-9]{1,2}:[0-9]{2}.*")
_LONGEST_TIME = 40  # characters of a date with a clock
_WIDE_GAP = re.compile(r"[ \t]{2,}|\t")


def check_separator(separator: str | None) -> None:
    """Raise `ReadError` if the caller's separator cannot separate columns."""
    if separator and (len(separator) > 1 or separator.isalnum() or separator in "\"'\r\n+-#"):
        raise ReadError(
            f"'{clipped(separator, 20)}' cannot separate columns; choose one of "
            + ", ".join(SEPARATORS.values())
            + ", or one column."
        )


def split(text: str, choices: ReadChoices) -> Cells:
    """Cut `text` into cells, and find header and footer.

    Raises:
        ReadError: there are only comments, or a row cannot be cut into cells.
    """
    separator = choices.separator
    top, comments = _leading(text)
    skipped = len(top)
    lines = _sample_lines(text, skipped)
    excel_line = re.fullmatch(r"sep=(.)", lines[0]) if lines else None
    if excel_line:  # Excel writes its separator in this line
        skipped += 1
        separator = excel_line[1] if separator is None else separator
        lines = lines[1:]
    if not lines:
        raise ReadError("There are only comment lines. Give at least one column of numbers.")
    notes: list[Note] = []
    if separator is None:
        separator, notes = _detect(lines)
    cut = separator
    if separator == " ":
        text, cut = _even_spaces(text, lines)
    comment = _as_row(top[-1], skipped, cut) if top and not excel_line else None
    cells = make_grid(text, cut, skipped, comment, choices)
    comments -= 0 < cells.header_line <= skipped
    if comments:
        note = f"Skipped {comments} comment {'lines' if comments > 1 else 'line'} at the top."
        notes.insert(0, Note(note))
    used = separator if cells.separator else ""
    return replace(cells, separator=used, notes=[*notes, *cells.notes])


def _leading(text: str) -> tuple[list[str], int]:
    """The lines at the top that are blank or comments, and how many of them are comments."""
    top: list[str] = []
    for line in lines_of(text):
        if line.strip() and not is_comment(line):
            break
        top.append(line)
    return top, sum(map(is_comment, top))


def _as_row(comment: str, line: int, separator: str) -> Row | None:
    """The cells of a comment, such as `# date, close`."""
    body = comment.strip().lstrip("#%!/ \t")
    if not body:
        return None
    if separator == " ":
        return line, body.split()
    try:
        rows = list(csv.reader([body], delimiter=separator or "\x1f", skipinitialspace=True))
    except csv.Error:
        return None
    return line, rows[0]


def _sample_lines(text: str, skipped: int) -> list[str]:
    source = lines_of(text)
    size, lines = 0, []
    for line in islice(source, skipped, skipped + _SAMPLE_ROWS):
        size += len(line)
        if line.strip() and not is_comment(line):
            lines.append(line[:_SAMPLE_TEXT].strip("\r\n"))
        if size > _SAMPLE_TEXT:
            break
    return lines


def _even_spaces(text: str, lines: list[str]) -> tuple[str, str]:
    """The text with one separator between cells, and this separator.

    In some tables, two or more spaces separate the columns. There, a single space belongs to a
    cell, such as `2024-01-01 12:00`. pandas prints such tables.
    """
    first = lines[0]
    single = Counter(len(line.split()) for line in lines).most_common(1)[0][0]
    apart = [_WIDE_GAP.split(line.strip()) for line in lines]
    width, count = Counter(map(len, apart)).most_common(1)[0]
    inner = [cell for row in apart if len(row) == width for cell in row if " " in cell]
    short = first[:2].isspace()  # no name may stand above the row labels
    fits = len(first.split()) in (single, single - short)
    clocks = sum(_DATE_AND_CLOCK.fullmatch(cell[:_LONGEST_TIME]) is not None for cell in inner)
    wide = (
        width > 1
        and 10 * count >= 8 * len(lines)
        and bool(inner)
        and (2 * clocks > len(inner) or not fits)
    )
    if short and len(apart[0] if wide else first.split()) == (width if wide else single) - 1:
        text = text.replace(first, '""' + first, 1)
    gap, mark = ("[ ]{2,}|\t", "\t") if wide else ("[ \t]+", " ")
    text = re.sub(gap, mark, text)  # first, because now no run of spaces is long
    return re.sub(r"(?<![^\r\n])[ \t]+|[ \t]+(?=[\r\n]|\Z)", "", text), mark


def _detect(lines: list[str]) -> tuple[str, list[Note]]:
    """The separator and notes. It cuts most lines into the same number of cells; '' cuts none."""
    single, notes = _is_one_column(lines)
    if single:
        return "", notes
    best, best_share, best_score = "", 0.0, 0.0
    for candidate in SEPARATORS:
        sample = [" ".join(line.split()) for line in lines] if candidate == " " else lines
        try:
            rows = [row for row in csv.reader(sample, delimiter=candidate) if row]
            widths = [len(row) for row in rows]
            values = [value_share(row) if len(row) > 1 else 0.0 for row in rows]
        except csv.Error:  # a cell is too long, and reading the rows will name it
            widths, values = [lines[0].count(candidate) + 1], [1.0]
        share, score = _share(widths, values)
        if score > best_score:
            best, best_share, best_score = candidate, share, score
    # half of the lines: a few commas in a text do not make columns, and a few titles do no harm
    return (best if best_share >= 0.5 else ""), notes


def _share(widths: list[int], values: list[float]) -> tuple[float, float]:
    """The share of rows with the usual width, from the first such row on, and a score.

    `values` are the shares of numbers and dates in each row. Rows with numbers decide the usual
    width, because text above the table has other widths.
    """
    valued = Counter(w for w, share in zip(widths, values, strict=True) if w > 1 and share)
    counts = valued or Counter(width for width in widths if width > 1)
    if not counts:
        return 0.0, 0.0
    usual = max(counts, key=lambda width: (counts[width], width))
    below = widths[widths.index(usual) :] if valued else widths
    share = below.count(usual) / len(below)
    weight = sum(s for w, s in zip(widths, values, strict=True) if w == usual) if valued else 0.01
    return share, weight * share


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
