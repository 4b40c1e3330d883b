"""Where a series comes from: one registry of synthetic signals and bundled real series.

To add a synthetic signal, write one function under `@signal`; its keyword parameters, annotated
with an `Option` each, become controls, URL parameters and rows of the README's table. Nothing
global is seeded. Importing this module imports neither scipy nor statsmodels: the functions that
need them do, so that the server starts quickly. May import `options`, `series`, `errors`.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from importlib import resources
from typing import Annotated, Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from gru_core.errors import OptionError
from gru_core.options import Option, table_of
from gru_core.series import Series, as_series

__all__ = ["SOURCES", "Source", "check_parameters", "make_series"]

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Source:
    """One entry of the registry. `period` is the season of a real series, where one is known."""

    name: str
    title: str
    help: str
    synthetic: bool
    make: Callable[..., Any]
    parameters: Mapping[str, Option] = field(default_factory=dict)
    unit: str = ""
    period: int | None = None


_sources: dict[str, Source] = {}

#: Every source by name, in menu order: the synthetic ones first.
SOURCES: Mapping[str, Source] = _sources


def signal(name: str, *, title: str, help: str) -> Callable[..., Any]:
    """Register `make(points, rng, **parameters) -> (points,)` as a synthetic signal."""

    def register(make: Callable[..., Array]) -> Callable[..., Array]:
        arguments = inspect.signature(make).parameters.values()
        defaults = {a.name: a.default for a in arguments if a.kind is a.KEYWORD_ONLY}
        _sources[name] = Source(name, title, help, True, make, table_of(make, defaults))
        return make

    return register


def dataset(
    name: str, *, title: str, help: str, unit: str, period: int | None
) -> Callable[..., Any]:
    """Register `make() -> pd.Series` with a time index as a bundled real series."""

    def register(make: Callable[[], Any]) -> Callable[[], Any]:
        _sources[name] = Source(name, title, help, False, make, {}, unit, period)
        return make

    return register


def check_parameters(name: str, parameters: Mapping[str, float]) -> dict[str, float]:
    """All parameters of the signal `name`, in order, defaults filled in.

    Raises:
        OptionError: no such signal or parameter, or a value outside its range.
    """
    source = SOURCES.get(name)
    if source is None:
        known = ", ".join(SOURCES)
        raise OptionError(
            f"There is no signal {name[:60]!r}. The signals are: {known}.", ("signal",)
        )
    for unknown in parameters.keys() - source.parameters.keys():
        known = ", ".join(source.parameters) or "none"
        raise OptionError(
            f"The signal '{source.title}' has no parameter {str(unknown)[:60]!r}. "
            f"Its parameters are: {known}.",
            ("signal",),
        )
    return {
        key: _check(source, option, parameters.get(key, option.default))
        for key, option in source.parameters.items()
    }


def make_series(
    name: str,
    *,
    points: int = 1000,
    noise: float = 0.0,
    seed: int = 0,
    parameters: Mapping[str, float] | None = None,
) -> Series:
    """The series that the source `name` gives; real series know neither points nor noise.

    The noise is Gaussian, with a standard deviation of `noise` times the signal's own, from a
    random stream apart from the one that a random signal draws from, so that adding noise does
    not change the signal under it.
    """
    source = SOURCES[name]
    if not source.synthetic:
        data = as_series(source.make())
        return Series(data.values, source.title, data.time, source.unit)
    own, disturbance = (np.random.default_rng(s) for s in np.random.SeedSequence(seed).spawn(2))
    values = source.make(points, own, **check_parameters(name, parameters or {}))
    if noise:
        values = values + noise * values.std() * disturbance.standard_normal(points)
    return as_series(values, source.title)


def _check(source: Source, option: Option, value: Any) -> float:
    try:
        number = (int if option.kind == "int" else float)(value)
        if isinstance(value, bool) or number != float(value):
            raise ValueError
        option.check(number)
    except (TypeError, ValueError, OverflowError):
        raise OptionError(
            f"{option.title} ({option.name}) of the signal '{source.title}' cannot be "
            f"{str(value)[:60]!r}: it must be {option.range}.",
            (option.name,),
        ) from None
    return number


Span = Annotated[
    float,
    Option(
        title="Range",
        help="The signal is drawn for x from 0 to here; one turn of a sine is 2π ≈ 6.28 long.",
        unit="x",
        low=1.0,
        high=10_000.0,
    ),
]


@signal("sine", title="Sine", help="One pure wave: the lesson's signal.")
def sine(points: int, rng: np.random.Generator, *, span: Span = 100.0) -> Array:
    """sin x over [0, span]."""
    return np.sin(np.linspace(0, span, points))


@signal("cosine", title="Cosine", help="A sine that starts at its top: the lesson's exercise.")
def cosine(points: int, rng: np.random.Generator, *, span: Span = 100.0) -> Array:
    """cos x over [0, span]."""
    return np.cos(np.linspace(0, span, points))


@signal(
    "two-sines",
    title="Two sines",
    help="Two waves of different length added: one window must tell both phases.",
)
def two_sines(
    points: int,
    rng: np.random.Generator,
    *,
    span: Span = 100.0,
    ratio: Annotated[
        float,
        Option(
            title="Frequency ratio",
            help="The second wave's frequency over the first's.",
            low=0.05,
            high=20.0,
        ),
    ] = 2.7,
    weight: Annotated[
        float,
        Option(
            title="Weight", help="The second wave's height over the first's.", low=0.0, high=2.0
        ),
    ] = 0.5,
) -> Array:
    """sin x + weight · sin(ratio · x)."""
    x = np.linspace(0, span, points)
    return np.sin(x) + weight * np.sin(ratio * x)


@signal(
    "amplitude-modulated",
    title="Amplitude-modulated",
    help="A wave whose height swells and fades: the network must remember how large it was.",
)
def amplitude_modulated(
    points: int,
    rng: np.random.Generator,
    *,
    span: Span = 100.0,
    depth: Annotated[
        float, Option(title="Depth", help="How far the height swells.", low=0.0, high=1.0)
    ] = 0.5,
    slowness: Annotated[
        float,
        Option(
            title="Slowness",
            help="How many waves one swell takes.",
            unit="waves",
            low=1.5,
            high=50.0,
        ),
    ] = 5.0,
) -> Array:
    """(1 + depth · sin(x / slowness)) · sin x."""
    x = np.linspace(0, span, points)
    return (1 + depth * np.sin(x / slowness)) * np.sin(x)


@signal(
    "damped",
    title="Damped",
    help="A wave that dies away: the holdout is smaller than all that was learned.",
)
def damped(
    points: int,
    rng: np.random.Generator,
    *,
    span: Span = 100.0,
    rate: Annotated[
        float,
        Option(
            title="Damping",
            help="The height falls as e^(−rate · x).",
            unit="per x",
            low=0.0,
            high=0.5,
        ),
    ] = 0.02,
) -> Array:
    """e^(−rate · x) · sin x."""
    x = np.linspace(0, span, points)
    return np.exp(-rate * x) * np.sin(x)


@signal(
    "chirp",
    title="Chirp",
    help="A wave that gets faster: the holdout oscillates faster than anything learned.",
)
def chirp(
    points: int,
    rng: np.random.Generator,
    *,
    span: Span = 100.0,
    growth: Annotated[
        float,
        Option(
            title="Growth",
            help="The frequency at the end over that at the start.",
            low=1.0,
            high=10.0,
        ),
    ] = 2.0,
) -> Array:
    """sin of a phase whose speed grows linearly from 1 to `growth` (a linear chirp)."""
    x = np.linspace(0, span, points)
    return np.sin(x + (growth - 1) * x**2 / (2 * span))


@signal("square", title="Square", help="It jumps: smooth networks round the corners.")
def square(points: int, rng: np.random.Generator, *, span: Span = 100.0) -> Array:
    """+1 in the first half of every 2π, −1 in the second (`scipy.signal.square`)."""
    from scipy.signal import square as wave

    return np.asarray(wave(np.linspace(0, span, points)), dtype=np.float64)


@signal("sawtooth", title="Sawtooth", help="It climbs slowly and drops at once.")
def sawtooth(points: int, rng: np.random.Generator, *, span: Span = 100.0) -> Array:
    """From −1 to 1 in every 2π (`scipy.signal.sawtooth`)."""
    from scipy.signal import sawtooth as wave

    return np.asarray(wave(np.linspace(0, span, points)), dtype=np.float64)


@signal(
    "random-walk",
    title="Random walk",
    help="Every step is pure chance: nothing beats repeating the last value. A test of honesty.",
)
def random_walk(points: int, rng: np.random.Generator) -> Array:
    """The running sum of standard normal steps."""
    return np.cumsum(rng.standard_normal(points))


@signal(
    "ar2",
    title="AR(2)",
    help="Chance with a rhythm: it swings, but loses its phase. A linear model is best here.",
)
def ar2(
    points: int,
    rng: np.random.Generator,
    *,
    cycle: Annotated[
        float, Option(title="Cycle", help="Length of one swing.", unit="values", low=3, high=200)
    ] = 20.0,
    memory: Annotated[
        float,
        Option(
            title="Memory",
            help="How much of a swing is left one value later. Below 1, so "
            "that the series stays bounded.",
            low=0.0,
            high=0.995,
        ),
    ] = 0.97,
) -> Array:
    """x_t = 2ρ cos(2π/cycle) x_{t−1} − ρ² x_{t−2} + e_t, with ρ = memory and normal e.

    The roots have the modulus ρ < 1, so it is stationary (Box & Jenkins). The start is forgotten
    before the first value is kept.
    """
    from scipy.signal import lfilter

    burn_in = 2000
    a = [1.0, -2 * memory * np.cos(2 * np.pi / cycle), memory**2]
    values = lfilter([1.0], a, rng.standard_normal(burn_in + points))
    return np.asarray(values[burn_in:], dtype=np.float64)


@signal(
    "logistic-map",
    title="Logistic map",
    help="One line of arithmetic that makes chaos: exact one step ahead, hopeless in the long run.",
)
def logistic_map(
    points: int,
    rng: np.random.Generator,
    *,
    r: Annotated[
        float,
        Option(title="r", help="Above 3.57 the map is mostly chaotic.", low=3.0, high=4.0),
    ] = 3.9,
    start: Annotated[
        float, Option(title="Start", help="The first value.", low=0.01, high=0.99)
    ] = 0.31,
) -> Array:
    """x' = r x (1 − x) (May 1976)."""
    values = np.empty(points)
    x = start
    for k in range(points):
        values[k] = x
        x = r * x * (1 - x)
    return values


@signal(
    "mackey-glass",
    title="Mackey–Glass",
    help="Blood-cell counts with a delay: the classic chaotic benchmark. One value per time unit.",
)
def mackey_glass(
    points: int,
    rng: np.random.Generator,
    *,
    tau: Annotated[
        int,
        Option(
            title="Delay τ",
            help="Chaotic from about 17 on; periodic below.",
            unit="time units",
            low=5,
            high=60,
        ),
    ] = 17,
) -> Array:
    """x' = 0.2 x(t − τ) / (1 + x(t − τ)^10) − 0.1 x (Mackey & Glass 1977), sampled at every 1.0.

    Fourth-order Runge–Kutta with ten steps a time unit; the delayed value at the half step is the
    mean of its neighbours. The first 500 time units are left out.
    """
    per_unit, burn_in = 10, 500
    dt = 1.0 / per_unit
    lag = tau * per_unit
    steps = (burn_in + points) * per_unit
    x = [1.2] * (lag + 1)
    for k in range(lag, lag + steps):
        now, then, next_ = x[k], x[k - lag], x[k - lag + 1]
        half = 0.5 * (then + next_)
        f0 = 0.2 * then / (1.0 + then**10)
        f1 = 0.2 * half / (1.0 + half**10)
        f2 = 0.2 * next_ / (1.0 + next_**10)
        k1 = f0 - 0.1 * now
        k2 = f1 - 0.1 * (now + 0.5 * dt * k1)
        k3 = f1 - 0.1 * (now + 0.5 * dt * k2)
        k4 = f2 - 0.1 * (now + dt * k3)
        x.append(now + dt / 6 * (k1 + 2 * k2 + 2 * k3 + k4))
    return np.array(x[lag + burn_in * per_unit :: per_unit][:points])


@signal(
    "lorenz-x",
    title="Lorenz x",
    help="Weather in three equations, of which one is shown: it jumps between two wings.",
)
def lorenz_x(
    points: int,
    rng: np.random.Generator,
    *,
    dt: Annotated[
        float,
        Option(title="Time step", help="Time between two values.", low=0.005, high=0.2),
    ] = 0.05,
) -> Array:
    """x of x' = 10 (y − x), y' = x (28 − z) − y, z' = xy − 8/3 z (Lorenz 1963)."""
    from scipy.integrate import solve_ivp

    def slope(_: float, state: Array) -> list[float]:
        x, y, z = state
        return [10.0 * (y - x), x * (28.0 - z) - y, x * y - 8.0 / 3.0 * z]

    burn_in = 20.0
    times = burn_in + dt * np.arange(points)
    solution = solve_ivp(
        slope, (0.0, times[-1]), [1.0, 1.0, 1.0], t_eval=times, rtol=1e-8, atol=1e-8
    )
    return np.asarray(solution.y[0], dtype=np.float64)


@dataset(
    "air-passengers",
    title="Airline passengers",
    help="Monthly totals 1949 to 1960: a trend, and a season that grows with it.",
    unit="thousand passengers",
    period=12,
)
def air_passengers() -> pd.Series[float]:
    """Box, Jenkins & Reinsel, Time Series Analysis, series G: 144 months."""
    with resources.files("gru_core").joinpath("data/air_passengers.csv").open() as file:
        table = pd.read_csv(file)
    months = pd.date_range(table["month"].iloc[0], periods=len(table), freq="MS")
    return pd.Series(table["passengers"].to_numpy(dtype=float), index=months)


@dataset(
    "sunspots",
    title="Sunspots",
    help="Yearly sunspot numbers 1700 to 2008: a cycle of about eleven years, never twice alike.",
    unit="sunspot number",
    period=11,
)
def sunspots() -> pd.Series[float]:
    """statsmodels' `sunspots` dataset (US National Geophysical Data Center): 309 years."""
    return _yearly(_statsmodels("sunspots"), "YEAR", "SUNACTIVITY")


@dataset(
    "co2",
    title="CO₂ at Mauna Loa",
    help="Monthly means 1958 to 2001: a steady rise with a yearly breath.",
    unit="ppm",
    period=12,
)
def co2() -> pd.Series[float]:
    """statsmodels' `co2` dataset (Keeling & Whorf): weekly, here monthly means, gaps filled."""
    weekly = _statsmodels("co2")
    dates = pd.to_datetime(weekly["date"].astype(str), format="%Y%m%d")
    monthly = pd.Series(weekly["co2"].to_numpy(dtype=float), index=dates).resample("MS").mean()
    return monthly.interpolate()


@dataset(
    "nile",
    title="Nile",
    help="Yearly flow at Aswan 1871 to 1970: noise around a level that drops in 1898.",
    unit="10⁸ m³",
    period=None,
)
def nile() -> pd.Series[float]:
    """statsmodels' `nile` dataset (Cobb 1978): 100 years."""
    return _yearly(_statsmodels("nile"), "year", "volume")


@dataset(
    "el-nino",
    title="El Niño",
    help="Monthly sea surface temperature 1950 to 2010: a strong year, disturbed every few.",
    unit="°C",
    period=12,
)
def el_nino() -> pd.Series[float]:
    """statsmodels' `elnino` dataset (NOAA, Niño 1+2): a table of years and months, row by row."""
    table = _statsmodels("elnino")
    values = table.iloc[:, 1:].to_numpy(dtype=float).ravel()
    return pd.Series(
        values,
        index=pd.date_range(f"{table['YEAR'].iloc[0]:.0f}-01", periods=len(values), freq="MS"),
    )


def _yearly(table: pd.DataFrame, year: str, value: str) -> pd.Series[float]:
    first = int(table[year].iloc[0])
    years = pd.date_range(f"{first}-01-01", periods=len(table), freq="YS")
    return pd.Series(table[value].to_numpy(dtype=float), index=years)


def _statsmodels(name: str) -> pd.DataFrame:
    # The bundled table itself: importing statsmodels.datasets to read it would import all of them.
    import importlib.util

    spec = importlib.util.find_spec("statsmodels")
    assert spec is not None
    assert spec.submodule_search_locations is not None
    folder = f"{spec.submodule_search_locations[0]}/datasets/{name}"
    return pd.read_csv(f"{folder}/{name}.csv")
