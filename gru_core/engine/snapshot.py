"""`Snapshot`: a run at one moment, for a page to show."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from gru_core.engine.endings import ACTIVE, Status
from gru_core.forecast.events import EpochEnd
from gru_core.forecast.result import HISTORY_COLUMNS
from gru_core.wording import short_repr

__all__ = ["Snapshot", "thinned_history"]

#: At most so many points are drawn in a live chart. It has about as many pixels.
MOST_POINTS = 500


@dataclass(frozen=True, eq=False)
class Snapshot:
    """A run at one moment. It never changes.

    Attributes:
        status: `queued`, `running`, or how it ended.
        place: how many jobs are before it in the queue; 0 if it is not queued.
        epoch: the finished epochs, with the finished share of the current one.
        epochs: the planned epochs.
        history: see `Result.history`; at most 500 rows, with the first and the last.
        seconds_left: the estimated time to the end; None if it is not known.
        silence: seconds since the worker was last heard, if that is too long ago; else None.
        loss: the training loss of the last epoch; in the first epoch, that of the last batch.
        forecast: the newest closed-loop forecast (H,) with its epoch, or None.
        message: why it ended, in words. Empty before the end.
        notices: what differs from the options and why, in sentences for the user.
    """

    status: Status
    place: int
    epoch: float
    epochs: int
    history: pd.DataFrame
    seconds_left: float | None
    silence: float | None
    loss: float | None
    forecast: tuple[int, NDArray[np.float64]] | None
    message: str
    notices: tuple[str, ...]

    __repr__ = short_repr

    @property
    def active(self) -> bool:
        """Whether the run has not ended yet."""
        return self.status in ACTIVE

    @property
    def progress(self) -> float:
        """The finished share of the planned epochs, from 0 to 1."""
        return min(1.0, self.epoch / self.epochs) if self.epochs else 0.0


def thinned_history(before: pd.DataFrame | None, rows: list[EpochEnd]) -> pd.DataFrame:
    """The history `before`, then `rows`, thinned to at most 500 rows."""
    # Thin before the table is made. So a long run costs no more than a short one.
    kept = [rows[k] for k in _thinned(len(rows))]
    table = pd.DataFrame(
        [[getattr(row, column) for column in HISTORY_COLUMNS] for row in kept],
        columns=list(HISTORY_COLUMNS),
    )
    if before is not None and len(before):
        table["seconds"] += float(before["seconds"].iloc[-1])
        table = pd.concat([before, table], ignore_index=True) if kept else before
        table = table.iloc[_thinned(len(table))]
    return table


def _thinned(n: int) -> list[int]:
    if n <= MOST_POINTS:
        return list(range(n))
    return [round(k * (n - 1) / (MOST_POINTS - 1)) for k in range(MOST_POINTS)]
