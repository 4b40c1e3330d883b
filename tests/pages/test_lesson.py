"""The lesson on Learn: all of its content, beside the parts of the app, one click from Home."""

from __future__ import annotations

import re
from typing import Any

import pytest

from gru_core.experiment.experiment import Experiment
from gru_core.export import pieces
from gru_core.shipped.lesson import lesson_run
from gru_core.wording import number
from pages.ui.learn.lesson import BESIDE, EQUATIONS
from pages.ui.messages import messages

PIECES = {piece.name: piece for piece in pieces(Experiment.lesson())}


@pytest.fixture
def lesson(visit: Any) -> Any:
    """The screen, with the guess made."""
    session = visit("learn.py", {"learn": "lesson"})
    session.app.radio(key="guess-lesson").set_value("poor")
    session.look()
    return session


def choose(session: Any, name: str) -> None:
    session.app.get("button_group")[-1].set_value(name)
    session.look()


def test_home_leads_to_the_lesson_in_one_click(visit: Any) -> None:
    session = visit("home.py")
    session.press("Read the lesson, step by step")
    assert session.app.header[0].value == messages("lesson")("title")
    assert session.address["learn"] == "lesson"


def test_the_idea_has_three_concepts_and_four_equations(lesson: Any) -> None:
    text = lesson.text("markdown")
    for concept in ("Update gate z", "Reset gate r", "Candidate h̃", "hidden state h"):
        assert concept in text
    shown = [element.value for element in lesson.app.latex]
    assert len(shown) == len(EQUATIONS) == 4
    for symbol, equation in zip(("z_t", "r_t", r"\tilde h_t", "h_t"), shown, strict=True):
        assert f"{symbol} = " in equation


@pytest.mark.parametrize("name", PIECES)
def test_each_piece_shows_its_code_beside_the_app(lesson: Any, name: str) -> None:
    choose(lesson, name)
    assert [code.value for code in lesson.app.code] == [PIECES[name].code]
    words = messages("lesson").group(f"beside.{name}")["text"].split("{")[0].strip()
    assert words.replace("`", "") in lesson.text("markdown").replace("`", "")


def test_every_piece_has_a_part_of_the_app() -> None:
    assert list(BESIDE) == ["idea", *PIECES]


@pytest.mark.parametrize(
    ("name", "chart"),
    [
        ("data", "lesson-data"),
        ("training", "lesson-loss"),
        ("closed-loop", "lesson-epochs"),
        ("plot", "lesson-plot"),
    ],
)
def test_the_drawn_pieces_have_their_chart(lesson: Any, name: str, chart: str) -> None:
    choose(lesson, name)
    assert set(lesson.charts) == {chart}


def test_the_loss_that_is_drawn_is_the_printed_one(lesson: Any) -> None:
    choose(lesson, "training")
    [line] = [line for line in lesson.charts["lesson-loss"]["figure"]["data"] if len(line["y"]) > 1]
    assert line["y"] == pytest.approx(lesson_run().losses.tolist())


def test_the_explanation_gives_the_measured_numbers(lesson: Any) -> None:
    lesson.press("Show the explanation")
    text = lesson.text("markdown")
    assert number(float(lesson_run().losses.min()), 2) in text
    [error] = re.findall(r"after 100 epochs is (\d+\.?\d*)", text)
    assert float(error) > 0.7


def test_the_lesson_opens_in_the_lab(lesson: Any) -> None:
    lesson.press("Open this in the Lab")
    assert lesson.address == Experiment.lesson().to_query()
    assert not lesson.button("Train").disabled


def test_the_exercise_is_on_practice(lesson: Any) -> None:
    choose(lesson, "exercise")
    assert "np.cos" in PIECES["exercise"].code
    lesson.press("Go to the exercise")
    assert lesson.app.title[0].value == messages("practice")("title")
