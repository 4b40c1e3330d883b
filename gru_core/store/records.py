"""What the store gives back: a stored run, the progress of a run, and a browser tab."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from gru_core.experiment.experiment import Experiment
from gru_core.forecast.events import Checkpoint, EpochEnd, Started
from gru_core.forecast.frames import FrameWeights
from gru_core.forecast.problem import Problem
from gru_core.forecast.recorder import Recorder
from gru_core.forecast.result import Result
from gru_core.wording import short_repr

__all__ = ["ACTIVE", "Progress", "Status", "StoredRun", "TabState"]

Status = Literal["queued", "running", "finished", "stopped", "diverged", "interrupted", "failed"]
#: The statuses of a run that has not ended.
ACTIVE: tuple[Status, ...] = ("queued", "running")


@dataclass(frozen=True)
class StoredRun:
    """A run as a table of runs shows it. It is read without any file.

    Attributes:
        id: its own id.
        name: the name that its user gave it; at first the name of its series.
        tags: what its user wrote to find it again.
        pinned: whether it is never removed to make room.
        status: how far it is, or how it ended.
        message: why it ended, in words. Empty before the end.
        experiment: its options.
        series_name, series_digest: the name of its series, and the key of `Store.series`.
        created: when it was asked for, in UTC.
        seconds: how long training took, as far as it is known.
        epoch, epochs: the finished and the planned epochs.
        scores: RMSE, MAE, sMAPE and MASE; empty before the end.
        parameters: how many numbers are learned; 0 before training.
        learner: who computes the steps; empty before training.
        versions: the versions of the programs that it was trained with.
        size: the bytes of its files.
        continues: the id of the run that it goes on from, or None.
    """

    id: str
    name: str
    tags: tuple[str, ...]
    pinned: bool
    status: Status
    message: str
    experiment: Experiment
    series_name: str
    series_digest: str
    created: datetime
    seconds: float
    epoch: int
    epochs: int
    scores: Mapping[str, float]
    parameters: int
    learner: str
    versions: Mapping[str, str]
    size: int
    continues: str | None

    __repr__ = short_repr

    @property
    def active(self) -> bool:
        """Whether it has not ended yet."""
        return self.status in ACTIVE


@dataclass(frozen=True, eq=False)
class Progress:
    """What a run has done so far: all that is needed to rescue it, and to go on from there.

    Attributes:
        started: its first event.
        rows: the ends of its epochs.
        forecasts_by_epoch: the forecasts (H,) that it made on the way.
        checkpoint: its newest checkpoint.
        weights: the weights of these forecasts, as far as they are known.
        previous: the result that the run continued, or None.
    """

    started: Started
    rows: tuple[EpochEnd, ...]
    forecasts_by_epoch: dict[int, NDArray[np.float64]]
    checkpoint: Checkpoint
    weights: FrameWeights = field(default_factory=FrameWeights)
    previous: Result | None = None

    __repr__ = short_repr

    @classmethod
    def of(cls, recorder: Recorder, checkpoint: Checkpoint) -> Progress:
        """What `recorder` has heard of a run that has begun, whose newest checkpoint is given."""
        assert recorder.started is not None
        forecasts, weights = dict(recorder.forecasts_by_epoch), recorder.weights.copy()
        rows = tuple(recorder.rows)
        return cls(recorder.started, rows, forecasts, checkpoint, weights, recorder.previous)

    def without_previous(self) -> Progress:
        """Only what changes from checkpoint to checkpoint."""
        return replace(self, previous=None)

    def result(self, problem: Problem, reason: str) -> Result:
        """The result of the run if it was interrupted here. `reason` says why, in words."""
        rows, forecasts = list(self.rows), dict(self.forecasts_by_epoch)
        recorder = Recorder(
            problem, self.previous, self.started, None, rows, forecasts, self.weights
        )
        return recorder.rescued(self.checkpoint, reason)


@dataclass(frozen=True)
class TabState:
    """What a browser tab shows.

    Attributes:
        tab: the id of the tab.
        query: its options, as the query of a link.
        series_digest: the key of its own series in `Store.series`, or None.
        run: the id of the run that it shows, or None.
        seen: when it was last there, in UTC.
    """

    tab: str
    query: str
    series_digest: str | None
    run: str | None
    seen: datetime

    __repr__ = short_repr
