"""Tables, indices, dates, time zones and frequencies, taken apart and made again."""

from __future__ import annotations

import datetime
from collections.abc import Iterable
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd

from gru_core.errors import PackingError
from gru_core.packing.codec import Codec

__all__ = ["CODECS"]

_MICROSECOND = datetime.timedelta(microseconds=1)
#: The units of dates and time spans in pandas. NumPy's day is the unit of a list of holidays.
_UNITS = ("D", "s", "ms", "us", "ns")
#: The dtypes of an index that are not NumPy's.
_EXTENSIONS = {
    "boolean",
    *(f"{kind}{bits}" for kind in ("Int", "UInt") for bits in (8, 16, 32, 64)),
    *("Float32", "Float64"),
    *(f"{kind}{bits}[pyarrow]" for kind in ("int", "uint") for bits in (8, 16, 32, 64)),
    *("float[pyarrow]", "double[pyarrow]"),
}
#: Every kind of frequency that pandas has, such as `MonthEnd`.
_OFFSETS: dict[str, Any] = {
    name: kind
    for name, kind in vars(pd.offsets).items()
    if isinstance(kind, type) and issubclass(kind, pd.offsets.BaseOffset) and name != "BaseOffset"
}


def _index(index: pd.Index) -> Iterable[Any]:
    """The parts of an index of numbers or texts: values, dtype and name."""
    dtype = str(index.dtype)
    if isinstance(index.dtype, np.dtype) and index.dtype.kind != "O":
        return index.to_numpy(), dtype, index.name
    if dtype in _EXTENSIONS and not index.hasnans:
        return index.to_numpy(index.dtype.numpy_dtype), dtype, index.name  # type: ignore[union-attr]
    if dtype in ("str", "object"):
        return index.tolist(), dtype, index.name
    raise PackingError(f"An index of {dtype} cannot be packed. Turn it into numbers or dates.")


def _make_index(values: Any, dtype: str, name: Any) -> pd.Index:
    if isinstance(values, np.ndarray):
        if dtype not in _EXTENSIONS and dtype != str(values.dtype):
            raise PackingError(f"An index of {dtype} has values of {values.dtype}.")
    elif dtype not in ("str", "object"):
        raise PackingError(f"An index of {dtype} cannot be read.")
    index: pd.Index = pd.Index(values, dtype=dtype, name=name)
    return index


def _range(index: pd.RangeIndex) -> Iterable[Any]:
    return index.start, index.stop, index.step, index.name


def _make_range(start: int, stop: int, step: int, name: Any) -> pd.RangeIndex:
    return pd.RangeIndex(start, stop, step, name=name)


def _dates(index: pd.DatetimeIndex) -> Iterable[Any]:
    """The parts of an index of dates.

    Pandas makes some indices, such as of two months and three days, whose frequency it refuses
    when it checks it. Then the dates come back without their frequency.
    """
    parts = index.asi8, index.unit, index.tz, index.name
    try:
        return *parts, _make_dates(*parts, index.freq).freq
    except ValueError:
        return *parts, None


def _make_dates(numbers: Any, unit: str, tz: Any, name: Any, freq: Any) -> pd.DatetimeIndex:
    _known(unit)
    dates = pd.DatetimeIndex(numbers.astype(np.int64, copy=False).view(f"M8[{unit}]"), name=name)
    if tz is not None:
        dates = dates.tz_localize("UTC").tz_convert(tz)
    return dates if freq is None else pd.DatetimeIndex(dates, freq=freq)


def _table(table: pd.DataFrame) -> Iterable[Any]:
    """The parts of a table: index, names of the columns, and each column."""
    yield table.index
    yield table.columns
    for place in range(table.shape[1]):
        column = table.iloc[:, place]
        plain = isinstance(column.dtype, np.dtype) and column.dtype.kind != "M"
        yield column.to_numpy() if plain and column.dtype.kind != "O" else pd.Index(column)


def _make_table(index: pd.Index, names: pd.Index, *columns: Any) -> pd.DataFrame:
    # The length of a range costs nothing to write, so it is compared before it takes memory.
    lengths = {len(index), *map(len, columns)}
    if len(lengths) > 1 or len(names) != len(columns):
        raise PackingError("The columns of a table do not have equal lengths.")
    if not columns:
        raise PackingError("A table has no column.")
    table = pd.DataFrame(dict(enumerate(map(_column, columns))))
    table.index, table.columns = index, names
    return table


def _column(values: Any) -> Any:
    """The values of a column, without an index of their own."""
    return values if isinstance(values, np.ndarray) else values.rename(None).array


def _offset(offset: Any) -> Iterable[Any]:
    arguments = {k: v for k, v in offset.kwds.items() if k != "calendar"}
    if _make_offset(type(offset).__name__, offset.n, offset.normalize, arguments) != offset:
        raise PackingError(f"The frequency {offset!r} cannot be packed.")
    return type(offset).__name__, offset.n, offset.normalize, arguments


def _make_offset(name: str, n: int, normalize: bool, arguments: dict[str, Any]) -> Any:
    return _OFFSETS[name](n, normalize=normalize, **arguments)


def _timedelta(span: pd.Timedelta) -> Iterable[Any]:
    number = span.to_timedelta64()
    return int(number.astype(np.int64)), np.datetime_data(number.dtype)[0]


def _make_timedelta(number: int, unit: str) -> pd.Timedelta:
    return pd.Timedelta(np.timedelta64(number, _known(unit)))


def _day(day: np.datetime64) -> Iterable[Any]:
    return int(day.astype(np.int64)), np.datetime_data(day.dtype)[0]


def _make_day(number: int, unit: str) -> np.datetime64:
    return np.datetime64(number, _known(unit))


def _known(unit: str) -> Any:
    if unit not in _UNITS:
        raise PackingError(f"There is no unit of time {unit!r}.")
    return unit


def _zone(zone: ZoneInfo) -> Iterable[Any]:
    if zone.key is None:
        raise PackingError("A time zone without a name cannot be packed. Use one with a name.")
    return (zone.key,)


CODECS = (
    Codec("index", pd.Index, _index, _make_index),
    Codec("range", pd.RangeIndex, _range, _make_range),
    Codec("dates", pd.DatetimeIndex, _dates, _make_dates),
    Codec("table", pd.DataFrame, _table, _make_table),
    Codec("span", pd.Timedelta, _timedelta, _make_timedelta),
    Codec("day", np.datetime64, _day, _make_day),
    Codec("zone", ZoneInfo, _zone, ZoneInfo),
    Codec(
        "shift",
        datetime.timezone,
        lambda zone: (zone.utcoffset(None) // _MICROSECOND,),
        lambda microseconds: datetime.timezone(microseconds * _MICROSECOND),
    ),
    Codec(
        "time",
        datetime.time,
        lambda time: (time.hour, time.minute, time.second, time.microsecond),
        datetime.time,
    ),
    Codec(
        "microseconds",
        datetime.timedelta,
        lambda span: (span // _MICROSECOND,),
        lambda microseconds: microseconds * _MICROSECOND,
    ),
    *(Codec("frequency", kind, _offset, _make_offset) for kind in _OFFSETS.values()),
)
