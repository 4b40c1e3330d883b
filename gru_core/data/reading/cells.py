"""`Cells`: the cells of a table, and what the reader knows about its layout."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from gru_core.data.reading.choices import Layout, Note


@dataclass(frozen=True, kw_only=True)
class Cells:
    """The cells of a table.

    `data` (N, C) are stripped strings, '' where a row was too short. `rows` (N,) are line numbers.
    `header` (C,) are the names of the columns as the file has them; None if it has no header.
    """

    data: pd.DataFrame
    rows: NDArray[np.int64]
    separator: str  # '' for one column
    header: tuple[str, ...] | None = None
    header_line: int = 0  # counted from 1; 0 if there is no header
    left_out: tuple[int, ...] = ()  # line numbers of rows that are no data
    layout: Layout = "columns"
    row: str | None = None  # the series that was taken from several
    row_names: tuple[str, ...] = ()  # the series that could be taken
    word: str = "row"  # what `rows` counts
    notes: list[Note] = field(default_factory=list)
