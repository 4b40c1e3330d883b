"""A step keeps its calendar: over gaps, holidays and changes of the clock, and into the future."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from gru_core.data.reading import Table, read_table
from gru_core.data.series import as_series
from gru_core.data.step_finding import find_step, step_of
from gru_core.errors import ReadError, SeriesError


def table_of(times: pd.DatetimeIndex | list[pd.Timestamp], form: str = "%Y-%m-%d") -> Table:
    rows = "".join(f"{time.strftime(form)},{i}\n" for i, time in enumerate(times))
    return read_table("date,v\n" + rows)


def without(index: pd.DatetimeIndex, *positions: int) -> pd.DatetimeIndex:
    return index.delete(list(positions))


REGULAR = [
    ("MS", "1 month"),
    ("ME", "1 month"),
    ("QE", "3 months"),
    ("YS", "1 year"),
    ("YE", "1 year"),
    ("2MS", "2 months"),
    ("WOM-3FRI", "1 month"),
    ("LWOM-MON", "1 month"),
    ("BME", "1 month"),
    ("BMS", "1 month"),
    ("B", "1 working day"),
    ("D", "1 day"),
    ("W-WED", "7 days"),
    ("14D", "14 days"),
    ("h", "1 hour"),
    ("10min", "10 minutes"),
]


@pytest.mark.parametrize(("frequency", "words"), REGULAR)
def test_a_regular_step_goes_on_as_it_began(frequency: str, words: str) -> None:
    index = pd.date_range("2020-01-15", periods=50, freq=frequency)
    known = pd.DatetimeIndex(list(index[:40]))  # a list has no frequency
    assert step_of(known) == words
    series = as_series(pd.Series(np.arange(40.0), index=known))
    assert list(series.times(40, 50)) == list(index[40:])


@pytest.mark.parametrize(("frequency", "words"), REGULAR)
def test_a_step_goes_on_after_a_gap(frequency: str, words: str) -> None:
    index = pd.date_range("2020-01-15", periods=50, freq=frequency)
    known = without(index[:40], 11, 12, 29)
    series = as_series(pd.Series(np.arange(37.0), index=known))
    assert list(series.times(37, 47)) == list(index[40:])


@pytest.mark.parametrize("frequency", ["MS", "ME", "QS", "YS", "D", "W-MON", "h", "15min"])
def test_a_gap_becomes_a_missing_value(frequency: str) -> None:
    index = pd.date_range("2020-01-01", periods=40, freq=frequency)
    table = table_of(without(index, 7, 20), "%Y-%m-%d %H:%M")
    assert table.time is not None
    assert list(table.time) == list(index)
    assert np.flatnonzero(table.data["v"].isna()).tolist() == [7, 20]
    assert "2 times have no row" in " ".join(map(str, table.notes))
    with pytest.raises(SeriesError, match="2 of 40 values are missing, at times that have no row"):
        table.series()
    filled = table.series(missing="interpolate")
    assert len(filled) == 40
    assert 6 < filled.values[7] < 7  # rows 6 and 7 lie at the times 6 and 8
    dropped = table.series(missing="drop")
    assert len(dropped) == 38
    assert list(filled.times(40, 42)) == list(dropped.times(38, 40))


def test_a_year_that_is_missing_is_a_gap_between_numbers() -> None:
    years = [year for year in range(1950, 1990) if year != 1970]
    table = read_table("year,v\n" + "".join(f"{year},{year % 7}\n" for year in years))
    assert table.time is not None
    assert list(table.time) == list(range(1950, 1990))


def test_a_cell_and_a_row_that_are_missing_are_told_apart() -> None:
    lines = [f"2020-01-{day:02},{day}" for day in range(1, 31) if day != 9]
    lines[2] = "2020-01-03,"
    with pytest.raises(SeriesError, match=r"in row 4 and at a time that has no row \(2020-01-09\)"):
        read_table("\n".join(["date,v", *lines])).series()


def test_many_gaps_are_an_irregular_step() -> None:
    index = pd.date_range("2020-01-01", periods=150)
    table = table_of(index.delete(slice(70, 100)))
    assert table.step is None
    assert len(table.series()) == 120
    assert "Irregular step" in " ".join(map(str, table.notes))
    assert table.next_time == index[-1] + pd.Timedelta(days=1)


@pytest.mark.parametrize(
    ("week", "words"),
    [
        ("Mon Tue Wed Thu Fri", "1 working day"),
        ("Sun Mon Tue Wed Thu", "every Mon, Tue, Wed, Thu, Sun"),
        ("Mon Tue Wed Thu Fri Sat", "every Mon, Tue, Wed, Thu, Fri, Sat"),
        ("Mon Wed Fri", "every Mon, Wed, Fri"),
    ],
)
def test_holidays_are_no_gaps_between_weekdays(week: str, words: str) -> None:
    days = pd.bdate_range("2023-01-02", periods=130, freq="C", weekmask=week)
    table = table_of(without(days[:120], 9, 33, 70))
    assert table.step == words
    assert len(table.series()) == 117
    assert list(table.series().times(117, 127)) == list(days[120:])


def test_a_part_of_a_series_keeps_its_step() -> None:
    days = pd.bdate_range("2023-01-02", periods=25).delete(7)
    whole = as_series(pd.Series(np.arange(24.0), index=days))
    first_week = whole.part(0, 5)
    assert list(first_week.times(5, 6)) == [pd.Timestamp("2023-01-09")]  # no Saturday
    one_day = whole.part(4, 5)
    assert list(one_day.times(1, 2)) == [pd.Timestamp("2023-01-09")]


@pytest.mark.parametrize(
    ("index", "following"),
    [
        (pd.date_range("2023-01-31", periods=4, freq="ME"), "2023-05-31"),
        (pd.date_range("2023-01-02", periods=5, freq="B"), "2023-01-09"),
        (pd.period_range("2023-01", periods=4, freq="M"), "2023-05-01"),
        (pd.PeriodIndex(["2023-01", "2023-02", "2023-05"], freq="M"), "2023-06-01"),
        (pd.PeriodIndex(["2023Q1", "2023Q3"], freq="Q"), "2023-10-01"),
        (pd.period_range("2023-01-01", periods=2, freq="W"), "2023-01-09"),
        (pd.date_range("2024-10-26", periods=30, freq="h", tz="Europe/Berlin"),
         "2024-10-27 05:00+01:00"),
        (pd.date_range("2024-10-25", periods=3, tz="Europe/Berlin"), "2024-10-28 00:00+01:00"),
    ],
)  # fmt: skip
def test_a_pandas_series_goes_on_with_its_frequency(index: pd.Index, following: str) -> None:
    n = len(index)
    series = as_series(pd.Series(np.arange(float(n)), index=index))
    assert list(series.times(n, n + 1)) == [pd.Timestamp(following)]


def test_an_inexact_clock_has_about_a_step() -> None:
    index = pd.date_range("2024-01-01", periods=50, freq="min")
    index = index + pd.to_timedelta(np.arange(50) % 3, unit="ms")
    step = find_step(index)
    assert step is not None
    assert step.words == "about 1 minute"
    assert not step.fills


PLACES = ["Europe/Berlin", "America/New_York", "Europe/London", "Australia/Sydney"]


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("frequency", ["h", "30min"])
@pytest.mark.parametrize("form", ["%Y-%m-%d %H:%M", "%d.%m.%Y %H:%M:%S"])
def test_an_hour_that_comes_twice_is_kept_in_order(place: str, frequency: str, form: str) -> None:
    year = pd.date_range("2023-02-01", "2024-02-01", freq=frequency, tz=place)
    twice = year[year.tz_localize(None).duplicated()][0]
    index = year[(year > twice - pd.Timedelta(days=2)) & (year < twice + pd.Timedelta(days=2))]
    table = table_of(index, form)
    assert table.data["v"].tolist() == list(range(len(index)))
    assert table.time is not None
    assert list(table.time.tz_localize(None)) == list(index.tz_localize(None))  # type: ignore[attr-defined]
    assert table.step == step_of(index)
    assert "an hour comes twice" in " ".join(map(str, table.notes))
    following = table.series().times(len(index), len(index) + 1)[0]
    assert following.tz_localize(None) == (index[-1] + index.freq).tz_localize(None)


@pytest.mark.parametrize("place", PLACES)
def test_an_hour_that_does_not_exist_is_no_gap(place: str) -> None:
    index = pd.date_range("2023-01-01", "2023-12-31 23:00", freq="h", tz=place)
    table = table_of(index, "%Y-%m-%d %H:%M")
    assert table.step == "1 hour"
    assert not table.data["v"].isna().any()
    assert "an hour does not exist" in " ".join(map(str, table.notes))


def test_a_gap_at_another_hour_is_a_gap() -> None:
    index = pd.date_range("2023-03-26", periods=48, freq="h").delete(14)
    table = table_of(index, "%Y-%m-%d %H:%M")
    assert int(table.data["v"].isna().sum()) == 1


def test_an_hour_that_comes_twice_on_another_day_is_refused() -> None:
    index = pd.date_range("2023-06-01", periods=48, freq="h")
    times = [*index[:15], *index[14:]]
    with pytest.raises(ReadError, match=r"same time more than once, in rows 16 .*, 17 "):
        table_of(times, "%Y-%m-%d %H:%M")


def test_the_table_tells_its_step_and_its_next_time() -> None:
    table = table_of(pd.date_range("2020-01-01", periods=5, freq="MS"))
    assert (table.step, table.next_time) == ("1 month", pd.Timestamp("2020-06-01"))
    numbers = read_table("year,v\n1990,3\n1991,5\n1992,4")
    assert (numbers.step, numbers.next_time) == ("1", 1993)
    none = read_table("3\n5\n4")
    assert (none.step, none.next_time) == (None, None)
