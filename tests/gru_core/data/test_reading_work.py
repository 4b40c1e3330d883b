"""The work of the reader grows with the size of a file, not faster. Work is counted in calls."""

from __future__ import annotations

import sys
from collections.abc import Callable
from types import FrameType

import numpy as np
import pytest

from gru_core.data.reading import read_table
from gru_core.errors import GruLabError


def calls(text: str) -> int:
    """How many calls of Python and C functions it takes to read a text, or to refuse it."""
    count = 0

    def counter(frame: FrameType, event: str, argument: object) -> None:
        nonlocal count
        count += event in ("call", "c_call")

    before = sys.getprofile()
    sys.setprofile(counter)
    try:
        read_table(text)
    except GruLabError:
        pass
    finally:
        sys.setprofile(before)
    return count


def numbers(columns: int, rows: int, mark: str = ",") -> str:
    values = np.random.default_rng(0).normal(size=(rows, columns)).round(2)
    return "\n".join(mark.join(map(str, row)) for row in values.tolist())


def dates(columns: int, rows: int) -> str:
    return "\n".join(";".join(["2024-01-02"] * columns + ["x", str(row)]) for row in range(rows))


WIDE: dict[str, Callable[[int], str]] = {
    "numbers": lambda n: numbers(n, 6),
    "numbers below names": lambda n: (
        ",".join(f"s{i * 7}x" for i in range(n)) + "\n" + numbers(n, 6)
    ),
    "dates": lambda n: dates(n, 6),
    "text": lambda n: "\n".join(" ".join(["ab", "1", "c2"] * (n // 3)) for _ in range(4)),
    "nothing": lambda n: "\n".join([";" * n, "1" + ";" * n]),
    "equal names": lambda n: ",".join(["v"] * n) + "\n" + numbers(n, 5),
}


@pytest.mark.parametrize("name", WIDE)
def test_a_wide_table_takes_work_in_proportion_to_its_columns(name: str) -> None:
    calls(WIDE[name](30))  # loads what is loaded once
    few, many = calls(WIDE[name](100)), calls(WIDE[name](900))
    assert many < 12 * few


@pytest.mark.parametrize("columns", [300, 900])
def test_a_line_of_hundreds_of_columns_takes_little_work(columns: int) -> None:
    text = numbers(columns, 6)
    calls(text)
    assert calls(text) < 4_000 * columns  # it took 7,000 for each column


LONG: dict[str, str] = {
    "dashes": "-" * 30 + "x",
    "bars": "|-" * 15 + "x",
    "spaces": "a" + " " * 30 + "b",
    "brackets": "[" * 15 + "1" + "]" * 15,
    "digits": "1" * 30,
    "dates": "2024-01-01 " * 3,
    "commas": "," * 30,
    "quotes": '""' * 15,
    "comments": "# a\n" * 8,
}


@pytest.mark.parametrize("name", LONG)
def test_a_long_table_takes_work_in_proportion_to_its_rows(name: str) -> None:
    """A row repeats; the sample that decides the format is the same for both sizes."""
    text = LONG[name]
    calls(text)
    few, many = calls(f"v\n{text}\n" * 500), calls(f"v\n{text}\n" * 4000)
    assert many < 12 * few
