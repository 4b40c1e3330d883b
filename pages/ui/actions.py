"""The action buttons of the Lab, and the cost of a run below them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import streamlit as st

from gru_core.engine.cost import estimate
from gru_core.errors import GruLabError
from gru_core.experiment.experiment import OWN_DATA
from gru_core.forecast.problem import Problem
from gru_core.wording import duration
from pages.ui import frame, share, text
from pages.ui.server import engine
from pages.ui.session import Session

__all__ = ["row"]


@dataclass(frozen=True)
class Action:
    """One button: its texts, when it can be pressed, what it does, and whether that is a run."""

    label: str
    icon: str
    help: str
    possible: Callable[[Session, Problem | None], bool]
    do: Callable[[Session, Problem | None], None]
    trains: bool = False


def _can_start(session: Session, problem: Problem | None) -> bool:
    return problem is not None and not session.busy


def _can_suggest(session: Session, problem: Problem | None) -> bool:
    return session.question is not None and not session.busy


def _can_continue(session: Session, problem: Problem | None) -> bool:
    return session.result is not None and not session.busy and not session.rewound


def _train(session: Session, problem: Problem | None) -> None:
    assert problem is not None
    session.train(problem.experiment)


def _suggest(session: Session, problem: Problem | None) -> None:
    session.suggest()


def _continue(session: Session, problem: Problem | None) -> None:
    assert session.result is not None
    experiment = session.result.experiment
    epochs = problem.experiment.epochs if problem else experiment.epochs
    session.train(experiment.replace(epochs=epochs), resume=session.result)


def _rewind(session: Session, problem: Problem | None) -> None:
    session.rewound = True


ACTIONS = (
    Action(
        "Train",
        ":material/play_arrow:",
        "Train a new network from its initial weights.",
        _can_start,
        _train,
        trains=True,
    ),
    Action(
        "Suggest settings",
        ":material/auto_awesome:",
        "Try a few recipes on the data before the holdout, for at most one minute. "
        "The best recipe fills in the settings.",
        _can_suggest,
        _suggest,
    ),
    Action(
        "Stop",
        ":material/stop:",
        "Stop the run or the search. A run keeps its best weights. A search keeps its best "
        "settings.",
        lambda session, problem: session.busy,
        lambda session, problem: session.stop(),
    ),
    Action(
        "Continue",
        ":material/fast_forward:",
        "Train the same network for more epochs. Their number is set under Training.",
        _can_continue,
        _continue,
        trains=True,
    ),
    Action(
        "Rewind",
        ":material/replay:",
        "Go back to the initial weights, before any training.",
        _can_continue,
        _rewind,
    ),
)


def row(session: Session, problem: Problem | None) -> None:
    """Draw the buttons, and below them the cost and what is wrong.

    `problem` is None while no run is possible.
    """
    first = _first(session, problem)
    pressed = None
    with st.container(horizontal=True, key="actions"):
        for action in ACTIONS:
            possible = action.possible(session, problem)
            if (
                st.button(
                    action.label,
                    type="primary" if action.label == first else "secondary",
                    icon=action.icon,
                    disabled=not possible,
                    help=action.help,
                    key=f"action-{action.label}",
                    on_click=session.take_turn if action.trains else None,
                )
                and possible  # a click may come from an outdated page
            ):
                pressed = action
        share.popover(session, problem)
    if pressed is not None:
        try:
            pressed.do(session, problem)
        except GruLabError as error:
            frame.error(error)
        else:
            st.rerun()
    session.give_up_turn()
    if problem is not None and not session.busy:
        _cost(problem)
        if problem.few_windows:
            st.warning(problem.few_windows, icon=":material/warning:")
    if session.busy:
        return
    if session.no_question:
        why = text.plain(session.no_question)
        st.caption(f":material/info: **Suggest settings** cannot help here: {why}")
    elif problem is None and session.question is not None:
        st.caption(":material/info: **Suggest settings** looks for settings that fit this series.")


def _first(session: Session, problem: Problem | None) -> str:
    """The label of the main button. For own data, it is the search until there is a result."""
    if problem is None:
        return "Suggest settings" if session.question is not None else "Train"
    own = problem.experiment.signal == OWN_DATA
    return "Suggest settings" if own and session.result is None else "Train"


def _cost(problem: Problem) -> None:
    cost = estimate(problem, engine().calibration)
    st.caption(
        f"{problem.parts.train_windows:,} windows to train on · {cost.parameters:,} parameters · "
        f"about {duration(cost.seconds)}"
    )
