"""The engine of the server: all sessions share it."""

from __future__ import annotations

import threading

from threadpoolctl import threadpool_limits

from gru_core.engine import Engine

__all__ = ["close", "engine"]

_lock = threading.Lock()
_engine: Engine | None = None


def engine() -> Engine:
    """Return the engine. The first call starts it."""
    global _engine
    with _lock:
        if _engine is None:
            # The pages multiply small matrices. On two shared cores, two threads took ten times as
            # long as one thread.
            threadpool_limits(1, user_api="blas")
            _engine = Engine.from_environment().start()
        return _engine


def close() -> None:
    """Stop the engine and its workers."""
    global _engine
    with _lock:
        if _engine is not None:
            _engine.close()
            _engine = None
