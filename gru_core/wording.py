"""How the texts of the package write numbers, quotes, sentences and values. Imports nothing."""

from __future__ import annotations

import math
from collections.abc import Mapping, Set
from dataclasses import fields
from typing import Any

__all__ = [
    "clipped",
    "count",
    "duration",
    "error_in_words",
    "megabytes",
    "number",
    "percent",
    "quote",
    "sentence",
    "short_repr",
    "steps",
    "whole_percent",
]

#: Numbers in this range are written out. Smaller and larger ones are written like 1.2 × 10⁻⁹.
LEAST_WRITTEN_OUT, MOST_WRITTEN_OUT = 1e-6, 1e15
#: An error below this share of the spread of the series is too small to see.
NEGLIGIBLE_SHARE = 1e-6
#: A forecast has exploded if its error is larger than this many spreads of the series.
EXPLODED_SPREADS = 1e6
#: A forecast with a larger error has exploded, if the spread is not known.
EXPLODED_ERROR = 1e18
#: The most characters of the `repr` of a record, and of one of its values.
LONGEST_REPR, LONGEST_VALUE = 480, 200

_RAISED = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")


def number(value: float, digits: int = 3) -> str:
    """A number as people write it, such as `0.167`, `1,230` or `1.2 × 10⁻⁹`.

    `digits` is the number of significant digits. NaN is `unknown`.
    """
    if math.isnan(value):
        return "unknown"
    if math.isinf(value):
        return "∞" if value > 0 else "-∞"
    mantissa, exponent = f"{value:.{digits - 1}e}".split("e")
    rounded, places = float(f"{mantissa}e{exponent}"), digits - 1 - int(exponent)
    if rounded == 0:
        return "0"
    if not LEAST_WRITTEN_OUT <= abs(rounded) < MOST_WRITTEN_OUT:
        return f"{float(mantissa):g} × 10{str(int(exponent)).translate(_RAISED)}"
    if places <= 0:
        return f"{rounded:,.0f}"
    return f"{rounded:,.{places}f}".rstrip("0").rstrip(".")


def error_in_words(error: float, spread: float = 0.0) -> str:
    """An error, compared with the spread of the series: `0.167`, `≈ 0` or `exploded`.

    `spread` is the standard deviation of the true values, or 0 if it is not known.
    """
    if math.isnan(error):
        return number(error)
    if not abs(error) <= (EXPLODED_SPREADS * spread if spread > 0 else EXPLODED_ERROR):
        return "exploded"
    return "≈ 0" if 0 < abs(error) < NEGLIGIBLE_SHARE * spread else number(error)


def percent(share: float) -> str:
    """A share in percent, with two significant digits: `12 %`, `0.35 %`, `less than 0.01 %`."""
    value = 100 * share
    if 0 <= value < 0.01:
        return "less than 0.01 %"
    return f"{value:,.0f} %" if abs(value) >= 9.5 else f"{value:.2g} %"


def whole_percent(share: float) -> str:
    """A share in whole percent: `90 %`."""
    return f"{share:.0%}".replace("%", " %")


def sentence(words: str) -> str:
    """`words` with a capital letter at the beginning."""
    return words[:1].upper() + words[1:]


def count(number: int, what: str) -> str:
    """A number with its noun: `1 start`, `1,200 starts`."""
    return f"1 {what}" if number == 1 else f"{number:,} {what}s"


def steps(number: int) -> str:
    """A number of steps: `1 step`, `1,200 steps`."""
    return count(number, "step")


def clipped(text: str, longest: int = 60) -> str:
    """`text`, cut to at most `longest` characters."""
    return text if len(text) <= longest else text[: longest - 1] + "…"


def quote(value: object) -> str:
    """The user's value for a message. Text stands in quotes, and a long value is cut."""
    return clipped(repr(value) if isinstance(value, str) else str(value))


def duration(seconds: float) -> str:
    """A duration in words: `0.4 s`, `12 s`, `3 min 20 s`, `2 h 5 min`."""
    if seconds < 9.95:
        return f"{seconds:.1f} s"
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60} s" if whole % 60 else f"{whole // 60} min"
    return f"{whole // 3600} h {whole % 3600 // 60} min"


def megabytes(size: int) -> str:
    """A `size` in bytes, in words: `under 1 MB`, `1,200 MB`."""
    return f"{size / 1e6:,.0f} MB" if size >= 1e6 else "under 1 MB"


def short_repr(record: Any) -> str:
    """A `repr` in a few lines for a dataclass that holds arrays, tables or other long values.

    An array or a table shows its shape only. Values that say nothing are left out: None, NaN, and
    what is empty.
    """
    shown = {field.name: _short(getattr(record, field.name)) for field in fields(record)}
    values = ", ".join(f"{name}={text}" for name, text in shown.items() if text)
    return clipped(f"{_name(record)}({values})", LONGEST_REPR)


def _short(value: object) -> str:
    """A value in a few words, or '' if it says nothing."""
    shape = getattr(value, "shape", ())
    if shape:
        return f"{_name(value)} of {' × '.join(map(str, shape))}"
    if value is None or value != value:  # NaN is not equal to itself
        return ""
    if isinstance(value, float):
        return f"{value:.4g}"
    if isinstance(value, str):
        return clipped(repr(value), LONGEST_VALUE) if value else ""
    if isinstance(value, Mapping | Set | tuple | list):
        if not len(value):
            return ""
        held = value.values() if isinstance(value, Mapping) else value
        plain = all(isinstance(one, str | int) for one in held)
        whole = repr(value) if plain else ""
        return whole if 0 < len(whole) <= LONGEST_VALUE else f"{len(value)} in a {_name(value)}"
    return clipped(repr(value), LONGEST_VALUE)


def _name(value: object) -> str:
    return type(value).__name__
