"""`Line`: the jobs that wait for a worker, first in, first out."""

from __future__ import annotations

import bisect
import itertools
import time
from collections.abc import Container

from gru_core.engine.job import Job

__all__ = ["Line"]

#: A place in the line is kept for this many seconds, until its job comes. When 100 people clicked
#: within a second, the pages of the last ones took four seconds.
PLACE_SECONDS = 6.0


class Line:
    """The jobs that no worker has begun, in the order of their turns.

    A turn is a number. Whoever wants a run takes the next turn at once, and comes with the job when
    it is prepared. So a slow preparation does not change the order. Its methods must not be called
    at the same time: the engine's lock guards them.
    """

    def __init__(self) -> None:
        self._turns = itertools.count()
        self._coming: dict[int, float] = {}  # turns whose job has not come yet, and their deadline
        self._jobs: list[Job] = []

    def take_turn(self) -> int:
        """The next turn. For six seconds, no job with a later turn passes."""
        turn = next(self._turns)
        self._coming[turn] = time.monotonic() + PLACE_SECONDS
        return turn

    def give_up(self, turn: int) -> None:
        """Let later jobs pass: no job comes with this turn, or it has come."""
        self._coming.pop(turn, None)

    def join(self, job: Job, turn: int) -> None:
        """Put `job` where its turn is."""
        job.turn = turn
        bisect.insort(self._jobs, job, key=lambda one: one.turn)

    def leave(self, job: Job) -> None:
        """Take `job` out, if it is in the line."""
        if job in self._jobs:
            self._jobs.remove(job)

    def place(self, job: Job) -> int:
        """How many jobs are before `job`; 0 if it is not in the line."""
        return self._jobs.index(job) if job in self._jobs else 0

    def first(self, sent: Container[str]) -> Job | None:
        """The first job whose id is not in `sent`. None without one, or if one comes before it."""
        job = next((one for one in self._jobs if one.id not in sent), None)
        now = time.monotonic()
        if job is None or any(turn < job.turn and now < end for turn, end in self._coming.items()):
            return None
        return job
