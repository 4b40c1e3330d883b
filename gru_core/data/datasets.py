"""The real series that come with the package, and `Source`: one series that has a name.

To add a real series, write one function under `@dataset`. Every call reads its table again (2 to
15 ms), so callers share nothing that they could change. This module reads tables that statsmodels
ships, but it does not import statsmodels.
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

    For a synthetic signal, `make(points, rng, **parameters)` gives the values (points,). For a
    real series, `make()` gives a pandas Series. `period` is the length of a season in steps, if it
    is known. `unit` is the unit of the values.
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
    """Register `load() -> pd.Series` as a real series. Its dates must have regular steps."""

    def register(load: Load) -> Load:
        DATASETS[name] = Source(name, title, help, False, load, unit=unit, period=period)
        return load

    return register


@dataset(
    "air-passengers",
    title="Airline passengers",
    help="Passengers per month, 1949 to 1960. The level rises, and the seasons grow with it. A GRU "
    "must forecast values larger than any in training.",
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
    help="Sunspot numbers per year, 1700 to 2008. A cycle takes about eleven years, and no two "
    "cycles are alike. A GRU can learn the shape of a cycle, but not the height of the next one.",
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
    help="CO₂ in the air, monthly means, 1958 to 2001. It rises steadily and goes up and down "
    "every year. With standard normalization a GRU cannot follow the rise.",
    unit="ppm",
    period=12,
)
def co2() -> pd.Series[float]:
    """`co2` of statsmodels (Keeling & Whorf 2004): 526 monthly means of weekly values.

    Five months have no value. A straight line between their neighbours fills them.
    """
    table = _statsmodels("co2")
    weeks = pd.to_datetime(table["date"].astype(str).tolist(), format="%Y%m%d")
    weekly = pd.Series(table["co2"].to_numpy(dtype=float), index=weeks)
    return weekly.resample("MS").mean().interpolate()


@dataset(
    "nile",
    title="Nile",
    help="Flow of the Nile at Aswan per year, 1871 to 1970. It is mostly noise around a level that "
    "drops in 1898. A GRU can learn little from it, and the scores show that.",
    unit="10⁸ m³",
)
def nile() -> pd.Series[float]:
    """`nile` of statsmodels (Cobb 1978, Biometrika 65): 100 years."""
    table = _statsmodels("nile")
    return _regular(table["volume"], f"{table['year'].iloc[0]}-01-01", "YS")


@dataset(
    "el-nino",
    title="El Niño",
    help="Sea surface temperature per month, 1950 to 2010. A GRU learns its strong yearly wave "
    "easily. Every few years an El Niño comes, and a GRU does not foresee it.",
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
    # Read only the CSV file. `import statsmodels.datasets.sunspots` runs all of
    # statsmodels.datasets and scipy (measured: 0.15 to 0.2 s after pandas). This takes 0.5 ms.
    return pd.read_csv(_open("statsmodels", f"datasets/{name}/{name}.csv"))


def _open(package: str, path: str) -> StringIO:
    return StringIO(resources.files(package).joinpath(path).read_text(encoding="utf-8"))
