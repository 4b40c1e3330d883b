"""The synthetic signals.

To add a signal, write one function under `@signal`. Give each of its keyword parameters an
`Option`: the app makes controls, URL parameters and table rows from them. No global generator is
seeded. No scipy is imported: `scipy.signal` would add 0.6 s to the first click on a square wave.
"""

from __future__ import annotations

import inspect
import math
from collections.abc import Callable
from types import MappingProxyType
from typing import Annotated

import numpy as np
from numpy.typing import NDArray

from gru_core.data.datasets import Source
from gru_core.options import Option, table_of

__all__ = ["SIGNALS", "signal"]

Array = NDArray[np.float64]
Make = Callable[..., Array]

#: Every synthetic signal by name, in menu order.
SIGNALS: dict[str, Source] = {}


def signal(name: str, *, title: str, help: str) -> Callable[[Make], Make]:
    """Register `make(points, rng, **parameters) -> (points,)` as a synthetic signal."""

    def register(make: Make) -> Make:
        arguments = inspect.signature(make).parameters.values()
        defaults = {a.name: a.default for a in arguments if a.kind is a.KEYWORD_ONLY}
        table = MappingProxyType(table_of(make, defaults))
        SIGNALS[name] = Source(name, title, help, True, make, table)
        return make

    return register


Span = Annotated[
    float,
    Option(
        title="Range",
        help="x runs from 0 to this value over all points. One cycle of a sine is 2π ≈ 6.28 long.",
        unit="x",
        low=1,
        high=10_000,
    ),
]


@signal(
    "sine",
    title="Sine",
    help="One pure wave, the signal of the lesson. Two past values are enough to compute the next "
    "one. If the closed loop goes wrong, only the network can be the cause.",
)
def sine(points: int, rng: np.random.Generator, *, span: Span = 100.0) -> Array:
    """sin x, with x in equal steps from 0 to `span`, both included."""
    return np.sin(np.linspace(0, span, points))


@signal(
    "cosine",
    title="Cosine",
    help="The same wave, started at its top: the exercise of the lesson. Only the phase changes.",
)
def cosine(points: int, rng: np.random.Generator, *, span: Span = 100.0) -> Array:
    """cos x, with x in equal steps from 0 to `span`, both included."""
    return np.cos(np.linspace(0, span, points))


@signal(
    "two-sines",
    title="Two sines",
    help="The sum of two waves of different length. One window must show the network where "
    "each wave is in its cycle.",
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
            help="How many times faster the second wave is than the first one.",
            low=0.05,
            high=20,
        ),
    ] = 2.7,
    weight: Annotated[
        float,
        Option(title="Weight", help="Height of the second wave. The first has 1.", low=0, high=2),
    ] = 0.5,
) -> Array:
    """sin x + weight · sin(ratio · x)."""
    x = np.linspace(0, span, points)
    return np.sin(x) + weight * np.sin(ratio * x)


@signal(
    "amplitude-modulated",
    title="Amplitude-modulated",
    help="A wave that grows and shrinks, again and again. The network must remember how high the "
    "wave is, and whether it is growing or shrinking.",
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
            help="How much the wave grows and shrinks: 0 is not at all, 1 is down to zero.",
            low=0,
            high=1,
        ),
    ] = 0.5,
    slowness: Annotated[
        float,
        Option(
            title="Slowness",
            help="How many waves pass while the height grows and shrinks once.",
            unit="waves",
            low=1.5,
            high=50,
        ),
    ] = 5.0,
) -> Array:
    """(1 + depth · sin(x / slowness)) · sin x."""
    x = np.linspace(0, span, points)
    return (1 + depth * np.sin(x / slowness)) * np.sin(x)


@signal(
    "damped",
    title="Damped",
    help="A wave that dies away. The waves in the holdout are smaller than those in training. A "
    "network that only knows large waves forecasts too large ones.",
)
def damped(
    points: int,
    rng: np.random.Generator,
    *,
    span: Span = 100.0,
    rate: Annotated[
        float,
        Option(title="Damping", help="Its height is e^(−rate · x).", unit="per x", low=0, high=0.5),
    ] = 0.02,
) -> Array:
    """e^(−rate · x) · sin x."""
    x = np.linspace(0, span, points)
    return np.exp(-rate * x) * np.sin(x)


@signal(
    "chirp",
    title="Chirp",
    help="A wave that gets faster and faster. The holdout is faster than anything in training, and "
    "a GRU does not go beyond what it has seen.",
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
    """sin φ(x) with φ(0) = 0, where φ' grows linearly from 1 to `growth` (a linear chirp)."""
    x = np.linspace(0, span, points)
    return np.sin(x + (growth - 1) * x**2 / (2 * span))


@signal(
    "square",
    title="Square",
    help="It jumps between two values. To jump at the right time, the network must count the steps "
    "since the last jump. A short window does not show that jump.",
)
def square(points: int, rng: np.random.Generator, *, span: Span = 100.0) -> Array:
    """+1 in the first half of every 2π, −1 in the second half, like `scipy.signal.square`."""
    x = np.linspace(0, span, points)
    return np.where(x % (2 * np.pi) < np.pi, 1.0, -1.0)


@signal(
    "sawtooth",
    title="Sawtooth",
    help="It climbs slowly and drops at once. The climb is easy. A network is smooth, so it rounds "
    "the drop.",
)
def sawtooth(points: int, rng: np.random.Generator, *, span: Span = 100.0) -> Array:
    """From −1 up to 1 in every 2π, like `scipy.signal.sawtooth`."""
    x = np.linspace(0, span, points)
    return x % (2 * np.pi) / np.pi - 1


@signal(
    "random-walk",
    title="Random walk",
    help="Every step is pure chance. No forecast is better than repeating the last value. A GRU "
    "that looks better was lucky.",
)
def random_walk(points: int, rng: np.random.Generator) -> Array:
    """The running sum of standard normal steps."""
    return np.cumsum(rng.standard_normal(points))


@signal(
    "ar2",
    title="AR(2)",
    help="Random waves. It swings at one speed, but chance shifts its phase. The best forecast is "
    "linear and fades to the mean. A GRU can be as good, but never better.",
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
            help="The part of a swing that is left one value later. At 1 it would grow forever.",
            low=0,
            high=0.995,
        ),
    ] = 0.97,
) -> Array:
    """x_t = 2ρ cos(2π / cycle) x_{t−1} − ρ² x_{t−2} + e_t, with ρ = memory and e standard normal.

    The roots of its polynomial have the modulus ρ < 1, so it is stationary (Box, Jenkins &
    Reinsel, Time Series Analysis, 3.2.4). It starts at zero. The first value that is kept depends
    on that start by less than 0.995^2000 < 10⁻⁴.
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
    help="A short formula that makes chaos. A GRU can learn the next value almost exactly. Its "
    "closed loop still leaves the true values soon.",
)
def logistic_map(
    points: int,
    rng: np.random.Generator,
    *,
    r: Annotated[
        float,
        Option(
            title="Growth r",
            help="At 3.5 it repeats four values. From 3.57 on it is mostly chaotic.",
            low=3.5,
            high=4,
        ),
    ] = 3.9,
    start: Annotated[
        float,
        Option(
            title="Start",
            help="The value 100 steps before the first one that you see. At r = 4, the starts "
            "0.25, 0.5 and 0.75 get stuck at one value.",
            low=0.01,
            high=0.99,
        ),
    ] = 0.31,
) -> Array:
    """x' = r x (1 − x) (May 1976, Nature 261), without its first 100 steps."""
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
    help="A model of the number of blood cells: the body reacts after a delay. It is the classic "
    "chaotic benchmark, with one value per time unit. A GRU follows it for a while if its window "
    "is longer than the delay.",
)
def mackey_glass(
    points: int,
    rng: np.random.Generator,
    *,
    tau: Annotated[
        int,
        Option(
            title="Delay τ",
            help="From about 17 on it is chaotic. Below that it repeats itself.",
            unit="time units",
            low=5,
            high=60,
        ),
    ] = 17,
) -> Array:
    """x'(t) = 0.2 x(t − τ) / (1 + x(t − τ)^10) − 0.1 x(t) (Mackey & Glass 1977, Science 197).

    One value per time unit from t = 500 on, with x = 1.2 until t = 0. Solved by fourth-order
    Runge–Kutta with ten steps per time unit. The delayed value at a half step is the mean of its
    two neighbours.
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
    help="A simple weather model with three variables. It is chaotic: it circles on one side, then "
    "jumps to the other. The GRU sees one variable and must do without the other two.",
)
def lorenz_x(
    points: int,
    rng: np.random.Generator,
    *,
    dt: Annotated[
        float,
        Option(
            title="Time step",
            help="Time from one value to the next. A smaller step gives a smoother curve.",
            unit="time units",
            low=0.005,
            high=0.2,
        ),
    ] = 0.05,
) -> Array:
    """x of x' = 10 (y − x), y' = x (28 − z) − y, z' = xy − 8/3 z (Lorenz 1963).

    It starts at (1, 1, 1). The values are those at t = 20, 20 + dt, 20 + 2 dt, ... Solved by
    fourth-order Runge–Kutta in steps of at most 0.01. Over 10 time units it stays within 1e-3 of an
    exact solution. 100,000 values at dt = 0.2 take 2 s; `solve_ivp` took 77 s.
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
