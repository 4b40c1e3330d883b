"""The measured peak memory of runs is at most 1.2 times its estimate.

Each run has a process of its own, which is a fork of one that has imported torch. Its address space
is limited, so that a fault cannot fill the machine. The runs are large enough that the noise of a
process, some 10 MB, does not count.
"""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Any

import pytest

from gru_core.engine.cost import Limits, estimate
from gru_core.experiment.experiment import Experiment
from gru_core.forecast.problem import Problem

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="it reads /proc")

#: How much larger the measured peak may be.
MARGIN = 1.2
SMALL: dict[str, Any] = {
    "epochs": 1,
    "points": 1200,
    "window": 40,
    "hidden_size": 64,
    "horizon": 5,  # a long closed loop takes time, and little memory
}
WARM: dict[str, Any] = SMALL | {"warm_start": True, "batch_size": 1}
#: PyTorch makes these steps. It keeps a whole batch, and all members.
TORCH: dict[str, Any] = SMALL | {"layers": 2, "dropout": 0.1}
RUNS: list[dict[str, Any]] = [
    TORCH | {"batch_size": 600},
    TORCH | {"batch_size": 600, "cell": "lstm"},
    TORCH | {"batch_size": 200, "members": 3},
    TORCH | {"batch_size": 400, "objective": "closed-loop", "feedback": "state"},
    SMALL | {"window": 300, "hidden_size": 256},
    SMALL | {"window": 200, "hidden_size": 128, "layers": 2, "cell": "lstm", "members": 2},
    SMALL | {"objective": "closed-loop", "loop_steps": 60, "curriculum": False},
    SMALL | {"points": 700, "window": 300, "hidden_size": 512, "warm_start": True},
    WARM | {"window": 150, "hidden_size": 128},
    WARM | {"hidden_size": 512, "window": 4},
    WARM | {"members": 4, "hidden_size": 200, "window": 4, "linear_path": True},
]
#: It compiles what the runs need, in a process of its own: what compilation frees would be used by
#: a run, which would then seem to need less.
COMPILE = """
from gru_core import Experiment, run
for cell in ("gru", "lstm"):
    run(Experiment(points=60, epochs=1, hidden_size=4, cell=cell))
"""
#: It prints the peak of each run in bytes. A run is stopped after its first optimizer step.
MEASURE = """
import itertools, json, os, resource, sys
resource.setrlimit(resource.RLIMIT_AS, (4 * 10**9,) * 2)
import torch
torch.set_num_threads(1)
from gru_core import Experiment, run

def field(name):
    lines = open("/proc/self/status").read().splitlines()
    return 1024 * int(next(line for line in lines if line.startswith(name)).split()[1])

small = Experiment(points=60, epochs=1, hidden_size=4, warm_start=True)
for cell in ("gru", "lstm"):
    run(small.replace(cell=cell))
    run(small.replace(cell=cell, layers=2, dropout=0.1))
for options in json.loads(sys.argv[1]):
    reading, writing = os.pipe()
    if os.fork() == 0:
        run(small)
        run(small.replace(layers=2, dropout=0.1))
        open("/proc/self/clear_refs", "w").write("5")  # the peak begins here
        before, steps = field("VmRSS"), itertools.count()
        run(Experiment(**options), should_stop=lambda: next(steps) >= 1)
        os.write(writing, str(field("VmHWM") - before).encode())
        os._exit(0)
    os.wait()
    os.close(writing)
    print(os.read(reading, 100).decode() or "failed")
"""


@pytest.fixture(scope="module")
def peaks() -> list[float]:
    subprocess.run([sys.executable, "-c", COMPILE], check=True)
    command = [sys.executable, "-c", MEASURE, json.dumps(RUNS)]
    ended = subprocess.run(command, capture_output=True, text=True, check=False)
    assert ended.returncode == 0, ended.stderr
    assert "failed" not in ended.stdout, ended.stderr
    return [float(line) for line in ended.stdout.split()]


@pytest.mark.parametrize("k", range(len(RUNS)), ids=[str(options) for options in RUNS])
def test_a_run_needs_no_more_memory_than_estimated(k: int, peaks: list[float]) -> None:
    estimated = estimate(Problem.of(Experiment(**RUNS[k]))).memory
    assert 20e6 < peaks[k] < MARGIN * estimated
    assert estimated < 4 * peaks[k]  # nobody is refused without need


def test_long_windows_and_wide_networks_are_refused() -> None:
    """A link is enough to ask for them. In PyTorch, such runs took 8 GB and about 50 GB."""
    limits = Limits(seconds=1e9)
    for window, hidden_size in ((300, 512), (1000, 1024)):
        options = {"points": 6000, "window": window, "hidden_size": hidden_size, "epochs": 1}
        options["batch_size"] = 700
        by_torch = {"layers": 2, "dropout": 0.1}
        cost = estimate(Problem.of(Experiment(warm_start=True, **options, **by_torch)))
        assert cost.memory > limits.memory
    sizes = {"points": 6000, "window": 1000, "hidden_size": 1024, "batch_size": 700}
    compiled = Experiment(**sizes, layers=2, epochs=1)
    assert estimate(Problem.of(compiled)).memory > limits.memory


def test_the_warm_start_needs_no_more_memory_on_a_longer_series() -> None:
    options = {"window": 100, "hidden_size": 128, "batch_size": 8, "horizon": 100, "epochs": 1}
    costs = [
        estimate(Problem.of(Experiment(points=n, warm_start=True, **options))).memory
        for n in (5_000, 20_000)
    ]
    windows = 4 * 101 * 15_000 * 0.8  # the windows themselves, in bytes
    assert costs[1] - costs[0] == pytest.approx(windows, rel=0.1)
