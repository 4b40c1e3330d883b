"""Read a user's own data: turn a CSV file or pasted text into a `Table`.

A file does not say its encoding, separator, decimal mark, header or time column. The reader
detects them. `Table.notes` tells the user what it decided, and `ReadChoices` can change it. The
reader never guesses silently. If it cannot know, a `ReadError` or `SeriesError` names the cause,
the rows and the fix.

    choices  what the caller decides, and notes on what the reader decided
    decode   bytes -> text            dialect  text -> rows of cells
    numbers  cells -> float64         times    cells -> time index
    columns  the names of the columns, the time column, cells that are not numbers
    table    does these steps in order, and holds the result
"""

from __future__ import annotations

from gru_core.data.reading.choices import Note, ReadChoices
from gru_core.data.reading.decode import ENCODINGS
from gru_core.data.reading.table import Detected, Table, read_table
from gru_core.data.words import safe_name

__all__ = ["ENCODINGS", "Detected", "Note", "ReadChoices", "Table", "read_table", "safe_name"]
