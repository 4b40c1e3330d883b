"""A series of one's own sets the first settings, and what the user has chosen stays."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from tests.pages.test_own_data import paste

WEEKS = 10 + 0.2 * np.arange(90) + 3 * np.sin(2 * np.pi * np.arange(90) / 7)
SHORT = ["1", "3", "2", "5", "4", "6", "5", "8", "7", "9", "8", "11", "10", "12"]

WHY_WINDOW = "Window 8: your data repeat every 7 values"
WHY_NORMALIZATION = "your data have a trend"


def column(values: Any) -> str:
    return "\n".join(str(value) for value in values)


@pytest.fixture
def own(visit: Any) -> Any:
    return visit("lab.py", {"signal": "own"})


def started(session: Any) -> tuple[Any, Any]:
    return session.value("window"), session.value("normalization")


def test_a_new_series_sets_the_window_and_the_normalization_and_says_why(own: Any) -> None:
    assert started(own) == (10, "standard")
    paste(own, column(WEEKS.round(3)))
    assert started(own) == (8, "window")
    assert WHY_WINDOW in own.text("caption")
    assert WHY_NORMALIZATION in own.text("caption")
    assert own.address == {"signal": "own", "window": "8", "normalization": "window"}


def test_what_the_user_has_chosen_stays(own: Any) -> None:
    own.set("window", 11)
    own.set("window", 10)  # the default, but chosen
    paste(own, column(WEEKS.round(3)))
    assert started(own) == (10, "window")
    assert WHY_WINDOW not in own.text("caption")
    own.set("normalization", "standard")
    assert started(own) == (10, "standard")
    assert WHY_NORMALIZATION not in own.text("caption")
    paste(own, column((2 * WEEKS).round(3)))  # another series
    assert started(own) == (10, "standard")


@pytest.mark.parametrize("query", [{"window": "10"}, {"window": "30"}])
def test_what_a_link_has_chosen_stays(visit: Any, query: dict[str, str]) -> None:
    session = visit("lab.py", {"signal": "own", **query})
    paste(session, column(WEEKS.round(3)))
    assert started(session) == (int(query["window"]), "window")


def test_the_address_of_an_own_series_gives_the_same_settings_again(own: Any, visit: Any) -> None:
    paste(own, column(WEEKS.round(3)))
    own.set("window", 10)
    own.set("normalization", "standard")
    other = visit("lab.py", own.address)
    paste(other, column(WEEKS.round(3)))
    assert started(other) == (10, "standard")


def test_another_series_sets_them_anew(own: Any) -> None:
    paste(own, column(WEEKS.round(3)))
    paste(own, column(np.sin(2 * np.pi * np.arange(90) / 12).round(3)))
    assert started(own) == (13, "standard")
    assert "Window 13" in own.text("caption")
    assert WHY_WINDOW not in own.text("caption")


def test_an_untouched_page_of_a_synthetic_signal_keeps_its_defaults(lab: Any) -> None:
    assert started(lab()) == (10, "standard")
    assert lab().address == {"points": "120", "hidden_size": "8", "epochs": "12"}


def test_a_short_series_can_be_searched_although_the_window_does_not_fit(visit: Any) -> None:
    session = visit("lab.py", {"signal": "own", "window": "30"})
    paste(session, column(SHORT))
    assert "too short for a window of 30" in session.text("error")
    assert session.button("Train").disabled
    assert "Suggest settings** looks for settings that fit" in session.text("caption")
    session.press("Suggest settings")
    state = session.state
    session.until(lambda: not state.suggesting, "the end of the search")
    assert "Settings filled in" in session.text("markdown")
    assert session.value("window") < 12
    assert not session.button("Train").disabled


def test_a_short_series_gets_a_window_that_fits_and_a_warning(own: Any) -> None:
    paste(own, column(SHORT))
    assert own.value("window") == 3
    assert "There are only 7 windows to train on" in own.text("warning")
    assert "make the window, the holdout or the validation part smaller" in own.text("warning")
    assert not own.button("Train").disabled
    assert not own.button("Suggest settings").disabled


def test_a_series_that_is_too_short_for_a_search_says_so(own: Any) -> None:
    paste(own, column(SHORT[:9]))
    assert own.button("Suggest settings").disabled
    assert "Suggest settings** cannot help here" in own.text("caption")
    assert "at least 8 values before the holdout, and there are 7" in own.text("caption")


@pytest.mark.parametrize(("points", "warned"), [("44", False), ("36", True)])
def test_few_windows_are_a_warning_before_training(lab: Any, points: str, warned: bool) -> None:
    session = lab(points=points)
    assert ("windows to train on. A network can hardly" in session.text("warning")) is warned
