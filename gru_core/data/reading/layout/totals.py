"""Rows inside a table that are no data: totals and means, and headers that come again."""

from __future__ import annotations

import re

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from gru_core.data.reading.cells import Cells
from gru_core.data.reading.layout.grid import without_rows
from gru_core.data.reading.layout.profile import kind_of, shape_of
from gru_core.data.reading.numbers.decorations import is_decorated
from gru_core.data.reading.numbers.parse import is_number, to_numbers

_WORDS = (
    "total|totals|sub-?totals?|sum|sums|average|averages|avg|mean|means|median|overall|min|max|"
    "minimum|maximum|std|stdev|std\\.? ?dev|annual|whole year|all months|"
    "gesamt|gesamtsumme|gesamtergebnis|summe|zwischensumme|insgesamt|zusammen|durchschnitt|"
    "mittel|mittelwert|jahresmittel|jahressumme|jahr gesamt|schnitt|ø|∑|σ|"
    "totaux|somme|moyenne|ensemble|mediana|suma|promedio|media|totale|somma|totali|soma|média|"
    "totaal|som|gemiddelde|razem|średnia|ogółem|celkem|průměr|summa|medel|yhteensä|összesen|"
    "итого|всего|сумма|среднее|toplam|ortalama|合計|合计|总计|總計|平均|小計|σύνολο"
)
_TOTAL = re.compile(
    r"(?i)\W*(?:[12][0-9]{3}\W+)?(?:(?:grand|sub|yearly|annual|monthly|quarterly|column)\W+)?"
    rf"(?:{_WORDS})(?:[\W\d].{{0,30}})?"
)
_MOST = 1 / 3  # a larger share of such rows is a group with this name
_LONGEST = 60  # characters of such a label
_LABELS = 3  # the first columns hold the labels


def is_total(label: str) -> bool:
    """Is this label a word for a total or a mean?"""
    return len(label) < _LONGEST and _TOTAL.fullmatch(label) is not None


def without_totals(cells: Cells) -> Cells:
    """Leave out totals, means and repeated headers, and say so."""
    if cells.header is not None:
        again = np.flatnonzero(_repeats_header(cells))
        if len(again) and len(again) < len(cells.rows):
            cells = without_rows(cells, again.tolist(), "the header again", ())
    places = np.flatnonzero(_has_total_word(cells) | _is_sum(cells)).tolist()
    if not places or len(places) > max(_MOST * len(cells.rows), 1) or len(cells.rows) < 3:
        return cells
    labels = {_label(cells.data.iloc[place]) for place in places}
    shown = " (" + ", ".join(sorted(f"'{label}'" for label in labels if label)[:3]) + ")"
    why = f"no data but a total or a mean{shown if any(labels) else ''}"
    return without_rows(cells, places, why, ())


def _repeats_header(cells: Cells) -> NDArray[np.bool_]:
    header, data = cells.header or (), cells.data
    same = np.ones(len(data), dtype=bool)
    for position, name in enumerate(header[: data.shape[1]]):
        if kind_of(name) == "t":
            same &= (data.iloc[:, position] == name).to_numpy(dtype=bool)
    return same if any(kind_of(name) == "t" for name in header) else ~same


def _has_total_word(cells: Cells) -> NDArray[np.bool_]:
    """Where the first text of a row is a word for a total, and no other cell is a label."""
    data = cells.data
    found = np.zeros(len(data), dtype=bool)
    for position in range(min(_LABELS, data.shape[1] - 1)):
        cells_ = data.iloc[:, position].tolist()
        places = [
            place for place, cell in enumerate(cells_) if _has_letters(cell) and is_total(cell)
        ]
        if not places or len(places) > max(_MOST * len(data), 1):
            continue
        others = [i for i in range(min(_LABELS, data.shape[1])) if i != position]
        for place in places:
            found[place] = not any(_is_moment(data, place, other) for other in others)
    return found


def _has_letters(cell: str) -> bool:
    """A quick look: does a letter stand at one of the ends? A date or number has digits there."""
    ends = cell[:1] + cell[-1:]
    return any(not (end.isdigit() or end in "-.") for end in ends)


def _is_moment(data: pd.DataFrame, place: int, position: int) -> bool:
    """Is this cell a date like the cells above it? Then the row belongs to a group 'total'."""
    cell, column = str(data.iat[place, position]), data.iloc[:20, position]
    shape = shape_of(cell)
    like = any(shape_of(other) == shape for other in column if other != cell)
    return kind_of(cell) == "d" and like


def _is_sum(cells: Cells) -> NDArray[np.bool_]:
    """Is the last row the sum or the mean of all others, with a label unlike theirs?"""
    data = cells.data
    found = np.zeros(len(data), dtype=bool)
    if len(data) < 4 or data.shape[1] < 2:
        return found
    label, others = str(data.iat[-1, 0]), data.iloc[:-1, 0].head(50)
    if (
        is_number(label)
        or is_decorated(label)
        or any(shape_of(label) == shape_of(other) for other in others)
    ):
        return found
    for position in range(1, data.shape[1]):
        column = data.iloc[:, position]
        if not is_number(column.iloc[-1]):
            continue
        for decimal, thousands in ((".", ","), (",", ".")):
            values = to_numbers(column, decimal, thousands).values
            above = values[:-1][~np.isnan(values[:-1])]
            if len(above) < 3:
                continue
            # the mean of equal values is one of them
            summaries = [above.sum(), above.mean()] if np.ptp(above) else [above.sum()]
            if any(np.isclose(values[-1], one, rtol=1e-4) for one in summaries):
                found[-1] = True
                return found
        break
    return found


def _label(row: pd.Series[str]) -> str:
    return next((cell for cell in row if kind_of(cell) in "td"), "")[:30]
