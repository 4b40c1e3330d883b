"""`Recorder`: it collects the events of a run, and makes its `Result` from them."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from gru_core.data.rhythm import detect_period
from gru_core.data.sources import SOURCES
from gru_core.errors import EngineError, OptionError
from gru_core.forecast.baselines import baselines
from gru_core.forecast.events import (
    Checkpoint,
    Diverged,
    EpochEnd,
    Event,
    Forecasted,
    Started,
    Stopped,
    Terminal,
    Weights,
)
from gru_core.forecast.forecaster import Forecaster
from gru_core.forecast.frames import FrameWeights, thinned
from gru_core.forecast.metrics import scores
from gru_core.forecast.problem import Problem
from gru_core.forecast.result import HISTORY_COLUMNS, Result, Unfinished
from gru_core.wording import short_repr

__all__ = ["Recorder"]

Array = NDArray[np.float64]


@dataclass(eq=False)
class Recorder:
    """Collects the events of one run. `previous` is the result that the run continues.

    A resumed run has the recorder of the run that was stopped: see `of`.
    """

    problem: Problem
    previous: Result | None = None
    started: Started | None = None
    terminal: Terminal | None = None
    rows: list[EpochEnd] = field(default_factory=list)
    forecasts_by_epoch: dict[int, Array] = field(default_factory=dict)
    weights: FrameWeights = field(default_factory=FrameWeights)

    __repr__ = short_repr

    @classmethod
    def of(
        cls, problem: Problem, resume: Result | None = None, *, finish: bool = False
    ) -> Recorder:
        """The recorder of a run that begins or continues, or with `finish` of a resumed one.

        Raises:
            OptionError: `resume` has nothing left to finish, or had another experiment or series.
        """
        if not finish:
            return cls(problem, resume)
        left = resume.unfinished if resume is not None else None
        if resume is None or left is None:
            raise OptionError(
                "There is nothing left to finish. Only a run that was stopped or interrupted can "
                "be resumed. Leave out `finish` to train the network for more epochs."
            )
        _check_same(problem, resume.problem)
        return cls(
            problem,
            left.previous,
            left.started,
            None,
            list(left.rows),
            dict(left.forecasts_by_epoch),
            left.weights.copy(),
        )

    def rescued(self, checkpoint: Checkpoint, reason: str) -> Result:
        """The result of a run that has no end: it was interrupted, and `checkpoint` is its last.

        The recorder may have heard of later epochs. They do not count. `reason` is why the run
        was interrupted, in words.
        """
        last = checkpoint.epoch
        kept_epoch, weights = checkpoint.kept(self.problem.experiment.keep)
        forecast = self.problem.forecast(self.problem.forecaster(weights))
        record = replace(
            self,
            terminal=None,
            rows=[row for row in self.rows if row.epoch <= last],
            forecasts_by_epoch={e: f for e, f in self.forecasts_by_epoch.items() if e <= last},
            weights=self.weights.copy(),  # of the checkpoints so far; none is newer
        )
        record(Stopped(last, checkpoint, kept_epoch, forecast, reason))
        return replace(record.result(), status="interrupted")

    def __call__(self, event: Event) -> None:
        """Take the next event."""
        match event:
            case Started():
                self.started = event
            case EpochEnd():
                self.rows.append(event)
            case Forecasted():
                self.forecasts_by_epoch[event.epoch] = event.values
                if event.checkpoint is not None:
                    self.weights.add(event.epoch, event.checkpoint.weights)
            case Terminal():
                self.terminal = event

    @cached_property
    def period(self) -> int:
        """The season in steps: the user's, the bundled series' known one, or the detected one."""
        experiment, parts = self.problem.experiment, self.problem.parts
        if experiment.period is not None:
            return experiment.period
        source = SOURCES.get(experiment.signal)
        if source is not None and source.period and self.problem.series.name == source.title:
            return source.period
        return detect_period(self.problem.series.values[: parts.train_end])

    def result(self, should_stop: Callable[[], bool] = lambda: False) -> Result:
        """The result of the run.

        `should_stop` is asked while forecasts are computed. After a stop, those that are still
        missing are NaN.

        Raises:
            EngineError: the terminal event has not come yet.
        """
        if self.started is None or self.terminal is None:
            raise EngineError("The run has not ended, so there is no result yet.")
        end, problem, parts = self.terminal, self.problem, self.problem.parts
        weights = end.checkpoint.best
        if not isinstance(end, Diverged):
            weights = end.checkpoint.kept(problem.experiment.keep)[1]
        forecaster = problem.forecaster(weights, should_stop)
        simple = self._baselines(parts.forecast_start, parts.horizon)
        scored_on, actual, forecasts = self._to_score(end.forecast, simple, forecaster)
        table = scores(
            actual,
            forecasts,
            train=problem.series.values[: parts.train_end],
            period=self.period,
        )
        history = self._history()
        return Result(
            problem=problem,
            status=_status(end),
            reason=end.reason,
            history=history,
            forecast=self._forecast(end.forecast, forecaster),
            score_table=table,
            scored_on=scored_on,
            baselines=simple,
            forecasts_by_epoch=self._forecasts(end),
            weights_by_epoch=self._weights(end, weights),
            kept_epoch=end.kept_epoch,
            period=self.period,
            checkpoint=end.checkpoint,
            notices=self.started.notices,
            device=self.started.device,
            learner=self.started.learner,
            seconds=float(history["seconds"].iloc[-1]) if len(history) else 0.0,
            continued=self.previous is not None,
            unfinished=self._unfinished(self.started, end),
        )

    def _unfinished(self, started: Started, end: Terminal) -> Unfinished | None:
        if not isinstance(end, Stopped):
            return None
        previous = self.previous and replace(self.previous, unfinished=None)
        forecasts = dict(self.forecasts_by_epoch)
        return Unfinished(previous, started, tuple(self.rows), forecasts, self.weights.copy())

    def _history(self) -> pd.DataFrame:
        table = pd.DataFrame(
            [[getattr(row, column) for column in HISTORY_COLUMNS] for row in self.rows],
            columns=list(HISTORY_COLUMNS),
        ).astype(dict.fromkeys(HISTORY_COLUMNS, float) | {"epoch": int})  # also without any epoch
        if self.previous is None:
            return table
        before = self.previous.history
        table["seconds"] += float(before["seconds"].iloc[-1]) if len(before) else 0.0
        return pd.concat([before, table], ignore_index=True) if len(table) else before

    def _forecasts(self, end: Terminal) -> dict[int, Array]:
        before = self.previous.forecasts_by_epoch if self.previous is not None else {}
        forecasts = before | self.forecasts_by_epoch | {end.kept_epoch: end.forecast}
        return dict(sorted(forecasts.items()))

    def _weights(self, end: Terminal, kept: Weights) -> dict[int, Weights]:
        weights = self.weights.by_epoch | {end.kept_epoch: kept}
        if self.previous is not None:
            # An epoch with a new forecast must not have the old weights.
            before = self.previous.weights_by_epoch.items()
            old = {epoch: of for epoch, of in before if epoch not in self.forecasts_by_epoch}
            weights = old | weights
        return thinned(weights, end.kept_epoch)

    def _forecast(self, values: Array, forecaster: Forecaster) -> pd.DataFrame:
        problem, parts = self.problem, self.problem.parts
        start, stop = parts.forecast_start, parts.forecast_end
        return pd.DataFrame(
            {
                "step": np.arange(1, parts.horizon + 1),
                "t": problem.series.times(start, stop),
                "actual": problem.actual(start, stop),
                "forecast": values,
                "one_step": problem.one_step(forecaster, start, stop),
            }
        )

    def _baselines(self, start: int, horizon: int) -> dict[str, Array]:
        values, parts = self.problem.series.values, self.problem.parts
        return baselines(
            values[:start],
            horizon,
            train=values[: parts.train_end],
            window=parts.window,
            period=self.period,
        )

    def _to_score(
        self, forecast: Array, simple: dict[str, Array], forecaster: Forecaster
    ) -> tuple[Literal["forecast", "holdout", "nothing"], Array, dict[str, Array]]:
        problem, parts = self.problem, self.problem.parts
        if parts.forecast_start < parts.n:
            actual = problem.actual(parts.forecast_start, parts.forecast_end)
            return "forecast", actual, {"forecast": forecast} | simple
        length = parts.n - parts.holdout_start
        if not length:
            nothing = np.full(parts.horizon, math.nan)
            return "nothing", nothing, {"forecast": forecast} | simple
        # A forecast after the data cannot be scored. The same network's holdout forecast can.
        holdout = problem.forecast_from(forecaster, parts.holdout_start, length)
        simple = self._baselines(parts.holdout_start, length)
        actual = problem.actual(parts.holdout_start, parts.n)
        return "holdout", actual, {"forecast": holdout} | simple


def _check_same(problem: Problem, planned: Problem) -> None:
    """Raise an error if `problem` is not the one that a run had planned to solve."""
    now, then = problem.experiment, planned.experiment
    other = tuple(n for n in type(now).model_fields if getattr(now, n) != getattr(then, n))
    if other:
        raise OptionError(
            "A run can only be resumed with the settings that it began with. These are others now: "
            f"{', '.join(other)}. Use the experiment of its result, or leave out `finish`.",
            other,
        )
    if not np.array_equal(problem.series.values, planned.series.values):
        raise OptionError(
            "A run can only be resumed on the series that it began with. Use the series of its "
            "result, or leave out `finish`.",
            ("signal",),
        )


def _status(end: Terminal) -> Literal["finished", "stopped", "diverged"]:
    if isinstance(end, Diverged):
        return "diverged"
    return "stopped" if isinstance(end, Stopped) else "finished"
