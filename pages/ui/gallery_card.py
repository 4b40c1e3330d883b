"""One card of the gallery: a failure, its reason, and the change that fixes it."""

from __future__ import annotations

import json
from functools import lru_cache
from typing import Any

import streamlit as st

from gru_core import figures
from gru_core.experiment.gallery import Failure
from gru_core.judgement.sentences import changes
from gru_core.shipped.gallery import Outcome, kept
from gru_core.wording import count, error_in_words
from pages.ui import frame, run_row, text
from pages.ui.chart import chart
from pages.ui.gallery_runs import GalleryRuns
from pages.ui.live_region import live_region
from pages.ui.session import Session, open_lab

__all__ = ["STYLE", "card", "progress"]

#: Hides the failure's title in button labels. Only screen readers read it: the card shows it too.
STYLE = """
<style>
  [class*="st-key-failure-"] :is(button, summary) .stMarkdownColoredText {
    position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%);
  }
</style>
"""

_BUSY = "Something else is running. Wait until it ends."


def card(session: Session, number: int, failure: Failure) -> None:
    """Draw the card of `failure`, which is number `number` of the page, from 0."""
    runs = session.gallery
    before, after = runs.pair(failure) or (kept(failure.broken), kept(failure.fixed))
    with st.container(border=True, key=f"failure-{number}"):
        st.header(failure.title)
        st.markdown(f"**What you see.** {failure.symptom}")
        if before is not None:
            chart(
                _figure(before),
                key=f"failing-{number}",
                alt=f"{failure.symptom} The mean absolute error of this forecast is "
                f"{_error(before, before.drawn_error)}.",
                file="gru-lab-failure",
            )
        if _lab_button("See it fail", session, failure, key=f"fail-{number}"):
            open_lab(failure.broken, train=True)
        answer = st.expander(
            _named("Why it fails, and what fixes it", failure),
            expanded=failure in runs.started,
            key=f"why-{number}",
        )
        with answer:
            st.markdown(f"{failure.reason}\n\nThe one change: **{text.plain(_change(failure))}**")
            if before is not None and after is not None:
                _both(number, failure, before, after)
            _run_both(session, number, failure)


def _both(number: int, failure: Failure, before: Outcome, after: Outcome) -> None:
    old, new = _error(before, before.drawn_error), _error(after, after.drawn_error)
    chart(
        _figure(before, after),
        key=f"before-after-{number}",
        alt=f"The closed-loop forecast before and after the change {_change(failure)}. "
        f"The mean absolute error is {old} before and {new} after.",
        file="gru-lab-before-after",
    )
    many = [_error(before, before.error), _error(after, after.error), _error(after, after.naive)]
    old, new, *many = map(text.plain, [old, new, *many])
    st.markdown(
        f"Mean absolute error of the forecast: **{old}** before, **{new}** after. "
        f"From {count(after.starts, 'start')} in the holdout: {many[0]} before, {many[1]} after. "
        f"Repeating the last cycle needs no network: its error is {many[2]}."
    )


def _run_both(session: Session, number: int, failure: Failure) -> None:
    """Draw the buttons that train, and the progress."""
    runs = session.gallery
    mine = runs.running and runs.failure == failure
    live_region(_status(runs, failure), key=f"status-{number}")
    with st.container():  # drawn even when empty: Streamlit then keeps the button below
        if mine:
            progress(runs)
        elif runs.failure == failure and runs.message:
            frame.error(runs.message)
    with st.container(horizontal=True):
        # One button with two labels keeps the keyboard focus.
        st.button(
            _named("Stop" if mine else "Run both here", failure),
            icon=":material/stop:" if mine else ":material/compare:",
            key=f"both-{number}",
            disabled=session.busy and not mine,
            help="Stop both runs."
            if mine
            else _BUSY
            if session.busy
            else "Train both networks here, without and with the change. This takes some seconds.",
            on_click=runs.stop if mine else _start,
            args=() if mine else (session, failure),
        )
        if _lab_button("See it fixed", session, failure, key=f"fixed-{number}"):
            open_lab(failure.fixed, train=True)


def _start(session: Session, failure: Failure) -> None:
    if not session.busy:
        session.gallery.start(failure)


def _lab_button(label: str, session: Session, failure: Failure, key: str) -> bool:
    return st.button(
        _named(label, failure),
        icon=":material/play_arrow:",
        key=key,
        disabled=session.busy,
        help=_BUSY if session.busy else "Open the Lab with these settings and start training.",
    )


def _status(runs: GalleryRuns, failure: Failure) -> str:
    if runs.running and runs.failure == failure:
        return f"Training {'with' if runs.fixing else 'without'} the change…"
    if runs.pair(failure):
        return "New results: both networks were trained just now."
    stopped = "Stopped. " if runs.failure == failure and runs.stopped else ""
    if kept(failure.broken) is None:
        return f"{stopped}There is no result yet."
    return f"{stopped}Saved results: both networks were trained earlier."


def progress(runs: GalleryRuns) -> None:
    """Show the progress of the running pair. When one run ends, the page is drawn again."""
    name = "After the change" if runs.fixing else "Before the change"
    run_row.progress(runs, name, key="pair")


@lru_cache(maxsize=64)
def _figure(before: Outcome, after: Outcome | None = None) -> dict[str, Any]:
    """The figure as plain data. It is cached, because an outcome never changes."""
    if after is None:
        figure = figures.failing(before.series, before.forecast, start=before.start)
    else:
        figure = figures.before_after(
            before.series, before.forecast, after.forecast, start=before.start
        )
    plain: dict[str, Any] = json.loads(figure.to_json())
    return plain


def _error(outcome: Outcome, error: float) -> str:
    words = error_in_words(error, outcome.series.spread)
    return f"{words} {outcome.series.unit}".strip() if words[-1].isdigit() else words


def _named(label: str, failure: Failure) -> str:
    """`label` with the failure's title, which only screen readers read."""
    return f"{label} :gray[({text.plain(failure.title)})]"


def _change(failure: Failure) -> str:
    [change] = changes(failure.broken, failure.fixed)
    return change
