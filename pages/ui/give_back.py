"""Gives the memory of ended sessions back to the system.

Streamlit keeps a closed session for a while, because its visitor may come back. Then it forgets the
session, but only when the next visitor leaves. Its files and tables would stay for hours.
"""

from __future__ import annotations

import asyncio
import ctypes
import gc
import sys
from contextlib import suppress

from streamlit import runtime

__all__ = ["forever"]

#: Seconds between two looks. A look that finds nothing costs some microseconds.
SECONDS = 10.0


async def forever() -> None:
    """Look again and again for sessions that have ended. Runs in the server's event loop."""
    while True:
        await asyncio.sleep(SECONDS)
        if _forget_ended():
            gc.collect()  # a session refers to itself in circles
            await asyncio.to_thread(_trim)


def _forget_ended() -> int:
    """Forget the sessions that were closed too long ago. Returns their number."""
    # Streamlit has no public way to say this. Its storage forgets them when another one comes in.
    ended = runtime.get_instance()._session_mgr._session_storage._cache.expire()
    for _, info in ended:
        info.session.shutdown()
        info.session.session_state.clear()  # Streamlit's loop still holds the last session
    return len(ended)


def _trim() -> None:
    """Let the C library give back what is free between its blocks. Only Linux's glibc can."""
    if sys.platform == "linux":
        with suppress(OSError, AttributeError):  # another C library
            ctypes.CDLL(None).malloc_trim(0)
