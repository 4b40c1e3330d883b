"""Which column of a table is most likely the series: no counter, no constant, no part of a time."""

from __future__ import annotations

import re

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from gru_core.data.reading.times.parse import named_like_time

# Words in the names of columns that hold values, the surest first.
_VALUES = """
    target y value values val wert werte messwert valor valeur valore waarde close price preis
    precio prix kurs sales umsatz demand load consumption passengers visitors sunspots co2 average
    avg mean mittelwert media moyenne observed actual temp temperature temperatur tavg tmean tmax
    tmin rain prcp precipitation count
    """.split()  # noqa: SIM905
# Words in the names of columns that tell where, who, which, when, or how certain a value is.
_OTHERS = frozenset(
    """
    id ids no nr num number nummer numero index idx row rownum rank line zeile code codes key
    station stationid stations site sensor device store unnamed lat latitude lon long lng
    longitude elevation elev altitude alt height breite länge hoehe höhe breitengrad längengrad
    geobreite geolaenge latitud longitud flag flags quality qc qn qf qualität status error err
    stderr sd std stdev se unc uncertainty sigma ndays nobs lower upper yr jr mo mon monat mes
    mois mese maand wk kw quartal trimestre dia tag jour giorno dag hora heure ora uur stunde
    minute minutes minuten sec second seconds ano año année anno jaar år an doy dow weekday
    wochentag holiday epoch unix yyyymm yyyymmdd yyyymmddhh
    """.split()  # noqa: SIM905
)
_SHORTEST_CYCLE = 3  # from the first to the fourth quarter


def default_column(data: pd.DataFrame) -> str:
    """The name of the column of numbers (N, C) that the page selects first.

    It has a name for a value, such as 'close', or it is the last column that varies like a value.
    """
    names = [str(name) for name in data.columns]
    varying = [name for name in names if _varies(data[name].to_numpy())] or names
    likely = [name for name in varying if not counts(data[name].to_numpy())] or varying
    best = [name for name in likely if not _named_otherwise(name)] or likely
    for word in _VALUES:
        for name in best:
            if word in _words(name):
                return name
    rich = [name for name in best if data[name].nunique() > 2]  # no yes and no
    return (rich or best)[-1]


def counts(values: NDArray[np.float64]) -> bool:
    """Does a column (N,) count, as row numbers, years, months from 1 to 12 and hours do?"""
    if len(values) < 2 or np.isnan(values).any():
        return False
    steps, low, high = np.diff(values), values.min(), values.max()
    if (steps == steps[0]).all():  # any two values lie on a straight line
        return bool(steps[0] == 1 or (len(steps) > 1 and steps[0] != 0))
    years = low >= 1500 and high < 2200
    if (values % 1 != 0).any():
        return bool(years and (steps > 0).all())  # decimal years, such as 2015.0417
    back = steps < 0
    if not np.isin(steps[~back], (0, 1)).all():
        return False
    if not back.any():
        return bool(years)  # the same year in several rows
    restarts = (values[:-1][back] == high).all() and (values[1:][back] == low).all()
    return bool(restarts and high - low >= _SHORTEST_CYCLE)


def _varies(values: NDArray[np.float64]) -> bool:
    known = values[~np.isnan(values)]
    return len(known) > 0 and bool((known != known[0]).any())


def _named_otherwise(name: str) -> bool:
    return named_like_time(name) or not _words(name).isdisjoint(_OTHERS)


def _words(name: str) -> set[str]:
    """The words of a name in lower case: `AdjClose (USD)` has 'adj', 'close' and 'usd'."""
    parted = re.sub(r"(?<=[a-zß-ÿ])(?=[A-Z])", " ", name)
    words = re.split(r"[\W_]+", parted.lower())
    return {*words, "".join(words)} - {""}
