"""One exercise: the task, the rule for the last run, hints and the solution."""

from __future__ import annotations

import streamlit as st

from gru_core.export import pieces
from gru_core.judgement.sentences import changes
from gru_core.teaching.exercises import EXERCISES, Exercise
from pages.ui import text
from pages.ui.messages import Messages, messages
from pages.ui.practice import code, sketching
from pages.ui.session import Session, open_lab

__all__ = ["show"]

#: The exercise whose button "Check my last run" was pressed just now.
_ASKED = "exercise-asked"
#: The last check: the exercise, the run, and the verdict (None if there was no run).
_CHECKED = "exercise-checked"
#: Seconds between looks at a run that is going on in the Lab.
PAUSE = 1.0


def show(session: Session) -> None:
    """Draw the chosen exercise."""
    _check_if_asked(session)  # first, because the number of solved exercises stands above
    words, texts = messages("practice"), messages("exercises")
    name: str = st.selectbox(
        words("exercises.choose"),
        list(EXERCISES),
        format_func=lambda name: f"{_number(name)}. {texts(f'{name}.title')}",
        key="exercise",
        persist_state="session",
    )
    st.caption(_solved(session, words))
    exercise = EXERCISES[name]
    st.header(texts(f"{name}.title"), anchor=False)
    st.markdown(texts(f"{name}.task"))
    if name == "cosine":
        sketching.show(session, exercise)
    with st.container(horizontal=True):
        if st.button(words("exercises.open"), icon=":material/science:", key=f"open-{name}"):
            open_lab(exercise.start)
        st.button(
            words("exercises.check"),
            icon=":material/task_alt:",
            key=f"judge-{name}",
            disabled=session.running,
            on_click=st.session_state.__setitem__,
            args=(_ASKED, name),
        )
    with st.container(key="verdict"):
        if session.running:
            st.fragment(_wait, run_every=PAUSE, key="exercise-run")(session)
        else:
            _verdict(session, exercise)
    _hints(name, words, texts)
    _solution(exercise, words, texts)


def _number(name: str) -> int:
    return list(EXERCISES).index(name) + 1


def _solved(session: Session, words: Messages) -> str:
    """How many exercises are solved, and which."""
    # Not as marks in the list: when the text of a choice changes, the browser loses the choice.
    solved = [name for name in EXERCISES if session.progress.of("exercise", name).done]
    which = ", ".join(str(_number(name)) for name in solved)
    key = "exercises.which" if solved else "exercises.place"
    return words(key, solved=len(solved), all=len(EXERCISES), which=which)


def _check_if_asked(session: Session) -> None:
    """Judge the session's last run if the button was pressed. Each run counts as one try."""
    name = st.session_state.pop(_ASKED, None)
    if name is None or session.running or _checked(session, name):
        return
    verdict = None
    if session.result is not None:
        verdict = EXERCISES[name].check(session.result)
        session.tried("exercise", name, verdict.passed)
    st.session_state[_CHECKED] = name, session.result, verdict


def _checked(session: Session, name: str) -> bool:
    """Whether the last check was of this exercise and of the session's last run."""
    of, result, _ = st.session_state.get(_CHECKED, (None, None, None))
    return of == name and result is session.result


def _verdict(session: Session, exercise: Exercise) -> None:
    """Say whether the last run passes, and which condition failed. It stays until the next run."""
    if not _checked(session, exercise.name):
        return
    verdict = st.session_state[_CHECKED][2]
    if verdict is None:
        st.info(messages("practice")("exercises.no-run"), icon=":material/info:")
        return
    texts = messages("exercises")
    own = f"{exercise.name}.verdict.{verdict.key}"
    reply = texts(own if own in texts else f"verdict.{verdict.key}", **verdict.given)
    if verdict.passed:
        st.success(reply, icon=":material/check_circle:")
    else:
        st.warning(reply, icon=":material/error:")


def _wait(session: Session) -> None:
    """Show how far the run in the Lab is. At its end, the page is drawn again."""
    job = session.job
    if job is None or not job.active:
        st.rerun()
    st.progress(job.snapshot().progress, text=messages("practice")("exercises.running"))


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
    key = f"solution-{exercise.name}"
    if not st.toggle(words("exercises.solution"), key=key, persist_state="session"):
        return
    st.markdown(texts(f"{exercise.name}.solution"))
    moved = "; ".join(changes(exercise.start, exercise.solution))
    st.markdown(words("exercises.settings", changes=f"**{text.plain(moved)}**"))
    if st.button(words("exercises.train"), icon=":material/play_arrow:", key="train-solution"):
        open_lab(exercise.solution, train=True)
    with st.expander(words("exercises.program"), icon=":material/code:"):
        code.listing("\n\n".join(piece.code for piece in pieces(exercise.solution)))
