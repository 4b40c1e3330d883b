"""A problem with few windows says so, with their number and what makes them more."""

from __future__ import annotations

import numpy as np
import pytest

from gru_core.experiment.experiment import OWN_DATA, Experiment
from gru_core.forecast.problem import FEW_WINDOWS, Problem

LINE = np.arange(60.0)


def warning(n: int, **options: object) -> str:
    own = Experiment(signal=OWN_DATA, forecast_start="end", horizon=1).replace(**options)
    return Problem.of(own, LINE[:n]).few_windows


def test_the_warning_has_the_number_of_windows_and_the_fixes() -> None:
    assert warning(17) == (
        "There are only 3 windows to train on. A network can hardly learn from so few. Bring a "
        "longer series, or make the window, the holdout or the validation part smaller."
    )


@pytest.mark.parametrize(
    ("options", "fix"),
    [
        ({"validation": 0.0}, "the window or the holdout smaller."),
        ({"validation": 0.0, "holdout": 0.0}, "or make the window smaller."),
        ({"window": 1}, "the holdout or the validation part smaller."),
        ({"window": 1, "validation": 0.0, "holdout": 0.0}, "Bring a longer series."),
    ],
)
def test_it_names_only_what_can_be_smaller(options: dict[str, object], fix: str) -> None:
    assert warning(18, **options).endswith(fix)


def test_one_window_is_one() -> None:
    assert warning(11, validation=0.0, holdout=0.0).startswith("There is only 1 window to")


@pytest.mark.parametrize(("windows", "warns"), [(FEW_WINDOWS, False), (FEW_WINDOWS - 1, True)])
def test_enough_windows_need_no_warning(windows: int, warns: bool) -> None:
    assert bool(warning(10 + windows, validation=0.0, holdout=0.0)) is warns
