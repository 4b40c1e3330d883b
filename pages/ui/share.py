"""The link that holds all settings, and the files to download."""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import urlencode, urlsplit, urlunsplit

import streamlit as st

from gru_core import figures
from gru_core.experiment.experiment import OWN_DATA, Experiment
from gru_core.export.tables import to_csv
from gru_core.forecast.problem import Problem
from gru_core.forecast.result import Result
from pages.ui import address
from pages.ui.messages import messages
from pages.ui.practice import code
from pages.ui.session import Session

__all__ = ["follow", "popover"]


def follow(session: Session, experiment: Experiment) -> None:
    """Make the address bar show the settings of the controls."""
    address.follow("lab", session.started.query(experiment))


def popover(session: Session, problem: Problem | None) -> None:
    """Show a link to copy, and files to download. They are made only while they are shown."""
    shown = st.popover(
        "Share",
        icon=":material/share:",
        help="Copy a link, download results",
        key="share",
        on_change="rerun",
    )
    if not shown.open:
        return
    with shown:
        if problem is not None:
            st.markdown("**Copy link** to these settings")
            st.code(
                _link(session.started.query(problem.experiment)), language=None, wrap_lines=True
            )
            if problem.experiment.signal == OWN_DATA:
                st.caption("The link holds the settings, not your data.")
            _file("Experiment (JSON)", problem.experiment.to_json(), "experiment.json")
        if session.result is not None:
            _downloads(session.result)


def _link(query: dict[str, str]) -> str:
    parts = urlsplit(st.context.url or "")
    return urlunsplit((parts.scheme, parts.netloc, parts.path, urlencode(query), ""))


def _downloads(result: Result) -> None:
    # A file is made when it is asked for, not at every rerun.
    _file("Forecast (CSV)", lambda: to_csv(result.forecast), "forecast.csv")
    _file("Loss history (CSV)", lambda: to_csv(result.history), "history.csv")
    _file("Experiment of this result (JSON)", result.experiment.to_json(), "experiment-run.json")
    _chart("Forecast chart (HTML, 5 MB)", result, "forecast.html", small=False)
    _chart("Forecast chart (small HTML, needs internet)", result, "forecast-small.html", small=True)
    st.markdown(f"**{messages('practice')('code.title')}** of this result")
    code.downloads(result)


def _chart(label: str, result: Result, name: str, *, small: bool) -> None:
    _file(label, lambda: figures.to_html(figures.result_figure(result), small=small), name)


def _file(label: str, data: str | Callable[[], bytes], name: str) -> None:
    st.download_button(
        label,
        data,
        name,
        on_click="ignore",
        icon=":material/download:",
        key=f"download-{name}",
    )
