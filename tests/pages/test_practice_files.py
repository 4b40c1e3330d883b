"""Practice: the program of the last run, and the file with the progress."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from gru_core import Result, run
from gru_core.export import to_script
from gru_core.teaching.exercises import EXERCISES
from pages.ui.messages import messages
from pages.ui.practice import code

WORDS = messages("practice")


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
    assert program.value + "\n" == to_script(session.state.result)
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
    called = session.state.result.series.name
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
    session.state.result = result = run(experiment, series=series)
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
    assert written == [session.state.result]


# --- the progress


def upload(visitor: Any, data: str) -> None:
    visitor.app.file_uploader(key="progress-load").upload("mine.json", data.encode())
    visitor.look()


def test_progress_moves_to_another_session(practice: Any, cosine: Result) -> None:
    mine = practice()
    mine.state.result = cosine
    mine.press(WORDS("exercises.check"))
    mine.state.tried("exercise", "trend", True)
    mine.state.tried("question", "echo", True)
    file = mine.state.progress.to_json()

    yours = practice()
    assert "Solved: 0 of 8." in yours.text("caption")
    upload(yours, file)
    assert "Solved: 1 of 8 (number 3)." in yours.text("caption")
    assert "You have solved 1 exercise and 1 question so far." in yours.text("success")
    assert yours.state.progress == mine.state.progress
    upload(yours, file)  # a second time
    assert yours.state.progress == mine.state.progress


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
    session.state.tried("question", "echo", True)
    before = session.state.progress
    upload(session, data)
    assert why in session.text("error")
    session.look()
    assert why in session.text("error")
    assert not session.app.success
    assert session.state.progress == before
    upload(session, before.to_json())
    assert not session.app.error
