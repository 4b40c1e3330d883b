"""The verdict on a free run in sentences."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping

import numpy as np
from numpy.typing import NDArray

from gru_core.judgement.stability_numbers import ABSURD_RANGES, FreeRun
from gru_core.judgement.stability_rules import Fault, Kind, faults, repeats_itself, simplifies
from gru_core.wording import percent, sentence, steps

__all__ = ["lost", "verdict"]

#: A change of a swing per cycle, as a share, that is not worth a word.
UNCHANGED = 5e-4


def verdict(kind: Kind, run: FreeRun) -> str:
    """The verdict with its numbers, such as `Dies: it begins with ….`."""
    if run.lost_after is not None:
        words = lost(run.generated, run.lost_after)
    elif run.has_cycle:
        words = _BESIDE_A_CYCLE[kind](run)
    else:
        words = _WITHOUT_A_CYCLE[kind](run)
    return f"{sentence(kind)}: {words}."


def lost(generated: NDArray[np.float64], first: int) -> str:
    """Why `generated` is no forecast from its position `first` on."""
    where = f"more than {ABSURD_RANGES:g} times the range of the true values away from them"
    if not np.isfinite(generated[first]):
        where = "beyond all finite numbers"
    return f"after {steps(first + 1)} it is {where}"


# --- beside true values with a cycle


def _flat(run: FreeRun) -> str:
    return f"{_moves(run)}, while the true cycle takes {run.period:.3g} steps"


def _dies(run: FreeRun) -> str:
    how = f"it begins with {percent(run.early)} of the true swing"  # and dies all at once
    if -1 < run.growth < -UNCHANGED:
        how = f"each cycle swings {percent(-run.growth)} less than the one before it"
    left = f"{percent(run.late)} of the true swing is left"
    return f"{how}, and at the end of {run.cycles:.0f} cycles {left}"


def _explodes(run: FreeRun) -> str:
    return (
        f"its swing {_rate(run.growth)}, and at the end of {run.cycles:.0f} cycles it is "
        f"{run.late:.1f} times the true one"
    )


def _stays(run: FreeRun) -> str:
    return (
        f"like the true values it never quite repeats itself, it shares "
        f"{percent(run.overlap)} of their portrait, and "
        f"{'only its timing parts from theirs' if faults(run) else 'it keeps their rhythm'}"
    )


def _drifts(run: FreeRun) -> str:
    return "; ".join([_FAULTS[fault](run) for fault in faults(run)] + _left_out(run))


def _locks_on(run: FreeRun) -> str:
    size = f"{percent(run.late)} of the true swing"
    if run.true_growth:
        size = f"its swing {_rate(run.growth)}, the true one's {_rate(run.true_growth)}"
    words = (
        f"over {run.cycles:.0f} cycles it keeps the true rhythm of {run.period:.3g} steps (to "
        f"{abs(run.phase):.1g}° a cycle), and {size}"
    )
    return "; ".join([words, *_left_out(run)])


def _left_out(run: FreeRun) -> list[str]:
    if not simplifies(run):
        return []
    return [
        "it repeats the main cycle alone, and leaves out what else there is in the true "
        f"values, {percent(1 - run.true_repeats)} of their variation"
    ]


def _rhythm(run: FreeRun) -> str:
    if math.isnan(run.frequency):
        return f"its cycle cannot be made out, and the true one takes {run.period:.3g} steps"
    if math.isnan(run.phase):
        own = run.period / run.frequency
        return f"its cycle is {own:.3g} steps long, the true one {run.period:.3g}"
    more = "more" if run.phase * run.phase_end > 0 else "less"
    return (
        f"after {run.cycles:.0f} cycles of {run.period:.3g} steps it is "
        f"{_turns(run.phase_end)} {'ahead of' if run.phase_end > 0 else 'behind'} the true "
        f"values, {abs(run.phase):.2g}° {more} with each"
    )


def _swing(run: FreeRun) -> str:
    if run.true_growth:
        return f"its swing {_rate(run.growth)}, the true one {_rate(run.true_growth)}"
    return f"its swing {_rate(run.growth)}, and is {percent(run.late)} of the true one at the end"


def _trend(run: FreeRun) -> str:
    return (
        f"it does not follow the trend: its level changes by {run.slope:.2g} a step, the true one "
        f"by {run.true_slope:.2g}"
    )


# --- beside true values without one


def _flat_without(run: FreeRun) -> str:
    return f"{_moves(run)}; {_no_cycle(run)}"


def _dies_without(run: FreeRun) -> str:
    left = f"{percent(run.second_half)} of the spread of the true values"
    return f"it ends with {left}; {_no_cycle(run)}"


def _explodes_without(run: FreeRun) -> str:
    return f"it ends {run.second_half:.1f} times as spread out as the true values"


def _attractor(run: FreeRun) -> str:
    spread = percent(run.second_half)
    if repeats_itself(run):
        return (
            f"{_no_cycle(run)}, but the free run has settled into one of {run.own_period:.3g} "
            f"steps that it repeats, with {spread} of their spread"
        )
    shares = "has"
    if not math.isnan(run.overlap):
        shares = f"shares {percent(run.overlap)} of their portrait, with"
    return f"{_no_cycle(run)}, and the free run {shares} {spread} of their spread"


def _no_cycle(run: FreeRun) -> str:
    if math.isnan(run.long_period):
        return "in the true values no fixed cycle stands out to lock on to"
    return f"it is too short to judge it by the true cycle of {run.long_period:.3g} steps"


# --- for both


def _moves(run: FreeRun) -> str:
    number = steps(len(run.generated))
    if not run.flat_since:
        return f"in {number} it hardly moves at all"
    first = "first" if run.flat_since == 1 else f"first {run.flat_since:,}"
    return f"of {number} it moves in the {first} alone"


def _rate(growth: float) -> str:
    if abs(growth) < UNCHANGED:
        return "stays as it is"
    return f"{'grows' if growth > 0 else 'shrinks'} by {percent(abs(growth))} a cycle"


def _turns(degrees: float) -> str:
    return f"{abs(degrees):.0f}°" if abs(degrees) < 360 else f"{abs(degrees) / 360:.1f} cycles"


_BESIDE_A_CYCLE: Mapping[Kind, Callable[[FreeRun], str]] = {
    "goes flat": _flat,
    "dies": _dies,
    "explodes": _explodes,
    "stays on the attractor": _stays,
    "drifts": _drifts,
    "locks on": _locks_on,
}
_WITHOUT_A_CYCLE: Mapping[Kind, Callable[[FreeRun], str]] = {
    "goes flat": _flat_without,
    "explodes": _explodes_without,
    "dies": _dies_without,
    "stays on the attractor": _attractor,
    "leaves the attractor": _attractor,
}
_FAULTS: Mapping[Fault, Callable[[FreeRun], str]] = {
    "rhythm": _rhythm,
    "swing": _swing,
    "trend": _trend,
}
