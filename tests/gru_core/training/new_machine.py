"""A machine on which nothing was compiled yet."""

from __future__ import annotations

import os
from pathlib import Path

__all__ = ["environment_at"]


def environment_at(home: Path) -> dict[str, str]:
    """The environment of a process whose home, with the cache in it, is `home`."""
    return os.environ | {"HOME": str(home), "XDG_CACHE_HOME": str(home / "cache")}
