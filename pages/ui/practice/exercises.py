"""One exercise: the task, the rule for the last run, hints and the solution."""

from __future__ import annotations

import streamlit as st

from gru_core.export import pieces
from gru_core.judgement.sentences import changes
from gru_core.teaching.exercises import EXERCISES, Exercise
from pages.ui import text
from pages.ui.messages import Messages, messages
from pages.ui.practice import sketching
from pages.ui.session import Session, open_lab

__all__ = ["show"]


def show(session: Session) -> None:
    """Draw the chosen exercise."""
    words, texts = messages("practice"), messages("exercises")
    st.header(words("exercises.title"), anchor=False)
    solved = session.progress.done("exercise") & set(EXERCISES)
    st.markdown(words("exercises.place", solved=len(solved), all=len(EXERCISES)))
    name: str = st.selectbox(
        words("exercises.choose"),
        list(EXERCISES),
        format_func=lambda name: _title(name, texts, name in solved),
        key="exercise",
        persist_state="session",
    )
    exercise = EXERCISES[name]
    with st.container(border=True, key=f"exercise-{name}"):
        st.subheader(texts(f"{name}.title"), anchor=False)
        st.markdown(texts(f"{name}.task"))
        if name == "cosine":
            sketching.show(session, exercise)
        with st.container(horizontal=True):
            if st.button(words("exercises.open"), icon=":material/science:", key=f"open-{name}"):
                open_lab(exercise.start)
            pressed = st.button(
                words("exercises.check"), icon=":material/task_alt:", key=f"judge-{name}"
            )
        if pressed:
            _judge(session, exercise, words, texts)
        _hints(name, words, texts)
        _solution(exercise, words, texts)


def _title(name: str, texts: Messages, solved: bool) -> str:
    number = list(EXERCISES).index(name) + 1
    mark = " ✓" if solved else ""
    return f"{number}. {texts(f'{name}.title')}{mark}"


def _judge(session: Session, exercise: Exercise, words: Messages, texts: Messages) -> None:
    """Judge the session's last run and say which condition failed."""
    if session.result is None:
        st.info(words("exercises.no-run"), icon=":material/info:")
        return
    verdict = exercise.check(session.result)
    own = f"{exercise.name}.verdict.{verdict.key}"
    reply = texts(own if own in texts else f"verdict.{verdict.key}", **verdict.given)
    session.tried("exercise", exercise.name, verdict.passed)
    if verdict.passed:
        st.success(reply, icon=":material/check_circle:")
    else:
        st.warning(reply, icon=":material/error:")


def _hints(name: str, words: Messages, texts: Messages) -> None:
    """Draw the hints, one after the other: the next one opens under the last one."""
    hints = texts.group(name)["hints"]
    for number, hint in enumerate(hints, 1):
        label = words("exercises.hint", number=number, all=len(hints))
        if not st.toggle(label, key=f"hint-{name}-{number}", persist_state="session"):
            break
        st.markdown(hint)


def _solution(exercise: Exercise, words: Messages, texts: Messages) -> None:
    """Draw the solution as settings and as code."""
    if not st.toggle(words("exercises.solution"), key=f"solution-{exercise.name}"):
        return
    st.markdown(texts(f"{exercise.name}.solution"))
    moved = "; ".join(changes(exercise.start, exercise.solution))
    st.markdown(words("exercises.settings", changes=f"**{text.plain(moved)}**"))
    if st.button(words("exercises.train"), icon=":material/play_arrow:", key="train-solution"):
        open_lab(exercise.solution, train=True)
    with st.expander(words("exercises.program"), icon=":material/code:"):
        program = "\n\n".join(piece.code for piece in pieces(exercise.solution))
        st.code(program, language="python", height=400)
