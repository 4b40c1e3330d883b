"""Dates are read in the notations, languages and orders in which people write them."""

from __future__ import annotations

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gru_core.data.reading import ReadChoices, Table, read_table
from gru_core.errors import ReadError


def table_of(times: list[str], *, name: str = "date", choices: ReadChoices | None = None) -> Table:
    rows = "".join(f'"{time}";{i * 7 % 11}\n' for i, time in enumerate(times))
    return read_table(f"{name};v\n{rows}", choices=choices or ReadChoices())


def notes_of(table: Table) -> str:
    return " ".join(map(str, table.notes))


NOTATIONS = [
    # months
    ("2015M11 2015M12 2016M01", "2015-11-01", "1 month"),
    ("2015-M11 2015-M12 2016-M01", "2015-11-01", "1 month"),
    ("M11/2015 M12/2015 M01/2016", "2015-11-01", "1 month"),
    ("11/2015 12/2015 01/2016", "2015-11-01", "1 month"),
    ("Nov-49 Dec-49 Jan-50", "1949-11-01", "1 month"),
    ("November '15|December '15|January '16", "2015-11-01", "1 month"),
    ("2015 Nov|2015 Dec|2016 Jan", "2015-11-01", "1 month"),
    ("2015年11月 2015年12月 2016年1月", "2015-11-01", "1 month"),
    # quarters and halves
    ("2015.Q3 2015.Q4 2016.Q1", "2015-07-01", "3 months"),
    ("3Q15 4Q15 1Q16", "2015-07-01", "3 months"),
    ("T3 2015|T4 2015|T1 2016", "2015-07-01", "3 months"),
    ("3. Quartal 2015|4. Quartal 2015|1. Quartal 2016", "2015-07-01", "3 months"),
    ("3e trimestre 2015|4e trimestre 2015|1er trimestre 2016", "2015-07-01", "3 months"),
    ("2015-S1 2015-S2 2016-S1", "2015-01-01", "6 months"),
    ("2015H1 2015H2 2016H1", "2015-01-01", "6 months"),
    # weeks
    ("2020-W52 2020-W53 2021-W01", "2020-12-21", "7 days"),
    ("2020W52 2020W53 2021W01", "2020-12-21", "7 days"),
    ("KW 52/2020|KW 53/2020|KW 01/2021", "2020-12-21", "7 days"),
    ("Week 52, 2020|Week 53, 2020|Week 1, 2021", "2020-12-21", "7 days"),
    ("52. KW 2020|53. KW 2020|1. KW 2021", "2020-12-21", "7 days"),
    ("S52-2020 S53-2020 S01-2021", "2020-12-21", "7 days"),
    ("2020/51 2020/52 2020/53", "2020-12-14", "7 days"),
    ("2020-W52-3 2020-W52-4 2020-W52-5", "2020-12-23", "1 day"),
    # fiscal years and seasons
    ("1998/99 1999/00 2000/01", "1998-01-01", "1 year"),
    ("1998-1999 1999-2000 2000-2001", "1998-01-01", "1 year"),
    ("98/99 99/00 00/01", "1998-01-01", "1 year"),
    ("FY1998 FY1999 FY2000", "1998-01-01", "1 year"),
    ("FY 98/99|FY 99/00|FY 00/01", "1998-01-01", "1 year"),
    ("Winter 1998/99|Winter 1999/00|Winter 2000/01", "1998-01-01", "1 year"),
    ("GJ 1998/99|GJ 1999/00|GJ 2000/01", "1998-01-01", "1 year"),
    # days
    ("Wednesday, 31 January 2024|Thursday, 1 February 2024", "2024-01-31", "1 day"),
    ("Wed Jan 31 2024|Thu Feb 01 2024", "2024-01-31", "1 day"),
    ("Jan. 31, 2024|Feb. 1, 2024", "2024-01-31", "1 day"),
    ("31st Jan 2024|1st Feb 2024", "2024-01-31", "1 day"),
    ("2024-Jan-31 2024-Feb-01", "2024-01-31", "1 day"),
    ("2024年1月31日 2024年2月1日", "2024-01-31", "1 day"),
    ("2024-031 2024-032", "2024-01-31", "1 day"),
    # with a time of day
    ("31JAN2024:23:00:00 01FEB2024:00:00:00", "2024-01-31 23:00", "1 hour"),
    ("20240131:2310 20240201:0010", "2024-01-31 23:10", "1 hour"),
    ("20240131T2300 20240201T0000", "2024-01-31 23:00", "1 hour"),
    ("2024-01-31 23|2024-02-01 00", "2024-01-31 23:00", "1 hour"),
    ("31.01.2024 23h00|01.02.2024 00h00", "2024-01-31 23:00", "1 hour"),
    ("31.01.2024 23.00|1.2.2024 0.00", "2024-01-31 23:00", "1 hour"),
    ("31.01.2024 23:00 - 01.02.2024 00:00|01.02.2024 00:00 - 01.02.2024 01:00",
     "2024-01-31 23:00", "1 hour"),
    ("2024-01-29/2024-02-04|2024-02-05/2024-02-11", "2024-01-29", "7 days"),
    ("01/29/2024 to 02/04/2024|02/05/2024 to 02/11/2024", "2024-01-29", "7 days"),
    ("31.01.2024 23:00|31.01.2024 24:00", "2024-01-31 23:00", "1 hour"),
    ("31.01.2024 23:00 Uhr|01.02.2024 0:00 Uhr", "2024-01-31 23:00", "1 hour"),
    ("1/31/2024 11:00 p.m.|2/1/2024 12:00 a.m.", "2024-01-31 23:00", "1 hour"),
]  # fmt: skip


@pytest.mark.parametrize(("times", "first", "step"), NOTATIONS)
def test_a_notation_is_read(times: str, first: str, step: str) -> None:
    table = table_of(times.split("|" if "|" in times else " "), name="when")
    assert table.time is not None
    assert table.time[0] == pd.Timestamp(first)
    assert table.step == step
    assert "Left out" not in notes_of(table)


ZONES = [
    ("2024-10-27 01:00 +0200|2024-10-27 02:00 +0200|2024-10-27 02:00 +0100", "2024-10-26 23:00"),
    ("2024-10-27 01:00 CEST|2024-10-27 02:00 CEST|2024-10-27 02:00 CET", "2024-10-26 23:00"),
    ("2024-11-03T01:00:00-04:00|2024-11-03T01:00:00-05:00", "2024-11-03 05:00"),
    ("Nov 3, 2024 1:00 AM EDT|Nov 3, 2024 1:00 AM EST", "2024-11-03 05:00"),
    ("2024-01-01 00:00Z|2024-01-01 01:00Z", "2024-01-01 00:00"),
]


@pytest.mark.parametrize(("times", "first"), ZONES)
def test_hours_with_zones_become_utc(times: str, first: str) -> None:
    table = table_of(times.split("|"), name="t")
    assert table.time is not None
    assert table.time[0] == pd.Timestamp(first)
    assert table.step == "1 hour"
    assert "converted to UTC" in notes_of(table)


@pytest.mark.parametrize(("frequency", "step"), [("D", "1 day"), ("MS", "1 month")])
@pytest.mark.parametrize("place", ["Europe/Paris", "America/Chicago"])
def test_local_days_with_zones_stay_days(frequency: str, step: str, place: str) -> None:
    index = pd.date_range("2024-01-01", periods=300, freq=frequency, tz=place)
    table = table_of([time.isoformat() for time in index])
    assert table.time is not None
    assert list(table.time) == list(index.tz_localize(None))
    assert table.step == step
    assert "zones of the times were left out" in notes_of(table)


def test_an_unknown_zone_is_refused() -> None:
    with pytest.raises(ReadError, match=r"no valid time in row 3 \('2024-01-02 00:00 XYZ'\)"):
        table_of(["2024-01-01 00:00", "2024-01-02 00:00 XYZ", "2024-01-03 00:00"])


LANGUAGES = [
    ("Mär 2015|Apr 2015|Mai 2015", "2015-03-01"),
    ("Mrz 15|Apr 15|Mai 15", "2015-03-01"),
    ("30. Dezember 2015|31. Dezember 2015|1. Januar 2016", "2015-12-30"),
    ("Mi, 30.12.2015|Do, 31.12.2015|Fr, 01.01.2016", "2015-12-30"),
    ("enero de 2015|febrero de 2015|marzo de 2015", "2015-01-01"),
    ("30 de diciembre de 2015|31 de diciembre de 2015|1 de enero de 2016", "2015-12-30"),
    ("juin 2015|juil. 2015|août 2015", "2015-06-01"),
    ("mar. 1 mars 2022|mer. 2 mars 2022|jeu. 3 mars 2022", "2022-03-01"),
    ("gennaio 2015|febbraio 2015|marzo 2015", "2015-01-01"),
    ("mrt 2015|apr 2015|mei 2015", "2015-03-01"),
    ("wrz 2015|paź 2015|lis 2015", "2015-09-01"),
    ("Ocak 2015|Şubat 2015|Mart 2015", "2015-01-01"),
    ("30 декабря 2015|31 декабря 2015|1 января 2016", "2015-12-30"),
]


@pytest.mark.parametrize(("times", "first"), LANGUAGES)
def test_names_of_months_are_read_in_other_languages(times: str, first: str) -> None:
    table = table_of(times.split("|"))
    assert table.time is not None
    assert table.time[0] == pd.Timestamp(first)
    assert table.step in ("1 day", "1 month")


FREQUENCIES = ["D", "W-MON", "MS", "ME", "QS", "YS", "h", "15min"]
DAYS = ["%Y-%m-%d", "%d.%m.%Y", "%d %b %Y", "%B %d, %Y", "%A, %d %B %Y", "%Y/%m/%d", "%Y%m%d"]


@settings(deadline=None, max_examples=100)
@given(
    start=st.datetimes(pd.Timestamp("1960-01-01"), pd.Timestamp("2030-01-01")),
    count=st.integers(20, 60),
    frequency=st.sampled_from(FREQUENCIES),
    day=st.sampled_from(DAYS),
    clock=st.sampled_from([" %H:%M", " %H:%M:%S", " %I:%M %p"]),
    backwards=st.booleans(),
)
def test_dates_are_read_as_they_were_written(
    start: pd.Timestamp, count: int, frequency: str, day: str, clock: str, backwards: bool
) -> None:
    begin = pd.Timestamp(start).floor("h")
    index = pd.date_range(begin, periods=count + 3, freq=frequency)
    if frequency not in ("h", "15min"):
        index, clock = index.normalize(), ""
    written = list(index[:count].strftime(day + clock))
    table = table_of(written[::-1] if backwards else written)
    assert table.time is not None
    assert list(table.time) == list(index[:count])
    assert list(table.series().times(count, count + 3)) == list(index[count:])


ORDERS = [
    # the first of each month, the first Friday of each month, the last day of each quarter
    (["01/01/2015", "01/02/2015", "01/03/2015", "01/04/2015", "01/01/2016"], "day", "2015-02-01"),
    (["02/01/2015", "06/02/2015", "06/03/2015", "03/04/2015", "01/05/2015"], "day", "2015-02-06"),
    (["01/02/2015", "02/06/2015", "03/06/2015", "04/03/2015", "05/01/2015"], "month", "2015-02-06"),
    (["20-01-30", "20-01-31", "20-02-01", "20-02-02"], "year", "2020-01-31"),
    (["30-01-20", "31-01-20", "01-02-20", "02-02-20"], "day", "2020-01-31"),
    (["01-30-20", "01-31-20", "02-01-20", "02-02-20"], "month", "2020-01-31"),
    (["05/06/24", "12/06/24", "19/06/24", "26/06/24", "03/07/24"], "day", "2024-06-12"),
    (["03/01/2021", "02/01/2021", "01/01/2021", "12/01/2020"], "month", "2021-01-01"),
]


@pytest.mark.parametrize(("times", "first", "second"), ORDERS)
def test_the_order_makes_the_rows_increase_with_a_regular_step(
    times: list[str], first: str, second: str
) -> None:
    table = table_of(times, name="d")
    assert table.detected.dates == first
    assert table.time is not None
    assert table.time[1] == pd.Timestamp(second)


def test_another_possible_order_is_one_click_away() -> None:
    times = [f"01/{month:02}/2015" for month in range(1, 13)]
    table = table_of(times)  # twelve days, or the first days of twelve months
    (note,) = [note for note in table.notes if note.change]
    assert "Ambiguous dates: '01/01/2015'" in note.text
    other = table_of(times, choices=ReadChoices(**note.change))
    assert {table.step, other.step} == {"1 day", "1 month"}
    assert other.detected.dates == note.change["dates"]
    assert not [note for note in other.notes if note.change]


def test_two_orders_in_one_column_are_refused() -> None:
    with pytest.raises(ReadError, match=r"mixes two orders .*'13/01/2020' and '01/14/2020'"):
        table_of(["13/01/2020", "01/14/2020", "02/02/2020"])


NUMBERS = [
    (["201911", "201912", "202001", "202002"], "2019-11-01", "1 month"),
    (["2019.11", "2019.12", "2020.01", "2020.02"], "2019-11-01", "1 month"),
    (["2019.9", "2019.10", "2019.11", "2019.12"], "2019-09-01", "1 month"),
    (["2019.09", "2019.1", "2019.11", "2019.12"], "2019-09-01", "1 month"),  # 2019.10 as a number
    (["201951", "201952", "202001", "202002"], "2019-12-16", "7 days"),
    (["20191230", "20191231", "20200101"], "2019-12-30", "1 day"),
    (["2019123122", "2019123123", "2020010100"], "2019-12-31 22:00", "1 hour"),
    (["2019123123", "2019123124", "2020010101"], "2019-12-31 23:00", "1 hour"),
    (["201912312345", "202001010000", "202001010015"], "2019-12-31 23:45", "15 minutes"),
    (["20191231235959", "20200101000000", "20200101000001"], "2019-12-31 23:59:59", "1 second"),
    (["1577836800", "1577923200", "1578009600"], "2020-01-01", "1 day"),
    (["1577836800000", "1577840400000", "1577844000000"], "2020-01-01", "1 hour"),
    (["1577836800003", "1577836859998", "1577836920001"], "2020-01-01 00:00:00.003",
     "about 1 minute"),
    (["43829", "43830", "43831"], "2019-12-30", "1 day"),
    (["43770", "43800", "43831"], "2019-11-01", "1 month"),
]  # fmt: skip


@pytest.mark.parametrize(("times", "first", "step"), NUMBERS)
def test_numbers_that_are_dates_become_dates_and_can_be_numbers_again(
    times: list[str], first: str, step: str
) -> None:
    table = table_of(times)
    assert table.time is not None
    assert table.time[0] == pd.Timestamp(first)
    assert table.step == step
    assert table.time[0] < table.time[-1] < table.next_time  # type: ignore[operator]
    (note,) = [note for note in table.notes if note.change]
    assert times[0] in note.text
    numbers = table_of(times, choices=ReadChoices(time_column="date", **note.change))
    assert numbers.time is None or float(times[0]) in list(numbers.time)


@pytest.mark.parametrize(
    "times",
    [
        ["1", "2", "3", "4"],
        ["1990", "1991", "1992"],
        ["200000", "200100", "200200"],  # no months
        ["100", "100000", "43829"],
        ["0.1", "0.2", "0.3"],
        ["1958.2027", "1958.2877", "1958.3699", "1958.4548"],
        ["2015.25", "2015.50", "2015.75", "2016.00"],
    ],
)
def test_other_numbers_are_no_dates(times: list[str]) -> None:
    table = table_of(times)
    assert not isinstance(table.time, pd.DatetimeIndex)


def test_a_counter_is_no_date() -> None:
    table = table_of([str(20_000 + 10 * i) for i in range(9)], name="time")
    assert table.step == "10"


def test_dates_without_a_header_are_found() -> None:
    table = read_table("201911 5\n201912 7\n202001 6\n202002 9\n")
    assert table.step == "1 month"
    assert list(table.data) == ["column 2"]


@pytest.mark.parametrize("cell", ["2020-13-01", "99/99/9999", "0000-00-00", "2020-W54", "abc"])
def test_a_cell_that_is_no_date_is_named(cell: str) -> None:
    good = ["2020-01-01", "2020-01-02", "2020-01-03", "2020-01-04", "2020-01-05"]
    with pytest.raises(ReadError, match=rf"no valid time in row 4 \('{cell}'\)"):
        table_of([*good[:2], cell, *good[2:]])


@pytest.mark.parametrize("text", ["10-12 15-16", "A-12 B-13", "1.5.2 1.5.3", "12:30 12:45", "Q Q"])
def test_other_text_is_no_date(text: str) -> None:
    assert table_of(text.split(), name="code").time is None
