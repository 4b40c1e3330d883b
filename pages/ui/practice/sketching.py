"""The forecast that the learner expects, drawn before the true one is shown."""

from __future__ import annotations

import numpy as np
import streamlit as st

from gru_core.forecast.problem import Problem
from gru_core.forecast.result import Result
from gru_core.teaching.exercises import Exercise
from gru_core.teaching.sketch import Gap, gap_between, through
from gru_core.wording import number, percent, steps
from pages.ui.component import component
from pages.ui.messages import messages
from pages.ui.session import Session

__all__ = ["show"]

#: How many true values stand before the drawing, how many steps it has, and how many points.
PAST, HORIZON, POINTS = 10, 100, 21
#: The drawing goes from the bottom to the top of this range, in data units.
RANGE = (-1.4, 1.4)
KEY = "sketch"

_sketch = component("sketch")


def show(session: Session, exercise: Exercise) -> None:
    """Draw the picture. With a drawing and a run of this series, show and explain the gap."""
    texts = messages("practice")
    problem = Problem.of(exercise.solution)
    start = problem.parts.forecast_start
    result = _run_of(session, problem)
    drawn = session.sketch
    compared = drawn is not None and result is not None
    st.markdown(texts("sketch.ask"))
    _sketch(
        key=KEY,
        data={
            "past": problem.actual(start - PAST, start).tolist(),
            "truth": problem.actual(start, start + HORIZON).tolist() if compared else None,
            "forecast": result.forecast["forecast"].tolist()[:HORIZON] if compared else None,
            "drawn": drawn,
            "horizon": HORIZON,
            "points": POINTS,
            "range": RANGE,
            "labels": texts.group("sketch.labels"),
        },
        on_drawn_change=lambda: _keep(session),
    )
    if drawn is not None and result is None:
        st.info(texts("sketch.wait"), icon=":material/info:")
    if drawn is not None and result is not None:
        _compare(problem, drawn, result)
        st.button(texts("sketch.again"), key="sketch-again", on_click=_again, args=(session,))


def _run_of(session: Session, problem: Problem) -> Result | None:
    """The session's last run if it forecast this very series from the same position."""
    result = session.result
    if result is None or len(result.forecast) < HORIZON:
        return None
    same = np.array_equal(result.series.values, problem.series.values)
    return result if same and result.parts.forecast_start == problem.parts.forecast_start else None


def _compare(problem: Problem, drawn: list[float], result: Result) -> None:
    texts = messages("practice")
    start = problem.parts.forecast_start
    actual = problem.actual(start, start + HORIZON)
    gap = gap_between(through(np.array(drawn), HORIZON), actual, result.period)
    st.markdown(texts(f"sketch.{gap.kind}", **_numbers(gap)))
    network = result.forecast["forecast"].to_numpy()[:HORIZON]
    error = float(np.sqrt(np.mean(np.square(network - actual))))
    st.markdown(texts("sketch.network", error=number(gap.error, 2), network=number(error, 2)))


def _numbers(gap: Gap) -> dict[str, str]:
    texts = messages("practice")
    return {
        "shift": steps(round(abs(gap.shift))),
        "way": texts("sketch.late" if gap.shift > 0 else "sketch.early"),
        "size": percent(gap.size),
    }


def _keep(session: Session) -> None:
    drawn = st.session_state[KEY].drawn
    valid = isinstance(drawn, list) and len(drawn) == POINTS
    if valid and all(isinstance(value, int | float) for value in drawn):
        session.sketch = [float(np.clip(value, *RANGE)) for value in drawn]


def _again(session: Session) -> None:
    session.sketch = None
