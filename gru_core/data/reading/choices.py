"""`ReadChoices`: what the caller decides. `Note`: what the reader decided, and how to change it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, kw_only=True)
class ReadChoices:
    """What the caller decides. None means: detect it.

    `encoding` is one of `ENCODINGS`. `separator` is one character, or '' for one column. `decimal`
    is '.' or ','. `thousands` is '' (none), ',', '.', ' ' or "'". `time_column` is a name, or ''
    for none.
    """

    encoding: str | None = None
    separator: str | None = None
    decimal: str | None = None
    thousands: str | None = None
    header: bool | None = None
    time_column: str | None = None
    day_first: bool | None = None


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
