"""What users do with their runs, and what their tabs show."""

from __future__ import annotations

import json
import time
from collections.abc import Iterable

from sqlalchemy import delete, insert

from gru_core.data.series import Series
from gru_core.store import retention
from gru_core.store.base import Base, of_browser, writes
from gru_core.store.records import TabState
from gru_core.store.retention import UNDO_SECONDS, forget_tabs
from gru_core.store.rows import hashed, text
from gru_core.store.tables import runs, tabs

__all__ = ["Care"]

MOST_TAGS = 20


class Care(Base):
    """The part of the store that changes what users see of their runs.

    Each method returns True when the change is on the disk. It returns False if the run is not
    there or belongs to another browser, and if nothing can be written; then `trouble` says why.
    """

    @writes
    def rename(self, id: str, browser: str, name: str) -> bool:
        """Give a run another name."""
        return self._change([id], *of_browser(browser), name=text(name))

    @writes
    def tag(self, id: str, browser: str, tags: tuple[str, ...]) -> bool:
        """Give a run these tags, and no others."""
        cleaned = dict.fromkeys(text(tag.strip()) for tag in tags if tag.strip())
        return self._change([id], *of_browser(browser), tags=json.dumps(list(cleaned)[:MOST_TAGS]))

    @writes
    def pin(self, id: str, browser: str, pinned: bool) -> bool:
        """Say whether a run must never go to make room."""
        return self._change([id], *of_browser(browser), pinned=pinned)

    @writes
    def delete(self, ids: Iterable[str], browser: str) -> bool:
        """Hide runs at once. For a day, `restore` brings them back; then their files go."""
        return self._change(ids, *of_browser(browser), deleted=time.time())

    @writes
    def restore(self, ids: Iterable[str], browser: str) -> bool:
        """Bring deleted runs back."""
        there = runs.c.deleted > time.time() - UNDO_SECONDS
        return self._change(ids, there, runs.c.browser == hashed(browser), deleted=None)

    @writes
    def remember(
        self, tab: str, browser: str, state: TabState, series: Series | None = None
    ) -> bool:
        """Keep what a tab shows, with its own `series`, whose key is in `state`.

        Tabs that nobody has seen for 30 days are forgotten.
        """
        mine, name = hashed(browser), text(tab, 64)
        row = {
            "browser": mine,
            "tab": name,
            "query": text(state.query, 100_000),
            "series_digest": state.series_digest,
            "run": state.run and text(state.run, 64),
            "seen": state.seen.timestamp(),
        }
        with self._files:
            with self.database.transaction() as connection:
                if series is not None:
                    row["series_digest"] = self._keep_series(connection, series)
                connection.execute(delete(tabs).where(tabs.c.browser == mine, tabs.c.tab == name))
                connection.execute(insert(tabs).values(row))
                forget_tabs(connection, mine)
                unused = retention.unused_series(connection)
            for key in unused:
                self._series_file(key).unlink(missing_ok=True)
        return True
