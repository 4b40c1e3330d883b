"""`Cluster`: the connection to the workers.

They are in a local pool, which has its own process (see `pool`), or at a Dask scheduler's address.
"""

from __future__ import annotations

import contextlib
import importlib
import json
import logging
import os
import pickle
import subprocess
import sys
import threading
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Any

from gru_core.engine.cost import Calibration
from gru_core.errors import EngineUnavailableError

__all__ = ["Cluster", "is_worker_death"]

log = logging.getLogger(__name__)

#: Seconds to wait for an answer of the scheduler.
CONNECT_SECONDS = 30.0
#: Seconds to wait for a first worker, and for its answer.
WORKER_SECONDS = 60.0

#: Takes the events of a worker: (id of the job, id of the attempt, address of the worker, events).
Receive = Callable[[str, str, str, list[Any]], None]


class _Remote:
    """A function of `gru_core.engine.worker`, by name. The web process must not import it."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.__name__ = name

    def __call__(self, *arguments: Any) -> Any:
        return getattr(importlib.import_module("gru_core.engine.worker"), self.name)(*arguments)


class Cluster:
    """The connection to the workers, through a Dask client.

    Args:
        scheduler: address of an existing Dask scheduler; None for a pool on this machine.
        workers: how many processes that pool has.
        receive: called with the events that workers send, in one of Dask's threads.
        lost: called with the error when the pool on this machine has ended.

    Attributes:
        client: the Dask client; None before `connect`.
        pool: the process of the pool on this machine, or None.
        topic: the Dask topic to which workers send their events.
    """

    def __init__(
        self,
        scheduler: str | None,
        workers: int,
        *,
        receive: Receive,
        lost: Callable[[Exception], None],
    ) -> None:
        self.client: Any = None
        self.pool: subprocess.Popen[str] | None = None
        self.topic = f"gru-lab-{uuid.uuid4().hex}"
        self._scheduler = scheduler
        self._workers = workers
        self._receive, self._lost = receive, lost

    @property
    def where(self) -> str:
        """Where the workers are, in words."""
        return f"at {self._scheduler}" if self._scheduler else "on this machine"

    def connect(self) -> Calibration:
        """Connect to the workers, and measure how fast one of them trains.

        Without an address, a pool is started first.

        Raises:
            EngineUnavailableError, OSError, ValueError: nothing answers at the address, the
                address is not valid, or the pool did not start.
        """
        from distributed import Client

        address = self._scheduler or self._start_pool()
        self.client = Client(address, timeout=CONNECT_SECONDS, name="gru-lab", set_as_default=False)
        self.client.wait_for_workers(1, timeout=WORKER_SECONDS)
        speed: Calibration = self.client.submit(
            _Remote("calibrate"), key=f"calibrate-{self.topic}", pure=False
        ).result(timeout=WORKER_SECONDS)
        return speed

    def threads(self) -> int:
        """How many calls the workers can run at once."""
        return sum(self.client.nthreads().values())

    def submit(self, call: str, argument: object) -> Any:
        """Send `argument` to a worker, for the function `call` of `engine.worker`.

        Returns the future of Dask.
        """
        # Dask forgets the subscription when it loses the scheduler. So it is made for each call.
        self.client.subscribe_topic(self.topic, self._unpack)
        return self.client.submit(
            _Remote(call), argument, key=f"{call}-{uuid.uuid4().hex}", pure=False, retries=0
        )

    def tell_to_stop(self, job: str, worker: str | None) -> None:
        """Ask `worker`, or all workers if None, to stop this job. Does not wait."""
        threading.Thread(target=self._tell_to_stop, args=(job, worker), daemon=True).start()

    def cancel(self, future: Any, job: str, worker: str | None) -> None:
        """Cancel a call, and ask its job to stop if it has begun. Does not wait."""

        def cancel() -> None:
            with contextlib.suppress(Exception):  # the client may be closed by now
                future.cancel()
            self._tell_to_stop(job, worker)  # a call that has begun cannot be cancelled

        # Both steps wait for Dask. The caller may be Dask's own thread, so they get a new thread.
        threading.Thread(target=cancel, daemon=True).start()

    def restart(self, worker: str | None) -> None:
        """Replace the process of a worker. Returns when that is done or has failed."""
        try:
            self.client.restart_workers([worker], raise_for_error=False)
        except Exception as error:  # the worker may be gone by now
            log.warning("worker %s could not be restarted: %s", worker, error)

    def disconnect(self, timeout: float) -> None:
        """Close the connection. An open client would search for a lost scheduler forever."""
        if self.client is not None:
            self.client.close(timeout=timeout)

    def close(self) -> None:
        """Close the connection, and end the pool if there is one."""
        self.disconnect(timeout=5)
        if self.pool is None:
            return
        assert self.pool.stdin is not None
        assert self.pool.stdout is not None
        self.pool.stdin.close()
        self.pool.stdout.close()
        try:
            self.pool.wait(30)  # it took six seconds with a hung worker
        except subprocess.TimeoutExpired:
            self.pool.kill()
            self.pool.wait()

    def _start_pool(self) -> str:
        # The numerical libraries get one thread per worker, or the workers compete for the cores.
        threads = dict.fromkeys(("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS"), "1")
        package = str(Path(__file__).parents[2])
        path = os.pathsep.join(filter(None, [package, os.environ.get("PYTHONPATH")]))
        self.pool = subprocess.Popen(
            [sys.executable, "-m", "gru_core.engine.pool", "--workers", str(self._workers)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env=os.environ | threads | {"PYTHONPATH": path},
        )
        assert self.pool.stdout is not None
        line = self.pool.stdout.readline()
        if not line:
            raise EngineUnavailableError("the process of the local cluster did not start")
        threading.Thread(target=self._watch, args=(self.pool,), daemon=True).start()
        return str(json.loads(line)["address"])

    def _watch(self, pool: subprocess.Popen[str]) -> None:
        pool.wait()
        self._lost(EngineUnavailableError("the local cluster has ended unexpectedly"))

    def _unpack(self, event: tuple[float, bytes]) -> None:
        self._receive(*pickle.loads(event[1]))

    def _tell_to_stop(self, job: str, worker: str | None) -> None:
        try:
            self.client.run(_Remote("request_stop"), job, workers=[worker] if worker else None)
        except Exception as error:  # the worker may be gone, and the job with it
            log.info("stop not delivered: %s", error)


def is_worker_death(error: BaseException) -> bool:
    """Whether `error` means that the worker of a call has ended."""
    from distributed.scheduler import KilledWorker

    return isinstance(error, KilledWorker)
