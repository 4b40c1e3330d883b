"""Show me the code: the last run as a program of its own."""

from __future__ import annotations

import streamlit as st

from gru_core.export import to_notebook, to_script
from gru_core.forecast.result import Result
from pages.ui import text
from pages.ui.messages import messages
from pages.ui.session import Session

__all__ = ["downloads", "listing", "show"]

#: The height of the program on the page, in pixels. A long one scrolls.
HEIGHT = 480
#: The most lines on the page. With a long series of one's own, more would make the browser slow.
MOST_LINES = 500


def show(session: Session) -> None:
    """Draw the program of the session's last run, or say how to get one."""
    texts = messages("practice")
    st.header(texts("code.title"), anchor=False)
    if session.result is None:
        st.markdown(texts("code.none"))
        if st.button(texts("code.train"), icon=":material/science:", key="code-lab"):
            st.switch_page("lab.py")
        return
    st.markdown(texts("code.about", series=text.plain(session.result.series.name)))
    downloads(session.result)
    lines = to_script(session.result).splitlines()
    if len(lines) > MOST_LINES:
        st.caption(texts("code.long", all=f"{len(lines):,}", shown=MOST_LINES))
    listing("\n".join(lines[:MOST_LINES]))


def listing(program: str) -> None:
    """Draw a program that can be scrolled."""
    # With a height, `st.code` could not be scrolled with the keyboard.
    with st.container(height=HEIGHT, border=False):
        st.code(program, language="python", wrap_lines=True)


def downloads(result: Result) -> None:
    """Draw the buttons that download the program of `result`. It is written when one is pressed."""
    texts = messages("practice")
    with st.container(horizontal=True):
        for name, program, file in (
            ("script", to_script, "gru_lab_run.py"),
            ("notebook", to_notebook, "gru_lab_run.ipynb"),
        ):
            st.download_button(
                texts(f"code.{name}"),
                lambda write=program: write(result),
                file,
                on_click="ignore",
                icon=":material/download:",
                key=f"code-{name}",
            )
