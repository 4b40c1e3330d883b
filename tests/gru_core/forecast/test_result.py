"""`Recorder` and `Result`, compared with the events of the run and plain NumPy."""

from __future__ import annotations

import math
from collections.abc import Callable
from itertools import count
from typing import Any

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from numpy.typing import NDArray

from gru_core import run
from gru_core.data.rhythm import detect_period
from gru_core.data.series import as_series
from gru_core.errors import EngineError
from gru_core.experiment.experiment import OWN_DATA, Experiment
from gru_core.forecast import frames
from gru_core.forecast.baselines import BASELINES
from gru_core.forecast.events import (
    Checkpoint,
    Diverged,
    EpochEnd,
    Finished,
    Forecasted,
    Started,
    StepEnd,
    Stopped,
    Terminal,
    Weights,
)
from gru_core.forecast.problem import Problem
from gru_core.forecast.recorder import Recorder
from gru_core.forecast.result import HISTORY_COLUMNS, Result

Array = NDArray[np.float64]

#: 60 points: 43 for training, 5 for validation and 12 for the holdout.
SMALL = Experiment(
    points=60, window=5, hidden_size=4, epochs=4, batch_size=8, schedule="constant", patience=None
)
#: A series that is not too easy: a wave with a trend and a little noise.
VALUES = (
    10
    + np.sin(np.arange(60) / 2)
    + 0.05 * np.arange(60)
    + 0.1 * np.random.default_rng(0).standard_normal(60)
)
#: The start of the forecast -> its first position, its length, and what it is scored on.
STARTS: dict[str, tuple[dict[str, Any], int, int, str]] = {
    "holdout": ({}, 48, 12, "forecast"),
    "first": ({"forecast_start": "first", "horizon": 30}, 5, 30, "forecast"),
    "point": ({"forecast_start": "point", "forecast_point": 50}, 50, 10, "forecast"),
    "point at the end": ({"forecast_start": "point", "forecast_point": 60}, 60, 12, "holdout"),
    "end": ({"forecast_start": "end", "horizon": 7}, 60, 7, "holdout"),
    "end, no holdout": ({"forecast_start": "end", "holdout": 0.0}, 60, 100, "nothing"),
}


@pytest.fixture(scope="module")
def result_of() -> Callable[[str], Result]:
    """The result of a run on `VALUES` for a start in `STARTS`."""
    results: dict[str, Result] = {}

    def of(start: str) -> Result:
        if start not in results:
            results[start] = run(SMALL.replace(**STARTS[start][0]), VALUES)
        return results[start]

    return of


@pytest.fixture(scope="module", params=STARTS)
def start(request: pytest.FixtureRequest) -> str:
    """Each way to start a forecast."""
    return str(request.param)


def normalization(result: Result) -> tuple[float, float]:
    """Mean and deviation of the training part."""
    train = result.series.values[: result.parts.train_end]
    return float(train.mean()), float(train.std())


def closed_loop(result: Result, start: int, horizon: int) -> Array:
    """The kept network's forecast from `start`, normalized and undone by hand."""
    mean, deviation = normalization(result)
    context = (result.series.values[start - result.parts.window : start] - mean) / deviation
    return result.forecaster.closed_loop(context, horizon) * deviation + mean


def errors_of(actual: Array, forecast: Array, train: Array, period: int) -> dict[str, float]:
    """The four scores by their formulas."""
    error = np.abs(actual - forecast)
    return {
        "rmse": math.sqrt((error**2).mean()),
        "mae": error.mean(),
        "smape": (error / (np.abs(actual) + np.abs(forecast))).mean(),
        "mase": error.mean() / np.abs(train[period:] - train[:-period]).mean(),
    }


# --- the tables


def test_the_history_has_one_row_per_epoch_event() -> None:
    events: list[Any] = []
    history = run(SMALL, VALUES, on_event=events.append).history
    ends = [event for event in events if isinstance(event, EpochEnd)]
    assert tuple(history.columns) == HISTORY_COLUMNS
    assert history["epoch"].tolist() == [1, 2, 3, 4]
    assert history["epoch"].dtype == np.int64
    for column in HISTORY_COLUMNS:
        assert history[column].tolist() == [getattr(end, column) for end in ends]


def test_the_forecast_has_one_row_per_step(result_of: Callable[[str], Result], start: str) -> None:
    _, first, horizon, _ = STARTS[start]
    result = result_of(start)
    forecast = result.forecast
    assert list(forecast.columns) == ["step", "t", "actual", "forecast", "one_step"]
    assert forecast["step"].tolist() == list(range(1, horizon + 1))
    assert forecast["t"].tolist() == list(range(first, first + horizon))

    known = max(0, min(60 - first, horizon))
    assert_array_equal(forecast["actual"][:known], VALUES[first : first + known])
    assert forecast["actual"][known:].isna().all()
    assert_allclose(forecast["forecast"], closed_loop(result, first, horizon), atol=1e-4)


def test_one_step_predictions_end_with_the_true_values(
    result_of: Callable[[str], Result], start: str
) -> None:
    _, first, horizon, _ = STARTS[start]
    result = result_of(start)
    predicted = min(60 - first + 1, horizon)  # the first step beyond the data still has its window
    one_step = result.forecast["one_step"]
    expected = [closed_loop(result, t, 1)[0] for t in range(first, first + predicted)]
    assert_allclose(one_step[:predicted], expected, atol=1e-9)
    assert one_step[predicted:].isna().all()
    assert one_step[0] == pytest.approx(result.forecast["forecast"][0], abs=1e-4)


def test_scores_equal_their_formulas(result_of: Callable[[str], Result], start: str) -> None:
    _, first, horizon, scored_on = STARTS[start]
    result = result_of(start)
    assert result.scored_on == scored_on
    assert list(result.score_table.index) == ["forecast", *BASELINES]
    if scored_on == "nothing":
        assert result.score_table.isna().all(axis=None)
        assert all(math.isnan(score) for score in result.scores.values())
        return
    if scored_on == "holdout":
        first, horizon = 48, 12
    actual, train = VALUES[first : first + horizon], VALUES[: result.parts.train_end]
    expected = {
        "forecast": closed_loop(result, first, horizon),
        "copy_last": np.full(horizon, VALUES[first - 1]),
        "seasonal_naive": np.resize(VALUES[:first][-result.period :], horizon),
    }
    for name, forecast in expected.items():
        scores = errors_of(actual, forecast, train, result.period)
        assert result.score_table.loc[name].to_dict() == pytest.approx(scores, abs=1e-4), name
    assert result.scores == result.score_table.loc["forecast"].to_dict()
    assert np.isfinite(result.score_table.loc["linear_ar"]).all()


def test_baselines_forecast_the_same_steps(result_of: Callable[[str], Result], start: str) -> None:
    _, first, horizon, _ = STARTS[start]
    baselines = result_of(start).baselines
    assert list(baselines) == list(BASELINES)
    assert {values.shape for values in baselines.values()} == {(horizon,)}
    assert (baselines["copy_last"] == VALUES[first - 1]).all()


def test_an_exact_baseline_scores_zero() -> None:
    there_and_back = 5.0 + np.arange(60) % 2
    errors = run(SMALL.replace(epochs=1), there_and_back).score_table["mae"]
    assert errors["seasonal_naive"] == 0
    assert errors["copy_last"] == pytest.approx(0.5)


# --- frames, and the network that was kept


@pytest.mark.parametrize("keep", ["best", "last"])
@pytest.mark.parametrize("epochs", [1, 4, 60])
def test_forecasts_by_epoch_include_the_untrained_and_the_kept_network(
    keep: str, epochs: int
) -> None:
    result = run(SMALL.replace(epochs=epochs, keep=keep), VALUES)
    assert list(result.forecasts_by_epoch) == sorted(result.forecasts_by_epoch)
    assert {0, result.kept_epoch, epochs} <= set(result.forecasts_by_epoch)
    assert {frame.shape for frame in result.forecasts_by_epoch.values()} == {(12,)}
    assert_array_equal(result.forecasts_by_epoch[result.kept_epoch], result.forecast["forecast"])
    assert not np.array_equal(result.forecasts_by_epoch[0], result.forecasts_by_epoch[epochs])


def assert_same_weights(one: Weights, other: Weights) -> None:
    assert list(one) == list(other)
    for name in one:
        assert_array_equal(one[name], other[name], err_msg=name)


def assert_weights_make_the_forecasts(result: Result) -> None:
    problem = result.problem
    for epoch, weights in result.weights_by_epoch.items():
        forecast = problem.forecast(problem.forecaster(weights))
        # Other code made them while the run went on, and rounded in another way.
        assert_allclose(forecast, result.forecasts_by_epoch[epoch], rtol=0, atol=1e-4)


@pytest.mark.parametrize("keep", ["best", "last"])
@pytest.mark.parametrize(
    "options", [{}, {"cell": "lstm", "layers": 2, "members": 2}, {"linear_path": True}], ids=str
)
def test_every_frame_has_its_weights(keep: str, options: dict[str, Any]) -> None:
    result = run(SMALL.replace(epochs=40, keep=keep, **options), VALUES)
    assert list(result.weights_by_epoch) == list(result.forecasts_by_epoch)
    assert_weights_make_the_forecasts(result)
    kept = result.checkpoint.kept(keep)[1]
    assert_same_weights(result.weights_by_epoch[result.kept_epoch], kept)


def room_for(networks: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the weights of so many networks of `SMALL` fit."""
    size = 4 * sum(array.size for array in checkpoint(0, last=0.0, best=0.0).best.values())
    monkeypatch.setattr(frames, "WEIGHT_BYTES", networks * size)


@pytest.mark.parametrize("networks", [2, 5, 12])
def test_large_weights_are_thinned_evenly(networks: int, monkeypatch: pytest.MonkeyPatch) -> None:
    room_for(networks, monkeypatch)
    result = run(SMALL.replace(epochs=60), VALUES)
    epochs = list(result.forecasts_by_epoch)
    chosen = list(result.weights_by_epoch)
    assert {0, result.kept_epoch} <= set(chosen) <= set(epochs)
    assert networks // 2 < len(chosen) <= networks
    assert_weights_make_the_forecasts(result)
    gaps = np.diff([epochs.index(e) for e in chosen if e != result.kept_epoch])
    if len(gaps):
        assert gaps.max() <= 2 * gaps.min()


def test_only_the_kept_weights_stay_if_not_even_two_fit(monkeypatch: pytest.MonkeyPatch) -> None:
    room_for(1, monkeypatch)
    result = run(SMALL.replace(epochs=12), VALUES)
    assert list(result.weights_by_epoch) == [result.kept_epoch]
    assert_weights_make_the_forecasts(result)


@pytest.mark.parametrize("networks", [2, 9, 1000])
def test_a_continued_run_has_the_weights_of_all_its_frames(
    networks: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    room_for(networks, monkeypatch)
    half = run(SMALL.replace(epochs=20), VALUES)
    whole = run(SMALL.replace(epochs=20), VALUES, resume=half)
    assert {0, whole.kept_epoch} <= set(whole.weights_by_epoch) <= set(whole.forecasts_by_epoch)
    assert len(whole.weights_by_epoch) <= networks
    assert_weights_make_the_forecasts(whole)
    if networks == 1000:
        assert list(whole.weights_by_epoch) == list(whole.forecasts_by_epoch)
        for epoch in set(half.weights_by_epoch) - {half.kept_epoch}:
            assert_same_weights(whole.weights_by_epoch[epoch], half.weights_by_epoch[epoch])


def test_a_new_forecast_of_an_epoch_never_has_the_old_weights() -> None:
    """A run that diverged goes on with its best weights, and its epoch gets a new forecast."""
    first = run(SMALL, VALUES)
    record = Recorder(first.problem, first)
    record(STARTED)
    record(Forecasted(4, np.ones(12)))  # its weights are not known here
    record(Stopped(4, checkpoint(4, last=7.0, best=8.0), 2, np.full(12, 8.0), "by request"))
    assert {0, 1, 2, 3} <= set(first.weights_by_epoch)
    assert list(record.result().weights_by_epoch) == [0, 1, 2, 3]


def test_the_forecaster_can_start_at_any_position(result_of: Callable[[str], Result]) -> None:
    result = result_of("holdout")
    mean, deviation = normalization(result)
    contexts = np.stack([VALUES[t - 5 : t] for t in (5, 30, 48)])
    forecasts = result.forecaster.closed_loop((contexts - mean) / deviation, 12)
    assert_allclose(forecasts[2] * deviation + mean, result.forecast["forecast"], atol=1e-4)


# --- continued runs


def test_a_continued_run_has_the_whole_history() -> None:
    half = run(SMALL.replace(epochs=3), VALUES)
    events: list[Any] = []
    whole = run(SMALL.replace(epochs=4), VALUES, resume=half, on_event=events.append)

    assert whole.history["epoch"].tolist() == [1, 2, 3, 4, 5, 6, 7]
    pd.testing.assert_frame_equal(whole.history[:3], half.history)
    assert whole.history["seconds"].is_monotonic_increasing
    assert whole.seconds == whole.history["seconds"].iloc[-1] > half.seconds
    assert events[0].epoch == 3
    assert whole.checkpoint.epoch == 7
    assert whole.checkpoint.optimizer_steps == 7 * 5

    assert set(half.forecasts_by_epoch) <= set(whole.forecasts_by_epoch)
    for epoch in (0, 1, 2):
        assert_array_equal(whole.forecasts_by_epoch[epoch], half.forecasts_by_epoch[epoch])


def test_a_continued_run_starts_from_the_checkpoint() -> None:
    half = run(SMALL.replace(epochs=30, learning_rate=0.05), VALUES)
    whole = run(SMALL.replace(epochs=1), VALUES, resume=half)
    untrained = run(SMALL.replace(epochs=1), VALUES)
    assert whole.history["train_loss"].iloc[-1] < 0.5 * untrained.history["train_loss"].iloc[-1]


def test_a_continued_run_that_stops_at_once_keeps_the_history() -> None:
    half = run(SMALL, VALUES)
    stopped = run(SMALL, VALUES, resume=half, should_stop=lambda: True)
    assert stopped.status == "stopped"
    pd.testing.assert_frame_equal(stopped.history, half.history)
    assert stopped.seconds == half.seconds
    assert stopped.kept_epoch == half.kept_epoch


def test_a_run_stopped_in_its_first_epoch_has_an_empty_history() -> None:
    steps = count()
    result = run(SMALL, VALUES, should_stop=lambda: next(steps) == 2)
    assert len(result.history) == 0
    assert tuple(result.history.columns) == HISTORY_COLUMNS
    assert (result.seconds, result.kept_epoch, list(result.forecasts_by_epoch)) == (0.0, 0, [0])
    assert list(result.weights_by_epoch) == [0]

    resumed = run(SMALL, VALUES, resume=result)
    assert resumed.history["epoch"].tolist() == [1, 2, 3, 4]


# --- the season


@pytest.mark.parametrize(
    ("options", "period"),
    [
        ({"period": 7}, 7),
        ({"signal": "air-passengers", "period": 7}, 7),
        ({"signal": "air-passengers"}, 12),
        ({"signal": "sunspots"}, 11),
        ({"signal": "random-walk"}, 1),
        ({"signal": "sawtooth", "parameters": {"span": 20 * math.pi}, "points": 201}, 20),
    ],
    ids=str,
)
def test_the_season_is_given_or_known_or_detected(options: dict[str, Any], period: int) -> None:
    assert Recorder(Problem.of(Experiment(**options))).period == period


def test_the_season_is_detected_in_the_training_part_only() -> None:
    cycle = np.sin(2 * np.pi * np.arange(200) / 10)
    cycle[160:] = 5 * np.sin(2 * np.pi * np.arange(40) / 25)
    problem = Problem.of(Experiment(), cycle)
    assert Recorder(problem).period == detect_period(cycle[: problem.parts.train_end]) == 10


@pytest.mark.parametrize("signal", ["air-passengers", OWN_DATA])
def test_the_season_of_own_data_is_not_that_of_a_bundled_series(signal: str) -> None:
    own = np.sin(2 * np.pi * np.arange(200) / 25)
    assert Recorder(Problem.of(Experiment(signal=signal), own)).period == 25


def test_the_season_scales_mase_and_repeats_in_the_baseline() -> None:
    result = run(SMALL.replace(period=3), VALUES)
    assert result.period == 3
    assert_array_equal(result.baselines["seasonal_naive"], np.tile(VALUES[45:48], 4))
    train = VALUES[:43]
    naive = np.abs(train[3:] - train[:-3]).mean()
    assert result.scores["mase"] == pytest.approx(result.scores["mae"] / naive)


# --- the recorder alone


def checkpoint(epoch: int, *, last: float, best: float) -> Checkpoint:
    """A network that always forecasts `last` with its last weights, and `best` with its best."""

    def saying(value: float) -> dict[str, NDArray[np.float32]]:
        shapes = {
            "rnn.weight_ih_l0": (1, 12, 1),
            "rnn.weight_hh_l0": (1, 12, 4),
            "rnn.bias_ih_l0": (1, 12),
            "rnn.bias_hh_l0": (1, 12),
            "linear.weight": (1, 1, 4),
        }
        zeros = {name: np.zeros(shape, np.float32) for name, shape in shapes.items()}
        return zeros | {"linear.bias": np.array([[value]], np.float32)}

    return Checkpoint(epoch, saying(last), {}, 0, saying(best), 2, 0.5)


STARTED = Started(0, 4, 89, 38, 5, 5, "cpu", "torch", ("Said once.",))
RAW = SMALL.replace(normalization="none")


def recorded(end: Terminal, experiment: Experiment = RAW) -> Result:
    record = Recorder(Problem.of(experiment, VALUES))
    record(STARTED)
    record(Forecasted(0, np.zeros(12)))
    record(StepEnd(1, 1, 5, 0.9))
    record(EpochEnd(1, 0.8, 0.7, 0.6, 0.03, 1.5))
    record(Forecasted(1, np.ones(12)))
    record(EpochEnd(2, 0.4, math.nan, 0.2, 0.03, 2.5))
    record(end)
    return record.result()


@pytest.mark.parametrize(
    ("kind", "state"), [(Finished, "finished"), (Stopped, "stopped"), (Diverged, "diverged")]
)
@pytest.mark.parametrize("keep", ["best", "last"])
def test_a_result_tells_how_its_run_ended(kind: type[Terminal], state: str, keep: str) -> None:
    end = kind(3, checkpoint(3, last=7.0, best=8.0), 2, np.full(12, 8.0), "because")
    result = recorded(end, RAW.replace(keep=keep))
    assert (result.status, result.reason, result.kept_epoch) == (state, "because", 2)
    assert (result.device, result.notices, result.seconds) == ("cpu", ("Said once.",), 2.5)
    assert result.history.to_numpy()[0].tolist() == [1, 0.8, 0.7, 0.6, 1.5]
    # Forecast and one-step predictions come from the same network, never from a diverged one.
    says = 7.0 if keep == "last" and kind is not Diverged else 8.0
    assert_array_equal(result.forecast["one_step"], np.full(12, says))


@pytest.mark.parametrize("kind", [Finished, Stopped, Diverged])
@pytest.mark.parametrize("keep", ["best", "last"])
def test_the_kept_epoch_always_has_its_weights(kind: type[Terminal], keep: str) -> None:
    end = kind(3, checkpoint(3, last=7.0, best=8.0), 2, np.full(12, 8.0), "because")
    by_epoch = recorded(end, RAW.replace(keep=keep)).weights_by_epoch
    says = 7.0 if keep == "last" and kind is not Diverged else 8.0
    assert {epoch: weights["linear.bias"].item() for epoch, weights in by_epoch.items()} == {
        2: says
    }


def test_the_kept_epoch_always_has_a_forecast() -> None:
    end = Finished(4, checkpoint(4, last=7.0, best=8.0), 2, np.full(12, 8.0), "all epochs done")
    first = {epoch: values[0] for epoch, values in recorded(end).forecasts_by_epoch.items()}
    assert first == {
        0: 0,
        1: 1,
        2: 8,
    }


@pytest.mark.parametrize("bad", [math.nan, math.inf])
def test_an_exploded_forecast_is_kept_unchanged(bad: float) -> None:
    forecast = np.r_[np.full(11, 8.0), bad]
    end = Finished(4, checkpoint(4, last=7.0, best=8.0), 2, forecast, "all epochs done")
    result = recorded(end)
    assert_array_equal(result.forecast["forecast"], forecast)
    assert set(result.scores.values()) == {math.inf}


def test_there_is_no_result_before_the_end() -> None:
    record = Recorder(Problem.of(RAW, VALUES))
    with pytest.raises(EngineError, match="has not ended"):
        record.result()
    record(STARTED)
    record(EpochEnd(1, 0.8, 0.7, 0.6, 0.03, 1.5))
    with pytest.raises(EngineError, match="has not ended"):
        record.result()


# --- own data with dates


MONTHS = pd.date_range("2019-01-01", periods=60, freq="MS")  # until December 2023


@pytest.mark.parametrize(
    ("start", "first", "last"),
    [
        ("holdout", "2023-01-01", "2023-12-01"),
        ("point", "2023-03-01", "2023-12-01"),
        ("end", "2024-01-01", "2024-07-01"),
    ],
)
def test_a_forecast_has_dates_also_after_the_data(start: str, first: str, last: str) -> None:
    own = pd.Series(VALUES, index=MONTHS, name="sales")
    result = run(SMALL.replace(signal=OWN_DATA, **STARTS[start][0]), own)
    assert result.series.name == "sales"
    expected = pd.date_range(first, last, freq="MS")
    assert list(result.forecast["t"]) == list(expected)
    assert result.forecast["t"].dtype == MONTHS.dtype


def test_dates_do_not_change_the_numbers() -> None:
    dated, plain = run(SMALL, pd.Series(VALUES, index=MONTHS)), run(SMALL, as_series(VALUES))
    assert_array_equal(dated.forecast["forecast"], plain.forecast["forecast"])
    assert dated.scores == plain.scores
