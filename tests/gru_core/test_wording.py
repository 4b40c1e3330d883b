"""Numbers in sentences."""

from __future__ import annotations

import pytest

from gru_core.wording import count, percent, sentence, steps, whole_percent


@pytest.mark.parametrize(
    ("number", "words"), [(0, "0 starts"), (1, "1 start"), (2, "2 starts"), (1200, "1,200 starts")]
)
def test_one_is_one(number: int, words: str) -> None:
    assert count(number, "start") == words
    assert steps(number) == words.replace("start", "step")


@pytest.mark.parametrize(
    ("share", "words"),
    [
        (0.0, "less than 0.01 %"),
        (0.00012, "0.012 %"),
        (0.0949, "9.5 %"),
        (0.1234, "12 %"),
        (-0.05, "-5 %"),
        (12.0, "1,200 %"),
    ],
)
def test_a_share_has_two_digits_that_count(share: float, words: str) -> None:
    assert percent(share) == words


def test_a_whole_percent_has_no_more() -> None:
    assert whole_percent(0.904) == "90 %"


def test_a_sentence_begins_with_a_capital_and_leaves_the_others() -> None:
    assert sentence("a linear model (AR)") == "A linear model (AR)"
