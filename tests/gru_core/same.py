"""Whether two values are equal to the last bit: the same types, dtypes, names and numbers."""

from __future__ import annotations

import struct
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from typing import Any

import numpy as np
import pandas as pd

__all__ = ["same"]


def same(one: Any, other: Any) -> bool:
    """Whether `one`, which was read, is equal to `other` to the last bit, also where it is NaN."""
    if type(one) is not type(other):
        return False
    if isinstance(one, float):
        return struct.pack("d", one) == struct.pack("d", other)
    if isinstance(one, np.ndarray):
        return (one.dtype, one.shape) == (other.dtype, other.shape) and (
            one.tobytes() == other.tobytes()
        )
    if isinstance(one, pd.DataFrame):
        return (
            same(one.index, other.index)
            and same(one.columns, other.columns)
            and all(
                same(pd.Index(one.iloc[:, k]), pd.Index(other.iloc[:, k]))
                for k in range(one.shape[1])
            )
        )
    if isinstance(one, pd.Index):
        return _same_index(one, other)
    if isinstance(one, Mapping):
        return list(one) == list(other) and all(same(one[key], other[key]) for key in one)
    if isinstance(one, list | tuple):
        return len(one) == len(other) and all(map(same, one, other))
    if is_dataclass(one):
        names = [field.name for field in fields(one)]
        return all(same(getattr(one, name), getattr(other, name)) for name in names)
    return bool(one == other)


def _same_index(one: pd.Index, other: pd.Index) -> bool:
    if (one.dtype, one.name, len(one)) != (other.dtype, other.name, len(other)):
        return False
    if isinstance(one, pd.DatetimeIndex):
        # Pandas does not take every frequency back that it gives; then there is none.
        return one.freq in (other.freq, None) and same(one.asi8, other.asi8)
    if isinstance(one.dtype, np.dtype) and one.dtype.kind != "O":
        return same(one.to_numpy(), other.to_numpy())
    return same(one.tolist(), other.tolist())
