"""Trained networks for the browser, which computes with them itself (`assets/shared/gru.js`)."""

from __future__ import annotations

from typing import Any

from gru_core.forecast.events import Weights
from gru_core.forecast.problem import Problem
from gru_core.shipped.networks import packed

__all__ = ["described"]


def described(problem: Problem, weights: Weights) -> dict[str, Any]:
    """All that the browser needs to forecast with these weights, as plain data for JSON.

    `center`, `scale` and `floor` are the normalization, and `lag` the difference that is read.
    """
    experiment, normalization = problem.experiment, problem.normalization
    return {
        "cell": experiment.cell,
        "feedback": experiment.feedback,
        "window": experiment.window,
        "lag": problem.parts.lag,
        "center": normalization.center,
        "scale": normalization.scale,
        "floor": normalization.floor,
        "weights": packed(weights),
    }
