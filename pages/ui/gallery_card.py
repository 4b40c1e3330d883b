"""One failure of the gallery: what one sees, the ways into the Lab, and both runs at once."""

from __future__ import annotations

import streamlit as st

from gru_core import figures
from gru_core.errors import GruLabError
from gru_core.experiment.gallery import Failure
from gru_core.judgement.sentences import changes
from pages.ui import frame, text
from pages.ui.chart import chart
from pages.ui.gallery_runs import GalleryRuns
from pages.ui.session import Session, open_lab

__all__ = ["card", "progress"]

#: Seconds between two looks at a run that goes on.
PAUSE = 0.3

_FIRST = "What goes on in the Lab has to end first."


def card(session: Session, number: int, failure: Failure) -> None:
    """Draw the `number`th failure."""
    runs = session.gallery
    with st.container(border=True, key=f"failure-{number}"):
        st.subheader(failure.title)
        st.markdown(f"**What you see.** {failure.symptom}")
        _buttons(session, number, failure)
        with st.expander("Why, and what mends it", key=f"why-{number}"):
            st.markdown(f"{failure.reason}\n\nThe one change: **{_change(failure)}**")
        if runs.failure == failure and runs.running:
            progress(runs)
        elif runs.failure == failure and runs.message:
            frame.error(runs.message)
        else:
            _both(runs, number, failure)


def _buttons(session: Session, number: int, failure: Failure) -> None:
    runs = session.gallery
    with st.container(horizontal=True):
        both = st.button(
            "Run both",
            type="primary",
            icon=":material/compare:",
            key=f"both-{number}",
            disabled=session.busy,
            help="Train it without and with the change, and see both forecasts here. "
            + ("Some seconds." if runs.running or not session.busy else _FIRST),
        )
        fail = st.button(
            "See it fail", key=f"fail-{number}", help="Open the Lab with the settings that fail."
        )
        mended = st.button(
            "See it mended",
            key=f"mended-{number}",
            help="Open the Lab with the one option changed.",
        )
        if (
            runs.running
            and runs.failure == failure
            and st.button(
                "Stop", icon=":material/stop:", key=f"stop-{number}", help="End both runs."
            )
        ):
            runs.stop()
    if fail:
        open_lab(failure.broken)
    if mended:
        open_lab(failure.fixed)
    if both and not session.busy:
        try:
            runs.start(failure)
        except GruLabError as error:
            frame.error(error)
        else:
            st.rerun()


def progress(runs: GalleryRuns) -> None:
    """How far the pair is that goes on; when it has ended, the page is drawn anew."""
    st.fragment(_progress, run_every=PAUSE, key="pair")(runs)


def _progress(runs: GalleryRuns) -> None:
    runs.follow()
    if runs.job is None or runs.failure is None:
        st.rerun()
    now = runs.job.snapshot()
    second = runs.failure.broken in runs.ended
    which = "After the change" if second else "Before the change"
    doing = f"epoch {now.epoch:.0f} of {now.epochs}" if now.status == "running" else "waiting"
    st.progress((second + now.progress) / 2, text=f"{which}: {doing}")


def _both(runs: GalleryRuns, number: int, failure: Failure) -> None:
    pair = runs.pair(failure)
    if pair is None:
        return
    before, errors_before, after, errors_after = pair
    chart(
        figures.before_after(
            before.series, before.forecast, after.forecast, start=before.parts.forecast_start
        ),
        key=f"before-after-{number}",
        alt=f"The closed-loop forecasts before and after the change {_change(failure)}",
    )
    unit = f" {text.plain(before.series.unit)}" if before.series.unit else ""
    old, new = (errors.table["mae"] for errors in (errors_before, errors_after))
    st.markdown(
        f"**{_change(failure)}**: from {len(errors_after.starts)} starts in the holdout, the mean "
        f"absolute error is **{old['forecast']:.3g}{unit}** before the change and "
        f"**{new['forecast']:.3g}{unit}** after it. Repeating the last cycle, which needs no "
        f"network, has {new['seasonal_naive']:.3g}{unit}."
    )


def _change(failure: Failure) -> str:
    [change] = changes(failure.broken, failure.fixed)
    return text.plain(change)
