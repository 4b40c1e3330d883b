"""A result in sentences: each compared with what the numbers in it say."""

from __future__ import annotations

import math
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
from gru_core.judgement.sentences import changes, compared, kept, scored_on, share

SMALL = Experiment(points=60, window=5, hidden_size=4, epochs=2, batch_size=8)
WAVE = np.sin(np.arange(60.0))


@pytest.fixture(scope="module")
def result() -> Result:
    return run(SMALL, WAVE)


def with_errors(result: Result, period: int, *errors: float, cell: Any = "gru") -> Result:
    """The result, had its forecast and each baseline had these errors."""
    table = pd.DataFrame(math.nan, index=["forecast", *BASELINES], columns=list(METRICS))
    table["mae"] = errors
    problem = replace(result.problem, experiment=SMALL.replace(cell=cell))
    return replace(result, score_table=table, period=period, problem=problem)


# --- compared


@pytest.mark.parametrize(
    ("period", "errors", "sentences"),
    [
        # errors of the forecast, of copying, of the last cycle, of linear AR
        (
            12,
            (0.5, 3.0, 1.0, 2.0),
            "The GRU's error is 50 % of repeating the last cycle. "
            "None of the simple forecasts does better.",
        ),
        (
            12,
            (0.5, 3.0, 1.0, 0.1),
            "The GRU's error is 50 % of repeating the last cycle. "
            "A linear model (AR) does better still.",
        ),
        (
            12,
            (0.5, 0.4, 1.0, 0.1),
            "The GRU's error is 50 % of repeating the last cycle. "
            "Copying the last value and a linear model (AR) do better still.",
        ),
        (
            12,
            (3.0, 4.0, 1.0, 5.0),
            "The GRU's error is 3.0 times that of repeating the last cycle. "
            "So the simple forecast is the better one.",
        ),
        (
            1,
            (1.2, 1.0, 1.0, 1.1),
            "The GRU's error is 120 % of copying the last value. "
            "So the simple forecast is the better one. "
            "Repeating the last cycle and a linear model (AR) do better still.",
        ),
        (
            1,
            (1.0, 1.0, 9.0, 9.0),
            "The GRU's error is 100 % of copying the last value. "
            "None of the simple forecasts does better.",
        ),
        (
            12,
            (0.5, 1.0, 0.0, 1.0),
            "Repeating the last cycle is exact here, and the GRU cannot beat that. "
            "So the simple forecast is the better one.",
        ),
        (
            12,
            (0.5, 1.0, 1.0, math.inf),
            "The GRU's error is 50 % of repeating the last cycle. "
            "None of the simple forecasts does better.",
        ),
        (12, (math.inf, 1.0, 1.0, 1.0), "The GRU's forecast exploded: it left all finite numbers."),
        (
            12,
            (math.nan,) * 4,
            "There are no true values to compare with: this forecast cannot be scored.",
        ),
    ],
)
def test_the_forecast_is_compared_with_the_simple_ones(
    result: Result, period: int, errors: tuple[float, ...], sentences: str
) -> None:
    assert compared(with_errors(result, period, *errors)) == sentences


@pytest.mark.parametrize(("cell", "name"), [("lstm", "LSTM"), ("rnn", "Plain RNN (tanh)")])
def test_the_cell_is_called_by_its_name(result: Result, cell: str, name: str) -> None:
    told = compared(with_errors(result, 1, 0.5, 1.0, 1.0, 1.0, cell=cell))
    assert told.startswith(f"The {name}'s error is 50 %")


@given(errors=st.tuples(*[st.floats(0, 1e6)] * 4), period=st.sampled_from([1, 12]))
def test_who_is_better_is_never_wrong(
    result: Result, errors: tuple[float, ...], period: int
) -> None:
    told = compared(with_errors(result, period, *errors))
    own, *baselines = errors
    assert ("None of the simple forecasts does better" in told) == (own <= min(baselines))
    yardstick = baselines[0] if period == 1 else baselines[1]
    assert ("the simple forecast is the better one" in told) == (yardstick < own)


@pytest.mark.parametrize(
    ("ratio", "words"),
    [
        (0.0, "0 %"),
        (0.000123, "0.012 %"),
        (0.003, "0.3 %"),
        (0.0949, "9.5 %"),
        (0.095, "10 %"),
        (0.12, "12 %"),
        (0.994, "99 %"),
        (0.995, "100 %"),
        (1.0, "100 %"),
        (1.5, "150 %"),
        (1.99, "199 %"),
        (2.0, "2.0 times that"),
        (2.44, "2.4 times that"),
        (12_345.0, "12,345.0 times that"),
    ],
)
def test_a_share_in_words(ratio: float, words: str) -> None:
    assert share(ratio) == words


# --- where it was scored, and whose weights


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({}, "Scored on 12 steps from position 48, in the holdout, which training never saw."),
        ({"horizon": 3}, "Scored on 3 steps from position 48, in the holdout,"),
        ({"horizon": 1}, "Scored on 1 step from position 48, in the holdout,"),
        (
            {"forecast_start": "first", "horizon": 20},
            "Scored on 20 steps from position 5, which training has seen: no test of the future.",
        ),
        (
            {"forecast_start": "point", "forecast_point": 47},
            "Scored on 12 steps from position 47, which training has seen",
        ),
        (
            {"forecast_start": "point", "forecast_point": 50},
            "Scored on 10 steps from position 50, in the holdout",
        ),
        (
            {"forecast_start": "end", "horizon": 30},
            "Scored on the holdout, the last 12 values: beyond the data nothing is known.",
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
        ("best", 1, "the best weights, those of epoch 1"),
        ("best", 2, "the best weights, those of epoch 2"),
        ("last", 2, "the weights of the last epoch, 2"),
        ("last", 1, "the best weights, those of epoch 1"),  # the last ones were not finite
    ],
)
def test_whose_weights_the_forecast_is_made_with(
    result: Result, keep: Literal["best", "last"], kept_epoch: int, words: str
) -> None:
    experiment = SMALL.replace(keep=keep)
    problem = replace(result.problem, experiment=experiment)
    assert kept(replace(result, problem=problem, kept_epoch=kept_epoch)) == words


# --- what was changed


@pytest.mark.parametrize(
    ("before", "after", "words"),
    [
        ({}, {}, []),
        ({}, {"window": 24}, ["Window: 10 → 24"]),
        ({}, {"learning_rate": 0.001}, ["Learning rate: 0.03 → 0.001"]),
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
