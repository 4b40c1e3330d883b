"""The processes of a server, by what they do."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

import psutil

__all__ = ["forker_of", "paused", "workers_of"]


def forker_of(server: int) -> psutil.Process:
    """The process that the workers of the server with this process id are forked from."""
    family = psutil.Process(server).children(recursive=True)
    [forker] = [p for p in family if _is_fork(p) and not _is_fork(p.parent())]
    return forker


def workers_of(server: int) -> list[psutil.Process]:
    """The training processes of the server with this process id."""
    family = psutil.Process(server).children(recursive=True)
    return [p for p in family if _is_fork(p) and _is_fork(p.parent())]


@contextlib.contextmanager
def paused(processes: list[psutil.Process]) -> Iterator[None]:
    """These processes do nothing meanwhile. Inside, they may be killed, too."""
    for process in processes:
        process.suspend()
    try:
        yield
    finally:
        for process in processes:
            if process.is_running():
                process.resume()


def _is_fork(process: psutil.Process | None) -> bool:
    """Whether it is the forker, or has its command line because it was forked from it."""
    with contextlib.suppress(psutil.NoSuchProcess):  # it may have just ended
        return process is not None and "multiprocessing.forkserver" in " ".join(process.cmdline())
    return False
