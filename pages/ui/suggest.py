"""The search for settings: how it goes, and what it tried."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pandas as pd
import streamlit as st

from gru_core.engine import QuestionJob
from gru_core.forecast.baselines import BASELINES
from gru_core.search.recipe import Recommendation, Traits, Trial
from gru_core.wording import count, duration, error_in_words
from pages.ui import frame, text
from pages.ui.session import Session

__all__ = ["show"]

#: Seconds between refreshes.
PAUSE = 0.5


def show(session: Session) -> None:
    """The search that goes on, or what the last one found, until it is dismissed."""
    asked = session.suggestion
    if asked is None:
        return
    if session.suggesting:
        st.fragment(_refresh, run_every=PAUSE, key="suggesting")(asked)
    elif isinstance(asked.result, Recommendation):
        _found(session, asked.result)
    elif asked.message:
        frame.error(asked.message, title="No settings were found")


def _refresh(asked: QuestionJob) -> None:
    if not asked.active:
        st.rerun()
    tried = [piece for piece in asked.told if isinstance(piece, Trial)]
    with st.container(border=True, key="search"):
        if asked.status == "queued":
            st.markdown(f"**{text.waits(f'The {asked.what}', asked.place)}**")
        else:
            st.markdown(f"**Looking for settings: {count(len(tried), 'trial')} so far**")
        st.caption(
            "Each recipe trains on the first part of the data before the holdout. Then its closed "
            "loop is scored on the rest, from several starts. The best recipes train for longer."
        )
        if tried:
            _table(tried, {}, None)


def _found(session: Session, found: Recommendation) -> None:
    with st.container(border=True, key="search"):
        st.markdown(
            f"**Settings filled in: {text.plain(found.chosen.recipe.title)}.** {found.why} "
            f"{_seen(found.traits)} Press **Train** to use them."
        )
        with st.expander(f"What was tried: {count(len(found.trials), 'trial')}", key="tried"):
            st.caption(
                "Error (MASE): the error of the closed loop from several starts before the "
                "holdout. 1 is the error of repeating the last cycle in the training part."
            )
            _table(found.trials, found.baselines, found.chosen)
        st.button("Close", key="close-search", on_click=_dismiss, args=(session,))


def _dismiss(session: Session) -> None:
    session.suggestion = None


def _seen(traits: Traits) -> str:
    cycle = f"a cycle of {traits.period} values" if traits.period > 1 else "no cycle"
    trend = "a clear trend" if traits.trend > 0.5 else "no clear trend"
    noise = "little" if traits.noise < 0.1 else "some" if traits.noise < 0.4 else "much"
    return f"The series has {cycle}, {trend}, and {noise} noise."


def _table(trials: Sequence[Trial], baselines: Mapping[str, float], chosen: Trial | None) -> None:
    """The trials and the simple forecasts by their error, the chosen trial marked."""
    rows = [
        {
            "Recipe": f"**✓ {_name(trial)}**" if trial is chosen else _name(trial),
            "Error (MASE)": trial.error,
            "Time": duration(trial.seconds),
        }
        for trial in trials
    ]
    rows += [{"Recipe": BASELINES[name], "Error (MASE)": e} for name, e in baselines.items()]
    table = pd.DataFrame(rows).sort_values("Error (MASE)", kind="stable").fillna("–")
    table["Error (MASE)"] = [error_in_words(error, 1.0) for error in table["Error (MASE)"]]
    st.table(table, border="horizontal", hide_index=True)


def _name(trial: Trial) -> str:
    options = trial.recipe.options
    trained = count(options["epochs"], "epoch") if trial.recipe.trained else "readout only"
    return f"{trial.recipe.title} (window {options['window']}, {trained})"
