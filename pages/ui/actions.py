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
    """One button: its texts, when it can be pressed, and what it does.

    Attributes:
        trains: whether it starts a run.
        rare: whether it is shown only while it can be pressed.
    """

    label: str
    icon: str
    help: str
    possible: Callable[[Session, Problem | None], bool]
    do: Callable[[Session, Problem | None], None]
    trains: bool = False
    rare: bool = False


def _can_start(session: Session, problem: Problem | None) -> bool:
    return problem is not None and not session.busy


def _can_suggest(session: Session, problem: Problem | None) -> bool:
    return session.question is not None and not session.busy


def _can_continue(session: Session, problem: Problem | None) -> bool:
    return session.result is not None and not session.busy and not session.rewound


def _can_resume(session: Session, problem: Problem | None) -> bool:
    result = session.result
    return result is not None and result.can_resume and _can_continue(session, problem)


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


def _resume(session: Session, problem: Problem | None) -> None:
    assert session.result is not None
    session.train(session.result.experiment, resume=session.result, finish=True)


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
        "Resume",
        ":material/resume:",
        "Train the epochs that are left of the planned ones. The result will be the same as if the "
        "run had never stopped.",
        _can_resume,
        _resume,
        trains=True,
        rare=True,
    ),
    Action(
        "Continue",
        ":material/fast_forward:",
        "Train the same network for more epochs than planned. Their number is set under Training.",
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
    """Do what a click asks for. Draw the buttons, and below them the cost and what is wrong.

    `problem` is None while no run is possible.
    """
    wrong = _do(session, problem)
    first = _first(session, problem)
    with st.container(horizontal=True, key="actions"):
        for action in ACTIONS:
            possible = action.possible(session, problem)
            if action.rare and not possible:
                continue
            st.button(
                action.label,
                type="primary" if action.label == first else "secondary",
                icon=action.icon,
                disabled=not possible,
                help=action.help,
                key=_key(action),
                on_click=session.take_turn if action.trains else None,
            )
        share.popover(session, problem)
    if wrong is not None:
        frame.error(wrong)
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


def _do(session: Session, problem: Problem | None) -> GruLabError | None:
    """Do what the pressed button asks for. Returns what is wrong, or None.

    This comes before the page shows anything that depends on it. A rerun after it would draw the
    whole page a second time before the first loss.
    """
    folded = session.uses_own_data
    try:
        for action in ACTIONS:
            # A click may come from an outdated page.
            if st.session_state.get(_key(action)) and action.possible(session, problem):
                action.do(session, problem)
                break
    except GruLabError as error:
        return error
    finally:
        session.give_up_turn()
    if session.uses_own_data != folded:
        st.rerun()  # the place for the data stands above, and is drawn already
    return None


def _key(action: Action) -> str:
    return f"action-{action.label}"


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
