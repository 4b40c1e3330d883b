"""What all sessions of the server share: the engine, and the store of runs."""

from __future__ import annotations

import os
import subprocess
import threading
from typing import TYPE_CHECKING

from threadpoolctl import threadpool_limits

from pages.ui import tabs

if TYPE_CHECKING:
    from gru_core.engine import Engine
    from gru_core.engine.keeper import Keeper
    from gru_core.store import Store

__all__ = ["close", "engine", "is_needed", "keeper", "load_for_icon", "start_pool", "store"]

#: Seconds before the server loads what nobody has asked for.
UNASKED_SECONDS = 1.0

_lock, _icon_lock = threading.RLock(), threading.Lock()
_pool: subprocess.Popen[str] | None = None
_engine: Engine | None = None
_keeper: Keeper | None = None
_needed, _closed = threading.Event(), threading.Event()


def start_pool() -> None:
    """Start the process of the workers. It needs longer than all the rest."""
    global _pool
    with _lock:
        if _pool is None and not os.environ.get("GRU_LAB_SCHEDULER"):
            from gru_core.engine import local_pool

            _pool = local_pool.start(local_pool.workers_here())


def is_needed() -> bool:
    """Wait until a page needs the engine, but no longer than a second. False: it is closed.

    What a page shows first needs no engine. The imports of the engine, in another thread, made a
    first visitor wait for it 0.3 s longer.
    """
    _needed.wait(UNASKED_SECONDS)
    return not _closed.is_set()


def load_for_icon() -> None:
    """Load what Streamlit needs for the icon of a page: NumPy and Pillow.

    Two threads that load NumPy at the same time get errors, so others wait.
    """
    with _icon_lock:
        import numpy  # noqa: F401
        from PIL import Image, ImageFile  # noqa: F401


def engine() -> Engine:
    """Return the engine. The first call loads NumPy and pandas, and starts it; others wait.

    Call it before anything else is imported that uses pandas: two threads that import pandas at the
    same time get errors.
    """
    global _engine, _keeper
    _needed.set()
    with _lock:
        if _engine is None:
            start_pool()
            load_for_icon()
            from gru_core.engine import Engine
            from gru_core.engine.keeper import Keeper

            # The pages multiply small matrices. On two shared cores, two threads took ten times as
            # long as one thread.
            threadpool_limits(1, user_api="blas")
            _keeper = Keeper(_open_store)
            _engine = Engine.from_environment(tabs.present, _keeper, _pool).start()
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
    global _engine, _keeper, _pool
    _closed.set()
    _needed.set()
    with _lock:
        if _engine is not None and _keeper is not None:
            _engine.close()
            _keeper.close()
        elif _pool is not None:
            with _pool:  # closes its pipes, and waits for its end
                _pool.terminate()
        _engine = _keeper = _pool = None
