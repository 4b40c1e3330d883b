"""Text to one table with a series in each column, whatever the layout of the text."""

from __future__ import annotations

from dataclasses import replace

from gru_core.data.reading.cells import Cells
from gru_core.data.reading.choices import Note, ReadChoices
from gru_core.data.reading.layout.across import read_rows, with_time_header
from gru_core.data.reading.layout.calendars import read_calendar
from gru_core.data.reading.layout.dialect import check_separator, split
from gru_core.data.reading.layout.ids import pick_series
from gru_core.data.reading.layout.lists import flattened, read_array, read_list
from gru_core.data.reading.layout.prints import (
    name_printed_series,
    refuse_left_out_rows,
    refuse_tsf,
    without_boxes,
    without_pandas_footer,
)
from gru_core.data.reading.layout.records import read_records
from gru_core.data.reading.layout.totals import without_totals
from gru_core.data.reading.numbers.parse import is_number
from gru_core.errors import ReadError

_LIST_WIDTH = 4  # a list over several lines has at least so many values on each line
_SAMPLED = 20


def lay_out(text: str, choices: ReadChoices) -> Cells:
    """The cells of the table in a text: a CSV file, a list, JSON, or what a program prints.

    Raises:
        ReadError: the text cannot be cut into cells, or it does not have the chosen layout.
    """
    check_separator(choices.separator)
    cells = read_list(text, choices)
    if cells is None and choices.separator is None:
        cells = read_records(text) or read_array(text, choices)
    if cells is None:
        refuse_tsf(text)
        text, name = without_pandas_footer(without_boxes(text))
        cells = name_printed_series(split(text, choices), name)
        refuse_left_out_rows(cells)
    return _arrange(cells, choices)


def _arrange(cells: Cells, choices: ReadChoices) -> Cells:
    """Turn or unroll the table, and take one of several series."""
    layout, row = choices.layout, choices.row
    if cells.layout == "list":
        return cells
    if layout == "list":
        return flattened(cells)
    across = with_time_header(cells) if choices.header is None else cells
    if layout in (None, "calendar"):
        unrolled = read_calendar(across, row)
        if unrolled is not None:
            return unrolled
        if layout == "calendar":
            raise ReadError(
                "This is no table of years by months, quarters or weeks, of months by days, or of "
                "days by hours. Choose another layout."
            )
    if layout in (None, "rows"):
        turned = read_rows(across, row, layout == "rows")
        if turned is not None:
            return turned
        if layout == "rows":
            raise ReadError(
                "No row of this table holds numbers side by side. Choose another layout."
            )
    if choices.left_out is None:
        cells = without_totals(cells)
    return pick_series(cells, row) or _with_offer(cells, choices)


def _with_offer(cells: Cells, choices: ReadChoices) -> Cells:
    """Offer to read lines of numbers without names as one series."""
    top = cells.data.head(_SAMPLED)
    if _is_sure(cells, choices) or not all(map(is_number, top.to_numpy().ravel())):
        return cells
    text = "Each column was read as a series. If the lines are one long list, read them as one."
    note = Note(text, "Read all lines as one series", {"layout": "list"})
    return replace(cells, notes=[*cells.notes, note])


def _is_sure(cells: Cells, choices: ReadChoices) -> bool:
    """Did the caller choose, does the file have names, or is it too narrow for a list?"""
    chosen = choices.layout is not None or choices.header is not None
    return chosen or cells.header is not None or cells.data.shape[1] < _LIST_WIDTH
