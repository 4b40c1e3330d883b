"""Numbers that mean "missing", such as -999: found, said, and taken back with one choice."""

from __future__ import annotations

import numpy as np
import pytest

from gru_core.data.reading import ReadChoices, read_table
from gru_core.errors import ReadError

CODED = [
    (["3", "5", "-9", "7", "2", "-9", "6"], {-9}),
    (["12.5", "-3.1", "-99.9", "14", "-99.9", "15.2"], {-99.9}),
    (["12.5", "13.1", "999.9", "14", "999.9", "15.2"], {999.9}),
    (["1012", "1013", "9999", "1014", "1009"], {9999}),
    (["-12", "13", "-999", "14", "9", "-1.5"], {-999}),
    (["12", "-999", "14", "-9999", "15", "-999", "16", "-9999"], {-999, -9999}),
    (["2.6", "2", "-200", "-200", "-200", "1.2", "2.2", "1.7"], {-200}),
    (["2.6", "2", "1e20", "1e20", "1.2", "2.2", "1.7"], {1e20}),
    (["26", "20", "-32768", "-32768", "12", "22"], {-32768}),
    (["1", "0", "-9", "1", "0", "-9", "1"], {-9}),
    (["3", "5", "88", "77", "2", "88", "6", "77"], {77, 88}),
    (["120", "270", "999", "300", "360", "999", "10"], {999}),
]
VALUES = [
    ["-9", "-5", "-9", "-8", "2", "-10", "6"],  # temperatures
    ["0", "1", "0", "9", "2", "0", "9", "3"],  # counts
    ["0", "1", "0", "1", "1", "0", "0"],
    ["60", "70", "-500", "55", "63", "-500", "71", "-500"],  # a payment
    ["19.99", "29.99", "99.99", "19.99", "99.99", "24.99"],  # prices
    ["10", "11", "500", "12", "10", "11"],  # one spike
    ["1", "2", "3", "100", "100", "100", "100"],  # a step
    ["97", "99", "98", "99", "100", "95"],
    ["1", "9999"],
]


def table_of(cells: list[str]) -> str:
    return "d,v\n" + "\n".join(f"2020-01-{day:02d},{v}" for day, v in enumerate(cells, start=1))


@pytest.mark.parametrize(("cells", "codes"), CODED)
def test_codes_for_missing_values_are_found_and_can_be_taken_back(
    cells: list[str], codes: set[float]
) -> None:
    table = read_table(table_of(cells))
    numbers = np.array(cells, dtype=float)
    expected = np.where(np.isin(numbers, list(codes)), np.nan, numbers)
    np.testing.assert_array_equal(table.data["v"], expected)
    assert set(table.detected.missing_codes) == codes
    notes = [note for note in table.notes if "missing_codes" in note.change]
    assert len(notes) == len(codes)
    for note in notes:
        left = note.change["missing_codes"]
        changed = read_table(table_of(cells), choices=ReadChoices(**note.change))
        assert changed.detected.missing_codes == left
        assert np.isnan(changed.data["v"]).sum() == np.isin(numbers, left).sum()


@pytest.mark.parametrize("cells", VALUES)
def test_values_that_may_be_real_stay(cells: list[str]) -> None:
    table = read_table(table_of(cells))
    np.testing.assert_array_equal(table.data["v"], np.array(cells, dtype=float))
    assert table.detected.missing_codes == ()


def test_a_chosen_code_is_missing_in_all_columns_but_the_time() -> None:
    text = "t,a,b\n1,5,1\n2,1,3\n3,4,4"
    table = read_table(text, choices=ReadChoices(missing_codes=(1,), time_column="t"))
    np.testing.assert_array_equal(table.data["a"], [5, np.nan, 4])
    np.testing.assert_array_equal(table.data["b"], [np.nan, 3, 4])
    assert table.time is not None
    assert list(table.time) == [1, 2, 3]


def test_the_note_names_the_column_and_counts_the_cells() -> None:
    rows = "\n".join(f"{20 + i % 3},{-99 if i in (3, 5) else 40 + i % 4}" for i in range(12))
    table = read_table("a,b\n" + rows)
    text = "-99 lies far from all other values, so it counts as missing: 2 cells of 'b'."
    assert [note.label for note in table.notes if note.text == text] == ["Read -99 as a value"]


def test_a_column_of_codes_alone_is_refused_with_words() -> None:
    with pytest.raises(ReadError, match="'v' has only codes for missing values"):
        read_table("v\n1\n1\n", choices=ReadChoices(missing_codes=(1,)))


@pytest.mark.parametrize("far", [5000.0, -5000.0])
def test_a_lonely_far_value_is_kept_and_can_be_counted_as_missing(far: float) -> None:
    values = [20.0 + k % 7 for k in range(40)]
    values[11] = far
    text = "v\n" + "\n".join(map(str, values))
    table = read_table(text)
    assert table.data["v"].iloc[11] == far
    (note,) = [note for note in table.notes if "far from all other values" in note.text]
    assert "row 13" in note.text
    without = read_table(text, choices=ReadChoices(**note.change))
    assert list(np.flatnonzero(without.data["v"].isna())) == [11]


def test_peaks_that_belong_to_the_series_are_not_called_far() -> None:
    values = [5.0 + k % 3 + (400 if k % 10 == 9 else 0) for k in range(60)]
    table = read_table("v\n" + "\n".join(map(str, values)))
    assert "far from all other" not in " ".join(map(str, table.notes))
