"""Inside: how long the units remember, and how far back gradients reach."""

from __future__ import annotations

import json
from collections.abc import Iterator
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
from pages.ui.subject import subject_of

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
    result = current_session().result
    if result is not None and not _covered(result):
        units = result.experiment.hidden_size
        st.caption(texts("networks.large", units=units, most=LARGEST))
    data = {
        "networks": _networks(),
        "labels": texts.group("labels"),
        "explained": NAME in st.session_state.get("explained", ()),
    }
    _memory(key=NAME, data=data, height="content")


def _networks() -> str:
    """All networks of the screen, as JSON. It is made once for each run."""
    result = current_session().result
    made: tuple[Result | None, str] | None = st.session_state.get("memory_networks")
    if made is None or made[0] is not result:
        made = result, json.dumps(list(_described(result)))
        st.session_state["memory_networks"] = made
    return made[1]


def _described(result: Result | None) -> Iterator[dict[str, Any]]:
    if result is not None and _covered(result):
        own = subject_of(current_session())
        # A large run keeps the weights of fewer epochs, perhaps without the first.
        yield _entry("own", own.problem, own.weights, result.weights_by_epoch.get(0))
    for cell in ("gru", "lstm", "rnn"):
        experiment, weights = network(f"{cell}-after")
        before = network(f"{cell}-before").weights
        yield _entry(cell, Problem.of(experiment), weights, before)


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
