"""Which runs go: those that were deleted a day ago, and the oldest ones if there are too many."""

from __future__ import annotations

import math
import time
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, delete, exists, func, or_, select

from gru_core.store.records import ACTIVE
from gru_core.store.tables import runs, series, tabs

__all__ = ["Limits", "doomed", "forget_tabs", "outdated", "unused_series"]

#: Seconds for which a deleted run can come back.
UNDO_SECONDS = 24 * 3600.0
#: Seconds after which a tab that nobody has seen is forgotten, and the most tabs of one browser.
TAB_SECONDS, MOST_TABS = 30 * 24 * 3600.0, 50
#: A run is shown as doomed when it goes as soon as the runs grow by this share.
SOON = 0.05


class Limits:
    """The most runs, and the most bytes of all their files."""

    def __init__(self, runs: int, bytes: int) -> None:
        self.runs, self.bytes = runs, bytes

    def soon(self) -> Limits:
        """A little less, to tell which runs go next."""
        return Limits(self.runs - max(1, math.ceil(SOON * self.runs)), int((1 - SOON) * self.bytes))


def outdated(connection: Connection, limits: Limits, spared: str = "") -> list[str]:
    """The ids of the runs that go now; never `spared`, which was written just now."""
    old = time.time() - UNDO_SECONDS
    ended = runs.c.status.not_in(ACTIVE)
    gone = connection.scalars(select(runs.c.id).where(ended, runs.c.deleted < old))
    found = [*gone, *(row.id for row in doomed(connection, limits, spared))]
    return list(dict.fromkeys(found))


def doomed(connection: Connection, limits: Limits, spared: str = "") -> list[Row[Any]]:
    """The rows of the runs that are too many: deleted ones first, then the oldest.

    The browser that keeps the most gives the next run. So nobody can push out the runs of others.
    Active and pinned runs stay, and `spared`. A run that its user has deleted is not pinned.
    """
    sums = select(runs.c.browser, func.count(), func.sum(runs.c.size)).group_by(runs.c.browser)
    numbers, sizes = {}, {}
    for browser, number, size in connection.execute(sums):
        numbers[browser], sizes[browser] = number, size
    shared = connection.scalar(select(func.coalesce(func.sum(series.c.size), 0))) or 0

    def too_many() -> dict[str, int] | None:
        """How much each browser keeps: runs if these are too many, else bytes. None if all fits."""
        if sum(numbers.values()) > limits.runs:
            return numbers
        return sizes if sum(sizes.values()) + shared > limits.bytes else None

    if too_many() is None:
        return []
    deleted = runs.c.deleted.is_not(None)
    unpinned = or_(deleted, runs.c.pinned.is_(False))
    may_go = (runs.c.status.not_in(ACTIVE), unpinned, runs.c.id != spared)
    waiting = list(connection.execute(select(runs).where(*may_go).order_by(runs.c.number)))
    chosen = []
    while waiting and (kept := too_many()) is not None:
        row = min(waiting, key=lambda row: (row.deleted is None, -kept[row.browser], row.number))
        waiting.remove(row)
        numbers[row.browser] -= 1
        sizes[row.browser] -= row.size
        chosen.append(row)
    return chosen


def unused_series(connection: Connection) -> list[str]:
    """The digests of the series that no run and no tab uses. Their rows are removed."""
    digest = series.c.digest
    unused = ~_used(runs.c.series_digest == digest) & ~_used(tabs.c.series_digest == digest)
    found = list(connection.scalars(select(digest).where(unused)))
    if found:
        connection.execute(delete(series).where(digest.in_(found)))
    return found


def _used(condition: ColumnElement[bool]) -> ColumnElement[bool]:
    return exists().where(condition)


def forget_tabs(connection: Connection, browser: str) -> None:
    """Forget the tabs that nobody has seen for long, and those of `browser` that are too many."""
    connection.execute(delete(tabs).where(tabs.c.seen < time.time() - TAB_SECONDS))
    mine = select(tabs.c.tab).where(tabs.c.browser == browser).order_by(tabs.c.seen.desc())
    kept = list(connection.scalars(mine.limit(MOST_TABS)))
    connection.execute(delete(tabs).where(tabs.c.browser == browser, tabs.c.tab.not_in(kept)))
