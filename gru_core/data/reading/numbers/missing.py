"""Cells that mean "no value": words such as `n/a`, and numbers such as -999."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping

import numpy as np
from numpy.typing import NDArray

from gru_core.data.reading.choices import Note
from gru_core.data.words import clean, quoted
from gru_core.wording import count

#: Everybody reads these cells as "no value", so no note tells about them.
PLAIN = frozenset(("", "na", "n/a", "nan", "null", "-", ".", "?"))

# Lower case, without spaces, dots and brackets: 'N. D.' is 'nd'. The errors of spreadsheets begin
# with '#': '#N/A', '#VALUE!', '#DIV/0!'.
_WORDS = frozenset(
    """
    na n/a #na #n/a #nv #n/v nan nat null nil none void undefined missing missingdata novalue nodata
    notavailable notapplicable notreported unavailable unknown suppressed confidential withheld
    bdl bql lod loq
    \\n #value! #wert! #valor! #valeur! #ref! #bezug! #num! #zahl! #name? #null! #div/0!
    ka k/a keineangabe keineangaben keindatum keinwert keinedaten fehlt fehlend unbekannt
    nichtverfügbar nichtvorhanden
    nd n/d nondisponible nondéterminé pasdedonnées donnéemanquante manquant manquante inconnu nc
    s/d sindato sindatos nodisponible faltante desconocido
    nondisponibile datomancante mancante assente sconosciuto
    semdados semdado nãodisponível ausente desconhecido
    geengegevens ontbreekt onbekend saknas uppgiftsaknas mangler ingendata puuttuu eitietoa
    brak brakdanych chybí nedostupné hiányzik yok veriyok нет нетданных н/д нд
    欠測 欠損 データなし 缺失 无数据 暂无 暫無 無資料 없음 결측
    """.split()  # noqa: SIM905
)
_DOTS_AND_BRACKETS = re.compile(r"[\s.()\[\]<>{}]")
_ONLY_SIGNS = re.compile(r"[-–—−.…·:/\\?#*_()\[\]<>!%$€'\"|+~=\s]*")
_SHORT_WORD = re.compile(r"\W*[^\W\d_]{1,2}\W*")

# Devices and programs write nines, other equal digits, or the limits of their integers. A single 9
# is a usual value, and -9 is not.
_DIGITS = re.compile(r"9+(?:\.9+)?|([78])\1+(?:\.\1+)?")
_LIMITS = frozenset((-32768.0, 32767.0, 65535.0, -2147483648.0, 2147483647.0))
_OTHERS = 2  # a code is far off from at least so many different values
_MORE_OTHERS = 3  # the same if it does not have the form of a code
_TOP = 2.5  # a positive code is at least so many times the largest value
_ABSURD = 1e6  # a value so many times the largest one is no measurement
_CANDIDATES = 6  # so many values at each end of a column may be codes


def is_missing(cell: str) -> bool:
    """Does the cell mean "no value"? Signs alone do, such as '--', ':' or '***'."""
    cell = cell.strip().lower()
    if cell in PLAIN:
        return True
    if len(cell) > 40:
        return False
    return _ONLY_SIGNS.fullmatch(cell) is not None or _DOTS_AND_BRACKETS.sub("", cell) in _WORDS


def short_words(cells: Iterable[str]) -> set[str]:
    """The words of one or two letters that repeat among `cells`, the text in a column of numbers.

    Offices write such letters in place of a value, such as 'c' or ': z'.
    """
    counts = Counter(cell for cell in cells if _SHORT_WORD.fullmatch(cell))
    return {cell for cell, count in counts.items() if count > 1}


def word_notes(columns: Mapping[str, Mapping[str, int]]) -> list[Note]:
    """A note on unusual words for "no value". `columns` tells how often each stands in a column."""
    total: Counter[str] = Counter()
    for counts in columns.values():
        total.update(counts)
    if not total:
        return []
    where = quoted(name for name, counts in columns.items() if counts)
    verb = "counts" if len(total) == 1 else "count"
    words = quoted(clean(word, 30) for word in total)
    return [Note(f"{words} {verb} as missing: {count(total.total(), 'cell')} of {where}.")]


def find_codes(values: NDArray[np.float64]) -> list[float]:
    """The numbers in a column (N,) that stand for "no value", such as -999, smallest first.

    Such a number lies far off from all others. It has the form of a code, or it repeats.
    """
    distinct, counts = np.unique(values[~np.isnan(values)], return_counts=True)
    if len(distinct) <= _OTHERS:
        return []
    ends = np.r_[:_CANDIDATES, -_CANDIDATES:0] if len(distinct) > 2 * _CANDIDATES else slice(None)
    often = dict(zip(distinct[ends].tolist(), counts[ends].tolist(), strict=True))
    candidates = {value for value in often if _looks_like_code(value) or often[value] > 1}
    formed = {value for value in candidates if _looks_like_code(value)}
    codes = {value for value in formed if _is_far(value, distinct, formed, often[value])}
    rest = distinct[~np.isin(distinct, list(codes))]
    for value in candidates - codes:
        # such as -200 where all others are positive, several times in a row; or 1e20
        others = rest[rest != value]
        if len(others) < _MORE_OTHERS:
            continue
        top, spread = float(np.abs(others).max()), float(others[-1] - others[0])
        negative = value < 0 <= others[0] and others[0] - value > spread
        if (negative and often[value] > 2 and _stays(values, value)) or abs(value) > _ABSURD * top:
            codes.add(value)
    return sorted(codes)


def code_notes(found: Mapping[float, Mapping[str, int]]) -> list[Note]:
    """A note for each code in `found`, which counts its cells in each column."""
    notes = []
    for code, counts in found.items():
        cells = count(sum(counts.values()), "cell")
        text = (
            f"{code:.10g} lies far from all other values, so it counts as missing: {cells} of "
            f"{quoted(counts)}."
        )
        others = tuple(other for other in found if other != code)
        notes.append(Note(text, f"Read {code:.10g} as a value", {"missing_codes": others}))
    return notes


def _looks_like_code(value: float) -> bool:
    return value in _LIMITS or (value != 9 and _DIGITS.fullmatch(f"{abs(value):.10g}") is not None)


def _is_far(value: float, distinct: NDArray[np.float64], formed: set[float], often: int) -> bool:
    """Does a value in the form of a code lie outside the range of all values without that form?"""
    others = distinct[~np.isin(distinct, list(formed))]
    if len(others) < _OTHERS:
        return False
    low, high = float(others[0]), float(others[-1])
    long = abs(value) >= 99  # a single -9 may be a value; a single -999 is none
    if value < low:
        gap = low - value
        never_negative = low >= 0 and often > 1
        return (often > 1 or long) and (gap > high - low or (value < 0 and never_negative))
    if value % 1 and np.mean(np.isclose(others % 1, value % 1)) > 0.5:
        return False  # prices such as 19.99 and 99.99
    top = max(abs(low), abs(high))
    far = value - high > high - low and value > _TOP * top
    return value > high and far and (often > 1 or value >= 9999)


def _stays(values: NDArray[np.float64], value: float) -> bool:
    """Does the value stand in two rows that follow each other?"""
    same = values == value
    return bool((same[1:] & same[:-1]).any())
