"""Names of months and weekdays are known in many languages."""

from __future__ import annotations

import pytest

from gru_core.data.reading.times.names import is_weekday, month_number


@pytest.mark.parametrize(
    ("names", "number"),
    [
        ("Jan January JAN. Janu Januar enero ene. janvier gennaio января leden", 1),
        ("Feb Febr. février févr fevrier fev luty şubat", 2),
        ("Mar March Mär Mrz März marzo mars mrt", 3),
        ("May Mai mayo maggio mei maj květen", 5),
        ("Sep Sept. September septiembre setembro", 9),
        ("Oct Okt October octubre outubro ottobre", 10),
        ("Dec Dez. december diciembre décembre", 12),
    ],
)
def test_months_have_their_number(names: str, number: int) -> None:
    assert {name: month_number(name) for name in names.split()} == dict.fromkeys(
        names.split(), number
    )


@pytest.mark.parametrize("word", ["", "1", "ma", "jui", "total", "Q1", "Mon", "J-D", "x" * 10_000])
def test_other_words_are_no_months(word: str) -> None:
    assert month_number(word) is None


@pytest.mark.parametrize("word", ["Mon", "Tuesday", "Thurs", "Mo.", "Donnerstag", "lundi", "sáb"])
def test_weekdays_are_known(word: str) -> None:
    assert is_weekday(word)


@pytest.mark.parametrize("word", ["", "M", "Jan", "week", "T", "Z"])
def test_other_words_are_no_weekdays(word: str) -> None:
    assert not is_weekday(word)
