"""Read a user's own data: turn a CSV file or pasted text into a `Table`.

A file does not say its encoding, separator, decimal mark, header or time column. The reader
detects them. `Table.notes` tells the user what it decided, and `ReadChoices` can change it. The
reader never guesses silently. If it cannot know, a `ReadError` or `SeriesError` names the cause,
the rows and the fix.

    choices  what the caller decides, and notes on what the reader decided
    decode   bytes -> text
    layout   text -> cells. It has the separator, header and footer, lists, JSON, what programs
             print, years by months, a series in each row, long tables, totals
    columns  the names of the columns, the time column, cells that are not numbers
    numbers  cells -> float64. It has decimal and thousands marks, units and signs, words and
             codes for "missing", and which column is most likely the series
    times    cells -> times in order, without gaps. It has columns that hold the time together,
             notations of dates, names in other languages, clock changes
    read     does these steps in order
    table    the result
    memory   lines without a copy of the text; freed memory goes back to the system
    texts    patterns over short columns
"""

from __future__ import annotations

from gru_core.data.reading.choices import Note, ReadChoices
from gru_core.data.reading.decode import ENCODINGS
from gru_core.data.reading.read import read_table
from gru_core.data.reading.table import Detected, Table
from gru_core.data.words import safe_name

__all__ = ["ENCODINGS", "Detected", "Note", "ReadChoices", "Table", "read_table", "safe_name"]
