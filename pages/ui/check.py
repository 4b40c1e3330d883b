"""One question with its answers. Every wrong answer has an explanation of its own."""

from __future__ import annotations

import streamlit as st

from gru_core.teaching.questions import QUESTIONS
from pages.ui.messages import messages
from pages.ui.session import current_session

__all__ = ["ask"]


def ask(name: str) -> None:
    """Draw the question `name` and the reply to the answer that was chosen."""
    question, texts = QUESTIONS[name], messages("questions")
    answers = question.answers
    chosen = st.radio(
        texts(f"{name}.ask", **question.numbers()),
        [key for key, _ in question.choices],
        index=None,
        format_func=answers.__getitem__,
        key=f"check-{name}",
        on_change=_answered,
        args=(name,),
        horizontal=True,
        persist_state="session",
    )
    # The place is as high as a reply (see `frame`), so the page below does not jump. Streamlit
    # draws no empty place.
    with st.container(key=f"reply-{name}"):
        if chosen is None:
            st.caption(messages("practice")("questions.choose"))
            return
        numbers = question.numbers(chosen)
        if chosen == "right":
            st.success(texts(f"{name}.right", **numbers), icon=":material/check_circle:")
        else:
            st.warning(texts(f"{name}.wrong.{chosen}", **numbers), icon=":material/error:")


def _answered(name: str) -> None:
    passed = st.session_state[f"check-{name}"] == "right"
    current_session().tried("question", name, passed)
