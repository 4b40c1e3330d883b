"""How often the panel of a run is drawn again."""

from __future__ import annotations

import pytest

from pages.ui import live


@pytest.mark.parametrize(("place", "seconds"), [(0, 0.3), (1, 1), (9, 1), (10, 2), (99, 10)])
def test_who_waits_behind_many_runs_looks_less_often(place: int, seconds: float) -> None:
    assert live._pause(place) == seconds
