"""What the web process calls in a worker: functions that travel whole, without this package.

A function of a module travels by its name, and whoever reads it must have that module. A function
that is made inside another one travels as code. So a scheduler needs no `gru_core`, and a worker
without it can be asked what it lacks. What the functions take and return is bytes: the web process
never makes objects of a pickle that a worker has written.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from gru_core.engine.cost import Calibration

__all__ = ["fingerprint", "inspected", "inspection", "remote"]


def remote(name: str) -> Callable[[bytes], bytes | None]:
    """The function `name` of `engine.worker`. It takes packed bytes, and may return some."""

    def call(message: bytes) -> Any:
        import importlib

        return getattr(importlib.import_module("gru_core.engine.worker"), name)(message)

    return call


def inspection(expected: str | None, *, measure: bool) -> Callable[[], bytes]:
    """A function that tells why a worker cannot train, and how fast it is; see `inspected`.

    Args:
        expected: the `fingerprint` that the worker's package must have; None for any.
        measure: whether to measure the speed.
    """
    package = _fingerprint()

    def inspect() -> bytes:
        import importlib
        import json

        why, speed = refusal(), None
        if measure and not why:
            worker = importlib.import_module("gru_core.engine.worker")
            speed = vars(worker.calibrate())
        return json.dumps([why, speed]).encode()

    def refusal() -> str:
        import importlib

        found = package()
        if not found:
            return "the package gru_core is missing there"
        if expected not in (None, found):
            return "it has another version of gru_core than this server"
        try:
            importlib.import_module("gru_core.engine.worker")
        except ImportError as error:
            return f"the package {error.name} is missing there or does not load"
        return ""

    return inspect


def inspected(answer: bytes) -> tuple[str, Calibration | None]:
    """What an `inspection` has answered: why the worker cannot train, and how fast it is.

    The reason is empty if the worker can train. The speed is None if it cannot, or if it was not
    measured.

    Raises:
        ValueError, TypeError: it has answered something else.
    """
    why, speed = json.loads(answer)
    if speed is None:
        return str(why), None
    return str(why), Calibration(**{name: float(value) for name, value in speed.items()})


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
