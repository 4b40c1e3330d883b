"""Train, Suggest settings, Stop, Continue, Rewind; and what a run would cost."""

from __future__ import annotations

import streamlit as st

from gru_core.engine.cost import estimate
from gru_core.errors import GruLabError
from gru_core.forecast.problem import Problem
from gru_core.wording import duration
from pages.ui import frame, share
from pages.ui.server import engine
from pages.ui.session import Session

__all__ = ["row"]


def row(session: Session, problem: Problem | None) -> None:
    """The buttons, and a line about cost under them. `problem` is None while nothing can run."""
    result = session.result
    busy = session.busy
    with st.container(horizontal=True, key="actions"):
        train = st.button(
            "Train",
            type="primary",
            icon=":material/play_arrow:",
            disabled=problem is None or busy,
            help="Train a new network from its initial weights.",
        )
        suggest = st.button(
            "Suggest settings",
            icon=":material/auto_awesome:",
            disabled=problem is None or busy,
            help="Try a handful of recipes on the part before the holdout, for a minute at most, "
            "and fill in the best.",
        )
        stop = st.button(
            "Stop",
            icon=":material/stop:",
            disabled=not busy,
            help="End what goes on and keep what there is: of a run its best weights, of a search "
            "its best settings.",
        )
        more = st.button(
            "Continue",
            icon=":material/fast_forward:",
            disabled=busy or result is None or session.rewound,
            help="Train the same network for as many epochs more as are set under Training.",
        )
        rewind = st.button(
            "Rewind",
            icon=":material/replay:",
            disabled=busy or result is None or session.rewound,
            help="Back to the same initial weights, before any training.",
        )
        share.popover(session, problem)
    try:
        if train and problem is not None and not busy:
            session.train(problem.experiment)
            st.rerun()
        if suggest and problem is not None and not busy:
            session.suggest(problem)
            st.rerun()
        if more and result is not None and not busy:
            epochs = problem.experiment.epochs if problem else result.experiment.epochs
            session.train(result.experiment.replace(epochs=epochs), resume=result)
            st.rerun()
    except GruLabError as error:
        frame.error(error)
    if stop:
        session.stop()
    if rewind:
        session.rewound = True
        st.rerun()
    if problem is not None and not busy:
        cost = estimate(problem, engine().calibration)
        parts = problem.parts
        st.caption(
            f"{parts.train_windows:,} windows to train on · {cost.parameters:,} parameters · "
            f"about {duration(cost.seconds)}"
        )
