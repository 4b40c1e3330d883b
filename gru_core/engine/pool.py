"""The default cluster, in its own process: `python -m gru_core.engine.pool --workers 2`.

It cannot run in the web process. Dask spawns its workers, and a spawned process runs `__main__`
again. Under Streamlit, that is page code.

When it has loaded Dask, it prints an empty line: the server then loads Dask, too. When the first
worker is ready, it prints one line of JSON: the scheduler's address, and the certificates without
which nobody can connect. Nobody but the server reads this pipe. Only then the other workers start:
they would take processor time from the first one, for which a user may wait. On a new machine, one
more process then compiles the kernels of the other cells.

All its ports are on 127.0.0.1, and all but those of HTTP ask for the certificate. The ports of HTTP
cannot be switched off. They have no pages, so they answer nothing.

The process ends when its standard input closes. This also happens when the server is killed, so it
never outlives the server.
"""

from __future__ import annotations

import argparse
import json
import logging
import multiprocessing
import os
import signal
import sys
import tempfile
from dataclasses import asdict
from multiprocessing import forkserver

from gru_core.engine.certificates import Certificates

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
    # A worker becomes ready only after it is warm, also after a restart.
    "distributed.worker.preload": ["gru_core.engine.worker"],
    # The profiler would interrupt the training thread a hundred times per second.
    "distributed.worker.profile.enabled": False,
    # Dask would wake each of its parts 50 times per second to see whether it is late.
    "distributed.admin.tick.interval": "1s",
    # The scheduler and each worker open an HTTP port. Without routes, they show nothing there.
    "distributed.scheduler.http.routes": [],
    "distributed.worker.http.routes": [],
    # Dask would call a worker dead whose last message is five minutes old by the machine's clock.
    # Somebody may set that clock. `Workforce` finds silent workers by a clock that never jumps.
    "distributed.scheduler.worker-ttl": None,
    # A worker with little memory left must not write its values to a file, or wait without a word.
    "distributed.worker.memory.target": False,
    "distributed.worker.memory.spill": False,
    "distributed.worker.memory.pause": False,
}

#: What a worker needs of this package and of others. It takes two seconds to import.
IMPORTS = [
    "distributed",
    "gru_core.training.run",
    "gru_core.search.search",
    "gru_core.judgement.statistical",
]


def fork_workers() -> str:
    """Let the workers be forks of a process that has imported what they need, on Linux.

    That process has no other threads, but one of Arrow's allocator, which is made for forks. So a
    fork is safe. A new worker is ready two seconds earlier, and all workers share the memory of
    what was imported. Returns the name of the method, for Dask.
    """
    if sys.platform != "linux":  # Windows has no forks, and macOS's libraries do not survive one
        return "spawn"
    multiprocessing.set_forkserver_preload(IMPORTS)
    forkserver.ensure_running()  # it imports while this process does other things
    from distributed import utils

    # Dask would import pandas and others here, to have the same imported there.
    utils._forkserver_preload_set = True
    return "forkserver"


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
    # The scheduler calls it critical, with a traceback, if the server is killed while it sends.
    logging.getLogger("distributed.scheduler").addFilter(_not_about_a_lost_server)
    method = fork_workers()
    import dask
    from distributed import LocalCluster

    _tell("")
    certificates = Certificates.temporary()
    folder = tempfile.TemporaryDirectory(prefix="gru-lab-", ignore_cleanup_errors=True)
    # Dask's own folder has the same name for all users of this machine. Whoever makes it first
    # could change what our workers keep there.
    own = {
        "temporary-directory": folder.name,
        "distributed.worker.multiprocessing-method": method,
    }
    dask.config.set(CONFIG | own)
    with (
        folder,
        LocalCluster(
            n_workers=1,
            threads_per_worker=1,
            processes=True,
            host="127.0.0.1",
            security=certificates.security(),
            dashboard_address=None,
            scheduler_kwargs={"dashboard_address": "127.0.0.1:0"},  # 8787 may be in use
            silence_logs=50,
        ) as cluster,
    ):
        told = {"address": cluster.scheduler_address, "certificates": asdict(certificates)}
        if _tell(json.dumps(told)):
            cluster.scale(workers)
            from gru_core.training.compile_ahead import compiling_ahead

            with compiling_ahead():
                sys.stdin.read()


def _not_about_a_lost_server(record: logging.LogRecord) -> bool:
    return not str(record.msg).startswith("Closed comm")


def _tell(line: str) -> bool:
    """Tell the server something. Returns False if the server has ended."""
    try:  # `print` would keep the line, and fail again at the end
        os.write(sys.stdout.fileno(), f"{line}\n".encode())
    except BrokenPipeError:
        return False
    return True


if __name__ == "__main__":
    main()
