"""How fast do Learn and Inside answer?

    python -m tests.benchmarks.inside [--visits 10] [--answers 60]

A real Chromium measures with the clock of the page, from the event in the browser (its `timeStamp`)
to the frame that shows the answer:

- first number: from the click on a guess to the first number of the drawing, each time in a new
  browser context. The server draws the page again in between;
- highlight: from the moment when the pointer enters a number or a symbol of the slow-motion step,
  to its lit counterparts;
- surgery: from a click or an input event to the new forecast of the gate film, for the default
  settings (hidden size 50, window 10, a forecast of 200 steps), trained in the Lab first.
"""

from __future__ import annotations

import argparse

from playwright.sync_api import Browser, Page

from pages.ui.messages import messages
from tests.benchmarks._machine import quiet
from tests.benchmarks._server import Server, browser, finished, lab, ready_app
from tests.benchmarks._table import Row, median, p95, show
from tests.benchmarks.latency import AFTER_PAINT

#: Seconds from the guess to the first number; milliseconds of a highlight and of a surgery.
FIRST, HIGHLIGHT, SURGERY = 1.0, 50, 150

#: What shows that a drawing has its first number, by screen.
SCREENS = {
    ("learn", "step"): ".gru-step .number[data-value]",
    ("inside", "film"): ".gru-film[data-values]",
}

# A component has a document of its own (a shadow root), where `document.querySelector` cannot look.
_DEEP = """
window.deep = (selector) => {
  for (const { shadowRoot } of document.querySelectorAll("*")) {
    const one = shadowRoot?.querySelector(selector);
    if (one) return one;
  }
  return document.querySelector(selector);
};
"""
_WATCH_GUESS = """
(selector) => {
  const watch = (window.guessWatch = { clicked: null, drawn: null });
  const look = () => {
    if (!deep(selector)) return requestAnimationFrame(look);
    window.afterPaint((now) => { watch.drawn = now; });
  };
  addEventListener("click", ({ timeStamp }) => { watch.clicked ??= timeStamp; }, true);
  look();
}
"""
# Milliseconds from each event of a kind to the next frame. `changed` says whether it had an effect.
_TIME_EVENTS = """
([kind, selector, attribute]) => {
  const root = deep(selector);
  const times = (window.answerTimes = []);
  let before = root.getAttribute(attribute);
  root.addEventListener(kind, ({ timeStamp }) => {
    window.afterPaint((now) => {
      const after = root.getAttribute(attribute);
      if (after !== before && after) times.push(now - timeStamp);
      before = after;
    });
  }, true);
}
"""


def main() -> None:
    parser = argparse.ArgumentParser(description="How fast Learn and Inside answer.")
    parser.add_argument("--visits", type=int, default=10, help="new visitors for each screen")
    parser.add_argument("--answers", type=int, default=60, help="highlights, and surgeries")
    arguments = parser.parse_args()
    rows: list[Row] = []
    with browser() as chromium, ready_app() as server:
        for page, name in SCREENS:
            rows += first_numbers(chromium, server, page, name, arguments.visits)
        rows += highlights(chromium, server, arguments.answers)
        rows += surgeries(chromium, server, arguments.answers)
    show("How fast Learn and Inside answer", rows)


def first_numbers(chromium: Browser, server: Server, page: str, name: str, count: int) -> list[Row]:
    """Seconds from the click on a guess to the first number of the drawing."""
    seconds = []
    for _ in range(count):
        context = chromium.new_context()
        tab = context.new_page()
        _open(tab, server, page, name)
        tab.evaluate(_WATCH_GUESS, SCREENS[page, name])
        quiet()
        _guess(tab, name)
        tab.wait_for_function("guessWatch.drawn !== null", timeout=60_000)
        seconds.append(tab.evaluate("guessWatch.drawn - guessWatch.clicked") / 1000)
        context.close()
    what = f"guess to first number, {messages(name)('title')}, {count} visits"
    return [
        Row(f"{what}: median", median(seconds), "s", most=FIRST),
        Row(f"{what}: p95", p95(seconds), "s", most=FIRST),
    ]


def highlights(chromium: Browser, server: Server, count: int) -> list[Row]:
    """Milliseconds from the pointer on a number or a symbol to its lit counterparts."""
    context = chromium.new_context(reduced_motion="reduce")
    tab = context.new_page()
    _open(tab, server, "learn", "step")
    _guess(tab, "step")
    parts = tab.locator(".gru-step .number:visible, .gru-step [data-symbol]:visible")
    parts.first.wait_for()
    tab.evaluate(_TIME_EVENTS, ["pointerover", ".gru-step", "data-lit"])
    quiet()
    for k in range(count):
        parts.nth((7 * k) % parts.count()).hover(force=True)
        tab.wait_for_timeout(50)
    times = tab.evaluate("answerTimes")
    context.close()
    what = f"pointer on a part to lit counterparts, {len(times)} times"
    return [
        Row(f"{what}: median", median(times), "ms"),
        Row(f"{what}: p95", p95(times), "ms", most=HIGHLIGHT),
    ]


def surgeries(chromium: Browser, server: Server, count: int) -> list[Row]:
    """Milliseconds from a change of a unit to the new forecast, at the default size."""
    context = chromium.new_context()
    tab = context.new_page()
    tab.add_init_script(AFTER_PAINT + _DEEP)
    lab(tab, server)
    tab.get_by_role("button", name="Train", exact=True).click()
    finished(tab)
    tab.get_by_role("link", name="Inside").first.click()
    tab.get_by_role("radiogroup").first.wait_for()
    _guess(tab, "film")
    tab.locator(".gru-film[data-values]").wait_for()
    rows = []
    for what, kind in (("mute a unit", "click"), ("drag the value of a held gate", "input")):
        tab.evaluate(_TIME_EVENTS, [kind, ".gru-film", "data-values"])
        quiet()
        for k in range(count // 2):
            _mute(tab, k) if kind == "click" else _hold(tab, k)
            tab.wait_for_timeout(50)
        times = tab.evaluate("answerTimes")
        name = f"{what} to new forecast, {len(times)} times"
        rows += [
            Row(f"{name}: median", median(times), "ms"),
            Row(f"{name}: p95", p95(times), "ms", most=SURGERY),
        ]
    context.close()
    return rows


def _mute(tab: Page, k: int) -> None:
    film = tab.locator(".gru-film")
    if k % 2:
        film.locator("[data-do=undo]").click()
        return
    film.locator("[name=unit]").fill(str(1 + k % 50))
    film.locator("[data-do=mute]").click()


def _hold(tab: Page, k: int) -> None:
    film = tab.locator(".gru-film")
    if k == 0:
        film.locator("[data-do=hold]").click()
    film.locator("[name=hold]").fill(str((k % 20) / 20))


def _open(tab: Page, server: Server, page: str, name: str) -> None:
    tab.add_init_script(AFTER_PAINT + _DEEP)
    tab.goto(f"{server.url}/{page}?{page}={name}")
    tab.get_by_role("radiogroup").last.wait_for(timeout=60_000)


def _guess(tab: Page, name: str) -> None:
    choice = next(iter(messages(name).group("predict.choices").values()))
    tab.get_by_text(choice, exact=True).click()


if __name__ == "__main__":
    main()
