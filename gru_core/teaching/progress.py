"""`Progress`: what a learner has done. It can be kept in a file, and two files can be merged."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, NamedTuple, Self

from gru_core.errors import DataError
from gru_core.wording import quote

__all__ = ["KINDS", "VERSION", "Item", "Kind", "Progress"]

Kind = Literal["screen", "question", "exercise"]

#: What can be done.
KINDS: tuple[Kind, ...] = ("screen", "question", "exercise")
#: The version of the file. A newer version cannot be read by this one.
VERSION = 1

#: The mark by which a file is known.
_FORMAT = "gru-lab-progress"
#: A file has a few kilobytes. A longer text is something else.
_MOST_CHARACTERS = 1_000_000
_FIX = "Choose a file in which GRU Lab saved your progress."


class Item(NamedTuple):
    """How far one thing is: whether it is done, and how often it was tried."""

    done: bool = False
    tries: int = 0


@dataclass(frozen=True)
class Progress:
    """What a learner has done. It cannot be changed: `tried` returns a new one.

    Attributes:
        items: what was tried, by kind and name: `("question", "z-direction")`. Names that this
            version does not know are kept.
    """

    items: Mapping[tuple[Kind, str], Item] = field(default_factory=dict)

    def of(self, kind: Kind, name: str) -> Item:
        """How far one thing is."""
        return self.items.get((kind, name), Item())

    def done(self, kind: Kind) -> frozenset[str]:
        """The names of all things of one kind that are done."""
        return frozenset(
            name for (of, name), item in self.items.items() if of == kind and item.done
        )

    def tried(self, kind: Kind, name: str, passed: bool) -> Self:
        """The progress after one more try. What is done stays done, also after a wrong try."""
        before = self.of(kind, name)
        after = Item(before.done or passed, before.tries + 1)
        return type(self)({**self.items, (kind, name): after})

    def merged(self, other: Progress) -> Self:
        """Both together. What is done in one of them is done.

        The number of tries is the larger one, not the sum. So merging a file twice changes nothing.
        """
        items = dict(self.items)
        for (kind, name), item in other.items.items():
            own = self.of(kind, name)
            items[kind, name] = Item(own.done or item.done, max(own.tries, item.tries))
        return type(self)(items)

    def to_json(self) -> str:
        """The text of the file. `from_json` makes equal progress from it."""
        rows = [
            {"kind": kind, "name": name, "done": item.done, "tries": item.tries}
            for (kind, name), item in sorted(self.items.items())
        ]
        return json.dumps({"format": _FORMAT, "version": VERSION, "items": rows}, indent=1) + "\n"

    @classmethod
    def from_json(cls, text: str | bytes) -> Self:
        """The progress in a text of `to_json`.

        Raises:
            DataError: the text is not such a file, is damaged, or comes from a newer version.
        """
        document = _document(text)
        items: dict[tuple[Kind, str], Item] = {}
        rows = document.get("items")
        if not isinstance(rows, list):
            raise DataError(f"The list of items in this file is damaged. {_FIX}")
        for row in rows:
            kind, name, item = _row(row)
            before = items.get((kind, name), Item())
            items[kind, name] = Item(before.done or item.done, max(before.tries, item.tries))
        return cls(items)


def _document(text: str | bytes) -> dict[str, Any]:
    """The JSON object in the text, with its mark and version checked."""
    if len(text) > _MOST_CHARACTERS:
        raise DataError(f"This file is too large to hold progress. {_FIX}")
    try:
        document = json.loads(text)
    except (ValueError, RecursionError):
        raise DataError(f"This file is damaged, or it holds no progress. {_FIX}") from None
    if not isinstance(document, dict) or document.get("format") != _FORMAT:
        raise DataError(f"This file does not come from GRU Lab. {_FIX}")
    version = document.get("version")
    if type(version) is not int or version < 1:
        raise DataError(f"The version of this file is {quote(version)}, so it is damaged. {_FIX}")
    if version > VERSION:
        raise DataError(
            f"This file comes from a newer GRU Lab (version {version}; this one reads {VERSION}). "
            "Open it in the newer GRU Lab."
        )
    return document


def _row(row: Any) -> tuple[Kind, str, Item]:
    """One item of the file, checked."""
    match row:
        case {
            "kind": "screen" | "question" | "exercise" as kind,
            "name": str() as name,
            "done": bool() as done,
            "tries": int() as tries,
        } if tries >= 0 and not isinstance(tries, bool):
            return kind, name, Item(done, tries)
    raise DataError(f"An item in this file is damaged: {quote(row)}. {_FIX}")
