"""The decimal mark and the thousands mark of a table. Is `1.421` one and a half, or 1421?"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from itertools import islice
from typing import NamedTuple

import numpy as np
import pandas as pd

from gru_core.data.reading.choices import Note
from gru_core.data.reading.numbers.parse import (
    DECIMALS,
    MARKS,
    THOUSANDS,
    end_to_end,
    in_batches,
    pattern,
    to_number,
)
from gru_core.data.words import clean
from gru_core.errors import ReadError
from gru_core.wording import clipped

_SAMPLED_CELLS = 5_000
# A grouped number is at least 1000, and a whole number without a mark beside it at most 999. The
# reading that brings both nearer together is the right one. They are equally near if the number
# without a mark is sqrt(1000) times the number with a decimal mark.
_NEARER = 1000**0.5

Marks = tuple[str, str]  # decimal and thousands


class Context(NamedTuple):
    """What else is known about the table: its separator, and whether it has dates as 31.12.2024."""

    separator: str
    dotted_dates: bool


def detect_marks(
    columns: Mapping[str, pd.Series[str]],
    times: Iterable[str],
    context: Context,
    decimal: str | None,
    thousands: str | None,
) -> tuple[str, str, list[Note]]:
    """The decimal and the thousands mark that fit the most cells, and notes.

    A sample of the cells decides. A cell further down that does not fit will count as text. The
    columns `times` decide only if the others leave it open: `2024.01` is no decimal number.

    Raises:
        ReadError: a chosen mark does not exist, or both marks are the same.
    """
    _check(decimal, thousands)
    order = list(MARKS)
    if context.separator != ";":  # in files with ';' the comma is the decimal mark
        order.remove((".", ","))
        order.insert(1, (".", ","))
    order = [m for m in order if decimal in (None, m[0]) and thousands in (None, m[1])]
    order = order or [(decimal or ("," if thousands == "." else "."), thousands or "")]
    size = max(_SAMPLED_CELLS // max(len(columns), 1), 10)
    samples: dict[str, list[str]] = {}
    for batch in in_batches(columns):
        samples |= _samples(batch, size)
    values = [samples[name] for name in samples if name not in set(times)]
    others = [samples[name] for name in samples if name in set(times)]
    count = {marks: (_fit(values, marks), _fit(others, marks)) for marks in order}
    best = max(order, key=lambda marks: count[marks])  # the first of the best
    equal = [marks for marks in order if count[marks][0] == count[best][0] != 0]
    decided = _grouped_or_decimal(values, best, equal, context)
    if decided is not None:
        return *decided[0], decided[1]
    return *best, [] if best == (".", "") else _ambiguity(values, best, equal)


def _check(decimal: str | None, thousands: str | None) -> None:
    for word, mark, allowed in (
        ("decimal mark", decimal, DECIMALS),
        ("thousands mark", thousands, THOUSANDS),
    ):
        if mark is not None and mark not in allowed:
            shown = ", ".join(f"'{one}'" if one else "'' (none)" for one in allowed)
            raise ReadError(
                f"The {word} '{clipped(mark, 20)}' is not known; choose one of {shown}."
            )
    if decimal is not None and decimal == thousands:
        raise ReadError(
            f"The decimal mark and the thousands mark are both '{decimal}'. Change one."
        )


def _samples(batch: Mapping[str, pd.Series[str]], size: int) -> dict[str, list[str]]:
    """Cells from the top of each column: at most `size` with marks in them, and without."""
    cells = end_to_end(list(batch.values()))
    marked = cells.str.contains("[,.'’ \u00a0\u202f\u2009]", regex=True).to_numpy(dtype=bool)
    length = len(cells) // len(batch)
    rows = []
    for start in range(0, len(cells), length):
        part = marked[start : start + length]
        rows.append(start + np.r_[np.flatnonzero(part)[:size], np.flatnonzero(~part)[:size]])
    sampled = iter([cell.replace("−", "-") for cell in cells.iloc[np.concatenate(rows)]])
    return {name: list(islice(sampled, len(own))) for name, own in zip(batch, rows, strict=True)}


def _fit(samples: list[list[str]], marks: Marks) -> int:
    number = re.compile(pattern(*marks))
    return sum(number.fullmatch(cell) is not None for cells in samples for cell in cells)


def _grouped_or_decimal(
    samples: list[list[str]], best: Marks, equal: list[Marks], context: Context
) -> tuple[Marks, list[Note]] | None:
    """The marks and notes if one mark has three digits behind it and both readings fit; or None."""
    mark = best[1] if best[1] in (".", ",") else best[0]
    decimal = (mark, "")
    grouped = ("." if mark == "," else ",", mark)
    if decimal not in equal or grouped not in equal or best not in (decimal, grouped):
        return None
    verdicts = [verdict for cells in samples if (verdict := _verdict(cells, decimal, grouped))]
    if not verdicts:
        return None
    certain = {reading: example for reading, example in verdicts if reading}
    if decimal in certain:
        return decimal, []
    if grouped in certain:
        marked, bare = certain[grouped]
        ours, theirs = to_number(marked, *grouped), to_number(marked, *decimal)
        text = (
            f"Digits in groups: '{marked}' was read as {ours:.15g}, but could be {theirs:.15g}. "
            f"The first is likely, because '{bare}' has no decimals."
        )
        return grouped, [_change_to(text, marked, decimal)]
    if mark == "." and context.separator in (",", "|") and not context.dotted_dates:
        return decimal, []  # everybody reads 1.234 like this
    reading = grouped if mark == "." and context.dotted_dates else best
    return reading, _ambiguity(samples, reading, [decimal, grouped])


def _verdict(
    cells: list[str], decimal: Marks, grouped: Marks
) -> tuple[Marks | None, tuple[str, str]] | None:
    """The reading for which one column speaks, None if it leaves it open, and two of its cells.

    There is no verdict on a column without the mark.
    """
    mark = decimal[0]
    numbers = [cell for cell in cells if re.fullmatch(pattern(*decimal), cell)]
    marked = [cell for cell in numbers if mark in cell]
    bare = [cell for cell in numbers if re.fullmatch("[+-]?[0-9]+", cell)]
    if not marked:
        return None
    if any(len(cell.lstrip("+-")) > 3 for cell in bare):
        return decimal, (marked[0], "")  # 1234 has no group either
    if not bare:
        return None, (marked[0], "")
    largest = max(bare, key=lambda cell: abs(int(cell)))
    usual = float(np.median([abs(to_number(cell, *decimal)) for cell in marked]))
    reading = grouped if abs(int(largest)) > _NEARER * usual else None
    return reading, (marked[0], largest)


def _ambiguity(samples: list[list[str]], best: Marks, equal: list[Marks]) -> list[Note]:
    """A note if another pair of marks fits equally well but changes the value of a cell."""
    for other in equal:
        both = re.compile(f"(?={pattern(*best)}$){pattern(*other)}")
        for cell in (cell for cells in samples for cell in cells if both.fullmatch(cell)):
            ours, theirs = to_number(cell, *best), to_number(cell, *other)
            if ours != theirs:
                text = f"Ambiguous numbers: '{cell}' was read as {ours:.15g}, but could be "
                return [_change_to(f"{text}{theirs:.15g}.", cell, other)]
    return []


def _change_to(text: str, cell: str, marks: Marks) -> Note:
    advice = (
        f"If that is wrong, choose '{marks[0]}' as the decimal mark and "
        f"{repr(marks[1]) if marks[1] else 'none'} as the thousands mark."
    )
    label = f"Read '{clean(cell, 30)}' as {to_number(cell, *marks):.15g}"
    return Note(f"{text} {advice}", label, {"decimal": marks[0], "thousands": marks[1]})
