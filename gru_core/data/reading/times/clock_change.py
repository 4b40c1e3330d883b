"""The change to and from summer time: an hour that comes twice, and an hour that does not exist."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from gru_core.data.reading.choices import Note
from gru_core.data.step_finding import find_step
from gru_core.data.words import listed, moment_in_words

#: Places whose clocks change at different times, those with the most people first.
_ZONES = (
    "Europe/Berlin", "America/New_York", "Europe/London", "Europe/Athens", "Australia/Sydney",
    "Pacific/Auckland", "America/Santiago", "Africa/Cairo", "Asia/Jerusalem", "America/Havana",
)  # fmt: skip


def in_local_time(time: pd.Index) -> tuple[pd.DatetimeIndex, list[Note]] | None:
    """The times (N,) with a zone, if a change of the clocks explains repeated or skipped hours.

    `time` is in the order of the file, the oldest first. None: there is nothing to explain, or no
    change of the clocks explains it.
    """
    if not isinstance(time, pd.DatetimeIndex) or len(time) < 3 or time.hasnans:
        return None
    steps = _hours(time)
    usual = float(np.median(steps))
    odd = np.abs(steps - usual) > 0.1 * abs(usual)
    if not 0 < usual <= 1 or not odd.any():
        return None
    if (steps > 0).all() and find_step(time) is not None:  # such as working hours
        return None
    for zone in _ZONES:
        try:
            local = time.tz_localize(zone, ambiguous="infer")
        except ValueError:  # there, other hours come twice or do not exist
            continue
        true = _hours(local.tz_convert("UTC"))
        explained = odd & (np.abs(true - usual) <= 0.1 * usual)
        if (true > 0).all() and explained.any():
            back, ahead = explained & (steps < usual), explained & (steps > usual)
            return local, _notes(time[1:][back], time[1:][ahead], str(time.name), zone)
    return None


def _hours(time: pd.DatetimeIndex) -> NDArray[np.float64]:
    """The steps (N-1,) in hours."""
    return np.diff(time.as_unit("us").asi8) / 3.6e9


def _notes(back: pd.DatetimeIndex, ahead: pd.DatetimeIndex, name: str, zone: str) -> list[Note]:
    """Notes on the times at which the clocks have gone back, and ahead."""
    notes = []
    for moments, what in (
        (back, "went back, so an hour comes twice. Both are kept, in the order of the file"),
        (ahead, "went ahead, so an hour does not exist. It is no gap"),
    ):
        if len(moments):
            at = listed([moment_in_words(moment) for moment in moments], 3)
            notes.append(Note(f"At {at} the clocks {what}. '{name}' is local time as in {zone}."))
    return notes
