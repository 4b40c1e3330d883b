"""The one family of exceptions that `gru_core` raises on purpose.

    GruLabError
    ├── OptionError        an option is unknown, out of range, or contradicts another
    ├── DataError          the data cannot be used
    │   ├── ReadError      a file or pasted text cannot be read as a table
    │   └── SeriesError    the values are no usable series (too short, not finite, ...)
    ├── LimitError         a run is too large for the limits of this server
    └── EngineError        the training engine cannot do what was asked
        ├── EngineUnavailableError   no scheduler or no worker answers
        └── OwnerBusyError           something else of the same owner's goes on

A message says the cause, the place and the fix, in words of the user's; pages show it as it is.
Imports nothing.
"""

from __future__ import annotations

__all__ = [
    "DataError",
    "EngineError",
    "EngineUnavailableError",
    "GruLabError",
    "LimitError",
    "OptionError",
    "OwnerBusyError",
    "ReadError",
    "SeriesError",
]


class GruLabError(Exception):
    """Base of everything that is raised here for the user to read."""


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
    """The data that were given cannot be used."""


class ReadError(DataError):
    """A file or pasted text cannot be read as a table of numbers."""


class SeriesError(DataError):
    """The values do not make a series that can be trained on."""


class LimitError(GruLabError):
    """A run would need more than the configured limits allow."""


class EngineError(GruLabError):
    """The training engine cannot do what was asked of it."""


class EngineUnavailableError(EngineError):
    """No scheduler, or no worker, answers."""


class OwnerBusyError(EngineError):
    """Each owner has one thing going on at a time, and it is another one."""
