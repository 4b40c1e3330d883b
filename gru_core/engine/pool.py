"""The default cluster, in a process of its own: `python -m gru_core.engine.pool --workers 2`.

Not inside the web process, because Dask's nannies start and restart workers by spawning, which
runs `__main__` again, and under Streamlit that is page code. It prints the scheduler's address as
one line of JSON and lives until its standard input closes, so that it can never outlive the
server, however that dies.
"""

from __future__ import annotations

import argparse
import json
import os
import signal
import sys

__all__ = ["main"]

CONFIG = {
    # A killed worker's run is reported as interrupted and can be continued; run again by itself
    # it would make the user watch the loss jump back.
    "distributed.scheduler.allowed-failures": 0,
    # Tasks wait at the scheduler, not at a busy worker: first in, first out.
    "distributed.scheduler.worker-saturation": 1.0,
    # The scheduler keeps a log of events, and ours carry forecasts: keep few.
    "distributed.admin.low-level-log-length": 200,
    # A worker that is not back so long after its death is given up by the cluster, nanny and all;
    # the default of 15 s is no more than importing torch takes on a busy machine.
    "distributed.deploy.lost-worker-timeout": "3650 days",
    # A worker counts as there only when torch is imported, also after a restart.
    "distributed.worker.preload": ["gru_core.engine.worker"],
    # It would stop the training thread a hundred times a second to look at its stack.
    "distributed.worker.profile.enabled": False,
    # Steps of a large network can hold the interpreter for a while.
    "distributed.admin.tick.limit": "30s",
    # The scheduler always opens a port for HTTP: leave nothing to see there.
    "distributed.scheduler.http.routes": [],
}


def main() -> None:
    """Run the cluster until standard input closes."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--workers", type=int, default=max(1, (os.cpu_count() or 2)))
    workers = parser.parse_args().workers
    # The server's shutdown closes our input; a Ctrl-C in its terminal must not come before it.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    if hasattr(os, "nice"):
        os.nice(5)  # pages answer first
    import dask
    from distributed import LocalCluster

    dask.config.set(CONFIG)
    with LocalCluster(
        n_workers=workers,
        threads_per_worker=1,
        processes=True,
        host="127.0.0.1",
        dashboard_address=None,
        scheduler_kwargs={"dashboard_address": "127.0.0.1:0"},  # not 8787, which may be taken
        silence_logs=50,
    ) as cluster:
        print(json.dumps({"address": cluster.scheduler_address}), flush=True)
        sys.stdin.read()


if __name__ == "__main__":
    main()
