"""Times in order: sorted rows, an hour that comes twice, and rows for times that have none."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from gru_core.data.reading.cells import Cells
from gru_core.data.reading.choices import Note
from gru_core.data.reading.times.clock_change import in_local_time
from gru_core.data.step_finding import MOSTLY_THERE, find_step
from gru_core.data.words import listed, moment_in_words, rows_of, span_in_words
from gru_core.errors import ReadError

NO_ROW = -1


def in_order(time: pd.Index, cells: Cells) -> tuple[pd.Index, NDArray[np.int64], list[Note]]:
    """The times in increasing order, the row numbers (M,) in that order, and notes.

    If few times are missing in a regular step, they are added. Their row number is `NO_ROW`.

    Raises:
        ReadError: a time comes more than once, and not because the clocks went back.
    """
    order = np.arange(len(time))
    if len(time) > 1 and time[0] > time[-1]:
        order = order[::-1]
    local = in_local_time(time[order])
    if local is None:
        _refuse_repeated(time, cells)
        if not time[order].is_monotonic_increasing:
            order = np.argsort(time.to_numpy(), kind="stable")
    time, notes = local or (time[order], [])
    if (np.diff(order) < 0).any():
        newest = " The newest came first." if (np.diff(order) == -1).all() else ""
        text = f"The rows were not in the order of '{time.name}'. They were sorted.{newest}"
        notes.insert(0, Note(text))
    time, order, more = _without_gaps(time, order)
    notes += more
    if len(time) > 1 and find_step(time) is None:
        notes.append(_irregular(time, cells.rows[order], cells.word))
    return time, order, notes


def _refuse_repeated(time: pd.Index, cells: Cells) -> None:
    repeated = time.duplicated(keep=False)
    if repeated.any():
        where = rows_of(
            cells.rows[repeated].tolist(),
            [moment_in_words(moment) for moment in time[repeated][:5]],
            cells.word,
        )
        raise ReadError(
            f"The time column '{time.name}' has the same time more than once, in {where}. Keep one "
            "row for each time (or use their mean), or choose another time column, or none."
        )


def _without_gaps(
    time: pd.Index, order: NDArray[np.int64]
) -> tuple[pd.Index, NDArray[np.int64], list[Note]]:
    """The times and row numbers with an entry for every time of a regular step, and a note."""
    step = find_step(time, MOSTLY_THERE)
    number = step.count(time[0], time[-1]) if step else 0
    absent = number - len(time)
    if step is None or absent <= 0:
        return time, order, []
    if not step.fills:
        note = f"The step is {step.words}. Such days without a row are passed over: {absent}."
        return time, order, [Note(note)]
    full = time[:1].append(step.after(time[0], number - 1)).rename(time.name)
    where = full.get_indexer(time)
    if (where < 0).any():  # decimal years differ a little from their step
        return time, order, []
    rows = np.full(number, NO_ROW)
    rows[where] = order
    shown = [moment_in_words(moment) for moment in full[rows == NO_ROW][:3]]
    times = listed(shown + [""] * (absent - 3), 3)
    note = (
        f"The step is {step.words}, but {absent} {'time has' if absent == 1 else 'times have'} no "
        f"row: {times}. The value there counts as missing. Fill it in between its neighbours, or "
        "leave it out."
    )
    return full, rows, [Note(note)]


def _irregular(time: pd.Index, rows: NDArray[np.int64], word: str) -> Note:
    steps = time[1:] - time[:-1]
    longest = int(np.argmax(steps))
    return Note(
        f"Irregular step: the steps of '{time.name}' are mostly "
        f"{span_in_words(pd.Series(steps).median())}, at most {span_in_words(steps[longest])} "
        f"(before {word} {rows[longest + 1]}). The network counts values and does not see the "
        "times."
    )
