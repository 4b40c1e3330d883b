"""The stored outcomes belong to the current gallery, and new training gives the same ones."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from gru_core.experiment.experiment import Experiment
from gru_core.experiment.gallery import GALLERY, Failure
from gru_core.forecast.baselines import rolling_baselines
from gru_core.forecast.problem import Problem
from gru_core.forecast.recorder import Recorder
from gru_core.judgement.evaluation import starts_in
from gru_core.shipped import make_gallery
from gru_core.shipped.gallery import FILE, Outcome, kept
from gru_core.training.run import run

AGAIN = "Run `python -m gru_core.shipped.make_gallery` and commit gallery.json."
EXPERIMENTS = [e for failure in GALLERY.values() for e in (failure.broken, failure.fixed)]


def outcome_of(experiment: Experiment) -> Outcome:
    outcome = kept(experiment)
    assert outcome is not None, f"The gallery has changed: it has no stored outcome. {AGAIN}"
    return outcome


@pytest.fixture(scope="module", params=range(len(GALLERY)), ids=list(GALLERY))
def pair(request: pytest.FixtureRequest) -> tuple[Outcome, Outcome]:
    failure = list(GALLERY.values())[request.param]
    return outcome_of(failure.broken), outcome_of(failure.fixed)


def test_the_file_holds_the_experiments_of_the_gallery_in_order() -> None:
    said = json.loads(FILE.read_text(encoding="utf-8"))
    assert [Experiment(**line["experiment"]) for line in said] == EXPERIMENTS, AGAIN
    assert FILE.stat().st_size < 40_000


def test_every_forecast_has_the_steps_of_its_experiment(pair: tuple[Outcome, Outcome]) -> None:
    for outcome in pair:
        problem = Problem.of(outcome.experiment)
        parts = problem.parts
        assert outcome.start == parts.forecast_start
        assert list(outcome.forecast) == ["t", "actual", "forecast", "one_step"]
        assert len(outcome.forecast) == parts.horizon
        assert np.isfinite(outcome.forecast.drop(columns="t").to_numpy()).all()
        assert_array_equal(outcome.series.values, problem.series.values)
        actual = outcome.series.values[outcome.start : outcome.start + parts.horizon]
        assert_array_equal(outcome.forecast["actual"], actual)


def test_the_drawn_error_is_the_error_of_the_stored_forecast(
    pair: tuple[Outcome, Outcome],
) -> None:
    for outcome in pair:
        true = outcome.series.values[outcome.start :][: len(outcome.forecast)]
        by_hand = sum(
            abs(forecast - actual)
            for forecast, actual in zip(outcome.forecast["forecast"], true, strict=True)
        ) / len(true)
        assert outcome.drawn_error == pytest.approx(by_hand)


def test_the_stored_failure_fails_and_the_stored_fix_repairs_it(
    pair: tuple[Outcome, Outcome],
) -> None:
    broken, fixed = pair
    assert broken.naive == fixed.naive
    assert broken.starts == fixed.starts
    for old, new in ((broken.drawn_error, fixed.drawn_error), (broken.error, fixed.error)):
        assert new < 0.5 * old
    assert fixed.error < fixed.naive < broken.error


def test_the_naive_error_is_measured_on_the_series(pair: tuple[Outcome, Outcome]) -> None:
    for outcome in pair:
        problem = Problem.of(outcome.experiment)
        values, parts = problem.series.values, problem.parts
        horizon = min(parts.horizon, (parts.n - parts.holdout_start) // 2)
        starts = starts_in(parts.holdout_start, parts.n, horizon)
        repeated = rolling_baselines(
            values,
            starts,
            horizon,
            train=values[: parts.train_end],
            window=parts.window,
            period=Recorder(problem).period,
        )["seasonal_naive"]
        errors = np.abs(repeated - values[starts[:, None] + np.arange(horizon)])
        assert outcome.starts == len(starts)
        assert outcome.naive == pytest.approx(errors.mean(), rel=1e-4)


@pytest.mark.parametrize("experiment", EXPERIMENTS[:4], ids=["1-", "1+", "2-", "2+"])
def test_new_training_gives_the_stored_outcome(experiment: Experiment) -> None:
    """Another processor rounds differently. The test allows a twentieth of the series' spread."""
    old, new = outcome_of(experiment), Outcome.of(run(experiment))
    spread = float(old.series.values.std())
    for column in ("forecast", "one_step"):
        difference = np.abs(old.forecast[column] - new.forecast[column]).mean()
        assert difference < 0.05 * spread, AGAIN
    assert new.error == pytest.approx(old.error, abs=0.05 * spread), AGAIN
    assert new.drawn_error == pytest.approx(old.drawn_error, abs=0.05 * spread), AGAIN
    assert (new.starts, new.start) == (old.starts, old.start)
    assert new.naive == pytest.approx(old.naive, rel=1e-4)


TINY = Experiment(signal="co2", window=3, hidden_size=2, epochs=1, horizon=5)


def test_another_experiment_has_no_stored_outcome() -> None:
    assert kept(TINY) is None


def test_the_script_stores_the_outcome_of_a_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tiny = Failure("Tiny", "It fails.", "It is short.", TINY, "window", 4)
    monkeypatch.setattr(make_gallery, "GALLERY", {tiny.title: tiny})
    monkeypatch.setattr(make_gallery, "FILE", tmp_path / "gallery.json")
    make_gallery.main()
    said = json.loads((tmp_path / "gallery.json").read_text(encoding="utf-8"))
    for written, experiment in zip(said, (tiny.broken, tiny.fixed), strict=True):
        old, new = Outcome.from_dict(written), Outcome.of(run(experiment))
        assert old.experiment == new.experiment
        assert (old.start, old.starts) == (new.start, new.starts)
        assert list(old.forecast["t"]) == list(new.forecast["t"])
        numbers = ["actual", "forecast", "one_step"]
        assert_allclose(old.forecast[numbers], new.forecast[numbers], rtol=1e-4)
        assert_allclose([old.error, old.naive], [new.error, new.naive], rtol=1e-4)
