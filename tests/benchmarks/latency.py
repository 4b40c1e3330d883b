"""How long does a person wait for the app?

    python -m tests.benchmarks.latency [--clicks 10] [--starts 5] [--changes 30] [--only start ...]

A real Chromium measures, with the clock of the page. The time runs from the event in the browser
(its `timeStamp`) to the frame that shows the answer:

- click: from the click on Train to the first point of the training loss. It is measured on a new
  page, then on the same page with a result. The runs are long, and stopped then: a default run can
  end before its first loss is drawn. Of a default run, the time to the chart of its result counts;
- start: from the start of the process to a visible heading, and of ours to the last one of Home.
  `streamlit run app.py` and `streamlit hello` take turns. Each start has a new server and a new
  browser context. Chromium is already running. The first pair does not count: it lets Python
  write its compiled files;
- first: from the start of the process to the first point of the training loss, if a person clicks
  on "Train a GRU now" as soon as Home shows it. Each time, the server and the browser context are
  new. The first time does not count;
- change: from Enter in the Window field of the sidebar to the new value in the caption, in the
  address and in the preview chart. A bare page with as many controls and a caption, in another
  tab, takes turns with the Lab: it shows what Streamlit needs on this machine.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Page

from tests.benchmarks._machine import quiet
from tests.benchmarks._server import APP, HELLO, ROOT, browser, finished, lab, ready_app, serve
from tests.benchmarks._table import Row, median, p95, show

#: Seconds from the click to the first loss; start-up against streamlit's own.
CLICK, START = 0.3, 1.2
#: Seconds from a changed option to the parts of the page that show it.
RERUN = {"caption": 0.1, "address": 0.15, "preview": 0.15}
#: Seconds from the start of the server to the first loss, with an immediate click.
FIRST = 6.0
#: Seconds from the click to the result of a default run.
RESULT = 1.5
#: A page without our code.
BARE = ("run", "tests/benchmarks/_bare_page.py")
#: The last heading of Home.
_LAST = "#the-words"
#: Where the first point of the loss is drawn, and the result.
_LOSS, _RESULT = (f".st-key-{key} .scatterlayer .trace path" for key in ("live-loss", "forecast"))

# The watched chart is new with every run: what is drawn there belongs to it.
_WATCH_CLICK = """
() => {
  const watch = (window.clickWatch = { clicked: null, drawn: null, selector: "none" });
  const look = () => {
    if (document.querySelector(watch.selector)) {
      watch.drawn = -1;
      window.afterPaint((now) => { watch.drawn = now; });
    } else {
      requestAnimationFrame(look);
    }
  };
  addEventListener("click", (event) => { watch.clicked = event.timeStamp; look(); }, true);
}
"""
AFTER_PAINT = """
window.afterPaint = (tell) => requestAnimationFrame(() => {
  const channel = new MessageChannel();
  channel.port1.onmessage = () => tell(performance.now());
  channel.port2.postMessage(null);
});
"""
# What the page shows for a new window: the caption, the query string, the preview's annotation.
_WATCH_CHANGE = """
([value, windows, parts]) => {
  const watch = { entered: null };
  for (const name of parts) watch[name] = null;
  window.changeWatch = watch;
  addEventListener("keydown", (event) => {
    if (event.key === "Enter") watch.entered = event.timeStamp;
  }, { capture: true, once: true });
  const shown = {
    caption: () => [...document.querySelectorAll('[data-testid="stCaptionContainer"]')].some(
      (element) => element.textContent.includes(`${windows} windows to train on`)),
    address: () => new URLSearchParams(location.search).get("window") === String(value),
    preview: () => [...document.querySelectorAll(".st-key-preview .annotation-text")].some(
      (element) => element.textContent === `window: ${value} values`),
  };
  const look = () => {
    for (const name of parts) {
      if (watch[name] === null && shown[name]()) {
        watch[name] = -1;
        window.afterPaint((now) => { watch[name] = now; });
      }
    }
    if (Object.values(watch).some((moment) => moment === null || moment < 0)) {
      requestAnimationFrame(look);
    }
  };
  look();
}
"""


def main() -> None:
    parser = argparse.ArgumentParser(description="How long the app keeps a person waiting.")
    parser.add_argument("--clicks", type=int, default=10, help="pairs of clicks on Train")
    parser.add_argument("--starts", type=int, default=5, help="pairs of starts")
    parser.add_argument("--changes", type=int, default=30)
    parser.add_argument("--only", nargs="*", default=["click", "start", "change", "first"])
    arguments = parser.parse_args()
    rows: list[Row] = []
    with browser() as chromium:
        if "click" in arguments.only:
            rows += clicks(chromium, arguments.clicks)
        if "change" in arguments.only:
            rows += changes(chromium, arguments.changes)
        if "start" in arguments.only:
            rows += starts(chromium, arguments.starts)
        if "first" in arguments.only:
            rows += first_runs(chromium, arguments.starts)
    show("How long the app keeps a person waiting", rows)


def clicks(chromium: Browser, count: int) -> list[Row]:
    """Seconds from the click to the first point of the loss, and to the result of a default run."""
    fresh, again, whole = [], [], []
    with ready_app() as server:
        for _ in range(count):
            page = _new_page(chromium)
            lab(page, server, "?epochs=5000")
            for times in (fresh, again):
                times.append(_click(page, _LOSS))
                page.get_by_role("button", name="Stop", exact=True).click()
                finished(page)
            page.context.close()
            page = _new_page(chromium)
            lab(page, server)
            whole.append(_click(page, _RESULT))
            page.context.close()
    rows = []
    for what, seconds, most in (
        ("first loss point, on a new page", fresh, CLICK),
        ("first loss point, after a result", again, CLICK),
        ("the result of a default run", whole, RESULT),
    ):
        name = f"click on Train to {what}, {len(seconds)} clicks"
        rows += [
            Row(f"{name}: median", median(seconds), "s", most=most),
            Row(f"{name}: p95", p95(seconds), "s", most=most),
        ]
    return rows


def _new_page(chromium: Browser) -> Page:
    page = chromium.new_context().new_page()
    page.add_init_script(f"{AFTER_PAINT}({_WATCH_CLICK})()")
    return page


def _click(page: Page, selector: str) -> float:
    """Click on Train. Returns after how many seconds `selector` is drawn."""
    quiet()  # what the page still draws belongs to what was before
    page.evaluate(
        "(selector) => Object.assign(clickWatch, { clicked: null, drawn: null, selector })",
        selector,
    )
    page.get_by_role("button", name="Train", exact=True).click()
    page.wait_for_function("clickWatch.drawn > 0", timeout=60_000)
    return float(page.evaluate("clickWatch.drawn - clickWatch.clicked")) / 1000


def changes(chromium: Browser, count: int) -> list[Row]:
    """Milliseconds from Enter in a number field to the new value on the page."""
    times: dict[str, list[float]] = {name: [] for name in (*RERUN, "bare")}
    with ready_app() as server, serve(BARE) as bare_server:
        bare_server.wait_listening()
        page, bare = (chromium.new_context().new_page() for _ in range(2))
        for one in (page, bare):
            one.add_init_script(AFTER_PAINT)
        lab(page, server)
        bare.goto(bare_server.url)
        bare.get_by_text("windows to train on").wait_for(timeout=60_000)
        at_first = {one: windows_to_train_on(one) + 10 for one in (page, bare)}
        for value in range(11, 11 + count):
            for one, parts in ((page, list(RERUN)), (bare, ["caption"])):
                one.bring_to_front()
                one.wait_for_timeout(300)  # a person reads before the next change
                moments = change_window(one, value, at_first[one] - value, parts)
                for part in parts:
                    name = part if one is page else "bare"
                    times[name].append(moments[part] - moments["entered"])
    rows = []
    for name, ms in times.items():
        what = f"option changed to {name}" if name in RERUN else "the same to a bare page's caption"
        most = 1000 * RERUN[name] if name in RERUN else None
        rows += [
            Row(f"{what}, {len(ms)} changes: median", median(ms), "ms"),
            Row(f"{what}, {len(ms)} changes: p95", p95(ms), "ms", most=most),
        ]
    ratio = median(times["caption"]) / median(times["bare"])
    return [*rows, Row("caption, the Lab against the bare page, medians", ratio, "x")]


def windows_to_train_on(page: Page) -> int:
    """How many windows the Lab says that it trains on."""
    text = page.get_by_text("windows to train on").inner_text()
    return int(text.split()[0].replace(",", ""))


def change_window(
    page: Page, value: int, windows: int, parts: Iterable[str] = tuple(RERUN)
) -> dict[str, Any]:
    """Change the window of the Lab. Returns when each of the parts showed it, in ms."""
    field = page.get_by_role("spinbutton", name="Window (values)")
    field.fill(str(value))
    page.evaluate(_WATCH_CHANGE, [value, windows, list(parts)])
    field.press("Enter")
    page.wait_for_function(
        "Object.values(changeWatch).every((moment) => moment > 0)", timeout=60_000
    )
    moments: dict[str, Any] = page.evaluate("changeWatch")
    return moments


def starts(chromium: Browser, count: int) -> list[Row]:
    """Seconds from the start of the process to the first page."""
    ours, whole, theirs = [], [], []
    with tempfile.TemporaryDirectory() as elsewhere:  # where no settings of ours are found
        for pair in range(count + 1):
            first, all_parts = _start(chromium, APP, ROOT, "h1", _LAST)
            [second] = _start(chromium, HELLO, Path(elsewhere), "h1")
            if pair:
                ours.append(first)
                whole.append(all_parts)
                theirs.append(second)
    return [
        Row(f"streamlit run app.py to first page, median of {count}", median(ours), "s"),
        Row(f"streamlit run app.py to all of Home, median of {count}", median(whole), "s"),
        Row(f"streamlit hello to first page, median of {count}", median(theirs), "s"),
        Row("ratio of the medians", median(ours) / median(theirs), "x", most=START),
    ]


def _start(chromium: Browser, command: tuple[str, ...], cwd: Path, *parts: str) -> list[float]:
    """When each of `parts` was visible, in seconds after the start of the process."""
    context = chromium.new_context()
    page = context.new_page()
    quiet()
    with serve(command, cwd) as server:
        server.wait_listening()
        page.goto(server.url, wait_until="commit")
        seconds = []
        for part in parts:
            page.locator(part).first.wait_for(state="visible", timeout=60_000)
            seconds.append(time.perf_counter() - server.began)
        page.close()
    context.close()
    return seconds


def first_runs(chromium: Browser, count: int) -> list[Row]:
    """Seconds from the start of the process to the first point of the loss."""
    seconds = [_first_run(chromium) for _ in range(count + 1)][1:]
    name = f"streamlit run app.py to first loss point, click on Train at once, {count} starts"
    return [
        Row(f"{name}: median", median(seconds), "s", most=FIRST),
        Row(f"{name}: longest", max(seconds), "s"),
    ]


def _first_run(chromium: Browser) -> float:
    context = chromium.new_context()
    page = context.new_page()
    quiet()
    with serve(APP) as server:
        server.wait_listening()
        page.goto(server.url, wait_until="commit")
        page.get_by_role("button", name="Train a GRU now").click(timeout=60_000)
        page.locator(f"{_LOSS}, {_RESULT}").first.wait_for(state="attached", timeout=120_000)
        seconds = time.perf_counter() - server.began
        page.close()
    context.close()
    return seconds


if __name__ == "__main__":
    main()
