"""The handover: a network is fed true values for a while, and then nothing but its own.

May import everything to its left, never torch: the web process computes it while a slider moves.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from gru_core.errors import SeriesError
from gru_core.results import Result

__all__ = ["Handover", "hand_over", "most_true_steps"]

Array = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Handover:
    """The two parts of a forecast of H steps, in the data's units.

    Attributes:
        start: the position of the first step in the series.
        one_step: (n,) predictions from true past values.
        closed_loop: (H − n,) the loop, which closes after them; its first window holds the last of
            the true values.
    """

    start: int
    one_step: Array
    closed_loop: Array

    @property
    def closes_at(self) -> int:
        """The position of the first step of the closed loop."""
        return self.start + len(self.one_step)


def most_true_steps(result: Result) -> int:
    """How many true values there are to feed from the forecast's start: none beyond the data."""
    return max(0, min(result.parts.horizon, result.parts.n - result.parts.forecast_start))


def hand_over(result: Result, n: int) -> Handover:
    """`result`'s forecast, had its loop closed `n` steps later.

    Raises:
        SeriesError: there are not so many true values from the forecast's start on.
    """
    most = most_true_steps(result)
    if not 0 <= n <= most:
        raise SeriesError(
            f"The network cannot be fed {n} true steps: from the forecast's start on there are 0 "
            f"to {most}."
        )
    problem, start = result.problem, result.parts.forecast_start
    forecaster, rest = result.forecaster, result.parts.horizon - n
    one_step = problem.one_step(forecaster, start, start + n) if n else np.empty(0)
    closed_loop = problem.forecast_from(forecaster, start + n, rest) if rest else np.empty(0)
    return Handover(start, one_step, closed_loop)
