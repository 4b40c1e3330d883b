"""Numbers and quotes in sentences."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gru_core.wording import (
    clipped,
    count,
    duration,
    error_in_words,
    megabytes,
    number,
    percent,
    quote,
    sentence,
    steps,
    whole_percent,
)


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (0, "0"),
        (-0.0, "0"),
        (math.nan, "unknown"),
        (math.inf, "∞"),
        (-math.inf, "-∞"),
        (1e-320, "1 × 10⁻³²⁰"),
        (1.341e-14, "1.34 × 10⁻¹⁴"),
        (9.996e-7, "0.000001"),
        (1e-6, "0.000001"),
        (0.00012345, "0.000123"),
        (1 / 6, "0.167"),
        (0.1, "0.1"),
        (-2.5, "-2.5"),
        (0.9996, "1"),
        (99.96, "100"),
        (100, "100"),
        (999.6, "1,000"),
        (1234.5, "1,230"),
        (999_600_000_000, "1,000,000,000,000"),
        (9.996e14, "1 × 10¹⁵"),
        (1.2963146059840458e32, "1.3 × 10³²"),
        (-1e300, "-1 × 10³⁰⁰"),
    ],
)
def test_a_number_is_written_as_people_write_it(value: float, words: str) -> None:
    assert number(value) == words


def test_a_number_has_the_requested_digits() -> None:
    assert number(1 / 6, 6) == "0.166667"
    assert number(177.2, 2) == "180"
    assert number(0.04, 1) == "0.04"


@given(st.floats(1e-6, 1e14) | st.floats(-1e14, -1e-6), st.integers(1, 8))
def test_a_number_that_is_written_out_reads_back(value: float, digits: int) -> None:
    words = number(value, digits)
    assert not set(words) - set("-0123456789.,")
    assert float(words.replace(",", "")) == pytest.approx(value, rel=0.5 * 10 ** (1 - digits))


@given(st.floats(), st.floats(0, allow_infinity=False, allow_nan=False))
def test_no_error_is_written_with_an_e(error: float, spread: float) -> None:
    assert "e+" not in error_in_words(error, spread)
    assert "e-" not in error_in_words(error, spread)


@pytest.mark.parametrize(
    ("error", "spread", "words"),
    [
        (0.1666666, 1.0, "0.167"),
        (0.0, 1.0, "0"),
        (-0.0, 1.0, "0"),
        (1.341e-14, 1.0, "≈ 0"),
        (1e-320, 1.0, "≈ 0"),
        (1e-20, 1e-19, "1 × 10⁻²⁰"),  # the series itself is as small
        (0.5, 1e7, "≈ 0"),
        (999.6, 200.0, "1,000"),
        (1.2963146059840458e32, 1.0, "exploded"),
        (1e300, 1.0, "exploded"),
        (math.inf, 1.0, "exploded"),
        (math.inf, 0.0, "exploded"),
        (1.3e32, 0.0, "exploded"),
        (1e-9, 0.0, "1 × 10⁻⁹"),
        (1e300, 1e299, "1 × 10³⁰⁰"),
        (math.nan, 1.0, "unknown"),
    ],
)
def test_an_error_in_words_depends_on_the_spread(error: float, spread: float, words: str) -> None:
    assert error_in_words(error, spread) == words


@pytest.mark.parametrize(
    ("number", "words"), [(0, "0 starts"), (1, "1 start"), (2, "2 starts"), (1200, "1,200 starts")]
)
def test_a_count_of_one_is_singular(number: int, words: str) -> None:
    assert count(number, "start") == words
    assert steps(number) == words.replace("start", "step")


@pytest.mark.parametrize(
    ("share", "words"),
    [
        (0.0, "less than 0.01 %"),
        (0.00012, "0.012 %"),
        (0.003, "0.3 %"),
        (0.0949, "9.5 %"),
        (0.095, "10 %"),
        (0.1234, "12 %"),
        (0.995, "100 %"),
        (1.99, "199 %"),
        (-0.05, "-5 %"),
        (12.0, "1,200 %"),
    ],
)
def test_a_share_has_two_significant_digits(share: float, words: str) -> None:
    assert percent(share) == words


def test_a_whole_percent_has_no_decimals() -> None:
    assert whole_percent(0.904) == "90 %"


def test_a_sentence_begins_with_a_capital_and_is_otherwise_unchanged() -> None:
    assert sentence("a linear model (AR)") == "A linear model (AR)"
    assert sentence("") == ""


@pytest.mark.parametrize(
    ("value", "words"), [("a", "'a'"), (1.5, "1.5"), (None, "None"), ("x" * 99, f"'{'x' * 58}…")]
)
def test_a_quote_is_short(value: object, words: str) -> None:
    assert quote(value) == words


def test_only_a_long_text_is_cut() -> None:
    assert clipped("x" * 60) == "x" * 60
    assert clipped("abcdef", 4) == "abc…"


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
