"""A few real Chromium tabs on the Lab, in a thread of their own, while others load the server."""

from __future__ import annotations

import threading

from playwright.sync_api import Error, Page

from tests.benchmarks._server import Server, browser, lab
from tests.benchmarks.latency import AFTER_PAINT, change_window, windows_to_train_on

__all__ = ["RealTabs"]

#: A person reads for so many milliseconds between two changes.
PAUSE_MS = 1000


class RealTabs(threading.Thread):
    """One tab trains again and again. In the others, the window is changed.

    Attributes:
        seconds: from Enter to the new caption on the screen, for each change.
        problems: what the tabs wrote to their consoles, and what did not work.
    """

    def __init__(self, server: Server, count: int) -> None:
        super().__init__(name="tabs")
        self.seconds: list[float] = []
        self.problems: list[str] = []
        self._server, self._count = server, count
        self._over = threading.Event()

    def run(self) -> None:
        """Use the tabs until `end` is called."""
        with browser() as chromium:
            pages = [chromium.new_context().new_page() for _ in range(self._count)]
            try:
                for page in pages:
                    self._open(page)
                windows = windows_to_train_on(pages[0]) + 10 if pages else 0
                value = 11
                while pages and not self._over.is_set():
                    self._train(pages[0])
                    for page in pages[1:]:
                        page.wait_for_timeout(PAUSE_MS)
                        moments = change_window(page, value, windows - value)
                        self.seconds.append((moments["caption"] - moments["entered"]) / 1000)
                    value = 11 + (value - 10) % 30
            except Error as error:
                self.problems.append(f"a real tab: {error.message}")

    def end(self) -> None:
        """Close the tabs, and wait until they are closed."""
        self._over.set()
        self.join()

    def _open(self, page: Page) -> None:
        page.on("pageerror", lambda error: self.problems.append(f"a real tab: {error}"))
        page.add_init_script(AFTER_PAINT)
        lab(page, self._server)

    def _train(self, page: Page) -> None:
        train = page.get_by_role("button", name="Train", exact=True)
        if train.is_enabled():
            train.click()
        page.wait_for_timeout(PAUSE_MS)
