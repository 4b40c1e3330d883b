"""Inside: how long the units remember, and how far back gradients reach."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
import streamlit as st

from gru_core.forecast.events import Weights
from gru_core.forecast.problem import Problem
from gru_core.forecast.result import Result
from gru_core.shipped.networks import network
from pages.ui.check import ask
from pages.ui.component import component
from pages.ui.messages import messages
from pages.ui.network import described
from pages.ui.screen import screen
from pages.ui.session import current_session
from pages.ui.subject import Subject, subject_of

__all__ = ["inputs_of", "show"]

NAME = "memory"
#: A larger network of the learner's own is not shown. The gradients of an LSTM with so many units,
#: before and after training, take the browser about a minute.
LARGEST = 512
#: So many values before the forecast are sent, and two windows more.
INPUTS = 200
texts = messages(NAME)

_memory = component("memory")


def show() -> None:
    """Draw the screen."""
    screen(NAME, _act, check=lambda: ask("vanishing"))


def _act() -> None:
    subject = subject_of(current_session())
    result = subject.result
    if result is not None and not _covered(result):
        units = result.experiment.hidden_size
        st.caption(texts("networks.large", units=units, most=LARGEST))
    data = {
        "networks": subject.once(NAME, lambda: _networks(subject)),
        "labels": texts.group("labels"),
        "explained": NAME in st.session_state.get("explained", ()),
    }
    _memory(key=NAME, data=data, height="content")


def _networks(subject: Subject) -> list[dict[str, Any]]:
    """All networks of the screen: the learner's own first, if it is covered."""
    result = subject.result
    if result is None or not _covered(result):
        return _shipped()
    # A large run keeps the weights of fewer epochs, perhaps without the first.
    before = result.weights_by_epoch.get(0)
    return [_entry("own", subject.problem, subject.weights, before), *_shipped()]


@cache
def _shipped() -> list[dict[str, Any]]:
    """The three cells that come with the app, before and after training."""
    return [
        _entry(cell, Problem.of(experiment), weights, network(f"{cell}-before").weights)
        for cell in ("gru", "lstm", "rnn")
        for experiment, weights in [network(f"{cell}-after")]
    ]


def _covered(result: Result) -> bool:
    return result.experiment.hidden_size <= LARGEST


def _entry(key: str, problem: Problem, after: Weights, before: Weights | None) -> dict[str, Any]:
    experiment = problem.experiment
    notes = []
    if experiment.layers > 1:
        notes.append(texts("networks.last_layer"))
    if experiment.cell == "gru-textbook":
        notes.append(texts("networks.textbook"))
    if experiment.members > 1:
        notes.append(texts("networks.first_member", members=experiment.members))
    return {
        "key": key,
        "name": texts(f"networks.{key}"),
        "after": described(problem, _first(after)),
        "before": described(problem, _first(before)) if before is not None else None,
        "inputs": inputs_of(problem).tolist(),
        "note": " ".join(notes),
    }


def _first(weights: Weights) -> Weights:
    """The weights of the first member."""
    return {name: values[:1] for name, values in weights.items()}


def inputs_of(problem: Problem) -> np.ndarray[Any, np.dtype[np.float64]]:
    """The last values before the forecast as the network reads them, (at most 2 W + `INPUTS`,)."""
    positions = np.arange(problem.parts.first, problem.parts.forecast_start + 1)
    windows = problem.context_of(positions)  # (N, W)
    values = np.concatenate([windows[0], windows[1:, -1]])
    return values[-(2 * problem.experiment.window + INPUTS) :]
