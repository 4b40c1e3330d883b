"""The network on the Home page: its file, its script and its forecast."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from gru_core.forecast.problem import Problem
from gru_core.shipped import home, make_home
from gru_core.training.run import run

#: How many steps the picture shows before it begins again (`LAST` in hero.js).
SHOWN = 5000


def test_the_script_writes_the_same_file() -> None:
    experiment, weights = home.read()
    assert experiment == make_home.EXPERIMENT
    written = home.PATH.read_text(encoding="utf-8")
    assert written == make_home.document(make_home.EXPERIMENT, weights)


def test_the_script_trains_its_experiment(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    quick = make_home.EXPERIMENT.replace(epochs=1)
    monkeypatch.setattr(make_home, "EXPERIMENT", quick)
    monkeypatch.setattr(make_home, "PATH", tmp_path / "home.json")
    make_home.main()
    experiment, weights = home.read(tmp_path / "home.json")
    assert experiment == quick
    result = run(quick)
    expected = result.checkpoint.kept(quick.keep)[1]
    assert weights.keys() == expected.keys()
    for name, values in weights.items():
        np.testing.assert_array_equal(values, expected[name])
    assert f"{result.scores['rmse']:.4f}" in capsys.readouterr().out


def test_unpacked_weights_are_exact() -> None:
    weights = {"a": np.float32([[0.1, -1e-38], [np.pi, 3e38]]), "b": np.float32([[1.0]])}
    read = home.unpacked(home.packed(weights))
    for name, values in weights.items():
        assert read[name].dtype == np.float32
        np.testing.assert_array_equal(read[name], values)


def test_the_closed_loop_follows_the_wave_as_long_as_it_is_shown() -> None:
    experiment, weights = home.read()
    problem = Problem.of(experiment)
    start = problem.parts.forecast_start
    outputs = problem.forecaster(weights).closed_loop(problem.context, SHOWN)
    forecast = problem.undo(outputs, start)
    truth = np.sin((start + np.arange(SHOWN)) * 100 / 999)
    by_part = np.sqrt(np.square(forecast - truth).reshape(-1, 100).mean(axis=1))
    assert by_part[0] < 0.005  # on the holdout
    assert by_part.max() < 0.05
