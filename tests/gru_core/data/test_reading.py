"""The faults of users' data. The reader repairs a fault and says so, or refuses the data.

A refusal must name the cause, the place and the fix.
"""

from __future__ import annotations

import gzip
import io
import re
import tracemalloc
import zipfile

import numpy as np
import pandas as pd
import pytest

from gru_core.data.reading import ENCODINGS, ReadChoices, Table, read_table, safe_name
from gru_core.errors import GruLabError, ReadError, SeriesError


def zipped(*names: str) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        for name in names:
            archive.writestr(name, "a\n1\n2\n")
    return stream.getvalue()


REFUSED = [
    (b"", "empty", "column of numbers"),
    (b" \r\n\r\n", "empty", "column of numbers"),
    (b"# only a comment\n", "only comment lines", "column of numbers"),
    (b"a,b\n", "header ('a', 'b') but no row below", "Add rows"),
    (b"a\n1\n\x81\n2\n", "0x81 at byte offset 4 (row 3)", "save it again as UTF-8"),
    ("ü;é\n1;2\n".encode() + b"\xff;3\n", "0xff at byte offset 10 (row 3)", "UTF-8"),
    (b"v\n1\nabc\n3\nn. d.\n5\n", "rows 3 ('abc'), 5 ('n. d.')", "leave them empty"),
    (b"v\n1\ninf\n3\n-Infinity\n1e400", "rows 3 ('inf'), 5 ('-Infinity'), 6 ('1e400')", "Repl"),
    (b"d,v\n2020-01-01,1\n2020-01-02,2\n2020-01-01,3\n", "rows 2 (", "Keep one row"),
    (b"d,v\n2020-01-01,1\n2020-01-02,2\n,4", "no valid time in row 4", "Correct or remove"),
    (b"d,v\n13/01/2020,1\n01/13/2020,2\n", "'13/01/2020'", "2024-12-31"),
    (b"name,town\nann,rome\nbob,oslo\n", "no column of numbers", "add a column"),
    (b"date\n2020-01-01\n2020-01-02\n", "holds times", "Add a column of numbers"),
    (b"a,b\n1,2\n3,4,5\n6,7\n8,9,1\n", "Most rows have 2 cells, but rows 3, 5", "separators"),
    (b'a,b\n1,2\n3,"4\n5,6\n', "opens in row 3 and never closes", "Close it"),
    (b'a,b\n1,"2" 3\n', "row 2, text follows a closing quote", "Remove the quotes"),
    (b"a\n1\n\x002\n", "NUL byte at byte offset 4", "Save it again"),
    (b",".join([b"1"] * 50_000) + b"\n2,3", "50,000 columns; the limit is 1,000", "transpose"),
    (b"a\n" + b"1" * 1_000_000, "Row 2 has a cell of more than 131,072", "quote"),
    (b'a,b\n1,"' + b"1,2\n" * 250_000, "Row 2 has a cell of more than 131,072", "never closes"),
    (zipped("data.csv"), "ZIP archive", "Unpack it first. Save it as CSV"),
    (zipped("[Content_Types].xml", "xl/workbook.xml"), "Excel workbook (.xlsx)", "as CSV"),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(99), "old Excel workbook (.xls)", "as CSV"),
    (b"PAR1" + bytes(99), "Parquet", "as CSV"),
    (b"%PDF-1.7\n1 2 3", "PDF", "as CSV"),
    (b"\n<!DOCTYPE html><p>log in", "web page", "Download the data itself"),
    (gzip.compress(b"1\n" * 1_000_000), "compressed with gzip", "Unpack it first"),
]  # fmt: skip


@pytest.mark.parametrize(("source", "cause", "fix"), REFUSED)
def test_a_fault_is_refused_with_cause_and_fix(source: bytes, cause: str, fix: str) -> None:
    with pytest.raises(GruLabError) as caught:
        read_table(source, name="data.csv").series()
    assert cause in str(caught.value)
    assert fix in str(caught.value)


BOTH = [[1.5, 10.0], [2.5, 20.0], [4.0, 30.0]]
READ = [
    ("a,b\n1.5,10\n2.5,20\n4,30\n".encode("utf-8-sig"), "byte order mark"),
    ("a,b\n1.5,10\n2.5,20\n4,30\n".encode("utf-16"), "byte order mark"),
    ("a,b\n1.5,10\n2.5,20\n4,30\n".encode("utf-16-le"), ""),
    ("a,b\n1.5,10\n2.5,20\n4,30\n".encode("utf-16-be"), ""),
    ("a,Größe\n1.5,10\n2.5,20\n4,30\n".encode("cp1252"), "cp1252"),
    ("a,€\n1.5,10\n2.5,20\n4,30\n".encode("cp1252"), "cp1252"),
    (b"a;b\n1.5;10\n2.5;20\n4;30", ""),
    (b"a\tb\r\n1.5\t10\r\n2.5\t20\r\n4\t30\r\n", ""),
    (b"a|b\n1.5|10\n2.5|20\n4|30\n", ""),
    (b" a   b\n 1.5  10\n 2.5  20\n 4    30\n", ""),
    (b"sep=;\na;b\n1.5;10\n2.5;20\n4;30\n", ""),
    (b"1.5;10;\n2.5;20;\n4;30;\n", ""),
    (b"a;b\n1,5;10\n2,5;20\n4;30\n", ""),
    (b"a\tb\n1,5\t10\n2,5\t20\n4\t30\n", ""),
    (b'a,b\n"1,5",10\n"2,5",20\n4,30\n', ""),
    (b"a,a\n1.5,10\n2.5,20\n4,30\n", "'a (2)'"),
    (b"a,b,c\n1.5,10\n2.5,20\n4,30\n", "Rows 2, 3, 4 have fewer than 3 cells"),
    (b"# by hand\nMy measurements\na,b\n1.5,10\n2.5,20\n4,30\n,\n", "Skipped row 2: a title"),
]  # fmt: skip


@pytest.mark.parametrize(("source", "note"), READ)
def test_a_fault_is_repaired_with_a_note(source: bytes, note: str) -> None:
    table = read_table(source)
    np.testing.assert_array_equal(table.data.to_numpy(), BOTH)
    assert table.time is None
    assert note in " ".join(map(str, table.notes))


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("a;b\n1.234,56;1\n12;2", [1234.56, 12]),
        ('a,b\n"1,234.56",1\n12,2', [1234.56, 12]),
        ("a;b\n1 234,5;1\n12;2", [1234.5, 12]),
        ("a;b\n1\u00a0234,5;1\n12;2", [1234.5, 12]),
        ("a;b\n−1\u202f234,5;1\n12;2", [-1234.5, 12]),
        ("a;b\n1'234.5;1\n12;2", [1234.5, 12]),
        ("1 234,5\n1 236,5", [1234.5, 1236.5]),
        ("1,234,567\n987,654", [1234567, 987654]),
    ],
)
def test_thousands_marks_are_read(text: str, values: list[float]) -> None:
    np.testing.assert_array_equal(read_table(text).series().values, values)


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("1\n2\n3", [1, 2, 3]),
        ("1 2 3 4", [1, 2, 3, 4]),
        ("1, 2, 3", [1, 2, 3]),
        ("[1.0, 2.5, -3e2]\n", [1, 2.5, -300]),
        ("1,5;2,5", [1.5, 2.5]),
        ("1,5 2,5 3,5", [1.5, 2.5, 3.5]),
        ("1\t2\t3\t", [1, 2, 3]),
        ("5", [5]),
    ],
)
def test_one_line_of_numbers_is_one_series(text: str, values: list[float]) -> None:
    table = read_table(text)
    assert list(table.data) == ["column 1"]
    np.testing.assert_array_equal(table.series().values, values)


def test_an_ambiguous_comma_gives_a_note_and_can_be_changed() -> None:
    text = "1,5\n2,7\n9,1"
    table = read_table(text)
    assert "Ambiguous comma" in table.notes[0].text
    np.testing.assert_array_equal(table.series().values, [1.5, 2.7, 9.1])
    split = read_table(text, choices=ReadChoices(separator=","))
    assert split.data.shape == (3, 2)


def test_pairs_are_columns_if_the_first_number_counts_up() -> None:
    table = read_table("1,5\n2,7\n3,1")
    assert "separate columns" in table.notes[0].text
    np.testing.assert_array_equal(table.series().values, [5, 7, 1])
    one = read_table("1,5\n2,7\n3,1", choices=ReadChoices(separator=""))
    np.testing.assert_array_equal(one.series().values, [1.5, 2.7, 3.1])


def test_an_ambiguous_thousands_mark_gives_a_note_and_can_be_changed() -> None:
    text = 'a,b\n"1,234",1\n"2,345",2\n"999",3'
    (note,) = read_table(text).notes
    assert "'1,234' was read as 1234, but could be 1.234" in note.text
    german = read_table(text, choices=ReadChoices(**note.change))
    np.testing.assert_array_equal(german.data["a"], [1.234, 2.345, 999])


GAPS = "d,v\n2020-01-01,\n2020-01-02,1\n2020-01-04,NA\n2020-01-05,4\n2020-01-06,?\n"


def test_missing_values_are_refused_by_default() -> None:
    with pytest.raises(SeriesError, match=r"3 of 5 values are missing, in rows 2, 4, 6\. Choose"):
        read_table(GAPS).series()


def test_interpolation_uses_the_times_and_stays_between_known_values() -> None:
    series, notes = read_table(GAPS).series_and_notes(missing="interpolate")
    np.testing.assert_allclose(series.values, [1, 3, 4])  # two of three days from 1 to 4
    assert series.time is not None
    assert series.time[0] == pd.Timestamp("2020-01-02")
    assert "1 were interpolated and 2 dropped" in notes[0].text


def test_a_note_says_when_dropping_breaks_the_step() -> None:
    table = read_table("d,v\n2020-01-01,1\n2020-01-02,2\n2020-01-03,-\n2020-01-04,4\n")
    series, notes = table.series_and_notes(missing="drop")
    np.testing.assert_array_equal(series.values, [1, 2, 4])
    assert "no longer regular" in notes[1].text


@pytest.mark.parametrize("word", ["", "NA", "n/a", "NaN", "null", "-", ".", "?"])
def test_these_words_mean_missing(word: str) -> None:
    table = read_table(f"v\n1\n{word}\n3\n")
    np.testing.assert_array_equal(table.data["v"], [1, np.nan, 3])


def test_a_bad_column_leaves_the_others_usable() -> None:
    table = read_table("a,b\n1,2\nx,4\n5,6\n")
    assert table.detected.unusable == ("a",)
    np.testing.assert_array_equal(table.series().values, [2, 4, 6])
    with pytest.raises(ReadError, match=r"'a' has text among its numbers, in row 3 \('x'\)"):
        table.series("a")


def test_unsorted_rows_are_sorted_by_time() -> None:
    table = read_table("d,v\n2020-01-03,3\n2020-01-01,1\n2020-01-02,\n")
    assert "sorted" in table.notes[0].text
    np.testing.assert_array_equal(table.data["v"], [1, np.nan, 3])
    with pytest.raises(SeriesError, match="in row 4"):  # the row in the file, not after sorting
        table.series()


@pytest.mark.parametrize(
    ("text", "day_first", "note", "second"),
    [
        ("d,v\n01/02/2020,1\n02/02/2020,2", None, "Ambiguous dates: '01/02/2020'", "2020-02-02"),
        ("d;v\n01/02/2020;1\n02/03/2020;2", None, "set 'day first' to no", "2020-03-02"),
        ("d,v\n01/02/2020,1\n02/03/2020,2", None, "set 'day first' to yes", "2020-02-03"),
        ("d,v\n01.02.2020,1\n02.03.2020,2", None, "set 'day first' to no", "2020-03-02"),
        ("d,v\n01/02/2020,1\n02/03/2020,2", True, "", "2020-03-02"),
        ("d,v\n01/02/2020,1\n13/02/2020,2", None, "", "2020-02-13"),
        ("d,v\n01/02/2020,1\n01/13/2020,2", None, "", "2020-01-13"),
    ],
)
def test_ambiguous_dates_give_a_note(
    text: str, day_first: bool | None, note: str, second: str
) -> None:
    table = read_table(text, choices=ReadChoices(day_first=day_first))
    assert table.time is not None
    assert table.time[1] == pd.Timestamp(second)
    assert note in " ".join(map(str, table.notes))
    assert note or "Ambiguous" not in " ".join(map(str, table.notes))


def test_mixed_time_zones_become_utc() -> None:
    table = read_table(
        "t,v\n2020-01-01T01:00:00+02:00,1\n2020-01-01T00:00Z,2\n2019-12-31 20:00 -0500,3\n"
    )
    expected = pd.DatetimeIndex(["2019-12-31 23:00", "2020-01-01 00:00", "2020-01-01 01:00"])
    assert table.time is not None
    assert list(table.time) == list(expected)
    assert "Mixed time zones" in table.notes[0].text


def test_an_irregular_step_gives_a_note() -> None:
    table = read_table("d,v\n2020-01-01,1\n2020-01-02,2\n2020-01-03,2\n2020-01-07,3\n")
    assert "mostly 1 days, at most 4 days (before row 5)" in " ".join(map(str, table.notes))


@pytest.mark.parametrize(
    ("times", "step"),
    [
        (["2020-01-01", "2020-01-02", "2020-01-03"], "1 day"),
        (["2020-01-31", "2020-02-29", "2020-03-31"], "1 month"),
        (["1949-01", "1949-02", "1949-03"], "1 month"),
        (["Jan-49", "Feb-49", "Mar-49"], "1 month"),
        (["January 1949", "February 1949", "March 1949"], "1 month"),
        (["1 Jan 1949", "1 Feb 1949", "1 Mar 1949"], "1 month"),
        (["Q1 1950", "Q2 1950", "Q3 1950"], "3 months"),
        (["1950Q1", "1950Q2", "1950Q3"], "3 months"),
        (["2000-01-01", "2001-01-01", "2002-01-01"], "1 year"),
        (["20200101", "20200102", "20200103"], "1 day"),
        (["1700", "1701", "1702"], "1"),
        (["1958.2027", "1958.2877", "1958.3699"], "0.0836"),
        (["2020-01-01 11:30 PM", "2020-01-02 12:00 AM", "2020-01-02 12:30 AM"], "30 minutes"),
        (["2020-01-01 0:00:00.5", "2020-01-01 0:00:01.0", "2020-01-01 0:00:01.5"], "0.5 seconds"),
    ],
)
def test_regular_steps_are_named(times: list[str], step: str) -> None:
    rows = "".join(f"{time},{value}\n" for value, time in enumerate([*times], start=3))
    table = read_table("date,v\n" + rows)
    assert "Irregular" not in " ".join(map(str, table.notes))
    assert f"(step {step})" in table.describe()


def test_working_days_are_regular() -> None:
    days = pd.bdate_range("2020-01-01", periods=12).strftime("%Y-%m-%d")
    table = read_table("date,v\n" + "".join(f"{d},{i}\n" for i, d in enumerate(days)))
    assert "(step 1 working day)" in table.describe()


def test_a_constant_series_gives_a_note() -> None:
    table = read_table("v\n5\n5\n5\n")
    np.testing.assert_array_equal(table.series().values, [5, 5, 5])
    assert "constant (5)" in table.notes[0].text


def test_the_size_limit_is_checked_before_anything_is_read() -> None:
    source = b"1\n" * 2_000_000
    tracemalloc.start()
    with pytest.raises(ReadError, match="4,000,000 bytes; the limit is 1,000"):
        read_table(source, max_bytes=1_000)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 1_000_000


def test_a_value_of_1e308_is_refused_with_its_row() -> None:
    table = read_table("v\n1\n1e308\n")
    with pytest.raises(SeriesError, match=r"larger than 1e\+18 in size, in row 3 .* Divide"):
        table.series()


@pytest.mark.parametrize(
    ("given", "shown"),
    [
        ("../../etc/passwd", "passwd"),
        ("C:\\temp\\air.csv", "air.csv"),
        ("abc\u202evsc.exe", "abcvsc.exe"),
        ("a\x00b\nc\x1b[31m.csv", "ab c[31m.csv"),
        ("..", "unnamed file"),
        ("", "unnamed file"),
        ("<script>alert(1)<", "<script>alert(1)<"),
        ("x" * 300, "x" * 79 + "…"),
    ],
)
def test_a_file_name_is_safe_to_show(given: str, shown: str) -> None:
    assert safe_name(given) == shown
    assert read_table("1\n2", name=given).name == shown


def test_a_column_name_loses_control_characters_and_keeps_html() -> None:
    header = f"<b>a</b>,\u202eevil\x07,{'n' * 200}\n"
    assert list(read_table(header + "1,2,3\n4,6,8").data) == ["<b>a</b>", "evil", "n" * 79 + "…"]


def test_a_renamed_column_never_gets_the_name_of_another() -> None:
    table = read_table("a,a (2),a,a\n1,2,3,4\n2,4,6,9")
    assert list(table.data) == ["a", "a (2)", "a (3)", "a (4)"]


@pytest.mark.parametrize(
    ("text", "time", "values"),
    [
        ("year,v\n1700,5\n1701,11\n1703,16", "year", ["v"]),
        ("1700 5\n1701 11\n1702 16", "column 1", ["column 2"]),
        ("v,when\n5,2020-01-01\n11,2020-01-02", "when", ["v"]),
        ("day,name,v\n1,x,5\n1,y,6\n2,z,11", None, ["day", "v"]),
        ("1\n2\n3", None, ["column 1"]),
        ('"x"\t"y"\na\t5\t6\nb\t7\t8', None, ["x", "y"]),  # as R writes tables
    ],
)
def test_the_time_column_is_detected(text: str, time: str | None, values: list[str]) -> None:
    detected = read_table(text).detected
    assert detected.time_column == time
    assert list(detected.value_columns) == values


def test_the_time_column_can_be_chosen() -> None:
    text = "year,a,v\n1700,3,5\n1701,2,6\n1702,1,9"
    assert read_table(text, choices=ReadChoices(time_column="")).time is None
    table = read_table(text, choices=ReadChoices(time_column="a"))
    np.testing.assert_array_equal(table.data["v"], [9, 6, 5])
    assert table.default == "v"


def test_a_header_and_an_encoding_can_be_chosen() -> None:
    table = read_table("1990;1991\n5;6\n7;9", choices=ReadChoices(header=True))
    assert list(table.data) == ["1990", "1991"]
    greek = read_table("б,v\n1,2\n3,5".encode("cp1251"), choices=ReadChoices(encoding="cp1251"))
    assert list(greek.data) == ["б", "v"]


@pytest.mark.parametrize(
    ("choices", "message"),
    [
        (ReadChoices(encoding="zlib"), "choose one of utf-8"),
        (ReadChoices(encoding="rot13"), "choose one of utf-8"),
        (ReadChoices(separator="ab"), "choose one of tab"),
        (ReadChoices(separator='"'), "choose one of tab"),
        (ReadChoices(decimal="x"), "choose one of '.', ','"),
        (ReadChoices(thousands="x"), "choose one of '' (none)"),
        (ReadChoices(decimal=",", thousands=","), "both ','"),
        (ReadChoices(time_column="z"), "The columns are 'a', 'b'"),
        (ReadChoices(time_column="b"), "holds no dates"),
    ],
)
def test_bad_choices_are_refused(choices: ReadChoices, message: str) -> None:
    with pytest.raises(ReadError, match=re.escape(message)):
        read_table(b"a,b\n1,x\n2,y", choices=choices)


def test_every_encoding_in_the_list_works() -> None:
    for encoding in ENCODINGS:
        source = "a,b\n1,2\n3,5\n".encode(encoding)
        table = read_table(source, choices=ReadChoices(encoding=encoding))
        np.testing.assert_array_equal(table.data["b"], [2, 5])


def test_an_unknown_column_or_choice_for_missing_values_is_refused() -> None:
    table: Table = read_table("a,b\n1,2\n3,5")
    with pytest.raises(
        ReadError, match=r"no column of numbers named 'c'\. The columns .* are 'a', 'b'"
    ):
        table.series("c")
    with pytest.raises(SeriesError, match="choose refuse, interpolate or drop"):
        table.series("a", missing="guess")  # type: ignore[arg-type]


def test_describe_says_how_a_table_was_read_and_what_it_holds() -> None:
    table = read_table("month;v\n1949-01;1,5\n1949-02;2,5\n", name="../air.csv")
    assert table.describe() == (
        "'air.csv' was read as utf-8, separated by semicolon, with a header, decimal mark ','. "
        "It has 2 rows of 'v', by 'month' from 1949-01-01 to 1949-02-01 (step 1 month)."
    )
