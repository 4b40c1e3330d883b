"""Numbers in sentences."""

from __future__ import annotations

import pytest

from gru_core.wording import count, duration, megabytes, percent, sentence, steps, whole_percent


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


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0.0, "0.0 s"),
        (0.04, "0.0 s"),
        (0.4, "0.4 s"),
        (9.94, "9.9 s"),
        (9.96, "10 s"),
        (12.3, "12 s"),
        (59.4, "59 s"),
        (59.6, "1 min"),
        (61, "1 min 1 s"),
        (200, "3 min 20 s"),
        (3599.4, "59 min 59 s"),
        (3599.6, "1 h 0 min"),
        (7500, "2 h 5 min"),
        (7199.9, "2 h 0 min"),
        (360_000, "100 h 0 min"),
    ],
)
def test_durations_in_words(seconds: float, words: str) -> None:
    assert duration(seconds) == words


@pytest.mark.parametrize(
    ("size", "words"),
    [(999_999, "under 1 MB"), (1_000_000, "1 MB"), (1_234_567_890, "1,235 MB")],
)
def test_megabytes_in_words(size: int, words: str) -> None:
    assert megabytes(size) == words
