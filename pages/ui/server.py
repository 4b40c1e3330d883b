"""The engine of the server: all sessions share it."""

from __future__ import annotations

import threading
import uuid
from typing import TYPE_CHECKING

from streamlit import runtime
from streamlit.runtime.scriptrunner import get_script_run_ctx
from threadpoolctl import threadpool_limits

if TYPE_CHECKING:
    from gru_core.store import Store

    from gru_core.engine import Engine

__all__ = ["close", "engine", "new_owner", "store"]

_lock = threading.Lock()
_engine: Engine | None = None
_store: Store | None = None


def engine() -> Engine:
    """Return the engine. The first call loads NumPy and pandas, and starts it; others wait.

    Call it before anything else is imported that uses NumPy: two threads that import NumPy at the
    same time get errors.
    """
    global _engine
    with _lock:
        if _engine is None:
            from gru_core.engine import Engine

            # The pages multiply small matrices. On two shared cores, two threads took ten times as
            # long as one thread.
            threadpool_limits(1, user_api="blas")
            _engine = Engine.from_environment(present=_present).start()
        return _engine


def store() -> Store:
    """The store of all runs. The first call opens it."""
    global _store
    with _lock:
        if _store is None:
            from gru_core.store import Store

            _store = Store.from_environment()
            _store.open()
        return _store


def new_owner() -> str:
    """A name for what the current browser tab asks of the engine. It begins with the session."""
    context = get_script_run_ctx()
    return f"{context.session_id if context else ''}/{uuid.uuid4().hex}"


def _present(owner: str) -> bool:
    """Whether the browser tab of `owner` is connected. A hidden tab is, but asks for little."""
    session, _, _ = owner.partition("/")
    return not runtime.exists() or runtime.get_instance().is_active_session(session)


def close() -> None:
    """Stop the engine and its workers."""
    global _engine
    with _lock:
        if _engine is not None:
            _engine.close()
            _engine = None
