"""What becomes of the closed loop when it runs on: locks on, drifts, dies, explodes, goes flat.

`stability` lets a network run free and `analyse` judges the run. `stability_numbers` measures,
`stability_rules` turns the numbers into a verdict, `stability_words` says it.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from gru_core.errors import raised_at_call
from gru_core.forecast.result import Result
from gru_core.judgement import stability_words
from gru_core.judgement.stability_numbers import FreeRun, lost_after, measured
from gru_core.judgement.stability_rules import Kind, kind_of
from gru_core.wording import steps

__all__ = [
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

#: A free run is at most this long, and the network reads at most this many values for it: about
#: a second where every window is read again, on one core.
MOST_STEPS = 5000
MOST_READ = 50_000


@dataclass(frozen=True, eq=False, kw_only=True, repr=False)
class Stability(FreeRun):
    """What became of a free run: its numbers, as `FreeRun` has them, and the verdict.

    Attributes:
        kind: the verdict. The attractor's two are for true values without a fixed cycle.
        sentence: the verdict in words, with its numbers.
    """

    kind: Kind
    sentence: str

    def __repr__(self) -> str:
        return f"<Stability over {steps(len(self.generated))}. {self.sentence}>"


@raised_at_call
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
    run = measured(generated, reference, period, start)
    kind = kind_of(run)
    return Stability(**vars(run), kind=kind, sentence=stability_words.verdict(kind, run))


def lost(generated: Array, reference: Array) -> str | None:
    """Since when and why this is no forecast: it is not finite, or absurdly far away; or None."""
    first = lost_after(generated, reference)
    return None if first is None else stability_words.lost(generated, first)
