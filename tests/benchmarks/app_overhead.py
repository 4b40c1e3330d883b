"""How much slower is a run when someone watches it?

    python -m tests.benchmarks.app_overhead [--pairs 5] [--epochs 100]

The same experiment runs in two ways:

- in the app: a real server with its workers, and Chromium on /lab with live charts. The seconds of
  training come from the history that the page offers for download;
- alone: `run()` in a fresh process, after one tiny run and with the niceness of a worker.

Both use one thread and make all epochs. The two alternate, and each pair changes the order. The
page is closed while the other one runs.

The table compares clock times and processor times. The processor time shows what the events cost
the run itself. The clock time also shows what the web process, the scheduler and Chromium take
from the same cores. Of the workers, only the one that makes the run counts.
"""

from __future__ import annotations

import argparse
import csv
import json
import os
import subprocess
import sys
from dataclasses import dataclass
from urllib.parse import urlencode

from playwright.sync_api import Browser

from tests.benchmarks import THREADS
from tests.benchmarks._machine import processor_seconds, quiet
from tests.benchmarks._server import ROOT, Server, browser, finished, lab, ready_app
from tests.benchmarks._table import Row, median, show

#: A watched run may take so many times as long.
MOST = 1.15

_HEADLESS = """
import json, os, sys, time
os.nice(5)  # as gru_core.engine.pool does
import torch
from gru_core import Experiment, run
torch.set_num_threads(1)
run(Experiment(points=60, epochs=2, hidden_size=4))
began = time.process_time()
result = run(Experiment.from_query(json.loads(sys.argv[1])))
print(json.dumps([len(result.history), result.seconds, time.process_time() - began]))
"""


@dataclass(frozen=True)
class Run:
    """Number of epochs, seconds of training, and processor seconds by part of the app."""

    epochs: int
    seconds: float
    used: dict[str, float]


def main() -> None:
    parser = argparse.ArgumentParser(description="A run in the app against the same by itself.")
    parser.add_argument("--pairs", type=int, default=5)
    parser.add_argument("--epochs", type=int, default=100)
    arguments = parser.parse_args()
    query = {"patience": "10000", "epochs": str(arguments.epochs)}

    live: list[Run] = []
    alone: list[Run] = []
    with ready_app() as server, browser() as chromium:
        for pair in range(arguments.pairs):
            if pair % 2:
                alone.append(_alone(query))
            live.append(_live(chromium, server, query))
            if not pair % 2:
                alone.append(_alone(query))
    show("What watching a run costs it", *_table(live, alone))


def _table(live: list[Run], alone: list[Run]) -> tuple[list[Row], list[str]]:
    what = f"{live[0].epochs} epochs, median of {len(live)}"
    app, bare = median([run.seconds for run in live]), median([run.seconds for run in alone])
    ratios = [a.seconds / b.seconds for a, b in zip(live, alone, strict=True)]
    worker = median([run.used["worker"] for run in live])
    process = median([run.used["worker"] for run in alone])
    rows = [
        Row(f"in the app, watched: {what}", app, "s"),
        Row(f"by itself: {what}", bare, "s"),
        Row("ratio of the medians", app / bare, "x", most=MOST),
        Row("median of the pairs' ratios", median(ratios), "x", most=MOST),
        Row("in the app: processor seconds of the worker", worker, "s"),
        Row("by itself: processor seconds", process, "s"),
        Row("ratio of the processor seconds", worker / process, "x", most=MOST),
    ]
    for part in ("web", "scheduler", "Chromium"):
        used = median([run.used[part] for run in live])
        rows.append(Row(f"in the app: processor seconds of {part}", used, "s"))
    return rows, [f"in the app, s: {_list(live)}", f"by itself, s: {_list(alone)}"]


def _live(chromium: Browser, server: Server, query: dict[str, str]) -> Run:
    context = chromium.new_context(accept_downloads=True)
    page = context.new_page()
    lab(page, server, f"?{urlencode(query)}")
    quiet()
    before = processor_seconds(server.process.pid)
    page.get_by_role("button", name="Train", exact=True).click()
    finished(page)
    after = processor_seconds(server.process.pid)
    page.get_by_role("button", name="Share").click()
    with page.expect_download() as download:
        page.get_by_role("button", name="Loss history (CSV)").click()
    with open(download.value.path(), newline="") as file:
        history = list(csv.DictReader(file))
    context.close()
    used = {part: after[part] - before.get(part, 0.0) for part in after}
    # The other workers have nothing to do.
    used["worker"] = max(seconds for part, seconds in used.items() if part.startswith("worker"))
    return _checked(query, Run(len(history), float(history[-1]["seconds"]), used))


def _alone(query: dict[str, str]) -> Run:
    quiet()
    done = subprocess.run(
        [sys.executable, "-c", _HEADLESS, json.dumps(query)],
        cwd=ROOT,
        env=os.environ | dict.fromkeys(THREADS, "1"),
        check=True,
        capture_output=True,
        text=True,
    )
    epochs, seconds, used = json.loads(done.stdout)
    return _checked(query, Run(epochs, seconds, {"worker": used}))


def _checked(query: dict[str, str], run: Run) -> Run:
    if run.epochs != int(query["epochs"]):
        raise RuntimeError(f"A run made {run.epochs} epochs and should have made {query['epochs']}")
    return run


def _list(runs: list[Run]) -> str:
    return ", ".join(f"{run.seconds:.2f}" for run in runs)


if __name__ == "__main__":
    main()
