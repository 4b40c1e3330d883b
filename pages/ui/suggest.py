"""The search for settings: how it goes, and what it tried."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from gru_core.engine import QuestionJob
from gru_core.forecast.baselines import BASELINES
from gru_core.search.recipe import Recommendation, Traits, Trial
from gru_core.wording import count, duration
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
            "Each recipe is trained on the first part of what lies before the holdout, and its "
            "closed loop is scored on the rest, from several starts. The best few are trained on, "
            "for as long as that pays where there is little noise; else, of close ones the one is "
            "taken that agrees best with the forecasts of the others."
        )
        if tried:
            _table(tried, {})


def _found(session: Session, found: Recommendation) -> None:
    with st.container(border=True, key="search"):
        st.markdown(
            f"**Settings filled in: {text.plain(found.chosen.recipe.title)}.** "
            f"{_seen(found.traits)} Press **Train** to use them."
        )
        with st.expander(f"What was tried: {count(len(found.trials), 'trial')}", key="tried"):
            st.caption(
                "Error is that of the closed loop from several starts before the holdout, as a "
                "share of the seasonal naive forecast's one-season error in the training part "
                "(MASE). Below 1 is better than that; the simple forecasts were scored on the "
                f"same values. {found.why}"
            )
            _table(found.trials, found.baselines)
        st.button("Close", key="close-search", on_click=_dismiss, args=(session,))


def _dismiss(session: Session) -> None:
    session.suggestion = None


def _seen(traits: Traits) -> str:
    cycle = f"a cycle of {traits.period} values" if traits.period > 1 else "no cycle"
    trend = "a clear trend" if traits.trend > 0.5 else "no clear trend"
    noise = "little" if traits.noise < 0.1 else "some" if traits.noise < 0.4 else "much"
    return f"The series has {cycle}, {trend}, and {noise} noise."


def _table(trials: list[Trial] | tuple[Trial, ...], baselines: dict[str, float]) -> None:
    rows = [
        {
            "Error (MASE)": trial.error,  # first, as a phone shows little more than one column
            "Recipe": trial.recipe.title,
            "Window": trial.recipe.options["window"],
            "Epochs": trial.recipe.options["epochs"] if trial.recipe.trained else None,
            "Time": duration(trial.seconds),
        }
        for trial in trials
    ]
    rows += [{"Error (MASE)": e, "Recipe": BASELINES[name]} for name, e in baselines.items()]
    table = pd.DataFrame(rows).sort_values("Error (MASE)", kind="stable")
    table = table.astype({"Window": "Int64", "Epochs": "Int64"})
    st.dataframe(
        table,
        hide_index=True,
        placeholder="–",
        column_config={
            "Epochs": st.column_config.NumberColumn(
                help="Empty: nothing but the readout is solved."
            ),
            "Error (MASE)": st.column_config.NumberColumn(format="%.3g"),
        },
        key="trials",
    )
