"""The rules that make a verdict of the numbers of a free run: tables, read from top to bottom."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Literal

from gru_core.judgement.stability_numbers import FreeRun

__all__ = ["Fault", "Kind", "faults", "kind_of", "repeats_itself", "simplifies"]

Kind = Literal[
    "locks on",
    "drifts",
    "dies",
    "explodes",
    "goes flat",
    "stays on the attractor",
    "leaves the attractor",
]
#: What a run that drifts has wrong.
Fault = Literal["rhythm", "swing", "trend"]
Rule = tuple[Kind, Callable[[FreeRun], bool]]

#: A swing of at least this many times the true swing, and still growing, explodes.
EXPLODED_SWING = 3.0
#: A swing below this share of the true swing, and still shrinking, dies.
DYING_SHARE_OF_SWING = 0.3
#: A run that has stopped after this many cycles has gone flat, later it has died.
FLAT_WITHIN_CYCLES = 1.5
#: The swing at the end is this many times that at the beginning, where it is still growing.
STILL_GROWING = 1.5
#: A swing from 1 / SAME_SWING to SAME_SWING times the true swing is right.
SAME_SWING = 1.25
#: Degrees per cycle, and in all, up to which a run is in step: 3° are 0.8 % of the frequency.
DEGREES_PER_CYCLE, DEGREES_IN_ALL = 3.0, 45.0
#: Change of the swing per cycle beside the true one's, where that grows or shrinks by itself.
GROWTH_PER_CYCLE = 0.02
#: R² of a straight line from which on the true values have a trend.
TREND_R2 = 0.5
#: Values that `rhythm.repeats` rates at this or more are one cycle repeated: clean cycles reach it.
CLEAN_R2 = 0.85
#: The least share of the portrait that a run on the attractor has in common with it.
SHARED_PORTRAIT = 0.75


def kind_of(run: FreeRun) -> Kind:
    """The verdict on a free run: the first rule that holds."""
    if run.lost_after is not None:
        return "explodes"
    rules = WITH_CYCLE if run.has_cycle else WITHOUT_CYCLE
    return next(kind for kind, holds in rules if holds(run))


def faults(run: FreeRun) -> list[Fault]:
    """What is out of step with the true cycle."""
    return [fault for fault, holds in FAULTS if holds(run)]


def repeats_itself(run: FreeRun) -> bool:
    """Whether the run is one cycle repeated."""
    return run.repeats >= CLEAN_R2


def simplifies(run: FreeRun) -> bool:
    """Whether the run is one cycle repeated, and the true values are more than that."""
    return run.true_repeats < CLEAN_R2 and repeats_itself(run)


def _flat_soon(run: FreeRun) -> bool:
    return run.flat_since is not None and run.flat_since < FLAT_WITHIN_CYCLES * run.period


def _swing_dies(run: FreeRun) -> bool:
    if run.flat_since is not None:
        return True
    small = run.late < DYING_SHARE_OF_SWING * min(1.0, run.expected)
    return small and run.late < run.early / 2


def _swing_explodes(run: FreeRun) -> bool:
    large = run.late > EXPLODED_SWING * max(1.0, run.expected)
    return large and run.late > STILL_GROWING * run.early


def _irregular_and_alike(run: FreeRun) -> bool:
    irregular = max(run.true_repeats, run.repeats) < CLEAN_R2
    return irregular and run.overlap >= SHARED_PORTRAIT


def _spread_explodes(run: FreeRun) -> bool:
    growing = run.second_half > STILL_GROWING * run.first_half
    return run.second_half > EXPLODED_SWING and growing


def _spread_dies(run: FreeRun) -> bool:
    return run.second_half < DYING_SHARE_OF_SWING and run.second_half < run.first_half / 2


def _alike(run: FreeRun) -> bool:
    return run.overlap >= SHARED_PORTRAIT and 1 / SAME_SWING <= run.second_half <= SAME_SWING


#: For true values with a cycle to lock on to.
WITH_CYCLE: tuple[Rule, ...] = (
    ("goes flat", _flat_soon),
    ("dies", _swing_dies),
    ("explodes", _swing_explodes),
    ("stays on the attractor", _irregular_and_alike),
    ("drifts", lambda run: bool(faults(run))),
    ("locks on", lambda run: True),
)
#: For true values without one: spreads and portraits are compared.
WITHOUT_CYCLE: tuple[Rule, ...] = (
    ("goes flat", lambda run: run.flat_since is not None),
    ("explodes", _spread_explodes),
    ("dies", _spread_dies),
    ("leaves the attractor", repeats_itself),
    ("stays on the attractor", _alike),
    ("leaves the attractor", lambda run: True),
)


def _wrong_rhythm(run: FreeRun) -> bool:
    if math.isnan(run.phase):  # no cycle at all, or another one
        return True
    return abs(run.phase) > DEGREES_PER_CYCLE or abs(run.phase_end) > DEGREES_IN_ALL


def _wrong_swing(run: FreeRun) -> bool:
    if run.true_growth:
        return abs(run.growth - run.true_growth) > GROWTH_PER_CYCLE
    return not 1 / SAME_SWING <= run.late <= SAME_SWING


def _lost_trend(run: FreeRun) -> bool:
    # A trend may well go on faster than before: only a lost one counts.
    along = run.slope * math.copysign(1.0, run.true_slope)
    return run.trend > TREND_R2 and along < 0.5 * abs(run.true_slope)


FAULTS: tuple[tuple[Fault, Callable[[FreeRun], bool]], ...] = (
    ("rhythm", _wrong_rhythm),
    ("swing", _wrong_swing),
    ("trend", _lost_trend),
)
