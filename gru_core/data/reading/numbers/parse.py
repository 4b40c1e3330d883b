"""Cells to float64. Finds cells that are not numbers."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from gru_core.data.reading.numbers.missing import is_missing, short_words

Bools = NDArray[np.bool_]

DECIMALS = (".", ",")
THOUSANDS = ("", ",", ".", " ", "'")

_GROUP_MARK = {
    "": "",
    ",": ",",
    ".": r"\.",
    " ": "[ \u00a0\u202f\u2009]",  # normal, no-break, narrow no-break and thin space
    "'": "['’]",
}
_CELLS_AT_ONCE = 100_000
INFINITE = re.compile(r"(?i)[+-]?(?:inf|infinity|∞)")


def pattern(decimal: str, thousands: str) -> str:
    """A regular expression for one number with these marks. It has no groups and no anchors."""
    whole, mark = "[0-9]+", _GROUP_MARK[thousands]
    if mark:
        whole = f"[0-9]+|[1-9][0-9]{{0,2}}(?:{mark}[0-9]{{3}})+"
        if mark == ",":  # India groups by two digits: 12,34,567
            whole += "|[1-9][0-9]?(?:,[0-9]{2})+,[0-9]{3}"
        whole = f"(?:{whole})"
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


def to_number(cell: str, decimal: str, thousands: str) -> float:
    """One number that fits `pattern(decimal, thousands)`."""
    cell = re.sub(_GROUP_MARK[thousands], "", cell) if thousands else cell
    return float(cell.replace(decimal, "."))


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
    return all_to_numbers([cells], decimal, thousands)[0]


def all_to_numbers(
    columns: Sequence[pd.Series[str]], decimal: str, thousands: str
) -> list[Numbers]:
    """Read columns of the same length (N,). Several short columns take as long as one long one."""
    size = len(columns[0])
    cells = end_to_end(columns).str.replace("−", "-", regex=False)
    number = cells.str.fullmatch(pattern(decimal, thousands)).to_numpy(dtype=bool)
    infinite = np.zeros(len(cells), dtype=bool)
    missing = np.zeros(len(cells), dtype=bool)
    rest = np.flatnonzero(~number)
    others = list(cells.iloc[rest])
    infinite[rest] = [INFINITE.fullmatch(cell) is not None for cell in others]
    missing[rest] = [is_missing(cell) for cell in others]
    digits = cells[number]
    if thousands:
        digits = digits.str.replace(_GROUP_MARK[thousands], "", regex=True)
    if decimal != ".":
        digits = digits.str.replace(decimal, ".", regex=False)
    values = np.full(len(cells), np.nan)
    values[number] = _parsed(digits)
    infinite |= np.isinf(values)  # such as 1e400
    values[infinite] = np.nan
    text = ~(number | missing | infinite)
    parts = [slice(start, start + size) for start in range(0, len(cells), size)]
    return [
        _with_short_words(
            Numbers(values[part], missing[part], text[part], infinite[part]), cells.iloc[part]
        )
        for part in parts
    ]


def end_to_end(columns: Sequence[pd.Series[str]]) -> pd.Series[str]:
    """The cells of columns of the same length (N,), one column below the other."""
    return columns[0] if len(columns) == 1 else pd.concat(columns, ignore_index=True)


def in_batches(columns: Mapping[str, pd.Series[str]]) -> Iterator[dict[str, pd.Series[str]]]:
    """Some columns of the same length (N,) at a time: many short ones, or one long one.

    A call of pandas costs as much as a thousand cells, so it gets many cells.
    """
    names = list(columns)
    most = max(_CELLS_AT_ONCE // max(len(columns[names[0]]), 1), 1)
    for start in range(0, len(names), most):
        yield {name: columns[name] for name in names[start : start + most]}


def _with_short_words(numbers: Numbers, cells: pd.Series[str]) -> Numbers:
    """The same column, in which short words that repeat are missing values."""
    text, missing = numbers.text, numbers.missing
    if not text.any() or not numbers.is_numeric:
        return numbers
    words = cells.isin(short_words(cells[text])).to_numpy(dtype=bool) & text
    return replace(numbers, missing=missing | words, text=text & ~words)


def _parsed(digits: pd.Series[str]) -> NDArray[np.float64]:
    """Cells in the notation of Python as floats (N,). Few of them are Python strings at a time."""
    values = np.empty(len(digits))
    for start in range(0, len(digits), _CELLS_AT_ONCE):
        part = slice(start, start + _CELLS_AT_ONCE)
        values[part] = digits.iloc[part].to_numpy(dtype=object).astype(np.float64)
    return values
