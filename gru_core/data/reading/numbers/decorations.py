"""Numbers with something around them: `$1,498.18`, `12.3 kWh`, `838,24-`, `(12.5)`, `<1`, `9.1 p`.

What stands around a number is removed, and a note says so. A cell stays text if it could mean
something else, such as '2 kg' in a column of grams.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from gru_core.data.reading.choices import Note
from gru_core.data.reading.numbers.parse import Numbers
from gru_core.data.reading.times.parse import looks_like_dates
from gru_core.data.words import clean, quoted
from gru_core.wording import count

_CODES = (
    "AED ARS AUD BRL CAD CHF CLP CNY COP CZK DKK EUR GBP HKD HUF IDR ILS INR JPY KRW MXN MYR NOK "
    "NZD PEN PHP PLN RON RUB SAR SEK SGD THB TRY TWD UAH USD VND ZAR DM Rs Kr kr Fr SFr RM Rp zł R"
)
_MONEY = rf"(?:[A-Z]{{0,3}}[$£¥¢€\u20a0-\u20cf]|(?:{_CODES.replace(' ', '|')})\.?(?![^\W\d_]))"
_LETTER = r"[^\W\d_]"
_UNIT = (
    rf"(?:{_LETTER}|[%‰°$£¥¢\u20a0-\u20cf])(?:{_LETTER}[23]?|-[1-3](?![0-9])|[%°/·.^⁻$€ ]){{0,24}}"
)
_FOOTNOTE = r"(?:[*†‡§#!?+^]|\([^()]{1,20}\)|\[[^\[\]]{1,20}\])"
_CELL = re.compile(
    rf"""
    (?:=?["'’])? [ ]?                                   # what a spreadsheet writes before text
    (?P<limit>(?:[<>≤≥~≈]=?|(?:ca|approx)\.?[ ])?) [ ]?
    (?P<star>[*†‡]?) [ ]?
    (?P<early>[-+–−]?) [ ]?  (?P<money>{_MONEY}?) [ ]?
    (?P<open>\(?) [ ]?  (?P<inner>{_MONEY}?) [ ]?  (?P<late>[-+–−]?)
    (?P<digits>[.,]?[0-9](?:[0-9.,'’ \u00a0\u202f\u2009]*[0-9])?(?:[eE][+-]?[0-9]+)?)
    (?:[.,](?:[-–—]{{1,2}})?)?                          # '12.' and, in prices, '12.-'
    [ ]? (?P<minus>(?:[-–−](?![^\W_]))?)
    [ ]? (?P<error>(?:(?:±|\+/-)[ ]?[0-9.,]+)?)          # '12.3 ± 0.4'
    [ ]? (?P<unit>(?:{_UNIT})?)
    (?P<close>\)?) [ ]? (?P<percent>%?)
    [ ]? (?P<note>(?:{_FOOTNOTE}[ ]?)*) ["']?
    """.replace("[ ]", r"[ \u00a0\u202f]"),
    re.VERBOSE,
)  # fmt: skip
#: An empty cell, or the signs of a number alone.
PLAIN_NUMBER = r"[+\-−]?[0-9.,]*(?:[eE][+-]?[0-9]+)?"
_YEAR = re.compile("[12][0-9]{3}")  # '2024 Q2' and '2024 Jan' are dates
_LONGEST = 60  # a longer cell is text

_POWERS = {
    -3: "‰", -2: "%", 3: "k thousand thsd tsd tausend mil", 6: "m mn mm mio million millions "
    "millionen millones mill", 9: "b bn g billion billions mrd mia md milliarden", 12: "t trillion",
}  # fmt: skip
_POWER_OF = {word: power for power, words in _POWERS.items() for word in words.split()}
_APART = 2.0  # units that differ by this power of ten are different units
_NEARER = 1.0  # a multiplier must bring the numbers nearer by this power of ten
_MOST = 0.8  # at least this share of the units must be the same
_LONGEST_FLAG = 4  # letters
_SIZES = 1_000  # so many numbers of each unit decide
_EXAMPLES = 5


class _Part(NamedTuple):
    """One cell, taken apart. `unit` is what stands around the number, `power` a power of ten."""

    number: str
    unit: str
    power: int | None
    rest: str  # the unit without its power of ten
    kinds: tuple[str, ...]


@dataclass
class Seen:
    """How many cells had a decoration, and the rows of the first ones."""

    count: int = 0
    rows: list[int] = field(default_factory=list)

    def add(self, row: int) -> None:
        """Count one more row."""
        self.count += 1
        if len(self.rows) < _EXAMPLES:
            self.rows.append(row)


Decorations = dict[tuple[str, str], Seen]


def is_decorated(cell: str) -> bool:
    """Is the cell one number with something around it?"""
    return _take_apart(cell.strip()) is not None


def undecorate(
    cells: pd.Series[str], plain: NDArray[np.bool_]
) -> tuple[pd.Series[str], Decorations]:
    """A column of stripped cells (N,) without what stands around its numbers, and what that was.

    `plain` (N,) says which cells are empty or hold the signs of a number alone.
    """
    odd = np.flatnonzero(~plain)
    seen: Decorations = defaultdict(Seen)
    part = next(filter(None, map(_take_apart, cells.iloc[odd])), None)
    if part is None or (_YEAR.fullmatch(part.number) and looks_like_dates(cells)):
        return cells, seen
    there = plain & (cells != "").to_numpy(dtype=bool)
    units, multiplied = _understood(
        filter(None, map(_take_apart, cells.iloc[odd])), list(cells[there].head(_SIZES)),
        int(there.sum()),
    )  # fmt: skip
    read = cells.to_numpy(dtype=object, copy=True)
    for row in odd.tolist():
        part = _take_apart(read[row])
        unit = "" if part is None else part.rest if multiplied else part.unit
        if part is None or unit not in units:
            continue
        read[row] = part.number
        if multiplied and part.power:
            read[row] += f"e{part.power}"
            seen["power", ""].add(row)
        for kind in part.kinds:
            seen[kind, ""].add(row)
        if unit:
            seen["unit", unit].add(row)
    return pd.Series(read, index=cells.index, dtype="str"), seen


def _take_apart(cell: str) -> _Part | None:
    match = _CELL.fullmatch(cell) if len(cell) <= _LONGEST else None
    if match is None or bool(match["open"]) != bool(match["close"]):
        return None
    signs = [sign for sign in (match["early"], match["late"], match["minus"]) if sign]
    if len(signs) > 1 or (match["open"] and signs):
        return None
    kinds = [kind for kind in ("minus", "open", "limit") if match[kind]]
    if match["star"] or match["note"] or match["error"]:
        kinds.append("mark")
    negative = match["open"] or any(sign != "+" for sign in signs)
    money = match["money"] or match["inner"]
    after = " ".join(f"{match['unit']} {match['percent']}".split()).strip(" .")
    first, _, rest = after.partition(" ")
    power = _POWER_OF.get(first.casefold().strip("."), None if after else 0)
    if power and "e" in match["digits"].lower():
        power = None
    return _Part(
        number=("-" if negative else "") + match["digits"],
        unit=f"{money} {after}".strip(),
        power=power,
        rest=f"{money} {after if power is None else rest}".strip(),
        kinds=tuple(kinds),
    )


def _size(digits: str) -> float:
    """About how large a number is, before the decimal mark is known."""
    digits = re.sub(r"[^0-9.,eE]", "", digits)
    if digits.count(",") > 1 or re.search(r",[0-9]{3}(?![0-9])", digits):
        digits = digits.replace(",", "")
    if digits.count(".") > 1 or ("," in digits and digits.find(".") < digits.find(",")):
        digits = digits.replace(".", "")
    try:
        return float(digits.replace(",", "."))
    except ValueError:  # such as '1e'
        return 0.0


def _understood(parts: Iterable[_Part], bare: list[str], bares: int) -> tuple[set[str], bool]:
    """Which units may be removed, and whether words such as 'k' and 'Mio' multiply.

    `bare` are some of the `bares` cells that are plain numbers.
    """
    units: Counter[str] = Counter()
    rests: Counter[str] = Counter()
    sizes: dict[str, list[float]] = defaultdict(list)  # of the numbers of each unit
    raw: dict[int | None, list[float]] = defaultdict(list)  # of the numbers of each power
    for part in parts:
        units[part.unit] += 1
        rests[part.rest] += 1
        if len(sizes[part.unit]) < _SIZES:
            sizes[part.unit].append(_size(part.number))
            raw[part.power].append(sizes[part.unit][-1])
    for cell in bare:
        sizes[""].append(_size(cell))
        raw[0].append(sizes[""][-1])
    if None not in raw and len(raw) > 1:
        scaled = [[size * 10.0**power for size in raw[power]] for power in raw if power is not None]
        if _spread(scaled) < _spread(raw.values()) - _NEARER:
            return _usual(rests, bares), True
    if _spread(sizes.values()) > _APART:
        total = units.total() + bares
        return {unit for unit, count in units.items() if not unit or count >= _MOST * total}, False
    return _usual(units, bares), False


def _usual(units: Counter[str], bares: int) -> set[str]:
    """The units that may be removed, if their numbers are of the same size."""
    named = Counter({unit: count for unit, count in units.items() if unit})
    if len(named) <= 1:
        return set(units)
    if bares + units[""] >= named.total() and all(len(unit) <= _LONGEST_FLAG for unit in named):
        return set(units)  # flags of single values
    unit = named.most_common(1)[0][0]
    same = {other for other in named if other == unit or other.startswith(f"{unit} ")}
    if len(unit) > 2:  # 'MW' and 'mW' differ
        same |= {other for other in named if other.casefold() == unit.casefold()}
    enough = sum(named[other] for other in same) >= _MOST * named.total()
    return {""} | (same if enough else set())


def _spread(groups: Iterable[list[float]]) -> float:
    """How many powers of ten lie between the medians of the groups. Zeros and
    numbers that are too large do not count.
    """
    sizes = [[size for size in group if 0 < size < np.inf] for group in groups]
    logs = [np.median(np.log10(group)) for group in sizes if group]
    return float(max(logs) - min(logs)) if logs else 0.0


_SAID = {
    "minus": "A minus at the end makes a number negative",
    "open": "Parentheses make a number negative",
    "limit": "Signs such as '<' before a number were removed",
    "mark": "Marks such as '*' at a number were removed",
    "power": "Words such as 'k' and '%' multiply a number",
    "unit": "Removed from the numbers: ",
}


def decoration_notes(
    columns: Mapping[str, Decorations], cells: pd.DataFrame, numbers: Mapping[str, Numbers]
) -> list[Note]:
    """One note for each kind of decoration, with an example and the number of cells."""
    notes = []
    for kind, said in _SAID.items():
        total, units, where, example = 0, dict[str, None](), dict[str, None](), ""
        for name, decorations in columns.items():
            values = numbers[name].values
            for (other, unit), seen in decorations.items():
                read = [row for row in seen.rows if not np.isnan(values[row])]
                if other != kind or not read:
                    continue
                total, units[unit], where[name] = total + seen.count, None, None
                cell = clean(cells[name].iloc[read[0]])
                example = example or f"'{cell}' was read as {values[read[0]]:.15g}"
        if total:
            said += quoted(units) if kind == "unit" else ""
            cells_ = count(total, "cell")
            notes.append(Note(f"{said}. {example} ({cells_} of {quoted(where)})."))
    return notes
