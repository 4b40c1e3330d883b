"""Every result that a run can give, for property tests: odd series, odd networks, odd endings.

No network is trained. `Recorder` gets events as `train` yields them, with weights that are drawn:
usual, vanishing, huge or not finite. So an example takes a few milliseconds.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
from hypothesis import strategies as st
from numpy.typing import NDArray

from gru_core.errors import SeriesError
from gru_core.experiment.experiment import Experiment
from gru_core.forecast.cells import GATES
from gru_core.forecast.events import (
    Checkpoint,
    Diverged,
    EpochEnd,
    Finished,
    Forecasted,
    Started,
    Stopped,
    Weights,
)
from gru_core.forecast.parameters import weight_shapes
from gru_core.forecast.problem import Problem
from gru_core.forecast.recorder import Recorder
from gru_core.forecast.result import Result

__all__ = ["odd_results", "odd_series"]

Array = NDArray[np.float64]

LEAST = 5e-324
SHAPES: dict[str, Callable[[int], Array]] = {
    "constant": np.ones,
    "line": lambda n: np.linspace(-1, 1, n),
    "wave": lambda n: np.sin(2 * np.pi * np.arange(n) / 6),
    "wave, still at the end": lambda n: np.where(
        np.arange(n) < n // 2, np.sin(np.arange(n)), np.sin(n // 2)
    ),
    "growing wave": lambda n: np.exp(np.arange(n) / 8) * np.sin(np.arange(n)),
    "walk": lambda n: np.random.default_rng(0).standard_normal(n).cumsum(),
    "noise": lambda n: np.random.default_rng(1).standard_normal(n),
    "alternating": lambda n: (-1.0) ** np.arange(n),
    "one spike": lambda n: (np.arange(n) == n // 3).astype(float),
    "spike at the end": lambda n: (np.arange(n) == n - 1).astype(float),
    "one step": lambda n: (np.arange(n) >= 2 * n // 3).astype(float),
    "rounding": lambda n: 1 + 2e-16 * (np.arange(n) % 2),
}
SIZES = (0.0, LEAST, 1e-318, 1e-308, 1e-200, 1e-160, 1e-40, 1e-9, 1.0, 3e4, 1e9, 1e17)
LEVELS = (0.0, 0.1, -7.0, 1e3, 1e15, -9e17)
#: Factors of the weights. Networks in float32 overflow with the largest of them.
STRENGTHS = (0.0, 1e-45, 1e-20, 1.0, 1.0, 1.0, 50.0, 1e10, 1e30, 3e38, math.inf, math.nan)
LOSSES = (0.0, LEAST, 1e-30, 0.5, 7.0, 1e30, 1e300, math.inf, math.nan)
#: Of these a forecast can consist.
VALUES = (0.0, LEAST, -1e-160, 1.0, -3.0, 1e17, -1e38, 1e300, -1.7e308)
VALUES += (math.inf, -math.inf, math.nan)


@st.composite
def odd_series(draw: st.DrawFn) -> Array:
    """A series that `as_series` accepts: any shape, size and level, or any few values."""
    if draw(st.integers(0, 9)) == 0:
        few = st.sampled_from([0.0, -0.0, LEAST, -1e-160, 1.0, 1.5, -3e17, 1e18])
        return np.array(draw(st.lists(few, min_size=2, max_size=40)))
    shape = SHAPES[draw(st.sampled_from(sorted(SHAPES)))](draw(st.integers(2, 70)))
    shape = shape / max(1.0, np.abs(shape).max())
    return draw(st.sampled_from(SIZES)) * shape + draw(st.sampled_from(LEVELS))


@st.composite
def _experiments(draw: st.DrawFn) -> Experiment:
    options: dict[str, Any] = {
        "window": draw(st.integers(1, 6)),
        "hidden_size": draw(st.integers(1, 3)),
        "cell": draw(st.sampled_from(sorted(GATES))),
        "layers": draw(st.sampled_from([1, 1, 2])),
        "members": draw(st.sampled_from([1, 1, 3])),
        "normalization": draw(st.sampled_from(["none", "standard", "window"])),
        "difference": draw(st.sampled_from([None, None, 1, 4])),
        "linear_path": draw(st.booleans()),
        "feedback": draw(st.sampled_from(["window", "state"])),
        "objective": draw(st.sampled_from(["one-step", "closed-loop"])),
        "keep": draw(st.sampled_from(["best", "last"])),
        "warm_start": draw(st.booleans()),
        "validation": draw(st.sampled_from([0.0, 0.1, 0.3])),
        "holdout": draw(st.sampled_from([0.0, 0.05, 0.2, 0.5])),
        "period": draw(st.sampled_from([None, None, 1, 6, 1000])),
        "epochs": 3,
    }
    starts = ["first", "end"] + (["holdout"] if options["holdout"] else [])
    options["forecast_start"] = draw(st.sampled_from(starts))
    if options["forecast_start"] == "end":
        options["horizon"] = draw(st.sampled_from([1, 2, 9, 60]))
    return Experiment(**options)


def _weights(experiment: Experiment, seed: int, strength: float) -> Weights:
    """The weights of a network for `experiment`: random ones times `strength`."""
    draw = np.random.default_rng(seed)
    with np.errstate(over="ignore"):
        return {
            name: np.asarray(strength * draw.uniform(-1, 1, shape), np.float32)
            for name, shape in weight_shapes(experiment).items()
        }


@st.composite
def odd_results(draw: st.DrawFn) -> Result:
    """A result that `run` could give."""
    experiment, values = draw(_experiments()), draw(odd_series())
    try:
        problem = Problem.of(experiment, values)
    except SeriesError:  # too short for these options
        least = {"window": 1, "difference": None, "validation": 0.0, "holdout": 0.0}
        experiment = experiment.replace(**least, forecast_start="end")
        problem = Problem.of(experiment, values)
    strength, seed = draw(st.sampled_from(STRENGTHS)), draw(st.integers(0, 9))
    first, last = _weights(experiment, seed, 1.0), _weights(experiment, seed, strength)
    epochs = draw(st.integers(0, 3))
    best_epoch = draw(st.integers(0, epochs))
    kind = draw(st.sampled_from([Finished, Stopped, Diverged]))
    best, loss = last if best_epoch else first, draw(st.sampled_from(LOSSES))
    checkpoint = Checkpoint(epochs, last, {}, 0, best, best_epoch, loss)
    kept = "best" if kind is Diverged else experiment.keep
    kept_epoch, weights = checkpoint.kept(kept)
    record = Recorder(problem)
    parts = problem.parts
    record(
        Started(
            0,
            3,
            1,
            parts.train_windows,
            parts.validation_windows,
            1,
            "cpu",
            "torch",
            problem.notices,
        )
    )
    record(Forecasted(0, problem.forecast(problem.forecaster(first)), checkpoint))
    for epoch in range(1, epochs + 1):
        train, validation = draw(st.sampled_from(LOSSES)), draw(st.sampled_from(LOSSES))
        validation = validation if parts.validation_windows else math.nan
        record(EpochEnd(epoch, train, validation, train, 0.01, 0.1 * epoch))
        record(Forecasted(epoch, problem.forecast(problem.forecaster(last)), checkpoint))
    forecast = problem.forecast(problem.forecaster(weights))
    if draw(st.integers(0, 4)) == 0:  # PyTorch's forecast, which a result shows, may be another one
        some = st.lists(st.sampled_from(VALUES), min_size=1, max_size=9)
        forecast = np.resize(draw(some), parts.horizon)
    record(kind(epochs, checkpoint, kept_epoch, forecast, "all epochs done"))
    return record.result()
