"""The longer texts of the pages."""

from __future__ import annotations

import re
from datetime import datetime
from zoneinfo import ZoneInfo

import streamlit as st

from gru_core.wording import duration

__all__ = [
    "FIVE_MINUTES",
    "HERO_ALT",
    "HERO_CAPTION",
    "THE_LESSON",
    "WHAT_A_GRU_IS",
    "WHAT_IT_IS",
    "moment",
    "plain",
    "silent",
    "waits",
]


def plain(words: str) -> str:
    """`words` with all Markdown escaped, so Streamlit shows every character as it is."""
    return re.sub(r"([\\`*_{}\[\]<>()#+!|$:~^=-])", r"\\\1", words)


def moment(when: datetime) -> str:
    """A moment as the clock of the visitor shows it, such as `2026-11-26 14:03`."""
    try:
        zone = ZoneInfo(st.context.timezone or "UTC")
    except (ValueError, KeyError, OSError):  # the browser names a zone that is not known here
        zone = ZoneInfo("UTC")
    return f"{when.astimezone(zone):%Y-%m-%d %H:%M}"


def silent(seconds: float) -> str:
    """The sentence that the worker of the user's job has not been heard for so long."""
    return (
        f"nothing was heard from the worker for {duration(seconds)}. It may go on by itself. "
        "If you press Stop, the worker is replaced."
    )


def waits(what: str, place: int) -> str:
    """The sentence that `what` waits in the queue, behind `place` other jobs."""
    queue = f" In the queue before it: {place}." if place else ""
    return f"{what} waits for a free worker.{queue}"


WHAT_IT_IS = """
GRU Lab trains a small recurrent network while you watch. Then the network forecasts **in closed
loop**: each forecast is fed back as if it were true. A small training loss proves little. The loop
shows what the network has learned.
"""

HERO_CAPTION = """
The thick grey line is the true wave. Left of the mark, the network reads true values and predicts
one step ahead (dots). Right of the mark, it reads only its own forecasts (orange). The network is a
GRU with 12 hidden numbers. It was trained earlier. Your browser computes its forecasts now.
"""

HERO_ALT = (
    "A true sine wave in grey, and a trained GRU's forecast. At first the network is fed with true "
    "values. Then it feeds itself, and for thousands of steps its orange line stays on the wave."
)

WHAT_A_GRU_IS = """
A **GRU** (gated recurrent unit) is a small recurrent network: it reads values one by one and keeps
a **hidden state**, its memory. **Gates**, numbers between 0 and 1, decide what to keep of the old
state and what to replace.

The candidate n is the proposal for a new state. The reset gate r says how much of the old state h
the candidate sees. The update gate z mixes both: h′ = (1 − z) · n + z · h. So z near 1 keeps the
old state. This is PyTorch's convention. Some books swap z and 1 − z.
"""

THE_LESSON = """
These pages mention **the lesson**. It is a short text, in Spanish. It explains the GRU. Then it
trains a small PyTorch network, GRUNet, on a sine, one window at a time, and plots the closed-loop
forecast. Its exercise is the cosine.
"""

FIVE_MINUTES = """
1. Press **Train a GRU now**. The loss falls live, and the closed-loop forecast takes shape.
2. After training, move **After epoch** back to 0, then forward again: the sine appears.
3. Set **Window** to 3 and train again. In theory, three values are enough to continue a sine.
4. Choose **The lesson's own recipe (slow)**. Its loss gets tiny while the loop drifts or explodes.
   Stop when you have seen enough.
5. Bring **your own data**: a CSV file or pasted numbers, under **1 Signal**. **Suggest settings**
   then tries some recipes on your data and fills in the best one.
6. Open **Inside**: the gates of the network that you just trained. Mute a unit and see what the
   loop does.
7. Open the **Failure gallery**: forecasts that go wrong, and the one setting that fixes each.
"""
