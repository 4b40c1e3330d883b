"""The texts of the exercises: short, with the numbers of the rules and the names of the Lab."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable
from pathlib import Path

import pytest

from gru_core.data.sources import SOURCES
from gru_core.experiment.experiment import GROUPS, OPTIONS
from gru_core.forecast.parameters import parameter_count
from gru_core.forecast.problem import Problem
from gru_core.teaching import rules
from gru_core.teaching.exercises import EXERCISES
from gru_core.teaching.question import as_text

CATALOGUE = Path(__file__).parents[3] / "pages/ui/messages/en/exercises.toml"
TEXTS = tomllib.loads(CATALOGUE.read_text(encoding="utf-8"))
COMMON = TEXTS["verdict"]
NAMES = list(EXERCISES)

#: The numbers that stand in the task of each exercise.
NUMBERS = {
    "cosine": [rules.COSINE_RMSE],
    "smallest-window": [rules.SQUARE_RMSE],
    "trend": [rules.TREND_ERROR, EXERCISES["trend"].solution.horizon],
    "dying-loop": [rules.ALIVE_SHARE, rules.ALIVE_RMSE],
    "divergence": [int(rules.DIVERGED_LOSS)],
    "tenth": [
        parameter_count(EXERCISES["tenth"].start),
        parameter_count(EXERCISES["tenth"].start) // 10,
    ],
    "linear-ar": [rules.BETTER_SHARE_OF_AR, EXERCISES["linear-ar"].solution.horizon],
    "airline": [rules.BETTER_SHARE_OF_NAIVE],
}


@pytest.mark.parametrize("name", NAMES)
def test_the_task_names_the_numbers_of_its_rule(name: str) -> None:
    written = {word.strip(".,:") for word in TEXTS[name]["task"].split()}
    assert {as_text(number) for number in NUMBERS[name]} <= written


def test_the_task_of_the_airline_names_its_months() -> None:
    months = Problem.of(EXERCISES["airline"].solution).parts.horizon
    assert f"{months} months" in TEXTS["airline"]["task"]
    assert SOURCES["air-passengers"].unit in TEXTS["airline"]["verdict"]["passed"]


@pytest.mark.parametrize("name", NAMES)
def test_the_texts_of_an_exercise_are_short(
    name: str, words: Callable[[str], int], words_per_sentence: Callable[[str], float]
) -> None:
    texts = TEXTS[name]
    assert words(texts["task"]) <= 60
    others = [*texts["hints"], texts["solution"], *texts["verdict"].values(), *COMMON.values()]
    assert max(map(words, others)) <= 40
    assert all(words_per_sentence(text) <= 20 for text in [texts["task"], *others])


@pytest.mark.parametrize("name", NAMES)
def test_hints_and_solutions_name_options_that_exist(name: str) -> None:
    """What stands in quotes in a text is the title of an option, a group or one of its values."""
    known = {option.title for option in OPTIONS.values()} | set(GROUPS.values())
    for option in OPTIONS.values():
        known |= set((option.labels or {}).values())
    texts = [TEXTS[name]["task"], *TEXTS[name]["hints"], *TEXTS[name]["verdict"].values()]
    for text in [*texts, *COMMON.values()]:
        for quoted in re.findall("“([^”]*)”", text):
            assert quoted in known or quoted == "{series}"
