"""Practice: the lesson's exercise, seven more, short questions, and the code of the last run."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import streamlit as st

from pages.ui import screen
from pages.ui.messages import messages
from pages.ui.practice import code, exercises, progress, questions
from pages.ui.session import Session, current_session

#: The parts of the page, and the function that draws each.
PARTS: Mapping[str, Callable[[Session], None]] = {
    "exercises": exercises.show,
    "questions": questions.show,
    "code": code.show,
}

texts = messages("practice")
session = current_session()
session.collect()
st.title(texts("title"), anchor=False)
st.markdown(texts("about"))
titles = {name: texts(f"{name}.title") for name in PARTS}
chosen = screen.choose(titles, key="practice", label=texts("parts"))
PARTS[chosen](session)
progress.show(session)
