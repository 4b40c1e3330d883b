"""Learn, "Which equation?": the textbook's form of a GRU and PyTorch's, with the same numbers."""

from __future__ import annotations

import json
from functools import cache

import numpy as np

from gru_core.forecast.events import Weights
from gru_core.shipped.networks import packed
from pages.ui import screen
from pages.ui.check import ask
from pages.ui.component import component
from pages.ui.messages import messages

__all__ = ["UNITS", "cases", "show", "weights"]

NAME = "which_equation"
#: The units of the small network.
UNITS = 2
#: How many pairs of an input and a state one can look at.
CASES = 5

_component = component("which_equation")


def show() -> None:
    """Draw the screen."""
    screen.screen(NAME, _act, check=lambda: ask("reset-place"))


def _act() -> None:
    _component(key=NAME, data={"numbers": _numbers(), "labels": messages(NAME).group("labels")})


@cache
def weights() -> Weights:
    """Random weights of one network. They are large enough that gates open and close."""
    random = np.random.default_rng(4)
    rows = 3 * UNITS
    shapes = {
        "rnn.weight_ih_l0": (rows, 1),
        "rnn.weight_hh_l0": (rows, UNITS),
        "rnn.bias_ih_l0": (rows,),
        "rnn.bias_hh_l0": (rows,),
        "linear.weight": (1, UNITS),
        "linear.bias": (1,),
    }
    return {
        name: random.normal(0, 0.8, (1, *shape)).astype(np.float32)
        for name, shape in shapes.items()
    }


@cache
def cases() -> list[tuple[float, list[float]]]:
    """Random pairs of an input and a state (UNITS,)."""
    random = np.random.default_rng(1)
    return [
        (round(float(random.normal()), 2), random.uniform(-0.9, 0.9, UNITS).round(2).tolist())
        for _ in range(CASES)
    ]


@cache
def _numbers() -> str:
    """The weights and the cases for the browser, as JSON."""
    network = {"feedback": "window", "window": 1, "weights": packed(weights())}
    return json.dumps({"network": network, "cases": cases()})
