"""What is solved so far, as a file that one can take along."""

from __future__ import annotations

import streamlit as st

from gru_core.errors import GruLabError
from gru_core.teaching.progress import Progress
from gru_core.wording import count
from pages.ui import frame
from pages.ui.messages import messages
from pages.ui.session import Session

__all__ = ["show"]

_FILE = "progress-load"
#: Why the file in the widget could not be read; empty if it could.
_WRONG = "progress-wrong"


def show(session: Session) -> None:
    """Draw the two ways to keep progress: save it to a file, or load one."""
    texts = messages("practice")
    with st.expander(texts("progress.title"), icon=":material/save:"):
        st.markdown(texts("progress.about"))
        st.download_button(
            texts("progress.save"),
            session.progress.to_json(),
            "gru-lab-progress.json",
            on_click="ignore",
            icon=":material/download:",
            key="progress-save",
        )
        file = st.file_uploader(
            texts("progress.load"), type="json", key=_FILE, on_change=_load, args=(session,)
        )
        if file is None:
            return
        if st.session_state.get(_WRONG):
            frame.error(st.session_state[_WRONG])
        else:
            st.success(texts("progress.loaded", solved=_solved(session)))


def _load(session: Session) -> None:
    """Add the progress in the file. This comes before the page is drawn, so the page shows it."""
    file = st.session_state[_FILE]
    st.session_state[_WRONG] = ""
    if file is None:
        return
    try:
        session.progress = session.progress.merged(Progress.from_json(file.getvalue()))
    except GruLabError as error:
        st.session_state[_WRONG] = str(error)


def _solved(session: Session) -> str:
    """What is solved, as `2 exercises and 1 question`."""
    exercises, questions = (
        count(len(session.progress.done(kind)), kind) for kind in ("exercise", "question")
    )
    return f"{exercises} and {questions}"
