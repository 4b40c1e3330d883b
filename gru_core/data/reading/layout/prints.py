"""What pandas prints below a series or a table."""

from __future__ import annotations

import re
from dataclasses import replace

from gru_core.data.reading.cells import Cells
from gru_core.data.words import clean, rows_of
from gru_core.errors import ReadError

_SERIES = re.compile(
    r"[\r\n]+(?:Freq: [^,\r\n]{1,40}, )?(?:Name: (?P<name>[^\r\n]{0,200}?), )?"
    r"(?:Length: [0-9]+, )?dtype: [^\r\n]{1,60}\s*\Z"
)
_TABLE = re.compile(r"[\r\n]+\[[0-9]+ rows x [0-9]+ columns\]\s*\Z")
#: The lines of boxes around printed tables, and the marks of Markdown that stand for them.
_BOXES = str.maketrans(
    {
        **dict.fromkeys("│┆┃║╎", "|"),
        **dict.fromkeys("─━═╌", "-"),
        **dict.fromkeys("┌┬┐├┼┤└┴┘╞╪╡╭╮╰╯", "+"),
    }
)
_DOTS = ("...", "..", "…", "⋮")
_TSF = re.compile(r"(?i)(?:\A|[\r\n])@data[^\r\n]*[\r\n]+([^\r\n,]{1,200}):[^\r\n,:]{1,60},")
_HEAD = 100_000  # characters at the start that hold the head of a file
_TAIL = 400  # characters at the end that hold this text


def without_pandas_footer(text: str) -> tuple[str, str]:
    """The text without the line that pandas prints below a series or table, and the name in it."""
    start = max(len(text) - _TAIL, 0)
    match = _SERIES.search(text, start) or _TABLE.search(text, start)
    if match is None:
        return text, ""
    return text[: match.start()] + "\n", match.groupdict().get("name") or ""


def without_boxes(text: str) -> str:
    """The text with `|` between the cells of a printed box, as polars prints it."""
    return text.translate(_BOXES) if "│" in text[:_HEAD] else text


def refuse_tsf(text: str) -> None:
    """Raise `ReadError` for the series of a .tsf file: `T1:2000-01-01 00-00-00:5,6,7`."""
    match = _TSF.search(text, 0, _HEAD)
    if match is not None:
        raise ReadError(
            f"This is a .tsf file: '{clean(match[1], 40)}' stands before the values of a row. Give "
            "only the numbers behind the last ':' of one row."
        )


def name_printed_series(cells: Cells, name: str) -> Cells:
    """Give the last column the name that stood below the printed series."""
    width = cells.data.shape[1]
    header = cells.header or ("",) * width
    if not name or header[-1]:
        return cells
    return replace(cells, header=(*header[:-1], name))


def refuse_left_out_rows(cells: Cells) -> None:
    """Raise `ReadError` if a row of dots stands for rows that a print leaves out."""
    if cells.data.shape[1] < 2:
        return
    first, second = cells.data.iloc[:, 0], cells.data.iloc[:, 1]
    maybe = cells.data[first.isin(_DOTS) | ((first == "") & second.isin(_DOTS))]
    if maybe.empty:
        return
    dots = maybe.isin(["", *_DOTS]).all(axis=1) & maybe.isin(_DOTS).any(axis=1)
    if dots.any():
        where = rows_of(cells.rows[dots[dots].index].tolist())
        raise ReadError(
            f"In {where}, dots stand for rows that were left out when "
            "the table was printed. Give all the rows."
        )
