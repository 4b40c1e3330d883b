"""`Keeper`: it writes what happens to runs into the store, in a thread of its own.

The engine never waits for a disk, with one exception: a result is stored before anybody is told
that the run has ended. So what was shown is never lost.
"""

from __future__ import annotations

import logging
import queue
import threading
from collections.abc import Callable
from typing import TYPE_CHECKING

from gru_core.forecast.events import Started
from gru_core.forecast.problem import Problem
from gru_core.forecast.result import Result

if TYPE_CHECKING:
    from gru_core.engine.endings import Status
    from gru_core.store import Progress, Store

__all__ = ["Keeper", "KeptRun"]

log = logging.getLogger(__name__)

#: The end of a run waits so many seconds for the disk. A disk that takes longer is out of order.
MOST_SECONDS = 30.0


class Keeper:
    """Writes into one store.

    Args:
        open_store: opens the store. It is called in the keeper's thread, because it takes a moment.
    """

    def __init__(self, open_store: Callable[[], Store]) -> None:
        self._open_store = open_store
        self._lock = threading.Lock()
        self._opened = threading.Event()
        self._store: Store | None = None
        self._tasks: queue.SimpleQueue[Callable[[Store], object] | None] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._work, name="gru-lab-keeper", daemon=True)

    def start(self) -> None:
        """Open the store, in the background. A second call does nothing."""
        with self._lock:
            if self._thread.ident is None:
                self._thread.start()

    @property
    def store(self) -> Store:
        """The store. The first call waits until it is open."""
        self._opened.wait()
        assert self._store is not None
        return self._store

    @property
    def trouble(self) -> str:
        """Why nothing is kept now, in words. Empty if there is no trouble, or not known yet."""
        return self._store.trouble if self._store is not None else ""

    def later(self, task: Callable[[Store], object]) -> threading.Event:
        """Do `task` with the store, after all tasks before it. The event is set when it is done."""
        done = threading.Event()

        def do(store: Store) -> None:
            try:
                task(store)
            finally:
                done.set()

        self._tasks.put(do)
        return done

    def close(self) -> None:
        """Do what is left to do, then close the store."""
        if self._thread.is_alive():
            self._tasks.put(None)
            self._thread.join(MOST_SECONDS)

    def _work(self) -> None:
        self._store = store = self._open_store()
        self._opened.set()
        while (task := self._tasks.get()) is not None:
            try:
                task(store)
            except Exception:  # this thread must live as long as the server
                log.exception("the keeper goes on after an error")
        store.close()


class KeptRun:
    """One run that is kept.

    Args:
        keeper: writes it.
        id: the id of the run.
        browser: the key of the browser that it belongs to.
        problem: what is trained.
        continues: the id of the run that it continues, or None.
    """

    def __init__(
        self, keeper: Keeper, id: str, browser: str, problem: Problem, continues: str | None
    ) -> None:
        self._keeper, self._id = keeper, id
        self._browser, self._problem, self._continues = browser, problem, continues
        self._newest: Callable[[], Progress | None] | None = None

    def added(self) -> None:
        """It comes into the queue."""
        experiment, series = self._problem.experiment, self._problem.series
        self._keeper.later(
            lambda store: store.add(
                self._id, self._browser, experiment, series, continues=self._continues
            )
        )

    def started(self, started: Started) -> None:
        """A worker has begun it."""
        self._keeper.later(lambda store: store.started(self._id, started))

    def progressed(self, progress: Callable[[], Progress | None]) -> None:
        """There is a new checkpoint. On a slow disk, only the newest one is written."""
        waiting, self._newest = self._newest is not None, progress
        if not waiting:
            self._keeper.later(self._write_newest)

    def _write_newest(self, store: Store) -> None:
        newest, self._newest = self._newest, None
        progress = newest() if newest is not None else None
        if progress is not None:
            store.checkpoint(self._id, progress)

    def ended(self, status: Status, message: str, result: Result | None) -> None:
        """It has ended. A result is stored when this returns."""
        done = self._keeper.later(lambda store: store.end(self._id, status, message, result))
        if result is not None:
            done.wait(MOST_SECONDS)
