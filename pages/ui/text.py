"""The longer texts of the pages."""

from __future__ import annotations

import re

__all__ = ["FIVE_MINUTES", "WHAT_IT_IS", "WORDS", "plain", "waits"]


def plain(words: str) -> str:
    """`words` for Streamlit's Markdown to show to the letter, whatever names they quote."""
    return re.sub(r"([\\`*_{}\[\]<>()#+!|$:~^=-])", r"\\\1", words)


def waits(what: str, place: int) -> str:
    """That `what` waits its turn, with so many before it."""
    return f"{what} waits for a free worker{f': {place} before it' if place else ''}."


WHAT_IT_IS = """
GRU Lab trains a small recurrent network while you watch, and then lets it forecast **in closed
loop**: each forecast is fed back as if it were true, a hundred times over. That is where a network
shows what it has understood. A tiny training loss proves little; the loop tells.

Pick a signal, press **Train**, and compare the forecast with what really came and with forecasts
that need no network at all.
"""

FIVE_MINUTES = """
1. Open the Lab and press **Train**. The loss falls live; below it the closed-loop forecast takes
   shape.
2. When it has ended, drag **After epoch** back to 0 and forward again: the sine emerges.
3. Set **Window** to 3 and train again. Three values are enough to continue a sine, in theory.
4. Choose **The lesson's own recipe (slow)**. Watch its loss get tiny while the loop drifts or
   explodes. Stop when you have seen enough.
5. Bring **your own data**: a CSV file or pasted numbers, under *1 Signal*. **Suggest settings**
   then tries a handful of recipes on it and fills in the best.
6. Open the **Failure gallery** above: six forecasts that go wrong, and the one setting that mends
   each.
"""

WORDS = """
| word | meaning |
|---|---|
| window | how many past values the network reads |
| horizon | how many steps are forecast |
| one-step (teacher-forced) | each prediction reads true past values |
| closed-loop (autoregressive, free-running) | each prediction is fed back as input |
| holdout | the last part of the series, never seen in training, on which the forecast is scored |
| epoch | one pass through all windows |
| MASE | mean absolute error over that of repeating the last cycle, inside the training part |
"""
