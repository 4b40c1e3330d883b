"""A table that pandas writes is read back equal. Any bytes give a table or a `GruLabError`."""

from __future__ import annotations

import os

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from gru_core.data.reading import ReadChoices, read_table
from gru_core.data.series import LARGEST_VALUE
from gru_core.errors import GruLabError, SeriesError

#: So many examples of each property, if somebody asks for more than the usual number.
EXAMPLES = int(os.environ.get("GRU_LAB_EXAMPLES", "0"))
NO_CODES = ReadChoices(missing_codes=())
FINITE = st.floats(allow_nan=False, allow_infinity=False, width=64)
# The names begin with "x", so none of them is a word for time or for a missing value.
NAMES = st.lists(
    st.text("abcdefgüé", min_size=1, max_size=6), min_size=2, max_size=4, unique=True
).map(lambda names: [f"x{name}" for name in names])


@st.composite
def tables(draw: st.DrawFn) -> pd.DataFrame:
    names = draw(NAMES)
    cells = st.lists(FINITE | st.just(float("nan")), min_size=len(names), max_size=len(names))
    # the last two rows are full, so every column is numeric, and none looks like a time
    rows = [*draw(st.lists(cells, max_size=8)), [0.5] * len(names), [0.25] * len(names)]
    return pd.DataFrame(rows, columns=names, dtype=float)


@settings(deadline=None, max_examples=EXAMPLES or 150)
@given(
    table=tables(),
    marks=st.sampled_from([",.", ";.", ";,", "\t.", "\t,", "|,"]),
    encoding=st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "cp1252"]),
    header=st.booleans(),
    missing=st.sampled_from(["NA", "", "?"]),
    end=st.sampled_from(["\n", "\r\n", "\r"]),
)  # fmt: skip
def test_a_written_table_is_read_back_equal(
    table: pd.DataFrame,
    marks: str,
    encoding: str,
    header: bool,
    missing: str,
    end: str,
) -> None:
    separator, decimal = marks
    text = table.to_csv(
        sep=separator, decimal=decimal, index=False, header=header, na_rep=missing,
        lineterminator=end,
    )  # fmt: skip
    read = read_table(text.encode(encoding), choices=NO_CODES)
    # the reader skips empty rows at the top; the row numbers tell how many
    first = read.rows[0] - 1 - header
    assert read.time is None
    assert read.detected.separator == separator
    assert read.detected.decimal == decimal
    assert read.detected.header == header
    assert bool(table.iloc[:first].isna().all(axis=None))
    np.testing.assert_array_equal(read.data.to_numpy(), table.to_numpy()[first:])
    if header:
        assert list(read.data) == list(table)


@settings(deadline=None, max_examples=EXAMPLES or 60)
@given(
    values=st.lists(st.integers(-(10**9), 10**9), min_size=2, max_size=20),
    mark=st.sampled_from([".", "'", "\u00a0", "\u202f", " "]),
)
@example(values=[631152000, 631152000, 631152001], mark=".")  # no seconds since 1970
def test_thousands_with_marks_are_read_back_equal(values: list[int], mark: str) -> None:
    lines = [f"{value:,}".replace(",", mark) + ",5;7" for value in values]
    signs = np.where([value < 0 for value in values], -0.5, 0.5)
    read = read_table("a;b\n" + "\n".join(lines), choices=NO_CODES)
    np.testing.assert_array_equal(read.data["a"], np.array(values) + signs)


@settings(deadline=None, max_examples=EXAMPLES or 60)
@given(
    cents=st.lists(st.integers(-(10**9), 10**9), min_size=2, max_size=20),
    before=st.sampled_from(["", "$", "€ ", "CHF ", "R$"]),
    after=st.sampled_from(["", "%", " kWh", " µg/m³", "*", " p", " £"]),
    minus=st.sampled_from(["before", "early", "after", "parentheses"]),
)
def test_decorated_numbers_are_read_back_equal(
    cents: list[int], before: str, after: str, minus: str
) -> None:
    forms = {
        "before": f"{before}-{{}}{after}",
        "early": f"-{before}{{}}{after}",
        "after": f"{before}{{}}-{after}",
        "parentheses": f"({before}{{}})*" if after == "*" else f"({before}{{}}{after})",
    }
    cells = [
        (forms[minus] if cent < 0 else f"{before}{{}}{after}").format(f"{abs(cent) / 100:.2f}")
        for cent in cents
    ]
    read = read_table("a;b\n" + "\n".join(f"{cell};7" for cell in cells), choices=NO_CODES)
    np.testing.assert_array_equal(read.data["a"], np.array(cents) / 100)


CHOICES = st.builds(
    ReadChoices,
    encoding=st.none() | st.sampled_from(["utf-8", "utf-16", "latin-1", "nonsense"]),
    separator=st.none() | st.sampled_from(["", ",", ";", " ", "\t", ".", "ab", "\0"]),
    decimal=st.none() | st.sampled_from([".", ",", "x"]),
    thousands=st.none() | st.sampled_from(["", ".", ",", " ", "'", "x"]),
    header=st.none() | st.integers(0, 6),
    left_out=st.none() | st.lists(st.integers(1, 6), max_size=3).map(tuple),
    layout=st.none() | st.sampled_from(["columns", "rows", "calendar", "list"]),
    row=st.none() | st.sampled_from(["", "row 1", "abc", "1"]),
    time_column=st.none() | st.sampled_from(["", "column 1", "column 2", "d"]),
    dates=st.none() | st.sampled_from(["day", "month", "year", "number"]),
    missing_codes=st.none() | st.sampled_from([(), (1.0,), (-3.5, 2.0), (float("nan"),)]),
)
# Text that is almost a table finds more faults than random bytes.
WORDS = """1 2 -3.5 1,5 1e400 -1e308 inf NA 2020-01-01 01/02/20 31.12.1999 Jan-49 12:00 +02:00
    1950Q4 9999-12-31 0000-00-00 99/99/99 abc , ; | # ' . − 1.234,5 sep=; [ ] ( ) = date year 25:61
    24:00Z ٣ ² 🙂 Year Jan Total Sum Q1 V1 V2 1999 [1, {"a": null} |---| ... np.array( <- dtype:
    $ € % kWh -999 9999 (1) <2 *p e k M n/a 1.234 828"""
SIGNS = '   \t\n\n\n\n,,,;\r"\0\ufeff\x1f\u202e\ud800'
PIECES = st.sampled_from([*WORDS.split(), *SIGNS, "\r\n"])
NEARLY = st.lists(PIECES, max_size=60).map("".join)
SOURCES = st.one_of(
    st.binary(max_size=300),
    st.text(max_size=200),
    NEARLY,
    NEARLY.map(lambda text: text.encode("utf-16", "replace")),
    NEARLY.map(lambda text: text.encode("cp1252", "replace")),
)


@settings(deadline=None, max_examples=EXAMPLES or 600, suppress_health_check=[HealthCheck.too_slow])
@given(source=SOURCES, choices=st.just(ReadChoices()) | CHOICES)
def test_any_input_gives_a_table_or_a_gru_lab_error(
    source: bytes | str, choices: ReadChoices
) -> None:
    try:
        table = read_table(source, choices=choices)
    except GruLabError:
        return
    assert len(table.data) == len(table.rows) > 0
    assert set(map(str, table.data.dtypes)) == {"float64"}
    assert not np.isinf(table.data.to_numpy()).any()
    assert table.name in table.describe()
    if table.time is not None:
        assert table.time.is_monotonic_increasing
        assert table.time.is_unique
    for column in table.detected.value_columns:
        values = table.data[column].to_numpy()
        for missing in ("interpolate", "drop"):
            if (np.abs(values) > LARGEST_VALUE).any():
                with pytest.raises(SeriesError, match="larger than"):
                    table.series(column, missing)
            else:
                series = table.series(column, missing)
                assert np.isfinite(series.values).all()
                assert len(series) >= np.isfinite(values).sum() > 0
