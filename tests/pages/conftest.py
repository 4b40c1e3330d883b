"""Shared by the tests of the pages: one engine, and visitors that use a page as a user would.

Every run of a page must end without a traceback. A wait ends with its condition. After `PATIENCE`
it fails with a message.
"""

from __future__ import annotations

import json
import re
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

import pytest
from streamlit.testing.v1 import AppTest

from gru_core import Result, run
from gru_core.engine import Engine, Job
from gru_core.engine.endings import Ending
from gru_core.experiment.experiment import GROUPS
from gru_core.teaching.exercises import EXERCISES
from pages.ui import installed, server
from tests.long_run import LINK
from tests.waiting import PATIENCE, stop_all

installed.need_no_components()  # as in the app; each `AppTest` would look for some

HERE = Path(__file__).parent
ROUTER = HERE.parents[1] / "pages" / "router.py"


class Visitor:
    """One session of the app, on one of its pages."""

    def __init__(self, page: str = "", query: dict[str, str] | None = None) -> None:
        self.app = AppTest.from_file(ROUTER, default_timeout=PATIENCE)
        if page:
            self.app.switch_page(page)
        self.app.query_params.update(query or {})
        self.unfold()
        self.look()

    def unfold(self) -> None:
        """Open what is folded away on the Lab. Its controls are drawn only while it is open."""
        for folded in ("share", *(f"advanced-{group}" for group in GROUPS)):
            self.app.session_state[folded] = True

    def look(self) -> None:
        """Run the page again, as its timer does during a run."""
        self.app.run()
        assert not self.app.exception, [exception.value for exception in self.app.exception]

    def until(self, condition: Callable[[], object], what: str) -> None:
        """Run the page again and again until `condition()` is true."""
        deadline = time.monotonic() + PATIENCE
        pause = threading.Event()
        while not condition():
            if time.monotonic() > deadline:
                pytest.fail(f"waited {PATIENCE:.0f} s without success: {what}; {self.text()}")
            pause.wait(0.05)
            self.look()

    def go(self, page: str) -> None:
        """Go to another page."""
        self.app.switch_page(page)
        self.unfold()
        self.look()

    def button(self, label: str) -> Any:
        """The one button with this label."""
        [button] = [button for button in self.app.button if button.label == label]
        return button

    def press(self, label: str) -> None:
        """Press a button and run the page."""
        assert not self.button(label).disabled, f"{label} cannot be pressed"
        self.button(label).click()
        self.look()

    def train(self) -> None:
        """Press Train and look until the run has ended."""
        self.press("Train")
        self.until(lambda: self.button("Stop").disabled, "the end of the run")

    @property
    def controls(self) -> dict[str, Any]:
        """The sidebar's controls by their keys, `option.window` or `signal.sine.span`."""
        kinds = ("number_input", "selectbox", "toggle")
        controls = [control for kind in kinds for control in self.app.sidebar.get(kind)]
        return {control.key: control for control in controls}

    def set(self, option: str, value: Any) -> None:
        """Set an option by its control."""
        self.controls[f"option.{option}"].set_value(value)
        self.look()

    def value(self, option: str) -> Any:
        """The value that an option's control shows."""
        return self.controls[f"option.{option}"].value

    def markdown(self, *kinds: str) -> str:
        """All texts of the page, or the texts of some kinds, as Markdown."""
        kinds = kinds or ("error", "warning", "info", "success", "caption", "markdown")
        return "\n".join(str(element.value) for kind in kinds for element in self.app.get(kind))

    def text(self, *kinds: str) -> str:
        """The same texts without Markdown escapes, as a user reads them."""
        return re.sub(r"\\([^\w\s])", r"\1", self.markdown(*kinds))

    @property
    def address(self) -> dict[str, str]:
        """The query that the browser shows in its address."""
        if not (drawn := self._components("gru_lab_address")):
            return {name: str(value) for name, value in self.app.query_params.items()}
        [one] = drawn
        return dict(parse_qsl(json.loads(one.proto.json)["query"], keep_blank_values=True))

    def _components(self, name: str) -> list[Any]:
        drawn = self.app.get("bidi_component")
        return [element for element in drawn if element.proto.component_name == name]

    @property
    def charts(self) -> dict[str, dict[str, Any]]:
        """The data of the charts by their keys: `figure`, and its description `alt`.

        One without data is there to be loaded.
        """
        drawn = {}
        for element in self._components("gru_lab_chart"):
            if element.proto.json:
                data = json.loads(element.proto.json)
                drawn[element.key] = data | {"figure": json.loads(data["figure"])}
        return drawn

    @property
    def progress(self) -> list[str]:
        """What the visible progress bars say. One without words is there to be loaded."""
        said = [bar.proto.text for bar in self.app.get("progress")]
        return [words for words in said if words]

    @property
    def state(self) -> Any:
        """The state of this session."""
        return self.app.session_state["session"]

    @property
    def owner(self) -> str:
        """The name of this session at the engine."""
        return str(self.state.owner)


@pytest.fixture
def engine() -> Iterator[Engine]:
    """The engine of all pages. A job that a test leaves running is stopped."""
    engine = server.engine()
    assert engine.wait_ready(PATIENCE), engine.trouble
    yield engine
    stop_all(engine)


@pytest.hookimpl(trylast=True)
def pytest_runtest_teardown(nextitem: pytest.Item | None) -> None:
    """Close the engine after the last test here. Its workers take processor time."""
    if nextitem is None or not nextitem.path.is_relative_to(HERE):
        server.close()


@pytest.fixture
def interrupt(engine: Engine) -> Callable[[Job], None]:
    """Ends a job as if its worker had died."""
    return lambda job: engine.dispatcher.drop(job, Ending.WORKER_DIED)


@pytest.fixture
def shut_down(monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    """Gives the pages an engine that was closed, as when the server shuts down."""

    def shut() -> None:
        closed = Engine(workers=1)
        closed.close()
        monkeypatch.setattr(server, "_engine", closed)

    return shut


@pytest.fixture
def visit(engine: Engine) -> type[Visitor]:
    """Opens a page in a new session: `visit("lab.py", {"points": "200"})`."""
    return Visitor


@pytest.fixture
def practice(visit: type[Visitor]) -> Callable[..., Visitor]:
    """Opens a part of Practice: `practice("questions")`."""
    return lambda part="exercises": visit("practice.py", {"practice": part})


@pytest.fixture(scope="session")
def cosine() -> Result:
    """A run of one epoch on the cosine of the lesson's exercise."""
    return run(EXERCISES["cosine"].solution.replace(epochs=1))


#: The link of a run that takes less than a second.
_QUICK = {"points": "120", "hidden_size": "8", "epochs": "12"}


@pytest.fixture
def lab(visit: type[Visitor]) -> Callable[..., Visitor]:
    """Opens the Lab with settings for a quick run: `lab(window="24")`."""
    return lambda **query: visit("lab.py", _QUICK | query)


@pytest.fixture
def long_lab(visit: type[Visitor]) -> Callable[[], Visitor]:
    """Opens the Lab with settings for a run that goes on until it is stopped."""
    return lambda: visit("lab.py", LINK | {"patience": ""})
