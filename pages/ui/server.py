"""What all sessions of the server share: the engine, and the store of runs."""

from __future__ import annotations

import os
import threading
from typing import TYPE_CHECKING

from threadpoolctl import threadpool_limits

from pages.ui import tabs

if TYPE_CHECKING:
    from gru_core.engine import Engine
    from gru_core.engine.keeper import Keeper
    from gru_core.store import Store

__all__ = ["close", "engine", "keeper", "store"]

_lock = threading.Lock()
_engine: Engine | None = None
_keeper: Keeper | None = None


def engine() -> Engine:
    """Return the engine. The first call loads NumPy and pandas, and starts it; others wait.

    Call it before anything else is imported that uses NumPy: two threads that import NumPy at the
    same time get errors.
    """
    global _engine, _keeper
    with _lock:
        if _engine is None:
            from gru_core.engine import local_pool

            # First of all: the workers need longer to start than all the rest.
            remote = os.environ.get("GRU_LAB_SCHEDULER")
            pool = None if remote else local_pool.start(local_pool.workers_here())
            from gru_core.engine import Engine
            from gru_core.engine.keeper import Keeper

            # The pages multiply small matrices. On two shared cores, two threads took ten times as
            # long as one thread.
            threadpool_limits(1, user_api="blas")
            _keeper = Keeper(_open_store)
            _engine = Engine.from_environment(tabs.present, _keeper, pool).start()
        return _engine


def keeper() -> Keeper:
    """Return what writes into the store. The first call opens the store, in the background."""
    engine()
    assert _keeper is not None
    _keeper.start()
    return _keeper


def store() -> Store:
    """Return the store of runs. The first call waits until it is open."""
    return keeper().store


def _open_store() -> Store:
    from gru_core.store import Store

    opened = Store.from_environment()
    opened.open()
    return opened


def close() -> None:
    """Stop the engine and its workers, then store what is left to store."""
    global _engine, _keeper
    with _lock:
        if _engine is not None and _keeper is not None:
            _engine.close()
            _keeper.close()
        _engine = _keeper = None
