"""Numbers and sentences as all texts of the package say them. Imports nothing."""

from __future__ import annotations

__all__ = ["count", "duration", "megabytes", "percent", "sentence", "steps", "whole_percent"]


def percent(share: float) -> str:
    """A share with two digits that count: `12 %`, `0.35 %`, `less than 0.01 %`."""
    value = 100 * share
    if 0 <= value < 0.01:
        return "less than 0.01 %"
    return f"{value:,.0f} %" if abs(value) >= 9.5 else f"{value:.2g} %"


def whole_percent(share: float) -> str:
    """A share in whole percents: `90 %`."""
    return f"{share:.0%}".replace("%", " %")


def sentence(words: str) -> str:
    """`words` with a capital at the beginning."""
    return words[0].upper() + words[1:]


def count(number: int, what: str) -> str:
    """So many of something: `1 start`, `1,200 starts`."""
    return f"1 {what}" if number == 1 else f"{number:,} {what}s"


def steps(number: int) -> str:
    """`1 step`, `1,200 steps`."""
    return count(number, "step")


def duration(seconds: float) -> str:
    """A time span: `0.4 s`, `12 s`, `3 min 20 s`, `2 h 5 min`."""
    if seconds < 9.95:
        return f"{seconds:.1f} s"
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60} s" if whole % 60 else f"{whole // 60} min"
    return f"{whole // 3600} h {whole % 3600 // 60} min"


def megabytes(size: int) -> str:
    """An amount of memory given in bytes: `under 1 MB`, `1,200 MB`."""
    return f"{size / 1e6:,.0f} MB" if size >= 1e6 else "under 1 MB"
