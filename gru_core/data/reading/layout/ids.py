"""A long table: several series one below the other, told apart by one or more columns."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from itertools import combinations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from gru_core.data.reading.cells import Cells
from gru_core.data.reading.choices import Note
from gru_core.data.reading.layout.profile import kind_of
from gru_core.data.reading.times.parse import has_time_word
from gru_core.data.reading.times.together import is_date, is_part_of_time
from gru_core.data.words import clean, quoted
from gru_core.errors import ReadError

_SAMPLED = 200  # cells that tell what a column holds
_MOST_COLUMNS = 12  # a long table has few columns
_MOST_CANDIDATES = 6  # so many columns are tried
_MOST_PARTS = 3  # so many columns together may tell the series apart
_ID_WORD = re.compile(
    r"(?i).*(?:\bid|id\b|_id|store|shop|station|item|code|sensor|site|product|sku|region|country"
    r"|series|group|dept|branch|filiale?|standort|tienda|magasin|meter|device|plant)\w*"
)


def pick_series(
    cells: Cells, chosen: str | None, moments: Sequence[int] | None = None
) -> Cells | None:
    """The rows of one series of a long table; None if the table holds only one.

    `chosen` is the name of a series; '' means all rows. `moments` are the positions of the columns
    of time; None means: find them.

    Raises:
        ReadError: no series has the chosen name.
    """
    data = cells.data
    if chosen == "" or data.shape[1] < 2 or data.shape[1] > _MOST_COLUMNS:
        return None
    moments = _moments(cells) if moments is None else moments
    parts = _parts(cells, moments)
    if parts is None and chosen is not None:
        holds = [i for i in range(data.shape[1]) if (data.iloc[:, i] == chosen).any()]
        parts = (holds[0],) if holds else None
    if parts is None:
        return None
    ids = _joined(data, parts).map(clean)
    names = tuple(dict.fromkeys(ids))
    row = names[0] if chosen is None else chosen
    if row not in names:
        raise ReadError(f"There is no series '{clean(row)}'. The series are {quoted(names)}.")
    here = (ids == row).to_numpy(dtype=bool)
    keep = [i for i in range(data.shape[1]) if i not in parts]
    header = cells.header or ("",) * data.shape[1]
    told = quoted([header[i] or f"column {i + 1}" for i in parts])
    note = Note(
        f"The table has {len(names)} series, one below the other, told apart by {told}: "
        f"{quoted(names, 5)}. '{row}' was read.",
        f"Read '{_next(names, row)}' instead",
        {"row": _next(names, row)},
    )
    part = data.loc[here, data.columns[keep]].reset_index(drop=True)
    part.columns = pd.RangeIndex(len(keep))
    return replace(
        cells,
        data=part,
        rows=cells.rows[here],
        header=None if cells.header is None else tuple(header[i] for i in keep),
        row=row,
        row_names=names,
        notes=[*cells.notes, note],
    )


def _next(names: Sequence[str], row: str) -> str:
    return names[(names.index(row) + 1) % len(names)]


def _joined(data: pd.DataFrame, parts: Sequence[int]) -> pd.Series[str]:
    joined = data.iloc[:, parts[0]]
    for position in parts[1:]:
        joined = joined + " / " + data.iloc[:, position]
    return joined


def _moments(cells: Cells) -> list[int]:
    """The positions of the columns that hold times or parts of them."""
    header = cells.header or ("",) * cells.data.shape[1]
    columns = (cells.data.iloc[:_SAMPLED, i] for i in range(cells.data.shape[1]))
    return [
        i for i, (name, column) in enumerate(zip(header, columns, strict=True))
        if has_time_word(name.replace("_", " "))
        or is_part_of_time(name, column)
        or is_date(column)
    ]  # fmt: skip


def _parts(cells: Cells, moments: Sequence[int]) -> tuple[int, ...] | None:
    """The positions of the columns that tell the series apart; None if there is one series."""
    data = cells.data
    if not moments or len(data) < 4:
        return None
    codes = [pd.factorize(data.iloc[:, i])[0] for i in range(data.shape[1])]
    times = _together([codes[i] for i in moments])
    if np.mean(np.bincount(times)[times] > 1) < 0.5:
        return None
    candidates = [i for i in range(data.shape[1]) if i not in moments and _is_id(cells, i)]
    for size in range(1, _MOST_PARTS + 1):
        for parts in combinations(candidates[:_MOST_CANDIDATES], size):
            ids = _together([codes[i] for i in parts])
            single = _together([ids, times]).max() + 1 == len(data)
            if single and np.median(np.bincount(ids)) > 1:
                return parts
    return None


def _together(codes: Sequence[NDArray[np.int64]]) -> NDArray[np.int64]:
    """One number for each combination of the codes of a row (N,), counted from 0."""
    joined = codes[0]
    for more in codes[1:]:
        joined = pd.factorize(joined * (int(more.max()) + 1) + more)[0]
    return joined


def _is_id(cells: Cells, position: int) -> bool:
    column = cells.data.iloc[:, position]
    count = column.nunique()
    if not 1 < count <= len(column) / 2:
        return False
    kinds = [kind_of(cell) for cell in column.iloc[:_SAMPLED]]
    if 2 * (kinds.count("t") + kinds.count("d")) > len(kinds):
        return True
    if not column.str.fullmatch("[0-9]+").all():
        return False
    cells_ = column.to_numpy(dtype=object)
    blocks = int(np.sum(cells_[1:] != cells_[:-1])) + 1 == count
    name = "" if cells.header is None else cells.header[position]
    return blocks or _ID_WORD.fullmatch(name) is not None
