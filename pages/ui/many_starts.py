"""The scores from many starts, and the established models that the engine can be asked for."""

from __future__ import annotations

import streamlit as st

from gru_core.engine import Question, QuestionJob
from gru_core.errors import GruLabError
from gru_core.judgement.evaluation import Evaluation
from gru_core.judgement.statistical import MODELS
from gru_core.wording import steps
from pages.ui import frame, scores, text
from pages.ui.findings import Findings
from pages.ui.server import engine
from pages.ui.session import Session

__all__ = ["progress", "show"]

#: Seconds between refreshes: a model takes some.
PAUSE = 0.5


def show(session: Session, found: Findings) -> None:
    """The table of scores, and below it the established models: to be asked for, or missing.

    Raises:
        SeriesError: there is nothing to score on.
    """
    scored = found.comparison
    ahead = steps(scored.horizon)
    st.markdown(
        f"One start may be lucky. These are the mean scores from {scored.where}, {ahead} each."
    )
    rows = scored.table.drop(index=found.silent).sort_values("mae", kind="stable")
    scores.table(found.result, rows)
    if session.comparing:
        return
    asked = found.models
    _silent(found)
    if asked is not None and asked.status == "stopped":
        st.caption(asked.message)
    elif asked is not None and asked.message:
        frame.error(asked.message)
    if set(MODELS) - set(scored.table.index) - set(found.silent):
        _offer(session, found, scored)


def progress(found: Findings) -> None:
    """The comparison that goes on, whichever look is taken; its end draws the page anew."""
    asked = found.models
    assert asked is not None
    if st.button("Stop the comparison", icon=":material/stop:", key="stop-comparison"):
        asked.stop()
    st.fragment(_progress, run_every=PAUSE, key="comparison")(asked)


def _offer(session: Session, found: Findings, scored: Evaluation) -> None:
    if not scored.unseen:
        st.caption(f"Set a holdout to compare with {_listed(MODELS)}.")
        return
    asked = st.button(
        f"Compare with {', '.join(MODELS.values())}",
        icon=":material/compare_arrows:",
        key="ask-models",
        disabled=session.busy,
        help="Established statistical models. They are fitted on the training part and forecast "
        "from the same starts. This takes some seconds to a minute.",
    )
    if not asked:
        return
    result = found.result
    arguments = {
        "starts": scored.starts,
        "horizon": scored.horizon,
        "train_end": result.parts.train_end,
        "period": result.period,
    }
    try:
        found.ask(
            engine().ask(Question("statistical", result.series, arguments), owner=session.owner)
        )
    except GruLabError as error:
        frame.error(error)
    else:
        st.rerun()


def _progress(asked: QuestionJob) -> None:
    if not asked.active:
        st.rerun()
    done = asked.told  # the names of the models that are complete
    if asked.status == "queued":
        words = text.waits(f"The {asked.what}", asked.place)
    else:
        words = f"{list(MODELS.values())[len(done) % len(MODELS)]} is fitted and forecasts"
    st.progress(len(done) / len(MODELS), text=words)


def _silent(found: Findings) -> None:
    if found.silent:
        names = _listed(found.silent)
        st.caption(f"No row, because a forecast is missing from some start: {names}.")


def _listed(names: list[str] | dict[str, str]) -> str:
    return ", ".join(MODELS[name] for name in names)
