"""What there is to see before and after a run: the series, the forecast, and what it is worth."""

from __future__ import annotations

import pandas as pd
import streamlit as st
from plotly.graph_objects import Figure

from gru_core import figures
from gru_core.experiment.experiment import OPTIONS
from gru_core.forecast.baselines import BASELINES
from gru_core.forecast.metrics import METRICS
from gru_core.forecast.problem import Problem
from gru_core.forecast.result import HISTORY_COLUMNS, Result
from gru_core.judgement import sentences
from gru_core.judgement.intervals import Interval
from gru_core.wording import count, duration
from pages.ui import live, text, truth
from pages.ui.session import Session

__all__ = ["figure_of", "left_nothing", "preview", "show"]


#: An empty chart also has the browser fetch what draws it before the first loss arrives.
_NO_HISTORY = pd.DataFrame({column: [] for column in HISTORY_COLUMNS}, dtype=float)


def preview(problem: Problem) -> None:
    """The series, its parts and one window, the moment an option changes."""
    st.markdown(f"**{text.plain(problem.series.name)}**: {len(problem.series):,} values")
    st.plotly_chart(
        figures.series_figure(problem.series, window=problem.parts.window, split=problem.parts),
        key="preview",
        config=figures.config(),
        alt=f"The series {problem.series.name}, its training part, validation part and holdout",
    )
    for notice in problem.notices:
        st.caption(f":material/info: {notice}")
    live.loss(_NO_HISTORY, key="live-loss")
    st.caption("Press **Train**: the loss is drawn here, live, and below it the forecast.")


def show(session: Session, problem: Problem | None) -> None:
    """The result of the last run, marked where the controls have moved on since."""
    result = session.result
    assert result is not None
    if not left_nothing(session):
        _ended(result)
    _outdated(session, result, problem)
    if session.rewound:
        st.info(
            f"Back at the initial weights of seed {result.experiment.seed}. **Train** starts from "
            "exactly these; below is what the untrained network forecasts."
        )
        live.forecast_after(result.problem, 0, result.forecasts_by_epoch[0], key="rewound")
        return
    st.subheader("Closed-loop forecast")
    found = truth.findings(session, result)
    verdict = st.container(key="verdict")
    # To judge takes a moment, the first time: the chart does not wait for it.
    waiting = None if found.judged else verdict.caption("Compared from several starts: a moment…")
    band = truth.band(found)
    st.plotly_chart(
        figure_of(result, band),
        key="forecast",
        config=figures.config(st.session_state.get("picture", "PNG")),
        alt="The series, the closed-loop forecast and the one-step prediction",
    )
    if band is not None:
        st.caption(sentences.covered(band))
    with verdict:
        truth.verdict(found, waiting)
    if result.scored_on != "nothing":
        st.markdown(f"{sentences.scored_on(result)} {sentences.compared(result)}")
        _scores(result)
    truth.closer(session, found)
    st.subheader("How it emerged")
    st.fragment(_scrubber, key="scrubber")(result)
    st.fragment(live.loss, key="final-loss")(result.history, "final-loss-chart")


def left_nothing(session: Session) -> bool:
    """Whether the last run ended without a result."""
    job = session.job
    return job is not None and job.result is None and job.status in ("interrupted", "failed")


def _ended(result: Result) -> None:
    if result.status == "diverged":
        st.error(
            f"Training diverged: {result.reason}. Kept is {sentences.kept(result)}.",
            icon=":material/trending_up:",
        )
    elif result.status == "interrupted":
        st.warning(result.reason, icon=":material/warning:")
    else:
        ended = "Stopped" if result.status == "stopped" else "Finished"
        st.success(
            f"{ended} after {count(result.checkpoint.epoch, 'epoch')} in "
            f"{duration(result.seconds)} ({result.reason}). The forecast is made with "
            f"{sentences.kept(result)}.",
            icon=":material/check_circle:",
        )
    for notice in result.notices:
        st.caption(f":material/info: {notice}")


def _outdated(session: Session, result: Result, problem: Problem | None) -> None:
    if problem is None:
        return
    # A run that was continued has other epochs than the controls; that is no other setting.
    made = result.experiment.replace(epochs=problem.experiment.epochs)
    moved = sentences.changes(made, problem.experiment)
    if not moved and problem.series.name != result.series.name:
        moved = [f"Data: {result.series.name} → {problem.series.name}"]
    if moved:
        st.warning(
            f"This result was made with other settings ({text.plain('; '.join(moved))}). "
            "Press **Train** to see the new ones.",
            icon=":material/history:",
        )


def figure_of(result: Result, interval: Interval | None = None) -> Figure:
    """The forecast of a result, against the series and the baselines."""
    parts = result.parts
    return figures.forecast_figure(
        result.series,
        result.forecast,
        train_end=parts.train_end,
        validation_end=parts.holdout_start,
        loop_closes_at=result.forecast["t"].iloc[0],
        baselines={BASELINES[name]: values for name, values in result.baselines.items()},
        interval=interval,
    )


def _scores(result: Result) -> None:
    names = {"forecast": OPTIONS["cell"].label(result.experiment.cell)} | BASELINES
    table = result.score_table.rename(index=names)
    heads = {"rmse": "RMSE", "mae": "MAE", "smape": "sMAPE", "mase": "MASE"}
    columns = {
        metric: st.column_config.NumberColumn(heads[metric], help=METRICS[metric], format="%.4g")
        for metric in METRICS
    }
    st.dataframe(
        table.reset_index(names="Forecast"), column_config=columns, hide_index=True, key="scores"
    )


def _scrubber(result: Result) -> None:
    epochs = list(result.forecasts_by_epoch)
    epoch = st.select_slider(
        "After epoch",
        epochs,
        value=result.kept_epoch,
        key=f"epoch-{id(result)}",
        help="The closed-loop forecast of the network as it was after this epoch.",
    )
    live.forecast_after(result.problem, epoch, result.forecasts_by_epoch[epoch], key="after-epoch")
    losses = result.history.set_index("epoch")
    if epoch in losses.index:
        row = losses.loc[epoch]
        st.caption(f"Training loss {row['train_loss']:.3g}{_validation(row)}")
    else:
        st.caption("The untrained network.")


def _validation(row: pd.Series) -> str:
    return "" if pd.isna(row["val_loss"]) else f", validation loss {row['val_loss']:.3g}"
