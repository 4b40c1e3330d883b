"""How good are our forecasts, compared with neuralforecast, Darts and classical methods?

    pip install -r requirements.txt -r tests/benchmarks/forecast_quality-requirements.txt
    python -m tests.benchmarks.forecast_quality --keep quality.jsonl     # hours, mostly for others

The file keeps every measurement. A second run measures what is missing, then prints the tables.
`--again recommend` measures a model again. `--series` and `--models` select by name, with commas.
`--jobs 2` runs two measurements at once. `--csv FILE` reads the series from a file without header:
one row per series, with name, season, horizon and values.

Every model gets the values without the last `horizon`, and the horizon. All but GRU Lab also get
the length of a season. No model sees the values that it is scored on. Each runs in its own process,
on one thread. The clock starts after the imports and a tiny warm-up. The seconds are processor
time, so other work on the machine hardly counts. The summary also shows clock time.

The peers get the settings of their own examples. neuralforecast has its defaults (1000 steps,
robust scaling of each window, seed 1). Darts has its defaults (100 epochs, 25 units), its `Scaler`
and float32. All of them, and linear AR, look back over two seasons and at least one horizon. Darts
trains on that length plus the horizon, as its documentation says.
"""

from __future__ import annotations

import argparse
import contextlib
import csv
import importlib.util
import json
import logging
import math
import os
import subprocess
import sys
import time
import warnings
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

import gru_core
from gru_core import Experiment
from gru_core.data.rhythm import detect_period
from gru_core.data.sources import SOURCES, make_series
from gru_core.forecast.baselines import linear_ar, seasonal_naive
from gru_core.forecast.metrics import scores
from tests.benchmarks._table import Row, show

Array = NDArray[np.float64]
Record = dict[str, Any]

ONE_THREAD = dict.fromkeys(
    ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS", "NUMBA_NUM_THREADS"), "1"
)
#: A model that takes longer for one series has failed.
PATIENCE_SECONDS = 2 * 3600
#: The horizon of a signal, and of a real series without a season. With a season it is two seasons.
SIGNAL_HORIZON, SHORT_HORIZON = 100, 10

OURS = "recommend"
PEERS = ("nf-direct", "nf-recurrent", "darts")
NAIVE = "seasonal-naive"
#: Below the first, nobody sees a difference. Above the second, a forecast has failed anyway.
SMALLEST_MASE, LARGEST_MASE = 0.001, 100.0


@dataclass(frozen=True)
class Task:
    """All that a model gets. With `brief`, it should train almost nothing."""

    train: Array
    horizon: int
    period: int
    brief: bool = False

    @property
    def lookback(self) -> int:
        """Two seasons, at least a horizon, but short enough to leave something to train on."""
        return max(1, min(max(2 * self.period, self.horizon), len(self.train) // 3))


@dataclass(frozen=True)
class Case:
    """A series, and how many of its last values to forecast."""

    name: str
    values: Array
    horizon: int
    season: int | None = None

    @property
    def task(self) -> Task:
        train = self.values[: -self.horizon]
        return Task(train, self.horizon, self.season or detect_period(train))

    def mase(self, forecast: Sequence[float]) -> float:
        """The MASE: NaN where the scale is zero, infinite where the forecast is not finite."""
        task, values = self.task, np.asarray(forecast, dtype=np.float64)
        if values.shape != (self.horizon,):
            return math.inf
        table = scores(
            self.values[-self.horizon :], {"it": values}, train=task.train, period=task.period
        )
        return float(table["mase"]["it"])


@dataclass(frozen=True)
class Model:
    """`forecast(task)` gives the values (horizon,) and a few words on how it made them."""

    title: str
    forecast: Callable[[Task], tuple[Array, str]]
    needs: str
    cheap: bool

    @property
    def missing(self) -> bool:
        return importlib.util.find_spec(self.needs) is None


MODELS: dict[str, Model] = {}


def model(
    name: str, title: str, *, needs: str = "numpy", cheap: bool = False
) -> Callable[[Callable[[Task], Array | tuple[Array, str]]], Callable[[Task], Any]]:
    """Register a model. It imports its libraries itself, because no process needs all of them."""

    def register(
        function: Callable[[Task], Array | tuple[Array, str]],
    ) -> Callable[[Task], Any]:
        def forecast(task: Task) -> tuple[Array, str]:
            found = function(task)
            return found if isinstance(found, tuple) else (found, "")

        MODELS[name] = Model(title, forecast, needs, cheap)
        return function

    return register


@model(OURS, "GRU Lab, recommend", needs="torch")
def recommend(task: Task) -> tuple[Array, str]:
    experiment = gru_core.recommend(task.train, task.horizon, seed=0)
    return _run(experiment, task), json.dumps(experiment.to_query())


@model("default", "GRU Lab, default recipe", needs="torch")
def default_recipe(task: Task) -> Array:
    return _run(Experiment(), task)


@model("nf-direct", "neuralforecast, direct", needs="neuralforecast")
def nf_direct(task: Task) -> Array:
    return _neuralforecast(task, recurrent=False)


@model("nf-recurrent", "neuralforecast, recurrent", needs="neuralforecast")
def nf_recurrent(task: Task) -> Array:
    return _neuralforecast(task, recurrent=True)


@model("darts", "Darts", needs="darts")
def darts(task: Task) -> Array:
    from darts import TimeSeries
    from darts.dataprocessing.transformers import Scaler
    from darts.models import RNNModel

    scaler = Scaler()
    network = RNNModel(
        model="GRU",
        input_chunk_length=task.lookback,
        training_length=min(task.lookback + task.horizon, len(task.train) // 2),
        n_epochs=1 if task.brief else 100,
        random_state=0,
        pl_trainer_kwargs={"accelerator": "cpu", **_quiet_trainer()},
    )
    network.fit(scaler.fit_transform(TimeSeries.from_values(task.train.astype(np.float32))))
    return scaler.inverse_transform(network.predict(task.horizon)).values()[:, 0]


@model("lesson", "the lesson's recipe", needs="torch")
def lesson(task: Task) -> Array:
    return _run(Experiment.lesson(), task)


@model("auto-ets", "AutoETS", needs="statsforecast", cheap=True)
def auto_ets(task: Task) -> Array:
    from statsforecast.models import AutoETS

    return AutoETS(season_length=task.period).forecast(task.train, task.horizon)["mean"]


@model("linear-ar", "linear AR", cheap=True)
def autoregression(task: Task) -> Array:
    return linear_ar(task.train, task.train, task.horizon, task.lookback)


@model(NAIVE, "seasonal naive", cheap=True)
def naive(task: Task) -> Array:
    return seasonal_naive(task.train, task.horizon, task.period)


def _run(experiment: Experiment, task: Task) -> Array:
    changes: dict[str, Any] = {"epochs": 2} if task.brief else {}
    if experiment.window > len(task.train) // 3:
        changes["window"] = len(task.train) // 3
    experiment = experiment.replace(
        signal="own", holdout=0.0, forecast_start="end", horizon=task.horizon, **changes
    )
    return gru_core.run(experiment, series=task.train).forecast["forecast"].to_numpy()


def _neuralforecast(task: Task, *, recurrent: bool) -> Array:
    import pandas as pd
    from neuralforecast import NeuralForecast
    from neuralforecast.models import GRU

    network = GRU(
        h=task.horizon,
        input_size=task.lookback,
        recurrent=recurrent,
        max_steps=2 if task.brief else 1000,
        accelerator="cpu",
        **_quiet_trainer(),
    )
    steps = np.arange(len(task.train))
    library = NeuralForecast([network], freq=1)
    library.fit(pd.DataFrame({"unique_id": "it", "ds": steps, "y": task.train}))
    return library.predict()["GRU"].to_numpy()


def _quiet_trainer() -> dict[str, bool]:
    names = ("logger", "enable_checkpointing", "enable_progress_bar", "enable_model_summary")
    return dict.fromkeys(names, False)


def bundled() -> list[Case]:
    """The real series, then the signals with their defaults."""
    cases = []
    for source in sorted(SOURCES.values(), key=lambda source: source.synthetic):
        horizon = 2 * source.period if source.period else SHORT_HORIZON
        if source.synthetic:
            horizon = SIGNAL_HORIZON
        cases.append(Case(source.name, make_series(source.name).values, horizon, source.period))
    return cases


def from_csv(path: Path) -> list[Case]:
    with path.open(newline="", encoding="utf-8") as file:
        return [
            Case(name, np.array(values, dtype=np.float64), int(horizon), int(season))
            for name, season, horizon, *values in csv.reader(file)
        ]


def main() -> None:
    arguments = _arguments()
    if arguments.measure:
        _measure_here(arguments.measure)
        return
    cases = from_csv(arguments.csv) if arguments.csv else bundled()
    cases = [case for case in cases if not arguments.series or case.name in arguments.series]
    names = [name for name in MODELS if not arguments.models or name in arguments.models]
    able, notes = _able(names)
    records = _read(arguments.keep)
    work = [
        (case, name)
        for case, name in _in_order(cases, able)
        if name in arguments.again or _key(case, name) not in records
    ]
    with ThreadPoolExecutor(arguments.jobs) as pool:
        started = [pool.submit(measure, case, name) for case, name in work]
        for done, future in enumerate(as_completed(started), start=1):
            record = future.result()
            records[record["series"], record["points"], record["horizon"], record["model"]] = record
            if arguments.keep:
                with arguments.keep.open("a", encoding="utf-8") as file:
                    file.write(json.dumps(record) + "\n")
            said = record["error"] or f"{record['cpu']:.1f} s"
            print(f"{done}/{len(work)} {record['series']}, {record['model']}: {said}", flush=True)
    outcomes = {
        case.name: {
            name: outcome(case, records[_key(case, name)])
            for name in names
            if _key(case, name) in records
        }
        for case in cases
    }
    show_series(cases, outcomes)
    rows, more = summary(outcomes)
    show("Forecast quality: GRU Lab and the GRUs of its peers, one thread", rows, notes + more)


def measure(case: Case, name: str) -> Record:
    """One model on one series, in its own process."""
    task = case.task
    told = {"train": task.train.tolist(), "horizon": task.horizon, "period": task.period}
    record: Record = {
        "series": case.name,
        "points": len(case.values),
        "horizon": case.horizon,
        "model": name,
        "error": "",
    }
    try:
        process = subprocess.run(
            [sys.executable, "-m", __spec__.name, "--measure", name],
            input=json.dumps(told),
            env=os.environ | ONE_THREAD,
            capture_output=True,
            text=True,
            timeout=PATIENCE_SECONDS,
        )
    except subprocess.TimeoutExpired:
        return record | {"error": f"not done after {PATIENCE_SECONDS} s"}
    if process.returncode:
        said = process.stderr.strip().splitlines() or [f"exit status {process.returncode}"]
        return record | {"error": said[-1]}
    return record | json.loads(process.stdout)


@dataclass(frozen=True)
class Outcome:
    """How good a forecast is, and its time. A failed one has an infinite MASE and no time."""

    mase: float
    cpu: float = math.nan
    clock: float = math.nan
    error: str = ""

    @property
    def bounded(self) -> float:
        return min(max(self.mase, SMALLEST_MASE), LARGEST_MASE)

    def __str__(self) -> str:
        if self.error:
            return "failed"
        mase = "n/a" if math.isnan(self.mase) else f"{self.mase:.3g}"
        seconds = f"{self.cpu:.2f}" if self.cpu < 1 else f"{self.cpu:.3g}"
        return f"{mase}, {seconds} s"


def outcome(case: Case, record: Record) -> Outcome:
    if record["error"]:
        return Outcome(math.inf, error=record["error"])
    return Outcome(case.mase(record["forecast"]), record["cpu"], record["clock"])


def summary(outcomes: Mapping[str, Mapping[str, Outcome]]) -> tuple[list[Row], list[str]]:
    """The rows with targets, over the series where all compared models were measured."""
    counted = [
        row
        for row in outcomes.values()
        if {OURS, NAIVE, *PEERS} <= row.keys() and not math.isnan(row[OURS].mase)
    ]
    notes = [
        f"{len(counted)} of {len(outcomes)} series count: those on which GRU Lab, its peers and "
        "seasonal naive were measured, and on which MASE is defined",
        f"in means, a MASE counts as at least {SMALLEST_MASE:g} and at most {LARGEST_MASE:g}; "
        "a forecast that failed or is not finite counts as the latter, and loses",
    ]
    if not counted:
        return [], notes
    best = [min((row[peer] for peer in PEERS), key=lambda it: it.mase) for row in counted]
    ours = [row[OURS] for row in counted]
    pairs = list(zip(ours, best, strict=True))
    rows = [
        Row("series better than the best peer", _share(pairs), "%", least=80),
        Row(
            "MASE / best peer's, geometric mean",
            _geometric_mean(own.bounded / peer.bounded for own, peer in pairs),
            "x",
            most=0.6,
        ),
    ]
    for kind, most in (("cpu", 0.25), ("clock", None)):
        for which, theirs in (
            ("best", [getattr(peer, kind) for peer in best]),
            ("fastest", [_fastest(row, kind) for row in counted]),
        ):
            ratios = [getattr(own, kind) / time for own, time in zip(ours, theirs, strict=True)]
            what = f"{'processor' if kind == 'cpu' else 'clock'} seconds / {which} peer's"
            rows.append(Row(f"{what}, geometric mean", _geometric_mean(ratios), "x", most=most))
    for name in (NAIVE, "linear-ar", "auto-ets", "default"):
        both = [(row[OURS], row[name]) for row in counted if name in row]
        least = 80 if name == NAIVE else None
        if both:
            what = f"series better than {MODELS[name].title}"
            rows.append(Row(what, _share(both), "%", least=least))
    return rows, notes


def _share(pairs: Sequence[tuple[Outcome, Outcome]]) -> float:
    return 100 * sum(own.mase < other.mase for own, other in pairs) / len(pairs)


def _geometric_mean(values: Iterable[float]) -> float:
    known = [value for value in values if not math.isnan(value)]
    return float(np.exp(np.mean(np.log(known)))) if known else math.nan


def _fastest(row: Mapping[str, Outcome], kind: str) -> float:
    times = [getattr(row[peer], kind) for peer in PEERS if not row[peer].error]
    return min(times, default=math.nan)


def show_series(cases: Sequence[Case], outcomes: Mapping[str, Mapping[str, Outcome]]) -> None:
    """One line per series: MASE and processor seconds of every model."""
    names = [name for name in MODELS if any(name in row for row in outcomes.values())]
    lines = [["series", "season", "horizon", *(MODELS[name].title for name in names)]]
    for case in cases:
        row = outcomes[case.name]
        cells = [str(row[name]) if name in row else "" for name in names]
        lines.append([case.name, str(case.task.period), str(case.horizon), *cells])
    means = ["geometric mean", "", ""]
    for name in names:
        found = [row[name] for row in outcomes.values() if name in row]
        mase = _geometric_mean(it.bounded for it in found if not math.isnan(it.mase))
        means.append(str(Outcome(mase, _geometric_mean(it.cpu for it in found))))
    lines.append(means)
    widths = [max(len(line[k]) for line in lines) for k in range(len(lines[0]))]
    rule = ["-" * widths[0], *("-" * (width - 1) + ":" for width in widths[1:])]
    print("\n## MASE and processor seconds\n")
    for line in (lines[0], rule, *lines[1:]):
        cells = [line[0].ljust(widths[0])]
        cells += [cell.rjust(width) for cell, width in zip(line[1:], widths[1:], strict=True)]
        print(f"| {' | '.join(cells)} |")
    errors = [
        f"- {name} of {series}: {it.error}"
        for series, row in outcomes.items()
        for name, it in row.items()
        if it.error
    ]
    print("\n".join(["", *errors]) if errors else "")


def _measure_here(name: str) -> None:
    """In the child process: read a task, do it, and write the forecast and its seconds."""
    told = json.load(sys.stdin)
    task = Task(np.array(told["train"]), told["horizon"], told["period"])
    warnings.simplefilter("ignore")
    logging.disable(logging.WARNING)
    with contextlib.redirect_stdout(sys.stderr):
        import torch

        torch.set_num_threads(1)
        steps = np.arange(120)
        MODELS[name].forecast(Task(steps / 60 + np.sin(steps * np.pi / 6), 12, 12, brief=True))
        clock, cpu = time.perf_counter(), time.process_time()
        values, note = MODELS[name].forecast(task)
        seconds = {"cpu": time.process_time() - cpu, "clock": time.perf_counter() - clock}
    found = {"forecast": np.asarray(values, dtype=np.float64).tolist(), "note": note}
    print(json.dumps(seconds | found))


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Forecasts of GRU Lab and of its peers.")
    parser.add_argument("--keep", type=Path, help="file of results, appended to and taken up again")
    parser.add_argument("--again", type=_names, default=[], help="models to measure anew")
    parser.add_argument("--series", type=_names, default=[], help="only these series")
    parser.add_argument("--models", type=_names, default=[], help=f"of {', '.join(MODELS)}")
    parser.add_argument("--jobs", type=int, default=1, help="measurements side by side")
    parser.add_argument("--csv", type=Path, help="take the series from this file")
    parser.add_argument("--measure", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    unknown = {*arguments.again, *arguments.models} - MODELS.keys()
    if unknown:
        parser.error(f"no such model: {', '.join(sorted(unknown))}; there are {', '.join(MODELS)}")
    return arguments


def _names(text: str) -> list[str]:
    return [name.strip() for name in text.split(",")]


def _able(names: Sequence[str]) -> tuple[list[str], list[str]]:
    """The models that can be measured here, and a note on each that cannot."""
    able, notes = [], []
    for name in names:
        if name == OURS and not hasattr(gru_core, "recommend"):
            notes.append(f"{MODELS[name].title} is not measured: gru_core has no recommend()")
        elif MODELS[name].missing:
            notes.append(f"{MODELS[name].title} is not measured: no {MODELS[name].needs} installed")
        else:
            able.append(name)
    return able, notes


def _in_order(cases: Sequence[Case], names: Sequence[str]) -> list[tuple[Case, str]]:
    """The cheap models on every series, then the others, series by series."""
    cheap = [(case, name) for name in names if MODELS[name].cheap for case in cases]
    return cheap + [(case, name) for case in cases for name in names if not MODELS[name].cheap]


def _key(case: Case, name: str) -> tuple[str, int, int, str]:
    return case.name, len(case.values), case.horizon, name


def _read(keep: Path | None) -> dict[tuple[str, int, int, str], Record]:
    """The measurements in the file. A later line replaces an earlier one."""
    if keep is None or not keep.exists():
        return {}
    records = [json.loads(line) for line in keep.read_text(encoding="utf-8").splitlines()]
    return {(it["series"], it["points"], it["horizon"], it["model"]): it for it in records}


if __name__ == "__main__":
    main()
