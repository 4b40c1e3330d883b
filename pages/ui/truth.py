"""The truth about a finished forecast: what was found, what to try, and a closer look at it."""

from __future__ import annotations

import numpy as np
import streamlit as st
from plotly.graph_objects import Figure
from streamlit.delta_generator import DeltaGenerator

from gru_core import figures
from gru_core.errors import GruLabError, SeriesError
from gru_core.experiment.experiment import Experiment
from gru_core.forecast.result import Result
from gru_core.judgement.advice import Advice
from gru_core.judgement.findings import Tone
from gru_core.judgement.handover import Handover, most_true_steps
from gru_core.judgement.intervals import Interval
from gru_core.wording import error_in_words
from pages.ui import many_starts, text
from pages.ui.chart import chart
from pages.ui.findings import Findings
from pages.ui.session import Session, set_controls

__all__ = ["band", "closer", "findings", "verdict"]

_BADGES: dict[Tone, str] = {
    "good": ":green-badge[:material/check: Good]",
    "note": ":blue-badge[:material/info: Note]",
    "bad": ":red-badge[:material/warning: Problem]",
}


def findings(session: Session, result: Result) -> Findings:
    """What is known about `result`; forgotten when there is another one."""
    if session.findings is None or session.findings.result is not result:
        session.findings = Findings(result)
    return session.findings


def band(found: Findings) -> Interval | None:
    """The interval around the forecast, if it is asked for; several members ask by themselves."""
    shown = st.toggle(
        "90 % interval",
        value=found.result.experiment.members > 1,
        key=f"interval-{id(found.result)}",
        help="The band that should hold nine in ten of the values that come, as wide as errors "
        "made before the holdout ask for. More members under Model tell it where they disagree.",
    )
    if not shown:
        return None
    try:
        return found.interval
    except SeriesError as error:
        st.info(text.plain(str(error)))
        return None


def verdict(found: Findings, waiting: DeltaGenerator | None) -> None:
    """What was found, a badge each, and what to try; `waiting` stood there in the meantime."""
    verdicts = found.verdicts
    if waiting is not None:
        waiting.empty()
    for one in verdicts:
        st.markdown(f"{_BADGES[one.tone]} {text.plain(one.sentence)}")
    for number, advice in enumerate(found.advice):
        with st.container(horizontal=True, vertical_alignment="center", key=f"advice-{number}"):
            st.markdown(f"**What to try.** {text.plain(advice.sentence)}")
            _try(found.result.experiment, advice, number)


def _try(experiment: Experiment, advice: Advice, number: int) -> None:
    if not advice.change:
        return
    try:
        changed = experiment.replace(**advice.change)
    except GruLabError:  # it contradicts another option: the sentence has to do
        return
    st.button(
        "Try it",
        icon=":material/tune:",
        key=f"try-{number}",
        on_click=set_controls,
        args=(changed,),
        help="Sets the controls of this run so. Then press Train.",
    )


def closer(session: Session, found: Findings) -> None:
    """One of several closer looks; only the one that is shown is computed."""
    st.header("A closer look", anchor=False)
    if session.comparing:
        many_starts.progress(found)
    st.fragment(_closer, key="closer")(session, found)


def _closer(session: Session, found: Findings) -> None:
    looks = {
        "Handover": lambda: _handover(found),
        "Stability": lambda: _stability(found),
        "Error by lead time": lambda: _by_lead(found),
        "Many starts": lambda: many_starts.show(session, found),
    }
    chosen = st.pills(
        "A closer look",
        list(looks),
        default="Handover",
        required=True,
        key="closer-look",
        persist_state="session",
        label_visibility="collapsed",
    )
    try:
        looks[chosen or "Handover"]()
    except SeriesError as error:
        st.info(text.plain(str(error)))


def _handover(found: Findings) -> None:
    result, parts = found.result, found.result.parts
    if not most_true_steps(result):
        st.markdown(
            "The forecast lies beyond the data, so there are no true values to feed to the network."
        )
        return
    with st.spinner("The loop is closed at one step after another…"):
        shown = found.handovers
    st.caption(
        "The network first reads true values for some steps. Then it reads only its own forecasts."
    )
    captions = [_parted(result, one) for one in shown]
    figure = figures.handover(result.series, parts.forecast_start, shown, captions)
    alt = "The forecast, once fed with true values and then with its own."
    chart(figure, key=f"handover-{id(result)}", alt=alt, file="gru-lab-handover")


def _parted(result: Result, handover: Handover) -> str:
    """The error on either side of the handover, as far as true values are known."""
    n, parts = len(handover.one_step), result.parts
    actual = result.problem.actual(parts.forecast_start, parts.forecast_end)
    spread = float(result.series.values.std())
    told = []
    for forecast, true, when in (
        (handover.one_step, actual[:n], "while it is fed true values"),
        (handover.closed_loop, actual[n:], "once it feeds itself"),
    ):
        errors = np.abs(forecast - true)[~np.isnan(true)]
        if len(errors):
            told.append(f"{error_in_words(float(errors.mean()), spread)} {when}")
    return f"Its mean error is {', and '.join(told)}."


def _stability(found: Findings) -> None:
    result = found.result
    with st.spinner("The network runs on and on…"):
        run = found.stability
    st.markdown(f"**{text.plain(run.sentence)}**")
    start, horizon = result.parts.forecast_start, result.parts.horizon
    long = figures.free_run(result.series, run.generated, start, horizon)
    chart(long, key="free-run", alt=f"The closed loop on and on. {run.sentence}")
    st.markdown(
        "**Portraits.** Each value is drawn against an earlier one. A cycle is a closed line, "
        "chance is a cloud, and a loop that dies winds into a point. If the network has understood "
        "the series, both portraits look alike."
    )
    both = figures.portrait(result.series.values, run.generated, run.lag, result.series.unit)
    names = {"Original": "true values", "Closed loop": "free run"}
    for column, trace in zip(st.columns(2), both.data, strict=True):
        with column:
            alone = Figure(trace, both.layout).update_layout(showlegend=True)
            alt = f"Delay portrait of the {names[trace.name]}. {run.sentence}"
            chart(alone, key=f"portrait-{trace.name}", alt=alt)


def _by_lead(found: Findings) -> None:
    with st.spinner("The network forecasts from many starts…"):
        scored = found.evaluation
    st.markdown(
        f"The mean of {scored.where}. Each step of the closed loop builds on earlier mistakes, so "
        "errors usually grow. One-step predictions read true values."
    )
    figure = figures.by_lead(scored, found.result.series.unit, log=True)
    errors = scored.by_lead["forecast"]
    alt = (
        f"Mean absolute error by steps ahead. Closed loop: {errors.iloc[0]:.3g} after 1 step "
        f"and {errors.iloc[-1]:.3g} after {len(errors)}."
    )
    chart(figure, key="by-lead", alt=alt, file="gru-lab-error-by-lead")
