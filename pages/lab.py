"""The Lab: pick, train live, see the closed-loop forecast."""

from __future__ import annotations

import streamlit as st

from gru_core.errors import GruLabError, OptionError
from gru_core.forecast.problem import Problem
from pages.ui import (
    actions,
    controls,
    frame,
    gallery_card,
    glossary,
    live,
    outcome,
    share,
    suggest,
    text,
)
from pages.ui.session import current_session, experiment_of_controls

session = current_session()
session.collect()
controls.sidebar(session)

if session.link_error:
    st.warning(
        f"Part of the link was not understood and left out. {text.plain(session.link_error)}"
    )
problem = None
try:
    experiment = experiment_of_controls()
    share.follow(experiment)
    if experiment.signal == "own" and session.own_series is None:
        st.info("Bring your data in the sidebar, under **1 Signal**.", icon=":material/upload:")
    else:
        problem = Problem.of(experiment, session.own_data(experiment))
        session.train_if_asked(problem)
except GruLabError as error:
    where = "in the sidebar" if isinstance(error, OptionError) else "for these settings"
    frame.error(error, title=f"Something does not fit {where}")

actions.row(session, problem)
if session.job is not None and outcome.left_nothing(session):
    frame.error(session.job.snapshot().message)
suggest.show(session)
if session.gallery.running:
    st.markdown("**Your two runs in the gallery go on**")
    gallery_card.progress(session.gallery)
if session.running:
    live.panel(session)
elif session.result is not None:
    outcome.show(session, problem)
elif problem is not None:
    outcome.preview(problem)
glossary.expander()
