"""`Workforce`: which workers there are, which of them can train, and what each one does.

It connects to the cluster, again and again if need be. A worker is used after it has passed an
inspection. It is inspected when it joins, when it has left a job that was given up, and when it is
heard again after a silence. An inspection waits for a free thread of the worker. So a worker that
hangs gets no new job.
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
from gru_core.engine.remote import inspected

__all__ = ["Workforce"]

log = logging.getLogger(__name__)

#: Seconds without a worker that can train, before this counts as trouble. A new worker may need
#: half a minute to import torch on a busy machine. A scheduler without any worker starts none.
STARTING_SECONDS = 60.0
EMPTY_SECONDS = 5.0
#: Every worker sends a heartbeat to the scheduler about twice a second. Without one for the first
#: time, it gets no new job. After the second time, it counts as dead: its run is interrupted, and
#: its process is replaced. It may be stopped by a signal, or the machine may have no time for it.
QUIET_SECONDS = 15.0
DEAD_SECONDS = 60.0


@dataclass(eq=False)
class _Worker:
    """One worker.

    Attributes:
        threads: how many jobs it can do at once.
        heartbeat: when it sent the last one, by the scheduler's clock. Clocks are set and differ,
            so this only tells whether there was a new one.
        heard: when that was noticed (`time.monotonic`).
        state: `new` before its inspection, then whether it can be used. `quiet`: it could be used,
            but it is not heard. `dead`: not for too long.
        why: why it cannot be used, in words.
        inspection: the future of the last inspection.
        jobs: the ids of its jobs.
    """

    threads: int
    heartbeat: float
    heard: float = field(default_factory=time.monotonic)
    state: Literal["new", "inspected", "usable", "unusable", "quiet", "dead"] = "new"
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
        self._inspections = 0
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
            for address, (threads, heartbeat) in seen.items():
                worker = self._workers.setdefault(address, _Worker(threads, heartbeat))
                worker.threads = threads
                self._listen(address, worker, heartbeat)
            new = [address for address, one in self._workers.items() if one.state == "new"]
        for address in new:
            self._inspect(address)
        self._judge()

    def _listen(self, address: str, worker: _Worker, heartbeat: float) -> None:
        """Note whether `worker` has sent a new heartbeat. The caller holds the lock."""
        now = time.monotonic()
        if heartbeat != worker.heartbeat:
            worker.heartbeat, worker.heard = heartbeat, now
            if worker.state in ("quiet", "dead"):
                log.info("worker %s is heard again", address)
                worker.state = "new"
        elif now - worker.heard > DEAD_SECONDS and worker.state != "dead":
            log.warning("worker %s is not heard any more and is restarted", address)
            worker.state = "dead"
            self._cluster.restart(address)
        elif now - worker.heard > QUIET_SECONDS and worker.state == "usable":
            worker.state = "quiet"

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

        None if it has none, or if its worker has gone or counts as dead.
        """
        with self._lock:
            alive = ((a, one) for a, one in self._workers.items() if one.state != "dead")
            return next((address for address, one in alive if job in one.jobs), None)

    def is_quiet(self, job: str) -> bool:
        """Whether the worker of the job with this id has not been heard for some time."""
        with self._lock:
            return any(one.state == "quiet" and job in one.jobs for one in self._workers.values())

    def release(self, job: str, *, left: bool) -> None:
        """The job with this id has ended. `left`: its worker may still be busy with it."""
        with self._lock:
            for address, worker in self._workers.items():
                if job in worker.jobs:
                    worker.jobs.discard(job)
                    if left and worker.state in ("usable", "quiet"):
                        worker.state = "new"
                        # Dask may be the caller, and cannot wait for itself.
                        threading.Thread(target=self._inspect, args=(address,), daemon=True).start()

    def _inspect(self, address: str) -> None:
        with self._lock:
            worker = self._workers.get(address)
            if worker is None or worker.state != "new":
                return
            worker.state = "inspected"
            self._inspections += 1
            # It takes a second. A user may wait for the first of several workers.
            others = self._cluster.local and self._cluster.size > 1
            measure = not self._measured and (self._inspections > 1 or not others)
        try:
            worker.inspection = self._cluster.inspect(address, measure=measure)
        except Exception as error:  # the connection is lost
            log.info("worker %s could not be inspected: %s", address, error)
            worker.state = "new"
        else:
            worker.inspection.add_done_callback(lambda done: self._inspected(worker, address, done))

    def _inspected(self, worker: _Worker, address: str, future: Any) -> None:
        why, speed = "", None
        if future.status == "finished":
            try:
                why, speed = inspected(future.result())
            except Exception as error:  # it may have another version that answers otherwise
                why = f"it failed its inspection ({type(error).__name__})"
        elif future.status == "error" and not is_worker_death(future.exception()):
            why = f"it failed its inspection ({type(future.exception()).__name__})"
        else:
            if worker.state == "inspected":
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
