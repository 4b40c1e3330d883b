"""What came of the gallery's experiments: kept in `gallery.json`, made by `make_gallery`.

The file holds no series: each is remade from its experiment.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Self

import numpy as np
import pandas as pd

from gru_core.data.series import Series
from gru_core.experiment.experiment import Experiment
from gru_core.forecast.problem import Problem
from gru_core.forecast.result import Result
from gru_core.judgement.evaluation import evaluate

__all__ = ["FILE", "Outcome", "kept"]

#: Where the kept outcomes are.
FILE = Path(__file__).with_name("gallery.json")


@dataclass(frozen=True, eq=False)
class Outcome:
    """What came of one experiment, fresh or kept: enough to draw and to compare.

    Attributes:
        experiment: what was done.
        series: (N,) what it was done on.
        start: the position in the series of the first forecast value.
        forecast: one row a step: t, actual, forecast (closed loop), one_step, in the data's units.
        starts: from how many starts `error` and `naive` were measured.
        error: mean absolute error of the closed loop from these starts, in the data's units.
        naive: the same of repeating the last cycle, which needs no network.
    """

    experiment: Experiment
    series: Series
    start: int
    forecast: pd.DataFrame
    starts: int
    error: float
    naive: float

    @classmethod
    def of(cls, result: Result) -> Self:
        """The outcome of a run that has ended."""
        evaluation = evaluate(result)
        errors = evaluation.table["mae"]
        return cls(
            result.experiment,
            result.series,
            result.parts.forecast_start,
            result.forecast[["t", "actual", "forecast", "one_step"]],
            len(evaluation.starts),
            float(errors["forecast"]),
            float(errors["seasonal_naive"]),
        )

    @classmethod
    def from_dict(cls, said: Mapping[str, Any]) -> Self:
        """The outcome that `to_dict` wrote; its series is made anew."""
        experiment = Experiment(**said["experiment"])
        problem = Problem.of(experiment)
        start, stop = problem.parts.forecast_start, problem.parts.forecast_end
        forecast = pd.DataFrame(
            {
                "t": problem.series.times(start, stop),
                "actual": problem.actual(start, stop),
                "forecast": said["forecast"],
                "one_step": said["one_step"],
            }
        )
        numbers = said["starts"], said["error"], said["naive"]
        return cls(experiment, problem.series, start, forecast, *numbers)

    def to_dict(self) -> dict[str, Any]:
        """All but the series, for JSON; numbers with five significant digits."""
        return {
            "experiment": json.loads(self.experiment.to_json()),
            "starts": self.starts,
            "error": _rounded(self.error),
            "naive": _rounded(self.naive),
            "forecast": [_rounded(value) for value in self.forecast["forecast"]],
            "one_step": [_rounded(value) for value in self.forecast["one_step"]],
        }

    @property
    def drawn_error(self) -> float:
        """The mean absolute error of `forecast` itself, in the data's units."""
        return float(np.mean(np.abs(self.forecast["forecast"] - self.forecast["actual"])))


def kept(experiment: Experiment) -> Outcome | None:
    """What is kept of `experiment`, or None where nothing is."""
    return _kept().get(experiment)


@cache
def _kept() -> dict[Experiment, Outcome]:
    outcomes = map(Outcome.from_dict, json.loads(FILE.read_text(encoding="utf-8")))
    return {outcome.experiment: outcome for outcome in outcomes}


def _rounded(value: float) -> float:
    return float(f"{value:.5g}")
