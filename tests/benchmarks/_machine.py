"""The machine: wait until it is free, describe it, and count who used its processors."""

from __future__ import annotations

import os
import platform
import time

import psutil

from tests.processes import workers_of

__all__ = ["describe", "processor_seconds", "quiet"]

#: The machine is free if its processors were busy for at most this share of a moment.
FREE, MOMENT = 0.15, 0.5
#: Other work may take long. After so many seconds we measure anyway, and `describe` says so.
PATIENCE_SECONDS = 10.0

_busy: list[bool] = []


def quiet() -> None:
    """Wait until the machine is free, but not forever."""
    until = time.monotonic() + PATIENCE_SECONDS
    while (busy := psutil.cpu_percent(interval=MOMENT) > 100 * FREE) and time.monotonic() < until:
        pass
    _busy.append(busy)


def describe() -> str:
    """The machine in words, and how often it was busy."""
    free = f"{sum(_busy)} of {len(_busy)} measurements began on a machine with other work"
    return (
        f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}; {free}"
    )


def processor_seconds(server: int) -> dict[str, float]:
    """Processor seconds so far, by part of the app: `worker` and its process id for each worker.

    `server` is the process id of the server.
    """
    used = {"web": _used(psutil.Process(server)), "scheduler": 0.0, "Chromium": 0.0}
    for process in psutil.Process(server).children(recursive=True):
        if "gru_core.engine.pool" in " ".join(process.cmdline()):
            used["scheduler"] += _used(process)
    for process in workers_of(server):
        used[f"worker {process.pid}"] = _used(process)
    for process in psutil.Process().children(recursive=True):
        if "chrom" in process.name():
            used["Chromium"] += _used(process)
    return used


def _used(process: psutil.Process) -> float:
    times = process.cpu_times()
    return float(times.user + times.system)
