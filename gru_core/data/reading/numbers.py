"""Cells to float64. Finds the decimal and thousands marks, and cells that are not numbers."""

from __future__ import annotations

import re
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from gru_core.data.reading.choices import Note
from gru_core.errors import ReadError
from gru_core.wording import clipped

Bools = NDArray[np.bool_]

#: Cells that mean "no value", in lower case.
MISSING = ("", "na", "n/a", "nan", "null", "-", ".", "?")
DECIMALS = (".", ",")
THOUSANDS = ("", ",", ".", " ", "'")

_GROUP_MARK = {
    "": "",
    ",": ",",
    ".": r"\.",
    " ": "[ \u00a0\u202f\u2009]",  # normal, no-break, narrow no-break and thin space
    "'": "['’]",
}
_INFINITE = r"(?i)[+-]?(?:inf|infinity|∞)"
_SAMPLED_CELLS = 5_000


def pattern(decimal: str, thousands: str) -> str:
    """A regular expression for one number with these marks. It has no groups and no anchors."""
    whole, mark = "[0-9]+", _GROUP_MARK[thousands]
    if mark:
        whole = f"(?:[0-9]+|[1-9][0-9]{{0,2}}(?:{mark}[0-9]{{3}})+)"
    point = re.escape(decimal)
    return rf"[+-]?(?:{whole}(?:{point}[0-9]*)?|{point}[0-9]+)(?:[eE][+-]?[0-9]+)?"


#: Pairs (decimal, thousands), the simplest first. If several fit equally well, the first one wins.
MARKS = (
    (".", ""),
    (",", ""),
    (",", "."),
    (".", ","),
    (",", " "),
    (".", " "),
    (".", "'"),
    (",", "'"),
)
_ANY = re.compile("[+\\-−]?(?:" + "|".join(pattern(*marks) for marks in MARKS) + ")")


def is_number(cell: str) -> bool:
    """Is the cell one number with any of `MARKS`?"""
    return _ANY.fullmatch(cell.strip()) is not None


def is_missing(cell: str) -> bool:
    """Does the cell mean "no value"?"""
    return cell.strip().lower() in MISSING


@dataclass(frozen=True)
class Numbers:
    """One column as numbers.

    `values` (N,) are NaN where `missing`, `text` or `infinite` (N,) is true.
    """

    values: NDArray[np.float64]
    missing: Bools
    text: Bools
    infinite: Bools

    @property
    def is_numeric(self) -> bool:
        """Are at least half of the cells that are not missing numbers?"""
        there = ~self.missing
        return bool(there.any()) and 2 * int((there & ~self.text).sum()) >= int(there.sum())


def to_numbers(cells: pd.Series[str], decimal: str, thousands: str) -> Numbers:
    """Read a column of stripped cells (N,) with these marks. Raises nothing: see `Numbers.text`."""
    cells = cells.str.replace("−", "-", regex=False)
    missing = cells.str.lower().isin(MISSING).to_numpy(dtype=bool)
    number = cells.str.fullmatch(pattern(decimal, thousands)).to_numpy(dtype=bool)
    number = number & ~missing
    infinite = cells.str.fullmatch(_INFINITE).to_numpy(dtype=bool)
    digits = cells[number]
    if thousands:
        digits = digits.str.replace(_GROUP_MARK[thousands], "", regex=True)
    if decimal != ".":
        digits = digits.str.replace(decimal, ".", regex=False)
    values = np.full(len(cells), np.nan)
    values[number] = digits.to_numpy(dtype=object).astype(np.float64)
    infinite = infinite | np.isinf(values)  # such as 1e400
    values[infinite] = np.nan
    return Numbers(values, missing, ~(number | missing | infinite), infinite)


def detect_marks(
    columns: list[pd.Series[str]], separator: str, decimal: str | None, thousands: str | None
) -> tuple[str, str, list[Note]]:
    """The decimal and the thousands mark that fit the most cells, and notes.

    A sample of the cells decides. A cell further down that does not fit will count as text.

    Raises:
        ReadError: a chosen mark does not exist, or both marks are the same.
    """
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
    order = list(MARKS)
    if separator != ";":  # 1,234 is ambiguous; in files with ';' the comma is the decimal mark
        order.remove((".", ","))
        order.insert(1, (".", ","))
    order = [m for m in order if decimal in (None, m[0]) and thousands in (None, m[1])]
    order = order or [(decimal or ("," if thousands == "." else "."), thousands or "")]

    cells = _sample(columns)
    count = {m: sum(re.fullmatch(pattern(*m), c) is not None for c in cells) for m in order}
    best = max(order, key=lambda marks: count[marks])  # the first of the best
    return *best, _ambiguity(cells, best, [m for m in order if count[m] == count[best] != 0])


def _sample(columns: list[pd.Series[str]]) -> list[str]:
    """Cells from the top of each column: some with marks in them, some without."""
    size = max(_SAMPLED_CELLS // max(len(columns), 1), 10)
    sample: list[str] = []
    for column in columns:
        marked = column.str.contains("[,.'’ \u00a0\u202f\u2009]", regex=True).to_numpy(dtype=bool)
        sample += [*column[marked].head(size), *column[~marked].head(size)]
    return [cell.replace("−", "-") for cell in sample]


def _ambiguity(
    cells: list[str], best: tuple[str, str], equals: list[tuple[str, str]]
) -> list[Note]:
    """A note if another pair of marks fits equally well but changes the value of a cell."""
    if best == (".", ""):  # everybody reads 1.234 like this
        return []
    for other in equals:
        for cell in cells:
            ours, theirs = _value(cell, *best), _value(cell, *other)
            if ours is not None and theirs is not None and ours != theirs:
                text = (
                    f"Ambiguous numbers: '{cell}' was read as {ours:.15g}, but could be "
                    f"{theirs:.15g}. If that is wrong, choose '{other[0]}' as the decimal mark and "
                    f"{repr(other[1]) if other[1] else 'none'} as the thousands mark."
                )
                change = {"decimal": other[0], "thousands": other[1]}
                return [Note(text, f"Read '{cell}' as {theirs:.15g}", change)]
    return []


def _value(cell: str, decimal: str, thousands: str) -> float | None:
    if re.fullmatch(pattern(decimal, thousands), cell) is None:
        return None
    if thousands:
        cell = re.sub(_GROUP_MARK[thousands], "", cell)
    return float(cell.replace(decimal, "."))
