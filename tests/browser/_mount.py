"""The drawing of a screen alone, on an empty page of the server.

A page of Streamlit takes the processor about two seconds, and an empty page a fifth of that. So a
test that needs only the drawing draws it here. The page itself says what it would send to the
browser.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from typing import Any

from streamlit.testing.v1 import AppTest

from pages.ui.messages import messages
from pages.ui.session import Session
from tests.waiting import PATIENCE

__all__ = ["Component", "component_of", "end", "mounted", "show"]


@dataclass(frozen=True)
class Component:
    """A component as Python sends it to the browser."""

    name: str
    html: str
    css: str
    data: dict[str, Any]


@cache
def component_of(page: str, name: str, *, explained: bool = False, **guesses: Any) -> Component:
    """The drawing of a screen as its page sends it after a guess.

    Args:
        page: the page of the screen, `learn` or `inside`.
        name: the name of the screen and of its component.
        explained: whether the explanation is open.
        guesses: the answers to the questions before the drawing, by their keys. By default, the
            first choice in the catalogue.
    """
    code = f"from pages.ui.{page} import {name}\n{name}.show()"
    app = AppTest.from_string(code, default_timeout=PATIENCE)
    # A session that the page makes by itself would start the workers.
    app.session_state["session"] = Session(browser="", tab="")
    app.session_state["explained"] = {name} if explained else set()
    choices = messages(name).group("predict.choices")
    for key, guess in (guesses or {f"guess-{name}": next(iter(choices))}).items():
        app.session_state[key] = guess
    app.run()
    assert not app.exception, [exception.value for exception in app.exception]
    drawn = [element.proto for element in app.get("bidi_component")]
    [proto] = [one for one in drawn if one.component_name == f"gru_lab_{name}"]
    return Component(name, proto.html_content, proto.css_content, json.loads(proto.json))


# As on the page, the drawing stands in a shadow root. What it tells the server goes nowhere.
# The code that Python sends draws in the background, and nothing says when. So the module is
# imported here.
MOUNT = """async ([{ name, html, css }, data]) => {
  const host = document.createElement("main");
  document.body.replaceChildren(host);
  const parentElement = host.attachShadow({ mode: "open" });
  parentElement.innerHTML = html;
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(css);
  parentElement.adoptedStyleSheets = [sheet];
  const { draw, remove } = await import(`/assets/${name}/${name}.js`);
  const given = { parentElement, setStateValue() {}, setTriggerValue() {} };
  window.show = (data) => draw({ ...given, data });
  window.end = () => remove(given);
  window.show(data);
}"""


def mounted(tab: Any, component: Component, data: dict[str, Any] | None = None) -> Any:
    """Draw a component on an empty page. Returns the drawing.

    `data` replaces what the page would send, for another network.
    """
    tab.open("/healthz")
    files = {"name": component.name, "html": component.html, "css": component.css}
    tab.page.evaluate(MOUNT, [files, component.data if data is None else data])
    return tab.page.locator("main > *")


def show(tab: Any, data: dict[str, Any]) -> None:
    """Send other data to the drawing on an empty page."""
    tab.page.evaluate("(data) => window.show(data)", data)


def end(tab: Any) -> None:
    """Remove the drawing on an empty page, as the page does when it shows something else."""
    tab.page.evaluate("window.end()")
