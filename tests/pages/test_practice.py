"""Practice: its parts, the exercises, the drawing, the questions, the code and the progress."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from gru_core import Result, run
from gru_core.export import pieces, to_script
from gru_core.judgement.sentences import changes
from gru_core.teaching.exercises import EXERCISES
from gru_core.teaching.progress import Item
from gru_core.teaching.questions import QUESTIONS
from pages.ui.messages import messages
from pages.ui.practice import code, sketching

WORDS, TEXTS = messages("practice"), messages("exercises")
PARTS = ("exercises", "questions", "code")
OPEN, CHECK = WORDS("exercises.open"), WORDS("exercises.check")
SOLUTION, TRAIN = WORDS("exercises.solution"), WORDS("exercises.train")


@pytest.fixture
def practice(visit: Any) -> Any:
    """Opens a part of the page: `practice("questions")`."""
    return lambda part="exercises": visit("practice.py", {"practice": part})


@pytest.fixture(scope="module")
def cosine() -> Result:
    """A run of one epoch on the cosine of the exercise."""
    return run(EXERCISES["cosine"].solution.replace(epochs=1))


def state(visitor: Any) -> Any:
    return visitor.app.session_state["session"]


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


def drawing(visitor: Any) -> dict[str, Any]:
    """What the page sends to the picture."""
    [data] = [
        json.loads(element.proto.json)
        for element in visitor.app.get("bidi_component")
        if element.proto.component_name == "gru_lab_sketch"
    ]
    return dict(data)


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
    assert session.app.query_params["practice"] == shown


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
    assert session.app.query_params == EXERCISES[name].start.to_query()
    assert not session.button("Train").disabled  # nothing trains by itself
    for option in ("signal", "window", "epochs"):
        assert session.value(option) == getattr(EXERCISES[name].start, option)


def test_a_check_without_a_run_says_what_to_do(practice: Any, cosine: Result) -> None:
    session = practice()
    session.press(CHECK)
    assert WORDS("exercises.no-run") in session.text("info")
    session.look()
    assert WORDS("exercises.no-run") in session.text("info")
    assert not state(session).progress.items
    state(session).result = cosine
    session.look()
    assert WORDS("exercises.no-run") not in session.text("info")


def test_the_trained_solution_passes_and_shows_the_gap_to_the_drawing(practice: Any) -> None:
    session = practice()
    state(session).sketch = [0.0, 0.1] * 10 + [0.0]
    session.look()
    assert WORDS("sketch.wait") in session.text("info")
    assert drawing(session)["truth"] is None
    switch(session, "solution-cosine")
    session.press(TRAIN)
    session.app.query_params.clear()
    session.go("practice.py")
    session.until(lambda: not state(session).running, "the end of the run")
    result = state(session).result
    assert result.experiment == EXERCISES["cosine"].solution
    shown = drawing(session)
    start = result.parts.forecast_start
    x = np.linspace(0, 100, 1000)  # the axis of the lesson
    np.testing.assert_allclose(shown["truth"], np.cos(x)[start : start + 100], atol=1e-9)
    np.testing.assert_allclose(shown["forecast"], result.forecast["forecast"][:100])
    assert WORDS("sketch.other") in session.text("markdown")
    assert "Solved: 0 of 8." in session.text("caption")
    session.press(CHECK)
    assert session.text("success").startswith("Done. The RMSE is ")
    assert "Solved: 1 of 8 (number 1)." in session.text("caption")


def test_a_verdict_stays_until_the_run_or_the_exercise_changes(
    practice: Any, cosine: Result
) -> None:
    session = practice()
    state(session).result = cosine
    session.press(CHECK)
    too_far = session.text("warning")
    assert too_far.startswith("It is a cosine, but the RMSE is ")
    assert state(session).progress.of("exercise", "cosine") == Item(False, 1)
    session.look()
    session.press(CHECK)  # the same run is no further try
    switch(session, "hint-cosine-1")
    assert session.text("warning") == too_far
    assert state(session).progress.of("exercise", "cosine") == Item(False, 1)
    choose(session, "trend")
    assert not session.app.warning
    choose(session, "cosine")
    state(session).result = run(cosine.experiment.replace(seed=1))
    session.look()
    assert not session.app.warning
    session.press(CHECK)
    assert state(session).progress.of("exercise", "cosine") == Item(False, 2)


def test_a_run_on_other_data_gets_the_sentence_of_each_exercise(lab: Any) -> None:
    session = lab()
    session.train()
    session.app.query_params.clear()
    session.go("practice.py")
    for name, exercise in EXERCISES.items():
        choose(session, name)
        session.press(CHECK)
        verdict = exercise.check(state(session).result)
        own = f"{name}.verdict.other-data"
        assert verdict.key == "other-data"
        reply = TEXTS(own if own in TEXTS else "verdict.other-data", **verdict.given)
        assert [warning.value for warning in session.app.warning] == [reply]
        assert state(session).progress.of("exercise", name) == Item(False, 1)


def test_a_check_waits_for_the_end_of_a_run(long_lab: Any) -> None:
    session = long_lab()
    session.press("Train")
    session.app.query_params.clear()
    session.go("practice.py")
    assert session.button(CHECK).disabled
    assert session.app.get("progress")[0].proto.text == WORDS("exercises.running")
    state(session).stop()
    session.until(lambda: not session.button(CHECK).disabled, "the end of the run")
    session.press(CHECK)
    assert session.app.warning


# --- the drawing


def points(size: float, late: float, result: Result) -> NDArray[np.float64]:
    """The points of a drawn cosine of this amplitude, so many steps late."""
    at = result.parts.forecast_start + np.linspace(0, sketching.HORIZON - 1, sketching.POINTS)
    return size * np.cos((at - late) * 100 / 999)


@pytest.mark.parametrize(
    ("kind", "size", "late", "said"),
    [
        ("right", 1, 0, ("off by less than 1 step", "amplitude is 9")),
        ("right", 1, 2, ("off by 2 steps", "Only the phase differs")),
        ("shifted", 1, 16, ("16 steps too late", "amplitude is right", "Only the phase differs")),
        ("shifted", 1, -16, ("16 steps too early",)),
        ("size", 0.5, 0, ("right phase", "amplitude is 49 % of the true one")),
        ("both", 0.5, 16, ("16 steps too late", "49 % of the true one", "Only the phase differs")),
        ("other", 0, 0, ("not a wave of this length",)),
    ],
)
def test_each_gap_has_its_own_explanation(
    practice: Any, cosine: Result, kind: str, size: float, late: float, said: tuple[str, ...]
) -> None:
    session = practice()
    state(session).sketch = points(size, late, cosine).tolist()
    state(session).result = cosine
    session.look()
    shown = [text.value for text in session.app.markdown]
    [explained] = [text for text in shown if text.startswith(WORDS.all["sketch"][kind][:12])]
    assert [words for words in said if words not in explained] == []
    assert any("the error (RMSE) of your drawing is" in text for text in shown)
    assert WORDS("sketch.wait") not in session.text("info")


def test_a_gap_is_not_explained_with_a_run_on_other_values(practice: Any, cosine: Result) -> None:
    session = practice()
    state(session).sketch = points(1, 0, cosine).tolist()
    for other in (
        EXERCISES["cosine"].start,  # a sine
        cosine.experiment.replace(horizon=50),
        cosine.experiment.replace(forecast_start="point", forecast_point=300),
    ):
        state(session).result = run(other.replace(epochs=1))
        session.look()
        assert drawing(session)["truth"] is None
        assert WORDS("sketch.wait") in session.text("info")


def test_the_season_of_a_run_does_not_change_the_explanation(practice: Any, cosine: Result) -> None:
    session = practice()
    state(session).sketch = points(1, 16, cosine).tolist()
    state(session).result = run(cosine.experiment.replace(period=10))
    session.look()
    assert "Your wave is 16 steps too late." in session.text("markdown")


@pytest.mark.parametrize(
    ("sent", "valid"),
    [
        ([0.5] * sketching.POINTS, True),
        ([0] * sketching.POINTS, True),
        ([0.5] * 3, False),
        (None, False),
        ("0" * sketching.POINTS, False),
        ([None] * sketching.POINTS, False),
        ([True] * sketching.POINTS, False),
        ([float("nan")] * sketching.POINTS, False),
        ([10**400] * sketching.POINTS, False),
        ([1.5] * sketching.POINTS, False),
    ],
    ids=lambda value: str(value)[:20],
)
def test_only_a_number_for_each_point_is_a_drawing(sent: Any, valid: bool) -> None:
    assert sketching._is_drawing(sent) == valid


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
        assert state(session).progress.of("question", name) == done
    assert "Solved: 1." in session.text("markdown")


def test_an_answer_stays_while_one_goes_on(practice: Any) -> None:
    session = practice("questions")
    session.app.radio(key="check-echo").set_value("right")
    session.look()
    session.press("Next")
    assert not session.app.success
    session.press("Back")
    assert session.app.success
    assert state(session).progress.of("question", "echo").tries == 1


# --- the code


def test_the_code_needs_a_run_and_leads_to_the_lab(practice: Any) -> None:
    session = practice("code")
    assert not session.app.code
    session.press(WORDS("code.train"))
    assert not session.button("Train").disabled


def test_the_code_is_that_of_the_last_run(lab: Any) -> None:
    session = lab()
    session.train()
    session.app.query_params.clear()
    session.app.query_params["practice"] = "code"
    session.go("practice.py")
    [program] = session.app.code
    assert program.value + "\n" == to_script(state(session).result)
    assert "This program repeats your last run (Sine)" in session.text("markdown")
    labels = [button.label for button in session.app.get("download_button")]
    assert labels[:2] == ["Python script", "Jupyter notebook"]


@pytest.mark.parametrize("name", ['<b onclick="x">"sales"</b>', "'\"**$a$** `x`"])
def test_the_name_of_own_data_is_shown_as_it_is(lab: Any, name: str) -> None:
    session = lab(signal="own")
    rows = [str(round(float(np.sin(k / 3)), 4)) for k in range(80)]
    session.app.text_area(key="own.text").set_value("\n".join([name, *rows]))
    session.look()
    session.train()
    called = state(session).result.series.name
    assert name.replace('"', "").strip("'") in called.replace('"', "").strip("'")
    session.app.query_params.clear()
    session.app.query_params["practice"] = "code"
    session.go("practice.py")
    assert f"your last run ({called})" in session.text("markdown")
    [program] = session.app.code
    compile(program.value, "program", "exec")


def test_a_long_program_is_cut_on_the_page(practice: Any) -> None:
    series = np.sin(np.arange(6000.0))
    experiment = EXERCISES["cosine"].start.replace(
        signal="own", epochs=1, hidden_size=2, batch_size=2000
    )
    session = practice("code")
    state(session).result = result = run(experiment, series=series)
    session.look()
    lines = to_script(result).splitlines()
    assert len(lines) > code.MOST_LINES
    [program] = session.app.code
    assert program.value.splitlines() == lines[: code.MOST_LINES]
    assert f"The program has {len(lines):,} lines" in session.text("caption")


def test_a_program_is_written_only_where_it_is_shown(
    lab: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    written = []
    monkeypatch.setattr(code, "to_script", lambda result: written.append(result) or "")
    monkeypatch.setattr(code, "to_notebook", lambda result: written.append(result) or "")
    session = lab()
    session.train()
    session.app.query_params.clear()
    session.go("practice.py")
    assert not written
    session.app.query_params["practice"] = "code"
    session.look()
    assert written == [state(session).result]


# --- the progress


def upload(visitor: Any, data: str) -> None:
    visitor.app.file_uploader(key="progress-load").upload("mine.json", data.encode())
    visitor.look()


def test_progress_moves_to_another_session(practice: Any, cosine: Result) -> None:
    mine = practice()
    state(mine).result = cosine
    mine.press(CHECK)
    state(mine).tried("exercise", "trend", True)
    state(mine).tried("question", "echo", True)
    file = state(mine).progress.to_json()

    yours = practice()
    assert "Solved: 0 of 8." in yours.text("caption")
    upload(yours, file)
    assert "Solved: 1 of 8 (number 3)." in yours.text("caption")
    assert "You have solved 1 exercise and 1 question so far." in yours.text("success")
    assert state(yours).progress == state(mine).progress
    upload(yours, file)  # a second time
    assert state(yours).progress == state(mine).progress


@pytest.mark.parametrize(
    ("data", "why"),
    [
        ("no JSON", "This file is damaged, or it holds no progress."),
        ("[1]", "This file does not come from GRU Lab."),
        ('{"format": "gru-lab-progress", "version": 9}', "comes from a newer GRU Lab"),
        ('{"format": "gru-lab-progress", "version": 1, "items": [{}]}', "is damaged"),
    ],
)
def test_a_broken_file_changes_nothing_and_says_why(practice: Any, data: str, why: str) -> None:
    session = practice()
    state(session).tried("question", "echo", True)
    before = state(session).progress
    upload(session, data)
    assert why in session.text("error")
    session.look()
    assert why in session.text("error")
    assert not session.app.success
    assert state(session).progress == before
    upload(session, before.to_json())
    assert not session.app.error
