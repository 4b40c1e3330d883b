"""`start_from`: the first settings for a series of the user's own, from what it looks like."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gru_core.data.rhythm import detect_period, straight
from gru_core.experiment.experiment import OPTIONS
from gru_core.wording import count

__all__ = ["STARTED", "TRENDING_SHARE", "Start", "start_from"]

#: The options that `start_from` may set.
STARTED = ("window", "normalization")
#: Where a straight line explains more than this share of the variance, the future has a new level.
TRENDING_SHARE = 0.5
#: A longer window takes too long to train for a first try.
LONGEST_WINDOW = 200
#: A window is at most this share of the values, so that some windows are left to train on.
MOST_OF_THE_VALUES = 1 / 3


@dataclass(frozen=True)
class Start:
    """The first settings for a series.

    Attributes:
        options: the options that should not have their default, by name.
        reasons: a sentence for the user about each of them, by name.
    """

    options: Mapping[str, Any]
    reasons: Mapping[str, str]


def start_from(values: NDArray[np.float64]) -> Start:
    """The first settings for a series whose `values` (N,) before the holdout are known.

    The window holds one cycle and one value more. Then the network sees how a value differs from
    the one a cycle before. Compared with a window of exactly one cycle, this lowered the error on
    the airline passengers from a MASE of 0.99 to 0.54. A series with a trend is normalized by each
    window: there, 0.54 instead of 1.98.
    """
    options: dict[str, Any] = {}
    reasons: dict[str, str] = {}
    default = int(OPTIONS["window"].default)
    period = detect_period(values)
    wanted = period + 1 if period > 1 else default
    window = max(1, min(wanted, LONGEST_WINDOW, int(len(values) * MOST_OF_THE_VALUES)))
    if window != default:
        options["window"] = window
        reasons["window"] = f"Window {window}: {_why(window, wanted, period, len(values))}"
    if straight(values) > TRENDING_SHARE and window > 1:
        options["normalization"] = "window"
        label = OPTIONS["normalization"].label("window")
        reasons["normalization"] = (
            f"Normalization '{label}': your data have a trend, and so the forecast can follow it "
            "to values that training has not seen."
        )
    return Start(options, reasons)


def _why(window: int, wanted: int, period: int, n: int) -> str:
    """Why the window has this length, as the end of a sentence."""
    cycle = f"your data repeat every {period} values"
    if window == wanted:
        return f"{cycle}, and one value more shows what has changed since then."
    short = (
        f"there are {count(n, 'value')} before the holdout, and a longer window would leave too "
        "few windows to train on."
        if window < LONGEST_WINDOW
        else "a longer window takes long to train."
    )
    return f"{cycle}, but {short}" if period > 1 else short
