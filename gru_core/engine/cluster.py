"""`Cluster`: the connection to the workers.

They are in a local pool, which has its own process (see `pool`), or at a Dask scheduler's address.
"""

from __future__ import annotations

import contextlib
import json
import logging
import ssl
import subprocess
import threading
import time
import uuid
from collections.abc import Callable
from typing import Any

from gru_core.engine import local_pool
from gru_core.engine.certificates import Certificates, TlsFiles
from gru_core.engine.messages import Envelope, News
from gru_core.engine.remote import fingerprint, inspection, remote
from gru_core.errors import EngineUnavailableError, PackingError
from gru_core.packing import pack

__all__ = ["Cluster", "is_worker_death"]

log = logging.getLogger(__name__)

#: Seconds to wait for a connection to the scheduler.
CONNECT_SECONDS = 10.0
#: A scheduler that does not answer for this many seconds is lost.
ANSWER_SECONDS = 30.0
#: A pool that should end has this many seconds. It took six with a hung worker.
END_SECONDS = 30.0


class Cluster:
    """The connection to the workers, through a Dask client. It can be made again after a loss.

    Args:
        scheduler: address of an existing Dask scheduler; None for a pool on this machine.
        workers: how many processes that pool has.
        tls: the files with the certificates for `scheduler`.
        receive: called with what workers tell, in one of Dask's threads.
        lost: called when the pool on this machine has ended by itself.
        started: the pool to use first, if it has been started already.

    Attributes:
        size: how many processes the pool on this machine has.
        client: the Dask client; None before `connect`.
        certificates: those of the connection; None before `connect`, and without TLS.
        pool: the process of the pool on this machine, or None.
        topic: the Dask topic to which workers send their events.
    """

    def __init__(
        self,
        scheduler: str | None,
        workers: int,
        *,
        tls: TlsFiles,
        receive: Callable[[News], None],
        lost: Callable[[], None],
        started: subprocess.Popen[str] | None = None,
    ) -> None:
        self.client: Any = None
        self.certificates: Certificates | None = None
        self.pool: subprocess.Popen[str] | None = None
        self.topic = f"gru-lab-{uuid.uuid4().hex}"
        self._scheduler = scheduler
        self.size = workers
        self._started = started
        self._tls = tls
        self._receive, self._lost = receive, lost
        self._lock = threading.Lock()
        self._closed = False
        # The pool's workers use the package of this process.
        self._fingerprint = fingerprint() if scheduler else None
        if scheduler and scheduler.startswith("tcp://"):
            log.warning(
                "%s is not protected: whoever reaches the ports of its scheduler or its workers "
                "can run code there and in this server. README.md says how to use tls:// instead.",
                scheduler,
            )

    @property
    def local(self) -> bool:
        """Whether the workers are in a pool on this machine."""
        return self._scheduler is None

    @property
    def where(self) -> str:
        """Where the workers are, in words."""
        return f"at {self._scheduler}" if self._scheduler else "on this machine"

    @property
    def connected(self) -> bool:
        """Whether the connection holds, as far as this process knows."""
        whole = self.pool is None or self.pool.poll() is None
        return whole and self.client is not None and self.client.status == "running"

    def connect(self) -> None:
        """Connect to the scheduler. Without an address, a new pool is started first.

        Raises:
            EngineUnavailableError: nothing answers at the address, the address or its certificates
                cannot be used, or the pool did not start. The message says which, in words.
        """
        if self._scheduler and self._reconnected():
            return
        self.disconnect(timeout=1)
        if self._scheduler:
            address, self.certificates = self._scheduler, self._tls.certificates(self._scheduler)
        else:
            address, self.certificates = self._answer_of(self._start_pool())
        from distributed import Client

        try:
            self.client = Client(
                address,
                timeout=CONNECT_SECONDS,
                name="gru-lab",
                set_as_default=False,
                security=self.certificates and self.certificates.security(),
            )
        except Exception as error:
            log.warning("no connection to %s: %s", address, error)
            raise EngineUnavailableError(_in_words(error, self._scheduler)) from error

    def _reconnected(self) -> bool:
        """Whether Dask has connected again by itself. It tries to for `CONNECT_SECONDS`."""
        # A client that is closed while it connects would leave an open socket.
        deadline = time.monotonic() + 2 * CONNECT_SECONDS
        while (client := self.client) is not None and client.status == "connecting":
            if self._closed or time.monotonic() > deadline:
                return False
            time.sleep(0.1)
        return self.connected

    def workers(self) -> dict[str, tuple[int, float]]:
        """Each worker by its address: how many calls it can make at once, and its last heartbeat.

        The heartbeat is a time by the scheduler's clock.

        Raises:
            Exception: the scheduler does not answer.
        """
        known = self.client.sync(
            self.client.scheduler.identity, n_workers=-1, callback_timeout=ANSWER_SECONDS
        )["workers"]
        return {
            address: (int(worker["nthreads"]), float(worker["last_seen"]))
            for address, worker in known.items()
        }

    def inspect(self, worker: str, *, measure: bool) -> Any:
        """Ask `worker` whether it can train; see `remote.inspected`. Returns Dask's future."""
        return self.client.submit(
            inspection(self._fingerprint, measure=measure),
            key=f"inspect-{uuid.uuid4().hex}",
            pure=False,
            workers=[worker],
        )

    def submit(self, call: str, envelope: Envelope[Any], worker: str) -> Any:
        """Send `envelope` to `worker`, for the function `call` of `engine.worker`.

        Returns Dask's future of a packed `Reply`.

        Raises:
            PackingError: the envelope holds something that cannot be sent.
        """
        # Dask forgets the subscription when it loses the scheduler. So it is made for each call.
        self.client.subscribe_topic(self.topic, self._unpack)
        return self.client.submit(
            remote(call),
            envelope.pack(),
            key=f"{call}-{uuid.uuid4().hex}",
            pure=False,
            retries=0,
            workers=[worker],
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
        """Replace the process of a worker. Does not wait."""

        def restart() -> None:
            try:
                self.client.restart_workers([worker], raise_for_error=False)
            except Exception as error:  # the worker may be gone by now
                log.warning("worker %s could not be restarted: %s", worker, error)

        threading.Thread(target=restart, daemon=True).start()

    def disconnect(self, timeout: float) -> None:
        """Close the connection, and end the pool if there is one."""
        client, self.client = self.client, None
        if client is not None:
            try:
                client.close(timeout=timeout)
            except Exception as error:  # a lost scheduler does not answer
                log.info("the connection could not be closed: %s", error)
        self._end_pool()

    def close(self) -> None:
        """Close the connection for good, and end the pool if there is one."""
        with self._lock:
            self._closed = True
            if self._started is not None:  # and never used
                self.pool, self._started = self._started, None
        self.disconnect(timeout=5)

    def _end_pool(self) -> None:
        with self._lock:
            pool, self.pool = self.pool, None
        if pool is None:
            return
        assert pool.stdin is not None
        assert pool.stdout is not None
        with contextlib.suppress(OSError):  # the pool may have ended by itself
            pool.stdin.close()
        with contextlib.suppress(OSError):
            pool.stdout.close()
        try:
            pool.wait(END_SECONDS)
        except subprocess.TimeoutExpired:
            pool.kill()
            pool.wait()

    def _start_pool(self) -> subprocess.Popen[str]:
        with self._lock:
            if self._closed:
                raise EngineUnavailableError("this server is shutting down")
            pool = self.pool = self._started or local_pool.start(self.size)
            self._started = None
        return pool

    def _answer_of(self, pool: subprocess.Popen[str]) -> tuple[str, Certificates]:
        """Wait for a worker that is ready. Returns its scheduler's address and certificates."""
        assert pool.stdout is not None
        pool.stdout.readline()  # until then, a first page needs the processor more
        # Dask takes a moment to load, in which the pool starts a worker.
        import distributed  # noqa: F401

        line = pool.stdout.readline()
        if not line:
            raise EngineUnavailableError("their process does not start")
        threading.Thread(target=self._watch, args=(pool,), daemon=True).start()
        told = json.loads(line)
        return str(told["address"]), Certificates(**told["certificates"])

    def _watch(self, pool: subprocess.Popen[str]) -> None:
        pool.wait()
        if self.pool is pool:  # else it was ended on purpose
            log.warning("the local cluster has ended unexpectedly")
            self._lost()

    def _unpack(self, event: tuple[float, Any]) -> None:
        try:
            news = News.unpack(event[1])
        except PackingError as error:
            log.warning("a message of a worker is ignored: %s", error)
        else:
            self._receive(news)

    def _tell_to_stop(self, job: str, worker: str | None) -> None:
        try:
            self.client.run(remote("request_stop"), pack(job), workers=[worker] if worker else None)
        except Exception as error:  # the worker may be gone, and the job with it
            log.info("stop not delivered: %s", error)


def is_worker_death(error: BaseException) -> bool:
    """Whether `error` means that the worker of a call has ended."""
    from distributed.scheduler import KilledWorker

    return isinstance(error, KilledWorker)


def _in_words(error: Exception, scheduler: str | None) -> str:
    """Why Dask cannot connect to the address `scheduler`; None stands for the pool."""
    from distributed.comm.core import CommClosedError

    if scheduler and isinstance(error.__cause__, ssl.SSLCertVerificationError):
        return "its certificate was not signed by the authority in GRU_LAB_TLS_CA"
    if scheduler and isinstance(error, CommClosedError):  # after the connection was made
        if scheduler.startswith("tls://"):
            return "it does not accept the certificate in GRU_LAB_TLS_CERT, or does not use TLS"
        return "it closes the connection. If it uses TLS, its address begins with tls://"
    if isinstance(error, OSError):
        return "nothing answers there"
    return "this address is not valid" if isinstance(error, ValueError) else "the connection failed"
