"""The one forgiving reader of users' own data: a CSV file or pasted text becomes a `Table`.

What the file does not say (encoding, separator, decimal mark, header, time column) is detected,
said in `Table.notes`, and may be overruled by `ReadChoices`. What cannot be known is never guessed
in silence: a `ReadError` or `SeriesError` names the cause, the rows and the fix.

    decode   bytes -> text            dialect  text -> rows of cells
    numbers  cells -> float64         times    cells -> time index
    words    names and lists of rows, safe to show
    columns  names, the time column, what is no number
    table    the order of all this, and the result
"""

from __future__ import annotations

from gru_core.data.reading.decode import ENCODINGS
from gru_core.data.reading.table import Detected, ReadChoices, Table, read_table
from gru_core.data.reading.words import safe_name

__all__ = ["ENCODINGS", "Detected", "ReadChoices", "Table", "read_table", "safe_name"]
