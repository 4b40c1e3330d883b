"""How does one server bear a class?

    python -m tests.benchmarks.load [--sessions 30 100] [--seconds 60] [--tabs 3] [--quick]

Simulated browsers speak Streamlit's websocket protocol with a new server, and a few real Chromium
tabs use it beside them. Everything runs on this machine. For each number of sessions:

- class: each person opens the Lab, changes options, trains, watches, looks elsewhere, loses the
  connection or opens a new tab, with pauses of one to four seconds, for `--seconds`;
- Train: all press Train within one second, each with an experiment of their own. A tenth as many
  others change options until the last run has ended;
- afterwards: all have left, and the server has forgotten them. It does so after 10 seconds here,
  after 2 minutes in use.

A rerun lasts from the message of the browser to the end of the script's run. The age of the live
panel is how old its numbers have become when new ones replace them.
"""

from __future__ import annotations

import argparse
import asyncio
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from urllib.parse import urlencode

import numpy as np
import psutil

from tests.benchmarks._machine import processor_seconds, quiet
from tests.benchmarks._people import Click, idle, out_of_order, press_together, tinker, visit
from tests.benchmarks._server import APP, Server, serve
from tests.benchmarks._simulated import Answer, Shown, SimulatedBrowser
from tests.benchmarks._table import Row, show
from tests.benchmarks._tabs import RealTabs

#: Seconds of a rerun; MB of a session; memory afterwards, as a multiple of that before.
RERUN, SESSION_MB, AFTERWARDS = 0.5, 30.0, 1.1
#: The server forgets a session so many seconds after its tab was closed, and looks every ten.
FORGET_SECONDS, LOOK_SECONDS = 10, 10.0
MB = 1024 * 1024


@dataclass
class Measured:
    """What was measured with so many sessions."""

    sessions: int
    browsers: list[SimulatedBrowser] = field(default_factory=list)
    train: list[SimulatedBrowser] = field(default_factory=list)
    clicks: list[Click] = field(default_factory=list)
    tab_seconds: list[float] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    before_mb: float = 0.0
    most_mb: float = 0.0
    after_mb: float = 0.0
    threads: int = 0
    used: dict[str, float] = field(default_factory=dict)
    seconds: float = 0.0


def main() -> None:
    parser = argparse.ArgumentParser(description="How one server bears a class.")
    parser.add_argument("--sessions", type=int, nargs="+", default=[30, 100])
    parser.add_argument("--seconds", type=float, default=60.0, help="length of the class")
    parser.add_argument("--tabs", type=int, default=3, help="real Chromium tabs")
    parser.add_argument("--quick", action="store_true", help="5 sessions, one tab, short runs")
    arguments = parser.parse_args()
    query: dict[str, str] = {}
    if arguments.quick:
        arguments.sessions, arguments.seconds, arguments.tabs = [5], 10.0, 2
        query = {"epochs": "20"}
    for sessions in arguments.sessions:
        quiet()
        measured = measure(sessions, arguments.seconds, arguments.tabs, query)
        show(f"{sessions} sessions on one server", rows(measured), notes(measured))


def measure(sessions: int, seconds: float, tabs: int, query: dict[str, str]) -> Measured:
    """Measure a new server with so many sessions."""
    measured = Measured(sessions)
    with serve((*APP, f"--server.disconnectedSessionTTL={FORGET_SECONDS}")) as server:
        server.wait_ready()
        asyncio.run(_measure(server, measured, seconds, tabs, query))
        measured.problems += server.complaints()
    return measured


async def _measure(
    server: Server, measured: Measured, seconds: float, tabs: int, query: dict[str, str]
) -> None:
    await _first_visit(server)
    measured.before_mb = _memory(server)
    watch = asyncio.create_task(_watch_memory(server, measured))
    await _class(server, measured, seconds, tabs, query)
    await _train_together(server, measured, query)
    watch.cancel()
    await _forgotten()
    measured.after_mb = _memory(server)
    measured.threads = psutil.Process(server.process.pid).num_threads()
    for browser in (*measured.browsers, *measured.train):
        measured.problems += browser.problems


async def _first_visit(server: Server) -> None:
    """The first visitor loads what all others use, and leaves."""
    first = SimulatedBrowser(server.url)
    await first.open("lab", "epochs=20")
    await first.press("Train")
    await first.until(idle, 60)
    await first.leave()
    await _forgotten()


async def _class(
    server: Server, measured: Measured, seconds: float, tabs: int, query: dict[str, str]
) -> None:
    real = RealTabs(server, tabs)
    real.start()
    measured.browsers = [SimulatedBrowser(server.url) for _ in range(measured.sessions)]
    before, began = processor_seconds(server.process.pid), time.perf_counter()
    visits = [
        visit(browser, seed, began + seconds, _experiment(seed, query))
        for seed, browser in enumerate(measured.browsers)
    ]
    await asyncio.gather(*visits)
    measured.seconds = time.perf_counter() - began
    after = processor_seconds(server.process.pid)
    measured.used = {part: after[part] - before[part] for part in before}
    await asyncio.to_thread(real.end)
    measured.tab_seconds, measured.problems = real.seconds, real.problems


async def _train_together(server: Server, measured: Measured, query: dict[str, str]) -> None:
    measured.train = [SimulatedBrowser(server.url) for _ in range(measured.sessions)]
    for seed, browser in enumerate(measured.train):
        await browser.open("lab", _experiment(1000 + seed, query))
        browser.answers.clear()  # only what comes after the clicks is measured
    others = [SimulatedBrowser(server.url) for _ in range(max(1, measured.sessions // 10))]
    for other in others:
        await other.open("lab")
        other.answers.clear()
    tinkers = [asyncio.create_task(tinker(other, seed)) for seed, other in enumerate(others)]
    measured.clicks = await press_together(measured.train, within=1.0)
    for task in tinkers:
        task.cancel()
    measured.train += others
    for browser in measured.train:
        await browser.leave()


def _experiment(seed: int, query: dict[str, str]) -> str:
    return urlencode(query | {"seed": str(seed)})


async def _forgotten() -> None:
    """Wait until the server has forgotten those who left, and has given their memory back."""
    await asyncio.sleep(FORGET_SECONDS + 2 * LOOK_SECONDS)


async def _watch_memory(server: Server, measured: Measured) -> None:
    while True:
        measured.most_mb = max(measured.most_mb, _memory(server))
        await asyncio.sleep(0.5)


def _memory(server: Server) -> float:
    return float(psutil.Process(server.process.pid).memory_info().rss) / MB


# -- the table ---------------------------------------------------------------------------------


def rows(measured: Measured) -> list[Row]:
    """The lines of the table."""
    asked = [a for browser in measured.browsers for a in browser.answers]
    shown = [one for browser in measured.browsers for one in browser.shown]
    later = [a for browser in measured.train for a in browser.answers]
    ended = [click.seconds for click in measured.clicks if click.seconds is not None]
    swapped, count = out_of_order(measured.clicks), len(measured.clicks)
    afterwards = measured.after_mb / measured.before_mb
    a_session = (measured.most_mb - measured.before_mb) / measured.sessions
    return [
        *_spread("class: rerun", _seconds(asked, "open", "change", "click"), most=RERUN),
        *_spread("class: refresh of the live panel", _seconds(asked, "live")),
        *_spread("class: age of the live panel", _ages(shown, "Epoch")),
        *_spread("class: age of the place in the queue", _ages(shown, "In the queue")),
        *_spread("class: changed option on the screen of a real tab", measured.tab_seconds),
        Row(
            f"Train: told their place at once, of {count}", _told(measured.clicks), "", least=count
        ),
        Row(f"Train: finished, of {count}", len(ended), "", least=count),
        Row("Train: pairs that began in the other order", len(swapped), "", most=0),
        Row("Train: these clicks were apart, at most", max(swapped, default=0.0), "s"),
        Row("Train: the last has its result after", max(ended, default=float("inf")), "s"),
        *_spread("Train: click", _seconds(later, "click"), most=RERUN),
        *_spread("Train: rerun of the others", _seconds(later, "change"), most=RERUN),
        *_spread("Train: refresh of the live panel", _seconds(later, "live")),
        Row("memory of the web process before", measured.before_mb, "MB"),
        Row("memory of a session", a_session, "MB", most=SESSION_MB),
        Row("memory afterwards", measured.after_mb, "MB"),
        Row("memory afterwards against before", afterwards, "x", most=AFTERWARDS),
        Row("threads of the web process afterwards", measured.threads, ""),
        Row("errors", len(measured.problems), "", most=0),
    ]


def notes(measured: Measured) -> list[str]:
    """Who used the processors during the class, and what went wrong."""
    used = ", ".join(f"{part} {used:.0f} s" for part, used in measured.used.items() if used)
    counted = {problem: measured.problems.count(problem) for problem in measured.problems}
    return [
        f"processors during the class ({measured.seconds:.0f} s): {used}",
        *(f"error, {times} times: {problem}" for problem, times in counted.items()),
    ]


def _seconds(answers: Iterable[Answer], *kinds: str) -> list[float]:
    return [answer.seconds for answer in answers if answer.kind in kinds]


def _ages(shown: Iterable[Shown], words: str) -> list[float]:
    return [
        one.replaced for one in shown if one.replaced is not None and one.progress.startswith(words)
    ]


def _told(clicks: Sequence[Click]) -> int:
    return sum(click.told for click in clicks)


def _spread(what: str, seconds: Sequence[float], most: float | None = None) -> list[Row]:
    """The median, p95 and p99. The target is for p95."""
    if not seconds:
        return []
    p50, p95, p99 = np.percentile(seconds, [50, 95, 99])
    return [
        Row(f"{what}, {len(seconds)} times: p50", float(p50), "s"),
        Row(f"{what}: p95", float(p95), "s", most=most),
        Row(f"{what}: p99", float(p99), "s"),
    ]


if __name__ == "__main__":
    main()
