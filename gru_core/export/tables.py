"""Tables as CSV files that are safe to open in a spreadsheet program."""

from __future__ import annotations

from typing import Any

import pandas as pd
from pandas.api.types import is_datetime64_any_dtype, is_numeric_dtype

from gru_core.data.series import Series

__all__ = ["safe_cell", "series_table", "to_csv"]

#: A spreadsheet program takes a cell that begins with one of these for a formula, and runs it.
#: Source: OWASP, CSV injection.
FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


def safe_cell(value: Any) -> Any:
    """`value` as a cell. A text that would be a formula gets a ' in front of it."""
    return f"'{value}" if isinstance(value, str) and value.startswith(FORMULA) else value


def to_csv(table: pd.DataFrame) -> bytes:
    """`table` as CSV, without its index.

    Numbers keep all their digits. Texts are safe; see `safe_cell`. The names of the columns are
    texts, too.
    """
    safe = table.copy()
    for name in safe.columns:
        if not (is_numeric_dtype(safe[name]) or is_datetime64_any_dtype(safe[name])):
            safe[name] = safe[name].map(safe_cell)
    safe.columns = pd.Index([safe_cell(str(name)) for name in safe.columns])
    return safe.to_csv(index=False, lineterminator="\n").encode("utf-8", "replace")


def series_table(series: Series) -> pd.DataFrame:
    """The series as a table: t and the values, under the name of the series."""
    name = series.name if series.name != "t" else "value"
    return pd.DataFrame({"t": series.times(0, len(series)), name: series.values})
