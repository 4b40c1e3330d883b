"""How fast is the default recipe of gru_core, compared with the script of the lesson?

    python -m tests.benchmarks.training            # a few epochs of the lesson, about 4 minutes
    python -m tests.benchmarks.training --full     # all 100 of them, about 12 minutes

It runs in one process with one thread. The imports and one tiny run come first, as in a worker of
the app. Every time appears twice: clock time, and processor time of this process. The processor
time is closer to what one free core would need.

It measures:

- seconds of the lesson's 100 epochs, and of a whole run of the default recipe, over the same 990
  windows with the same network. Epochs of the lesson and whole runs of ours alternate, so other
  work on the machine slows both. The lesson counts only its training loop. Ours counts all of
  `train()`, with its forecasts;
- seconds from the call of `train()` to the first closed-loop forecast with an RMSE of at most 0.01,
  for several seeds: the default recipe on the windows of the lesson (100 steps from the first
  window), and the default on the sine and on the cosine (on its holdout of 200 steps). `train()`
  gives about 30 forecasts, so the true moment lies between two forecasts. The RMSE of the run's own
  forecast has the same limit, for every seed;
- milliseconds of a training step, compiled and by PyTorch, and its GFLOP/s against those of a
  product of matrices on the same machine;
- seconds of the default run, of `recommend` on five series, and of a run that is trained through
  its closed loop on 3,000 points;
- with --full: the closed-loop RMSE of the lesson at every tenth epoch.
"""

from __future__ import annotations

import argparse
import math
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from gru_core import Experiment, recommend, train
from gru_core.forecast.events import Forecasted, Terminal
from gru_core.forecast.problem import Problem, series_of
from tests.benchmarks._machine import quiet
from tests.benchmarks._steps import steps
from tests.benchmarks._table import Row, median, show
from tests.lesson import GRUNet

WINDOW, STEPS = 10, 100
EPOCHS = 100
GOOD = 0.01
SEEDS = range(10)
RECOMMENDED = ("air-passengers", "co2", "sunspots", "nile", "mackey-glass")
#: With --full, we run once after so many epochs of the lesson.
FULL_PAUSE = 10

SERIES = np.sin(np.linspace(0, 100, 1000))
#: The default recipe on the training data of the lesson.
OURS = Experiment(holdout=0.0, validation=0.0, forecast_start="first", horizon=STEPS, patience=None)


@dataclass(frozen=True)
class Span:
    """Seconds of clock time and of processor time."""

    clock: float
    cpu: float


class Watch:
    """Starts when it is created."""

    def __init__(self) -> None:
        self._clock, self._cpu = time.perf_counter(), time.process_time()

    def read(self) -> Span:
        return Span(time.perf_counter() - self._clock, time.process_time() - self._cpu)


class Lesson:
    """The script of the lesson: one window at a time, in order, Adam at 0.01."""

    def __init__(self, seed: int) -> None:
        torch.manual_seed(seed)
        self.model = GRUNet()
        self.criterion = nn.MSELoss()
        self.optimizer = torch.optim.Adam(self.model.parameters(), lr=0.01)
        self.data = torch.tensor(SERIES, dtype=torch.float32)

    def epoch(self) -> Span:
        """Train for one epoch and return the time."""
        watch = Watch()
        for i in range(len(self.data) - WINDOW):
            x = self.data[i : i + WINDOW].view(1, WINDOW, 1)
            y = self.data[i + WINDOW].view(1, 1)
            self.optimizer.zero_grad()
            loss = self.criterion(self.model(x), y)
            loss.backward()
            self.optimizer.step()
        return watch.read()

    @torch.no_grad()
    def rmse(self) -> float:
        """RMSE of the closed loop over the steps after the first window."""
        loop = self.data[:WINDOW].tolist()
        for _ in range(STEPS):
            loop.append(self.model(torch.tensor(loop[-WINDOW:]).view(1, WINDOW, 1)).item())
        return _rmse(np.array(loop[WINDOW:]), SERIES[WINDOW : WINDOW + STEPS])


@dataclass(frozen=True)
class Reached:
    """When the closed loop first was good (None: never), and when the forecast before it came."""

    when: Span | None
    before: Span
    epoch: int
    at_end: float

    def __str__(self) -> str:
        if self.when is None:
            return f"never (not yet at {self.before.clock:.2f} s)"
        return f"{self.when.clock:.2f} s (epoch {self.epoch}; not yet at {self.before.clock:.2f} s)"


def main() -> None:
    parser = argparse.ArgumentParser(description="The lesson's script against the default recipe.")
    parser.add_argument("--epochs", type=int, default=5, help="epochs of the lesson (default 5)")
    parser.add_argument("--full", action="store_true", help="all 100 epochs of the lesson")
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    list(train(Experiment(points=60, epochs=2, hidden_size=4)))  # what torch sets up on first use

    rows, notes = speed(EPOCHS if arguments.full else arguments.epochs, full=arguments.full)
    for name, experiment in (
        ("lesson's windows", OURS),
        ("Experiment()", Experiment()),
        ("cosine", Experiment(signal="cosine")),
    ):
        more, note = quality(name, experiment)
        rows += more
        notes.append(note)
    show("Training: the lesson's script and the default recipe, one thread", rows, notes)
    show("One training step, one thread", *steps())
    show("Whole runs, one thread", runs())


def runs() -> list[Row]:
    """Seconds of typical work, by the clock and by the processor."""
    loop = Experiment(
        signal="mackey-glass", points=3000, window=20, objective="closed-loop", epochs=20
    )
    work: dict[str, Callable[[], object]] = {
        "default run": lambda: list(train(Experiment())),
        "closed-loop run on 3,000 points, 20 epochs": lambda: list(train(loop)),
    }
    for signal in RECOMMENDED:
        series = series_of(Experiment(signal=signal))
        work[f"recommend, {signal}"] = partial(recommend, series, 12)
    rows = []
    for name, call in work.items():
        quiet()
        watch = Watch()
        call()
        spent = watch.read()
        rows += [
            Row(f"{name} (clock)", spent.clock, "s"),
            Row(f"{name} (processor)", spent.cpu, "s"),
        ]
    return rows


def speed(epochs: int, *, full: bool) -> tuple[list[Row], list[str]]:
    """Seconds of the lesson's 100 epochs, and of a whole run of ours."""
    lesson = Lesson(seed=0)
    theirs: list[Span] = []
    ours: list[Span] = []
    errors: list[str] = []
    for epoch in range(1, epochs + 1):
        quiet()
        theirs.append(lesson.epoch())
        if not full or epoch % FULL_PAUSE == 0:
            quiet()
            ours.append(_whole_run())
        if full and epoch % 10 == 0:
            errors.append(f"{epoch}: {lesson.rmse():.3g}")
    said = "measured in full" if full else f"extrapolated from {epochs} epochs"
    rows = []
    for kind, clock in (("clock", _clock), ("processor", _cpu)):
        spent = [clock(span) for span in theirs]
        hundred = sum(spent) if full else EPOCHS * median(spent)
        run = median([clock(span) for span in ours])
        rows += [
            Row(f"lesson, 100 epochs, {said} ({kind})", hundred, "s"),
            Row(
                f"default recipe, {OURS.epochs} epochs, median of {len(ours)} runs ({kind})",
                run,
                "s",
            ),
            Row(f"lesson / default recipe ({kind})", hundred / run, "x", least=250),
        ]
    notes = [
        f"one epoch of the lesson: {_range(theirs)}; a run of the default recipe: {_range(ours)}"
    ]
    if errors:
        notes.append(f"the lesson's closed-loop RMSE after epoch {', '.join(errors)}")
    return rows, notes


def quality(name: str, experiment: Experiment) -> tuple[list[Row], str]:
    """Seconds until the closed loop is good, for every seed."""
    runs = [_until_good(experiment.replace(seed=seed)) for seed in SEEDS]
    rows = []
    for kind, clock in (("clock", _clock), ("processor", _cpu)):
        times = [clock(run.when) if run.when else math.inf for run in runs]
        what = f"{name}: RMSE <= {GOOD:g} after"
        rows += [
            Row(f"{what}, median of {len(runs)} seeds ({kind})", median(times), "s", most=2),
            Row(f"{what}, worst ({kind})", max(times), "s", most=2),
        ]
    rows.append(Row(f"{name}: RMSE of the run's own forecast, worst", _worst(runs), "", most=GOOD))
    moments = ", ".join(str(run) for run in runs)
    return rows, f"{name}, seeds {SEEDS.start} to {SEEDS.stop - 1}: {moments}"


def _clock(span: Span) -> float:
    return span.clock


def _cpu(span: Span) -> float:
    return span.cpu


def _range(spans: list[Span]) -> str:
    times = [span.clock for span in spans]
    return f"{min(times):.2f} to {max(times):.2f} s"


def _worst(runs: list[Reached]) -> float:
    return max(run.at_end for run in runs)


def _whole_run() -> Span:
    watch = Watch()
    for _ in train(OURS):
        pass
    return watch.read()


def _until_good(experiment: Experiment) -> Reached:
    problem = Problem.of(experiment)
    actual = problem.actual(problem.parts.forecast_start, problem.parts.forecast_end)
    quiet()
    when, before, reached, at_end = None, Span(0.0, 0.0), 0, math.nan
    watch = Watch()
    for event in train(experiment):
        now = watch.read()
        if isinstance(event, Terminal):
            at_end = _rmse(event.forecast, actual)
        elif isinstance(event, Forecasted) and when is None:
            if _rmse(event.values, actual) <= GOOD:
                when, reached = now, event.epoch
            else:
                before = now
    return Reached(when, before, reached, at_end)


def _rmse(forecast: NDArray[np.float64], actual: NDArray[np.float64]) -> float:
    return float(np.sqrt(np.mean((forecast - actual) ** 2)))


if __name__ == "__main__":
    main()
