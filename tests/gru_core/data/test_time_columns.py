"""The time may stand in several columns: a date and a clock, or a year, a month and a day."""

from __future__ import annotations

from collections.abc import Callable

import pandas as pd
import pytest

from gru_core.data.reading import ReadChoices, read_table

HOURS = pd.date_range("2024-02-28 20:00", periods=60, freq="h")
DAYS = pd.date_range("2023-12-25", periods=40)
MONTHS = pd.date_range("2019-11-01", periods=30, freq="MS")
QUARTERS = pd.date_range("2015-04-01", periods=12, freq="QS")
WEEKS = pd.date_range("2019-12-02", periods=60, freq="7D")

TOGETHER: list[tuple[str, pd.DatetimeIndex, Callable[[pd.Timestamp], str]]] = [
    ("Date;Time", HOURS, lambda t: f"{t:%d/%m/%Y;%H:%M:%S}"),
    ("Datum;Uhrzeit", HOURS, lambda t: f"{t:%d.%m.%Y;%H.%M}"),
    ("fecha;hora", HOURS, lambda t: f"{t:%d/%m/%Y};{t.hour}"),
    ("day;clock", HOURS, lambda t: f"{t:%Y-%m-%d;%I:%M %p}"),
    ("date;time", HOURS, lambda t: f"{t:%Y%m%d;%H%M}"),
    ("year;month", MONTHS, lambda t: f"{t.year};{t.month}"),
    ("Jahr;Monat", MONTHS, lambda t: f"{t:%Y;%B}"),
    ("Year;Qtr", QUARTERS, lambda t: f"{t.year};Q{t.quarter}"),
    ("année;trimestre", QUARTERS, lambda t: f"{t.year};{t.quarter}"),
    ("year;week", WEEKS, lambda t: f"{t:%G;%V}"),
    ("año;mes;día", DAYS, lambda t: f"{t:%Y;%m;%d}"),
    ("YEAR;MO;DY", DAYS, lambda t: f"{t.year}.0;{t.month}.0;{t.day}.0"),
    ("YEAR;DOY", DAYS, lambda t: f"{t.year};{t.day_of_year}"),
    ("year;doy;hour", HOURS, lambda t: f"{t.year};{t.day_of_year};{t.hour}"),
    ("year;month;day;hour", HOURS, lambda t: f"{t.year};{t.month};{t.day};{t.hour}"),
    ("YY;MM;DD;hh;mm", HOURS, lambda t: f"{t:%Y;%m;%d;%H;%M}"),
    ("Year;Month;Day;Time", HOURS, lambda t: f"{t:%Y;%m;%d;%H:%M}"),
]


@pytest.mark.parametrize(("names", "times", "write"), TOGETHER)
@pytest.mark.parametrize("value_first", [False, True])
def test_columns_are_read_together_as_the_time(
    names: str,
    times: pd.DatetimeIndex,
    write: Callable[[pd.Timestamp], str],
    value_first: bool,
) -> None:
    rows = [(f"{i * 7 % 11}", write(time)) for i, time in enumerate(times)]
    lines = [";".join(row if value_first else row[::-1]) for row in [("load", names), *rows]]
    text = "\n".join(lines)
    table = read_table(text)
    assert table.time is not None
    assert list(table.time) == list(times)
    assert list(table.data) == ["load"]
    (note,) = [note for note in table.notes if "together" in note.text]
    assert "Left out" not in " ".join(map(str, table.notes))
    apart = read_table(text, choices=ReadChoices(**note.change))
    assert apart.time is None
    assert "load" in apart.data


def test_a_date_needs_no_other_columns() -> None:
    rows = "".join(f"{day:%Y-%m-%d,%Y,%m},{i % 7}\n" for i, day in enumerate(DAYS))
    table = read_table("date,year,month,v\n" + rows)
    assert table.detected.time_column == "date"
    assert "together" not in " ".join(map(str, table.notes))


def test_columns_that_repeat_are_joined_for_one_of_the_series_that_share_them() -> None:
    rows = "".join(f"{s},{t.year},{t.month},{i}\n" for s in "ab" for i, t in enumerate(MONTHS))
    table = read_table("shop,year,month,v\n" + rows)
    assert table.row_names == ("a", "b")
    assert list(table.time) == list(MONTHS)  # type: ignore[arg-type]
    both = read_table("shop,year,month,v\n" + rows, choices=ReadChoices(row=""))
    assert both.time is None


def test_a_number_beside_a_clock_is_no_date() -> None:
    rows = "".join(f"{1012 + i % 3}.2,{t:%H:%M},{i}\n" for i, t in enumerate(HOURS))
    table = read_table("pressure,time,v\n" + rows)
    assert "pressure" in table.data
