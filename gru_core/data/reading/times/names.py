"""Names of months and weekdays in many languages, from Unicode's locale data (Babel)."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from functools import cache, lru_cache
from typing import Literal

from babel import Locale

#: If a name means two months in two languages, the language that comes first here decides.
_LANGUAGES = (
    "en", "de", "es", "fr", "it", "pt", "nl", "sv", "da", "nb", "pl", "tr", "fi", "cs", "hu", "ro",
    "ru", "uk", "el", "id", "ca",
)  # fmt: skip
_SHORTEST, _LONGEST = 3, 30  # letters: "ma" is no month
_COMMON = {"mrz": 3}  # German spreadsheets write it, but it is not in the locale data


def month_number(text: str) -> int | None:
    """The number of a month (1 to 12) from its name, such as `Sep`, `sept.`, `März` or `enero`.

    Case, accents and a dot at the end do not matter. A name may be cut after three or more letters
    (`Janu`), unless two months begin like that. None: the text is no name of a month.
    """
    return _month(text) if len(text) <= _LONGEST else None


def is_weekday(text: str) -> bool:
    """Is the text the name of a weekday, such as `Mon`, `Mo.`, `lundi` or `Thurs`?"""
    return len(text) <= _LONGEST and _is_weekday(text)


@lru_cache(4096)  # a column has the same names again and again
def _month(text: str) -> int | None:
    name = _plain(text)
    return _COMMON.get(name) or next(
        (_months(language)[name] for language in _LANGUAGES if name in _months(language)), None
    )


@lru_cache(4096)
def _is_weekday(text: str) -> bool:
    name = _plain(text)
    return any(name in _weekdays(language) for language in _LANGUAGES)


def _plain(text: str) -> str:
    """`text` in lower case, without accents and dots."""
    letters = unicodedata.normalize("NFKD", text.strip().rstrip(".").casefold())
    return "".join(letter for letter in letters if not unicodedata.combining(letter))


@cache
def _months(language: str) -> dict[str, int]:
    """Month names and their beginnings, in plain letters, with the number of the month."""
    names = [
        (number, name) for number, name in _names(language, "months") if len(name) >= _SHORTEST
    ]
    cut: dict[str, set[int]] = {}
    for number, name in names:
        for end in range(_SHORTEST, len(name)):
            cut.setdefault(name[:end], set()).add(number)
    clear = {name: min(numbers) for name, numbers in cut.items() if len(numbers) == 1}
    return clear | {name: number for number, name in names}


@cache
def _weekdays(language: str) -> frozenset[str]:
    names = {name for _, name in _names(language, "days")}
    return frozenset(name[:end] for name in names for end in {2, *range(3, len(name) + 1)})


def _names(language: str, kind: Literal["months", "days"]) -> Iterator[tuple[int, str]]:
    """Number and plain name of each month or weekday of a language, in all its forms."""
    locale = Locale.parse(language)
    names = locale.months if kind == "months" else locale.days
    for context in ("format", "stand-alone"):
        for width in ("wide", "abbreviated"):
            for number, name in names[context][width].items():
                yield int(number), _plain(name)
