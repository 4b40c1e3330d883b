"""What cells look like, and what the columns of the data hold."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from gru_core.data.reading.numbers.decorations import is_decorated
from gru_core.data.reading.numbers.missing import is_missing
from gru_core.data.reading.numbers.parse import INFINITE, is_number

#: A row of a file: its line number, counted from 1, and its cells.
Row = tuple[int, list[str]]

_SAMPLED = 50  # so many rows tell what the columns hold
_SAMPLED_CELLS = 5_000  # in a wide table fewer rows are enough
_LONGEST_VALUE = 30  # characters of a number or date
_MOST_LETTERS = 10  # of a date such as 5 September 2024
_FORMAT = re.compile(r"[0-9]{1,3}[sdn]")  # a row such as 5s 15s 20d tells widths and types


def kind_of(cell: str) -> str:
    """What a cell is: 'e' nothing, 'n' a number, 'd' a text with digits, 't' another text."""
    if is_missing(cell):
        return "e"
    if is_number(cell) or INFINITE.fullmatch(cell.strip()):
        return "n"
    return "d" if any(letter.isdigit() for letter in cell) else "t"


def is_value(cell: str) -> bool:
    """Is the cell a number, perhaps with a unit or a flag?"""
    return is_number(cell) or is_decorated(cell)


def _is_short(cell: str) -> bool:
    """Is the cell a number with a short unit? '2020 sales' is a name."""
    return sum(map(str.isalpha, cell)) <= 4 and is_decorated(cell)


def value_share(cells: Sequence[str]) -> float:
    """The share of numbers and dates among the first cells; text with digits does not count."""
    first = cells[:_SAMPLED]
    values = sum(
        len(cell) <= _LONGEST_VALUE
        and not any(mark in cell for mark in ";|\t")
        and any(map(str.isdigit, cell))
        and sum(map(str.isalpha, cell)) < _MOST_LETTERS
        for cell in first
    )
    return values / max(len(first), 1)


def shape_of(cell: str) -> str:
    """The form of a text: '9-9' for 2024-01, 'a 9' for January 2024."""
    return re.sub(r"[0-9]+", "9", re.sub(r"[^\W\d_]+", "a", cell.strip()))


@dataclass(frozen=True)
class Profile:
    """What the columns of the data hold: their kinds, and the shapes of their texts."""

    kinds: list[str]
    shapes: list[set[str]]  # of cells with digits
    filled: list[bool]  # does the column hold anything?

    def against(self, row: Sequence[str]) -> tuple[int, int]:
        """How many cells of a row are like the data, and how many are not."""
        like = unlike = 0
        filled = [cell for cell in row if cell.strip()]
        if len(filled) > 1 and all(_FORMAT.fullmatch(cell) for cell in filled):
            return 0, len(filled)
        for cell, kind, shapes in zip(row, self.kinds, self.shapes, strict=False):
            own = kind_of(cell)
            if own == "e" or kind not in "nd":
                continue
            if kind == "n":
                fits = own == "n" or (own == "d" and (shape_of(cell) in shapes or _is_short(cell)))
            else:
                fits = own == "n" or shape_of(cell) in shapes
            like, unlike = like + fits, unlike + (not fits)
        return like, unlike


def profile_of(rows: Sequence[Row], width: int) -> Profile:
    """Look at the last rows of a sample: what is above the data is not among them."""
    full = [cells for _, cells in rows if len(cells) == width]
    lower = full[len(full) // 2 :][-max(min(_SAMPLED, _SAMPLED_CELLS // width), 5) :]
    kinds, shapes, filled = [], [], []
    for position in range(width):
        column = [row[position] for row in lower if not is_missing(row[position])]
        if not column:
            column = [r[position] for r in full[1 : 1 + len(lower)] if not is_missing(r[position])]
        count = Counter(map(kind_of, column))
        most = max(len(column), 1)
        if 2 * count["n"] >= most:
            kinds.append("n")
        else:
            kinds.append("d" if 2 * (count["n"] + count["d"]) >= most else "t")
        forms = Counter(shape_of(cell) for cell in column if any(map(str.isdigit, cell)))
        shapes.append({form for form, n in forms.items() if n > 1 or len(column) < 4})
        filled.append(bool(column))
    return Profile(kinds, shapes, filled)
