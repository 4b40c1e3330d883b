"""The Lab: pick, train live, see the closed-loop forecast."""

from __future__ import annotations

import streamlit as st

from gru_core.errors import GruLabError, OptionError
from gru_core.forecast.problem import Problem
from pages.ui import actions, controls, frame, gallery_card, live, outcome, share, suggest, text
from pages.ui.state import experiment_of_controls, session

state = session()
state.collect()
controls.sidebar(state)

if state.link_error:
    st.warning(f"Part of the link was not understood and left out. {text.plain(state.link_error)}")
problem = None
try:
    experiment = experiment_of_controls()
    share.follow(experiment)
    if experiment.signal == "own" and state.own_series is None:
        st.info("Bring your data in the sidebar, under **1 Signal**.", icon=":material/upload:")
    else:
        problem = Problem.of(experiment, state.own_data(experiment))
except GruLabError as error:
    where = "in the sidebar" if isinstance(error, OptionError) else "for these settings"
    frame.error(error, title=f"Something does not fit {where}")

actions.row(state, problem)
if state.job is not None and outcome.left_nothing(state):
    frame.error(state.job.snapshot().message)
suggest.show(state)
if state.gallery.running:
    st.markdown("**Your two runs in the gallery go on**")
    gallery_card.progress(state.gallery)
if state.running:
    live.panel(state)
elif state.result is not None:
    outcome.show(state, problem)
elif problem is not None:
    outcome.preview(problem)
