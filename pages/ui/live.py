"""The panel of a run in progress. It refreshes only itself, not the whole page."""

from __future__ import annotations

from typing import Any

import pandas as pd
import streamlit as st
from numpy.typing import NDArray

from gru_core import figures
from gru_core.engine import RunJob, Snapshot
from gru_core.forecast.problem import Problem
from gru_core.wording import duration, number
from pages.ui import text
from pages.ui.chart import chart
from pages.ui.chart import load_ahead as load_chart_ahead
from pages.ui.live_region import live_region
from pages.ui.server import engine
from pages.ui.session import Session

__all__ = ["forecast_after", "load_ahead", "loss", "panel"]

#: Seconds between refreshes: of a run that trains, and of one in the queue behind less than ten.
RUNNING, QUEUED = 0.3, 1.0
#: Seconds to wait for the first loss, so that it is on the page at once, not only after a refresh.
FIRST_EPOCH = 0.2


def load_ahead() -> None:
    """Let the browser load what the panel needs beside a chart, out of sight.

    Without it, the first run of a visit fetched the code of the progress bar, and its first loss
    came 0.1 s later.
    """
    with st.container(key="load-ahead"):
        st.progress(0)


def panel(session: Session) -> None:
    """Show the progress, the losses, the live loss chart, and the latest forecast."""
    job = session.job
    assert job is not None
    now = job.snapshot()
    pause = _pause(now.place)
    if engine().ready and not now.place:
        job.wait_for_epoch(FIRST_EPOCH)
    st.fragment(_refresh, run_every=pause, key="live")(job, pause, engine().trouble)


def _pause(place: int) -> float:
    """Seconds between refreshes of a run with `place` runs before it.

    Who waits behind many runs looks less often. In a class of 100 that all wait, looking every
    second took all the time of the server.
    """
    return QUEUED * (1 + place // 10) if place else RUNNING


def _refresh(job: RunJob, pause: float, trouble: str) -> None:
    now = job.snapshot()
    if now.seconds_left is not None and now.seconds_left < RUNNING:
        job.wait(RUNNING)  # the result is shown at once, not only at the next refresh
        now = job.snapshot()
    # The frame around the page shows the trouble of the workers.
    outdated = engine().trouble != trouble
    if not now.active or _pause(now.place) != pause or outdated:
        st.rerun()
    st.progress(now.progress, text=_progress(now))
    live_region(_aloud(now), key="progress-aloud")
    no_step = now.loss is None and now.history.empty
    if now.status == "queued" or no_step:  # there is nothing to draw yet
        with st.container(key="load-ahead"):
            load_chart_ahead("live-loss-ahead")
        return
    for notice in now.notices:
        st.caption(f":material/info: {notice}")
    validation = now.history["val_loss"].iloc[-1] if len(now.history) else None
    # Not st.metric: the browser would first fetch what draws its sparklines.
    st.markdown(
        f"Training loss **{_number(now.loss)}** · Validation loss **{_number(validation)}**"
    )
    loss(now.history, key="live-loss")
    if now.forecast is not None:
        forecast_after(job.problem, *now.forecast, key="live-forecast")


def _progress(now: Snapshot) -> str:
    if now.status == "running":
        more = f" · about {duration(now.seconds_left)} left" if now.seconds_left else ""
        if now.silence is not None:
            more = f" · {text.silent(now.silence)}"
        elif now.loss is None:  # no step was made yet
            return (
                "Your run has begun. The first run of a cell on a machine takes up to half a "
                "minute longer."
            )
        return f"Epoch {now.epoch:.0f} of {now.epochs}{more}"
    if engine().trouble:
        return "Your run waits for a training worker. It will start by itself when one is there."
    if not engine().ready:
        return (
            "The training workers are still loading PyTorch. This takes a few seconds, and longer "
            "the first time on a machine. Your run will then start by itself."
        )
    if now.place:
        runs = "1 run is" if now.place == 1 else f"{now.place} runs are"
        return f"In the queue: {runs} before yours. Yours will start by itself."
    return "Your run is next. It starts as soon as a worker is free."


def _aloud(now: Snapshot) -> str:
    # A screen reader reads every change aloud. So this changes 10 times per run, not 5 per second.
    if now.status != "running":
        return _progress(now)
    if now.silence is not None:
        return "Nothing is heard from the worker. If you press Stop, it is replaced."
    return f"Training: {10 * int(10 * now.progress)} % done"


def _number(value: float | None) -> str:
    return "–" if value is None or value != value else number(value)


def loss(history: pd.DataFrame, key: str) -> None:
    """Draw the loss chart and its two switches. Their settings are kept between runs."""
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown("**Loss**")
        log = st.toggle("Log scale", value=True, key="loss-log", persist_state="session")
        smooth = st.toggle(
            "Smooth",
            key="loss-smooth",
            persist_state="session",
            help="Draw a moving average. The exact values stay visible as faint lines.",
        )
    last = history["train_loss"].iloc[-1] if len(history) else None
    alt = f"Loss by epoch. Training loss now: {_number(last)}."
    chart(figures.loss(history, log=log, smooth=smooth), key=key, alt=alt, file="gru-lab-loss")


def forecast_after(problem: Problem, epoch: int, values: NDArray[Any], key: str) -> None:
    """Draw the closed-loop forecast after one epoch, over the end of the true series."""
    parts = problem.parts
    after = f"after epoch {epoch}" if epoch else "of the untrained network"
    st.markdown(f"**Closed-loop forecast {after}**")
    chart(
        figures.forecast_after(problem.series, parts.forecast_start, values, window=parts.window),
        key=key,
        alt=f"The closed-loop forecast {after}, over the true series.",
    )
