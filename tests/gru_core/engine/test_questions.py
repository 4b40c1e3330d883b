"""Questions to the workers: they wait in the queue like runs, and answers come in pieces."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from gru_core.data.series import as_series
from gru_core.engine import Engine, Question, QuestionJob
from gru_core.errors import OwnerBusyError
from gru_core.experiment.experiment import Experiment
from gru_core.judgement.statistical import MODELS, statistical_forecasts
from gru_core.search.recipe import FEWEST_VALUES, Recommendation, Trial
from gru_core.search.search import recommend
from tests.waiting import PATIENCE

Wait = Callable[[Callable[[], object], str], None]

T = np.arange(60)
SERIES = as_series(50 + T + 10 * np.sin(2 * np.pi * T / 12))


def settings(**arguments: object) -> Question:
    return Question("settings", SERIES, {"horizon": 6} | arguments)


def answered(asked: QuestionJob) -> QuestionJob:
    assert asked.wait(PATIENCE)
    assert asked.status == "finished", asked.message
    return asked


def test_a_worker_gives_the_same_answer_as_this_process(engine: Engine) -> None:
    asked = answered(engine.ask(settings(), owner="ask"))
    recommendation = asked.result
    assert isinstance(recommendation, Recommendation)
    assert recommendation.experiment == recommend(SERIES, 6)
    assert all(isinstance(trial, Trial) for trial in asked.told)
    assert [trial.error for trial in asked.told] == [trial.error for trial in recommendation.trials]
    assert any(
        trial is recommendation.chosen for trial in recommendation.trials
    )  # also after the transfer from a worker


def test_a_stop_gives_the_best_so_far(engine: Engine, eventually: Wait) -> None:
    asked = engine.ask(settings(), owner="impatient")
    eventually(lambda: asked.told, "the first trial")
    asked.stop()
    recommendation = answered(asked).result
    assert recommendation.chosen in recommendation.trials


def test_statistical_models_answer_too(engine: Engine) -> None:
    arguments = {"starts": np.array([48, 54]), "horizon": 6, "train_end": 48, "period": 12}
    asked = answered(engine.ask(Question("statistical", SERIES, arguments), owner="comparison"))
    here = statistical_forecasts(SERIES, **arguments)  # type: ignore[arg-type]
    assert list(asked.result) == list(MODELS)
    assert asked.told == list(MODELS)
    for name, forecasts in asked.result.items():
        np.testing.assert_allclose(forecasts, here[name])


def test_an_owner_has_one_active_job(engine: Engine, long: Experiment, quick: Experiment) -> None:
    run = engine.submit(long, owner="busy")
    with pytest.raises(OwnerBusyError, match="Your run is still active"):
        engine.ask(settings(), owner="busy")
    run.stop()
    assert run.wait(PATIENCE)
    asked = engine.ask(settings(), owner="busy")
    assert engine.ask(settings(), owner="busy") is asked
    if asked.active:
        with pytest.raises(OwnerBusyError, match="Your search for settings is still active"):
            engine.submit(quick, owner="busy")


def test_a_refusal_names_the_active_job(
    engine: Engine, quick: Experiment, long: Experiment
) -> None:
    for k in range(2):  # both workers are busy, so the question waits
        engine.submit(long, owner=f"busy {k}")
    arguments = {"starts": np.array([48, 54]), "horizon": 6, "train_end": 48, "period": 12}
    asked = engine.ask(Question("statistical", SERIES, arguments), owner="compares")
    with pytest.raises(OwnerBusyError, match="Your comparison is still active"):
        engine.submit(quick, owner="compares")
    assert asked.status == "queued"


def test_a_question_that_fails_says_why(engine: Engine) -> None:
    asked = engine.ask(Question("settings", as_series([1.0, 2.0]), {"horizon": 1}), owner="bad")
    assert asked.wait(PATIENCE)
    assert asked.status == "failed"
    assert f"needs at least {FEWEST_VALUES}" in asked.message
    assert asked.result is None


def test_a_question_is_not_found_as_a_run(engine: Engine) -> None:
    asked = engine.ask(settings(budget_s=1e-9), owner="mine")
    assert engine.job(asked.id, "mine") is None
    answered(asked)
