"""The hidden states of a free run beside those of a fed run, in the plane that shows most of them.

A network with more than two units has too many directions for a drawing. Its states are projected
on their first two principal components. This is an approximation: `share` says how good it is.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from gru_core.forecast.events import Weights
from gru_core.forecast.problem import Problem
from gru_core.forecast.trace import along
from gru_core.wording import short_repr

__all__ = ["Plane", "plane", "principal_components"]

Array = NDArray[np.float64]

#: The runs start early enough to have so many true values beside them, if there are so many.
FEWEST_STEPS = 60
#: The runs have at most so many steps. A network above `LARGE` units gets fewer.
MOST_STEPS = 300
MOST_STEPS_OF_LARGE = 100
LARGE = 256


@dataclass(frozen=True, eq=False)
class Plane:
    """Two runs of one network from the same window: fed with true values, and free.

    Attributes:
        fed: the fed run's states (L + 1, 2), from the state after the first window on.
        free: the free run's states (M + 1, 2). M is L, or less if the run is no longer finite.
        values: the free run's outputs (M + 1,) in data units: `values[k]` is read from `free[k]`.
        truth: the true values (L + 1,) at the same places. The last one may be NaN.
        share: how much of the variance of all states these two components show, from 0 to 1.
    """

    fed: Array
    free: Array
    values: Array
    truth: Array
    share: float

    __repr__ = short_repr


def plane(problem: Problem, weights: Weights) -> Plane:
    """The runs of the first member in the plane of their principal components.

    They start where the forecast starts, or earlier if too few true values follow. With feedback
    `window` there is no carried state: the states are those after each window. With several
    layers, they are those of the last layer; of an LSTM, they are h.
    """
    experiment, parts = problem.experiment, problem.parts
    most = MOST_STEPS if experiment.hidden_size <= LARGE else MOST_STEPS_OF_LARGE
    start = max(parts.first, min(parts.forecast_start, parts.n - FEWEST_STEPS))
    steps = min(most, parts.n - start)
    inputs = problem.context_of(np.arange(start, start + steps + 1))  # (L + 1, W)
    fed = np.concatenate([inputs[0], inputs[1:, -1]])  # (W + L,)

    first = {name: values[:1] for name, values in weights.items()}
    with np.errstate(over="ignore", invalid="ignore"):
        outputs = problem.forecaster(first).paths(inputs[:1], steps + 1)[0, 0]  # (L + 1,)
    lost = np.flatnonzero(~np.isfinite(outputs))
    outputs = outputs[: lost[0]] if len(lost) else outputs
    free = np.concatenate([inputs[0], outputs[:-1]])  # (W + M,)

    states = [along(problem, first, values)[-1]["h"] for values in (fed, free)]
    projected, share = principal_components(np.concatenate(states))
    return Plane(
        fed=projected[: steps + 1],
        free=projected[steps + 1 :],
        values=problem.undo(outputs, start),
        truth=problem.actual(start, start + steps + 1),
        share=share,
    )


def principal_components(points: Array) -> tuple[Array, float]:
    """`points` (N, D) on their first two principal components (N, 2), and the share of variance.

    With D = 1 the second coordinate is 0. Points that are all equal have a share of 1. The largest
    loading of each component is positive, so the picture is not mirrored by chance.
    Source: Jolliffe, Principal Component Analysis (2002), by the singular value decomposition.
    """
    centered = points - points.mean(axis=0)
    _, sizes, components = np.linalg.svd(centered, full_matrices=False)
    axes = components[:2]
    largest = np.take_along_axis(axes, np.abs(axes).argmax(axis=1)[:, None], axis=1)
    projected = np.zeros((len(points), 2))
    projected[:, : len(axes)] = centered @ (axes * np.where(largest < 0, -1.0, 1.0)).T
    total = float(np.square(sizes).sum())
    return projected, float(np.square(sizes[:2]).sum()) / total if total > 0 else 1.0
