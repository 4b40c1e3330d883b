"""The message catalogue: short texts, short sentences, and no text that is left over."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest

from pages.ui.messages import FOLDER, Messages, messages

NAMES = sorted(path.stem for path in FOLDER.glob("*.toml"))
#: Files whose texts make up a screen with a guess, a drawing and an explanation.
SCREENS = [name for name in NAMES if "takeaway" in messages(name)]

MOST_WORDS = 70
MOST_WORDS_IN_A_SENTENCE = 20.0


def texts_of(found: Any) -> Iterator[str]:
    """All texts in a part of the catalogue."""
    if isinstance(found, dict):
        for inner in found.values():
            yield from texts_of(inner)
    elif isinstance(found, str):
        yield found


def words(text: str) -> list[str]:
    return re.findall(r"[\w’'{}.−+-]*\w[\w’'{}]*", text)


def sentences(text: str) -> list[str]:
    whole = re.sub(r"\s+", " ", text)
    return [part for part in re.split(r"(?<=[.?!:])\s", whole) if words(part)]


@pytest.mark.parametrize("name", SCREENS)
def test_a_screen_shows_few_words_at_a_time(name: str) -> None:
    texts = messages(name).all
    guess = texts.get("predict", {})
    before = [guess.get("ask", ""), *guess.get("choices", {}).values(), texts["act"]]
    longest = max(["", *texts_of(guess.get("replies", {}))], key=lambda text: len(words(text)))
    after = [longest, texts["explain"], texts["takeaway"]]
    for stage in (before, after):
        counted = sum(len(words(text)) for text in stage)
        assert counted <= MOST_WORDS, f"{counted} words: {' '.join(stage)}"


@pytest.mark.parametrize("name", NAMES)
def test_sentences_are_short(name: str) -> None:
    for text in texts_of(messages(name).all):
        lengths = [len(words(sentence)) for sentence in sentences(text)]
        if lengths:
            assert sum(lengths) / len(lengths) <= MOST_WORDS_IN_A_SENTENCE, text


def test_a_text_is_filled_in() -> None:
    texts = Messages({"a": {"b": " {number} units "}})
    assert texts("a.b", number=3) == "3 units"
    assert "a.b" in texts
    assert "a.c" not in texts
    assert texts.group("a") == {"b": " {number} units "}
    assert texts.group("c") == {}


def test_a_missing_text_or_number_is_an_error() -> None:
    texts = Messages({"a": "{number}"})
    with pytest.raises(KeyError):
        texts("b")
    with pytest.raises(KeyError):
        texts("a")
