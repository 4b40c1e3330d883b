"""The bundled real series, and `Source`: what is known of any series that can be chosen by name.

To add a real series, write one function under `@dataset`. The tables are read afresh on every
call (2 to 15 ms), so nothing is shared that a caller could change. Importing this module imports
no statsmodels: only the tables that it ships are read.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from importlib import resources
from io import StringIO
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from gru_core.options import Option

__all__ = ["DATASETS", "Source", "dataset"]


Load = Callable[[], "pd.Series[float]"]


@dataclass(frozen=True)
class Source:
    """One series that can be chosen by name.

    `make(points, rng, **parameters)` gives the values (points,) of a synthetic signal, `make()`
    the pandas Series of a real one. `period` is the season of a real series in steps, where one
    is known; `unit` is that of its values.
    """

    name: str
    title: str
    help: str
    synthetic: bool
    make: Callable[..., Any]
    parameters: Mapping[str, Option] = field(default_factory=dict)
    unit: str = ""
    period: int | None = None


#: Every real series by name, in menu order.
DATASETS: dict[str, Source] = {}


def dataset(
    name: str, *, title: str, help: str, unit: str, period: int | None = None
) -> Callable[[Load], Load]:
    """Register `load() -> pd.Series` with a regular date index as a real series."""

    def register(load: Load) -> Load:
        DATASETS[name] = Source(name, title, help, False, load, unit=unit, period=period)
        return load

    return register


@dataset(
    "air-passengers",
    title="Airline passengers",
    help="Monthly totals 1949 to 1960: a trend, and a season that grows with it. A GRU must "
    "forecast values larger than any it was trained on.",
    unit="thousand passengers",
    period=12,
)
def air_passengers() -> pd.Series[float]:
    """Series G of Box, Jenkins & Reinsel, Time Series Analysis: 144 months."""
    table = pd.read_csv(_open("gru_core", "data/air_passengers.csv"))
    return _regular(table["passengers"], table["month"].iloc[0], "MS")


@dataset(
    "sunspots",
    title="Sunspots",
    help="Yearly sunspot numbers 1700 to 2008: a cycle of about eleven years, never twice alike, "
    "so that a GRU can learn its shape but not its next height.",
    unit="sunspot number",
    period=11,
)
def sunspots() -> pd.Series[float]:
    """`sunspots` of statsmodels (US National Geophysical Data Center): 309 years."""
    table = _statsmodels("sunspots")
    return _regular(table["SUNACTIVITY"], f"{table['YEAR'].iloc[0]}-01-01", "YS")


@dataset(
    "co2",
    title="CO₂ at Mauna Loa",
    help="Monthly means 1958 to 2001: a steady rise with a yearly breath. Without per-window "
    "normalization a GRU cannot follow the rise.",
    unit="ppm",
    period=12,
)
def co2() -> pd.Series[float]:
    """`co2` of statsmodels (Keeling & Whorf 2004): 526 monthly means of weekly values.

    Five months have no value; a straight line between their neighbours fills them.
    """
    table = _statsmodels("co2")
    weeks = pd.to_datetime(table["date"].astype(str).tolist(), format="%Y%m%d")
    weekly = pd.Series(table["co2"].to_numpy(dtype=float), index=weeks)
    return weekly.resample("MS").mean().interpolate()


@dataset(
    "nile",
    title="Nile",
    help="Yearly flow at Aswan 1871 to 1970: mostly noise around a level that drops in 1898. "
    "There is little for a GRU to learn, and it is good to see that said.",
    unit="10⁸ m³",
)
def nile() -> pd.Series[float]:
    """`nile` of statsmodels (Cobb 1978, Biometrika 65): 100 years."""
    table = _statsmodels("nile")
    return _regular(table["volume"], f"{table['year'].iloc[0]}-01-01", "YS")


@dataset(
    "el-nino",
    title="El Niño",
    help="Monthly sea surface temperature 1950 to 2010: a strong yearly wave that a GRU learns "
    "easily, and every few years an El Niño that it does not foresee.",
    unit="°C",
    period=12,
)
def el_nino() -> pd.Series[float]:
    """`elnino` of statsmodels (NOAA, region Niño 1+2): 61 years × 12 months, row by row."""
    table = _statsmodels("elnino")
    months = table.drop(columns="YEAR")  # (61, 12)
    return _regular(months.to_numpy(), f"{table['YEAR'].iloc[0]}-01-01", "MS")


def _regular(values: ArrayLike, start: str, frequency: str) -> pd.Series[float]:
    array = np.asarray(values, dtype=np.float64).ravel()
    return pd.Series(array, index=pd.date_range(start, periods=len(array), freq=frequency))


def _statsmodels(name: str) -> pd.DataFrame:
    # Only the CSV file: `import statsmodels.datasets.sunspots` runs all of statsmodels.datasets
    # and scipy (0.15 to 0.2 s after pandas, measured); this runs an empty package (0.5 ms).
    return pd.read_csv(_open("statsmodels", f"datasets/{name}/{name}.csv"))


def _open(package: str, path: str) -> StringIO:
    return StringIO(resources.files(package).joinpath(path).read_text(encoding="utf-8"))
