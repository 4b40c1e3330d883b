"""`Cluster`: the way to the workers, in a local pool of processes or at a Dask scheduler's address.

The local pool is a process of its own (see `pool`).
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

#: A scheduler that does not answer for so long is out of reach.
CONNECT_SECONDS = 30.0
#: Workers that do not come, or do not answer, for so long are out of reach.
WORKER_SECONDS = 60.0

#: Takes the events that a worker has sent: the job's id, the attempt's, the worker's address, them.
Receive = Callable[[str, str, str, list[Any]], None]


class _Remote:
    """A function of `gru_core.engine.worker`, named here without importing that module."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.__name__ = name

    def __call__(self, *arguments: Any) -> Any:
        return getattr(importlib.import_module("gru_core.engine.worker"), self.name)(*arguments)


class Cluster:
    """The workers, by a Dask client.

    Args:
        scheduler: address of an existing Dask scheduler; None for a pool on this machine.
        workers: processes of that pool.
        receive: called with the events that workers send, from one of Dask's threads.
        lost: called with the error when the pool on this machine has ended.

    Attributes:
        client: the connection; None before `connect`.
        pool: the process of the pool on this machine; None without one.
        topic: where workers send events to.
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
        """Reach the workers, in a new pool without an address; returns how fast one trains.

        Raises:
            EngineUnavailableError, OSError, ValueError: nothing answers at the address, it is
                none, or the pool did not start.
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
        """How many calls the workers can make at once."""
        return sum(self.client.nthreads().values())

    def submit(self, call: str, argument: object) -> Any:
        """Have a worker call the function `call` of `engine.worker`; returns Dask's future."""
        # Each time anew, for Dask forgets it when it loses and regains the scheduler.
        self.client.subscribe_topic(self.topic, self._unpack)
        return self.client.submit(
            _Remote(call), argument, key=f"{call}-{uuid.uuid4().hex}", pure=False, retries=0
        )

    def tell_to_stop(self, job: str, worker: str | None) -> None:
        """Ask `worker`, or all of them, to stop the job with this id; does not wait for it."""
        threading.Thread(target=self._tell_to_stop, args=(job, worker), daemon=True).start()

    def cancel(self, future: Any, job: str, worker: str | None) -> None:
        """Cancel a call, and tell its job to stop if it has begun; does not wait for either."""

        def cancel() -> None:
            with contextlib.suppress(Exception):  # the client may be closed by now
                future.cancel()
            self._tell_to_stop(job, worker)  # a call that has begun cannot be cancelled

        # In a thread of its own: both wait for Dask, whose own thread may be the caller.
        threading.Thread(target=cancel, daemon=True).start()

    def restart(self, worker: str | None) -> None:
        """Replace a worker's process; returns when the new one is there, or none can be made."""
        try:
            self.client.restart_workers([worker], raise_for_error=False)
        except Exception as error:  # the worker may be gone by now
            log.warning("worker %s could not be restarted: %s", worker, error)

    def disconnect(self, timeout: float) -> None:
        """Close the connection; a client without a scheduler would try for ever to find it."""
        if self.client is not None:
            self.client.close(timeout=timeout)

    def close(self) -> None:
        """Close the connection, and end the pool that was started here."""
        self.disconnect(timeout=5)
        if self.pool is None:
            return
        assert self.pool.stdin is not None
        assert self.pool.stdout is not None
        self.pool.stdin.close()
        self.pool.stdout.close()
        try:
            self.pool.wait(30)  # with a hung worker, six seconds were measured
        except subprocess.TimeoutExpired:
            self.pool.kill()
            self.pool.wait()

    def _start_pool(self) -> str:
        # One thread per worker for the numerical libraries: they would fight over the cores.
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
    """Whether a call's `error` is that its worker ended."""
    from distributed.scheduler import KilledWorker

    return isinstance(error, KilledWorker)
