"""The handover: a network reads true values for a while, and then only its own forecasts."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from gru_core.forecast.result import Result
from gru_core.wording import short_repr

__all__ = ["Handover", "handovers", "most_true_steps"]

Array = NDArray[np.float64]

#: A finer slider shows no more, and each of its positions costs a closed loop.
MOST_LOOPS = 25


@dataclass(frozen=True, eq=False)
class Handover:
    """The two parts of a forecast of H steps, in the data's units.

    Attributes:
        one_step: (n,) predictions from true past values.
        closed_loop: (H − n,) the loop, which closes after them. Its first window holds the last
            true values.
    """

    one_step: Array
    closed_loop: Array

    __repr__ = short_repr


def most_true_steps(result: Result) -> int:
    """How many true values there are from the forecast's start on: none beyond the data."""
    return max(0, min(result.parts.horizon, result.parts.n - result.parts.forecast_start))


def handovers(result: Result) -> list[Handover]:
    """`result`'s forecast with a loop that closes n steps later, for several n, in one batch.

    n goes from 0 to the number of true values, in at most `MOST_LOOPS` equal steps. The last step
    may be shorter.
    """
    problem, start, horizon = result.problem, result.parts.forecast_start, result.parts.horizon
    forecaster, most = result.forecaster, most_true_steps(result)
    fed = [*range(0, most, max(1, -(-most // MOST_LOOPS))), most]
    one_step = problem.one_step(forecaster, start, start + most)
    loops = problem.forecast_from(forecaster, start + np.array(fed), horizon)
    return [Handover(one_step[:n], loop[: horizon - n]) for n, loop in zip(fed, loops, strict=True)]
