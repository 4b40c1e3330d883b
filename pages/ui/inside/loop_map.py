"""Inside: the closed loop of a small network as a map of a square into itself."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
import streamlit as st

from gru_core.data.rhythm import main_period, repeats
from gru_core.forecast.events import Weights
from gru_core.forecast.problem import Problem
from gru_core.judgement.plane import plane
from gru_core.judgement.stability_numbers import CYCLIC_R2
from gru_core.shipped.networks import network
from pages.ui.check import ask
from pages.ui.component import component, numbers
from pages.ui.messages import messages
from pages.ui.network import described
from pages.ui.screen import screen
from pages.ui.session import current_session
from pages.ui.subject import Subject, subject_of

__all__ = ["show"]

NAME = "loop_map"
texts = messages(NAME)

_loop_map = component("loop_map")


def show() -> None:
    """Draw the screen."""
    screen(NAME, _act, check=lambda: ask("teacher-forced"))


def _act() -> None:
    subject = subject_of(current_session())
    data = {
        "networks": subject.once(NAME, lambda: _networks(subject)),
        "labels": texts.group("labels"),
        "explained": NAME in st.session_state.get("explained", ()),
    }
    _loop_map(key=NAME, data=data, height="content")


def _networks(subject: Subject) -> list[dict[str, Any]]:
    """All networks that one can choose."""
    if subject.result is None:
        return _shipped()
    own = {"key": "own", "name": texts("networks.own")} | _own(subject.problem, subject.weights)
    return [*_shipped(), own]


@cache
def _shipped() -> list[dict[str, Any]]:
    """The networks with two units that come with the app."""
    return [
        {
            "key": key,
            "name": texts(f"networks.{key}"),
            "about": texts(f"networks.about_{key}"),
            "start": [0.0, 0.0],
        }
        | _map(Problem.of(experiment), weights)
        for key in ("pair", "pair-one-step")
        for experiment, weights in [network(key)]
    ]


def _own(problem: Problem, weights: Weights) -> dict[str, Any]:
    """The learner's own network: a map if it is one, or a plane."""
    experiment = problem.experiment
    notes = []
    if experiment.members > 1:
        notes.append(texts("networks.first_member", members=experiment.members))
    if _is_map(problem):
        if experiment.difference:
            notes.append(texts("networks.changes"))
        return {"about": " ".join([texts("networks.about_map"), *notes])} | _map(problem, weights)
    if experiment.layers > 1:
        notes.append(texts("networks.last_layer"))
    if experiment.cell == "lstm":
        notes.append(texts("networks.lstm"))
    if experiment.feedback == "window":
        notes.append(texts("networks.window"))
    return {"about": " ".join([_why_a_plane(problem), *notes])} | _plane(problem, weights)


def _is_map(problem: Problem) -> bool:
    """Whether the next state follows from the state alone, and the state has two numbers."""
    experiment = problem.experiment
    return (
        experiment.cell != "lstm"
        and experiment.hidden_size == 2
        and experiment.layers == 1
        and experiment.feedback == "state"
        and not experiment.linear_path
    )


def _why_a_plane(problem: Problem) -> str:
    experiment = problem.experiment
    if experiment.hidden_size > 2:
        layers = experiment.layers
        name = "one_layer" if layers == 1 else "several_layers"
        in_layers = texts(f"networks.{name}", layers=layers)
        return texts("networks.about_plane", units=experiment.hidden_size, layers=in_layers)
    reasons = {
        "why_window": experiment.feedback == "window",
        "why_layers": experiment.layers > 1,
        "why_lstm": experiment.cell == "lstm",
        "why_path": experiment.linear_path,
    }
    why = next((name for name, holds in reasons.items() if holds), "why_one")
    return texts("networks.about_small", why=texts(f"networks.{why}"))


def _map(problem: Problem, weights: Weights) -> dict[str, Any]:
    return {
        "network": described(problem, weights),
        "context": problem.context.tolist(),
        "period": _period(problem),
        "range": _range(problem),
    }


def _period(problem: Problem) -> float | None:
    """The cycle of the training part in steps. None if it has none."""
    train = problem.series.values[: problem.parts.train_end]
    period = main_period(train)
    return period if repeats(train, period) >= CYCLIC_R2 else None


def _range(problem: Problem) -> list[float] | None:
    """The lowest and the highest value of the training part. None if differences are read."""
    if problem.experiment.difference:
        return None
    train = problem.series.values[: problem.parts.train_end]
    return [float(train.min()), float(train.max())]


def _plane(problem: Problem, weights: Weights) -> dict[str, Any]:
    runs = plane(problem, weights)
    return {
        "plane": {
            "fed": np.round(runs.fed, 4).tolist(),
            "free": np.round(runs.free, 4).tolist(),
            "values": runs.values.tolist(),
            "truth": numbers(runs.truth),
            "share": runs.share,
        }
    }
