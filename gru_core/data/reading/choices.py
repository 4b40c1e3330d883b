"""`ReadChoices`: what the caller decides. `Note`: what the reader decided, and how to change it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

Layout = Literal["columns", "rows", "calendar", "list"]
#: What comes first in a date such as 01/02/03. `number`: numbers that could be dates are numbers.
DateOrder = Literal["day", "month", "year", "number"]


@dataclass(frozen=True, kw_only=True)
class ReadChoices:
    """What the caller decides. None means: detect it.

    `encoding` is one of `ENCODINGS`. `separator` is one character, or '' for one column. `decimal`
    is '.' or ','. `thousands` is '' (none), ',', '.', ' ' or "'". `time_column` is a name, or ''
    for none. `dates` is what comes first in 01/02/03: 'day', 'month' or 'year'. With 'number',
    numbers such as 202401 stay numbers and are no dates. `missing_codes` are numbers that mean
    "missing", such as -999; () for none.

    `header` is the line number of the header, counted from 1, or 0 for no header. `left_out` has
    the line numbers of rows that are not data, such as totals; () keeps all rows. `layout` says
    how the values lie: 'columns' has a series in each column. 'rows' has a series in each row,
    and the header holds the times. 'calendar' is a table such as years by months, read as one
    series. 'list' is one series, read line by line. `row` names the series, if `layout` is 'rows'
    or if several series stand one below the other; '' takes all rows.
    """

    encoding: str | None = None
    separator: str | None = None
    decimal: str | None = None
    thousands: str | None = None
    header: int | None = None
    left_out: tuple[int, ...] | None = None
    layout: Layout | None = None
    row: str | None = None
    time_column: str | None = None
    dates: DateOrder | None = None
    missing_codes: tuple[float, ...] | None = None


#: The reader detects everything.
DETECT = ReadChoices()


@dataclass(frozen=True)
class Note:
    """One thing that the reader decided, in words for the user.

    If another reading is possible, `change` has the fields of `ReadChoices` that give it, with
    their values. `label` is the text of a button that makes this change, such as 'Read as 1.234'.
    """

    text: str
    label: str = ""
    change: Mapping[str, Any] = field(default_factory=dict)

    def __str__(self) -> str:
        return self.text
