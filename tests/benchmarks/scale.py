"""How do the time and the memory of a run grow with its options, and where do the limits refuse?

    python -m tests.benchmarks.scale            # about five minutes
    python -m tests.benchmarks.scale --short    # the smaller half of each row

One option at a time goes from small to large: the length of the series, the window, the hidden
size, the layers and the members. Everything else is the default, with 3 epochs; windows
are cut from 5,000 values. Each run has a
process of its own and one thread. The table shows the processor seconds of an epoch, the peak
memory over that of the process before the run, and both as the app estimates them before. A run
that the limits of a server refuse is not made; its estimate is for the default number of epochs.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
from dataclasses import dataclass
from typing import Any

from gru_core import Experiment
from gru_core.engine.cost import Limits, estimate
from gru_core.errors import LimitError
from gru_core.forecast.problem import Problem
from tests.benchmarks import THREADS
from tests.benchmarks._machine import describe, quiet
from tests.benchmarks._server import ROOT

EPOCHS = 3
GROWING: dict[str, list[int]] = {
    "points": [1000, 2000, 5000, 10_000, 20_000],
    "window": [10, 30, 100, 300, 1000],
    "hidden_size": [16, 50, 128, 256, 512],
    "layers": [1, 2, 3, 4],
    "members": [1, 2, 4, 8, 16],
}
#: What a row needs besides: 1000 values are too few for a window of 1000.
BESIDE = {"window": {"points": 5000}}
#: A run in a process of its own. It prints its seconds and its peak memory in bytes.
RUN = """
import json, sys, time
from gru_core import Experiment, train
from gru_core.forecast.events import EpochEnd

def field(name):
    lines = open("/proc/self/status").read().splitlines()
    return 1024 * int(next(line for line in lines if line.startswith(name)).split()[1])

list(train(Experiment(points=60, epochs=1, hidden_size=4)))
experiment = Experiment(**json.loads(sys.argv[1]))
open("/proc/self/clear_refs", "w").write("5")
before, spent, began = field("VmRSS"), 0.0, time.process_time()
for event in train(experiment):
    if isinstance(event, EpochEnd):
        spent = time.process_time() - began
print(json.dumps([spent, field("VmHWM") - before]))
"""


@dataclass(frozen=True)
class Line:
    """What one run was estimated to need, and what it needed; None if it was refused."""

    options: dict[str, Any]
    steps: int
    estimated_seconds: float
    estimated_memory: int
    measured: tuple[float, int] | None
    refused: str = ""


def main() -> None:
    parser = argparse.ArgumentParser(description="How time and memory grow with the options.")
    parser.add_argument("--short", action="store_true", help="the smaller half of each row")
    arguments = parser.parse_args()
    lines = []
    for option, values in GROWING.items():
        shown = values[: (len(values) + 1) // 2] if arguments.short else values
        lines += [_line({option: value} | BESIDE.get(option, {})) for value in shown]
    _show(lines)


def _line(options: dict[str, Any]) -> Line:
    experiment = Experiment(**options)
    problem = Problem.of(experiment)
    cost = estimate(problem)
    per_epoch = estimate(Problem.of(experiment.replace(epochs=EPOCHS)))
    try:
        Limits().check(cost)
    except LimitError as error:
        return Line(options, problem.steps_per_epoch, cost.seconds, cost.memory, None, str(error))
    quiet()
    done = subprocess.run(
        [sys.executable, "-c", RUN, json.dumps(options | {"epochs": EPOCHS})],
        cwd=ROOT,
        env=os.environ | dict.fromkeys(THREADS, "1"),
        check=True,
        capture_output=True,
        text=True,
    )
    seconds, memory = json.loads(done.stdout)
    return Line(options, problem.steps_per_epoch, per_epoch.seconds, cost.memory, (seconds, memory))


def _show(lines: list[Line]) -> None:
    print(f"\n## How time and memory grow ({EPOCHS} epochs)\n\n{describe()}\n")
    head = ("options", "steps an epoch", "s an epoch", "ms a step", "MB", "MB estimated", "limits")
    table = [head, tuple("---" for _ in head)]
    for line in lines:
        options = ", ".join(f"{name} {value:,}" for name, value in line.options.items())
        estimated = f"{line.estimated_memory / 1e6:,.0f}"
        if line.measured is None:
            table.append((options, f"{line.steps}", "", "", "", estimated, line.refused))
            continue
        seconds, memory = line.measured[0] / EPOCHS, line.measured[1] / 1e6
        step = 1e3 * seconds / line.steps
        numbers = (f"{line.steps}", f"{seconds:.3f}", f"{step:.2f}", f"{memory:,.0f}", estimated)
        table.append((options, *numbers, "allowed"))
    for cells in table:
        print(f"| {' | '.join(cells)} |")


if __name__ == "__main__":
    main()
