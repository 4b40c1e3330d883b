"""What the web process calls in a worker: functions that travel whole, without this package.

A function of a module travels by its name, and whoever reads it must have that module. A function
that is made inside another one travels as code. So a scheduler needs no `gru_core`, and a worker
without it can be asked what it lacks.
"""

from __future__ import annotations

import pickle
from collections.abc import Callable
from typing import Any

__all__ = ["fingerprint", "inspection", "remote", "wrapped"]


def remote(name: str) -> Callable[..., Any]:
    """The function `name` of `engine.worker`; its arguments come from `wrapped`."""

    def call(arguments: bytes = b"") -> Any:
        import importlib
        import pickle

        function = getattr(importlib.import_module("gru_core.engine.worker"), name)
        return function(*pickle.loads(arguments)) if arguments else function()

    return call


def wrapped(*arguments: object) -> bytes:
    """The arguments of a `remote` function, which only the worker opens."""
    return pickle.dumps(arguments)


def inspection(expected: str | None, *, measure: bool) -> Callable[[], tuple[str, Any]]:
    """A function that tells why a worker cannot train, and how fast it is.

    The reason is empty if the worker can train. The speed is a `Calibration`, or None if the worker
    cannot train or `measure` is False.

    Args:
        expected: the `fingerprint` that the worker's package must have; None for any.
        measure: whether to measure the speed.
    """
    package = _fingerprint()

    def inspect() -> tuple[str, Any]:
        import importlib

        found = package()
        if not found:
            return "the package gru_core is missing there", None
        if expected not in (None, found):
            return "it has another version of gru_core than this server", None
        try:
            worker = importlib.import_module("gru_core.engine.worker")
        except ImportError as error:
            return f"the package {error.name} is missing there or does not load", None
        return "", worker.calibrate() if measure else None

    return inspect


def fingerprint() -> str:
    """The hash of this package's source files. Two versions have different ones."""
    return _fingerprint()()


def _fingerprint() -> Callable[[], str]:
    def of_package() -> str:
        import hashlib
        import importlib.util
        from pathlib import Path

        spec = importlib.util.find_spec("gru_core")
        if spec is None or spec.origin is None:
            return ""
        folder = Path(spec.origin).parent
        whole = hashlib.sha256()
        for file in sorted(folder.rglob("*.py"), key=lambda file: file.relative_to(folder).parts):
            whole.update(file.relative_to(folder).as_posix().encode())
            # Git may write other line ends on another system.
            whole.update(file.read_bytes().replace(b"\r\n", b"\n"))
        return whole.hexdigest()

    return of_package
