"""`Question`: a question with one right answer and the answers that misconceptions give."""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import dataclass

from gru_core.wording import number

__all__ = ["Question", "as_text"]


@dataclass(frozen=True)
class Question:
    """A question whose answers are all computed. Its texts stand in `questions.toml`.

    Attributes:
        name: the key of its texts, such as `z-direction`.
        given: the numbers that its texts show, by the name of the placeholder.
        right: the right answer.
        wrong: the answer that each misconception gives, by the name of the misconception.
    """

    name: str
    given: Mapping[str, object]
    right: object
    wrong: Mapping[str, object]

    @property
    def answers(self) -> dict[str, str]:
        """All answers as text. The key is `right` or the name of a misconception."""
        answers = {"right": self.right, **self.wrong}
        return {key: as_text(value) for key, value in answers.items()}

    @property
    def choices(self) -> tuple[tuple[str, str], ...]:
        """All answers as (key, text). The order is mixed, but always the same."""
        mixed = list(self.answers.items())
        random.Random(self.name).shuffle(mixed)
        return tuple(mixed)

    def numbers(self, key: str = "right") -> dict[str, str]:
        """The text for each placeholder, for a learner who has chosen the answer `key`.

        They are the given numbers, `right` (the right answer) and `answer` (the chosen one).
        """
        given = {name: as_text(value) for name, value in self.given.items()}
        return given | {"right": self.answers["right"], "answer": self.answers[key]}


def as_text(value: object) -> str:
    """A value for the screen: `0.67`, `7,950` or `(1, 32, 50)`. Text stays as it is."""
    if isinstance(value, float):
        return number(value)
    return f"{value:,}" if isinstance(value, int) else str(value)
