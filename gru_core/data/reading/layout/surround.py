"""What stands around the rows of data: titles and headers above them, footers below them."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from gru_core.data.reading.choices import Note
from gru_core.data.reading.layout.profile import Profile, Row, kind_of
from gru_core.data.reading.times.parse import has_time_word
from gru_core.data.words import clean, rows_of

_TOP_ROWS = 300  # so many lines may stand above the data
_UNIT = re.compile(
    r"(?i)[\[(<{].*[\])>}]|.*[°%/^²³$€£µ].*|.*(?:yyyy|mm-dd|dd\.mm|hh:mm).*|[0-9]{1,3}[sdn]"
    r"|deg ?[cfk]|[kmgt]?wh?|[hkm]?pa|m?bar|mb|[kmcd]?m|min|sec|hours?|days?|kg|[gtlvahskcf]|hz|kn"
    r"|knots|mph|pp[mb]|usd|eur|gbp|chf|jpy|units?|none|number|count|index|utc|persons|people"
    r"|string|text|str|float(?:64)?|int(?:64)?|double|object|date(?:time)?|real|numeric|[iuf](?:8|16|32|64)"
)
_DATE = re.compile(r"[0-9]{1,4}[-/.][0-9]{1,2}[-/.][0-9]{1,4}")
_FOOTNOTE = re.compile(r"\W*[^\W\d]+[^:]{0,30}: ?\S.*|\S+(?: \S+){2,}", re.DOTALL)


@dataclass(frozen=True)
class Top:
    """The first rows of a file. `start` is the position of the first row of data."""

    names: list[str] | None
    line: int  # of the header; 0 if there is none
    start: int
    passed: tuple[int, ...]  # line numbers of rows below the header that are no data
    notes: list[Note]


def find_top(
    rows: Sequence[Row], width: int, profile: Profile, header: int | None, keep: bool = False
) -> Top:
    """Find the header and the first row of data among the first rows.

    `header` is the line number that the caller chose. `keep` says that no row below the header
    may be left out.
    """
    rows = rows[:_TOP_ROWS]
    fits: list[tuple[int, int]] = []
    for _, cells in rows:
        like, unlike = profile.against(cells)
        fits.append((like, unlike))
        if like and not unlike and 2 * len(cells) >= width:
            body = len(fits) - 1
            break
    else:
        body = next((i for i, (like, _) in enumerate(fits) if like), len(rows))
    block = _text_block(rows, fits, body, width)
    chosen = next((i for i, (line, _) in enumerate(rows) if line == header), None)
    if header == 0 or (chosen is None and not block):
        start = block[0] if block else _after_titles(rows, fits, width, body)
        return Top(None, 0, start, (), _titles_note(rows[:start]))
    place = _names_row(rows, block) if chosen is None else chosen
    names, notes = _names(rows, block, place, profile)
    start = place + 1 if keep or not block else max(place, block[-1]) + 1
    passed = tuple(line for line, cells in rows[place + 1 : start] if any(map(str.strip, cells)))
    notes += _titles_note(rows[: block[0]] if block else rows[:place])
    if len(block) > 1:
        notes.append(_header_note(rows, block, place))
    return Top(names, rows[place][0], start, passed, notes)


def _text_block(
    rows: Sequence[Row], fits: Sequence[tuple[int, int]], body: int, width: int
) -> list[int]:
    """The positions of the rows that may be headers: neighbours, and none is like the data."""
    if body == len(rows):  # no row is like the data, because no column has numbers or dates
        if len(rows) == 1 and not any(kind_of(c) in "en" for c in rows[0][1]):
            return [0]
        return []
    texts = [i for i in range(body) if fits[i][0] == 0 and fits[i][1] > 0]
    if not texts:  # a header may have a number in it, such as 'region,2020'
        mixed = [i for i in range(body) if fits[i][1] > 0 and _is_wide(rows[i][1], width)]
        return mixed[:1] if width > 1 or mixed else []
    block = [texts[-1]]
    for i in reversed(texts[:-1]):
        gap = rows[block[0]][0] - rows[i][0]  # no empty line may lie between them
        neighbours = gap == 1 or (gap == 2 and _has_units(rows[block[0]][1]))
        if i != block[0] - 1 or not neighbours or not _is_wide(rows[i][1], width):
            break
        block.insert(0, i)
    if len(block) == 1 and width > 1 and not _may_be_header(rows[block[0]][1], width):
        return []
    return block


def _is_wide(cells: list[str], width: int) -> bool:
    """Has the row as many cells as the data, or one fewer (R writes no name above row labels)?"""
    return len(cells) >= max(width - 1, 1) and (width < 2 or len(cells) > 1)


def _may_be_header(cells: list[str], width: int) -> bool:
    filled = [cell.strip() for cell in cells if cell.strip()]
    if len(filled) == 1 and filled[0].isalpha() and has_time_word(filled[0]):
        return True  # pandas prints the name of an index alone
    return len(filled) > 1 or (_is_wide(cells, width) and len(filled) == width - 1)


def _after_titles(
    rows: Sequence[Row], fits: Sequence[tuple[int, int]], width: int, body: int
) -> int:
    """Where data without a header begin: below the lines of text with fewer cells."""
    start = 0
    for i, (_, cells) in enumerate(rows[:body]):
        filled = [cell for cell in cells if cell.strip()]
        short = 0 < len(filled) <= len(cells) < width
        short = short and (fits[i][0] == 0 or 2 * len(cells) < width)
        if width > 1 and short and body < len(rows):
            start = i + 1
    return start


def _names_row(rows: Sequence[Row], block: Sequence[int]) -> int:
    """The header among several rows of text: one with a word for time, or with all names.

    A row of units is not the header.
    """
    undated = [i for i in block if not any(_DATE.search(cell) for cell in rows[i][1])]
    names = [i for i in undated if not _has_units(rows[i][1])] or undated[:1] or list(block[:1])
    timed = [i for i in undated if any(has_time_word(cell) for cell in rows[i][1])]
    both = [i for i in timed if i in names]
    if both:
        return both[-1]
    first = [cell.strip() for cell in rows[names[0]][1]]
    complete = len(first) > 1 and "" not in first and len({*first}) == len(first)
    return names[0] if complete else (timed or names)[-1]


def _has_units(cells: Sequence[str]) -> bool:
    filled = [cell.strip() for cell in cells if cell.strip()]
    if len(filled) == 1 and has_time_word(filled[0]):
        return False  # pandas writes the name of an index alone
    return 2 * sum(_UNIT.fullmatch(cell) is not None for cell in filled) > len(filled)


def _names(
    rows: Sequence[Row], block: Sequence[int], place: int, profile: Profile
) -> tuple[list[str], list[Note]]:
    """A name for each column. Rows above the header fill its gaps and tell equal names apart."""
    names = [cell.strip() for cell in rows[place][1]]
    width = max(len(profile.kinds), len(names))
    notes = []
    alone = len(names) == 1 and (len(block) > 1 or has_time_word(names[0]))  # the index of pandas
    if len(names) == width - 1 and "" not in names and profile.filled[-1] and not alone:
        names = ["", *names]  # R writes no name above its row labels
        text = "The header has one name too few for the columns. The first column is the one "
        notes.append(Note(text + "without a name."))
    names += [""] * (width - len(names))
    above = [rows[i][1] for i in reversed(block) if i < place]
    above = [[c.strip() for c in r[:width]] + [""] * (width - len(r)) for r in above]
    for upper in above:
        gaps = [upper[i] for i, filled in enumerate(profile.filled) if filled and not names[i]]
        if len({*gaps} - {""}) > 1 or len(gaps) == 1:
            names = [name or upper[i] for i, name in enumerate(names)]
    for upper in above:
        names = _told_apart(names, upper)
    if names[0].startswith(("#", "%", "!", ";", "//")):
        names[0] = names[0].lstrip("#%!;/ ")
    return names, notes


def _told_apart(names: list[str], upper: list[str]) -> list[str]:
    """Put the group from the row above before names that occur more than once."""
    group, apart = "", []
    counts = Counter(names)
    for name, above in zip(names, upper, strict=True):
        group = above or group
        twice = name and counts[name] > 1 and group and group != name
        apart.append(f"{group} {name}" if twice else name)
    return apart


def _titles_note(rows: Sequence[Row]) -> list[Note]:
    titles = [line for line, cells in rows if any(map(str.strip, cells))]
    what = "a title above the table" if len(titles) == 1 else "text above the table"
    return [Note(f"Skipped {rows_of(titles)}: {what}.")] if titles else []


def _header_note(rows: Sequence[Row], block: Sequence[int], place: int) -> Note:
    """Say which of several rows of text is the header, and offer another one."""
    other = next(i for i in reversed(block) if i != place)
    others = [rows[i][0] for i in block if i != place]
    below = "units or other text" if other > place else "text"
    cells = clean(", ".join(cell for cell in rows[place][1] if cell.strip()), 40)
    return Note(
        f"Row {rows[place][0]} ('{cells}') was read as the header. "
        f"{rows_of(others).capitalize()} {'have' if len(others) > 1 else 'has'} {below}.",
        f"Use row {rows[other][0]} as the header",
        {"header": rows[other][0]},
    )


def find_footer(rows: Sequence[Row], widths: dict[int, int], width: int, profile: Profile) -> int:
    """How many rows at the end are text below the table. `widths` has the widths of odd rows."""
    if not any(kind in "nd" for kind in profile.kinds):
        return 0
    count = 0
    for line, cells in reversed(rows):
        filled = [cell for cell in cells if cell.strip()]
        if filled and not _is_footer(cells, filled, widths.get(line, width), width, profile):
            break
        count += 1
    while count and not any(map(str.strip, rows[-count][1])):
        count -= 1  # empty rows above the footer belong to the data
    return count if count < len(rows) else 0


def _is_footer(
    cells: Sequence[str], filled: Sequence[str], own_width: int, width: int, profile: Profile
) -> bool:
    if width == 1:
        return kind_of(cells[0]) in "td" and _FOOTNOTE.fullmatch(cells[0].strip()) is not None
    like, unlike = profile.against(cells)
    if own_width == 1 < width:
        return width > 2 or not like
    alone = len(filled) == 1 and bool(cells[0].strip()) and " " in cells[0].strip()
    return not like and (unlike > 0 or alone)
