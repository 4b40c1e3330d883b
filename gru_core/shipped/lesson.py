"""The lesson's own run, stored in `lesson.json`. `make_lesson` trains it and writes that file.

It takes minutes to train, so the page that shows it cannot train it first.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from gru_core.forecast.problem import Problem
from gru_core.forecast.result import Result
from gru_core.wording import short_repr

__all__ = ["FILE", "LessonRun", "lesson_run"]

#: The file with the stored run.
FILE = Path(__file__).with_name("lesson.json")


@dataclass(frozen=True, eq=False)
class LessonRun:
    """What the lesson's program prints and plots.

    Attributes:
        losses: the printed loss after each epoch: the MSE of the epoch's last window.
        forecasts_by_epoch: the closed-loop forecast (H,) after some epochs, by epoch.
    """

    losses: NDArray[np.float64]
    forecasts_by_epoch: dict[int, NDArray[np.float64]]

    __repr__ = short_repr

    @classmethod
    def of(cls, result: Result) -> Self:
        """What a run of `Experiment.lesson()` printed and plotted."""
        return cls(result.history["last_loss"].to_numpy(), result.forecasts_by_epoch)

    @classmethod
    def from_dict(cls, stored: dict[str, Any]) -> Self:
        """The run in a dictionary of `to_dict`."""
        forecasts = {int(e): np.array(values) for e, values in stored["forecasts"].items()}
        return cls(np.array(stored["losses"]), forecasts)

    def to_dict(self) -> dict[str, Any]:
        """The run for JSON. Numbers have five significant digits."""
        return {
            "losses": _rounded(self.losses),
            "forecasts": {e: _rounded(values) for e, values in self.forecasts_by_epoch.items()},
        }

    def errors(self, problem: Problem) -> dict[int, float]:
        """The RMSE of each closed-loop forecast, in data units, by epoch."""
        actual = problem.actual(problem.parts.forecast_start, problem.parts.forecast_end)
        return {
            epoch: float(np.sqrt(np.mean(np.square(values - actual))))
            for epoch, values in self.forecasts_by_epoch.items()
        }


@cache
def lesson_run() -> LessonRun:
    """The stored run of `Experiment.lesson()`."""
    return LessonRun.from_dict(json.loads(FILE.read_text(encoding="utf-8")))


def _rounded(values: NDArray[np.float64]) -> list[float]:
    return [float(f"{value:.5g}") for value in values]
