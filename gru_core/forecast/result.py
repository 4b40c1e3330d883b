"""`Result`: the result of a run. `recorder` makes it from the events of `train`."""

from __future__ import annotations

import importlib
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from gru_core.data.series import Series
from gru_core.experiment.experiment import Experiment
from gru_core.forecast.events import (
    Checkpoint,
    EpochEnd,
    Started,
    Weights,
)
from gru_core.forecast.forecaster import Forecaster
from gru_core.forecast.frames import FrameWeights
from gru_core.forecast.metrics import METRICS
from gru_core.forecast.problem import Problem
from gru_core.forecast.windows import Split
from gru_core.wording import count, short_repr

__all__ = ["HISTORY_COLUMNS", "Result", "Unfinished"]

Array = NDArray[np.float64]

HISTORY_COLUMNS = ("epoch", "train_loss", "val_loss", "last_loss", "seconds")


@dataclass(frozen=True, eq=False, repr=False)
class Result:
    """A run that has ended.

    Attributes:
        problem: the experiment and its series. `experiment`, `series` and `parts` are taken from
            it.
        status: `finished`, `stopped`, `diverged` or `interrupted`.
        reason: why the run ended, in words.
        history: one row per epoch: epoch, train_loss, val_loss, last_loss (normalized MSE; see
            `events.EpochEnd`), seconds since the start of training.
        forecast: one row per step: step (1..H), t, actual (NaN after the data), forecast (closed
            loop) and one_step, in data units.
        score_table: RMSE, MAE, sMAPE and MASE: one row for the forecast and one for each baseline.
        scored_on: the values that all rows are scored on: `forecast` (the steps of the forecast),
            `holdout` (if the forecast starts after the data), or `nothing`.
        baselines: the forecast (H,) of each baseline for the same steps as `forecast`.
        forecasts_by_epoch: closed-loop forecasts (H,) by epoch, for some epochs. Epoch 0 is the
            untrained network.
        weights_by_epoch: the weights after these epochs. If all of them need more memory than
            `frames.WEIGHT_BYTES`, some evenly chosen epochs have theirs, with the first epoch and
            `kept_epoch`. If not even two networks fit, only `kept_epoch` has.
        kept_epoch: the epoch of the weights that made the forecast.
        period: the season in steps; 1 if there is none.
        checkpoint: training goes on from it with `train(..., resume=checkpoint)`.
        notices: what differs from the options and why, in sentences for the user.
        device: where training computed, such as `cpu`.
        learner: who computed the steps: `compiled` or `torch`.
        seconds: how long training took.
        continued: whether the run continued an earlier one with a new plan.
        threads: how many threads PyTorch trained with. Their number changes how sums are rounded.
        unfinished: what a stopped or interrupted run had recorded, or None. With it, the rest of
            the planned epochs can be made: `run(experiment, series, resume=result, finish=True)`.
    """

    problem: Problem
    status: Literal["finished", "stopped", "diverged", "interrupted"]
    reason: str
    history: pd.DataFrame
    forecast: pd.DataFrame
    score_table: pd.DataFrame
    scored_on: Literal["forecast", "holdout", "nothing"]
    baselines: dict[str, Array]
    forecasts_by_epoch: dict[int, Array]
    weights_by_epoch: dict[int, Weights]
    kept_epoch: int
    period: int
    checkpoint: Checkpoint
    notices: tuple[str, ...]
    device: str
    learner: str
    seconds: float
    continued: bool = False
    threads: int = 1
    unfinished: Unfinished | None = None

    @property
    def can_resume(self) -> bool:
        """Whether the run was stopped or interrupted before it had done all that it had planned."""
        return self.unfinished is not None

    @property
    def epochs_left(self) -> int:
        """How many planned epochs a stopped or interrupted run has not finished; otherwise 0."""
        if not self.can_resume:
            return 0
        return self.checkpoint.plan_start + self.experiment.epochs - self.checkpoint.epoch

    @property
    def scores(self) -> dict[str, float]:
        """RMSE, MAE, sMAPE and MASE of the closed-loop forecast; see `scored_on`."""
        return {metric: float(self.score_table[metric]["forecast"]) for metric in METRICS}

    @property
    def experiment(self) -> Experiment:
        """The options of the run."""
        return self.problem.experiment

    @property
    def series(self) -> Series:
        """The series of the run."""
        return self.problem.series

    @property
    def parts(self) -> Split:
        """Where the parts of the series begin and end."""
        return self.problem.parts

    def __repr__(self) -> str:
        scores = ", ".join(f"{metric} {value:.4g}" for metric, value in self.scores.items())
        scores = "not scored" if self.scored_on == "nothing" else scores
        return f"<Result: {self.status} after {count(self.checkpoint.epoch, 'epoch')}; {scores}>"

    def _repr_mimebundle_(self, **options: Any) -> dict[str, Any]:
        """A notebook shows the result as its figure."""
        # This room must not import `figures`, which comes later. So it is imported by name, late.
        figure = importlib.import_module("gru_core.figures.plot").plot(self)
        return {"text/plain": repr(self), **figure._repr_mimebundle_(**options)}

    @property
    def forecaster(self) -> Forecaster:
        """The kept networks, ready to forecast without torch."""
        return self.problem.forecaster(self.checkpoint.kept(self.experiment.keep)[1])


@dataclass(frozen=True, eq=False)
class Unfinished:
    """What a run had recorded when it was stopped or interrupted. A resumed run goes on with it.

    The result shows the kept weights and their forecast, so it does not hold all of this.

    Attributes:
        previous: the result that the run continued, or None.
        started: the run's first event.
        rows: the ends of its epochs.
        forecasts_by_epoch: the forecasts (H,) that it made on the way.
        weights: the weights of these forecasts, as far as they are known.
    """

    previous: Result | None
    started: Started
    rows: tuple[EpochEnd, ...]
    forecasts_by_epoch: dict[int, Array]
    weights: FrameWeights

    __repr__ = short_repr
