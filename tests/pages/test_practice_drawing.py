"""Practice: the drawn forecast, and the gap to the true values."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from gru_core import Result, run
from gru_core.teaching.exercises import EXERCISES
from pages.ui.messages import messages
from pages.ui.practice import sketching

WORDS = messages("practice")


def drawing(visitor: Any) -> dict[str, Any]:
    """What the page sends to the picture."""
    [data] = [
        json.loads(element.proto.json)
        for element in visitor.app.get("bidi_component")
        if element.proto.component_name == "gru_lab_sketch"
    ]
    return dict(data)


def test_the_trained_solution_passes_and_shows_the_gap_to_the_drawing(practice: Any) -> None:
    session = practice()
    session.state.sketch = [0.0, 0.1] * 10 + [0.0]
    session.look()
    assert WORDS("sketch.wait") in session.text("info")
    assert drawing(session)["truth"] is None
    session.app.toggle(key="solution-cosine").set_value(True)
    session.look()
    session.press(WORDS("exercises.train"))
    session.app.query_params.clear()
    session.go("practice.py")
    session.until(lambda: not session.state.running, "the end of the run")
    result = session.state.result
    assert result.experiment == EXERCISES["cosine"].solution
    shown = drawing(session)
    start = result.parts.forecast_start
    x = np.linspace(0, 100, 1000)  # the axis of the lesson
    np.testing.assert_allclose(shown["truth"], np.cos(x)[start : start + 100], atol=1e-9)
    np.testing.assert_allclose(shown["forecast"], result.forecast["forecast"][:100])
    assert WORDS("sketch.other") in session.text("markdown")
    assert "Solved: 0 of 8." in session.text("caption")
    session.press(WORDS("exercises.check"))
    assert session.text("success").startswith("Done. The RMSE is ")
    assert "Solved: 1 of 8 (number 1)." in session.text("caption")


def points(size: float, late: float, result: Result) -> NDArray[np.float64]:
    """The points of a drawn cosine of this amplitude, so many steps late."""
    at = result.parts.forecast_start + np.linspace(0, sketching.HORIZON - 1, sketching.POINTS)
    return size * np.cos((at - late) * 100 / 999)


@pytest.mark.parametrize(
    ("kind", "size", "late", "said"),
    [
        ("right", 1, 0, ("off by less than 1 step", "amplitude is 9")),
        ("right", 1, 2, ("off by 2 steps", "Only the phase differs")),
        ("shifted", 1, 16, ("16 steps too late", "amplitude is right", "Only the phase differs")),
        ("shifted", 1, -16, ("16 steps too early",)),
        ("size", 0.5, 0, ("right phase", "amplitude is 49 % of the true one")),
        ("both", 0.5, 16, ("16 steps too late", "49 % of the true one", "Only the phase differs")),
        ("other", 0, 0, ("not a wave of this length",)),
    ],
)
def test_each_gap_has_its_own_explanation(
    practice: Any, cosine: Result, kind: str, size: float, late: float, said: tuple[str, ...]
) -> None:
    session = practice()
    session.state.sketch = points(size, late, cosine).tolist()
    session.state.result = cosine
    session.look()
    shown = [text.value for text in session.app.markdown]
    [explained] = [text for text in shown if text.startswith(WORDS.all["sketch"][kind][:12])]
    assert [words for words in said if words not in explained] == []
    assert any("the error (RMSE) of your drawing is" in text for text in shown)
    assert WORDS("sketch.wait") not in session.text("info")


def test_a_gap_is_not_explained_with_a_run_on_other_values(practice: Any, cosine: Result) -> None:
    session = practice()
    session.state.sketch = points(1, 0, cosine).tolist()
    for other in (
        EXERCISES["cosine"].start,  # a sine
        cosine.experiment.replace(horizon=50),
        cosine.experiment.replace(forecast_start="point", forecast_point=300),
    ):
        session.state.result = run(other.replace(epochs=1))
        session.look()
        assert drawing(session)["truth"] is None
        assert WORDS("sketch.wait") in session.text("info")


def test_the_season_of_a_run_does_not_change_the_explanation(practice: Any, cosine: Result) -> None:
    session = practice()
    session.state.sketch = points(1, 16, cosine).tolist()
    session.state.result = run(cosine.experiment.replace(period=10))
    session.look()
    assert "Your wave is 16 steps too late." in session.text("markdown")


@pytest.mark.parametrize(
    ("sent", "valid"),
    [
        ([0.5] * sketching.POINTS, True),
        ([0] * sketching.POINTS, True),
        ([0.5] * 3, False),
        (None, False),
        ("0" * sketching.POINTS, False),
        ([None] * sketching.POINTS, False),
        ([True] * sketching.POINTS, False),
        ([float("nan")] * sketching.POINTS, False),
        ([10**400] * sketching.POINTS, False),
        ([1.5] * sketching.POINTS, False),
    ],
    ids=lambda value: str(value)[:20],
)
def test_only_a_number_for_each_point_is_a_drawing(sent: Any, valid: bool) -> None:
    assert sketching._is_drawing(sent) == valid
