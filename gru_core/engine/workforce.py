"""`Workforce`: which workers there are, which of them can train, and what each one does.

It connects to the cluster, again and again if need be. A worker is used after it has passed an
inspection. It is inspected when it joins, and when it has left a job that was given up. An
inspection waits for a free thread of the worker. So a worker that hangs gets no new job.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Literal

from gru_core.engine.cluster import Cluster, is_worker_death
from gru_core.engine.cost import Calibration

__all__ = ["Workforce"]

log = logging.getLogger(__name__)

#: Seconds without a worker that can train, before this counts as trouble. A new worker may need
#: half a minute to import torch on a busy machine. A scheduler without any worker starts none.
STARTING_SECONDS = 60.0
EMPTY_SECONDS = 5.0


@dataclass(eq=False)
class _Worker:
    """One worker.

    Attributes:
        threads: how many jobs it can do at once.
        state: `new` before its inspection, then whether it can be used.
        why: why it cannot be used, in words.
        inspection: the future of the last inspection.
        jobs: the ids of its jobs.
    """

    threads: int
    state: Literal["new", "inspected", "usable", "unusable"] = "new"
    why: str = ""
    inspection: Any = None
    jobs: set[str] = field(default_factory=set)


class Workforce:
    """The workers of `cluster`. `changed` is called when something may have become possible.

    Attributes:
        calibration: how fast a worker trains; measured once.
    """

    def __init__(self, cluster: Cluster, changed: Callable[[], None]) -> None:
        self.calibration = Calibration()
        self._cluster = cluster
        self._changed = changed
        self._lock = threading.RLock()
        self._workers: dict[str, _Worker] = {}
        self._measured = False
        self._trouble = ""
        self._connected = False
        self._missing_since = 0.0

    @property
    def ready(self) -> bool:
        """Whether a worker can train."""
        return self.slots > 0

    @property
    def slots(self) -> int:
        """How many jobs the workers can do at once."""
        with self._lock:
            return sum(one.threads for one in self._workers.values() if one.state == "usable")

    @property
    def trouble(self) -> str:
        """Why no run can begin now, in words. Empty if there is no trouble."""
        return self._trouble

    @property
    def unusable(self) -> list[str]:
        """One sentence for each worker that cannot be used."""
        with self._lock:
            return [
                f"The worker {address} is not used: {worker.why}."
                for address, worker in self._workers.items()
                if worker.state == "unusable"
            ]

    def connect(self) -> bool:
        """Connect to the cluster. Returns False if that fails; `trouble` then says why."""
        with self._lock:
            self._workers.clear()
        try:
            self._cluster.connect()
        except Exception as error:
            self._trouble = self._unreachable(str(error))
            self._changed()
            return False
        self._connected, self._missing_since = True, time.monotonic()
        return True

    def lose(self) -> None:
        """Note that the connection is lost. Before the first connection, there is none to lose."""
        if not self._connected:
            return
        self._connected = False
        with self._lock:
            self._workers.clear()
        self._trouble = self._unreachable(
            "their process has ended" if self._cluster.local else "the connection is lost"
        )
        self._changed()

    def look(self) -> None:
        """See which workers have come or gone, and inspect the new ones.

        Raises:
            Exception: the scheduler does not answer.
        """
        seen = self._cluster.workers()
        with self._lock:
            for address in self._workers.keys() - seen.keys():
                log.info("worker %s has gone", address)
                del self._workers[address]
            for address, threads in seen.items():
                self._workers.setdefault(address, _Worker(threads)).threads = threads
            new = [address for address, one in self._workers.items() if one.state == "new"]
        for address in new:
            self._inspect(address)
        self._judge()

    def assign(self, job: str) -> bool:
        """Give the job with this id to a worker. Returns False if none is free."""
        with self._lock:
            free = [
                one
                for one in self._workers.values()
                if one.state == "usable" and len(one.jobs) < one.threads
            ]
            if free:
                min(free, key=lambda one: len(one.jobs)).jobs.add(job)
            return bool(free)

    def worker_of(self, job: str) -> str | None:
        """The address of the worker that the job with this id was given to.

        None if it has none, or if its worker has gone.
        """
        with self._lock:
            return next((a for a, one in self._workers.items() if job in one.jobs), None)

    def release(self, job: str, *, left: bool) -> None:
        """The job with this id has ended. `left`: its worker may still be busy with it."""
        with self._lock:
            for address, worker in self._workers.items():
                if job in worker.jobs:
                    worker.jobs.discard(job)
                    if left and worker.state == "usable":
                        worker.state = "new"
                        # Dask may be the caller, and cannot wait for itself.
                        threading.Thread(target=self._inspect, args=(address,), daemon=True).start()

    def _inspect(self, address: str) -> None:
        with self._lock:
            worker = self._workers.get(address)
            if worker is None or worker.state != "new":
                return
            worker.state = "inspected"
        try:
            worker.inspection = self._cluster.inspect(address, measure=not self._measured)
        except Exception as error:  # the connection is lost
            log.info("worker %s could not be inspected: %s", address, error)
            worker.state = "new"
        else:
            worker.inspection.add_done_callback(lambda done: self._inspected(worker, address, done))

    def _inspected(self, worker: _Worker, address: str, future: Any) -> None:
        why, speed = "", None
        if future.status == "finished":
            why, speed = future.result()
        elif future.status == "error" and not is_worker_death(future.exception()):
            why = f"it failed its inspection ({type(future.exception()).__name__})"
        else:
            worker.state = "new"  # it is inspected again if it is still there
            return
        with self._lock:
            worker.state, worker.why = ("unusable", why) if why else ("usable", "")
            if speed is not None:
                self.calibration, self._measured = speed, True
        if why:
            log.warning("worker %s is not used: %s", address, why)
        self._judge()
        self._changed()

    def _judge(self) -> None:
        with self._lock:
            before, now = self._trouble, time.monotonic()
            states = [worker.state for worker in self._workers.values()]
            if "usable" in states:
                self._trouble, self._missing_since = "", now
            elif states and set(states) == {"unusable"}:
                self._trouble = (
                    f"No training worker {self._cluster.where} can be used. "
                    f"{' '.join(self.unusable)} Ask whoever runs this server to install the same "
                    "packages and the same GRU Lab there."
                )
            else:
                patient = states or self._cluster.local
                if now - self._missing_since > (STARTING_SECONDS if patient else EMPTY_SECONDS):
                    self._trouble = (
                        f"No training worker answers {self._cluster.where}. Runs wait, and begin "
                        "as soon as a worker comes. Ask whoever runs this server if this lasts."
                    )
        if self._trouble != before:
            self._changed()

    def _unreachable(self, why: str) -> str:
        return (
            f"The training workers {self._cluster.where} cannot be reached: {why}. This server "
            "tries again by itself, and runs begin as soon as they answer. Ask whoever runs this "
            "server if this lasts."
        )
