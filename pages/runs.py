"""Runs: all runs of this browser in one table, and a comparison of the chosen ones."""

from __future__ import annotations

import streamlit as st

from pages.ui import browser
from pages.ui.messages import messages
from pages.ui.runs import care, editor, listing, overlay
from pages.ui.server import store
from pages.ui.session import current_session

#: Seconds between two looks at the states of runs that go on.
PAUSE = 2.0


def states() -> list[tuple[str, str, int]]:
    """How far each run is."""
    return [(run.id, run.status, run.epoch) for run in store().runs(browser.key())]


def watch(drawn: list[tuple[str, str, int]]) -> None:
    """Draw the page again when a run has come further."""
    if states() != drawn:
        st.rerun()


current_session().collect()
texts = messages("runs")
st.title(texts("title"), anchor=False)
st.markdown(texts("about"))
editor.carry_out()
runs = store().runs(browser.key())
if runs:
    everything, rows = editor.search(runs)
    care.said()
    ticked = editor.chosen(runs)
    shown = overlay.drawn(ticked)
    letters = {one: run.letter for one, run in shown.items()}
    if rows:
        editor.draw(rows, ticked, letters, everything=everything)
    else:
        st.info(texts("nothing-found"))
    care.actions(ticked)
    care.space(runs)
    overlay.show(ticked, shown)
else:
    care.said()
    st.info(texts("empty"))
    if st.button(texts("train"), type="primary", icon=":material/science:"):
        st.switch_page("lab.py")
    care.importing()
if any(run.status in listing.ACTIVE for run in runs):
    st.fragment(watch, run_every=PAUSE, key="runs-watch")(
        [(run.id, run.status, run.epoch) for run in runs]
    )
