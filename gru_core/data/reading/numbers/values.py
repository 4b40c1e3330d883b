"""The cells of all columns to numbers: decorations, marks, words and codes for missing values."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from gru_core.data.reading.cells import Cells
from gru_core.data.reading.choices import Note, ReadChoices
from gru_core.data.reading.numbers.decorations import (
    PLAIN_NUMBER,
    Decorations,
    decoration_notes,
    undecorate,
)
from gru_core.data.reading.numbers.marks import Context, detect_marks
from gru_core.data.reading.numbers.missing import PLAIN, code_notes, find_codes, word_notes
from gru_core.data.reading.numbers.parse import Numbers, all_to_numbers, end_to_end, in_batches
from gru_core.data.reading.times.parse import looks_like_dates, named_like_time

# dates that have the signs of a number alone: 2024.12, 2024.12.31, 31.12.2024
_LIKE_DATE = re.compile(
    r"[12][0-9]{3}\.(?:0?[1-9]|1[0-2])(?:\.[0-9]{1,2})?|[0-9]{1,2}\.[0-9]{1,2}\.[0-9]{2,4}\b.*"
)
_SAMPLED = 100


@dataclass(frozen=True)
class Values:
    """The numbers of each column, and how they were read."""

    numbers: dict[str, Numbers]
    decimal: str
    thousands: str
    notes: list[Note]
    decorations: dict[str, Decorations]

    @property
    def numeric(self) -> list[str]:
        """The columns in which most cells are numbers."""
        return [name for name, numbers in self.numbers.items() if numbers.is_numeric]


def read_values(cells: Cells, choices: ReadChoices) -> Values:
    """Every column as numbers, and notes on the marks in them.

    Raises:
        ReadError: a chosen mark does not exist, or both marks are the same.
    """
    columns = {str(name): cells.data[name] for name in cells.data.columns}
    times = {name for name in columns if named_like_time(name)}
    decorations: dict[str, Decorations] = {}
    dotted = False
    for batch in in_batches(columns):
        plain = end_to_end(list(batch.values())).str.fullmatch(PLAIN_NUMBER).to_numpy(dtype=bool)
        for (name, column), is_plain in zip(
            batch.items(), plain.reshape(len(batch), -1), strict=True
        ):
            first = column.iloc[0] or next((cell for cell in column.head(_SAMPLED) if cell), "")
            last = column.iloc[-1] or first
            if all(map(_LIKE_DATE.fullmatch, (first, last))) and looks_like_dates(column):
                times.add(name)
                dotted |= first.count(".") == 2 and first[4:5] != "."
            elif not is_plain.all():
                columns[name], decorations[name] = undecorate(column, is_plain)
    decimal, thousands, notes = detect_marks(
        columns, times, Context(cells.separator, dotted), choices.decimal, choices.thousands
    )
    numbers: dict[str, Numbers] = {}
    for batch in in_batches(columns):
        read = all_to_numbers(list(batch.values()), decimal, thousands)
        numbers |= dict(zip(batch, read, strict=True))
    return Values(numbers, decimal, thousands, notes, decorations)


def notes_on(values: Values, cells: Cells, names: Sequence[str]) -> list[Note]:
    """Notes on the decorations and the words for missing values in the columns `names`."""
    decorations = {name: values.decorations[name] for name in names if name in values.decorations}
    words = {}
    for name in names:
        missing = cells.data[name][values.numbers[name].missing]
        words[name] = Counter(cell for cell in missing if cell.lower() not in PLAIN)
    return [*decoration_notes(decorations, cells.data, values.numbers), *word_notes(words)]


def without_codes(
    numbers: dict[str, Numbers], names: Sequence[str], chosen: tuple[float, ...] | None
) -> tuple[dict[str, Numbers], tuple[float, ...], list[Note]]:
    """The numbers with NaN for each code such as -999 in the columns `names`; codes and notes.

    `chosen` are the codes in all these columns. If it is None, they are detected.
    """
    found: dict[float, dict[str, int]] = {}
    numbers = dict(numbers)
    for name in names:
        values = numbers[name].values
        codes = find_codes(values) if chosen is None else list(chosen)
        coded = np.isin(values, codes)
        if not coded.any():
            continue
        for code in codes:
            found.setdefault(code, {})[name] = int((values == code).sum())
        missing = numbers[name].missing | coded
        read = np.where(coded, np.nan, values)
        numbers[name] = replace(numbers[name], values=read, missing=missing)
    if chosen is not None:
        return numbers, chosen, []
    return numbers, tuple(sorted(found)), code_notes(found)
