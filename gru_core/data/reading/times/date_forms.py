"""The forms of dates: what stands where in `31-12-2024`, `2024-m12`, `2024-q4` or `2024-w52`.

The names of months and weekdays become numbers, and all separators become `-`. So a few forms
remain. One form is found for a whole column.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np
import pandas as pd

from gru_core.data.reading.times.names import is_weekday, month_number

#: Two-digit years below this are 20xx, the others 19xx. So Jan-49 is 1949.
PIVOT = 40

#: Words in dates, and the letters that stand for them in the forms.
_MARKS = {
    "q": "q quarter quartal trimestre trimester trim kvartal kwartaal kwartał qtr t",
    "w": "w wk week kw cw woche kalenderwoche semaine semana settimana uke vecka tydzień",
    "h": "h half halbjahr hj semester semestre",
    "m": "m month monat",
    "s": "s",  # half a year (S1 of Eurostat) or a week (S05, semaine)
    "fy": "fy fiscal gj wj geschäftsjahr wirtschaftsjahr exercice ejercicio",
    "": "a and de del den der d du le of the year jahr season saison winter "
    "st nd rd th er e ème º ª",
}
_MARK_OF = {word: mark for mark, words in _MARKS.items() for word in words.split()}
_YEAR, _SHORT = "(?P<year>[0-9]{4})", "(?P<year>[0-9]{4}|[0-9]{2})"
_THREE = "(?P<a>[0-9]{4}|[0-9]{1,2})-(?P<b>[0-9]{1,2})-(?P<c>[0-9]{4}|[0-9]{1,2})"
_FISCAL = f"(?:fy)?{_SHORT}-(?P<next>[0-9]{{4}}|[0-9]{{2}})"
_FORMS = (
    _THREE,
    _FISCAL,
    f"{_YEAR}-(?P<month>[0-9]{{1,2}})",
    f"(?P<month>[0-9]{{1,2}})-{_YEAR}",
    f"{_YEAR}-(?P<week>[0-9]{{1,2}})",
    f"(?P<week>[0-9]{{1,2}})-{_YEAR}",
    f"(?:(?P<day>[0-9]{{1,2}})-)?m(?P<month>[0-9]{{1,2}})-{_SHORT}",
    f"m(?P<month>[0-9]{{1,2}})-(?P<day>[0-9]{{1,2}})-{_YEAR}",
    f"{_YEAR}-m(?P<month>[0-9]{{1,2}})(?:-(?P<day>[0-9]{{1,2}}))?",
    f"{_YEAR}-q(?P<quarter>[1-4])",
    f"{_YEAR}-(?P<quarter>[1-4])-q",
    f"q(?P<quarter>[1-4])-{_SHORT}",
    f"(?P<quarter>[1-4])-q{_SHORT}",
    f"{_YEAR}-[hs](?P<half>[12])",
    f"[hs](?P<half>[12])-{_SHORT}",
    f"(?P<half>[12])-h{_SHORT}",
    f"{_YEAR}-[ws](?P<week>[0-9]{{1,2}})(?:-(?P<weekday>[1-7]))?",
    f"[ws](?P<week>[0-9]{{1,2}})-{_YEAR}",
    f"(?P<week>[0-9]{{1,2}})-w{_YEAR}",
    f"{_YEAR}-(?P<ordinal>[0-9]{{3}})",
    f"{_YEAR}(?P<month>[01][0-9])(?P<day>[0-3][0-9])",
    f"fy{_SHORT}",
)
_PATTERNS = {form: re.compile(form) for form in _FORMS}
#: Whole columns of six digits are read in `number_times`, because they could be other numbers.
_MONTH_DIGITS = re.compile("(?P<year>[12][0-9]{3})(?P<month>[01][0-9])")
_MONTH_PATTERNS = [_MONTH_DIGITS, *(one for form, one in _PATTERNS.items() if "<month>" in form)]
_WORD = re.compile(r"[^\W\d_]+")
_SAMPLED_CELLS = 200
#: In a column of dates, at least this share of the cells are dates.
MOSTLY = 0.8


def plain(date: str) -> str:
    """A date as the forms expect it: `monday, 1. january 2024` -> `1-m1-2024`.

    A word that is not known becomes `!`, which no form allows.
    """
    words = _WORD.findall(date)
    if words:
        if is_weekday(words[0]) and any(map(month_number, words[1:])):
            date = date.replace(words[0], "", 1)  # or it could be a month: mar 2 abr 2024
        date = _WORD.sub(lambda word: _number(word[0]), date)
        date = re.sub("(?<=[a-z])[^0-9a-z!]+(?=[0-9])", "", date)  # kw 1/2019 -> w1/2019
    return re.sub("[^0-9a-z!]+", "-", date).strip("-")


def _number(word: str) -> str:
    """What stands for a word in the forms."""
    if word in _MARK_OF:
        return f"-{_MARK_OF[word]}"
    month = month_number(word)
    if month is not None:
        return f"-m{month}-"
    return "-" if is_weekday(word) or word in "年月日년월일" else "!"


def sample_of(cells: Sequence[str]) -> list[str]:
    """About `_SAMPLED_CELLS` of the cells that are not empty, from all parts of the column."""
    there = [cell for cell in cells if cell]
    return there[:: max(len(there) // _SAMPLED_CELLS, 1)]


def form_of(dates: Sequence[str]) -> str | None:
    """The form of at least `MOSTLY` of a sample of the plain dates that are not empty."""
    sample = sample_of(dates)
    for form, pattern in _PATTERNS.items():
        found = [match.groupdict() for match in map(pattern.fullmatch, sample) if match]
        if sample and len(found) >= MOSTLY * len(sample) and _makes_sense(found):
            return form
    return None


def _makes_sense(found: list[dict[str, str]]) -> bool:
    """Is 1999/00 followed by 2000/01? Have most years two digits, and are most months below 13?"""
    if "next" in found[0]:
        after = {(int(parts["next"]) - int(parts["year"])) % 100 for parts in found}
        return len(found) > 1 and after == {1}
    if "month" in found[0]:
        return sum(int(parts["month"]) <= 12 for parts in found) >= MOSTLY * len(found)
    if "week" in found[0]:
        return sum(int(parts["week"]) <= 53 for parts in found) >= MOSTLY * len(found)
    if "a" in found[0]:
        return sum(len(parts["a"] + parts["c"]) > 2 for parts in found) >= MOSTLY * len(found)
    return True


def month_of(label: str) -> tuple[int, int] | None:
    """The year and the month in a label, such as `Jan 2024`, `2024-01`, `2024m1` or `202401`.

    None if it is another date, or none. The year has four digits.
    """
    date = plain(label.strip().lower())
    for match in (pattern.fullmatch(date) for pattern in _MONTH_PATTERNS):
        parts = match.groupdict() if match else {}
        whole = len(parts.get("year", "")) == 4 and parts.get("day") is None
        if whole and 1 <= int(parts["month"]) <= 12:
            return int(parts["year"]), int(parts["month"])
    return None


def days_of(parts: pd.DataFrame) -> pd.DatetimeIndex:
    """The first day of each date (N,) from its parts, NaT where there is no such day."""
    year = parts["year"].astype(float)
    short = (parts["year"].str.len() == 2).to_numpy(dtype=bool)
    year = year + np.where(short, np.where(year < PIVOT, 2000, 1900), 0)
    if "week" in parts:
        day = parts["weekday"].fillna("1") if "weekday" in parts else "1"
        text = parts["year"] + "-" + parts["week"].str.zfill(2) + "-" + day
        return pd.DatetimeIndex(pd.to_datetime(text, format="%G-%V-%u", errors="coerce"))

    def number(part: str, default: float = 1) -> pd.Series[float]:
        if part not in parts:
            return pd.Series(default, index=parts.index, dtype=float)
        return parts[part].astype(float).fillna(default)

    month = number("month") + (number("quarter") - 1) * 3 + (number("half") - 1) * 6
    date = pd.DataFrame({"year": year.fillna(0), "month": month, "day": number("day")}).astype(int)
    days = pd.to_datetime(date, errors="coerce")
    days = days + pd.to_timedelta(number("ordinal") - 1, unit="D")
    return pd.DatetimeIndex(days.where((year > 0) & (parts["year"].str.len() > 1)))
