"""The verdict on a free run in sentences.

Each function below gives its sentences without a capital at the first one and without the last
full stop, so that `verdict` can set the kind before them.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping

import numpy as np
from numpy.typing import NDArray

from gru_core.judgement.stability_numbers import ABSURD_RANGES, FreeRun
from gru_core.judgement.stability_rules import Fault, Kind, faults, repeats_itself, simplifies
from gru_core.wording import count, number, percent, sentence, steps

__all__ = ["lost", "verdict"]

#: A change of a swing per cycle, as a share, that is not worth a word.
UNCHANGED = 5e-4
#: A smaller phase error per cycle, in degrees, is not worth its digits.
LEAST_DEGREES = 0.01


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
    where = f"further from the series than {ABSURD_RANGES:g} times its range"
    if not np.isfinite(generated[first]):
        where = "no finite number any more"
    return f"after {steps(first + 1)} it is {where}"


# --- beside true values with a cycle


def _flat(run: FreeRun) -> str:
    return f"{_moves(run)}. The true cycle takes {number(run.period)} steps"


def _dies(run: FreeRun) -> str:
    how = f"it begins with {percent(run.early)} of the true swing"  # and dies all at once
    if -1 < run.growth < -UNCHANGED:
        how = f"each cycle swings {percent(-run.growth)} less than the one before"
    return f"{how}. After {_cycles(run)}, {percent(run.late)} of the true swing is left"


def _explodes(run: FreeRun) -> str:
    end = f"After {_cycles(run)} it is {number(run.late)} times the true swing"
    return f"its swing {_rate(run.growth)}. {end}"


def _stays(run: FreeRun) -> str:
    rhythm = "Only its timing differs from theirs" if faults(run) else "It keeps their rhythm"
    return (
        "like the true values, it never repeats itself exactly. "
        f"It shares {percent(run.overlap)} of their portrait. {rhythm}"
    )


def _drifts(run: FreeRun) -> str:
    first, *more = [_FAULTS[fault](run) for fault in faults(run)]
    return ". ".join([first, *map(sentence, more), *_left_out(run)])


def _locks_on(run: FreeRun) -> str:
    error = f"{number(abs(run.phase), 1)}°"
    if abs(run.phase) < LEAST_DEGREES:
        error = f"less than {LEAST_DEGREES:g}°"
    rhythm = (
        f"it keeps the true rhythm of {number(run.period)} steps for {_cycles(run)}, "
        f"with an error of {error} a cycle"
    )
    size = f"At the end its swing is {percent(run.late)} of the true swing"
    if run.true_growth:
        size = f"Its swing {_rate(run.growth)}. The true swing {_rate(run.true_growth)}"
    return ". ".join([rhythm, size, *_left_out(run)])


def _left_out(run: FreeRun) -> list[str]:
    if not simplifies(run):
        return []
    return [
        "It repeats the main cycle alone",
        f"It leaves out {percent(1 - run.true_repeats)} of the variation of the true values",
    ]


def _rhythm(run: FreeRun) -> str:
    true = f"The true cycle takes {number(run.period)} steps"
    if math.isnan(run.frequency):
        return f"its cycle cannot be measured. {true}"
    if math.isnan(run.phase):
        return f"its cycle takes {number(run.period / run.frequency)} steps. {true}"
    side = "ahead of" if run.phase_end > 0 else "behind"
    return (
        f"after {_cycles(run)} of {number(run.period)} steps, it is {_turns(run.phase_end)} {side} "
        f"the true values. It {'gains' if run.phase > 0 else 'loses'} "
        f"{number(abs(run.phase), 2)}° with each cycle"
    )


def _swing(run: FreeRun) -> str:
    if run.true_growth:
        return f"its swing {_rate(run.growth)}. The true swing {_rate(run.true_growth)}"
    return f"its swing {_rate(run.growth)}. At the end it is {percent(run.late)} of the true swing"


def _trend(run: FreeRun) -> str:
    own, true = number(run.slope, 2), number(run.true_slope, 2)
    return (
        "it does not follow the trend. "
        f"Its level changes by {own} a step, and the true level by {true}"
    )


# --- beside true values without one


def _flat_without(run: FreeRun) -> str:
    return f"{_moves(run)}. {_no_cycle(run)}"


def _dies_without(run: FreeRun) -> str:
    left = f"{percent(run.second_half)} of the spread of the true values"
    return f"it ends with {left}. {_no_cycle(run)}"


def _explodes_without(run: FreeRun) -> str:
    return f"it ends with {number(run.second_half)} times the spread of the true values"


def _attractor(run: FreeRun) -> str:
    if math.isnan(run.second_half):
        return "it keeps moving. The true values are constant"
    spread = f"its spread is {percent(run.second_half)} of that of the true values"
    first = spread
    if repeats_itself(run):
        first = f"it repeats a cycle of {number(run.own_period)} steps. {sentence(spread)}"
    elif not math.isnan(run.overlap):
        shared = f"it shares {percent(run.overlap)} of the portrait of the true values"
        first = f"{shared}. {sentence(spread)}"
    return f"{first}. {_no_cycle(run)}"


def _no_cycle(run: FreeRun) -> str:
    if math.isnan(run.long_period):
        return "The true values have no fixed cycle"
    return f"It is too short to judge it by the true cycle of {number(run.long_period)} steps"


# --- for both


def _moves(run: FreeRun) -> str:
    length = steps(len(run.generated))
    if not run.flat_since:
        return f"it hardly moves in {length}"
    first = "first step" if run.flat_since == 1 else f"first {steps(run.flat_since)}"
    return f"it moves only in the {first} of {len(run.generated):,}"


def _cycles(run: FreeRun) -> str:
    return count(round(run.cycles), "cycle")


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
