"""The outcomes of the gallery's experiments, stored in `gallery.json`.

`make_gallery` writes that file. It holds no series, because each can be made from its experiment.
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
from gru_core.wording import short_repr

__all__ = ["FILE", "Outcome", "kept"]

#: The file with the stored outcomes.
FILE = Path(__file__).with_name("gallery.json")


@dataclass(frozen=True, eq=False)
class Outcome:
    """The outcome of one experiment, new or stored: enough to draw it and to compare it.

    Attributes:
        experiment: the options of the run.
        series: the series (N,) of the run.
        start: the position in the series of the first forecast value.
        forecast: one row per step: t, actual, forecast (closed loop) and one_step, in data units.
        starts: the number of starts for `error` and `naive`.
        error: the mean absolute error of the closed loop from these starts, in data units.
        naive: the mean absolute error of repeating the last cycle, from the same starts.
    """

    experiment: Experiment
    series: Series
    start: int
    forecast: pd.DataFrame
    starts: int
    error: float
    naive: float

    __repr__ = short_repr

    @classmethod
    def of(cls, result: Result) -> Self:
        """The outcome of a run that has ended."""
        evaluation = evaluate(result)
        errors = evaluation.mae
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
    def from_dict(cls, stored: Mapping[str, Any]) -> Self:
        """The outcome in a dictionary of `to_dict`. The series is made from the experiment."""
        experiment = Experiment(**stored["experiment"])
        problem = Problem.of(experiment)
        start, stop = problem.parts.forecast_start, problem.parts.forecast_end
        forecast = pd.DataFrame(
            {
                "t": problem.series.times(start, stop),
                "actual": problem.actual(start, stop),
                "forecast": stored["forecast"],
                "one_step": stored["one_step"],
            }
        )
        numbers = stored["starts"], stored["error"], stored["naive"]
        return cls(experiment, problem.series, start, forecast, *numbers)

    def to_dict(self) -> dict[str, Any]:
        """The outcome for JSON, without its series. Numbers have five significant digits."""
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
        """The mean absolute error of `forecast` itself, in data units."""
        return float(np.mean(np.abs(self.forecast["forecast"] - self.forecast["actual"])))


def kept(experiment: Experiment) -> Outcome | None:
    """The stored outcome of `experiment`, or None."""
    return _kept().get(experiment)


@cache
def _kept() -> dict[Experiment, Outcome]:
    outcomes = map(Outcome.from_dict, json.loads(FILE.read_text(encoding="utf-8")))
    return {outcome.experiment: outcome for outcome in outcomes}


def _rounded(value: float) -> float:
    return float(f"{value:.5g}")
