"""What becomes of the closed loop when it runs on: locks on, drifts, dies, explodes, goes flat.

`analyse` is pure arithmetic on arrays; `stability` hands it a network's free run.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from gru_core.data.rhythm import bent, delay, line, main_period, overlap, repeats, straight, swing
from gru_core.forecast.result import Result
from gru_core.wording import percent, sentence, steps

__all__ = [
    "ABSURD",
    "MOST_READ",
    "MOST_STEPS",
    "Kind",
    "Stability",
    "analyse",
    "free_run",
    "lost",
    "stability",
]

Array = NDArray[np.float64]
Kind = Literal[
    "locks on",
    "drifts",
    "dies",
    "explodes",
    "goes flat",
    "stays on the attractor",
    "leaves the attractor",
]

#: A free run is at most this long, and the network reads at most this many values for it: about
#: a second where every window is read again, on one core.
MOST_STEPS = 5000
MOST_READ = 50_000

#: So many ranges of the true values away from them is no forecast any more.
ABSURD = 10.0
#: A swing of at least this many times the true one, and still growing, explodes.
GROWN = 3.0
#: Below the first share of the true swing nothing moves; below the second a cycle may be dying.
FLAT, DEAD = 0.05, 0.3
#: A run that has stopped after this many cycles has gone flat, later it has died.
SOON = 1.5
#: A swing from 1 / STEADY to STEADY times the true one is right, as far as a verdict goes.
STEADY = 1.25
#: Degrees per cycle, and in all, up to which a run is in step: 3° are 0.8 % of the frequency.
PER_CYCLE, IN_ALL = 3.0, 45.0
#: Change of the swing per cycle beside the true one's, where that grows or shrinks by itself.
PER_CYCLE_GROWTH = 0.02
#: A change of a swing per cycle that is not worth a word.
STILL = 5e-4
#: R² of a straight line from which on it is a trend: in the values, or in the log of their swing.
TREND, GROWING = 0.5, 0.7
#: How far the frequency may be off for phases to be compared: the filter that finds them is an
#: octave wide.
COMPARABLE = 0.3
#: What `repeats` finds. Measured: random walks, AR(2), sunspots, a chirp, the logistic map and
#: Lorenz's x stay under 0.3; airline passengers, El Niño and a sine under as much noise reach 0.5
#: to 0.8, clean cycles 0.85.
CYCLIC, CLEAN = 0.45, 0.85
#: The least share of the portrait that a run on the attractor has in common with it.
ON_IT = 0.75


@dataclass(frozen=True, eq=False)
class Stability:
    """What became of a free run. A number that has no meaning for it is NaN.

    Attributes:
        kind: the verdict. The last two are for true values without a fixed cycle to lock on to.
        sentence: the verdict in words, with its numbers.
        generated: the free run (T,), in the data's units.
        lag: how many steps apart the coordinates of a portrait are best taken.
        period: the true cycle, in steps.
        cycles: how many of these the free run lasts.
        frequency: its frequency / the true one.
        early, late: its swing in its first and last quarter / the true one.
        growth: how its swing changes per cycle, as a share: 0.02 is 2 % more each cycle.
        true_growth: the same of the true values; 0 where they keep their swing.
        phase: the degrees that it gains on the true values per cycle; negative, it falls behind.
        phase_end: the degrees by which it is ahead of them at its end.
        overlap: how much of the true delay portrait it shares, as a share of what the two halves
            of the true values share.
    """

    kind: Kind
    sentence: str
    generated: Array
    lag: int = 1
    period: float = math.nan
    cycles: float = math.nan
    frequency: float = math.nan
    early: float = math.nan
    late: float = math.nan
    growth: float = math.nan
    true_growth: float = math.nan
    phase: float = math.nan
    phase_end: float = math.nan
    overlap: float = math.nan


def stability(result: Result, factor: int = 10) -> Stability:
    """Let `result`'s network run free from the forecast's start, and say what becomes of it."""
    generated = free_run(result, factor)
    return analyse(generated, result.series.values, result.period, result.parts.forecast_start)


def free_run(result: Result, factor: int = 10) -> Array:
    """The closed loop from the forecast's start, `factor` times the horizon (or cycle) long.

    (T,) in the data's units; not longer than `MOST_STEPS`, or than `MOST_READ` allows where each
    step reads its window again, but at least as long as the forecast.
    """
    horizon = result.parts.horizon
    steps = min(factor * max(horizon, result.period), MOST_STEPS)
    if result.experiment.feedback == "window":
        steps = min(steps, MOST_READ // result.parts.window)
    start = result.parts.forecast_start
    return result.problem.forecast_from(result.forecaster, start, max(steps, horizon))


def analyse(generated: Array, reference: Array, period: float = 1, start: int = 0) -> Stability:
    """What becomes of a free run, measured against true values.

    Args:
        generated: (T,) the free run; it may leave the finite numbers.
        reference: (N,) all true values that are known, finite.
        period: the true cycle in steps as far as it is known, 1 where it is not: it is measured.
        start: the position in `reference` that `generated` begins at. Where both are known they
            are compared; beyond its end, the true cycle is taken to go on as it was.
    """
    found = Stability("goes flat", "", generated)
    explosion = lost(generated, reference)
    if explosion is not None:
        return _told(found, "explodes", explosion)
    true = main_period(reference, period)
    regular = repeats(reference, true)
    if regular >= CYCLIC and len(generated) >= 4 * true:
        found = _shared(_measured(found, reference, true, start), reference)
        return _told(found, *_of_a_cycle(found, reference, regular))
    found = _shared(replace(found, lag=delay(reference)), reference)
    none = "in the true values no fixed cycle stands out to lock on to"
    if regular >= CYCLIC:
        none = f"it is too short to judge it by the true cycle of {true:.3g} steps"
    return _told(found, *_without_cycle(found, reference, none))


def _told(found: Stability, kind: Kind, words: str) -> Stability:
    return replace(found, kind=kind, sentence=f"{sentence(kind)}: {words}.")


def lost(generated: Array, reference: Array) -> str | None:
    """Since when and why this is no forecast: it is not finite, or absurdly far away; or None."""
    middle, room = float(np.median(reference)), float(np.ptp(reference)) or 1.0
    room += abs(line(reference)[0]) * len(generated)  # a trend may lead far away
    bad = np.flatnonzero(~(np.abs(generated - middle) <= ABSURD * room))
    if not len(bad):
        return None
    where = f"more than {ABSURD:g} times the range of the true values away from them"
    if not np.isfinite(generated).all():
        where = "beyond all finite numbers" if not np.isfinite(generated[bad[0]]) else where
    return f"after {steps(bad[0] + 1)} it is {where}"


def _measured(found: Stability, reference: Array, period: float, start: int) -> Stability:
    own = main_period(found.generated, period)
    run, true = swing(found.generated, period, start), swing(reference, period)
    quarter = max(1, len(run.at) // 4)
    size = float(np.median(true.amplitude))
    true_growth = 0.0
    sizes = np.log(np.maximum(true.amplitude, 1e-3 * size))
    if np.ptp(sizes) > math.log(1.5) and straight(sizes) > GROWING:
        # Otherwise it swells and fades, or chance moves it: that is no growth to go by.
        true_growth = _growth(true.amplitude, period)
        size = float(np.median(true.amplitude[-round(period) :]))
    early = float(np.median(run.amplitude[:quarter])) / size
    late = float(np.median(run.amplitude[-quarter:])) / size
    found = replace(
        found,
        lag=delay(reference, period),
        period=period,
        cycles=len(found.generated) / period,
        early=early,
        late=late,
        growth=_growth(run.amplitude, period, floor=0.01 * size),
        true_growth=true_growth,
    )
    if not (late > FLAT and math.isfinite(own)):
        return found
    found = replace(found, frequency=period / own)
    if abs(found.frequency - 1) > COMPARABLE:
        return found
    # Beyond what is known, the true phase is that of the last known cycle.
    last = float(true.phase[-round(period) :].mean())
    ahead = run.phase - np.interp(run.at, true.at, true.phase, right=last)
    ahead -= 360 * round(float(ahead[0]) / 360)
    per_cycle = float(np.polyfit(run.at / period, ahead, 1)[0])
    return replace(found, phase=per_cycle, phase_end=float(ahead[-1]))


def _shared(found: Stability, reference: Array) -> Stability:
    """With the overlap of the portraits, measured by what the halves of the true values share."""
    half = len(reference) // 2
    ends = found.lag, float(reference.min()), float(reference.max())
    own = overlap(reference[:half], reference[half:], *ends)
    if not own > 0.5:  # a trend, or a walk: there is no one portrait
        return found
    return replace(found, overlap=min(1.0, overlap(found.generated, reference, *ends) / own))


def _of_a_cycle(found: Stability, reference: Array, regular: float) -> tuple[Kind, str]:
    cycles = f"{found.cycles:.0f} cycles"
    # What is left at the end of true values that shrink or grow by themselves, if that goes on.
    likely = (1 + found.true_growth) ** found.cycles
    since = _flat_since(found.generated, _spread(reference) * min(1.0, likely))
    if since is not None and since < SOON * found.period:
        flat = _flat(since, len(found.generated))
        return "goes flat", f"{flat}, while the true cycle takes {found.period:.3g} steps"
    dead = found.late < DEAD * min(1.0, likely) and found.late < found.early / 2
    if since is not None or dead:
        how = f"it begins with {percent(found.early)} of the true swing"  # and dies all at once
        if -1 < found.growth < -STILL:
            how = f"each cycle swings {percent(-found.growth)} less than the one before it"
        left = f"{percent(found.late)} of the true swing is left"
        return "dies", f"{how}, and at the end of {cycles} {left}"
    if found.late > GROWN * max(1.0, likely) and found.late > 1.5 * found.early:
        return "explodes", (
            f"its swing {_rate(found.growth)}, and at the end of {cycles} it is "
            f"{found.late:.1f} times the true one"
        )
    wrong = _drift(found, reference)
    own = repeats(found.generated, main_period(found.generated, found.period))
    if max(regular, own) < CLEAN and found.overlap >= ON_IT:
        return "stays on the attractor", (
            f"like the true values it never quite repeats itself, it shares "
            f"{percent(found.overlap)} of their portrait, and "
            f"{'only its timing parts from theirs' if wrong else 'it keeps their rhythm'}"
        )
    alone = []
    if regular < CLEAN <= own:
        alone.append(
            "it repeats the main cycle alone, and leaves out what else there is in the true "
            f"values, {percent(1 - regular)} of their variation"
        )
    if wrong:
        return "drifts", "; ".join(wrong + alone)
    size = f"{percent(found.late)} of the true swing"
    if found.true_growth:
        size = f"its swing {_rate(found.growth)}, the true one's {_rate(found.true_growth)}"
    words = (
        f"over {cycles} it keeps the true rhythm of {found.period:.3g} steps (to "
        f"{abs(found.phase):.1g}° a cycle), and {size}"
    )
    return "locks on", "; ".join([words, *alone])


def _drift(found: Stability, reference: Array) -> list[str]:
    """What is out of step, in words: the rhythm, the swing, the level."""
    wrong = []
    if math.isnan(found.frequency):
        wrong.append(
            f"its cycle cannot be made out, and the true one takes {found.period:.3g} steps"
        )
    elif math.isnan(found.phase):
        own = found.period / found.frequency
        wrong.append(f"its cycle is {own:.3g} steps long, the true one {found.period:.3g}")
    elif abs(found.phase) > PER_CYCLE or abs(found.phase_end) > IN_ALL:
        more = "more" if found.phase * found.phase_end > 0 else "less"
        wrong.append(
            f"after {found.cycles:.0f} cycles of {found.period:.3g} steps it is "
            f"{_turns(found.phase_end)} {'ahead of' if found.phase_end > 0 else 'behind'} the true "
            f"values, {abs(found.phase):.2g}° {more} with each"
        )
    if found.true_growth:
        if abs(found.growth - found.true_growth) > PER_CYCLE_GROWTH:
            wrong.append(
                f"its swing {_rate(found.growth)}, the true one {_rate(found.true_growth)}"
            )
    elif not 1 / STEADY <= found.late <= STEADY:
        wrong.append(
            f"its swing {_rate(found.growth)}, and is {percent(found.late)} of the true one at "
            "the end"
        )
    run, trend = line(found.generated)[0], line(reference)[0]
    # A trend may well go on faster than before, so that only a lost one counts.
    if straight(reference) > TREND and run / trend < 0.5:
        wrong.append(
            f"it does not follow the trend: its level changes by {run:.2g} a step, the true one "
            f"by {trend:.2g}"
        )
    return wrong


def _without_cycle(found: Stability, reference: Array, none: str) -> tuple[Kind, str]:
    """Without a cycle to go by (`none` says why), spreads and portraits are compared."""
    generated = found.generated
    since = _flat_since(generated, _spread(reference))
    if since is not None:
        return "goes flat", f"{_flat(since, len(generated))}; {none}"
    half = len(generated) // 2
    early, late = float(bent(generated[:half]).std()), float(bent(generated[half:]).std())
    spread = late / _spread(reference)
    if spread > GROWN and late > 1.5 * early:
        return "explodes", f"it ends {spread:.1f} times as spread out as the true values"
    if spread < DEAD and late < early / 2:
        return "dies", f"it ends with {percent(spread)} of the spread of the true values; {none}"
    own = main_period(generated)
    if repeats(generated, own) >= CLEAN:
        return "leaves the attractor", (
            f"{none}, but the free run has settled into one of {own:.3g} steps that it repeats, "
            f"with {percent(spread)} of their spread"
        )
    shares = f"shares {percent(found.overlap)} of their portrait, with"
    if math.isnan(found.overlap):
        shares = "has"
    words = f"{none}, and the free run {shares} {percent(spread)} of their spread"
    alike = found.overlap >= ON_IT and 1 / STEADY <= spread <= STEADY
    return ("stays on the attractor" if alike else "leaves the attractor"), words


def _flat_since(generated: Array, spread: float) -> int | None:
    """The step from which on the run is a straight line, beside a true `spread`; None if never."""
    half = len(generated) // 2
    slope, level = line(generated[half:])
    away = np.abs(generated - (level + slope * (np.arange(len(generated)) - half)))
    if away[half:].std() > FLAT * spread:
        return None
    moving = np.flatnonzero(away > 2 * FLAT * spread)
    return int(moving[-1]) + 1 if len(moving) else 0


def _flat(since: int, number: int) -> str:
    if since == 0:
        return f"in {steps(number)} it hardly moves at all"
    first = "first" if since == 1 else f"first {since:,}"
    return f"of {steps(number)} it moves in the {first} alone"


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


def _rate(growth: float) -> str:
    if abs(growth) < STILL:
        return "stays as it is"
    return f"{'grows' if growth > 0 else 'shrinks'} by {percent(abs(growth))} a cycle"


def _turns(degrees: float) -> str:
    return f"{abs(degrees):.0f}°" if abs(degrees) < 360 else f"{abs(degrees) / 360:.1f} cycles"
