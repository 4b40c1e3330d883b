"""Tables across: years by months, months by days and days by hours become one series."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import numpy as np
import pandas as pd
import pytest

from gru_core.data.reading import ReadChoices, read_table
from gru_core.errors import ReadError

MONTHS = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec"


def table(
    header: str, labels: Iterable[object], columns: int, mark: str = ",", more: str = ""
) -> str:
    """A table whose values count on from 0, line by line. `more` stands behind every line."""
    lines = [mark.join(header.split())]
    for row, label in enumerate(labels):
        values = mark.join(str(row * columns + column) for column in range(columns))
        lines.append(f"{label}{mark}{values}{more}")
    return "\n".join(lines) + "\n"


def numbers(first: int, last: int, word: str = "") -> str:
    return " ".join(f"{word}{number}" for number in range(first, last + 1))


DAYS = pd.date_range("2024-02-27", periods=4)
CALENDARS = {
    "years by months": (table(f"Year {MONTHS}", range(2001, 2005), 12), "2001-01-01", "MS"),
    "months with totals": (
        table(f"YEAR {MONTHS.upper()} ANN", range(2001, 2005), 12, more=",99"),
        "2001-01-01",
        "MS",
    ),
    "a title above and a mean below": (
        "Rain at Alpha in mm\n" + table(f"yr;{MONTHS}".replace(";", " "), range(1990, 1993), 12)
        + "Mean" + ",5" * 12,
        "1990-01-01",
        "MS",
    ),
    "months by number": (
        table(f"year {numbers(1, 12)}", range(1980, 1986), 12), "1980-01-01", "MS",
    ),
    "no name above the years": (
        "," + table(numbers(1, 12), range(1980, 1986), 12), "1980-01-01", "MS",
    ),
    "letters for months": (
        table("Yr J F M A M J J A S O N D", range(1980, 1984), 12), "1980-01-01", "MS",
    ),
    "one year": (table(f"Year {MONTHS}", [2023], 12), "2023-01-01", "MS"),
    "fiscal years from April": (
        table("FY Apr May Jun Jul Aug Sep Oct Nov Dec Jan Feb Mar", ["2001-02", "2002-03"], 12)
        .replace("FY", "Period"),
        "2001-04-01",
        "MS",
    ),
    "water years": (
        table("Water_year Oct Nov Dec Jan Feb Mar Apr May Jun Jul Aug Sep", [2001, 2002], 12)
        .replace("_", " "),
        "2000-10-01",
        "MS",
    ),
    "as R prints it": (
        f"     {MONTHS}\n1949 " + numbers(0, 11) + "\n1950 " + numbers(12, 23) + "\n",
        "1949-01-01",
        "MS",
    ),
    "no header, but a line with the first and the last year": (
        " 1948 1950\n" + table("", [1948, 1949, 1950], 12, " ").lstrip() + " -99.9\n my index\n",
        "1948-01-01",
        "MS",
    ),
    "quarters": (table("Jahr Q1 Q2 Q3 Q4", range(2010, 2015), 4, ";"), "2010-01-01", "QS"),
    "days by hours": (
        table("Date " + " ".join(f"{hour:02d}:00" for hour in range(24)), DAYS.date, 24),
        "2024-02-27",
        "h",
    ),
    "days by hours from 1 to 24": (
        table(f"Datum {numbers(1, 24, 'h')}", DAYS.strftime("%d.%m.%Y"), 24, ";"),
        "2024-02-27",
        "h",
    ),
    "years, months and days apart": (
        table(f"Y M D {numbers(0, 23)}", DAYS.strftime("%Y,%m,%d"), 24), "2024-02-27", "h",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", CALENDARS)
def test_a_calendar_is_unrolled_to_one_series_in_order(name: str) -> None:
    text, first, step = CALENDARS[name]
    read = read_table(text)
    values = read.series().values
    np.testing.assert_array_equal(values, np.arange(len(values)))
    assert len(values) >= 12
    assert read.detected.layout == "calendar"
    assert read.time is not None
    assert list(read.time) == list(pd.date_range(first, periods=len(values), freq=step))


def test_months_in_rows_and_years_in_columns_are_unrolled() -> None:
    rows = [f"{month},{i},{12 + i},{24 + i}" for i, month in enumerate(MONTHS.split())]
    read = read_table("Month,2019,2020,2021\n" + "\n".join([*rows, "Total,66,210,354"]))
    np.testing.assert_array_equal(read.series().values, np.arange(36))
    assert read.time is not None
    assert list(read.time) == list(pd.date_range("2019-01-01", periods=36, freq="MS"))


def test_days_that_do_not_exist_are_passed_over() -> None:
    text = table(f"Month {numbers(1, 31)}", ["2023-01", "2023-02", "2023-03"], 31)
    read = read_table(text.replace("58,59,60,61", "58,,,"))
    assert read.time is not None
    assert list(read.time) == list(pd.date_range("2023-01-01", "2023-03-31"))


MONTH_FORMS = {
    "digits": ["202301", "202302", "202303"],
    "numbers": ["1/2023", "2/2023", "3/2023"],
    "names": ["Jan 2023", "Feb 2023", "Mar 2023"],
    "names behind the year": ["2023 jan.", "2023 févr.", "2023 mars"],
    "a letter": ["2023M01", "2023M02", "2023M03"],
    "words between": ["enero de 2023", "febrero de 2023", "marzo de 2023"],
}


@pytest.mark.parametrize("form", MONTH_FORMS)
def test_the_months_beside_days_may_have_any_form_of_a_month(form: str) -> None:
    read = read_table(table(f"Month {numbers(1, 31)}", MONTH_FORMS[form], 31))
    assert read.detected.layout == "calendar"
    assert read.time is not None
    assert list(read.time) == list(pd.date_range("2023-01-01", "2023-03-31"))


@pytest.mark.parametrize(
    "header",
    [
        "Jahr;Januar;Februar;März;April;Mai;Juni;Juli;August;September;Oktober;November;Dezember",
        "Año;Ene;Feb;Mar;Abr;May;Jun;Jul;Ago;Sep;Oct;Nov;Dic",
        "Année;janv.;févr.;mars;avr.;mai;juin;juil.;août;sept.;oct.;nov.;déc.",
        "Anno;gen;feb;mar;apr;mag;giu;lug;ago;set;ott;nov;dic",
    ],
)
def test_months_have_names_in_many_languages(header: str) -> None:
    pytest.importorskip("babel")
    read = read_table(header + "\n" + table("", [2001, 2002], 12, ";").lstrip())
    np.testing.assert_array_equal(read.series().values, np.arange(24))


def test_months_that_are_still_to_come_are_cut_off() -> None:
    text = table(f"Year {MONTHS}", [2001, 2002, 2003], 12).replace("33,34,35", ",,")
    np.testing.assert_array_equal(read_table(text).series().values, np.arange(33))


def test_years_from_new_to_old_are_put_in_order() -> None:
    text = table(f"Year {MONTHS}", [2003, 2002, 2001], 12)
    values = read_table(text).series().values
    np.testing.assert_array_equal(values, [*range(24, 36), *range(12, 24), *range(12)])


def test_a_calendar_for_each_region_asks_for_the_region() -> None:
    rows = [f"{region},{year}" for region in ("North", "South") for year in (2001, 2002, 2003)]
    text = table(f"Region Year {MONTHS}", rows, 12)
    read = read_table(text)
    assert read.row_names == ("North", "South")
    np.testing.assert_array_equal(read.series().values, np.arange(36))
    south = read_table(text, choices=ReadChoices(row="South"))
    np.testing.assert_array_equal(south.series().values, np.arange(36, 72))


def test_one_click_reads_a_calendar_as_columns_and_back() -> None:
    text = table(f"Year {MONTHS}", range(2001, 2005), 12)
    note = next(note for note in read_table(text).notes if "by months" in note.text)
    columns = read_table(text, choices=ReadChoices(**note.change))
    assert list(columns.data)[-12:] == MONTHS.split()
    back = read_table(text, choices=ReadChoices(layout="calendar"))
    assert len(back.series()) == 48


@pytest.mark.parametrize(
    "text",
    [
        "year,Germany,France\n2001,1,2\n2002,3,4\n2003,5,6\n",
        "date,Mar,Sun\n2001-01-01,1,2\n2001-01-02,3,4\n",
        "Month,Sales\n" + "\n".join(f"{month},5" for month in MONTHS.split() * 2),
    ],
)
def test_other_tables_are_no_calendars(text: str) -> None:
    assert read_table(text).detected.layout == "columns"
    with pytest.raises(ReadError, match="no table of years by months"):
        read_table(text, choices=ReadChoices(layout="calendar"))


@pytest.fixture(params=[f"Year {MONTHS}", f"Month {numbers(1, 31)}"])
def calendar(request: pytest.FixtureRequest) -> Callable[[], str]:
    labels = {32: ["2023-01", "2023-03"], 13: [2001, 2002]}[len(request.param.split())]
    return lambda: table(request.param, labels, len(request.param.split()) - 1)


def test_the_rows_of_a_calendar_are_the_lines_of_its_values(calendar: Callable[[], str]) -> None:
    read = read_table(calendar())
    assert set(read.rows) == {2, 3}
    assert read.detected.header == 1
