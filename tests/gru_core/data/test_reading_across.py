"""A series in each row, and several series one below the other."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from gru_core.data.reading import ReadChoices, read_table
from gru_core.errors import ReadError

BANK = (
    '"Data Source","Made-up Indicators",\n\n"Last Updated Date","2024-05-30",\n\n'
    '"Country Name","Country Code","1990","1991","1992","1993",\n'
    '"Aland","ALD","1.5","2","3","4",\n"Borland","BOR","","6","7","8",\n'
)
ACROSS = {
    "a bank of countries": (BANK, ["1.5", "2", "3", "4"], ("Aland", "Borland")),
    "dates across": (
        "Province,Country,Lat,1/22/20,1/23/20,1/24/20,1/25/20\n"
        ",Aland,33.1,0,1,2,4\nNorth,Borland,40,5,6,7,9\nSouth,Borland,41,5,6,8,9\n",
        ["0", "1", "2", "4"],
        ("Aland", "North / Borland", "South / Borland"),
    ),
    "years with codes": (
        "Country;Series;1960 [YR1960];1961 [YR1961];1962 [YR1962]\nA;Pop;5;6;8\nB;Pop;1;2;4\n",
        ["5", "6", "8"],
        ("A", "B"),
    ),
    "semicolon and comma": (
        "Year;2015;2016;2017;2018\nSales;10,5;12;15;11\nCosts;5;6;7;8\n",
        ["10.5", "12", "15", "11"],
        ("Sales", "Costs"),
    ),
    "quarters across": (
        "Product\t2020Q1\t2020Q2\t2020Q3\t2020Q4\nx\t1\t2\t4\t5\ny\t2\t3\t5\t6\n",
        ["1", "2", "4", "5"],
        ("x", "y"),
    ),
    "numbered columns": (
        "V1,V2,V3,V4,V5,V6,V7,V8\nY1,1,2,3,4,5,7,\nY2,4,5,6,7,8,9,10\n",
        ["1", "2", "3", "4", "5", "7"],
        ("Y1", "Y2"),
    ),
    "months across, without a year": (
        "Product,Jan,Feb,Mar,Apr,May,Jun,Jul,Aug,Sep,Oct,Nov,Dec\n"
        "A,1,2,3,4,5,6,7,8,9,10,11,13\nB,2,3,4,5,6,7,8,9,10,11,12,14\n",
        ["1", "2", "3", "4", "5", "6", "7", "8", "9", "10", "11", "13"],
        ("A", "B"),
    ),
    "no header": (
        "Sales,10,12,15,14,13,11\nCosts,5,6,7,8,9,9\n",
        ["10", "12", "15", "14", "13", "11"],
        ("Sales", "Costs"),
    ),
    "long lines of numbers": (
        "\n".join(",".join(str(i * k) for i in range(40)) for k in (1, 2)),
        [str(i) for i in range(40)],
        ("row 1", "row 2"),
    ),
}


@pytest.mark.parametrize("name", ACROSS)
def test_a_series_in_each_row_is_read(name: str) -> None:
    text, values, names = ACROSS[name]
    table = read_table(text)
    assert table.detected.layout == "rows"
    assert table.row_names == names
    assert table.detected.row == names[0]
    np.testing.assert_array_equal(table.series().values, np.array(values, dtype=float))


@pytest.mark.parametrize("name", ACROSS)
def test_another_row_can_be_chosen(name: str) -> None:
    text, _, names = ACROSS[name]
    table = read_table(text, choices=ReadChoices(row=names[-1]))
    assert table.detected.row == names[-1]
    assert list(table.data) == [names[-1]]
    with pytest.raises(ReadError, match="no row 'nobody'"):
        read_table(text, choices=ReadChoices(row="nobody"))


def test_the_header_of_a_wide_table_holds_the_times() -> None:
    table = read_table(BANK)
    assert table.detected.header == 5
    assert table.time is not None
    assert str(table.time[0])[:4] == "1990"
    late = read_table(BANK, choices=ReadChoices(row="Borland"))
    np.testing.assert_array_equal(late.series().values, [6, 7, 8])  # no value for 1990
    assert late.word == "column"
    assert list(late.rows) == [4, 5, 6]


def test_one_click_reads_a_wide_table_as_columns() -> None:
    text = ACROSS["semicolon and comma"][0]
    note = next(note for note in read_table(text).notes if note.change == {"layout": "columns"})
    columns = read_table(text, choices=ReadChoices(**note.change))
    assert columns.detected.layout == "columns"
    assert len(columns.data) <= 3


@pytest.mark.parametrize(
    "text",
    [
        "Day,2020,2021,2022\n" + "\n".join(f"{i},{i},{i},5" for i in range(1, 30)),
        "Date,2020,2021,2022\n01-01,1,2,3\n01-02,2,3,4\n01-03,3,4,5\n",
        "date,s1,s2,s3,s4,s5,s6\n2024-01-01,1,2,3,4,5,6\n2024-01-02,1,2,3,4,5,7\n",
    ],
)
def test_other_wide_tables_have_a_series_in_each_column(text: str) -> None:
    assert read_table(text).detected.layout == "columns"


def long_table(mark: str, header: str, dates: list[str], ids: list[str], by_date: bool) -> str:
    pairs = [(i, day) for day in dates for i in ids] if by_date else [
        (i, day) for i in ids for day in dates
    ]  # fmt: skip
    lines = [
        mark.join((name, day, str(10 * ids.index(name) + dates.index(day)))) for name, day in pairs
    ]
    return "\n".join([mark.join(header.split()), *lines]) + "\n"


DAYS = [f"2024-03-{day:02d}" for day in range(11, 21)]
LONG = {
    "shops": long_table(",", "unique_id ds y", DAYS, ["a", "b", "c"], False),
    "stations by date": long_table(";", "Station Datum Wert", DAYS, ["101", "102"], True),
    "a variable and its value": long_table(
        "\t", "variable year value", [str(year) for year in range(1990, 2000)], ["t", "rain"], False
    ),
    "a total among the groups": long_table(
        ",", "region date v", DAYS, ["North", "South", "Total"], True
    ),
}


@pytest.mark.parametrize("name", LONG)
def test_a_long_table_asks_which_series(name: str) -> None:
    table = read_table(LONG[name])
    assert len(table.row_names) in (2, 3)
    assert table.detected.row == table.row_names[0]
    np.testing.assert_array_equal(table.series().values, np.arange(10))
    assert table.time is not None
    note = next(note for note in table.notes if "row" in note.change)
    other = read_table(LONG[name], choices=ReadChoices(**note.change))
    np.testing.assert_array_equal(other.series().values, np.arange(10, 20))
    assert other.detected.row == table.row_names[1]


def test_two_columns_can_tell_the_series_apart() -> None:
    rows = [
        f"{day},{region},{product},{i}"
        for region in "NS"
        for product in "xy"
        for i, day in enumerate(DAYS)
    ]
    table = read_table("date,region,product,sold\n" + "\n".join(rows))
    assert table.row_names == ("N / x", "N / y", "S / x", "S / y")
    np.testing.assert_array_equal(table.series("sold").values, np.arange(10))


def test_an_unknown_series_is_refused_with_the_names() -> None:
    with pytest.raises(ReadError, match=r"no series 'd'\. The series are 'a', 'b', 'c'"):
        read_table(LONG["shops"], choices=ReadChoices(row="d"))


def test_repeated_times_without_names_are_refused() -> None:
    with pytest.raises(ReadError, match="same time more than once"):
        read_table("date,v\n2020-01-01,1\n2020-01-01,2\n2020-01-02,1\n2020-01-02,3\n")


def test_a_text_beside_single_times_is_no_series_name() -> None:
    table = read_table("date,state,v\n" + "".join(f"{d},{'on' if i % 2 else 'off'},{i}\n"
                                                  for i, d in enumerate(DAYS)))  # fmt: skip
    assert table.row_names == ()
    assert isinstance(table.time, pd.DatetimeIndex)
    assert len(table.series()) == 10
