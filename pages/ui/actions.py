"""Train, Suggest settings, Stop, Continue, Rewind; and what a run would cost."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import streamlit as st

from gru_core.engine.cost import estimate
from gru_core.errors import GruLabError
from gru_core.experiment.experiment import OWN_DATA
from gru_core.forecast.problem import Problem
from gru_core.wording import duration
from pages.ui import frame, share
from pages.ui.server import engine
from pages.ui.session import Session

__all__ = ["row"]


@dataclass(frozen=True)
class Action:
    """One button: what it is called, when it can be pressed, and what it does."""

    label: str
    icon: str
    help: str
    possible: Callable[[Session, Problem | None], bool]
    do: Callable[[Session, Problem | None], None]


def _can_start(session: Session, problem: Problem | None) -> bool:
    return problem is not None and not session.busy


def _can_go_on(session: Session, problem: Problem | None) -> bool:
    return session.result is not None and not session.busy and not session.rewound


def _train(session: Session, problem: Problem | None) -> None:
    assert problem is not None
    session.train(problem.experiment)


def _suggest(session: Session, problem: Problem | None) -> None:
    assert problem is not None
    session.suggest(problem)


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
    ),
    Action(
        "Suggest settings",
        ":material/auto_awesome:",
        "Try a few recipes on the part before the holdout, for at most a minute. "
        "The best one fills in the settings.",
        _can_start,
        _suggest,
    ),
    Action(
        "Stop",
        ":material/stop:",
        "End the run or the search. A run keeps its best weights, a search its best settings.",
        lambda session, problem: session.busy,
        lambda session, problem: session.stop(),
    ),
    Action(
        "Continue",
        ":material/fast_forward:",
        "Train the same network for more epochs: as many as are set under Training.",
        _can_go_on,
        _continue,
    ),
    Action(
        "Rewind",
        ":material/replay:",
        "Back to the same initial weights, before any training.",
        _can_go_on,
        _rewind,
    ),
)


def row(session: Session, problem: Problem | None) -> None:
    """The buttons, and a line about cost under them. `problem` is None while nothing can run."""
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
                )
                and possible  # the page may be older than what goes on
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
    if problem is not None and not session.busy:
        _cost(problem)


def _first(session: Session, problem: Problem | None) -> str:
    """The action to begin with: settings for a series of one's own are best looked for first."""
    own = problem is not None and problem.experiment.signal == OWN_DATA
    return "Suggest settings" if own and session.result is None else "Train"


def _cost(problem: Problem) -> None:
    cost = estimate(problem, engine().calibration)
    st.caption(
        f"{problem.parts.train_windows:,} windows to train on · {cost.parameters:,} parameters · "
        f"about {duration(cost.seconds)}"
    )
