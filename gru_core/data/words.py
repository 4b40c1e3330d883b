"""Names, rows and times as messages show them."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence

import pandas as pd

from gru_core.wording import clipped

LONGEST_NAME = 80
SHOWN = 5  # a message lists so many rows, then says "and 12 more"


def clean(text: str, longest: int = LONGEST_NAME) -> str:
    """`text` on one short line, without control, bidirectional or invisible characters.

    HTML and Markdown stay as they are. The page escapes them.
    """
    text = re.sub(r"\s+", " ", text[: 20 * longest])
    # Cc control, Cf format (bidi marks, BOM, zero width), Cs lone surrogates, Zl/Zp line breaks
    kept = (c for c in text if unicodedata.category(c) not in ("Cc", "Cf", "Cs", "Zl", "Zp"))
    return clipped("".join(kept).strip(), longest)


def safe_name(filename: str) -> str:
    """The base name of `filename`, safe to show (at most 80 characters). Never use it as a path.

    Both `/` and `\\` separate folders, on every system.
    """
    return clean(re.split(r"[/\\]", clean(filename, 10_000))[-1]).strip(". ") or "unnamed file"


def unique_names(names: Iterable[str]) -> list[str]:
    """Cleaned column names. An empty one becomes 'column 3'. A second 'a' becomes 'a (2)'."""
    unique: list[str] = []
    taken: set[str] = set()
    for position, raw in enumerate(names, start=1):
        base = clean(raw) or f"column {position}"
        name, count = base, 1
        while name in taken:
            count += 1
            suffix = f" ({count})"
            name = base[: LONGEST_NAME - len(suffix)] + suffix
        taken.add(name)
        unique.append(name)
    return unique


def quoted(names: Iterable[str], most: int = 8) -> str:
    """`'a', 'b' and 3 more`."""
    return listed([f"'{name}'" for name in names], most)


def rows_of(rows: Sequence[int], texts: Sequence[str] | None = None, word: str = "row") -> str:
    """`row 7` or `rows 7, 9 and 3 more`. With texts: `rows 7 ('abc'), 9 ('n. d.')`."""
    shown = [str(row) for row in rows]
    if texts is not None:
        shown = [f"{row} ('{clean(text, 30)}')" for row, text in zip(rows, texts, strict=False)]
        shown += [""] * (len(rows) - len(shown))
    return f"{word}{'s' if len(rows) > 1 else ''} {listed(shown, SHOWN)}"


def moment_in_words(moment: object) -> str:
    """A time: `1949-01-31`, `1949-01-31 12:00:00` or a number."""
    if isinstance(moment, pd.Timestamp):
        midnight = moment == moment.normalize()
        return moment.strftime("%Y-%m-%d" if midnight else "%Y-%m-%d %H:%M:%S")
    return f"{moment:.10g}" if isinstance(moment, float) else str(moment)


def span_in_words(step: object) -> str:
    """A length of time: `30 days`, `0 days 12:00:00` or a number."""
    return str(step).removesuffix(" 00:00:00") if isinstance(step, pd.Timedelta) else f"{step:.6g}"


def listed(items: Sequence[str], most: int) -> str:
    """The first `most` items, and how many more there are."""
    more = f" and {len(items) - most} more" if len(items) > most else ""
    return ", ".join(items[:most]) + more
