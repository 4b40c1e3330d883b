"""Learn: one step of a network in slow motion."""

from __future__ import annotations

import json
from functools import cache
from typing import Any

import numpy as np
import streamlit as st

from gru_core.forecast.cells import gru_step, layers_of
from gru_core.forecast.problem import Problem
from gru_core.shipped import networks
from pages.ui.check import ask
from pages.ui.component import component
from pages.ui.messages import messages
from pages.ui.screen import screen
from pages.ui.session import current_session
from pages.ui.subject import Subject, subject_of

__all__ = ["AHEAD", "guessed", "pair", "show", "start", "values"]

#: At most and at least so many true values follow the first window, for teacher forcing.
AHEAD, LEAST = 80, 20

_step = component("step")


def show() -> None:
    """Draw the screen."""
    numbers = {name: f"{value:.2f}".replace("-", "−") for name, value in guessed().items()}
    screen("step", _act, check=lambda: ask("teacher-forced"), given=numbers)


def _act() -> None:
    subject, texts = _chosen(), messages("step")
    data = {
        "network": subject.network,
        "values": values(subject),
        "unit": subject.problem.series.unit,
        "words": texts.group("labels"),
    }
    _step(key="step", data=data, height="content")


def _chosen() -> Subject:
    """The network that is looked at. Before any run, there is only the one that ships."""
    texts, session = messages("step"), current_session()
    if session.result is None:
        st.caption(texts("network.none"))
        return pair()
    which = st.segmented_control(
        texts("network.ask"),
        ("pair", "own"),
        default="pair",
        required=True,
        format_func=lambda name: texts(f"network.{name}"),
        key="step-network",
        persist_state="session",
    )
    return subject_of(session) if which == "own" else pair()


@cache
def pair() -> Subject:
    """The network with two units that comes with the app."""
    experiment, weights = networks.network("pair")
    return Subject(Problem.of(experiment), weights)


def values(subject: Subject) -> str:
    """The true values around the place where the forecast begins, as JSON, in data units.

    `before` is what the first window needs, and `after` are at most `AHEAD` values that follow.
    """
    problem = subject.problem
    known = problem.series.values
    begin = start(problem)
    before, after = known[begin - problem.parts.first : begin], known[begin : begin + AHEAD]
    return json.dumps({"before": before.tolist(), "after": after.tolist()})


def start(problem: Problem) -> int:
    """Where the drawing begins to forecast: where the run does, or before the last `LEAST` values.

    At the end of the data, there is no true value that the network could read next.
    """
    latest = max(problem.parts.first, len(problem.series) - LEAST)
    return min(problem.parts.forecast_start, latest)


@cache
def guessed() -> dict[str, float]:
    """The numbers in the guess: the last step of the first window, for the unit with the largest z.

    They are `z`, the old state (`old`), the candidate (`new`) and the new state (`after`).
    """
    problem, weights = pair().problem, pair().weights
    [layer] = layers_of(weights)
    state: Any = np.zeros((1, 1, problem.experiment.hidden_size))
    for x in problem.context_of(start(problem)):
        old, step = state, gru_step(np.full((1, 1, 1), x), state, layer)
        state = step.h
    unit = int(np.argmax(step.z))
    read = {"z": step.z, "old": old, "new": step.n, "after": step.h}
    return {name: float(array[0, 0, unit]) for name, array in read.items()}
