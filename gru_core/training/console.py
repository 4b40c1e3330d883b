"""What `run` does for a person who waits: a progress bar, and a stop with Ctrl-C."""

from __future__ import annotations

import signal
import sys
import threading
import time
import warnings
from types import FrameType
from typing import Any, Self

from tqdm import TqdmWarning

from gru_core.forecast.events import EpochEnd, Event, Started
from gru_core.training.kernels.cache import is_cached

__all__ = ["CtrlC", "ProgressBar"]

#: What the first run of a cell on a machine does before its first epoch.
COMPILING = "Compiling the training steps (up to half a minute, once on this machine)"
#: A second Ctrl-C within so many seconds interrupts at once, also in the next run of a loop.
SECONDS_TO_INTERRUPT = 2.0


class ProgressBar:
    """Shows the events of a run as a tqdm bar on standard error, and in a notebook as a widget.

    It shows nothing where nobody looks: if standard error is a file or a pipe.

    Args:
        shown: whether to show it at all.
        cell: the cell of the run.
    """

    def __init__(self, shown: bool, cell: str) -> None:
        self._shown, self._cell = shown, cell
        self._bar: Any = None

    def __call__(self, event: Event) -> None:
        """Take the next event."""
        if not self._shown:
            return
        if isinstance(event, Started):
            with warnings.catch_warnings():  # without ipywidgets, tqdm warns and draws text
                warnings.simplefilter("ignore", TqdmWarning)
                from tqdm.auto import tqdm
            # By itself, tqdm takes a notebook for a pipe. None: only if it is a terminal.
            disable = False if _in_notebook() else None
            epochs = event.epochs - event.epoch
            first = event.learner == "compiled" and not is_cached(self._cell)
            doing = COMPILING if first else "Training"
            self._bar = tqdm(total=epochs, desc=doing, unit="epoch", disable=disable)
        elif isinstance(event, EpochEnd):
            self._bar.set_description_str("Training", refresh=False)
            self._bar.set_postfix_str(f"loss {event.train_loss:.3g}", refresh=False)
            self._bar.update()

    def close(self) -> None:
        """Leave the bar as it is. Call it when no more events will come."""
        if self._bar is not None:
            self._bar.close()


class CtrlC:
    """Inside `with`, the first Ctrl-C only asks to stop. A second one raises KeyboardInterrupt.

    It acts only in the main thread, and only if Ctrl-C does what Python does by default. The
    interrupt button of a notebook is the same signal.

    Attributes:
        asked: whether there was a Ctrl-C.
    """

    _last = -SECONDS_TO_INTERRUPT

    def __init__(self) -> None:
        self.asked = False
        self._told = False
        main = threading.current_thread() is threading.main_thread()
        self._acts = main and signal.getsignal(signal.SIGINT) is signal.default_int_handler

    def __enter__(self) -> Self:
        if self._acts:
            signal.signal(signal.SIGINT, self._ask)
        return self

    def __exit__(self, *error: object) -> None:
        if self._acts:
            signal.signal(signal.SIGINT, signal.default_int_handler)

    def should_stop(self) -> bool:
        """Whether to stop. It tells the user the first time that it says so."""
        if self.asked and not self._told:
            # The handler may interrupt another print, so it must not print itself.
            self._told = True
            print(
                "\nTraining stops, and the weights so far are kept. Press Ctrl-C, or the stop "
                "button of the notebook, once more to interrupt at once.",
                file=sys.stderr,
                flush=True,
            )
        return self.asked

    def _ask(self, signum: int, frame: FrameType | None) -> None:
        before, CtrlC._last = CtrlC._last, time.monotonic()
        if self.asked or CtrlC._last - before < SECONDS_TO_INTERRUPT:
            raise KeyboardInterrupt
        self.asked = True


def _in_notebook() -> bool:
    """Whether this code runs in the kernel of a notebook."""
    ipython = sys.modules.get("IPython")
    shell = ipython.get_ipython() if ipython is not None else None
    return "IPKernelApp" in getattr(shell, "config", {})
