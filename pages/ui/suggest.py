"""The search for settings: its progress, and its trials."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pandas as pd
import streamlit as st

from gru_core.data.series import Series
from gru_core.engine import Question, QuestionJob
from gru_core.errors import GruLabError
from gru_core.experiment.experiment import OWN_DATA, Experiment
from gru_core.experiment.start import TRENDING_SHARE
from gru_core.forecast.baselines import BASELINES
from gru_core.forecast.windows import split
from gru_core.search.recipe import FEWEST_VALUES, Recommendation, Traits, Trial
from gru_core.wording import count, duration, error_in_words
from pages.ui import frame, text
from pages.ui.session import Session

__all__ = ["show", "start"]

#: Seconds between refreshes.
PAUSE = 0.5
#: The longest time of a search, because a class shares the server's workers.
MOST_SECONDS = 60.0


def start(session: Session, experiment: Experiment, series: Series) -> None:
    """Prepare a search. Fit the first settings to a new series of the user's own, and say why."""
    if experiment.signal == OWN_DATA:
        session.started.follow(experiment, series)
        for reason in session.started.reasons(experiment):
            st.caption(f":material/auto_awesome: {reason}")
    session.question, session.no_question = _question(experiment, series)


def _question(experiment: Experiment, series: Series) -> tuple[Question | None, str]:
    """The search that is possible, also if the settings do not fit; or None, and why not.

    The search sees only the values before the holdout.
    """
    try:
        # The shortest window fits every series that a search can use.
        parts = split(experiment.replace(window=1, difference=None, validation=0.0), len(series))
    except GruLabError as error:
        return None, str(error)
    if parts.holdout_start < FEWEST_VALUES:
        return None, (
            f"It needs at least {FEWEST_VALUES} values before the holdout, and there are "
            f"{parts.holdout_start}. Bring a longer series, or make the holdout smaller."
        )
    arguments = {
        "horizon": parts.horizon,
        "seed": experiment.seed,
        "period": experiment.period,
        "budget_s": MOST_SECONDS,
    }
    return Question("settings", series.part(0, parts.holdout_start), arguments), ""


def show(session: Session) -> None:
    """Show the running search, or the result of the last one until the user closes it."""
    search = session.suggestion
    if search is None:
        return
    if session.suggesting:
        st.fragment(_refresh, run_every=PAUSE, key="suggesting")(search)
    elif isinstance(search.result, Recommendation):
        _result(session, search.result)
    elif search.message:
        frame.error(search.message, title="No settings were found")


def _refresh(search: QuestionJob) -> None:
    if not search.active:
        st.rerun()
    trials = [message for message in search.told if isinstance(message, Trial)]
    with st.container(border=True, key="search"):
        if search.status == "queued":
            st.markdown(f"**{text.waits(f'The {search.what}', search.place)}**")
        elif search.silence is not None:
            st.markdown(f"**Looking for settings: {text.silent(search.silence)}**")
        else:
            st.markdown(f"**Looking for settings: {count(len(trials), 'trial')} so far**")
        st.caption(
            "The data before the holdout have two parts. Each recipe trains on the first part. Its "
            "closed loop is scored on the second part, from several starts. Then the best recipes "
            "train for longer."
        )
        if trials:
            _table(trials, {}, None)


def _result(session: Session, recommendation: Recommendation) -> None:
    with st.container(border=True, key="search"):
        st.markdown(
            f"**Settings filled in: {text.plain(recommendation.chosen.recipe.title)}.** "
            f"{recommendation.why} {_in_words(recommendation.traits)} Press **Train** to use them."
        )
        with st.expander(
            f"What was tried: {count(len(recommendation.trials), 'trial')}", key="tried"
        ):
            st.caption(
                "Error (MASE): the error of the closed loop from several starts before the "
                "holdout. 1 is the error of repeating the last cycle in the training part. "
                "Below 1 is better than that."
            )
            _table(recommendation.trials, recommendation.baselines, recommendation.chosen)
        st.button("Close", key="close-search", on_click=_dismiss, args=(session,))


def _dismiss(session: Session) -> None:
    session.suggestion = None


def _in_words(traits: Traits) -> str:
    cycle = f"a cycle of {traits.period} values" if traits.period > 1 else "no cycle"
    trend = "a clear trend" if traits.trend > TRENDING_SHARE else "no clear trend"
    noise = "little" if traits.noise < 0.1 else "some" if traits.noise < 0.4 else "much"
    return f"The series has {cycle}, {trend}, and {noise} noise."


def _table(trials: Sequence[Trial], baselines: Mapping[str, float], chosen: Trial | None) -> None:
    """Show the trials and the simple forecasts, sorted by error. Mark the chosen trial."""
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
