"""The technical words of the pages, each explained in one sentence."""

from __future__ import annotations

from collections.abc import Mapping

import streamlit as st

__all__ = ["WORDS", "expander", "table"]

#: A word comes after the words that its explanation uses.
WORDS: Mapping[str, str] = {
    "GRU": "gated recurrent unit: a small network that reads values one by one and keeps a hidden "
    "state",
    "hidden state": "the numbers that the network remembers from one value to the next",
    "gate": "numbers between 0 and 1 that say how much to keep and how much to replace",
    "window": "how many past values the network reads",
    "horizon": "how many steps are forecast",
    "one-step (teacher-forced)": "each prediction reads true past values",
    "closed loop (autoregressive, free-running)": "each prediction is fed back as input",
    "loss": "how wrong the network is in training: the mean of its squared errors",
    "epoch": "one pass through all training windows",
    "validation": "values that training does not learn from: they choose the best weights and show "
    "when to stop",
    "holdout": "the last part of the series: never seen in training, kept to score the forecast",
    "AR": "autoregression: each value is a weighted sum of past values; a simple model to compare "
    "with",
    "MASE": "the mean absolute error of a forecast, divided by the error of repeating the last "
    "cycle in the training part; below 1 is better than repeating",
}


def table() -> None:
    """Show a table of the words and their meanings."""
    rows = [f"| **{word}** | {meaning} |" for word, meaning in WORDS.items()]
    st.markdown("\n".join(["| word | meaning |", "|---|---|", *rows]))


def expander() -> None:
    """Show the same table, folded away."""
    with st.expander("The words", icon=":material/menu_book:"):
        table()
