"""Titles, headers, units, comments and footers around a table, and rows that are no data."""

from __future__ import annotations

import numpy as np
import pytest

from gru_core.data.reading import ReadChoices, read_table

DAYS = [f"2024-01-{day:02d}" for day in range(1, 9)]


def rows(mark: str = ",", columns: int = 1) -> str:
    """Eight days with the values 1 to 8; the second column has 11 to 18."""
    return "".join(
        mark.join([day, *(str(10 * column + i) for column in range(columns))]) + "\n"
        for i, day in enumerate(DAYS, start=1)
    )


#: The text, its header line, and the rows that are left out.
AROUND = {
    "a block of text": (
        "-BEGIN-\nMade-up data\nDates: 01/01/2024 through 08/01/2024\nAltitude 100 m\n-END-\n"
        "day,v\n" + rows(), 6, (),
    ),
    "names and values": (
        "Station,12345\nLatitude,48.1\nElevation,520 m\ndate,v\n" + rows(), 4, (),
    ),
    "names and texts": ("Ort;Berlin\nLand;Deutschland\n\nDatum;v\n" + rows(";"), 4, ()),
    "more text than data": (
        "\n".join(f"Line {i} of the licence, with commas" for i in range(30)) + "\ndate\tv\n"
        + rows("\t"), 31, (),
    ),
    "titles in quotes": ('"Sales, by day"\n"Source: a, b"\n\n"date","v"\n' + rows(), 4, ()),
    "units below": ("date,v,w\n,degC,hPa\n" + rows(",", 2), 1, (2,)),
    "formats below": ("time;v;w\nyyyy-mm-dd;[m³/s];[m]\n" + rows(";", 2), 1, (2,)),
    "widths and types below": ("datetime\tv\tw\n20d\t14n\t10s\n" + rows("\t", 2), 1, (2,)),
    "types below": ("date,v,w\ndate,float,int\n" + rows(",", 2), 1, (2,)),
    "an index name alone": ("Price,v,w\nTicker,X,X\nDate,,\n" + rows(",", 2), 3, ()),
    "a comment as header": ("#date,v\n" + rows(), 1, ()),
    "the last comment as header": ("% made up\n% date; v\n" + rows(";"), 2, ()),
    "comments above": ("// made up\n// by hand\ndate,v\n" + rows(), 3, ()),
    "a comment inside": ("date,v\n" + rows().replace("2024-01-03", "# moved\n2024-01-03"), 1, ()),
    "a source below": ("date,v\n" + rows() + "\nSource: Office\nNote: 2024 is provisional\n",
                       1, (11, 12)),
    "a footer with commas": ('date,v\n' + rows() + '"Source: a, b"\n(c) 2024, Office, Town\n',
                             1, (10, 11)),
    "a footer with empty cells": ("date,v,w\n" + rows(",", 2) + ",,\nQuelle: Amt,,\n", 1, (11,)),
    "a German footer": ("Datum;v\n" + rows(";") + "\n© Amt für Statistik, 2024\n", 1, (11,)),
    "a total": ("date,v\n" + rows() + "Total,36\n", 1, (10,)),
    "sum and mean": ("Datum;v\n" + rows(";") + "Summe;36\nMittelwert;4,5\n", 1, (10, 11)),
    "French totals": ("date\tv\n" + rows("\t") + "Total général\t36\nMoyenne\t4,5\n", 1, (10, 11)),
    "a total above": ("date,v\nTOTAL:,36\n" + rows(), 1, (2,)),
    "a sum without a word": ("date,v\n" + rows() + ",36\n", 1, (10,)),
    "a mean without a word": ("date,v\n" + rows() + "All days,4.5\n", 1, (10,)),
    "a total and a source": ("date,v\n" + rows() + "Grand Total,36\n\nSource: Office\n",
                             1, (10, 12)),
    "the header again": ("date,v\n" + rows().replace("2024-01-05", "date,v\n2024-01-05"), 1, (6,)),
}  # fmt: skip


@pytest.mark.parametrize("name", AROUND)
def test_what_is_no_data_is_passed_over_and_said(name: str) -> None:
    text, header, left_out = AROUND[name]
    table = read_table(text)
    np.testing.assert_array_equal(table.series("v").values, np.arange(1, 9))
    assert table.time is not None
    assert [str(day)[:10] for day in table.time] == DAYS
    assert table.detected.header == header
    assert table.detected.left_out == left_out
    notes = " ".join(map(str, table.notes))
    for line in left_out:
        assert f"{line}" in notes


@pytest.mark.parametrize("name", [name for name, (*_, left_out) in AROUND.items() if left_out])
def test_rows_that_are_left_out_can_be_named(name: str) -> None:
    text, header, left_out = AROUND[name]
    table = read_table(text, choices=ReadChoices(left_out=left_out, header=header))
    np.testing.assert_array_equal(table.series("v").values, np.arange(1, 9))
    fewer = read_table(text, choices=ReadChoices(left_out=(*left_out, int(table.rows[0]))))
    np.testing.assert_array_equal(fewer.series("v").values, np.arange(2, 9))


def test_totals_of_each_year_are_left_out() -> None:
    months = [f"{year}-{month:02d}" for year in (2022, 2023) for month in range(1, 13)]
    lines = [f"{month},{i}" for i, month in enumerate(months)]
    lines = ["month,v", *lines[:12], "2022 Total,66", *lines[12:], "2023 Total,210"]
    table = read_table("\n".join(lines))
    np.testing.assert_array_equal(table.series().values, np.arange(24))
    assert table.detected.left_out == (14, 27)


def test_a_total_among_months_is_left_out() -> None:
    months = ["January", "February", "March", "April", "May", "June", "July"]
    text = "Month,Sales\n" + "".join(f"{month},{i}\n" for i, month in enumerate(months))
    np.testing.assert_array_equal(read_table(text + "Total,21\n").series("Sales").values, range(7))


def test_a_left_out_row_comes_back_with_one_click() -> None:
    text = "name,v\n" + "".join(f"{name},{i}\n" for i, name in enumerate("abcdefg")) + "Total,21\n"
    note = next(note for note in read_table(text).notes if "Total" in note.text)
    assert note.label == "Keep this row"
    back = read_table(text, choices=ReadChoices(**note.change))
    assert back.series("v").values[-1] == 21


def test_another_row_can_be_the_header() -> None:
    text = "Date,Air temperature,Wind\nDATE,TA,WS\n" + rows(",", 2)
    table = read_table(text)
    assert list(table.data) == ["TA", "WS"]
    note = next(note for note in table.notes if "header" in note.change)
    other = read_table(text, choices=ReadChoices(**note.change))
    assert list(other.data) == ["Air temperature", "Wind"]
    np.testing.assert_array_equal(other.series("Wind").values, np.arange(11, 19))


def test_a_group_above_equal_names_tells_them_apart() -> None:
    lines = [f"{day},{i},{i + 1},{i + 2},{i + 3}" for i, day in enumerate(DAYS)]
    text = ",Temp,,Rain,\ndate,min,max,min,max\n" + "\n".join(lines)
    assert list(read_table(text).data) == ["Temp min", "Temp max", "Rain min", "Rain max"]


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("Monthly\nsales\n1\n2\n3\n", [1, 2, 3]),
        ("v\n1\n2\n3\n\nSource: Office of Widgets\n", [1, 2, 3]),
        ("v\n1\n# a new sensor\n2\n3\n", [1, 2, 3]),
        ("month,v\nJanuary,1\nFebruary,2\nMarch,\n", [1, 2, np.nan]),
        ("date,v\n2024-01-01,1\n2024-01-02,2\n2024-01-03,NA\n", [1, 2, np.nan]),
    ],
)
def test_rows_of_data_at_the_ends_stay(text: str, values: list[float]) -> None:
    np.testing.assert_array_equal(read_table(text).data.iloc[:, -1], values)


@pytest.mark.parametrize("error", ["#N/A", "#DIV/0!", "#NV"])
def test_an_error_of_a_spreadsheet_is_no_comment(error: str) -> None:
    np.testing.assert_array_equal(read_table(f"v\n1\n{error}\n3\n").data["v"], [1, np.nan, 3])
