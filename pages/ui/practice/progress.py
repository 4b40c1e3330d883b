"""What is solved so far, as a file that one can take along."""

from __future__ import annotations

import streamlit as st

from gru_core.errors import GruLabError
from gru_core.teaching.progress import KINDS, Progress
from pages.ui import frame
from pages.ui.messages import messages
from pages.ui.session import Session

__all__ = ["show"]


def show(session: Session) -> None:
    """Draw the two ways to keep progress: save it to a file, or load one."""
    texts = messages("practice")
    with st.expander(texts("progress.title"), icon=":material/save:"):
        st.markdown(texts("progress.about"))
        st.download_button(
            texts("progress.save"),
            lambda: session.progress.to_json(),
            "gru-lab-progress.json",
            on_click="ignore",
            icon=":material/download:",
            key="progress-save",
        )
        file = st.file_uploader(texts("progress.load"), type="json", key="progress-load")
        if file is None:
            return
        try:
            session.progress = session.progress.merged(Progress.from_json(file.getvalue()))
        except GruLabError as error:
            frame.error(error)
        else:
            st.success(
                texts(
                    "progress.loaded",
                    solved=sum(len(session.progress.done(kind)) for kind in KINDS),
                )
            )
