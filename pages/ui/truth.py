"""How good a finished forecast is: the findings, what to try, and the closer looks."""

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
from pages.ui.session import Session
from pages.ui.settings import set_controls

__all__ = ["band", "closer", "findings", "verdict"]

_BADGES: dict[Tone, str] = {
    "good": ":green-badge[:material/check: Good]",
    "note": ":blue-badge[:material/info: Note]",
    "bad": ":red-badge[:material/warning: Problem]",
}


def findings(session: Session, result: Result) -> Findings:
    """The findings about `result`, kept until there is another result."""
    if session.findings is None or session.findings.result is not result:
        session.findings = Findings(result)
    return session.findings


def band(findings: Findings) -> Interval | None:
    """The interval around the forecast, if it is switched on. Several members switch it on."""
    shown = st.toggle(
        "90 % interval",
        value=findings.result.experiment.members > 1,
        key=f"interval-{id(findings.result)}",
        help="Nine in ten future values should lie in this band. Its width comes from forecast "
        "errors before the holdout. With more members (under Model), it is wider where they "
        "disagree.",
    )
    if not shown:
        return None
    try:
        return findings.interval
    except SeriesError as error:
        st.info(text.plain(str(error)))
        return None


def verdict(findings: Findings, waiting: DeltaGenerator | None) -> None:
    """Show each finding with a badge, then what to try. They replace the text in `waiting`."""
    verdicts = findings.verdicts
    if waiting is not None:
        waiting.empty()
    for finding in verdicts:
        st.markdown(f"{_BADGES[finding.tone]} {text.plain(finding.sentence)}")
    for number, advice in enumerate(findings.advice):
        with st.container(horizontal=True, vertical_alignment="center", key=f"advice-{number}"):
            st.markdown(f"**What to try.** {text.plain(advice.sentence)}")
            _try(findings.result.experiment, advice, number)


def _try(experiment: Experiment, advice: Advice, number: int) -> None:
    if not advice.change:
        return
    try:
        changed = experiment.replace(**advice.change)
    except GruLabError:  # the change contradicts another option: show only the sentence
        return
    st.button(
        "Try it",
        icon=":material/tune:",
        key=f"try-{number}",
        on_click=set_controls,
        args=(changed,),
        help="Set the controls to the settings of this run, with this change. Then press Train.",
    )


def closer(session: Session, findings: Findings) -> None:
    """Show one of several closer looks. Only the chosen one is computed."""
    st.header("A closer look", anchor=False)
    if session.comparing:
        many_starts.progress(findings)
    st.fragment(_closer, key="closer")(session, findings)


def _closer(session: Session, findings: Findings) -> None:
    looks = {
        "Handover": lambda: _handover(findings),
        "Stability": lambda: _stability(findings),
        "Error by lead time": lambda: _by_lead(findings),
        "Many starts": lambda: many_starts.show(session, findings),
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


def _handover(findings: Findings) -> None:
    result, parts = findings.result, findings.result.parts
    if not most_true_steps(result):
        st.markdown(
            "The forecast lies beyond the data, so there are no true values to feed to the network."
        )
        return
    with st.spinner("Closing the loop at one step after another…"):
        handovers = findings.handovers
    st.caption(
        "The network first reads true values for some steps. Then it reads only its own forecasts."
    )
    figure = findings.figure(
        "handover",
        lambda: figures.handover(
            result.series,
            parts.forecast_start,
            handovers,
            [_errors(result, handover) for handover in handovers],
        ),
    )
    alt = "The forecast: first fed with true values, then with its own."
    chart(figure, key=f"handover-{id(result)}", alt=alt, file="gru-lab-handover")


def _errors(result: Result, handover: Handover) -> str:
    """The mean errors before and after the handover, where true values are known."""
    n, parts = len(handover.one_step), result.parts
    actual = result.problem.actual(parts.forecast_start, parts.forecast_end)
    spread = result.series.spread
    phrases = []
    for forecast, true, when in (
        (handover.one_step, actual[:n], "while it is fed true values"),
        (handover.closed_loop, actual[n:], "once it feeds itself"),
    ):
        errors = np.abs(forecast - true)[~np.isnan(true)]
        if len(errors):
            phrases.append(f"{error_in_words(float(errors.mean()), spread)} {when}")
    return f"Its mean error is {', and '.join(phrases)}."


def _stability(findings: Findings) -> None:
    result = findings.result
    with st.spinner("The network runs for many steps…"):
        run = findings.stability
    st.markdown(f"**{text.plain(run.sentence)}**")
    start, horizon = result.parts.forecast_start, result.parts.horizon
    long = findings.figure(
        "free run", lambda: figures.free_run(result.series, run.generated, start, horizon)
    )
    chart(long, key="free-run", alt=f"The closed loop over many steps. {run.sentence}")
    st.markdown(
        "**Portraits.** Each value is drawn against an earlier one. A cycle looks like a closed "
        "line. Random values look like a cloud. A loop that dies out runs into a point. If the "
        "network has understood the series, both portraits look alike."
    )
    both = figures.portrait(result.series.values, run.generated, run.lag, result.series.unit)
    names = {"Original": "true values", "Closed loop": "free run"}
    for column, trace in zip(st.columns(2), both.data, strict=True):
        with column:
            alone = Figure(trace, both.layout).update_layout(showlegend=True)
            alt = f"Delay portrait of the {names[trace.name]}. {run.sentence}"
            chart(alone, key=f"portrait-{trace.name}", alt=alt)


def _by_lead(findings: Findings) -> None:
    with st.spinner("The network forecasts from many starts…"):
        evaluation = findings.evaluation
    st.markdown(
        f"The mean error from {evaluation.where}. Each step of the closed loop builds on earlier "
        "mistakes, so errors usually grow. One-step predictions read true values."
    )
    unit = findings.result.series.unit
    figure = findings.figure("by lead", lambda: figures.by_lead(evaluation, unit, log=True))
    errors = evaluation.by_lead["forecast"]
    alt = (
        f"Mean absolute error by steps ahead. Closed loop: {errors.iloc[0]:.3g} after 1 step "
        f"and {errors.iloc[-1]:.3g} after {len(errors)}."
    )
    chart(figure, key="by-lead", alt=alt, file="gru-lab-error-by-lead")
