"""The screen "From the lesson to the Lab": the lesson in pieces, beside the parts of the app."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache
from typing import Any

import numpy as np
import pandas as pd
import streamlit as st

from gru_core import figures
from gru_core.experiment.experiment import OPTIONS, Experiment
from gru_core.export import Piece, pieces
from gru_core.forecast.parameters import parameter_count
from gru_core.forecast.problem import Problem
from gru_core.shipped.lesson import lesson_run
from gru_core.wording import number
from pages.ui import hero
from pages.ui.chart import chart
from pages.ui.check import ask
from pages.ui.messages import messages
from pages.ui.screen import screen
from pages.ui.session import open_lab

__all__ = ["show"]

NAME = "lesson"

#: The lesson's four equations, in the textbook's form.
EQUATIONS = (
    r"z_t = \sigma(W_z \cdot [h_{t-1}, x_t])",
    r"r_t = \sigma(W_r \cdot [h_{t-1}, x_t])",
    r"\tilde h_t = \tanh(W \cdot [r_t \circ h_{t-1}, x_t])",
    r"h_t = (1 - z_t) \circ h_{t-1} + z_t \circ \tilde h_t",
)
#: The options of the Lab that say how the lesson trains.
TRAINING = ("objective", "learning_rate", "schedule", "batch_size", "shuffle")


def show() -> None:
    """Draw the screen."""
    screen(NAME, _act, check=lambda: ask("low-loss"), given=_numbers())


@cache
def _problem() -> Problem:
    return Problem.of(Experiment.lesson())


@cache
def _pieces() -> dict[str, Piece]:
    return {piece.name: piece for piece in pieces(Experiment.lesson())}


@cache
def _numbers() -> dict[str, object]:
    """The measured numbers of the texts."""
    run, problem = lesson_run(), _problem()
    experiment, parts = problem.experiment, problem.parts
    actual = problem.actual(parts.forecast_start, parts.forecast_end)
    return {
        "smallest": number(float(run.losses.min()), 2),
        "largest": number(float(run.losses.max()), 2),
        "error": number(run.errors(problem)[experiment.epochs], 2),
        "flat": number(float(np.sqrt(np.mean(np.square(actual)))), 2),
        "points": f"{experiment.points:,}",
        "window": experiment.window,
        "hidden": experiment.hidden_size,
        "epochs": experiment.epochs,
        "parameters": f"{parameter_count(experiment):,}",
    }


def _act() -> None:
    texts = messages(NAME)
    titles = {"idea": texts("pieces.idea")} | {k: p.title for k, p in _pieces().items()}
    chosen: str = st.segmented_control(
        texts("pieces.choose"),
        list(titles),
        default="idea",
        required=True,
        format_func=titles.__getitem__,
        key="lesson-piece",
        label_visibility="collapsed",
        persist_state="session",
    )
    left, right = st.columns(2, gap="medium")
    with left:
        if chosen in _pieces():
            st.code(_pieces()[chosen].code, language="python", wrap_lines=True)
        else:
            for equation in EQUATIONS:
                st.latex(equation)
            st.caption(texts("beside.idea.caption"))
    with right:
        st.markdown(texts(f"beside.{chosen}.text", **_numbers()))
        BESIDE[chosen]()
    with st.container(horizontal=True):
        if st.button(texts("open"), icon=":material/science:", key="lesson-open"):
            open_lab(Experiment.lesson())
        st.download_button(
            texts("pieces.whole"),
            _program,
            "lesson.py",
            on_click="ignore",
            icon=":material/download:",
            key="lesson-program",
        )


def _program() -> str:
    return "\n\n\n".join(piece.code for piece in _pieces().values()) + "\n"


def _data() -> None:
    problem = _problem()
    figure = figures.series_figure(problem.series, window=problem.parts.window, split=problem.parts)
    chart(figure, key="lesson-data", alt="A sine wave of 1,000 values.", file="lesson-data")


def _windows() -> None:
    inputs, targets = _problem().train
    texts = messages(NAME)
    rows = [*range(1, inputs.shape[1] + 1), texts("beside.windows.target")]
    columns = {
        texts("beside.windows.column", number=k + 1): map(number, [*inputs[k], targets[k, 0]])
        for k in range(3)
    }
    st.table(pd.DataFrame(columns, index=rows))


def _settings() -> None:
    experiment = Experiment.lesson()
    rows = [
        f"| {OPTIONS[name].title} | {OPTIONS[name].words(getattr(experiment, name))} |"
        for name in TRAINING
    ]
    st.markdown("\n".join(["| | |", "|---|---|", *rows]))


def _losses() -> None:
    losses = lesson_run().losses
    history = pd.DataFrame({"epoch": np.arange(1, len(losses) + 1), "train_loss": losses})
    figure = figures.loss(history.assign(val_loss=np.nan), log=True)
    chart(figure, key="lesson-loss", alt="The printed loss jumps up and down.", file="lesson-loss")


def _by_epoch() -> None:
    run, problem = lesson_run(), _problem()
    errors = run.errors(problem)
    captions = [
        f"RMSE {number(errors[epoch], 2)}"
        + (f", printed loss {number(float(run.losses[epoch - 1]), 2)}" if epoch else "")
        for epoch in run.forecasts_by_epoch
    ]
    figure = figures.by_epoch(
        problem.series,
        problem.parts.forecast_start,
        run.forecasts_by_epoch,
        captions,
        kept=problem.experiment.epochs,
        window=problem.parts.window,
    )
    alt = "The closed loop of the lesson after each of some epochs."
    chart(figure, key="lesson-epochs", alt=alt, file="lesson-epochs")


def _plot() -> None:
    problem = _problem()
    last = lesson_run().forecasts_by_epoch[problem.experiment.epochs]
    figure = figures.forecast_after(
        problem.series, problem.parts.forecast_start, last, window=problem.parts.window
    )
    alt = f"The sine and the closed loop. The error is {_numbers()['error']}."
    chart(figure, key="lesson-plot", alt=alt, file="lesson-plot")


def _exercise() -> None:
    if st.button(messages(NAME)("practice"), icon=":material/edit_note:", key="lesson-practice"):
        st.session_state["exercise"] = "cosine"
        st.switch_page("practice.py", query_params={"practice": "exercises"})


#: What stands beside each piece.
BESIDE: Mapping[str, Callable[[], Any]] = {
    "idea": lambda: None,
    "data": _data,
    "windows": _windows,
    "network": hero.cell,
    "loss": _settings,
    "training": _losses,
    "closed-loop": _by_epoch,
    "plot": _plot,
    "exercise": _exercise,
}
