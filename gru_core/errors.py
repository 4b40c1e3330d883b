"""The exceptions that `gru_core` raises for the user.

    GruLabError
    ├── OptionError        an option is unknown, out of range, or contradicts another
    ├── DataError          the data cannot be used
    │   ├── ReadError      a file or pasted text cannot be read as a table
    │   └── SeriesError    the values cannot be used as a series (too short, not finite, ...)
    ├── TransferError      a run cannot be taken along, or a file of runs cannot be brought in
    ├── LimitError         a run is too large for the limits of this server
    ├── PackingError       bytes are not one of our values, or a value cannot be packed
    ├── StoreError         a kept run cannot be read
    └── EngineError        the training engine cannot do what was asked
        ├── EngineUnavailableError   no scheduler or no worker answers
        └── OwnerBusyError           another job of the same owner is active

A message names the cause, the place and the fix in the user's words. Pages show it unchanged.
`raised_at_call` keeps the traceback short. Imports nothing of this package.
"""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable
from typing import Any, ParamSpec, TypeVar, cast

__all__ = [
    "DataError",
    "EngineError",
    "EngineUnavailableError",
    "GruLabError",
    "LimitError",
    "OptionError",
    "OwnerBusyError",
    "PackingError",
    "ReadError",
    "SeriesError",
    "StoreError",
    "TransferError",
    "raised_at_call",
]

_Arguments = ParamSpec("_Arguments")
_Returned = TypeVar("_Returned")


class GruLabError(Exception):
    """The base of all exceptions that `gru_core` raises for the user."""


class OptionError(GruLabError, ValueError):
    """An option is unknown, out of range, or contradicts another one.

    `options` names the options concerned, so that a page can show the message next to them.
    """

    def __init__(self, message: str, options: tuple[str, ...] = ()) -> None:
        super().__init__(message)
        self.options = options

    def __reduce__(self) -> tuple[object, ...]:
        return (type(self), (str(self), self.options))


class DataError(GruLabError, ValueError):
    """The given data cannot be used."""


class ReadError(DataError):
    """A file or pasted text cannot be read as a table of numbers.

    `notes` are choices of the reader that may help, so that a page can show buttons for them.
    """

    def __init__(self, message: str, notes: tuple[Any, ...] = ()) -> None:
        super().__init__(message)
        self.notes = notes

    def __reduce__(self) -> tuple[object, ...]:
        return (type(self), (str(self), self.notes))


class SeriesError(DataError):
    """The values cannot be used as a series for training."""


class TransferError(GruLabError, ValueError):
    """A run cannot be taken along in a file, or a file of runs cannot be brought in."""


class LimitError(GruLabError):
    """A run would need more than the configured limits allow."""


class PackingError(GruLabError, ValueError):
    """Bytes are not one of our values, or a value cannot be packed into bytes."""


class StoreError(GruLabError):
    """A kept run cannot be read: its file is missing or damaged."""


class EngineError(GruLabError):
    """The training engine cannot do what was asked."""


class EngineUnavailableError(EngineError):
    """No scheduler or no worker answers."""


class OwnerBusyError(EngineError):
    """Another job of the same owner is active. Each owner can have one active job."""


def raised_at_call(function: Callable[_Arguments, _Returned]) -> Callable[_Arguments, _Returned]:
    """Make `function` raise its `GruLabError` where the user has called it.

    The error is about the user's data or options. So its traceback ends at the user's line, and
    the steps inside this package are left out. All other exceptions keep their whole traceback.
    A function that yields stays one.
    """
    if inspect.isgeneratorfunction(function):

        @functools.wraps(function)
        def events(*args: _Arguments.args, **kwargs: _Arguments.kwargs) -> Any:
            try:
                return (yield from function(*args, **kwargs))
            except GruLabError as error:
                raise error.with_traceback(None) from None

        return cast(Callable[_Arguments, _Returned], events)

    @functools.wraps(function)
    def call(*args: _Arguments.args, **kwargs: _Arguments.kwargs) -> _Returned:
        try:
            return function(*args, **kwargs)
        except GruLabError as error:
            raise error.with_traceback(None) from None

    return call
