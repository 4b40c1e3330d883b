"""Numbers to times: 202412, 2024.12, 2024123123, seconds since 1970, days of a spreadsheet."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from gru_core.data.reading.choices import Note
from gru_core.data.reading.times.parse import Dates, is_regular

_DIGITS = {  # how many digits: the format, and its name
    6: ("%Y%m", "year and month"),
    8: ("%Y%m%d", "year, month and day"),
    10: ("%Y%m%d%H", "year, month, day and hour"),
    12: ("%Y%m%d%H%M", "year, month, day, hour and minute"),
    14: ("%Y%m%d%H%M%S", "year, month, day and time"),
}
_YEARS = (1600, 2200)  # other numbers are no dates
_UNIX = {1: "seconds", 1e3: "milliseconds", 1e6: "microseconds"}
_UNIX_YEARS = (1990, 2100)
_SERIAL_YEARS = (1950, 2100)
_SERIAL_ZERO = pd.Timestamp("1899-12-30")  # day 0 of spreadsheets
_SERIAL_WORDS = ("dat", "fecha")  # a counter named time or day may be as large


def number_dates(cells: pd.Series[str], values: NDArray[np.float64], name: str) -> Dates | None:
    """Read a column of numbers (N,) as dates; None if it does not clearly hold dates.

    It does if every number is a date, the dates are in order, and their step is regular.
    """
    if not np.isfinite(values).all():
        return None
    for index, how in _readings(cells, values, name):
        known = pd.DatetimeIndex(index).as_unit("us")
        # eight digits are dates without more evidence
        if is_regular(known) or how == _DIGITS[8][1]:
            text = f"The numbers in '{name}', such as {cells.iloc[0]}, were read as dates: {how}."
            note = Note(text, "Read them as numbers", {"dates": "number"})
            return Dates(known.rename(name), None, [note])
    return None


def _readings(
    cells: pd.Series[str], values: NDArray[np.float64], name: str
) -> Iterator[tuple[pd.Series[pd.Timestamp], str]]:
    """Every reading in which all numbers are dates, and its name in words."""
    lengths = cells.str.len()
    digits = int(lengths.iloc[0])
    if digits in _DIGITS and (lengths == digits).all() and cells.str.isdecimal().all():
        form, how = _DIGITS[digits]
        yield from _valid(_from_digits(cells, form), how, _YEARS)
        if digits == 6:
            yield from _valid(_from_digits(cells + "1", "%G%V%u"), "year and week", _YEARS)
    if cells.str.fullmatch("[0-9]{4}[.,][0-9]{1,2}").all():
        # a spreadsheet writes 2024.1 for October, other programs write it for January
        for month in (cells.str[5:], cells.str[5:].str.ljust(2, "0")):
            text = cells.str[:4] + month.str.zfill(2)
            yield from _valid(_from_digits(text, "%Y%m"), "year and month", _YEARS)
    plain = cells.str.fullmatch("[0-9]+([.,][0-9]+)?").all()  # no moment has marks in it
    for many, unit in _UNIX.items():
        if plain and (np.abs(values) < 1e10 * many).all():
            moments = _after(pd.Timestamp(0), values / many)
            yield from _valid(moments, f"{unit} since 1970 (UTC)", _UNIX_YEARS)
            break
    if any(word in name.casefold() for word in _SERIAL_WORDS) and (np.abs(values) < 1e5).all():
        moments = _after(_SERIAL_ZERO, values * 86_400).dt.round("s")
        yield from _valid(moments, "days of a spreadsheet (day 1 is 1900-01-01)", _SERIAL_YEARS)


def _from_digits(text: pd.Series[str], form: str) -> pd.Series[pd.Timestamp]:
    midnight = text.str[8:10] == "24" if len(form) > 6 else text.str.len() < 0
    if midnight.any():  # hour 24 is hour 0 of the next day
        text = text.where(~midnight, text.str[:8] + "00" + text.str[10:])
    moments = pd.to_datetime(text, format=form, errors="coerce")
    return moments + pd.to_timedelta(midnight.astype(int), unit="D")


def _after(zero: pd.Timestamp, seconds: NDArray[np.float64]) -> pd.Series[pd.Timestamp]:
    microseconds = np.round(seconds * 1e6).astype(np.int64)
    return pd.Series(zero.as_unit("us") + pd.to_timedelta(microseconds, unit="us"))


def _valid(
    moments: pd.Series[pd.Timestamp], how: str, years: tuple[int, int]
) -> Iterator[tuple[pd.Series[pd.Timestamp], str]]:
    if moments.notna().all() and moments.dt.year.between(*years).all():
        yield moments, how
