"""Practice: its parts, the exercises and the questions."""

from __future__ import annotations

from typing import Any

import pytest

from gru_core import Result, run
from gru_core.export import pieces
from gru_core.judgement.sentences import changes
from gru_core.teaching.exercises import EXERCISES
from gru_core.teaching.progress import Item
from gru_core.teaching.questions import QUESTIONS
from pages.ui.messages import messages

WORDS, TEXTS = messages("practice"), messages("exercises")
PARTS = ("exercises", "questions", "code")
OPEN, CHECK = WORDS("exercises.open"), WORDS("exercises.check")
SOLUTION, TRAIN = WORDS("exercises.solution"), WORDS("exercises.train")


def choose(visitor: Any, name: str) -> None:
    visitor.app.selectbox(key="exercise").set_value(name)
    visitor.look()


def switch(visitor: Any, key: str) -> None:
    """Press a toggle."""
    toggle = visitor.app.toggle(key=key)
    toggle.set_value(not toggle.value)
    visitor.look()


def headings(visitor: Any) -> list[str]:
    return [head.value for head in visitor.app.header]


# --- the parts


@pytest.mark.parametrize(
    ("part", "heading"),
    [
        ("exercises", TEXTS("cosine.title")),
        ("questions", WORDS("questions.title")),
        ("code", WORDS("code.title")),
        ("nothing", TEXTS("cosine.title")),
    ],
)
def test_a_link_opens_its_part(practice: Any, part: str, heading: str) -> None:
    session = practice(part)
    assert headings(session) == [heading]
    shown = part if part in PARTS else "exercises"
    assert session.address["practice"] == shown


def test_the_links_of_the_lab_open_the_code_whatever_was_open(practice: Any) -> None:
    session = practice("questions")
    session.go("lab.py")
    session.app.query_params["practice"] = "code"
    session.go("practice.py")
    assert headings(session) == [WORDS("code.title")]


@pytest.mark.parametrize("page", ["practice", "learn", "inside"])
def test_a_link_to_a_part_is_no_setting_of_the_lab(visit: Any, page: str) -> None:
    session = visit(f"{page}.py", {page: "code", "window": "24"})
    session.go("lab.py")
    assert not session.app.warning
    assert session.value("window") == 24


# --- the exercises


@pytest.mark.parametrize("name", EXERCISES)
def test_an_exercise_shows_its_task_and_three_hints_one_by_one(practice: Any, name: str) -> None:
    session = practice()
    choose(session, name)
    assert headings(session) == [TEXTS(f"{name}.title")]
    assert TEXTS(f"{name}.task") in session.text("markdown")
    hints = TEXTS.group(name)["hints"]
    for number, hint in enumerate(hints, 1):
        labels = [toggle.label for toggle in session.app.toggle]
        assert labels == [
            *(WORDS("exercises.hint", number=k, all=3) for k in range(1, number + 1)),
            SOLUTION,
        ]
        assert hint not in session.markdown("markdown")
        switch(session, f"hint-{name}-{number}")
        assert hint in session.markdown("markdown")


@pytest.mark.parametrize("name", EXERCISES)
def test_a_solution_is_shown_as_settings_and_as_code(practice: Any, name: str) -> None:
    session, exercise = practice(), EXERCISES[name]
    choose(session, name)
    assert not session.app.code
    switch(session, f"solution-{name}")
    moved = "; ".join(changes(exercise.start, exercise.solution))
    assert f"The settings that change: **{moved}**." in session.text("markdown")
    [program] = session.app.code
    assert program.value == "\n\n".join(piece.code for piece in pieces(exercise.solution))
    compile(program.value, name, "exec")


@pytest.mark.parametrize("name", EXERCISES)
def test_the_start_of_an_exercise_opens_in_the_lab(practice: Any, name: str) -> None:
    session = practice()
    choose(session, name)
    session.press(OPEN)
    assert session.address == EXERCISES[name].start.to_query()
    assert not session.button("Train").disabled  # nothing trains by itself
    for option in ("signal", "window", "epochs"):
        assert session.value(option) == getattr(EXERCISES[name].start, option)


def test_a_check_without_a_run_says_what_to_do(practice: Any, cosine: Result) -> None:
    session = practice()
    session.press(CHECK)
    assert WORDS("exercises.no-run") in session.text("info")
    session.look()
    assert WORDS("exercises.no-run") in session.text("info")
    assert not session.state.progress.items
    session.state.result = cosine
    session.look()
    assert WORDS("exercises.no-run") not in session.text("info")


def test_a_verdict_stays_until_the_run_or_the_exercise_changes(
    practice: Any, cosine: Result
) -> None:
    session = practice()
    session.state.result = cosine
    session.press(CHECK)
    too_far = session.text("warning")
    assert too_far.startswith("It is a cosine, but the RMSE is ")
    assert session.state.progress.of("exercise", "cosine") == Item(False, 1)
    session.look()
    session.press(CHECK)  # the same run is no further try
    switch(session, "hint-cosine-1")
    assert session.text("warning") == too_far
    assert session.state.progress.of("exercise", "cosine") == Item(False, 1)
    choose(session, "trend")
    assert not session.app.warning
    choose(session, "cosine")
    session.state.result = run(cosine.experiment.replace(seed=1))
    session.look()
    assert not session.app.warning
    session.press(CHECK)
    assert session.state.progress.of("exercise", "cosine") == Item(False, 2)


def test_a_run_on_other_data_gets_the_sentence_of_each_exercise(lab: Any) -> None:
    session = lab()
    session.train()
    session.app.query_params.clear()
    session.go("practice.py")
    for name, exercise in EXERCISES.items():
        choose(session, name)
        session.press(CHECK)
        verdict = exercise.check(session.state.result)
        own = f"{name}.verdict.other-data"
        assert verdict.key == "other-data"
        reply = TEXTS(own if own in TEXTS else "verdict.other-data", **verdict.given)
        assert [warning.value for warning in session.app.warning] == [reply]
        assert session.state.progress.of("exercise", name) == Item(False, 1)


def test_a_check_waits_for_the_end_of_a_run(long_lab: Any) -> None:
    session = long_lab()
    session.press("Train")
    session.app.query_params.clear()
    session.go("practice.py")
    assert session.button(CHECK).disabled
    assert session.progress[0] == WORDS("exercises.running")
    session.until(lambda: session.state.job.snapshot().epoch > 0, "an epoch to judge")
    session.state.stop()
    session.until(lambda: not session.button(CHECK).disabled, "the end of the run")
    session.press(CHECK)
    assert session.app.warning


# --- the questions


def test_back_and_next_go_through_all_questions(practice: Any) -> None:
    session = practice("questions")
    assert session.button("Back").disabled
    for number, name in enumerate(QUESTIONS, 1):
        assert f"Question {number} of 16. Solved: 0." in session.text("markdown")
        [question] = [radio for radio in session.app.radio if radio.key == f"check-{name}"]
        assert question.value is None
        if number < len(QUESTIONS):
            session.press("Next")
    assert session.button("Next").disabled
    session.press("Back")
    assert "Question 15 of 16." in session.text("markdown")


@pytest.mark.parametrize("name", QUESTIONS)
def test_each_answer_has_its_own_reply_and_counts_as_one_try(practice: Any, name: str) -> None:
    session, texts = practice("questions"), messages("questions")
    question = QUESTIONS[name]
    session.app.session_state["question-number"] = list(QUESTIONS).index(name)
    session.look()
    wrong = list(question.wrong)
    for tries, answer in enumerate([*wrong, "right"], 1):
        session.app.radio(key=f"check-{name}").set_value(answer)
        session.look()
        session.look()  # another run of the page is no try
        given = question.numbers(answer)
        kind, key = ("success", "right") if answer == "right" else ("warning", f"wrong.{answer}")
        assert [box.value for box in session.app.get(kind)] == [texts(f"{name}.{key}", **given)]
        done = Item(answer == "right", tries)
        assert session.state.progress.of("question", name) == done
    assert "Solved: 1." in session.text("markdown")


def test_an_answer_stays_while_one_goes_on(practice: Any) -> None:
    session = practice("questions")
    session.app.radio(key="check-echo").set_value("right")
    session.look()
    session.press("Next")
    assert not session.app.success
    session.press("Back")
    assert session.app.success
    assert session.state.progress.of("question", "echo").tries == 1
