"""The rules that make findings of the numbers of a forecast: tables, read from top to bottom."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

from gru_core.judgement.findings_numbers import ForecastNumbers

__all__ = ["Kind", "Tone", "follows_closely", "kinds_of", "may_be_right", "tone_of"]

Kind = Literal["exploded", "flat", "lag", "loses", "close", "beats", "unscored"]
Tone = Literal["good", "note", "bad"]
Rule = tuple[Kind, Callable[[ForecastNumbers], bool]]

#: The closed loop is flat where its spread is below this share of the series' over such a span.
FLAT_SHARE_OF_SPREAD = 0.1
#: An error below this share of the series' spread, or of a constant's size, needs no mending,
#: whoever is better still.
EXACT_SHARE_OF_SPREAD = 0.02
#: Up to this many times a simple forecast's error, the network's is as good as the same.
EQUAL_ERROR_RATIO = 1.05


def kinds_of(numbers: ForecastNumbers) -> list[Kind]:
    """What is true of a forecast, the worst first; never empty."""
    if _exploded(numbers):
        return ["exploded"]
    compared = next(kind for kind, holds in COMPARISONS if holds(numbers))
    wrong = [kind for kind, holds in FAULTS if holds(numbers)]
    if compared == "loses" or not wrong:
        wrong.append(compared)
    return wrong


def tone_of(kind: Kind, numbers: ForecastNumbers) -> Tone:
    """Whether a finding is good news, something to mend, or neither."""
    if kind == "beats" or (kind == "close" and follows_closely(numbers)):
        return "good"
    if kind in ("close", "unscored"):
        return "note"
    return "note" if kind != "exploded" and may_be_right(kind, numbers) else "bad"


def may_be_right(kind: Kind, numbers: ForecastNumbers) -> bool:
    """Whether a fault is one that no simple forecast could avoid either."""
    if numbers.chance:
        return True
    return kind == "flat" and numbers.compared and not _loses(numbers)


def follows_closely(numbers: ForecastNumbers) -> bool:
    """Whether the error from many starts is next to nothing."""
    return numbers.own_error <= EXACT_SHARE_OF_SPREAD * numbers.yardstick


def _exploded(numbers: ForecastNumbers) -> bool:
    return numbers.lost_after is not None or numbers.lost_elsewhere


def _beats(numbers: ForecastNumbers) -> bool:
    return numbers.own_error < numbers.best_error


def _close(numbers: ForecastNumbers) -> bool:
    equal = numbers.own_error <= EQUAL_ERROR_RATIO * numbers.best_error
    return equal or follows_closely(numbers)


def _loses(numbers: ForecastNumbers) -> bool:
    return not (_beats(numbers) or _close(numbers))


#: Any number of these may hold.
FAULTS: tuple[Rule, ...] = (
    ("flat", lambda numbers: numbers.flat_share < FLAT_SHARE_OF_SPREAD),
    ("lag", lambda numbers: numbers.one_step is not None and numbers.one_step.lags),
)
#: The first of these that holds.
COMPARISONS: tuple[Rule, ...] = (
    ("unscored", lambda numbers: not numbers.compared),
    ("beats", _beats),
    ("close", _close),
    ("loses", lambda numbers: True),
)
