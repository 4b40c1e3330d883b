"""Compile the kernels of every cell that this machine has not compiled yet, while nobody waits.

    python -m gru_core.training.compile_ahead

It gives way to every other process, and ends when its standard input closes.
"""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from subprocess import DEVNULL, PIPE, Popen

from gru_core.forecast.cells import GATES
from gru_core.training.kernels.cache import is_cached

__all__ = ["compiling_ahead", "main"]


@contextmanager
def compiling_ahead() -> Iterator[None]:
    """Inside `with`, a process compiles what is missing, if anything is.

    Call it after the first run. If that one's kernels are not kept, no others would be.
    """
    if not is_cached("gru") or all(map(is_cached, GATES)):
        yield
        return
    line = [sys.executable, "-m", "gru_core.training.compile_ahead"]
    with Popen(line, stdin=PIPE, stdout=DEVNULL) as process:
        # A process that nobody waits for stays in the system's list when it has ended.
        threading.Thread(target=process.wait, daemon=True).start()
        yield


def main() -> None:
    """Train a tiny network with each cell that has no compiled kernels yet."""
    threading.Thread(target=_end_with_the_input, daemon=True).start()
    if hasattr(os, "nice"):
        os.nice(19)
    from gru_core.experiment.experiment import Experiment
    from gru_core.training.loop import train

    for cell in GATES:
        if not is_cached(cell):
            for _ in train(Experiment(points=60, epochs=1, hidden_size=4, cell=cell)):
                pass


def _end_with_the_input() -> None:
    os.read(0, 1)  # `sys.stdin` would keep a lock that the end of the process waits for
    os._exit(0)


if __name__ == "__main__":
    main()
