"""The real series in the package: known values, dates, and a comparison with statsmodels."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from statsmodels import datasets as oracle

from gru_core.data.datasets import DATASETS, Source
from gru_core.data.sources import SOURCES, make_series

KNOWN = {
    # name: length, first value, last value, first date, last date, frequency, period
    "air-passengers": (144, 112, 432, "1949-01-01", "1960-12-01", "MS", 12),
    "sunspots": (309, 5, 2.9, "1700-01-01", "2008-01-01", "YS-JAN", 11),
    "co2": (526, 316.1, 371.02, "1958-03-01", "2001-12-01", "MS", 12),
    "nile": (100, 1120, 740, "1871-01-01", "1970-01-01", "YS-JAN", None),
    "el-nino": (732, 23.11, 22.07, "1950-01-01", "2010-12-01", "MS", 12),
}


@pytest.mark.parametrize("name", KNOWN)
def test_values_and_dates_are_correct(name: str) -> None:
    length, first, last, begin, end, frequency, period = KNOWN[name]
    series = make_series(name)
    assert len(series) == length
    assert series.values[[0, -1]] == pytest.approx([first, last])
    assert isinstance(series.time, pd.DatetimeIndex)
    assert series.time.freqstr == frequency
    assert list(series.time[[0, -1]]) == [pd.Timestamp(begin), pd.Timestamp(end)]
    assert DATASETS[name].period == period


@pytest.mark.parametrize("source", DATASETS.values(), ids=lambda source: source.name)
def test_a_real_series_has_a_name_and_a_unit_and_is_read_only(source: Source) -> None:
    series = make_series(source.name)
    assert SOURCES[source.name] is source
    assert not source.synthetic
    assert not source.parameters
    assert (series.name, series.unit) == (source.title, source.unit)
    assert series.unit
    assert series.values.dtype == np.float64
    assert np.isfinite(series.values).all()
    assert not series.values.flags.writeable


def test_every_real_series_is_in_this_test() -> None:
    assert list(DATASETS) == list(KNOWN)


@pytest.mark.parametrize("name", KNOWN)
def test_a_real_series_ignores_points_noise_and_seed(name: str) -> None:
    changed = make_series(name, points=20, noise=1.0, seed=7)
    assert np.array_equal(changed.values, make_series(name).values)


@pytest.mark.parametrize("source", DATASETS.values(), ids=lambda source: source.name)
def test_a_caller_cannot_change_the_series_of_others(source: Source) -> None:
    read = source.make()
    before = read.copy()
    read.iloc[:] = -1.0
    assert source.make().equals(before)


@pytest.mark.parametrize("name", KNOWN)
def test_dates_continue_beyond_the_end(name: str) -> None:
    series = make_series(name)
    assert isinstance(series.time, pd.DatetimeIndex)
    following = series.times(len(series), len(series) + 3)
    expected = pd.date_range(series.time[-1], periods=4, freq=series.time.freq)[1:]
    assert list(following) == list(expected)


def test_air_passengers_have_their_highest_value_in_summer() -> None:
    passengers = DATASETS["air-passengers"].make()
    assert passengers["1955-07-01"] == 364
    assert passengers.idxmax() == pd.Timestamp("1960-07-01")
    assert passengers.max() == 622
    assert passengers.sum() == 40363


def test_yearly_series_equal_those_of_statsmodels() -> None:
    sunspots = oracle.sunspots.load_pandas().data
    nile = oracle.nile.load_pandas().data
    for name, years, values in (
        ("sunspots", sunspots["YEAR"], sunspots["SUNACTIVITY"]),
        ("nile", nile["year"], nile["volume"]),
    ):
        series = make_series(name)
        assert isinstance(series.time, pd.DatetimeIndex)
        assert np.array_equal(series.values, values)
        assert np.array_equal(series.time.year, years)


def test_el_nino_equals_the_table_of_statsmodels() -> None:
    table = oracle.elnino.load_pandas().data.set_index("YEAR")
    read = DATASETS["el-nino"].make()
    for year in (1950, 1982, 1998, 2010):
        assert read[str(year)].tolist() == table.loc[year].tolist()
    assert read["1998-02"].iloc[0] == table.loc[1998, "FEB"]


def test_co2_is_the_monthly_mean_with_gaps_filled_by_lines() -> None:
    weekly = oracle.co2.load_pandas().data["co2"]
    monthly = weekly.groupby([weekly.index.year, weekly.index.month]).mean()
    read = DATASETS["co2"].make()
    known = monthly.notna().to_numpy()
    assert (~known).sum() == 5
    assert np.allclose(read[known], monthly[known], rtol=1e-12)
    assert read["1958-06-01"] == pytest.approx((read["1958-05-01"] + read["1958-07-01"]) / 2)
    gap = read["1964-01-01":"1964-05-01"].to_numpy()
    assert np.allclose(np.diff(gap), (gap[-1] - gap[0]) / 4)
