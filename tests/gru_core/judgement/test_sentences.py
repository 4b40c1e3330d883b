"""A result in sentences: each compared with what the numbers in it say."""

from __future__ import annotations

import math
import re
from dataclasses import replace
from typing import Any, Literal

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gru_core import run
from gru_core.experiment.experiment import OPTIONS, Experiment
from gru_core.forecast.baselines import BASELINES
from gru_core.forecast.metrics import METRICS
from gru_core.forecast.result import Result
from gru_core.judgement.evaluation import Evaluation
from gru_core.judgement.findings import judge
from gru_core.judgement.intervals import Interval
from gru_core.judgement.sentences import changes, compared, covered, kept, made_by, scored_on

SMALL = Experiment(points=60, window=5, hidden_size=4, epochs=2, batch_size=8)
WAVE = np.sin(np.arange(60.0))


@pytest.fixture(scope="module")
def result() -> Result:
    return run(SMALL, WAVE)


def with_errors(result: Result, *errors: float, cell: Any = "gru") -> Result:
    """The result, had its forecast and each baseline had these errors."""
    table = pd.DataFrame(math.nan, index=["forecast", *BASELINES], columns=list(METRICS))
    table["mae"] = errors
    problem = replace(result.problem, experiment=SMALL.replace(cell=cell))
    return replace(result, score_table=table, problem=problem)


# --- compared


@pytest.mark.parametrize(
    ("errors", "sentences"),
    [
        # errors of the forecast, of copying, of the last cycle, of linear AR
        (
            (0.5, 3.0, 1.0, 2.0),
            "For the forecast drawn here, the GRU's mean error is 0.5. "
            "The lowest error of a simple forecast is 1, from repeating the last cycle.",
        ),
        (
            (0.5, 3.0, 1.0, 1.341e-14),
            "For the forecast drawn here, the GRU's mean error is 0.5. "
            "The lowest error of a simple forecast is ≈ 0, from a linear model (AR).",
        ),
        (
            (1 / 6, 0.0, 1.0, math.inf),
            "For the forecast drawn here, the GRU's mean error is 0.167. "
            "The lowest error of a simple forecast is 0, from copying the last value.",
        ),
        (
            (1.2963146059840458e32, 1.0, 2.0, 2.0),
            "For the forecast drawn here, the GRU's mean error has exploded. "
            "The lowest error of a simple forecast is 1, from copying the last value.",
        ),
        (
            (math.inf, 1.0, 2.0, 2.0),
            "For the forecast drawn here, the GRU's mean error has exploded. "
            "The lowest error of a simple forecast is 1, from copying the last value.",
        ),
        (
            (math.nan,) * 4,
            "There are no true values to compare with: this forecast cannot be scored.",
        ),
    ],
)
def test_the_errors_of_the_one_forecast_are_told(
    result: Result, errors: tuple[float, ...], sentences: str
) -> None:
    assert compared(with_errors(result, *errors)) == sentences


@pytest.mark.parametrize(
    ("cell", "name"),
    [("gru-textbook", "Textbook GRU"), ("lstm", "LSTM"), ("rnn", "Plain RNN (tanh)")],
)
def test_the_cell_is_called_by_its_name(result: Result, cell: str, name: str) -> None:
    told = compared(with_errors(result, 0.5, 1.0, 1.0, 1.0, cell=cell))
    assert told.startswith(f"For the forecast drawn here, the {name}'s mean error is 0.5.")


def test_beyond_the_data_it_is_the_error_on_the_holdout(result: Result) -> None:
    beyond = replace(with_errors(result, 0.5, 1.0, 1.0, 1.0), scored_on="holdout")
    assert compared(beyond).startswith("For one forecast of the holdout, the GRU's mean error")


@given(
    one=st.tuples(*[st.floats(0, 1e3)] * 4),
    many=st.tuples(*[st.floats(0, 8)] * 4),
    period=st.sampled_from([1, 12]),
)
def test_one_forecast_cannot_contradict_the_verdict_from_many(
    result: Result, one: tuple[float, ...], many: tuple[float, ...], period: int
) -> None:
    """Whichever wins from one start and from many: only the verdict says who is better."""
    drawn = replace(with_errors(result, *one), period=period)
    names = ["forecast", *BASELINES]
    by_lead = pd.DataFrame({name: [mae] for name, mae in zip(names, many, strict=True)})
    evaluation = Evaluation(
        starts=np.arange(5),
        horizon=1,
        unseen=True,
        by_lead=by_lead.assign(lead=1, one_step=0.0),
        make_table=pd.DataFrame,
    )
    headline = " ".join(finding.sentence for finding in judge(drawn, evaluation))
    told = compared(drawn)
    assert told.startswith("For the forecast drawn here, ")
    assert not re.search(r"better|worse|best|beat|good|win|lose|close", told)
    assert re.search(r"better|best|beat|good|closely|explodes|flat|copies", headline)


# --- where it was scored, and whose weights


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({}, "Scored on 12 steps from position 48, in the holdout, which training never saw."),
        ({"horizon": 3}, "Scored on 3 steps from position 48, in the holdout,"),
        ({"horizon": 1}, "Scored on 1 step from position 48, in the holdout,"),
        (
            {"forecast_start": "first", "horizon": 20},
            "Scored on 20 steps from position 5. "
            "Training has seen these values: this is no test of the future.",
        ),
        (
            {"forecast_start": "point", "forecast_point": 47},
            "Scored on 12 steps from position 47. Training has seen these values",
        ),
        (
            {"forecast_start": "point", "forecast_point": 50},
            "Scored on 10 steps from position 50, in the holdout",
        ),
        (
            {"forecast_start": "end", "horizon": 30},
            "Scored on the holdout, the last 12 values. Nothing is known beyond the data.",
        ),
        (
            {"forecast_start": "end", "holdout": 0.0},
            "Not scored: there are no true values beyond the data, and no holdout.",
        ),
    ],
    ids=str,
)
def test_where_the_scores_were_taken(options: dict[str, Any], sentence: str) -> None:
    assert scored_on(run(SMALL.replace(epochs=1, **options), WAVE)).startswith(sentence)


@pytest.mark.parametrize(
    ("keep", "kept_epoch", "words"),
    [
        ("best", 0, "the untrained network"),
        ("best", 1, "the best weights, from epoch 1"),
        ("best", 2, "the best weights, from epoch 2"),
        ("last", 2, "the weights of the last epoch, 2"),
        ("last", 1, "the best weights, from epoch 1"),  # the last ones were not finite
    ],
)
def test_whose_weights_the_forecast_is_made_with(
    result: Result, keep: Literal["best", "last"], kept_epoch: int, words: str
) -> None:
    experiment = SMALL.replace(keep=keep)
    problem = replace(result.problem, experiment=experiment)
    assert kept(replace(result, problem=problem, kept_epoch=kept_epoch)) == words


@pytest.mark.parametrize(
    ("learner", "device", "words"),
    [
        ("compiled", "cpu", "The training steps were compiled for the processor."),
        ("torch", "cpu", "PyTorch made the training steps on the processor."),
        ("torch", "mps", "PyTorch made the training steps on the graphics chip."),
        ("torch", "cuda", "PyTorch made the training steps on the graphics card."),
        ("torch", "cuda:1", "PyTorch made the training steps on the graphics card."),
    ],
)
def test_who_made_the_steps(learner: str, device: str, words: str, result: Result) -> None:
    assert made_by(replace(result, learner=learner, device=device)) == words


# --- the interval


@pytest.mark.parametrize(
    ("calibrated_on", "coverage", "sentences"),
    [
        (
            "validation",
            math.nan,
            "The 90 % interval is made from the errors of forecasts from 1 start in the "
            "validation part.",
        ),
        (
            "training",
            0.874,
            "The 90 % interval is made from the errors of forecasts from 1 start in the training "
            "part. Later errors are larger. A validation part would give a better interval. In "
            "the holdout, from many starts, it held 87 % of the true values.",
        ),
    ],
)
def test_what_the_interval_rests_on(calibrated_on: Any, coverage: float, sentences: str) -> None:
    edges = np.zeros(3)
    assert covered(Interval(0.9, edges, edges, calibrated_on, 1, coverage)) == sentences


# --- what was changed


@pytest.mark.parametrize(
    ("before", "after", "words"),
    [
        ({}, {}, []),
        ({}, {"window": 24}, ["Window: 10 → 24"]),
        ({}, {"learning_rate": 0.001}, ["Learning rate: 0.02 → 0.001"]),
        ({}, {"shuffle": False}, ["Shuffle windows: on → off"]),
        ({}, {"cell": "rnn"}, ["Cell: GRU → Plain RNN (tanh)"]),
        ({}, {"clip": None}, ["Gradient clipping: 1 → no clipping"]),
        ({"horizon": 5}, {}, ["Horizon: 5 → as long as the holdout"]),
        ({}, {"signal": "nile"}, ["Signal: Sine → Nile"]),
        ({}, {"signal": "own"}, ["Signal: Sine → My own data"]),
        ({}, {"parameters": {"span": 50}}, ["Range: 100 → 50"]),
        ({"parameters": {"span": 50}}, {"signal": "cosine"}, ["Signal: Sine → Cosine"]),
        ({}, {"layers": 2, "dropout": 0.5}, ["Layers: 1 → 2", "Dropout: 0 → 0.5"]),
    ],
    ids=str,
)
def test_what_changed_between_two_runs(
    before: dict[str, Any], after: dict[str, Any], words: list[str]
) -> None:
    assert changes(Experiment(**before), Experiment(**after)) == words


@given(st.data())
def test_every_change_is_named(data: st.DataObject) -> None:
    numbers = {
        name: st.integers(int(option.low), int(option.high))
        for name, option in OPTIONS.items()
        if option.kind == "int" and option.low is not None and option.high is not None
    }
    options = data.draw(st.fixed_dictionaries({}, optional=numbers))
    told = changes(Experiment(), Experiment(**options))
    titles = [OPTIONS[n].title for n, value in options.items() if value != OPTIONS[n].default]
    assert sorted(line.split(":")[0] for line in told) == sorted(titles)


def test_a_kept_warm_start_is_not_called_untrained() -> None:
    result = run(SMALL.replace(warm_start=True, epochs=1))
    assert kept(replace(result, kept_epoch=0)) == "the warm start, before any training"
