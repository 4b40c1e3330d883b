"""Whole numbers grouped by one mark: `1.421` beside `828` is 1421."""

from __future__ import annotations

import numpy as np
import pytest

from gru_core.data.reading import ReadChoices, read_table

GROUPED = [
    ("month;n\n2020-01;1.421\n2020-02;828\n2020-03;2.011", ";", [1421, 828, 2011]),
    ("month;n\n2020-01;1,421\n2020-02;828\n2020-03;2,011", ";", [1421, 828, 2011]),
    ('month,n\n2020-01,"1,421"\n2020-02,828\n2020-03,"12,011"', ",", [1421, 828, 12011]),
    ("month\tn\n2020-01\t-1.421\n2020-02\t828\n2020-03\t15", "\t", [-1421, 828, 15]),
    ("828\n1.421\n1.011\n713", "", [828, 1421, 1011, 713]),
    ("2018.01;1.421\n2018.02;953\n2018.03;1.100", ";", [1421, 953, 1100]),
    ("year;month;n\n2018;1;1.421\n2018;2;953\n2018;3;1.100", ";", [1421, 953, 1100]),
    ("day;n\n01.02.2024;€ 1.421\n02.02.2024;€ 953\n03.02.2024;€ 1.100", ";", [1421, 953, 1100]),
]  # fmt: skip


@pytest.mark.parametrize(("text", "separator", "values"), GROUPED)
def test_digits_in_groups_are_read_and_can_be_changed(
    text: str, separator: str, values: list[float]
) -> None:
    table = read_table(text, choices=ReadChoices(separator=separator))
    np.testing.assert_array_equal(table.data.iloc[:, -1], values)
    (note,) = [note for note in table.notes if "decimal" in note.change]
    assert note.label.startswith("Read '")
    changed = read_table(text, choices=ReadChoices(separator=separator, **note.change))
    is_large = np.abs(values) >= 1000
    expected = np.where(is_large, np.array(values) / 1000, values)
    np.testing.assert_allclose(changed.data.iloc[:, -1], expected)


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("d,v\n2020-01-01,1.421\n2020-01-02,1.753\n2020-01-03,2.011", [1.421, 1.753, 2.011]),
        ("d;v\n2020-01-01;1.421\n2020-01-02;1421\n2020-01-03;2.011", [1.421, 1421, 2.011]),
        ("d,v\n2020-01-01,0.421\n2020-01-02,12\n2020-01-03,2.011", [0.421, 12, 2.011]),
        ("d,v\n2020-01-01,5\n2020-01-02,1.375\n2020-01-03,12", [5, 1.375, 12]),
        ("d,v\n2020-01-01,1.421\n2020-01-02,828\n2020-01-03,2.0", [1.421, 828, 2]),
    ],
)
def test_decimal_numbers_with_three_digits_stay(text: str, values: list[float]) -> None:
    table = read_table(text)
    np.testing.assert_array_equal(table.data.iloc[:, -1], values)
    assert not any("decimal" in note.change for note in table.notes)


def test_the_dates_of_a_country_speak_for_its_marks() -> None:
    text = "Datum;Menge\n01.02.2024;1.421\n13.02.2024;1.753\n25.02.2024;2.011"
    table = read_table(text)
    np.testing.assert_array_equal(table.data["Menge"], [1421, 1753, 2011])
    assert "could be 1.421" in " ".join(map(str, table.notes))


def test_an_open_question_gives_a_note_with_a_change() -> None:
    text = "d;v\n2020-01-01;1.421\n2020-01-02;1.753\n2020-01-03;2.011"
    table = read_table(text)
    np.testing.assert_array_equal(table.data["v"], [1.421, 1.753, 2.011])
    (note,) = table.notes
    grouped = read_table(text, choices=ReadChoices(**note.change))
    np.testing.assert_array_equal(grouped.data["v"], [1421, 1753, 2011])


def test_indian_groups_are_read() -> None:
    text = 'd,v\n2020-01-01,"1,23,456"\n2020-01-02,"98,765.5"\n2020-01-03,"12,34,567"'
    np.testing.assert_array_equal(read_table(text).data["v"], [123456, 98765.5, 1234567])
