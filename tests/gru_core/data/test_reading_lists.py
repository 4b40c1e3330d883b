"""Lists, arrays, JSON, Markdown and what programs print."""

# ruff: noqa: E501 (some texts are long lines, as programs print them)
from __future__ import annotations

import numpy as np
import pytest

from gru_core.data.reading import ReadChoices, read_table
from gru_core.errors import ReadError

LISTS = {
    "Python": ("x = [\n    1.5, 2,\n    3,\n    -4e1,\n]", [1.5, 2, 3, -40]),
    "Python with None": ("[1, None,\n 3, 4]", [1, np.nan, 3, 4]),
    "a tuple": ("(5, 6,\n 7)", [5, 6, 7]),
    "NumPy": ("array([1.2, 3.4,\n       5.6, 7. ], dtype=float32)", [1.2, 3.4, 5.6, 7]),
    "a NumPy print": ("[ 1.   2.5  3.\n  4.   5. ]", [1, 2.5, 3, 4, 5]),
    "a column of NumPy": ("[[1.]\n [2.5]\n [3.]]", [1, 2.5, 3]),
    "NumPy numbers": ("[np.float64(1.5), np.float64(2.5)]", [1.5, 2.5]),
    "PyTorch": ("tensor([1., 2., 4.])", [1, 2, 4]),
    "R": ("x <- c(1, 2,\n  4)", [1, 2, 4]),
    "an R print": (" [1] 112 118 132\n [4] 129 121 135\n [7] 148", [112, 118, 132, 129, 121, 135, 148]),
    "MATLAB": ("x = [1; 2; 4];", [1, 2, 4]),
    "JavaScript": ("const v = [1, 2,\n 4];", [1, 2, 4]),
    "lines that end with commas": ("112, 118, 132,\n129, 121, 135,\n148, 148", [112, 118, 132, 129, 121, 135, 148, 148]),
    "a value on each line": ("112,\n118,\n132", [112, 118, 132]),
    "German numbers": ("1,5; 2,5;\n3,5; 4,5", [1.5, 2.5, 3.5, 4.5]),
    "a short last line": ("3 1 4 1 5\n9 2 6 5 3\n5 8", [3, 1, 4, 1, 5, 9, 2, 6, 5, 3, 5, 8]),
}  # fmt: skip


@pytest.mark.parametrize("name", LISTS)
def test_a_list_is_one_series(name: str) -> None:
    text, values = LISTS[name]
    table = read_table(text)
    assert table.data.shape[1] == 1
    assert table.detected.layout == "list"
    np.testing.assert_array_equal(table.data.iloc[:, 0], values)


RECORDS = {
    "records": '[{"d": "2024-01-01", "v": 1.5},\n {"d": "2024-01-02", "v": 2}, {"d": "2024-01-03", "v": null}]',
    "lines of records": '{"d":"2024-01-01","v":1.5}\n{"d":"2024-01-02","v":2}\n{"d":"2024-01-03"}\n',
    "columns": '{"d": ["2024-01-01", "2024-01-02", "2024-01-03"], "v": [1.5, 2, null]}',
    "columns inside": '{"lat": 52, "daily": {"d": ["2024-01-01", "2024-01-02", "2024-01-03"], "v": [1.5, 2, NaN]}}',
    "records inside": '[{"page": 1}, [{"d": "2024-01-01", "v": 1.5}, {"d": "2024-01-02", "v": 2}, {"d": "2024-01-03", "v": null}]]',
    "rows with names": '[["d", "v"], ["2024-01-01", 1.5], ["2024-01-02", 2], ["2024-01-03", null]]',
    "pandas": '{"d":{"0":"2024-01-01","1":"2024-01-02","2":"2024-01-03"},"v":{"0":1.5,"1":2,"2":null}}',
    "Python": "[{'d': '2024-01-01', 'v': 1.5}, {'d': '2024-01-02', 'v': 2}, {'d': '2024-01-03', 'v': None}]",
    "Markdown": "| d | v |\n|:---|---:|\n| 2024-01-01 | 1.5 |\n| 2024-01-02 | 2 |\n| 2024-01-03 | |\n",
    "Markdown in a chat": "Here they are:\n\n| d | v |\n|---|---|\n| 2024-01-01 | 1.5 |\n| 2024-01-02 | 2 |\n| 2024-01-03 | |\n\nAnything else?",
    "Markdown without bars": "d | v\n--- | ---\n2024-01-01 | 1.5\n2024-01-02 | 2\n2024-01-03 | ",
    "MySQL": "+------------+-----+\n| d          | v   |\n+------------+-----+\n| 2024-01-01 | 1.5 |\n| 2024-01-02 |   2 |\n| 2024-01-03 |     |\n+------------+-----+\n3 rows in set (0.00 sec)",
    "a box of polars": "shape: (3, 2)\n┌────────────┬──────┐\n│ d          ┆ v    │\n│ ---        ┆ ---  │\n│ date       ┆ f64  │\n╞════════════╪══════╡\n│ 2024-01-01 ┆ 1.5  │\n│ 2024-01-02 ┆ 2.0  │\n│ 2024-01-03 ┆ null │\n└────────────┴──────┘",
    "a call of pandas": "pd.DataFrame({'d': ['2024-01-01', '2024-01-02', '2024-01-03'], 'v': [1.5, 2, None]})",
    "dates of Python": "[{'d': datetime.date(2024, 1, 1), 'v': 1.5}, {'d': datetime.date(2024, 1, 2), 'v': 2}, {'d': Timestamp('2024-01-03'), 'v': None}]",
    "a frame of pandas": "              v\nd              \n2024-01-01  1.5\n2024-01-02  2.0\n2024-01-03  NaN\n",
    "a series of pandas": "date\n2024-01-01    1.5\n2024-01-02    2.0\n2024-01-03    NaN\nFreq: D, Name: v, dtype: float64",
}  # fmt: skip


@pytest.mark.parametrize("name", RECORDS)
def test_records_and_printed_tables_are_read(name: str) -> None:
    table = read_table(RECORDS[name])
    assert list(table.data) == ["v"]
    assert table.detected.time_column in ("d", "date")
    np.testing.assert_array_equal(table.data["v"], [1.5, 2, np.nan])


def test_a_print_of_pandas_with_a_clock_keeps_date_and_clock_together() -> None:
    rows = "".join(f"2024-01-01 {hour:02d}:00:00    {hour}.5\n" for hour in range(4))
    table = read_table(rows + "Freq: h, Name: load, Length: 4, dtype: float64")
    assert list(table.data) == ["load"]
    assert table.time is not None
    assert str(table.time[-1]) == "2024-01-01 03:00:00"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[1 2 3 ... 98 99 100]", "Give all the values"),
        ("0      1.5\n1      2.5\n      ...\n98     3.5\nLength: 99, dtype: float64", "in row 3"),
        ('[{"a": 1},\n {"a": 2]', "broken in row 2"),
        ("[" * 5000 + "1" + "]" * 5000, "There is no column of numbers"),
        ('{"a": {}}', "no (table|column) of numbers"),
    ],
)
def test_a_list_that_cannot_be_read_is_refused(text: str, message: str) -> None:
    with pytest.raises(ReadError, match="(?i)" + message):
        read_table(text)


def test_lines_of_numbers_without_names_can_be_read_as_one_list() -> None:
    text = "1 2 3 4 5\n6 7 8 9 10\n12 13 14 15 19"
    table = read_table(text)
    assert table.data.shape == (3, 5)
    note = next(note for note in table.notes if note.change == {"layout": "list"})
    one = read_table(text, choices=ReadChoices(**note.change))
    np.testing.assert_array_equal(
        one.series().values, [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 12, 13, 14, 15, 19]
    )


def test_a_list_over_several_lines_can_be_read_as_columns() -> None:
    text = LISTS["a short last line"][0]
    note = next(note for note in read_table(text).notes if note.change)
    assert read_table(text, choices=ReadChoices(**note.change)).data.shape == (3, 5)


def test_an_array_of_rows_has_a_series_in_each_column() -> None:
    for text in ("[[1. 2.]\n [3. 4.]\n [5. 7.]]", "np.array([[1, 2], [3, 4], [5, 7]])",
                 "[[1, 2], [3, 4], [5, 7]]"):  # fmt: skip
        table = read_table(text)
        np.testing.assert_array_equal(table.data.to_numpy(), [[1, 2], [3, 4], [5, 7]])
