"""Starts the process of `pool`. It imports little, so a server can start the pool first of all."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from gru_core.options import setting

__all__ = ["start", "workers_here"]


def workers_here() -> int:
    """How many workers a pool on this machine has: GRU_LAB_WORKERS, or one for each processor.

    Raises:
        OptionError: the number is not positive.
    """
    wanted = setting("GRU_LAB_WORKERS")
    return max(1, int(wanted)) if wanted else max(1, os.cpu_count() or 1)


def start(workers: int) -> subprocess.Popen[str]:
    """Start a pool with so many workers. What it says on its standard output is in `pool`."""
    # The numerical libraries get one thread per worker, or the workers compete for the cores.
    own = dict.fromkeys(("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS"), "1")
    # glibc gives memory back at this size. Dask sets it too late for a forked worker.
    own["MALLOC_TRIM_THRESHOLD_"] = "65536"
    package = str(Path(__file__).parents[2])
    own["PYTHONPATH"] = os.pathsep.join(filter(None, [package, os.environ.get("PYTHONPATH")]))
    return subprocess.Popen(
        [sys.executable, "-m", "gru_core.engine.pool", "--workers", str(workers)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env=os.environ | own,
    )
