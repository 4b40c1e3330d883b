"""How a job can end: a table of causes, statuses and texts for the user."""

from __future__ import annotations

from enum import Enum
from typing import Literal

__all__ = ["ACTIVE", "Ending", "Status"]

Status = Literal["queued", "running", "finished", "stopped", "diverged", "interrupted", "failed"]
#: The statuses of a job that has not ended.
ACTIVE: tuple[Status, ...] = ("queued", "running")


class Ending(Enum):
    """One row of the table: the cause, the status of the job and the text for the user.

    With a status of None, the result gives the status. The text can hold these fields:

        {what}      the name of the job in a sentence
        {kept}      what the job has saved, and what to do next
        {reason}    the reason that the result gives
        {error}     the error
        {where}     where the workers are
        {silence}   how long nothing has been heard from the worker
        {waited}    how long ago the job was asked to stop
        {attempts}  how often the job was sent to a worker
    """

    RESULT = (
        "the worker sends the result: finished, stopped or diverged",
        None,
        "{reason}",
    )
    STOPPED_IN_QUEUE = (
        "the owner stops it, or the engine closes, before a worker begins it",
        "stopped",
        "Stopped before it began.",
    )
    REFUSED = (
        "the worker raises an error that is written for the user",
        "failed",
        "{error}",
    )
    BROKEN = (
        "the worker raises any other error",
        "failed",
        "The {what} failed in its worker with an unexpected error ({error}). Start it again. If "
        "it fails again, report the error to whoever runs this server.",
    )
    NOT_SENT = (
        "Dask does not accept it",
        "failed",
        "The {what} could not be handed to a worker ({error}). Start it again. If it fails "
        "again, report the error to whoever runs this server.",
    )
    WORKER_DIED = (
        "the worker's process ends during the job, or Dask does not reach it any more",
        "interrupted",
        "The {what} was interrupted: its worker process ended or could not be reached any more. "
        "{kept}",
    )
    NEVER_BEGAN = (
        "worker after worker ends before it has begun the job",
        "interrupted",
        "The {what} was interrupted: its worker process ended unexpectedly before the {what} "
        "began, {attempts} times in a row. {kept}",
    )
    BEGAN_AGAIN = (
        "Dask loses the worker and begins the job again on another one",
        "interrupted",
        "The {what} was interrupted: its worker process ended or could not be reached any more. "
        "{kept}",
    )
    RESULT_LOST = (
        "the worker ends between the job's end and the transfer of its result",
        "interrupted",
        "The {what} was interrupted: its worker process ended before the result was sent. {kept}",
    )
    CONNECTION_LOST = (
        "the local cluster ends, or the connection to Dask's scheduler breaks",
        "interrupted",
        "The {what} was interrupted: this server lost its connection to the training workers "
        "{where}. {kept}",
    )
    WORKER_SILENT = (
        "nothing is heard from the worker after a stop, or for a minute without one",
        "interrupted",
        "The {what} was interrupted: nothing was heard from its worker process for {silence}. "
        "{kept}",
    )
    STOP_IGNORED = (
        "the worker is heard, but the job does not stop",
        "interrupted",
        "The {what} was interrupted: it was still busy {waited} after Stop. {kept}",
    )
    CLOSED = (
        "the engine closes, and the job does not stop in time",
        "interrupted",
        "The {what} was interrupted: this server was shut down. {kept}",
    )

    def __init__(self, fired_by: str, status: Status | None, text: str) -> None:
        self.fired_by = fired_by
        self.status = status
        self.text = text
