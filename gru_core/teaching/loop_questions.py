"""Questions about what a trained network remembers, how it is trained and how it forecasts.

Each function computes the right answer with our own code, and each wrong answer by doing what the
misconception believes. The docstring says where learners showed it.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from gru_core.data.sources import make_series
from gru_core.experiment.gallery import GALLERY
from gru_core.forecast.baselines import fit_linear_ar
from gru_core.forecast.cells import gru_step
from gru_core.forecast.parameters import parameter_count
from gru_core.forecast.problem import Problem
from gru_core.judgement.findings import lag_of
from gru_core.shipped import networks
from gru_core.shipped.gallery import Outcome, kept
from gru_core.teaching.measured import ONE_LAYER, TWO_LAYERS, measured
from gru_core.teaching.question import Question
from gru_core.teaching.units import one_gru_unit

__all__ = ["between_windows", "lag", "low_loss", "more_layers", "teacher_forced", "vanishing"]

Array = NDArray[np.float64]


def between_windows() -> Question:
    """Memory goes on between windows. Source: Stack Overflow 38714959."""
    experiment, weights = networks.network("home")
    problem = Problem.of(experiment)
    forecaster = problem.forecaster(weights)
    W = 3
    before, window = problem.context[:-W], problem.context[-W:]

    def forecast(values: Array) -> float:
        return float(problem.normalization.undo(forecaster.one_step(values[None]))[0])

    return Question(
        "between-windows",
        {"window": W, "first": forecast(window)},
        forecast(window),
        {
            "carried-on": forecast(np.concatenate([before, window])),
            "empty": forecast(window[:0]),  # the readout of a zero state
        },
    )


def vanishing() -> Question:
    """A GRU solves vanishing gradients. Source: Rehmer & Kroll 2020 dispute it."""
    z, change, steps = 0.9, 1.0, 50
    unit = one_gru_unit(z=z)
    h, disturbed = np.zeros(1), np.full(1, change)
    for _ in range(steps):
        h, disturbed = gru_step(np.zeros(1), h, unit).h, gru_step(np.zeros(1), disturbed, unit).h
    return Question(
        "vanishing",
        {"z": z, "change": change, "steps": steps},
        float((disturbed - h)[0]),
        {"solved": change, "one-factor": z * change},
    )


def low_loss() -> Question:
    """A low loss is a good forecast. Source: pytorch/examples#199 and #215."""
    outcome = _one_step_network()
    forecast = outcome.forecast
    one_step = float(np.mean(np.abs(forecast["one_step"] - forecast["actual"])))
    leads = np.arange(1, len(forecast) + 1)
    return Question(
        "low-loss",
        {"error": one_step, "steps": len(forecast)},
        outcome.drawn_error,
        {"the-same": one_step, "adds-up": float(np.mean(leads * one_step))},
    )


def teacher_forced() -> Question:
    """A forecast reads true values, too. Source: pytorch/tutorials#526."""
    outcome, lead = _one_step_network(), 70
    row = outcome.forecast.iloc[lead - 1]
    last = float(outcome.series.values[outcome.start - 1])
    true, forecast = float(row["actual"]), float(row["forecast"])
    return Question(
        "teacher-forced",
        {"lead": lead, "last": last, "true": true, "forecast": forecast},
        forecast,
        {"true-values": true, "last-known": last},
    )


def lag() -> Question:
    """It lags, so it predicts. Source: Data Science Stack Exchange 76826."""
    values = make_series("random-walk", points=1000).values
    start, order = len(values) // 2, 10
    past = np.lib.stride_tricks.sliding_window_view(values, order)[start - order : -1]
    predicted = fit_linear_ar(values[:start], order)(past, 1)[:, 0]
    true, before = values[start:], values[start - 1 : -1]
    correlation = float(np.corrcoef(predicted, true)[0, 1])
    # The squared error as a share of the squared error of copying.
    error = 1 - lag_of(predicted, true, before).skill
    moved = 1 - lag_of(predicted[1:], true[:-1], before[:-1]).skill
    return Question(
        "lag",
        {"correlation": correlation},
        error,
        {"looks-close": 1 - correlation**2, "moved-back": moved},
    )


def more_layers() -> Question:
    """More layers help. Source: Artificial Intelligence Stack Exchange 11626."""
    one, two = measured().one_layer, measured().two_layers
    return Question(
        "more-layers",
        {
            "one_units": ONE_LAYER.hidden_size,
            "two_units": TWO_LAYERS.hidden_size,
            "one_parameters": parameter_count(ONE_LAYER),
            "two_parameters": parameter_count(TWO_LAYERS),
            "error": one,
        },
        two,
        {"twice-as-good": one / TWO_LAYERS.layers, "only-the-size": one},
    )


def _one_step_network() -> Outcome:
    """The shipped network that was trained for one step and forecasts a hundred."""
    outcome = kept(GALLERY["Trained for one step, used for a hundred"].broken)
    assert outcome is not None, "a test keeps the stored outcomes and the gallery together"
    return outcome
