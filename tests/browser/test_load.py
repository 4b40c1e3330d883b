"""The simulated browsers of the load benchmark do what Chromium does."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

from playwright.sync_api import expect
from streamlit.proto.BackMsg_pb2 import BackMsg

from tests.benchmarks._people import Click, idle, out_of_order, press_together
from tests.benchmarks._simulated import SimulatedBrowser
from tests.browser.conftest import Server, Tab
from tests.waiting import PATIENCE

Result = TypeVar("Result")
TINY = "epochs=3&points=200&hidden_size=4"


def simulate(server: Server, act: Callable[[SimulatedBrowser], Awaitable[Result]]) -> Result:
    """Let one simulated browser act, and leave."""

    async def whole() -> Result:
        browser = SimulatedBrowser(server.url)
        result = await act(browser)
        await browser.leave()
        assert browser.problems == []
        return result

    return in_a_loop(whole())


def in_a_loop(whole: Coroutine[Any, Any, Result]) -> Result:
    """Run `whole` in a thread of its own, because Playwright's loop runs in this one."""
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(asyncio.run, asyncio.wait_for(whole, PATIENCE)).result()


def words(text: str) -> str:
    """The letters and digits of a text, without Markdown."""
    plain = re.sub(r":material/\w+:|\[([^]]*)\]\([^)]*\)", r"\1", text)
    return "".join(re.findall(r"\w+", plain))


def test_a_simulated_browser_sees_the_texts_of_the_page(tab: Tab, server: Server) -> None:
    async def lab(browser: SimulatedBrowser) -> list[str]:
        await browser.open("lab", TINY)
        await browser.change("Window (values)", 12)
        return browser.page.texts()

    # The estimate of the time changes when another worker was measured.
    texts = [text.partition(" · about ")[0] for text in simulate(server, lab)]
    tab.page.goto(f"{server.url}/lab?{TINY}&window=12")
    expect(tab.page.get_by_text("windows to train on")).to_be_visible()
    expect(tab.page.get_by_text("The words")).to_be_visible()
    expect(tab.page.get_by_text("Holdout", exact=True).first).to_be_attached()
    shown = words(tab.page.evaluate("document.body.textContent"))
    assert len(texts) > 30
    assert [text for text in texts if words(text.split("\n")[0]) not in shown] == []


def test_a_simulated_browser_sends_what_chromium_sends(tab: Tab, server: Server) -> None:
    sent: list[BackMsg] = []
    tab.page.on("websocket", lambda socket: socket.on("framesent", lambda data: keep(data)))

    def keep(data: Any) -> None:
        sent.append(BackMsg.FromString(data))

    tab.page.goto(f"{server.url}/lab?{TINY}")
    window = tab.page.get_by_role("spinbutton", name="Window (values)")
    expect(tab.chart("The series")).to_be_visible()
    window.fill("12")
    window.press("Enter")
    expect(tab.page).to_have_url(re.compile("window=12"))
    tab.train()

    async def lab(browser: SimulatedBrowser) -> list[BackMsg]:
        await browser.open("lab", TINY)
        await browser.change("Window (values)", 12)
        await browser.press("Train")
        return browser.sent

    simulated = simulate(server, lab)
    real = [message for message in sent if not message.rerun_script.fragment_id]
    assert len(simulated) >= 3
    for ours, theirs in zip(simulated[:3], real, strict=False):
        assert _content(ours) == _content(theirs)


def _content(message: BackMsg) -> dict[str, Any]:
    state = message.rerun_script
    return {
        "page": (state.page_name, state.page_script_hash),
        "query": sorted(state.query_string.split("&")),
        "controls": {one.id: one.SerializeToString() for one in state.widget_states.widgets},
        "fields": [descriptor.name for descriptor, _ in state.context_info.ListFields()],
    }


def test_simulated_browsers_train_watch_and_leave(server: Server) -> None:
    async def whole() -> list[SimulatedBrowser]:
        browsers = [SimulatedBrowser(server.url) for _ in range(3)]
        for seed, browser in enumerate(browsers):
            await browser.open("lab", f"epochs=60&seed={seed}")
        clicks = await press_together(browsers, within=0.1)
        assert all(click.told and click.seconds is not None for click in clicks)
        for browser in browsers:
            await browser.leave()
            await browser.come_back()
            assert any("Finished after 60 epochs" in text for text in browser.page.texts())
            assert idle(browser.page)
            await browser.leave()
        return browsers

    browsers = in_a_loop(whole())
    assert [browser.problems for browser in browsers] == [[], [], []]
    for browser in browsers:
        kinds = [answer.kind for answer in browser.answers]
        assert {"open", "click", "live"} == set(kinds)
        assert all(answer.came > answer.asked for answer in browser.answers)
        assert any(one.progress for one in browser.shown)


def test_a_run_that_passed_an_earlier_one_is_found() -> None:
    first = Click(at=0.0, told=True, waiting=5.0, begun=6.0, seconds=9.0)
    second = Click(at=0.1, told=True, waiting=2.0, begun=3.0, seconds=6.0)
    third = Click(at=0.2, told=True, waiting=6.0, begun=7.0, seconds=9.0)
    assert out_of_order([third, second, first]) == [0.1]
    assert out_of_order([first, third]) == []
