"""What people do with a simulated browser: they read, change options, train, watch, leave."""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass

from tests.benchmarks._page import ShownPage, Value
from tests.benchmarks._simulated import Shown, SimulatedBrowser

__all__ = ["Click", "out_of_order", "press_together", "tinker", "visit"]

#: A person reads for so many seconds between two actions.
PAUSE_SECONDS = (1.0, 4.0)
#: A run of a class ends in this time, with all the runs before it.
RUN_SECONDS = 900.0


def _change(dice: random.Random) -> tuple[str, Value]:
    options: Sequence[tuple[str, Value]] = (
        ("Window (values)", dice.randint(5, 40)),
        ("Hidden size (units)", dice.randint(8, 50)),
        ("Noise", dice.randint(0, 20) / 100),
        ("Warm start", dice.random() < 0.5),
        ("Signal", dice.choice(("Sine", "Square", "Chirp"))),
        ("Cell", dice.choice(("GRU", "LSTM"))),
    )
    return dice.choice(options)


def idle(page: ShownPage) -> bool:
    """Whether a run can be started: nothing runs."""
    return page.button("Train") is not None


async def visit(browser: SimulatedBrowser, seed: int, until: float, query: str = "") -> None:
    """One person who uses the Lab until that moment (`perf_counter`), and leaves."""
    dice = random.Random(seed)
    await asyncio.sleep(dice.uniform(0, PAUSE_SECONDS[1]))
    await browser.open("lab", query)
    for action in _actions(browser, dice, query, until):
        if time.perf_counter() > until:
            break
        await action()
    await browser.leave()


def _actions(
    browser: SimulatedBrowser, dice: random.Random, query: str, until: float
) -> Iterator[Callable[[], Awaitable[object]]]:
    def read() -> Awaitable[object]:
        return asyncio.sleep(dice.uniform(*PAUSE_SECONDS))

    while True:
        for _ in range(dice.randint(1, 4)):
            yield read
            yield lambda: browser.change(*_change(dice))
        yield read
        yield lambda: browser.press("Train")
        habit = dice.random()
        if habit < 0.2:  # looks at another page during the run
            yield from (read, lambda: browser.go("Home"), read, lambda: browser.go("Lab"))
        elif habit < 0.35:  # the connection is lost for a moment
            yield from (browser.leave, read, browser.come_back)
        elif habit < 0.5:  # closes the tab, and opens a new one
            yield from (read, browser.leave, read, lambda: browser.open("lab", query))
        yield lambda: browser.until(idle, until - time.perf_counter())
        yield read


async def tinker(browser: SimulatedBrowser, seed: int) -> None:
    """One person who changes an option about every second, until the task is cancelled."""
    dice = random.Random(seed)
    while True:
        await asyncio.sleep(dice.uniform(0.5, 1.5))
        await browser.change(*_change(dice))


@dataclass(frozen=True)
class Click:
    """A click on Train, and what its page said about the run.

    Attributes:
        at: the moment of the click.
        told: whether the page said at once that the run goes on, is next, or has runs before it.
        waiting: the last moment at which the page said that the run waits.
        begun: the first moment at which the page said that the run has begun.
        seconds: the time from the click to the result; None without one.
    """

    at: float
    told: bool
    waiting: float
    begun: float
    seconds: float | None


async def press_together(browsers: Sequence[SimulatedBrowser], within: float) -> list[Click]:
    """All browsers press Train `within` so many seconds. Each one waits for its result."""
    pause = within / max(1, len(browsers))
    return await asyncio.gather(*(_press(b, k * pause) for k, b in enumerate(browsers)))


async def _press(browser: SimulatedBrowser, pause: float) -> Click:
    await asyncio.sleep(pause)
    before, at = len(browser.shown), time.perf_counter()
    pressed = await browser.press("Train")
    finished = pressed and await browser.until(idle, RUN_SECONDS)
    end = time.perf_counter()
    shown = browser.shown[before:]
    waiting = [one.asked for one in shown if _waits(one)]
    begun = [one.came for one in shown if not _waits(one)]
    return Click(
        at,
        told=bool(shown and shown[0].progress),
        waiting=max(waiting, default=at),
        begun=min(begun, default=float("inf")),
        seconds=end - at if finished else None,
    )


def _waits(one: Shown) -> bool:
    return one.progress.startswith(("In the queue", "Your run is next", "Your run waits"))


def out_of_order(clicks: Sequence[Click]) -> list[float]:
    """Pairs of clicks whose runs began in the wrong order: the seconds between both clicks.

    A pair counts if the later run had begun while the page of the earlier one said that it waits.
    """
    ordered = sorted(clicks, key=lambda click: click.at)
    return [
        later.at - earlier.at
        for k, earlier in enumerate(ordered)
        for later in ordered[k + 1 :]
        if later.begun < earlier.waiting
    ]
