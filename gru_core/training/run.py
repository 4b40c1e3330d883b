"""`run`: a complete run in this process."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import torch
from numpy.typing import ArrayLike

from gru_core.data.series import Series
from gru_core.errors import raised_at_call
from gru_core.experiment.experiment import Experiment
from gru_core.forecast.events import Event
from gru_core.forecast.forecaster import patient
from gru_core.forecast.problem import Problem
from gru_core.forecast.recorder import Recorder
from gru_core.forecast.result import Result
from gru_core.training.console import CtrlC, ProgressBar
from gru_core.training.loop import train

__all__ = ["run"]


@raised_at_call
def run(
    experiment: Experiment,
    series: ArrayLike | Series | None = None,
    *,
    on_event: Callable[[Event], None] = lambda event: None,
    should_stop: Callable[[], bool] = lambda: False,
    should_save: Callable[[], bool] = lambda: False,
    resume: Result | None = None,
    finish: bool = False,
    progress: bool = True,
) -> Result:
    """Train, forecast and score. It returns when all is done.

    Ctrl-C, or the interrupt button of a notebook, stops the training. The run then returns the
    result of its weights so far, as after any stop. A second Ctrl-C raises KeyboardInterrupt.

    Args:
        experiment: what to do.
        series: (N,) the user's own values or a pandas Series; by default the experiment's signal.
        on_event: called with every event of `train`, in order.
        should_stop: asked before every optimizer step and in long forecasts; see `train`. A stopped
            run has a result, too.
        should_save: asked after every optimizer step. When it says so, `on_event` gets a `Saved`
            with a checkpoint.
        resume: train the network of this result for `experiment.epochs` more epochs.
        finish: instead, make only the missing epochs of `resume`, which was stopped or interrupted.
            The result is then that of a run without the stop; see `train`. The experiment and the
            series must be the same.
        progress: whether to show a progress bar, in a terminal or a notebook.

    Raises:
        OptionError, SeriesError: the experiment does not fit the series or this machine, or
            `resume` has nothing left to finish.
    """
    problem = Problem.of(experiment, series)
    record = Recorder.of(problem, resume, finish=finish)
    checkpoint = resume.checkpoint if resume is not None else None
    bar = ProgressBar(progress, experiment.cell)
    with CtrlC() as interrupt:

        def over() -> bool:
            return should_stop() or interrupt.should_stop()

        try:
            for event in train(
                experiment,
                problem.series,
                should_stop=over,
                should_save=should_save,
                resume=checkpoint,
                finish=finish,
            ):
                record(event)
                bar(event)
                on_event(event)
        finally:
            bar.close()
        result = replace(record.result(patient(over)), threads=torch.get_num_threads())
    if interrupt.asked and result.status == "stopped":
        result = replace(result, reason=result.reason.replace("by request", "by Ctrl-C"))
    return result
