"""The main part of the Lab: the series before a run, the forecast and its scores after it."""

from __future__ import annotations

from typing import Any

import pandas as pd
import streamlit as st

from gru_core import figures
from gru_core.forecast.problem import Problem
from gru_core.forecast.result import Result
from gru_core.judgement import sentences
from gru_core.wording import count, duration, number, steps
from pages.ui import live, scores, text, truth
from pages.ui.chart import chart
from pages.ui.findings import Findings
from pages.ui.session import Session

__all__ = ["left_nothing", "preview", "show"]


def preview(problem: Problem) -> None:
    """Show the series, its parts and one window."""
    st.markdown(f"**{text.plain(problem.series.name)}**: {len(problem.series):,} values")
    values = problem.series.values
    chart(
        figures.series_figure(problem.series, window=problem.parts.window, split=problem.parts),
        key="preview",
        alt=f"The series {problem.series.name}: {len(values):,} values from {values.min():.4g} to "
        f"{values.max():.4g}. The last {problem.parts.n - problem.parts.holdout_start:,} are the "
        "holdout.",
        file="gru-lab-series",
    )
    for notice in problem.notices:
        st.caption(f":material/info: {notice}")
    live.load_ahead()
    st.caption("Press **Train**. The loss and the forecast will be drawn here during training.")


def show(session: Session, problem: Problem | None) -> None:
    """Show the result of the last run, with a warning if the settings have changed since."""
    result = session.result
    assert result is not None
    if session.made_before:
        _made_before(session, result)
    elif not left_nothing(session):
        _ended(result)
    _outdated(session, result, problem)
    if session.rewound:
        st.info(
            f"Back at the initial weights of seed {result.experiment.seed}. **Train** starts from "
            "exactly these weights. Below is the forecast of the untrained network."
        )
        live.forecast_after(result.problem, 0, result.forecasts_by_epoch[0], key="rewound")
        return
    st.header("Closed-loop forecast", anchor=False)
    findings = truth.findings(session, result)
    verdict = st.container(key="verdict")
    # The first judgement takes some time. The chart does not wait for it.
    waiting = (
        None if findings.judged else verdict.caption("Comparing forecasts from several starts…")
    )
    place = st.container()
    band = truth.band(findings)
    with place:
        chart(
            findings.figure(
                "forecast with interval" if band else "forecast",
                lambda: figures.result_figure(result, band),
            ),
            key="forecast",
            alt=_alt(result),
            file="gru-lab-forecast",
        )
    if band is not None:
        st.caption(sentences.covered(band))
    with verdict:
        truth.verdict(findings, waiting)
    if result.scored_on != "nothing":
        st.markdown(f"{sentences.scored_on(result)} {sentences.compared(result)}")
        scores.table(result, result.score_table)
    with st.container(horizontal=True):
        st.page_link("inside.py", label="Look inside this network", icon=":material/visibility:")
        st.page_link(
            "practice.py",
            label="Show me the code",
            icon=":material/code:",
            query_params={"practice": "code"},
        )
    truth.closer(session, findings)
    st.header("How training went", anchor=False)
    _forecast_by_epoch(findings)
    st.fragment(live.loss, key="final-loss")(result.history, "final-loss-chart")
    st.caption(sentences.made_by(result))


def _alt(result: Result) -> str:
    drawn = f"The series and its closed-loop forecast of {steps(result.parts.horizon)}."
    return drawn if result.scored_on == "nothing" else f"{drawn} {sentences.compared(result)}"


def left_nothing(session: Session) -> str:
    """Why the last run has no result to show, in words. Empty if it has one or goes on."""
    if session.damage:
        return session.damage
    run = session.job or session.stored
    result = session.result if session.job is None else session.job.result
    if run is None or result is not None or run.status not in ("interrupted", "failed"):
        return ""
    return run.message


def _made_before(session: Session, result: Result) -> None:
    assert session.stored is not None
    with st.container(horizontal=True, vertical_alignment="center", key="ended"):
        st.success(
            f"Trained before, on {text.moment(session.stored.created)}. Equal settings and data "
            f"give the same result, so it is shown at once. That saved {duration(result.seconds)}.",
            icon=":material/history:",
        )
        st.button("Train again", icon=":material/replay:", on_click=session.ask_again)


def _ended(result: Result) -> None:
    why = "" if result.reason == "all epochs done" else f" ({result.reason})"
    with st.container(key="ended"):
        if result.status == "diverged":
            st.error(
                f"Training diverged: {result.reason}. The forecast uses {sentences.kept(result)}.",
                icon=":material/trending_up:",
            )
        elif result.status == "interrupted":
            st.warning(result.reason, icon=":material/warning:")
        else:
            ended = "Stopped" if result.status == "stopped" else "Finished"
            st.success(
                f"{ended} after {count(result.checkpoint.epoch, 'epoch')} in "
                f"{duration(result.seconds)}{why}. The forecast uses {sentences.kept(result)}.",
                icon=":material/check_circle:",
            )
    for notice in result.notices:
        st.caption(f":material/info: {notice}")


def _outdated(session: Session, result: Result, problem: Problem | None) -> None:
    if problem is None:
        return
    # A continued run has another number of epochs. That does not count as another setting.
    made = result.experiment.replace(epochs=problem.experiment.epochs)
    moved = sentences.changes(made, problem.experiment)
    if not moved and problem.series.name != result.series.name:
        moved = [f"Data: {result.series.name} → {problem.series.name}"]
    if moved:
        st.warning(
            f"This result was made with other settings ({text.plain('; '.join(moved))}). "
            "Press **Train** to use the new ones.",
            icon=":material/history:",
        )


def _forecast_by_epoch(findings: Findings) -> None:
    result = findings.result
    figure = findings.figure("epochs", lambda: _by_epoch(result))
    alt = "The closed-loop forecast of the network as it was after an epoch."
    chart(figure, key=f"epochs-{id(result)}", alt=alt, file="gru-lab-epochs")


def _by_epoch(result: Result) -> dict[str, Any]:
    losses = result.history.set_index("epoch")
    return figures.by_epoch(
        result.series,
        result.parts.forecast_start,
        result.forecasts_by_epoch,
        [_losses(losses, epoch) for epoch in result.forecasts_by_epoch],
        kept=result.kept_epoch,
        window=result.parts.window,
    )


def _losses(losses: pd.DataFrame, epoch: int) -> str:
    if epoch not in losses.index:
        return "The untrained network."
    row = losses.loc[epoch]
    validation = row["val_loss"]
    beside = "" if pd.isna(validation) else f", validation loss {number(validation)}"
    return f"Training loss {number(row['train_loss'])}{beside}."
