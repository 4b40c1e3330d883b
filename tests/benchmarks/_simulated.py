"""A simulated browser: it sends what the page of Streamlit 1.67 sends, and draws nothing.

Seen in Chromium, and held to it by `tests/browser/test_load.py`:

- every message holds the values of all controls, the address and the large messages that are kept;
- a live part of the page has a timer. At each tick it is asked for, whether the last answer has
  come or not. The server joins requests that wait;
- a run of the whole page ends all timers. The page sets them again as it is drawn.

A real browser also loads 9 MB of code, once. This one does not.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal

from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed
from websockets.typing import Subprotocol

from tests.benchmarks._page import ShownPage, Value

__all__ = ["Answer", "Shown", "SimulatedBrowser"]

#: What was asked of the server: a page, a changed option, a click, or a live part by its timer.
Kind = Literal["open", "change", "click", "live"]
#: Longer than this, nobody waits for a page.
PATIENCE_SECONDS = 60.0


@dataclass(frozen=True)
class Answer:
    """A request, when it was sent, and when its run of the script had finished."""

    kind: Kind
    asked: float
    came: float

    @property
    def seconds(self) -> float:
        return self.came - self.asked


@dataclass(frozen=True)
class Shown:
    """What the progress bar said. The server wrote it between `asked` and `came`.

    `replaced` is how old the last one had become at `came`. It is None for the first one.
    """

    asked: float
    came: float
    progress: str
    replaced: float | None


@dataclass
class _Request:
    kind: Kind
    sent: float
    answered: asyncio.Future[float] | None = None


@dataclass
class SimulatedBrowser:
    """One browser tab. `server` is the address of the server, such as `http://127.0.0.1:8501`.

    Attributes:
        page: what it shows.
        answers: all answers so far.
        shown: what the progress bar has said so far.
        problems: what went wrong, in words.
    """

    server: str
    page: ShownPage = field(default_factory=ShownPage)
    answers: list[Answer] = field(default_factory=list)
    shown: list[Shown] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    sent: list[BackMsg] = field(default_factory=list)
    _path: str = ""
    _session: str = ""
    _socket: ClientConnection | None = None
    _reader: asyncio.Task[None] | None = None
    _timers: dict[str, asyncio.Task[None]] = field(default_factory=dict)
    _waiting: list[_Request] = field(default_factory=list)
    _began: float = 0.0
    _drawn: asyncio.Event = field(default_factory=asyncio.Event)

    # -- what a person does --------------------------------------------------------------------

    async def open(self, path: str = "lab", query: str = "") -> None:
        """Open a page by its address, in a new session."""
        await self.leave()
        self.page, self._path, self._session = ShownPage(query), path, ""
        await self._connect()
        await self._ask("open", page_name=path)

    async def come_back(self) -> None:
        """Connect again after `leave`, like a browser that lost its connection."""
        await self._connect()
        await self._ask("open")

    async def leave(self) -> None:
        """Close the tab."""
        socket, self._socket = self._socket, None
        self._end_timers()
        if socket is not None:
            await socket.close()
        if self._reader is not None:
            await self._reader
            self._reader = None
        self._waiting.clear()
        self.shown.append(Shown(time.perf_counter(), time.perf_counter(), "", None))

    async def change(self, label: str, value: Value) -> None:
        """Change an option."""
        self.page.set(label, value)
        await self._ask("change")

    async def press(self, label: str) -> bool:
        """Press a button. Returns False if it is not there or disabled."""
        button = self.page.button(label)
        if button is not None:
            await self._ask("click", pressed=button)
        return button is not None

    async def go(self, title: str) -> None:
        """Go to another page with the links at the top."""
        self._end_timers()
        self.page.leave(title)
        await self._ask("open", values=False)
        self._path = "" if title == "Home" else title.lower()

    async def until(self, seen: Callable[[ShownPage], bool], seconds: float) -> bool:
        """Wait until the page shows something. Returns False after so many seconds."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                while not seen(self.page):
                    self._drawn.clear()
                    await self._drawn.wait()
        return seen(self.page)

    # -- the connection ------------------------------------------------------------------------

    async def _connect(self) -> None:
        # The page sends a token, and the session that it had, as if they were protocols.
        names = ["streamlit", "PLACEHOLDER_AUTH_TOKEN", *([self._session] if self._session else [])]
        self._socket = await connect(
            f"{self.server.replace('http', 'ws', 1)}/_stcore/stream",
            subprotocols=[Subprotocol(name) for name in names],
            additional_headers={"Origin": self.server},
            max_size=None,
            open_timeout=PATIENCE_SECONDS,
            proxy=None,
        )
        self._reader = asyncio.create_task(self._read(self._socket))

    async def _read(self, socket: ClientConnection) -> None:
        try:
            async for data in socket:
                assert isinstance(data, bytes)
                self._take(ForwardMsg.FromString(data))
        except ConnectionClosed:
            pass
        if self._socket is socket:
            self._socket = None
            self._end_timers()
            self.problems.append("the server closed the connection")

    def _take(self, message: ForwardMsg) -> None:
        self.page.take(message)
        kind = message.WhichOneof("type")
        if kind == "new_session":
            self._began = time.perf_counter()
            self._session = message.new_session.initialize.session_id
            if not self.page.fragments:
                self._end_timers()
        elif kind == "auto_rerun":
            self._start_timer(message.auto_rerun.fragment_id, message.auto_rerun.interval)
        elif kind == "stop_auto_rerun":
            for fragment in message.stop_auto_rerun.fragment_ids:
                self._end_timer(fragment)
        elif kind == "script_finished":
            self._finish(message.script_finished)

    def _finish(self, status: int) -> None:
        if status == ForwardMsg.FINISHED_EARLY_FOR_RERUN:
            return
        if status == ForwardMsg.FINISHED_WITH_COMPILE_ERROR:
            self.problems.append("the page has an error in its code")
        now, whole = time.perf_counter(), not self.page.fragments
        done = [r for r in self._waiting if r.sent <= self._began and (whole or r.kind == "live")]
        for request in done:
            self._waiting.remove(request)
            self.answers.append(Answer(request.kind, request.sent, now))
            if request.answered is not None and not request.answered.done():
                request.answered.set_result(now)
        for error in self.page.errors():
            if error not in self.problems:
                self.problems.append(error)
        self._remember(done, now)
        self._drawn.set()

    def _remember(self, done: list[_Request], now: float) -> None:
        asked = max((request.sent for request in done), default=self._began)
        before = self.shown[-1] if self.shown and self.shown[-1].progress else None
        replaced = now - before.asked if before else None
        self.shown.append(Shown(asked, now, self.page.progress, replaced))

    # -- what it sends -------------------------------------------------------------------------

    async def _ask(
        self, kind: Kind, *, page_name: str = "", pressed: str | None = None, values: bool = True
    ) -> None:
        """Send a request, and wait until the page is complete."""
        answered = asyncio.get_running_loop().create_future()
        await self._send(_Request(kind, time.perf_counter(), answered), page_name, pressed, values)
        try:
            async with asyncio.timeout(PATIENCE_SECONDS):
                await answered
        except TimeoutError:
            self.problems.append(f"no answer to '{kind}' in {PATIENCE_SECONDS:g} s")

    async def _send(
        self,
        request: _Request,
        page_name: str = "",
        pressed: str | None = None,
        values: bool = True,
        fragment: str = "",
    ) -> None:
        message = BackMsg()
        state = message.rerun_script
        state.query_string = self.page.query
        state.page_name = page_name
        state.page_script_hash = "" if page_name else self.page.script
        state.widget_states.widgets.extend(self.page.states(pressed) if values else [])
        state.fragment_id, state.is_auto_rerun = fragment, bool(fragment)
        state.cached_message_hashes.extend(self.page.large())
        context = state.context_info
        context.timezone, context.timezone_offset, context.locale = "UTC", 0, "en-US"
        context.url = f"{self.server}/{self._path}"
        context.is_embedded, context.color_scheme = False, "light"
        self.sent = [*self.sent[-9:], message]
        if self._socket is None:
            self.problems.append("there is no connection")
            return
        self._waiting.append(request)
        with contextlib.suppress(ConnectionClosed):  # `_read` reports it
            await self._socket.send(message.SerializeToString())

    # -- timers --------------------------------------------------------------------------------

    def _start_timer(self, fragment: str, seconds: float) -> None:
        self._end_timer(fragment)
        self._timers[fragment] = asyncio.create_task(self._tick(fragment, seconds))

    async def _tick(self, fragment: str, seconds: float) -> None:
        due = time.perf_counter()
        while True:
            due = max(due + seconds, time.perf_counter())
            await asyncio.sleep(due - time.perf_counter())
            await self._send(_Request("live", time.perf_counter()), fragment=fragment)

    def _end_timer(self, fragment: str) -> None:
        timer = self._timers.pop(fragment, None)
        if timer is not None:
            timer.cancel()

    def _end_timers(self) -> None:
        for fragment in list(self._timers):
            self._end_timer(fragment)
