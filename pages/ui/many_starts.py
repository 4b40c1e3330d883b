"""The scores from many starts, and the comparison with established models."""

from __future__ import annotations

import streamlit as st

from gru_core.engine import Question, QuestionJob
from gru_core.errors import GruLabError
from gru_core.judgement.evaluation import Evaluation
from gru_core.judgement.statistical import MODELS
from gru_core.wording import sentence, steps
from pages.ui import frame, scores, text
from pages.ui.findings import Findings
from pages.ui.server import engine
from pages.ui.session import Session

__all__ = ["progress", "show"]

#: Seconds between refreshes: a model takes several seconds.
PAUSE = 0.5


def show(session: Session, findings: Findings) -> None:
    """Show the table of scores, and offer the comparison with established models.

    Raises:
        SeriesError: there are no values to score on.
    """
    evaluation = findings.comparison
    ahead = steps(evaluation.horizon)
    st.markdown(
        f"One good forecast may be luck. These are the mean scores from {evaluation.where}, "
        f"{ahead} each."
    )
    rows = evaluation.table.drop(index=findings.incomplete).sort_values("mae", kind="stable")
    scores.table(findings.result, rows)
    if session.comparing:
        return
    job = findings.models
    _incomplete(findings)
    if job is not None and job.status == "stopped":
        st.caption(job.message)
    elif job is not None and job.message:
        frame.error(job.message)
    if set(MODELS) - set(evaluation.table.index) - set(findings.incomplete):
        _offer(session, findings, evaluation)


def progress(findings: Findings) -> None:
    """Show the running comparison. When it ends, the page is drawn again."""
    job = findings.models
    assert job is not None
    if st.button("Stop the comparison", icon=":material/stop:", key="stop-comparison"):
        job.stop()
    st.fragment(_progress, run_every=PAUSE, key="comparison")(job)


def _offer(session: Session, findings: Findings, evaluation: Evaluation) -> None:
    if not evaluation.unseen:
        st.caption(f"Set a holdout to compare with {_listed(MODELS)}.")
        return
    pressed = st.button(
        f"Compare with {', '.join(MODELS.values())}",
        icon=":material/compare_arrows:",
        key="ask-models",
        disabled=session.busy,
        help="Established statistical models. They are fitted on the training part and forecast "
        "from the same starts. This takes from a few seconds to a minute.",
    )
    if not pressed:
        return
    result = findings.result
    arguments = {
        "starts": evaluation.starts,
        "horizon": evaluation.horizon,
        "train_end": result.parts.train_end,
        "period": result.period,
    }
    try:
        findings.compare_with(
            engine().ask(Question("statistical", result.series, arguments), owner=session.owner)
        )
    except GruLabError as error:
        frame.error(error)
    else:
        st.rerun()


def _progress(job: QuestionJob) -> None:
    if not job.active:
        st.rerun()
    done = job.told  # the names of the models that are complete
    if job.status == "queued":
        words = text.waits(f"The {job.what}", job.place)
    elif job.silence is not None:
        words = sentence(text.silent(job.silence))
    else:
        words = f"Fitting {list(MODELS.values())[len(done) % len(MODELS)]}, then forecasting"
    st.progress(len(done) / len(MODELS), text=words)


def _incomplete(findings: Findings) -> None:
    if findings.incomplete:
        names = _listed(findings.incomplete)
        st.caption(f"Without a row, because at least one forecast is missing: {names}.")


def _listed(names: list[str] | dict[str, str]) -> str:
    return ", ".join(MODELS[name] for name in names)
