"""What there is once per server: the engine."""

from __future__ import annotations

import threading

from threadpoolctl import threadpool_limits

from gru_core.engine import Engine

__all__ = ["close", "engine"]

_lock = threading.Lock()
_engine: Engine | None = None


def engine() -> Engine:
    """The engine, started at the first call."""
    global _engine
    with _lock:
        if _engine is None:
            # The matrices that the pages multiply are small: on two shared cores, two threads took
            # ten times as long as one.
            threadpool_limits(1, user_api="blas")
            _engine = Engine.from_environment().start()
        return _engine


def close() -> None:
    """End the engine and its workers."""
    global _engine
    with _lock:
        if _engine is not None:
            _engine.close()
            _engine = None
