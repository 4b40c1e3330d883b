"""Where a series comes from: the registry of all sources, and the synthetic signals.

To add a signal, write one function under `@signal`; its keyword parameters, annotated with an
`Option` each, become controls, URL parameters and rows of the README's table. Real series stand in
`datasets`. Nothing global is seeded, and no scipy is imported: `scipy.signal` would take 0.6 s of
the first click on a square wave.
"""

from __future__ import annotations

import inspect
import math
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Annotated, Any

import numpy as np
from numpy.typing import NDArray

from gru_core.data.datasets import DATASETS, Source
from gru_core.data.series import Series, as_series
from gru_core.errors import OptionError
from gru_core.options import Option, table_of
from gru_core.wording import quote

__all__ = ["SOURCES", "Source", "check_parameters", "make_series", "signal"]

Array = NDArray[np.float64]
Make = Callable[..., Array]

_sources: dict[str, Source] = {}

#: Every source by name, in menu order: the synthetic ones first.
SOURCES: Mapping[str, Source] = MappingProxyType(_sources)


def signal(name: str, *, title: str, help: str) -> Callable[[Make], Make]:
    """Register `make(points, rng, **parameters) -> (points,)` as a synthetic signal."""

    def register(make: Make) -> Make:
        arguments = inspect.signature(make).parameters.values()
        defaults = {a.name: a.default for a in arguments if a.kind is a.KEYWORD_ONLY}
        table = MappingProxyType(table_of(make, defaults))
        _sources[name] = Source(name, title, help, True, make, table)
        return make

    return register


def check_parameters(name: str, parameters: Mapping[str, float]) -> dict[str, float]:
    """All parameters of the signal `name`, in order, with defaults for those that are not given.

    Raises:
        OptionError: no such signal or parameter, or a value that is no number or out of range.
    """
    source = SOURCES.get(name)
    if source is None:
        raise OptionError(
            f"There is no signal {quote(name)}. The signals are: {', '.join(SOURCES)}.",
            ("signal",),
        )
    for unknown in parameters:
        if unknown not in source.parameters:
            known = ", ".join(source.parameters) or "none"
            raise OptionError(
                f"The signal '{source.title}' has no parameter {quote(unknown)} "
                f"(given: {quote(parameters[unknown])}). Its parameters are: {known}.",
                (str(unknown),),
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
    parameters: Mapping[str, float] = MappingProxyType({}),
) -> Series:
    """The series that the source `name` gives; a real one knows neither points, noise nor seed.

    The noise is Gaussian, with a standard deviation of `noise` times the signal's own, from a
    random stream apart from the one that a random signal draws from, so that changing the noise
    does not change the signal under it. The ranges of `points`, `noise` and `seed` stand in
    `Experiment`, which checks them.

    Raises:
        OptionError: as `check_parameters`.
    """
    checked = check_parameters(name, parameters)
    source = SOURCES[name]
    if not source.synthetic:
        data = as_series(source.make())
        return Series(data.values, source.title, data.time, source.unit)
    for_signal, for_noise = map(np.random.default_rng, np.random.SeedSequence(seed).spawn(2))
    values = source.make(points, for_signal, **checked)
    if noise:
        values = values + noise * values.std() * for_noise.standard_normal(points)
    return as_series(values, source.title)


def _check(source: Source, option: Option, value: Any) -> float:
    try:
        number = (int if option.kind == "int" else float)(value)
        if isinstance(value, bool | np.bool_) or number != float(value):
            raise ValueError
        option.check(number)
    except (TypeError, ValueError, OverflowError):
        raise OptionError(
            f"{option.title} ({option.name}) of the signal '{source.title}' cannot be "
            f"{quote(value)}: it must be {option.range}.",
            (option.name,),
        ) from None
    return number


Span = Annotated[
    float,
    Option(
        title="Range",
        help="x runs from 0 to here over all points; one turn of a sine is 2π ≈ 6.28 long.",
        unit="x",
        low=1,
        high=10_000,
    ),
]


@signal(
    "sine",
    title="Sine",
    help="One pure wave: the lesson's signal. Two past values determine the next one, so whatever "
    "goes wrong in the closed loop is the network's own doing.",
)
def sine(points: int, rng: np.random.Generator, *, span: Span = 100.0) -> Array:
    """sin x, x evenly from 0 to `span`, both included."""
    return np.sin(np.linspace(0, span, points))


@signal(
    "cosine",
    title="Cosine",
    help="The same wave, started at its top: the lesson's exercise. Nothing changes but the phase.",
)
def cosine(points: int, rng: np.random.Generator, *, span: Span = 100.0) -> Array:
    """cos x, x evenly from 0 to `span`, both included."""
    return np.cos(np.linspace(0, span, points))


@signal(
    "two-sines",
    title="Two sines",
    help="Two waves of different length added: the network must tell both phases from one window.",
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
            help="How many times faster the second wave is than the first.",
            low=0.05,
            high=20,
        ),
    ] = 2.7,
    weight: Annotated[
        float,
        Option(title="Weight", help="The second wave's height; the first has 1.", low=0, high=2),
    ] = 0.5,
) -> Array:
    """sin x + weight · sin(ratio · x)."""
    x = np.linspace(0, span, points)
    return np.sin(x) + weight * np.sin(ratio * x)


@signal(
    "amplitude-modulated",
    title="Amplitude-modulated",
    help="A wave that swells and fades: the network must remember how large it was, and in which "
    "direction that was going.",
)
def amplitude_modulated(
    points: int,
    rng: np.random.Generator,
    *,
    span: Span = 100.0,
    depth: Annotated[
        float,
        Option(
            title="Depth",
            help="How far it swells and fades: 0 not at all, 1 down to silence.",
            low=0,
            high=1,
        ),
    ] = 0.5,
    slowness: Annotated[
        float,
        Option(
            title="Slowness", help="How many waves one swell takes.", unit="waves", low=1.5, high=50
        ),
    ] = 5.0,
) -> Array:
    """(1 + depth · sin(x / slowness)) · sin x."""
    x = np.linspace(0, span, points)
    return (1 + depth * np.sin(x / slowness)) * np.sin(x)


@signal(
    "damped",
    title="Damped",
    help="A wave that dies away: the holdout is smaller than what was learned, and a network that "
    "only knows waves of one height goes on too large.",
)
def damped(
    points: int,
    rng: np.random.Generator,
    *,
    span: Span = 100.0,
    rate: Annotated[
        float,
        Option(title="Damping", help="It falls as e^(−rate · x).", unit="per x", low=0, high=0.5),
    ] = 0.02,
) -> Array:
    """e^(−rate · x) · sin x."""
    x = np.linspace(0, span, points)
    return np.exp(-rate * x) * np.sin(x)


@signal(
    "chirp",
    title="Chirp",
    help="A wave that gets faster: the holdout swings faster than anything learned, and a GRU does "
    "not go beyond what it has seen.",
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
            help="How many times faster the wave is at the end than at the start.",
            low=1,
            high=10,
        ),
    ] = 2.0,
) -> Array:
    """sin φ(x), φ(0) = 0, with φ' growing linearly from 1 to `growth` (a linear chirp)."""
    x = np.linspace(0, span, points)
    return np.sin(x + (growth - 1) * x**2 / (2 * span))


@signal(
    "square",
    title="Square",
    help="It jumps between two values: to jump in time, the network must count the steps since "
    "the last jump, and a window shorter than that cannot show them.",
)
def square(points: int, rng: np.random.Generator, *, span: Span = 100.0) -> Array:
    """+1 in the first half of every 2π, −1 in the second, as `scipy.signal.square` has it."""
    x = np.linspace(0, span, points)
    return np.where(x % (2 * np.pi) < np.pi, 1.0, -1.0)


@signal(
    "sawtooth",
    title="Sawtooth",
    help="It climbs slowly and drops at once: easy but for the drop, which smooth networks round.",
)
def sawtooth(points: int, rng: np.random.Generator, *, span: Span = 100.0) -> Array:
    """From −1 up to 1 in every 2π, as `scipy.signal.sawtooth` has it."""
    x = np.linspace(0, span, points)
    return x % (2 * np.pi) / np.pi - 1


@signal(
    "random-walk",
    title="Random walk",
    help="Every step is pure chance, so no forecast beats repeating the last value. A GRU that "
    "seems to is lucky: a test of honesty.",
)
def random_walk(points: int, rng: np.random.Generator) -> Array:
    """The running sum of standard normal steps."""
    return np.cumsum(rng.standard_normal(points))


@signal(
    "ar2",
    title="AR(2)",
    help="Chance with a rhythm: it swings, but loses its phase. The best forecast is linear and "
    "fades to the mean; a GRU can equal it, never beat it.",
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
            help="What is left of a swing one value later. At 1 it would grow without end.",
            low=0,
            high=0.995,
        ),
    ] = 0.97,
) -> Array:
    """x_t = 2ρ cos(2π / cycle) x_{t−1} − ρ² x_{t−2} + e_t, with ρ = memory and e standard normal.

    The roots of its polynomial have the modulus ρ < 1, so it is stationary (Box, Jenkins &
    Reinsel, Time Series Analysis, 3.2.4). Of the start at zero, 0.995^2000 < 10⁻⁴ is left in the
    first value that is kept.
    """
    burn_in = 2000
    first, second = 2 * memory * np.cos(2 * np.pi / cycle).item(), -(memory**2)
    values = []
    x = before = 0.0
    for shock in rng.standard_normal(burn_in + points).tolist():
        x, before = first * x + second * before + shock, x
        values.append(x)
    return np.array(values[burn_in:])


@signal(
    "logistic-map",
    title="Logistic map",
    help="One line of arithmetic that makes chaos: a GRU can learn the next value almost exactly, "
    "and its closed loop still soon parts from the truth.",
)
def logistic_map(
    points: int,
    rng: np.random.Generator,
    *,
    r: Annotated[
        float,
        Option(
            title="Growth r",
            help="At 3.5 a cycle of four values; mostly chaos from 3.57 on.",
            low=3.5,
            high=4,
        ),
    ] = 3.9,
    start: Annotated[
        float,
        Option(
            title="Start",
            help="The value 100 steps before the first one shown. At r = 4, starts of 0.25, 0.5 "
            "and 0.75 get stuck on one value.",
            low=0.01,
            high=0.99,
        ),
    ] = 0.31,
) -> Array:
    """x' = r x (1 − x) (May 1976, Nature 261), after 100 steps that are left out."""
    burn_in = 100
    values = []
    x = start
    for _ in range(burn_in + points):
        values.append(x)
        x = r * x * (1 - x)
    return np.array(values[burn_in:])


@signal(
    "mackey-glass",
    title="Mackey–Glass",
    help="Blood-cell counts with a delay, one value per time unit: the classic chaotic benchmark. "
    "A GRU follows it for a while if its window reaches back over the delay.",
)
def mackey_glass(
    points: int,
    rng: np.random.Generator,
    *,
    tau: Annotated[
        int,
        Option(
            title="Delay τ",
            help="Chaotic from about 17 on; it repeats itself below.",
            unit="time units",
            low=5,
            high=60,
        ),
    ] = 17,
) -> Array:
    """x'(t) = 0.2 x(t − τ) / (1 + x(t − τ)^10) − 0.1 x(t) (Mackey & Glass 1977, Science 197).

    Sampled every 1.0 time unit from t = 500 on, with x = 1.2 until t = 0. Fourth-order
    Runge–Kutta, ten steps a time unit; the delayed value at the half step is the mean of its
    neighbours.
    """
    per_unit, burn_in = 10, 500
    dt = 1.0 / per_unit
    lag = tau * per_unit
    x = [1.2] * (lag + 1)  # x[lag] is x(0)
    for k in range(lag, lag + (burn_in + points - 1) * per_unit):
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
    return np.array(x[lag + burn_in * per_unit :: per_unit])


@signal(
    "lorenz-x",
    title="Lorenz x",
    help="Weather in three equations, of which one is shown: chaos that jumps between two wings. "
    "A GRU must make up for the two that it does not see.",
)
def lorenz_x(
    points: int,
    rng: np.random.Generator,
    *,
    dt: Annotated[
        float,
        Option(
            title="Time step",
            help="Time from one value to the next; the smaller, the smoother.",
            unit="time units",
            low=0.005,
            high=0.2,
        ),
    ] = 0.05,
) -> Array:
    """x of x' = 10 (y − x), y' = x (28 − z) − y, z' = xy − 8/3 z (Lorenz 1963).

    From (1, 1, 1), at t = 20, 20 + dt, 20 + 2 dt, ... Fourth-order Runge–Kutta in steps of at
    most 0.01: over 10 time units it stays within 1e-3 of an exact solution, and 100,000 values at
    dt = 0.2 take 2 s, where `solve_ivp` took 77 s.
    """
    longest, burn_in = 0.01, 20.0
    x, y, z = _lorenz(1.0, 1.0, 1.0, longest, round(burn_in / longest))
    steps = math.ceil(dt / longest)
    values = []
    for _ in range(points):
        values.append(x)
        x, y, z = _lorenz(x, y, z, dt / steps, steps)
    return np.array(values)


def _lorenz(x: float, y: float, z: float, h: float, steps: int) -> tuple[float, float, float]:
    def slope(x: float, y: float, z: float) -> tuple[float, float, float]:
        return 10 * (y - x), x * (28 - z) - y, x * y - 8 / 3 * z

    for _ in range(steps):
        x1, y1, z1 = slope(x, y, z)
        x2, y2, z2 = slope(x + h / 2 * x1, y + h / 2 * y1, z + h / 2 * z1)
        x3, y3, z3 = slope(x + h / 2 * x2, y + h / 2 * y2, z + h / 2 * z2)
        x4, y4, z4 = slope(x + h * x3, y + h * y3, z + h * z3)
        x += h / 6 * (x1 + 2 * x2 + 2 * x3 + x4)
        y += h / 6 * (y1 + 2 * y2 + 2 * y3 + y4)
        z += h / 6 * (z1 + 2 * z2 + 2 * z3 + z4)
    return x, y, z


# Last, so that the menu has the synthetic ones first.
_sources.update(DATASETS)
