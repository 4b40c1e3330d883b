"""Which session shows which tab of a browser. After a reload it is still the same tab.

Streamlit begins a new session when a page is loaded again, when the server was started again, and
when a lost connection comes back too late. What a tab showed is in the store. So the new session
goes on with the newest tab of its browser that nobody shows.
"""

from __future__ import annotations

import threading
import uuid
from collections.abc import Iterable
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl

from streamlit import runtime
from streamlit.runtime.scriptrunner import get_script_run_ctx

if TYPE_CHECKING:
    from gru_core.store import TabState

__all__ = ["present", "stay", "take"]

_lock = threading.Lock()
#: The session that shows each tab, or showed it last.
_shown: dict[str, str] = {}
#: The tabs of visitors who are alone on the machine of the server: nobody waits for their worker.
_alone: set[str] = set()
#: So many tabs are remembered before those that nobody shows are forgotten.
_MOST = 5000


def take(
    known: Iterable[TabState], query: dict[str, str], *, alone: bool
) -> tuple[str, TabState | None]:
    """The tab of a new session, and what it showed. None stands for a new tab.

    Args:
        known: the tabs of the browser, the newest first.
        query: the settings in the address. An address with other settings is a new tab.
        alone: whether the visitor is alone on the machine of the server.
    """
    with _lock:
        for state in known:
            same = not query or query == dict(parse_qsl(state.query, keep_blank_values=True))
            if same and not _is_shown(state.tab):
                _show(state.tab, alone)
                return state.tab, state
        tab = uuid.uuid4().hex
        _show(tab, alone)
        return tab, None


def stay(tab: str) -> bool:
    """Whether this session still has its tab.

    After a lost connection, another session may have taken it.
    """
    with _lock:
        return _shown.get(tab) == _session()


def present(owner: str) -> bool:
    """Whether the tab of `owner` is shown. A hidden tab is, but asks for little.

    Work of a visitor who is alone on the server goes on in any case.
    """
    tab, _, _ = owner.partition("/")
    return tab in _alone or _is_shown(tab)


def _show(tab: str, alone: bool) -> None:
    if len(_shown) >= _MOST:
        for old in [old for old in _shown if not _is_shown(old)]:
            del _shown[old]
            _alone.discard(old)
    _shown[tab] = _session()
    (_alone.add if alone else _alone.discard)(tab)


def _is_shown(tab: str) -> bool:
    session = _shown.get(tab)
    if session is None:
        return False
    return not runtime.exists() or runtime.get_instance().is_active_session(session)


def _session() -> str:
    context = get_script_run_ctx()
    return context.session_id if context else ""
