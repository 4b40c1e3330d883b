"""The handover: a network is fed true values for a while, and then nothing but its own."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from gru_core.forecast.result import Result

__all__ = ["Handover", "handovers", "most_true_steps"]

Array = NDArray[np.float64]

#: A finer slider shows no more, and every one of its places costs a closed loop.
MOST_LOOPS = 40


@dataclass(frozen=True, eq=False)
class Handover:
    """The two parts of a forecast of H steps, in the data's units.

    Attributes:
        one_step: (n,) predictions from true past values.
        closed_loop: (H − n,) the loop, which closes after them; its first window holds the last of
            the true values.
    """

    one_step: Array
    closed_loop: Array


def most_true_steps(result: Result) -> int:
    """How many true values there are to feed from the forecast's start: none beyond the data."""
    return max(0, min(result.parts.horizon, result.parts.n - result.parts.forecast_start))


def handovers(result: Result) -> list[Handover]:
    """`result`'s forecast, had its loop closed n steps later, by n, in one batch.

    n goes in equal steps from 0 to all the true values that there are, where the last step may be
    shorter; there are at most `MOST_LOOPS` steps.
    """
    problem, start, horizon = result.problem, result.parts.forecast_start, result.parts.horizon
    forecaster, most = result.forecaster, most_true_steps(result)
    fed = [*range(0, most, max(1, -(-most // MOST_LOOPS))), most]
    one_step = problem.one_step(forecaster, start, start + most)
    loops = problem.forecast_from(forecaster, start + np.array(fed), horizon)
    return [Handover(one_step[:n], loop[: horizon - n]) for n, loop in zip(fed, loops, strict=True)]
