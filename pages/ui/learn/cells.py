"""Learn, "GRU, LSTM, RNN": their equations, and the same task for each at about the same size."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from functools import cache

import numpy as np
import pandas as pd
import streamlit as st

from gru_core import figures
from gru_core.experiment.experiment import Experiment
from gru_core.forecast.parameters import parameter_count
from gru_core.forecast.result import Result
from gru_core.wording import error_in_words, number
from pages.ui import frame, run_row, screen
from pages.ui.chart import chart
from pages.ui.check import ask
from pages.ui.component import component
from pages.ui.live_region import live_region
from pages.ui.messages import messages
from pages.ui.run_row import RunRow
from pages.ui.session import Session, current_session

__all__ = ["CELLS", "TASK", "nearest", "progress", "row", "show", "verdict"]

NAME = "cells"
CELLS = ("gru", "lstm", "rnn")
#: The task, with a GRU. Each run takes about two seconds on two cores, as measured.
TASK = Experiment(
    points=500, window=10, hidden_size=16, epochs=40, learning_rate=0.03, batch_size=59
)
#: Errors that differ by less than this factor count as equal. Another seed changes them more.
EQUAL = 1.1

_texts = messages(NAME)
_component = component("cells")


def show() -> None:
    """Draw the screen."""
    screen.screen(NAME, _act, check=lambda: ask("more-layers"))


@cache
def nearest(cell: str) -> Experiment:
    """The task with `cell`, and with the hidden size whose parameter count is nearest to TASK's."""
    target = parameter_count(TASK)
    # Without gates, the same count allows less than twice as many units.
    sizes = range(1, 2 * TASK.hidden_size)
    experiments = (TASK.replace(cell=cell, hidden_size=size) for size in sizes)
    return min(experiments, key=lambda one: abs(parameter_count(one) - target))


def row(seed: int) -> tuple[Experiment, ...]:
    """The three experiments with this seed."""
    return tuple(nearest(cell).replace(seed=seed) for cell in CELLS)


def _act() -> None:
    _component(key=NAME, data={"labels": _texts.group("labels")})
    session = current_session()
    runs = session.cells
    live_region(_status(runs), key="cells-status")
    _button(session)  # above what grows, so it does not move
    if runs.running:
        progress(runs, draw=lambda: _losses(runs))
    elif runs.message:
        frame.error(runs.message)
    elif _complete(runs):
        _losses(runs)
        _compare(runs)


def _complete(runs: RunRow[Result]) -> bool:
    """Whether all three of the last row have been trained."""
    return bool(runs.experiments) and runs.done == len(runs.experiments)


def _button(session: Session) -> None:
    runs = session.cells
    seed = _next_seed(runs)
    first = _texts("runs.start") if seed == 0 else _texts("runs.again", seed=seed)
    help_text = "stop-help" if runs.running else "busy" if session.busy else "start-help"
    # One button with two labels keeps the keyboard focus.
    st.button(
        _texts("runs.stop") if runs.running else first,
        icon=":material/stop:" if runs.running else ":material/play_arrow:",
        key="train-cells",
        disabled=session.busy and not runs.running,
        help=_texts(f"runs.{help_text}"),
        on_click=runs.stop if runs.running else _start,
        args=() if runs.running else (session, seed),
    )


def _start(session: Session, seed: int) -> None:
    if not session.busy:
        session.cells.begin(row(seed))


def _next_seed(runs: RunRow[Result]) -> int:
    """The first seed with which not all three have been trained."""
    seed = 0
    while all(experiment in runs.outcomes for experiment in row(seed)):
        seed += 1
    return seed


def _status(runs: RunRow[Result]) -> str:
    if runs.running:
        return _texts("runs.training", cell=_current(runs))
    if runs.stopped:
        return _texts("runs.stopped")
    if _complete(runs):
        return _texts("runs.ended", seed=runs.experiments[0].seed)
    return _texts("runs.nothing")


def _label(cell: str) -> str:
    return _texts(f"labels.{cell}")


def _current(runs: RunRow[Result]) -> str:
    """The name of the cell that is training."""
    left = [one for one in runs.experiments if one not in runs.outcomes]
    return _label(left[0].cell)


def progress(runs: RunRow[Result], draw: Callable[[], None] | None = None) -> None:
    """Show the progress of the three runs, and what `draw` draws."""
    run_row.progress(runs, _current(runs), key="cells-row", draw=draw)


def _losses(runs: RunRow[Result]) -> None:
    """Draw the loss curves of the runs that have ended, and of the current one."""
    histories = {
        _label(one.cell): runs.outcomes[one].history
        for one in runs.experiments
        if one in runs.outcomes
    }
    if runs.job is not None:
        histories[_label(runs.job.problem.experiment.cell)] = runs.job.snapshot().history
    if not any(map(len, histories.values())):
        return
    last = [
        _texts("runs.loss", cell=name, loss=number(history["train_loss"].iloc[-1]))
        for name, history in histories.items()
        if len(history)
    ]
    alt = _texts("runs.loss-alt", losses=", ".join(last))
    chart(figures.losses(histories), key="cells-loss", alt=alt, file="gru-lab-cells")


def _compare(runs: RunRow[Result]) -> None:
    """Show the table, and in words which forecast is the best."""
    results = [runs.outcomes[experiment] for experiment in runs.experiments]
    st.table(_table(results), border="horizontal", hide_index=True)
    st.markdown(verdict(results))
    tally = _tally(runs)
    if tally:
        st.markdown(tally)


def one_step_error(result: Result) -> float:
    """The RMSE of the one-step forecasts over the forecast's steps, in data units."""
    errors = result.forecast["one_step"] - result.forecast["actual"]
    return float(np.sqrt(np.mean(errors**2)))


def _table(results: Sequence[Result]) -> pd.DataFrame:
    spread = results[0].series.spread
    rows = [
        (
            _label(result.experiment.cell),
            str(result.experiment.hidden_size),
            f"{parameter_count(result.experiment):,}",
            number(result.seconds, 2),
            error_in_words(one_step_error(result), spread),
            error_in_words(result.scores["rmse"], spread),
        )
        for result in results
    ]
    heads = ("cell", "units", "parameters", "seconds", "one-error", "loop-error")
    return pd.DataFrame(rows, columns=[_texts(f"runs.{head}") for head in heads])


def verdict(results: Sequence[Result]) -> str:
    """Which closed loop is the best, in words for Markdown. It comes from the errors alone."""
    seed = results[0].experiment.seed
    errors = {result.experiment.cell: result.scores["rmse"] for result in results}
    finite = sorted((cell for cell in errors if np.isfinite(errors[cell])), key=errors.__getitem__)
    if not finite:
        return _texts("runs.none", seed=seed)
    order = [*finite, *(cell for cell in errors if cell not in finite)]
    best, second, third = (_label(cell) for cell in order)
    equal = [cell for cell in finite if errors[cell] <= EQUAL * errors[finite[0]]]
    if len(finite) == 1:
        return _texts("runs.only", seed=seed, best=best)
    names = {"seed": seed, "best": best, "second": second, "third": third}
    if len(equal) == len(CELLS):
        return _texts("runs.all", **names)
    if len(equal) > 1:
        said = _texts("runs.two", **names)
    else:
        ratio = errors[order[1]] / errors[order[0]]
        said = _texts("runs.best", ratio=number(ratio, 2), **names)
    ahead = min(results, key=lambda one: _or_infinity(one_step_error(one))).experiment.cell
    return said if ahead in equal else f"{said} {_texts('runs.one-step', cell=_label(ahead))}"


def _tally(runs: RunRow[Result]) -> str:
    """How often each cell had the smallest error, over all seeds. Empty for one seed."""
    rows = [row(seed) for seed in range(_next_seed(runs))]
    if len(rows) < 2:
        return ""
    bests = [
        min(one, key=lambda e: _or_infinity(runs.outcomes[e].scores["rmse"])).cell for one in rows
    ]
    wins = [
        _texts("runs.win", cell=_label(cell), wins=bests.count(cell), rows=len(rows))
        for cell in CELLS
    ]
    return _texts("runs.tally", wins=", ".join(wins))


def _or_infinity(error: float) -> float:
    """The error, or ∞ if it is not a number. NaN cannot be compared."""
    return math.inf if math.isnan(error) else error
