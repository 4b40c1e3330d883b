"""The default cluster, in its own process: `python -m gru_core.engine.pool --workers 2`.

It cannot run in the web process. Dask spawns its workers, and a spawned process runs `__main__`
again. Under Streamlit, that is page code.

When the first worker is ready, it prints the scheduler's address as one line of JSON. Only then the
other workers start: they would take processor time from the first one, for which a user may wait.

The process ends when its standard input closes. This also happens when the server is killed, so it
never outlives the server.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import signal
import sys

__all__ = ["main"]

CONFIG = {
    # Do not repeat the run of a killed worker: the user would see the loss jump back. The run is
    # reported as interrupted, and the user can continue it.
    "distributed.scheduler.allowed-failures": 0,
    # Tasks wait at the scheduler, not at a busy worker. This keeps them first in, first out.
    "distributed.scheduler.worker-saturation": 1.0,
    # The scheduler keeps a log of events. Ours are large (they hold forecasts and checkpoints), so
    # keep few.
    "distributed.admin.low-level-log-length": 20,
    # After this time, the cluster gives up a dead worker and does not restart it. The default of
    # 15 s is too short: on a busy machine, a new worker may need that long to import torch.
    "distributed.deploy.lost-worker-timeout": "3650 days",
    # A worker becomes ready only after it has imported torch, also after a restart.
    "distributed.worker.preload": ["gru_core.engine.worker"],
    # The profiler would interrupt the training thread a hundred times per second.
    "distributed.worker.profile.enabled": False,
    # Do not warn about long steps: one step of a large network can block the interpreter.
    "distributed.admin.tick.limit": "30s",
    # The scheduler always opens an HTTP port. Without routes, it shows nothing there.
    "distributed.scheduler.http.routes": [],
}


def main() -> None:
    """Run the cluster until standard input closes."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--workers", type=int, default=max(1, (os.cpu_count() or 2)))
    workers = parser.parse_args().workers
    # Ctrl-C in the server's terminal also reaches this process. Ignore it: the server closes our
    # input when it shuts down.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    if hasattr(os, "nice"):
        os.nice(5)  # pages have priority
    import dask
    from distributed import LocalCluster

    dask.config.set(CONFIG)
    with LocalCluster(
        n_workers=1,
        threads_per_worker=1,
        processes=True,
        host="127.0.0.1",
        dashboard_address=None,
        scheduler_kwargs={"dashboard_address": "127.0.0.1:0"},  # 8787 may be in use
        silence_logs=50,
    ) as cluster:
        line = json.dumps({"address": cluster.scheduler_address}) + "\n"
        # The server may have ended by now. `print` would keep the line, and fail again at the end.
        with contextlib.suppress(BrokenPipeError):
            os.write(sys.stdout.fileno(), line.encode())
            cluster.scale(workers)
        sys.stdin.read()


if __name__ == "__main__":
    main()
