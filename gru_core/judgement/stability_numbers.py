"""What is measured of a free run: numbers only, no verdict and no words."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gru_core.data.rhythm import (
    Swing,
    bent,
    delay,
    line,
    main_period,
    overlap,
    repeats,
    straight,
    swing,
)
from gru_core.data.series import extent, size_exponent
from gru_core.wording import short_repr

__all__ = ["ABSURD_RANGES", "FreeRun", "lost_after", "measured"]

Array = NDArray[np.float64]

#: Values so many ranges of the true values away from them are no forecast any more.
ABSURD_RANGES = 10.0
#: A run whose swing is below this share of the true swing does not move.
FLAT_SHARE_OF_SWING = 0.05
#: R² of a straight line through the logarithm of the true swing: from here on it grows or shrinks.
GROWING_R2 = 0.7
#: True values that `repeats` rates below this have no cycle. Measured: random walks, AR(2),
#: sunspots, a chirp, the logistic map and Lorenz's x stay under 0.3; airline passengers, El Niño
#: and a sine under as much noise reach 0.5 to 0.8.
CYCLIC_R2 = 0.45
#: A run must last this many true cycles to be judged by them.
FEWEST_CYCLES = 4
#: How far the frequency may be off for phases to be compared: the filter that measures the phase
#: is an octave wide.
COMPARABLE_FREQUENCY = 0.3
#: Two halves of the true values that share less than this have no common portrait.
COMMON_PORTRAIT = 0.5


@dataclass(frozen=True, eq=False, kw_only=True)
class FreeRun:
    """A free run, measured against the true values. A number without a meaning for it is NaN.

    Attributes:
        generated: the free run (T,), in the data's units.
        lost_after: the position in `generated` from which on it is no forecast; None if it stays
            one. Where there is one, nothing else is measured.
        lag: how many steps apart the coordinates of a portrait are best taken.
        period: the true cycle, in steps; NaN where the run cannot be judged by one.
        long_period: a true cycle, in steps, that is too long to judge this run by.
        cycles: how many true cycles the free run lasts.
        frequency: its frequency / the true one.
        early, late: its swing in its first and last quarter / the true swing.
        growth: how its swing changes per cycle, as a share: 0.02 is 2 % more each cycle.
        true_growth: the same of the true values; 0 where they keep their swing.
        phase: the degrees that it gains on the true values per cycle; negative, it falls behind.
        phase_end: the degrees by which it is ahead of them at its end.
        overlap: how much of the true delay portrait it shares, as a share of what the two halves
            of the true values share.
        flat_since: the step from which on it is a straight line; None if it is none.
        first_half, second_half: its spread in each half / the spread of the true values, where
            they are not constant.
        repeats, true_repeats: how much of the run, and of the true values, is one cycle repeated
            (R²; see `rhythm.repeats`).
        own_period: the main cycle of the run, in steps.
        slope, true_slope: of the straight line through either, in the data's units a step.
        trend: how much of the true values is their straight line (R²).
    """

    generated: Array
    lost_after: int | None = None
    lag: int = 1
    period: float = math.nan
    long_period: float = math.nan
    cycles: float = math.nan
    frequency: float = math.nan
    early: float = math.nan
    late: float = math.nan
    growth: float = math.nan
    true_growth: float = math.nan
    phase: float = math.nan
    phase_end: float = math.nan
    overlap: float = math.nan
    flat_since: int | None = None
    first_half: float = math.nan
    second_half: float = math.nan
    repeats: float = math.nan
    true_repeats: float = math.nan
    own_period: float = math.nan
    slope: float = math.nan
    true_slope: float = math.nan
    trend: float = math.nan

    __repr__ = short_repr

    @property
    def has_cycle(self) -> bool:
        """Whether the true values have a cycle that the run can be judged by."""
        return math.isfinite(self.period)

    @property
    def expected(self) -> float:
        """What would be left of the true swing at the run's end if it changed on as before."""
        if not self.true_growth > -1:
            return 0.0
        return math.exp(min(self.cycles * math.log1p(self.true_growth), 700.0))


def measured(generated: Array, reference: Array, period: float = 1, start: int = 0) -> FreeRun:
    """The numbers of a free run `generated` (T,) beside the true values `reference` (N,).

    `period` is the true cycle as far as it is known, 1 where it is not. `start` is the position in
    `reference` that `generated` begins at.
    """
    whole = FreeRun(generated=generated, lost_after=lost_after(generated, reference))
    if whole.lost_after is not None:
        return whole
    exponent = size_exponent(reference)
    scaled, reference = np.ldexp(generated, -exponent), np.ldexp(reference, -exponent)
    true_period = main_period(reference, period)
    run = replace(whole, generated=scaled, true_repeats=repeats(reference, true_period))
    if run.true_repeats >= CYCLIC_R2 and len(generated) >= FEWEST_CYCLES * true_period:
        run = _beside_a_cycle(run, reference, true_period, start)
    else:
        too_long = true_period if run.true_repeats >= CYCLIC_R2 else math.nan
        run = replace(run, lag=delay(reference), long_period=too_long)
    run = replace(run, **_shape(run, reference, exponent), overlap=_overlap(run, reference))
    return replace(run, generated=generated)


def lost_after(generated: Array, reference: Array) -> int | None:
    """The first position in `generated` that is not finite or absurdly far away; None without."""
    exponent = size_exponent(reference)
    with np.errstate(over="ignore"):  # what overflows here is absurdly far away
        generated, reference = np.ldexp(generated, -exponent), np.ldexp(reference, -exponent)
    middle, room = float(np.median(reference)), extent(reference)
    room += abs(line(reference)[0]) * len(generated)  # a trend may lead far away
    bad = np.flatnonzero(~(np.abs(generated - middle) <= ABSURD_RANGES * room))
    return int(bad[0]) if len(bad) else None


def _beside_a_cycle(run: FreeRun, reference: Array, period: float, start: int) -> FreeRun:
    """`run` with all that is measured by the true cycle: swing, growth, frequency and phase."""
    own, true = swing(run.generated, period, start), swing(reference, period)
    quarter = max(1, len(own.at) // 4)
    size = float(np.median(true.amplitude))
    true_growth = 0.0
    sizes = np.log(np.maximum(true.amplitude, 1e-3 * size))
    if np.ptp(sizes) > math.log(1.5) and straight(sizes) > GROWING_R2:
        # Otherwise it swells and fades, or chance moves it: that is no growth to go by.
        true_growth = _growth(true.amplitude, period)
        size = float(np.median(true.amplitude[-round(period) :]))
    run = replace(
        run,
        lag=delay(reference, period),
        period=period,
        cycles=len(run.generated) / period,
        early=float(np.median(own.amplitude[:quarter])) / size,
        late=float(np.median(own.amplitude[-quarter:])) / size,
        growth=_growth(own.amplitude, period, floor=0.01 * size),
        true_growth=true_growth,
        own_period=main_period(run.generated, period),
    )
    return replace(run, **_timing(run, own, true))


def _timing(run: FreeRun, own: Swing, true: Swing) -> dict[str, Any]:
    """The frequency and the phase of a run beside those of the true values."""
    if not (run.late > FLAT_SHARE_OF_SWING and math.isfinite(run.own_period)):
        return {}
    frequency = run.period / run.own_period
    if abs(frequency - 1) > COMPARABLE_FREQUENCY:
        return {"frequency": frequency}
    # Beyond what is known, the true phase is that of the last known cycle.
    last = float(true.phase[-round(run.period) :].mean())
    ahead = own.phase - np.interp(own.at, true.at, true.phase, right=last)
    ahead -= 360 * round(float(ahead[0]) / 360)
    per_cycle = float(np.polyfit(own.at / run.period, ahead, 1)[0])
    return {"frequency": frequency, "phase": per_cycle, "phase_end": float(ahead[-1])}


def _shape(run: FreeRun, reference: Array, exponent: int) -> dict[str, Any]:
    """What needs no cycle: spreads, slopes, and since when the run is flat."""
    generated, spread = run.generated, _spread(reference)
    half = len(generated) // 2
    own_period = run.own_period if run.has_cycle else main_period(generated)
    expected = min(1.0, run.expected) if run.has_cycle else 1.0
    shape = {
        "flat_since": _flat_since(generated, spread * expected),
        "own_period": own_period,
        "repeats": repeats(generated, own_period),
        "slope": math.ldexp(line(generated)[0], exponent),
        "true_slope": math.ldexp(line(reference)[0], exponent),
        "trend": straight(reference),
    }
    if np.ptp(reference) > 0:  # beside a constant, every spread is infinitely large
        shape["first_half"] = float(bent(generated[:half]).std()) / spread if half else math.nan
        shape["second_half"] = float(bent(generated[half:]).std()) / spread
    return shape


def _overlap(run: FreeRun, reference: Array) -> float:
    """The overlap of the portraits, measured by what the halves of the true values share."""
    if not np.ptp(reference) > 0:
        return math.nan
    half = len(reference) // 2
    ends = run.lag, float(reference.min()), float(reference.max())
    own = overlap(reference[:half], reference[half:], *ends)
    if not own > COMMON_PORTRAIT:  # a trend, or a walk: there is no one portrait
        return math.nan
    return min(1.0, overlap(run.generated, reference, *ends) / own)


def _flat_since(generated: Array, spread: float) -> int | None:
    """The step from which on the run is a straight line, beside a true `spread`; None if never."""
    half = len(generated) // 2
    slope, level = line(generated[half:])
    away = np.abs(generated - (level + slope * (np.arange(len(generated)) - half)))
    if away[half:].std() > FLAT_SHARE_OF_SWING * spread:
        return None
    moving = np.flatnonzero(away > 2 * FLAT_SHARE_OF_SWING * spread)
    return int(moving[-1]) + 1 if len(moving) else 0


def _growth(amplitude: Array, period: float, floor: float = 0.0) -> float:
    """The change per cycle of an amplitude (M,), as a share, while it is above `floor`."""
    below = np.flatnonzero(~(amplitude > floor))
    alive = amplitude[: below[0]] if len(below) else amplitude
    if len(alive) < 2:
        return -1.0
    slope = np.polyfit(np.arange(len(alive)) / period, np.log(alive), 1)[0]
    return float(np.expm1(slope))


def _spread(values: Array) -> float:
    """The standard deviation around the straight line; of constant values, next to nothing."""
    least = 1e-9 * max(float(np.abs(values).max()), 1e-290)
    return max(float(bent(values).std()), least)
