"""Numbers with something around them: units, currencies, flags, other ways to write a minus."""

from __future__ import annotations

import numpy as np
import pytest

from gru_core.data.reading import Table, read_table
from gru_core.errors import ReadError


def daily(cells: list[str], separator: str = ",", name: str = "x") -> str:
    """A table with a date in each row, and `cells` as the column `name`."""
    rows = [f"2024-01-{day:02d}{separator}{cell}" for day, cell in enumerate(cells, start=1)]
    return "\n".join([f"date{separator}{name}", *rows])


def notes(table: Table) -> str:
    return " ".join(map(str, table.notes))


DECORATED = [
    # currencies
    (["£1200.50", "£950.25", "£1001.75"], [1200.5, 950.25, 1001.75], "'£'"),
    (['"¥1,200"', "¥950", '"¥1,050"'], [1200, 950, 1050], "'¥'"),
    (["US$ 5.5", "US$ 6.25", "US$ 7"], [5.5, 6.25, 7], "'US$'"),
    (["EUR 12.50", "EUR 13.75", "EUR 9.10"], [12.5, 13.75, 9.1], "'EUR'"),
    (["12.50 SEK", "13.75 SEK", "9.10 SEK"], [12.5, 13.75, 9.1], "'SEK'"),
    (["CHF 12.-", "CHF 13.50", "CHF 9.-"], [12, 13.5, 9], "'CHF'"),
    # units
    (["12.5%", "7 %", "0.25%"], [12.5, 7, 0.25], "'%'"),
    (["21.5°C", "-3 °C", "−4.5 °C"], [21.5, -3, -4.5], "'°C'"),
    (["12 µg/m³", "13.5 µg/m³", "9 µg/m³"], [12, 13.5, 9], "'µg/m³'"),
    (["3.2 kg/m2", "4 kg/m2", "5 kg/m2"], [3.2, 4, 5], "'kg/m2'"),
    (["5 m s-1", "6.5 m s-1", "7 m s-1"], [5, 6.5, 7], "'m s-1'"),
    (["3 Stück", "5 Stück", "12 Stück"], [3, 5, 12], "'Stück'"),
    (["1.5M", "1.7M", "2.1M"], [1.5, 1.7, 2.1], "'M'"),
    # flags of single values
    (["12.3", "14.1 e", "13.7", "12.9 bp", "13.1"], [12.3, 14.1, 13.7, 12.9, 13.1], "'e', 'bp'"),
    (["12.3", "14.1*", "13.7†", "12.9 [2]", "13 (r)"], [12.3, 14.1, 13.7, 12.9, 13], "Marks"),
    (["12.3", "14.1 (provisional)", "13.7?", "100+"], [12.3, 14.1, 13.7, 100], "(3 cells"),
    (["12.3 ± 0.4", "14.1 +/- 0.5", "13 ± 1"], [12.3, 14.1, 13], "'12.3 ± 0.4' was read as 12.3"),
    (["12.3 kWh", "14 kWh *", "13 kWh"], [12.3, 14, 13], "'kWh'"),
    # negative numbers
    (["12.5-", "3", "4.25 -"], [-12.5, 3, -4.25], "A minus at the end"),
    (["(12.5)", "3", "($4.25)"], [-12.5, 3, -4.25], "Parentheses"),
    (["-$12.5", "$3", "$-4.25"], [-12.5, 3, -4.25], "'$'"),
    (["–12.5", "3", "–4.25"], [-12.5, 3, -4.25], ""),
    # limits
    (["<0.5", "1.5", "≥20", "~7", "> 8"], [0.5, 1.5, 20, 7, 8], "Signs such as '<'"),
    # words that multiply
    (["950K", "1.2M", "870K"], [950e3, 1.2e6, 870e3], "'950K' was read as 950000 (3 cells"),
    (["950", "980", "1.1k", "1.2k"], [950, 980, 1100, 1200], "'1.1k' was read as 1100 (2 cells"),
    (["7%", "0.05", "0.06"], [0.07, 0.05, 0.06], "'7%' was read as 0.07"),
    # as spreadsheets write text
    (['"=""12.5"""', '"=""13"""', '"=""9"""'], [12.5, 13, 9], ""),
]  # fmt: skip


@pytest.mark.parametrize(("cells", "values", "note"), DECORATED)
def test_what_stands_around_a_number_is_removed_and_said(
    cells: list[str], values: list[float], note: str
) -> None:
    table = read_table(daily(cells))
    np.testing.assert_allclose(table.series("x").values, values)
    assert note in notes(table)


@pytest.mark.parametrize(
    ("cells", "values"),
    [
        (["1.125,02 €", "38,63- €", "656,5 €"], [1125.02, -38.63, 656.5]),
        (["12 000,50 руб.", "950,25 руб.", "1 100 руб."], [12000.5, 950.25, 1100]),
        (["R$ 1.234,50", "R$ 10,25", "R$ 7"], [1234.5, 10.25, 7]),
        (["950 Tsd. €", "1,2 Mio. €", "1,1 Mio. €"], [950e3, 1.2e6, 1.1e6]),
        (["12,- €", "13,50 €", "9,75 €"], [12, 13.5, 9.75]),
    ],
)
def test_decorated_numbers_may_have_a_decimal_comma(cells: list[str], values: list[float]) -> None:
    table = read_table(daily(cells, ";"))
    np.testing.assert_allclose(table.series("x").values, values)


def test_the_note_counts_the_cells_and_shows_one() -> None:
    table = read_table("date,a,b\n2020-01-01,$5,$7\n2020-01-02,$6,9\n2020-01-03,$8,$9.50")
    assert "'$'. '$5' was read as 5 (5 cells of 'a', 'b')." in notes(table)


@pytest.mark.parametrize(
    "cells",
    [
        ["500 g", "1.2 kg", "750 g", "1.1 kg"],
        ["$5", "€6", "$7", "€8"],
        ["2-room", "3-room", "4-room"],
        ["1st", "2nd", "3rd"],
        ["12 AM", "1 AM", "2 PM", "3 PM"],
        ["A12", "B13", "C14"],
        ["1a", "1b", "2a", "2b"],
        ["1:30", "2:30"],
    ],
)
def test_cells_that_may_mean_something_else_stay_text(cells: list[str]) -> None:
    with pytest.raises(ReadError, match="no column of numbers"):
        read_table(daily(cells))


def test_other_units_among_the_numbers_are_named_with_their_rows() -> None:
    cells = ["500 g", "510 g", "520 g", "530 g", "1.2 kg"] + ["540 g"] * 5
    with pytest.raises(ReadError, match=r"in row 6 \('1.2 kg'\)\. Correct"):
        read_table(daily(cells))


def test_a_refusal_says_to_write_one_unit() -> None:
    with pytest.raises(ReadError, match="in the same unit"):
        read_table(daily(["500 g", "1.2 kg", "750 g", "1.1 kg"]))


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("$12\n$13.5\n$14", ["column 1"]),
        ("12%\n13%\n14%", ["column 1"]),
        ("date,2m\n2020-01-01,5 C\n2020-01-02,6 C", ["2m"]),
        ("10m_wind\n5.5\n6.5\n7", ["10m_wind"]),
    ],
)
def test_a_first_row_of_decorated_numbers_is_no_header(text: str, names: list[str]) -> None:
    table = read_table(text)
    assert list(table.data) == names
    assert len(table.data) == text.count("\n") + (names == ["column 1"])


@pytest.mark.parametrize(
    "word",
    ["#N/A", "n.a.", "N.A.", "None", "--", "…", "..", ":", "n. d.", "k. A.", "keine Angabe", "s/d",
     "sin datos", "non disponible", "não disponível", "н/д", "нет данных", "欠測", "#VALUE!", "***",
     "<NA>", "Missing", "no data", "not available", "uppgift saknas", "brak danych", "\\N"],
)  # fmt: skip
def test_usual_words_for_missing_are_read_and_said(word: str) -> None:
    table = read_table(daily(["1.5", word, "3.5", "2.5", word]))
    np.testing.assert_array_equal(table.data["x"], [1.5, np.nan, 3.5, 2.5, np.nan])
    assert f"'{word}' counts as missing: 2 cells of 'x'" in notes(table)


def test_a_short_word_that_repeats_in_place_of_values_is_missing() -> None:
    table = read_table(daily(["1.5", ": c", "3.5", "T", "2.5", ": c", "T", "7"]))
    np.testing.assert_array_equal(np.flatnonzero(table.data["x"].isna()), [1, 3, 5, 6])
    assert "': c', 'T' count as missing: 4 cells of 'x'" in notes(table)


def test_a_word_that_does_not_mean_missing_is_refused_with_its_row() -> None:
    with pytest.raises(ReadError, match=r"in rows 3 \('broken'\), 5 \('broken'\)\. Correct"):
        read_table(daily(["1.5", "broken", "3.5", "broken"]))


@pytest.mark.parametrize(
    "text",
    [
        "a;b\n$2.5;7\n$23.48;7\n$93.60;7\n-$3705.14;7",  # the last number looks unlike the others
        "a;b\nw1;7\nw2;7\nw3;7\nweek10;7",  # the mean of equal values
    ],
)
def test_a_last_row_that_only_looks_different_is_no_total(text: str) -> None:
    assert len(read_table(text).data) == 4
