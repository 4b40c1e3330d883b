"""What a person sees who calls `run` in a terminal: a progress bar, and a stop with Ctrl-C."""

from __future__ import annotations

import io
import os
import pty
import signal
import subprocess
import sys
import termios
import threading
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest

from gru_core import Experiment, run
from gru_core.training import console
from gru_core.training.console import CtrlC

ROOT = Path(__file__).parents[3]
SMALL = Experiment(points=60, window=5, hidden_size=4, epochs=3)

#: A long run. It says on standard output when an epoch is over, and how the run ended.
LONG_RUN = """
from gru_core import Experiment, run
from gru_core.forecast.events import EpochEnd

def tell(event):
    if isinstance(event, EpochEnd):
        print("epoch", flush=True)

long = Experiment(points=100, hidden_size=4, epochs=10_000, patience=None)
for _ in range(2):
    result = run(long, on_event=tell, progress=False)
    print("ended", result.status, result.checkpoint.epoch, result.reason, flush=True)
"""


def started(code: str, *, stderr: Any = subprocess.PIPE) -> subprocess.Popen[str]:
    """A new Python that runs `code`. Ctrl-C does there what it does in a terminal."""
    return subprocess.Popen(
        [sys.executable, "-c", f"import signal\nsignal.signal({signal.SIGINT.value}, "
         f"signal.default_int_handler)\n{code}"],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=stderr,
        text=True,
        start_new_session=True,
    )  # fmt: skip


def line_with(process: subprocess.Popen[str], word: str) -> str:
    """The next line that begins with `word`."""
    assert process.stdout is not None
    for line in process.stdout:
        if line.startswith(word):
            return line
    raise AssertionError(f"no line with {word!r}")


def test_ctrl_c_returns_the_weights_so_far_and_the_program_goes_on() -> None:
    process = started(LONG_RUN)
    try:
        line_with(process, "epoch")
        process.send_signal(signal.SIGINT)
        _, status, epoch, reason = line_with(process, "ended").split(maxsplit=3)
        assert status == "stopped"
        assert 1 <= int(epoch) < 10_000
        assert reason.startswith("stopped by Ctrl-C in epoch ")
        line_with(process, "epoch")  # the second run has begun
    finally:
        process.kill()
        _, said = process.communicate(timeout=60)
    assert said.count("Training stops, and the weights so far are kept.") == 1


def test_a_second_ctrl_c_interrupts_even_if_the_next_run_has_begun() -> None:
    process = started(LONG_RUN)
    try:
        line_with(process, "epoch")
        process.send_signal(signal.SIGINT)
        line_with(process, "ended")
        process.send_signal(signal.SIGINT)
        _, said = process.communicate(timeout=60)
    finally:
        process.kill()
    assert process.returncode == -signal.SIGINT
    assert "KeyboardInterrupt" in said


def test_ctrl_c_works_as_before_after_a_run() -> None:
    before = signal.getsignal(signal.SIGINT)
    run(SMALL, progress=False)
    assert signal.getsignal(signal.SIGINT) is before


@pytest.mark.parametrize("where", ["another handler", "another thread"])
def test_ctrl_c_is_left_alone_where_it_is_not_ours(where: str) -> None:
    before = signal.getsignal(signal.SIGINT)
    seen: list[Any] = []

    def look() -> None:
        with CtrlC():
            seen.append(signal.getsignal(signal.SIGINT))

    if where == "another thread":
        thread = threading.Thread(target=look)
        thread.start()
        thread.join()
    else:
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        try:
            look()
        finally:
            signal.signal(signal.SIGINT, before)
        before = signal.SIG_IGN
    assert seen == [before]


BAR = "from gru_core import Experiment, run\nrun(Experiment(points=60, hidden_size=4, epochs=3){})"


def test_a_terminal_shows_a_bar_with_the_epochs_and_the_loss() -> None:
    inside, outside = pty.openpty()
    termios.tcsetwinsize(outside, (24, 100))
    process = started(BAR.format(""), stderr=outside)
    os.close(outside)
    process.communicate(timeout=120)
    said = ""
    try:
        while piece := os.read(inside, 65536):
            said += piece.decode()
    except OSError:  # this is how the end of a terminal reads
        pass
    os.close(inside)
    last = said.strip().splitlines()[-1]
    assert "Training: 100%" in last
    assert "3/3" in last
    assert "loss" in last


def test_a_pipe_gets_no_bar() -> None:
    code = "\n".join(BAR.format(arguments) for arguments in ("", ", progress=False"))
    out, said = started(code).communicate(timeout=120)
    assert (out, said) == ("", "")


def test_no_bar_if_it_is_switched_off(monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = Terminal()
    monkeypatch.setattr(sys, "stderr", terminal)
    run(SMALL, progress=False)
    assert terminal.getvalue() == ""
    run(SMALL)
    assert "3/3" in terminal.getvalue()


def test_a_notebook_shows_a_bar_though_it_is_no_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    ipython: Any = ModuleType("IPython")
    ipython.get_ipython = lambda: SimpleNamespace(config={"IPKernelApp": {}})
    monkeypatch.setitem(sys.modules, "IPython", ipython)
    out = io.StringIO()
    monkeypatch.setattr(sys, "stderr", out)
    run(SMALL)
    assert "3/3" in out.getvalue()


class Terminal(io.StringIO):
    """A text stream that says that it is a terminal."""

    def isatty(self) -> bool:
        return True


FORK = """
import multiprocessing
from gru_core import Experiment, run, train

def rmse(seed):
    experiment = Experiment(points=200, epochs=1, seed=seed)
    list(train(experiment))
    return run(experiment).scores["rmse"]

here = rmse(0)
with multiprocessing.get_context("fork").Pool(1) as pool:
    print(pool.map(rmse, [0, 1])[0] - here, flush=True)
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system has no fork")
def test_a_forked_process_trains_after_a_run() -> None:
    process = started(FORK)
    try:
        out, said = process.communicate(timeout=120)
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
    assert process.returncode == 0, said
    assert abs(float(out)) < 1e-3


@pytest.mark.parametrize("cached", [False, True])
def test_the_first_run_on_a_machine_says_that_it_compiles(
    cached: bool, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(console, "is_cached", lambda cell: cached)
    monkeypatch.setattr(console, "_in_notebook", lambda: True)  # somebody looks
    run(SMALL)
    said = capsys.readouterr().err
    assert (console.COMPILING in said) is not cached
    assert "Training" in said.split(console.COMPILING)[-1]
