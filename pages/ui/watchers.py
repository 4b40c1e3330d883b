"""Keeps the server from watching source files, also for a session that comes back."""

from __future__ import annotations

from streamlit import config
from streamlit.runtime.app_session import AppSession

__all__ = ["obey_the_setting"]


def obey_the_setting() -> None:
    """Let no session watch files if `server.fileWatcherType` is `none`. Call it once.

    Streamlit asks for this setting when a session begins. It does not ask when a session comes back
    after a lost connection. Such a session looked through all loaded modules after its next run:
    0.4 s, in which the server answered nobody.
    """
    if config.get_option("server.fileWatcherType") == "none":
        AppSession.register_file_watchers = _watch_nothing  # type: ignore[method-assign]


def _watch_nothing(session: AppSession) -> None:
    pass
