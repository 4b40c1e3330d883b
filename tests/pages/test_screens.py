"""Every screen of Learn and Inside: a guess, then the drawing, the explanation and a check."""

from __future__ import annotations

import ast
from pathlib import Path
from typing import Any

import pytest

from pages.ui.messages import messages
from tests.waiting import PATIENCE

PAGES = Path(__file__).parents[2] / "pages"


def screens_of(page: str) -> list[str]:
    """The names in the table SCREENS of a page, read from its source."""
    tree = ast.parse((PAGES / f"{page}.py").read_text(encoding="utf-8"))
    [table] = [
        node.value
        for node in tree.body
        if isinstance(node, ast.AnnAssign) and ast.unparse(node.target) == "SCREENS"
    ]
    assert isinstance(table, ast.Dict)
    return [ast.literal_eval(key) for key in table.keys if key is not None]


SCREENS = [(page, name) for page in ("learn", "inside") for name in screens_of(page)]
each_screen = pytest.mark.parametrize(("page", "name"), SCREENS, ids=[n for _, n in SCREENS])


def beginning(text: str) -> str:
    """The words of a text before its first number or new line."""
    return text.strip().split("{")[0].split("\n")[0].strip()


def labels(session: Any) -> list[str]:
    return [button.label for button in session.app.button]


def guess(session: Any) -> None:
    """Choose the first answer to every question before the drawing."""
    for radio in session.app.radio:
        if str(radio.key).startswith("guess-"):
            radio.set_value(radio.options[0])
    for radio in session.app.radio:
        assert radio.value is not None or not str(radio.key).startswith("guess-")
    session.look()


def drawn(session: Any) -> bool:
    """Whether the container of the drawing holds more than the request to guess."""
    return not any("Guess first" in caption.value for caption in session.app.caption)


@each_screen
def test_the_guess_comes_before_the_drawing_and_the_explanation(
    visit: Any, page: str, name: str
) -> None:
    session = visit(f"{page}.py", {page: name})
    texts = messages(name).all
    assert [head.value for head in session.app.header] == [texts["title"]]
    assert not drawn(session)
    assert "Show the explanation" not in labels(session)

    guess(session)
    assert drawn(session)
    assert beginning(texts["act"]) in session.text("markdown")
    assert not session.app.info
    assert not any(str(radio.key).startswith("check-") for radio in session.app.radio)

    session.press("Show the explanation")
    assert beginning(texts["explain"]) in session.text("markdown")
    assert beginning(texts["takeaway"]) in session.text("info")


@each_screen
def test_every_screen_has_a_check(visit: Any, page: str, name: str) -> None:
    session = visit(f"{page}.py", {page: name})
    guess(session)
    session.press("Show the explanation")
    checks = [radio for radio in session.app.radio if str(radio.key).startswith("check-")]
    # The film's check is a part of its drawing. A browser test answers it.
    assert len(checks) == (name != "film")


@pytest.mark.parametrize("page", ["learn", "inside"])
def test_next_leads_through_all_screens(visit: Any, page: str) -> None:
    session = visit(f"{page}.py")
    seen = []
    for name in screens_of(page):
        seen.append(session.app.header[0].value)
        assert session.address[page] == name
        forward = [button for button in session.app.button if button.label.startswith("Next: ")]
        if forward:
            forward[0].click()
            session.look()
    assert not forward
    assert seen == [messages(name)("title") for name in screens_of(page)]


def test_a_link_opens_its_screen_even_after_another_one(visit: Any) -> None:
    first, last = screens_of("learn")[0], screens_of("learn")[-1]
    session = visit("learn.py", {"learn": first})
    session.app.query_params["learn"] = last
    session.look()
    assert session.app.header[0].value == messages(last)("title")
    session.app.query_params["learn"] = "nonsense"
    session.look()
    assert session.app.header[0].value == messages(last)("title")


def test_inside_shows_a_run_that_ends_while_one_is_there(lab: Any) -> None:
    session = lab()
    session.press("Train")
    job = session.app.session_state["session"].job
    session.go("inside.py")
    guess(session)
    assert job.wait(PATIENCE)
    session.look()
    assert "Your last run" in session.text("caption")
