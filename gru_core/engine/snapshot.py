"""A run at one moment, as a page draws it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from gru_core.engine.endings import ACTIVE, Status
from gru_core.forecast.events import EpochEnd
from gru_core.forecast.result import HISTORY_COLUMNS

__all__ = ["Snapshot", "thinned_history"]

#: A live chart needs no more points than it has pixels.
MOST_POINTS = 500


@dataclass(frozen=True, eq=False)
class Snapshot:
    """A run at one moment; never changes.

    Attributes:
        status: `queued`, `running`, or how it ended.
        place: how many runs are before it, while it is queued.
        epoch, epochs: finished and planned epochs; fractional while an epoch is under way.
        history: as `Result.history`, thinned to at most 500 rows, with the first and the last.
        seconds_left: None while nothing is known of it.
        loss: the newest training loss, of one batch while the first epoch is under way.
        forecast: the newest closed-loop forecast (H,) with its epoch, or None.
        message: in words, what ended it or what it waits for.
        notices: what the run changed or could not do as asked.
    """

    status: Status
    place: int
    epoch: float
    epochs: int
    history: pd.DataFrame
    seconds_left: float | None
    loss: float | None
    forecast: tuple[int, NDArray[np.float64]] | None
    message: str
    notices: tuple[str, ...]

    @property
    def active(self) -> bool:
        """Whether the run goes on."""
        return self.status in ACTIVE

    @property
    def progress(self) -> float:
        """From 0 to 1."""
        return min(1.0, self.epoch / self.epochs) if self.epochs else 0.0


def thinned_history(before: pd.DataFrame | None, rows: list[EpochEnd]) -> pd.DataFrame:
    """The table of `rows`, after those of the run `before`, with at most 500 rows."""
    # Thinned before the table is made, so a long run costs no more than a short one.
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
