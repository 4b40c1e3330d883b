"""The Lab: choose settings, train live, and see the closed-loop forecast."""

from __future__ import annotations

import streamlit as st

from gru_core.errors import GruLabError, OptionError
from gru_core.experiment.experiment import OWN_DATA
from gru_core.forecast.problem import Problem, series_of
from pages.ui import (
    actions,
    controls,
    focus,
    frame,
    gallery_card,
    glossary,
    heading,
    live,
    outcome,
    own_data,
    share,
    suggest,
    text,
)
from pages.ui.learn import cells
from pages.ui.messages import messages
from pages.ui.session import current_session
from pages.ui.settings import experiment_of_controls

session = current_session()
session.collect()
controls.sidebar()

# Every region has a fixed place, even when it is empty. A change in one region moves no other.
top, data, buttons, search, stage = (st.container() for _ in range(5))

experiment, problem = None, None
with data:
    if session.link_error:
        st.warning(
            f"Part of the link is not valid and was ignored. {text.plain(session.link_error)}"
        )
    try:
        experiment = experiment_of_controls()
        if experiment.signal == OWN_DATA:
            session.own_series = own_data.choose(
                session.kept_series, remove=session.remove_series, folded=session.uses_own_data
            )
        share.follow(session, experiment)
        if experiment.signal != OWN_DATA or session.own_series is not None:
            series = series_of(experiment, session.own_data(experiment))
            suggest.start(session, experiment, series)
            problem = Problem.of(experiment, series)
            session.train_if_asked(problem)
    except GruLabError as error:
        wrong_option = isinstance(error, OptionError)
        frame.error(
            error,
            title="Check the settings in the sidebar" if wrong_option else "This run cannot start",
        )

with top:
    heading.show(experiment)
with buttons:
    actions.row(session, problem)
    if experiment is not None:
        session.remember(experiment)
    if why := outcome.left_nothing(session):
        frame.error(why)
with search:
    suggest.show(session)
    if session.gallery.running:
        st.markdown("**Your two gallery runs are still training**")
        gallery_card.progress(session.gallery)
    if session.cells.running:
        st.markdown(messages("cells")("runs.in-lab"))
        cells.progress(session.cells)
with stage:
    if session.running:
        with frame.scene("running"):
            live.panel(session)
    elif session.result is not None:
        with frame.scene("result"):
            outcome.show(session, problem)
    elif problem is not None:
        with frame.scene("preview"):
            outcome.preview(problem)
glossary.expander()
focus.keep("actions", "Stop" if session.busy else "Train")
