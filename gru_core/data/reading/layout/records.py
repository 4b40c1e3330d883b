"""JSON, and Python's lists of dicts, as rows of cells."""

from __future__ import annotations

import ast
import json
import re
from typing import Any

import numpy as np
import pandas as pd

from gru_core.data.reading.cells import Cells
from gru_core.data.reading.choices import Note
from gru_core.data.reading.layout.grid import MOST_CELLS, MOST_COLUMNS
from gru_core.errors import ReadError

#: Names and rows of a table.
_Found = tuple[list[str], list[list[str]]]

#: The start of records, rows or names, perhaps behind `data =` or `pd.DataFrame(`.
_START = re.compile(
    r"\s*(?:[^\W\d]\w{0,60}\s*=\s*)?(?P<call>[^\W\d][\w.]{0,60}\()?"
    r"(?=[\[(]\s*[\[({\"']|\{\s*[\"'}0-9])"
)
#: How Python writes dates inside of lists.
_TIMESTAMP = re.compile(r"(?:pd\.)?Timestamp\(('[^']{1,40}')[^()]{0,60}\)")
_DATE = re.compile(r"datetime\.date(?:time)?\((\d{4}), (\d{1,2}), (\d{1,2})(?:, 0)*\)")
_LONGEST_PYTHON = 1_000_000  # Python's own parser needs about 1,000 times the memory of the text
_DEEPEST = 6  # tables are not nested more deeply than this


def read_records(text: str) -> Cells | None:
    """The cells of the largest table in a JSON text; None if the text is no JSON.

    It may be a list of records, a list of rows, a list for each column, or a record on each line.

    Raises:
        ReadError: the text begins like JSON with records, but it is broken or holds no table.
    """
    start = _START.match(text)
    if start is None:
        return None
    body = text[start.end() :].strip().removesuffix(";").rstrip()
    if start["call"]:
        body = body.removesuffix(")")
    value, problem = _parse(body)
    if problem:
        if body.startswith("{") or re.match(r"\[\s*\{", body):
            raise ReadError(f"This looks like JSON, but {problem}")
        return None
    found = _largest(value, 0)
    if found is None or not found[1]:
        raise ReadError(
            "This is JSON, but it has no table of numbers. Give a list of records such as "
            '[{"date": "2024-01-01", "value": 5}], or a list of numbers.'
        )
    return _as_cells(*found)


def _parse(body: str) -> tuple[Any, str]:
    """The value, and what is wrong with the text ('' if it was read)."""
    try:
        return _loads(body), ""
    except RecursionError:
        return None, "its lists are nested too deeply. Give a list of records or of numbers."
    except json.JSONDecodeError as error:
        problem = f"it is broken in row {error.lineno}: {error.msg}. Correct it there."
    lines = [line for line in body.splitlines() if line.strip()]
    try:
        if len(lines) > 1 and all(line.lstrip().startswith(("{", "[")) for line in lines):
            return [_loads(line.strip().rstrip(",")) for line in lines], ""
    except (json.JSONDecodeError, RecursionError):
        pass
    if len(body) <= _LONGEST_PYTHON:
        body = _DATE.sub(r"'\1-\2-\3'", _TIMESTAMP.sub(r"\1", body))
        try:
            return ast.literal_eval(body), ""
        except (ValueError, SyntaxError, TypeError, MemoryError, RecursionError):
            pass
    return None, problem


def _loads(text: str) -> Any:
    """The value of a JSON text, with its numbers as they are written."""
    return json.loads(text, parse_float=str, parse_int=str, parse_constant=str)


def _largest(value: Any, depth: int) -> _Found | None:
    """The table with the most cells in this value."""
    found = _as_table(value)
    inner = value.values() if isinstance(value, dict) else value
    if depth < _DEEPEST and isinstance(value, dict | list | tuple) and len(value) <= 10_000:
        nested = [_largest(v, depth + 1) for v in inner if isinstance(v, dict | list | tuple)]
        tables = [table for table in nested if table is not None]
        best = max(tables, key=_size, default=None)
        if best is not None and (found is None or _size(best) > _size(found)):
            return best
    return found


def _size(found: _Found) -> int:
    return len(found[1]) * len(found[0])


def _as_table(value: Any) -> _Found | None:
    """Names and rows, if this value itself is a table."""
    if isinstance(value, list | tuple) and value:
        if all(isinstance(one, dict) for one in value):
            return _from_dicts([_flat(one) for one in value])
        if all(isinstance(one, list | tuple) for one in value):
            rows = [[_cell(cell) for cell in one] for one in value]
            width = max(map(len, rows))
            return [""] * width, [row + [""] * (width - len(row)) for row in rows]
        if not any(isinstance(one, dict | list | tuple) for one in value):
            return [""], [[_cell(one)] for one in value]
    if isinstance(value, dict) and value:
        return _from_dict({str(key): inner for key, inner in value.items()})
    return None


def _from_dict(value: dict[str, Any]) -> _Found | None:
    """Names and rows of a dict of columns, of records, or of single values."""
    inner = list(value.values())
    rows, names = value.get("data"), value.get("columns")
    if isinstance(rows, list) and isinstance(names, list) and rows and isinstance(rows[0], list):
        index = value.get("index") or [None] * len(rows)
        cells = [[_cell(i), *map(_cell, row)] for i, row in zip(index, rows, strict=False)]
        return ["", *map(str, names)], cells
    columns = {
        key: one for key, one in value.items()
        if isinstance(one, list | tuple)
        and not any(isinstance(cell, dict | list | tuple) for cell in one)
    }  # fmt: skip
    if columns:
        length = max(map(len, columns.values()))
        columns = {key: one for key, one in columns.items() if len(one) == length}
        return list(columns), [list(map(_cell, row)) for row in zip(*columns.values(), strict=True)]
    if all(isinstance(one, dict) for one in inner):
        if len(inner) >= max(map(len, inner)):
            return _from_dicts([{"": key, **_flat(one)} for key, one in value.items()])
        keys = list(dict.fromkeys(str(key) for one in inner for key in one))
        texts = [{str(k): _cell(v) for k, v in one.items()} for one in inner]
        rows_ = [[one.get(key, "") for one in texts] for key in keys]
        if keys == [str(i) for i in range(len(keys))]:
            return list(value), rows_  # pandas counts the rows
        return ["", *value], [[key, *row] for key, row in zip(keys, rows_, strict=True)]
    if not any(isinstance(one, dict | list | tuple) for one in inner):
        return ["", "value"], [[key, _cell(one)] for key, one in value.items()]
    return None


def _from_dicts(records: list[dict[str, str]]) -> _Found:
    names = list(dict.fromkeys(name for record in records for name in record))
    return names, [[record.get(name, "") for name in names] for record in records]


def _flat(record: dict[Any, Any], before: str = "", depth: int = 0) -> dict[str, str]:
    """The record with `{"a": {"b": 1}}` as `{"a.b": "1"}`."""
    flat: dict[str, str] = {}
    for key, value in record.items():
        if isinstance(value, dict) and depth < _DEEPEST:
            flat.update(_flat(value, f"{before}{key}.", depth + 1))
        else:
            flat[f"{before}{key}"] = _cell(value)
    return flat


def _cell(value: Any) -> str:
    if value is None or isinstance(value, dict | list | tuple):
        return ""
    return str(value).strip()


def _as_cells(names: list[str], rows: list[list[str]]) -> Cells:
    if len(names) > MOST_COLUMNS or len(names) * len(rows) > MOST_CELLS:
        raise ReadError(
            f"The JSON table has {len(names):,} columns and {len(rows):,} rows; the limits are "
            f"{MOST_COLUMNS:,} columns and {MOST_CELLS:,} cells. Keep only what you need."
        )
    data = pd.DataFrame(rows, dtype="str")
    numbers = np.arange(1, len(rows) + 1)
    header: list[str] | None = names
    if not any(names):  # rows without names may have the names in the first row
        first = rows[0]
        header = first if len(rows) > 1 and not any(c.isdigit() for c in "".join(first)) else None
        data, numbers = (data, numbers) if header is None else (data[1:], numbers[1:])
    empty = [i for i in data if not (data[i] != "").any()]
    if len(empty) == data.shape[1]:
        raise ReadError("This is JSON, but its table is empty. Give a list of records or numbers.")
    count = "1 record was" if len(data) == 1 else f"{len(data)} records were"
    return Cells(
        data=data.reset_index(drop=True),
        rows=numbers,
        separator="",
        header=None if header is None else tuple(header),
        header_line=int(header is not None),
        word="record",
        notes=[Note(f"{count} read.")],
    )
