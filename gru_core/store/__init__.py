"""The store: every run is kept, and found again after a reload or a restart.

    store      `Store`, which the server uses: it writes and reads runs and tabs
    records    what it gives back: a stored run, its progress, a tab
    tables     the tables of the database
    rows       runs and tabs as rows of these tables
    retention  which runs go when there are too many
    database   the connection to SQLite or PostgreSQL, the lock, and the upgrade of the tables
    upgrade    brings the tables up to date (Alembic)
    migrations each change of the tables, in order
    files      large arrays beside the database
    trouble    what has gone wrong, in words

Each name is loaded on first use, because the app starts without SQLAlchemy.

May import `errors`, `lazy`, `wording`, `options`, `data`, `experiment`, `forecast` and `packing`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from gru_core.lazy import lazily

if TYPE_CHECKING:
    from gru_core.store.records import Progress, StoredRun, TabState
    from gru_core.store.store import Store, series_digest

__all__ = ["Progress", "Store", "StoredRun", "TabState", "series_digest"]

__getattr__ = lazily(
    __name__,
    {
        "Progress": "gru_core.store.records",
        "Store": "gru_core.store.store",
        "StoredRun": "gru_core.store.records",
        "TabState": "gru_core.store.records",
        "series_digest": "gru_core.store.store",
    },
)
