"""Patterns over a column of cells, quick for short columns, too.

A method of pandas' `.str` takes about a millisecond to start. A table of 900 columns has many such
calls, and only a few cells for each. So Python looks through short columns cell by cell.
"""

from __future__ import annotations

import re

import numpy as np
import pandas as pd
from numpy.typing import NDArray

_SHORT = 2_000  # cells


def fullmatches(cells: pd.Series[str], pattern: str) -> NDArray[np.bool_]:
    """Which cells (N,) match the whole pattern."""
    if len(cells) > _SHORT:
        return cells.str.fullmatch(pattern).to_numpy(dtype=bool)
    match = re.compile(pattern).fullmatch
    return np.array([match(cell) is not None for cell in cells.tolist()], dtype=bool)


def contain(cells: pd.Series[str], pattern: str) -> NDArray[np.bool_]:
    """In which cells (N,) the pattern occurs."""
    if len(cells) > _SHORT:
        return cells.str.contains(pattern, regex=True).to_numpy(dtype=bool)
    search = re.compile(pattern).search
    return np.array([search(cell) is not None for cell in cells.tolist()], dtype=bool)
