"""The questions about what learners often get wrong, one at a time."""

from __future__ import annotations

import streamlit as st

from gru_core.teaching.questions import QUESTIONS
from pages.ui.check import ask
from pages.ui.messages import messages
from pages.ui.session import Session

__all__ = ["show"]

_KEY = "question-number"


def show(session: Session) -> None:
    """Draw the current question, and the buttons that go to another one."""
    texts = messages("practice")
    names = list(QUESTIONS)
    at = st.session_state.setdefault(_KEY, 0)
    st.header(texts("questions.title"), anchor=False)
    solved = len(session.progress.done("question") & set(names))
    st.markdown(texts("questions.place", number=at + 1, all=len(names), solved=solved))
    ask(names[at])
    with st.container(horizontal=True):
        _button(texts("questions.back"), ":material/arrow_back:", at - 1, at > 0)
        _button(texts("questions.next"), ":material/arrow_forward:", at + 1, at + 1 < len(names))


def _button(label: str, icon: str, to: int, possible: bool) -> None:
    st.button(
        label,
        icon=icon,
        disabled=not possible,
        key=f"question-{icon}",
        on_click=st.session_state.__setitem__,
        args=(_KEY, to),
    )
