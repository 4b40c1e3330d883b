"""Learn, "Why gates": a plain RNN and a GRU say the first value of a row, after d other values."""

from __future__ import annotations

import json
from functools import cache

import streamlit as st

from gru_core.shipped.echo import CELLS, DELAYS, Cell, echo_networks, keeper, random_rows
from gru_core.shipped.networks import packed
from pages.ui import screen
from pages.ui.check import ask
from pages.ui.component import component
from pages.ui.messages import Messages, messages

__all__ = ["fails_from", "show"]

NAME = "why_gates"
#: A network with a larger error fails. Always saying the mean has the error 1.
FAILED = 0.5
#: The delay that the slider begins with: both networks are right there.
START = DELAYS.index(3)
#: How many rows the mean gates in the explanation are measured on.
ROWS = 1000
#: The last choice of a guess: the network never fails.
NEVER = len(DELAYS)

_component = component("why_gates")


def show() -> None:
    """Draw the screen."""
    screen.screen(
        NAME,
        _act,
        predict=_predict,
        check=lambda: ask("echo"),
        given=_numbers(),
    )


@cache
def fails_from(cell: Cell) -> int:
    """The position in `DELAYS` of the first delay at which the network fails."""
    failed = (k for k, d in enumerate(DELAYS) if echo_networks()[cell, d].error > FAILED)
    return next(failed, NEVER)


@cache
def _numbers() -> dict[str, object]:
    """The numbers in the explanation."""
    last = DELAYS[fails_from("gru") - 1]
    kept = keeper(echo_networks()["gru", last].weights, random_rows(last, ROWS, seed=0))
    breaks = {cell: DELAYS[fails_from(cell)] for cell in CELLS}
    return breaks | {"last": last, "first": f"{kept.first:.2f}", "later": f"{kept.later:.2f}"}


def _predict(texts: Messages) -> str | None:
    """Ask for both guesses. Returns the name of the reply to them, or None before there are two."""
    st.markdown(texts("predict.ask"))
    names = [*map(str, DELAYS), texts("predict.never")]
    for cell in CELLS:
        st.radio(
            texts(f"predict.{cell}"),
            range(len(names)),
            index=None,
            format_func=names.__getitem__,
            key=_key(cell),
            horizontal=True,
            persist_state="session",
        )
    if any(st.session_state[_key(cell)] is None for cell in CELLS):
        return None
    right = [cell for cell in CELLS if st.session_state[_key(cell)] == fails_from(cell)]
    return {0: "neither", 1: "".join(right), 2: "both"}[len(right)]


def _act() -> None:
    guesses = {cell: st.session_state[_key(cell)] for cell in CELLS}
    data = {
        "networks": _networks(),
        "labels": messages(NAME).group("labels"),
        "start": START,
        "guesses": {cell: None if k == NEVER else k for cell, k in guesses.items()},
    }
    _component(key=NAME, data=data)


def _key(cell: Cell) -> str:
    return f"guess-{NAME}-{cell}"


@cache
def _networks() -> str:
    """All networks for the browser, as JSON."""
    cells = {
        cell: [
            {"error": one.error, "weights": packed(one.weights)}
            for one in (echo_networks()[cell, d] for d in DELAYS)
        ]
        for cell in CELLS
    }
    hidden = echo_networks()[CELLS[0], DELAYS[0]].weights["linear.weight"].shape[-1]
    return json.dumps({"delays": DELAYS, "hidden": hidden, "failed": FAILED, "cells": cells})
