"""Runs programs as a reader of them would: in processes of their own, without gru_core."""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from gru_core.training.torch_learner import TorchLearner

FAKE_MATPLOTLIB = Path(__file__).parent / "fake_matplotlib"

#: Imports once what takes long. The optimizers of torch import `torch._dynamo`, with SymPy.
#: Then it runs each program in a fork, in a namespace which nothing has touched before.
RUNNER = """
import importlib.util, os, runpy, sys, traceback
import matplotlib.pyplot, numpy, torch._dynamo
assert importlib.util.find_spec("gru_core") is None
for line in sys.stdin:
    path = line.strip()
    if not os.fork():
        code = 1
        try:
            os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
            numpy.save(path + ".npy", runpy.run_path(path)["forecast"])
            code = 0
        except BaseException:
            traceback.print_exc()
        finally:
            os._exit(code)
    print(os.waitstatus_to_exitcode(os.wait()[1]), flush=True)
"""

#: Runs one program. Nothing that a program could need is imported before it.
ALONE = """
import runpy, sys
forecast = runpy.run_path(sys.argv[1])["forecast"]
import numpy
numpy.save(sys.argv[1] + ".npy", forecast)
"""

Execute = Callable[[str], "np.ndarray[Any, Any]"]


@pytest.fixture
def by_torch(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let PyTorch compute the steps of each run. Then its program can repeat the training."""
    monkeypatch.setattr(
        "gru_core.training.loop.learner_of",
        lambda problem, resume=None: TorchLearner(problem, torch.device("cpu"), resume),
    )


@pytest.fixture(scope="session")
def environment() -> dict[str, str]:
    """The variables of a process that has torch and NumPy, and matplotlib without a display."""
    environment = {key: os.environ[key] for key in os.environ if key != "PYTHONPATH"}
    if importlib.util.find_spec("matplotlib") is None:
        environment["PYTHONPATH"] = str(FAKE_MATPLOTLIB)
    return environment | {"MPLBACKEND": "agg"}


@pytest.fixture(scope="session")
def execute(
    environment: dict[str, str], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Execute]:
    """Run a program and return its `forecast`."""
    folder = tmp_path_factory.mktemp("programs")
    with (folder / "errors").open("w") as errors:
        process = subprocess.Popen(
            [sys.executable, "-c", RUNNER],
            cwd=folder,
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=errors,
            text=True,
        )
    assert process.stdin is not None
    assert process.stdout is not None
    numbers = iter(range(10**6))

    def run(script: str) -> np.ndarray[Any, Any]:
        path = folder / f"program_{next(numbers)}.py"
        path.write_text(script, encoding="utf-8")
        print(path, file=process.stdin, flush=True)
        code = process.stdout.readline().strip()
        assert code == "0", (folder / "errors").read_text()[-3000:]
        return np.asarray(np.load(f"{path}.npy"))

    yield run
    process.stdin.close()
    process.wait()
    process.stdout.close()


@pytest.fixture
def execute_alone(environment: dict[str, str], tmp_path: Path) -> Execute:
    """Run a program in a new interpreter, as a reader does, and return its `forecast`."""

    def run(script: str) -> np.ndarray[Any, Any]:
        path = tmp_path / "program.py"
        path.write_text(script, encoding="utf-8")
        line = [sys.executable, "-c", ALONE, str(path)]
        done = subprocess.run(line, cwd=tmp_path, env=environment, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr[-3000:]
        return np.asarray(np.load(f"{path}.npy"))

    return run
