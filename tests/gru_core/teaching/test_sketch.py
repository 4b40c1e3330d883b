"""A drawn wave, compared with the true one."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gru_core.teaching.sketch import gap_between, through

PERIOD = 62.8
STEPS = np.arange(100)


def wave(late: float = 0.0, size: float = 1.0, level: float = 0.0) -> np.ndarray:
    return level + size * np.cos(2 * np.pi * (STEPS - late) / PERIOD)


@given(late=st.floats(-30, 30), size=st.floats(0.2, 3), level=st.floats(-1, 1))
def test_shift_and_size_of_a_drawn_wave_are_measured(
    late: float, size: float, level: float
) -> None:
    gap = gap_between(wave(late, size, level), wave(), PERIOD)
    assert gap.shift == pytest.approx(late, abs=1e-6)
    assert gap.size == pytest.approx(size, abs=1e-6)
    assert gap.wave == pytest.approx(1, abs=1e-9)


@pytest.mark.parametrize(
    ("drawn", "kind"),
    [
        (wave(), "right"),
        (wave(late=PERIOD / 4), "shifted"),
        (wave(size=0.5), "size"),
        (wave(late=-10, size=2), "both"),
        (np.zeros(100), "other"),
        (np.cos(2 * np.pi * STEPS / 20), "other"),
    ],
)
def test_every_drawing_has_a_kind(drawn: np.ndarray, kind: str) -> None:
    assert gap_between(drawn, wave(), PERIOD).kind == kind


def test_the_error_is_the_rmse() -> None:
    gap = gap_between(wave() + 0.5, wave(), PERIOD)
    assert gap.error == pytest.approx(0.5)


def test_lines_go_through_the_points() -> None:
    values = through(np.array([0.0, 1.0, -1.0]), 5)
    np.testing.assert_allclose(values, [0, 0.5, 1, 0, -1])
    assert math.isclose(through(np.array([2.0, 4.0]), 100)[-1], 4.0)
