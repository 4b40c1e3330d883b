"""The statistical models forecast from the network's starts and see only the past."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest

from gru_core.experiment.experiment import Experiment
from gru_core.judgement.evaluation import evaluate, places
from gru_core.judgement.statistical import MODELS, statistical_forecasts
from gru_core.training.run import run

T = np.arange(72)
MONTHLY = 100 + T + 20 * np.sin(2 * np.pi * T / 12) + np.random.default_rng(0).normal(size=72)


def all_of(series: np.ndarray, **options: object) -> dict[str, np.ndarray]:
    settings = {"starts": np.array([60, 66]), "horizon": 6, "train_end": 60, "period": 12}
    return statistical_forecasts(series, **(settings | options))  # type: ignore[arg-type]


def test_all_models_follow_trend_and_season() -> None:
    naive = np.abs(MONTHLY[48:54] - MONTHLY[60:66]).mean()
    for forecasts in all_of(MONTHLY).values():
        assert np.abs(forecasts[0] - MONTHLY[60:66]).mean() < 0.5 * naive


def test_a_forecast_sees_only_the_values_before_its_start() -> None:
    bent = MONTHLY.copy()
    bent[60:66] += 500
    straight, curved = all_of(MONTHLY), all_of(bent)
    for name in MODELS:
        np.testing.assert_array_equal(straight[name][0], curved[name][0])
        assert np.abs(straight[name][1] - curved[name][1]).max() > 1


def test_a_cycle_of_more_than_24_steps_is_ignored() -> None:
    wave = np.sin(2 * np.pi * np.arange(200) / 50)
    long = all_of(wave, starts=np.array([180]), train_end=180, period=50)
    none = all_of(wave, starts=np.array([180]), train_end=180, period=1)
    np.testing.assert_array_equal(long["auto_theta"], none["auto_theta"])


def test_a_model_that_fails_gives_nan() -> None:
    assert np.isnan(all_of(MONTHLY[:3], starts=np.array([2]), train_end=1)["auto_arima"]).all()


def test_a_stop_keeps_the_complete_models() -> None:
    asked: list[int] = []

    def after_one_model() -> bool:
        asked.append(1)
        return len(asked) > 2

    told: list[str] = []
    complete = all_of(MONTHLY, tell=told.append, should_stop=after_one_model)
    assert list(complete) == told == ["auto_theta"]


def test_each_model_is_told_when_its_forecasts_are_complete() -> None:
    told: list[str] = []
    assert list(all_of(MONTHLY, tell=told.append)) == told == list(MODELS)


def test_they_are_rows_in_the_evaluation() -> None:
    result = run(Experiment(signal="own", window=12, epochs=2, hidden_size=4), MONTHLY)
    starts, horizon = places(result)
    more = all_of(MONTHLY, starts=starts, horizon=horizon, train_end=result.parts.train_end)
    table = evaluate(result, others=more).table
    assert set(MODELS) < set(table.index)
    oracle = np.abs(more["auto_ets"] - MONTHLY[starts[:, None] + np.arange(horizon)]).mean()
    assert table["mae"]["auto_ets"] == pytest.approx(oracle)


def test_importing_the_module_does_not_import_statsforecast() -> None:
    code = "import sys, gru_core.judgement.statistical; sys.exit('statsforecast' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
