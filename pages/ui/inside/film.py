"""Gate film and surgery: what every gate does along a forecast, and what the loop needs.

The browser computes everything (`assets/film/film.js`). It gets the network and the series once.
"""

from __future__ import annotations

import json
from functools import partial
from typing import Any

import pandas as pd
import streamlit as st

from gru_core.forecast.events import Weights
from gru_core.forecast.problem import Problem
from gru_core.shipped.networks import packed
from pages.ui.component import component, numbers
from pages.ui.messages import Messages, messages
from pages.ui.screen import guess, screen
from pages.ui.session import Session, current_session
from pages.ui.subject import Subject, subject_of

__all__ = ["MOST_BYTES", "MOST_EPOCHS", "epochs_of", "series_of", "show"]

NAME = "film"
#: So many columns of true values stand before the loop, if there are enough of them.
LEAD = 40
#: So many steps of the loop are shown. A screen has no room for more columns.
MOST_STEPS = 500
#: So many earlier epochs are sent to the browser, with at most so many bytes of JSON.
MOST_EPOCHS = 10
MOST_BYTES = 1_000_000

_film = component("film")


def show() -> None:
    """Draw the screen for the session's subject."""
    session = current_session()
    subject = subject_of(session)
    screen(
        NAME,
        partial(_act, session, subject),
        predict=partial(_predict, subject),
        check=partial(_check, session),
    )


def _predict(subject: Subject, texts: Messages) -> str | None:
    # Only in PyTorch's GRU does an update gate of 1 keep the old state.
    group = "predict" if subject.problem.experiment.cell == "gru" else "predict-mute"
    return guess(NAME, group=group)


def _act(session: Session, subject: Subject) -> None:
    st.caption(" ".join([f"{subject.name}.", *_notes(subject.problem)]))
    weights = subject.result.weights_by_epoch if subject.result is not None else {}
    data = {
        "network": subject.network,
        "series": subject.once("film-series", lambda: series_of(subject.problem)),
        "epochs": subject.once("film-epochs", lambda: epochs_of(weights)),
        "labels": json.dumps(messages(NAME).group("labels")),
    }
    _film(key=NAME, data=data, on_checked_change=partial(_checked, session))


def _notes(problem: Problem) -> list[str]:
    """What makes the guess come out differently with this network."""
    experiment = problem.experiment
    special = {
        "difference": bool(problem.parts.lag),
        "window": experiment.normalization == "window",
        "path": experiment.linear_path,
    }
    return [messages(NAME)(f"notes.{name}") for name, holds in special.items() if holds]


def _checked(session: Session) -> None:
    outcome = st.session_state[NAME].checked
    if isinstance(outcome, dict):
        session.tried("screen", NAME, outcome.get("passed") is True)


def _check(session: Session) -> None:
    texts = messages(NAME)
    if session.progress.of("screen", NAME).done:
        st.success(texts("found"), icon=":material/check_circle:")
    else:
        st.caption(texts("not-found"))


def series_of(problem: Problem) -> dict[str, Any]:
    """The values around the start of the forecast, in data units, and the times of all columns.

    `before` are the true values before the loop that the film needs. `truth` and `times` have one
    entry per column: `lead` columns before the loop, then `horizon` columns of the loop. `truth` is
    None after the end of the data. `total` is the horizon of the forecast.
    """
    parts, values = problem.parts, problem.series.values
    start, horizon = parts.forecast_start, min(parts.horizon, MOST_STEPS)
    lead = min(LEAD, start - parts.first)
    if problem.experiment.feedback == "state":
        lead = min(LEAD, parts.window - 1)  # the network has read only one window before the loop
    first, last = start - lead, start + horizon
    truth = problem.actual(first, last)
    return {
        "before": values[max(0, first - parts.first) : start].tolist(),
        "lead": lead,
        "horizon": horizon,
        "total": parts.horizon,
        "truth": numbers(truth),
        "times": _words_of(problem.series.times(first, last)),
    }


def _words_of(times: pd.Index) -> list[str]:
    if not isinstance(times, pd.DatetimeIndex):
        return [f"{time:g}" if isinstance(time, float) else str(time) for time in times.tolist()]
    whole_days = bool((times == times.normalize()).all())
    return list(times.strftime("%Y-%m-%d" if whole_days else "%Y-%m-%d %H:%M"))


def epochs_of(weights_by_epoch: dict[int, Weights]) -> list[dict[str, Any]]:
    """Some of the kept epochs with their weights, packed: first, last and some between.

    There are at most `MOST_EPOCHS`, and together they have at most about `MOST_BYTES`.
    """
    epochs = sorted(weights_by_epoch)
    if not epochs:
        return []
    size = len(json.dumps(packed(weights_by_epoch[epochs[0]])))
    count = min(MOST_EPOCHS, MOST_BYTES // size, len(epochs))
    if count < 2:
        return []
    places = {round(k * (len(epochs) - 1) / (count - 1)) for k in range(count)}
    return [
        {"epoch": epochs[k], "weights": packed(weights_by_epoch[epochs[k]])} for k in sorted(places)
    ]
