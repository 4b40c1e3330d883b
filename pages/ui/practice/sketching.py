"""The forecast that the learner expects, drawn before the true one is shown."""

from __future__ import annotations

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from gru_core.data.rhythm import detect_period
from gru_core.forecast.problem import Problem
from gru_core.forecast.result import Result
from gru_core.teaching.exercises import Exercise
from gru_core.teaching.sketch import Gap, gap_between, through
from gru_core.wording import number, percent, steps
from pages.ui.component import component, numbers
from pages.ui.messages import messages
from pages.ui.session import Session

__all__ = ["show"]

#: How many true values stand before the drawing, how many steps it has, and how many points.
PAST, HORIZON, POINTS = 10, 100, 21
#: The steps that have a number under the picture.
NUMBERED = (1, 50, 100)
#: The drawing goes from the bottom to the top of this range, in data units.
RANGE = (-1.4, 1.4)
KEY = "sketch"

_sketch = component("sketch")


def show(session: Session, exercise: Exercise) -> None:
    """Draw the picture. With a drawing and a run of this series, show and explain the gap."""
    texts = messages("practice")
    problem = Problem.of(exercise.solution)
    start = problem.parts.forecast_start
    # The learner's run may have any season, so it is not asked.
    period = detect_period(problem.series.values[: problem.parts.train_end])
    result, drawn = _run_of(session, problem), session.sketch
    truth = forecast = None
    if drawn is not None and result is not None:
        truth, forecast = problem.actual(start, start + HORIZON), _forecast_of(result)
    st.markdown(texts("sketch.ask", cycle=steps(period)))
    _sketch(
        key=KEY,
        data={
            "past": problem.actual(start - PAST, start).tolist(),
            "truth": None if truth is None else truth.tolist(),
            "forecast": None if forecast is None else numbers(forecast),
            "drawn": drawn,
            "horizon": HORIZON,
            "points": POINTS,
            "steps": NUMBERED,
            "range": RANGE,
            "labels": texts.group("sketch.labels"),
        },
        on_drawn_change=lambda: _keep(session),
    )
    if drawn is not None and truth is not None and forecast is not None:
        _compare(np.array(drawn), truth, forecast, period)
    elif drawn is not None:
        st.info(texts("sketch.wait"), icon=":material/info:")


def _run_of(session: Session, problem: Problem) -> Result | None:
    """The session's last run if it forecast this very series from the same position."""
    result = session.result
    if result is None or len(result.forecast) < HORIZON:
        return None
    same = np.array_equal(result.series.values, problem.series.values)
    return result if same and result.parts.forecast_start == problem.parts.forecast_start else None


def _forecast_of(result: Result) -> NDArray[np.float64]:
    return result.forecast["forecast"].to_numpy()[:HORIZON]


def _compare(
    drawn: NDArray[np.float64],
    truth: NDArray[np.float64],
    forecast: NDArray[np.float64],
    period: int,
) -> None:
    texts = messages("practice")
    gap = gap_between(through(drawn, HORIZON), truth, period)
    error = float(np.sqrt(np.mean(np.square(forecast - truth))))
    st.markdown(texts(f"sketch.{gap.kind}", **_numbers(gap)))
    st.markdown(
        texts(
            "sketch.network",
            steps=steps(HORIZON),
            error=number(gap.error, 2),
            network=number(error, 2),
        )
    )


def _numbers(gap: Gap) -> dict[str, str]:
    texts, shift = messages("practice"), round(abs(gap.shift))
    return {
        "shift": steps(shift) if shift else texts("sketch.no-step"),
        "way": texts("sketch.late" if gap.shift > 0 else "sketch.early"),
        "size": percent(gap.size),
    }


def _keep(session: Session) -> None:
    """Keep the drawing that the browser sent. An empty list means: draw again."""
    drawn = st.session_state[KEY].drawn
    if drawn == []:
        session.sketch = None
    elif _is_drawing(drawn):
        session.sketch = [float(value) for value in drawn]


def _is_drawing(drawn: object) -> bool:
    """Whether this is one number in the range for each point. A browser can send anything."""
    low, high = RANGE
    return (
        isinstance(drawn, list)
        and len(drawn) == POINTS
        and all(type(value) in (int, float) and low <= value <= high for value in drawn)
    )
