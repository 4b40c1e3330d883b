"""What the tests of the texts share: counting words and sentences."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest


def _words(text: str) -> int:
    """How many words a text has. A sign by itself, such as `=`, is not a word."""
    return len([word for word in text.split() if re.search(r"\w", word)])


def _words_per_sentence(text: str) -> float:
    sentences = re.split(r"(?<=[.?!])\s+", text)
    return sum(map(_words, sentences)) / len(sentences)


@pytest.fixture
def words() -> Callable[[str], int]:
    return _words


@pytest.fixture
def words_per_sentence() -> Callable[[str], float]:
    return _words_per_sentence
