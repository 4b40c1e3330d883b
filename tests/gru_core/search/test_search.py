"""Settings found by trying: what is told, what is seen, and what comes of it."""

from __future__ import annotations

from itertools import count, pairwise

import numpy as np
import pandas as pd
import pytest

import gru_core.search.search as searching
from gru_core import Experiment, recommend, run
from gru_core.data.series import as_series
from gru_core.data.signals import make_series
from gru_core.errors import OptionError, SeriesError
from gru_core.forecast.metrics import scores
from gru_core.search.recipe import Recipe, Recommendation, Traits, Trial
from gru_core.search.search import CLOSE, PAYS, _Bench, search

T = np.arange(72)
#: Six years of a monthly season on a trend, far from zero.
MONTHLY = 500 + 2.0 * T + 30 * np.sin(2 * np.pi * T / 12)
NOISY = MONTHLY + np.random.default_rng(0).normal(0, 3, len(T))


def found_in(series: object, horizon: int, **options: object) -> tuple[list[Trial], Recommendation]:
    *trials, found = search(series, horizon, **options)  # type: ignore[arg-type]
    assert isinstance(found, Recommendation)
    assert all(isinstance(trial, Trial) for trial in trials)
    return trials, found  # type: ignore[return-value]


def titles_of(trials: list[Trial]) -> list[str]:
    return [trial.recipe.title for trial in trials]


@pytest.fixture(scope="module")
def noisy() -> tuple[list[Trial], Recommendation]:
    return found_in(NOISY[:-12], 12)


def test_two_lines_forecast_what_follows(noisy: tuple[list[Trial], Recommendation]) -> None:
    result = run(noisy[1].experiment, series=NOISY[:-12])
    forecast = result.forecast["forecast"].to_numpy()
    assert forecast.shape == (12,)
    naive = np.abs(NOISY[-24:-12] - NOISY[-12:]).mean()
    assert np.abs(forecast - NOISY[-12:]).mean() < 0.75 * naive
    assert result.parts.train_end == 60 - result.parts.validation_windows  # no holdout


def test_the_same_seed_gives_the_same_experiment(
    noisy: tuple[list[Trial], Recommendation],
) -> None:
    assert recommend(NOISY[:-12], 12) == noisy[1].experiment


def test_it_tells_everything_it_tried(noisy: tuple[list[Trial], Recommendation]) -> None:
    trials, found = noisy
    assert found.trials == tuple(trials)
    second = [t for k, t in enumerate(trials) if t.recipe.title in titles_of(trials[:k])]
    solved = [trial for trial in trials if not trial.recipe.trained]
    assert found.best in solved + second
    assert found.best.error <= CLOSE * min(trial.error for trial in solved + second)
    assert found.baselines.keys() == {"copy_last", "seasonal_naive", "linear_ar"}
    for name, value in found.best.recipe.options.items():
        assert getattr(found.experiment, name) == value
    titles = titles_of(trials)
    assert len(set(titles)) >= 4
    twice = {title for title in titles if titles.count(title) == 2}  # the second round
    assert len(twice) == 2
    first = {t.recipe.title: t for t in reversed(trials) if t.recipe.trained}
    worst_finalist = max(first[title].error for title in twice)
    assert all(t.error >= worst_finalist for title, t in first.items() if title not in twice)


def test_the_second_round_trains_longer(noisy: tuple[list[Trial], Recommendation]) -> None:
    trials, _ = noisy
    epochs: dict[str, list[int]] = {}
    for trial in trials:
        epochs.setdefault(trial.recipe.title, []).append(trial.recipe.options["epochs"])
    for made in epochs.values():
        assert made == sorted(made)
    assert any(len(made) == 2 and made[1] > 2 * made[0] for made in epochs.values())


def test_errors_are_a_mase_on_the_end_of_the_series() -> None:
    # Copying a straight line's last value errs by 1, 2, ... steps; one step ahead by 1.
    line = np.arange(40.0) * 3.0
    _, found = found_in(line, 4, budget_s=1e-9)
    assert found.traits.period == 1
    assert found.baselines["copy_last"] == pytest.approx((1 + 2 + 3 + 4) / 4)
    oracle = scores(line[30:34], {"copy_last": np.full(4, line[29])}, train=line[:28], period=1)
    assert found.baselines["copy_last"] == pytest.approx(float(oracle["mase"]["copy_last"]))


def test_a_clean_sine_needs_no_training() -> None:
    sine = 7 + 2 * np.sin(2 * np.pi * np.arange(200) / 20)
    trials, found = found_in(sine[:-20], 20)
    assert not any(trial.recipe.trained for trial in trials)
    assert found.best.error < 0.05
    forecast = run(found.experiment, series=sine[:-20]).forecast["forecast"].to_numpy()
    assert np.abs(forecast - sine[-20:]).max() < 0.2


def test_what_follows_a_trial_s_training_part_cannot_change_it() -> None:
    trials, found = found_in(NOISY, 6, budget_s=1e-9)
    bent = NOISY.copy()
    bent[-1] += 1000.0  # judged on, never trained on
    again, _ = found_in(bent, 6, budget_s=1e-9)
    assert found.traits == found_in(bent, 6, budget_s=1e-9)[1].traits
    # Only starts whose forecast covers the last value err differently, and by that value alone.
    assert again[0].error > trials[0].error


def test_of_close_recipes_the_one_that_others_agree_with_is_chosen() -> None:
    base = Experiment(signal="own", holdout=0.0, forecast_start="end", horizon=12)
    bench = _Bench(as_series(MONTHLY), base, None)
    solved = {"warm_start": True, "epochs": 1, "learning_rate": 1e-6, "window": 13}
    # The first does not know the level that the others take the line on to.
    ways: list[dict[str, object]] = [
        {"hidden_size": 2},
        {"linear_path": True, "difference": 1},
        {"linear_path": True, "difference": 12},
    ]
    trials = [Trial(Recipe(str(way), solved | way), 1.0, 0.0) for way in ways]
    assert bench.agreed(trials, lambda: False) in trials[1:]
    assert bench.agreed(trials[:1], lambda: False) is trials[0]
    trained = Trial(Recipe("trained", {"window": 13, "epochs": 5}), 1.0, 0.0)
    assert bench.agreed([trained, *trials], lambda: True) is trained  # no time to train it again
    assert bench.agreed([trials[0], trained], lambda: True) is trials[0]


def test_a_recipe_whose_forecast_explodes_is_not_chosen() -> None:
    base = Experiment(signal="own", holdout=0.0, forecast_start="end", horizon=12)
    growing = 1.5 ** np.arange(40.0)  # a linear map of the last values goes on like that
    bench = _Bench(as_series(growing), base, None)
    solved = {"warm_start": True, "epochs": 1, "learning_rate": 1e-6, "window": 4}
    linear = Trial(Recipe("linear", solved | {"linear_path": True}), 1.0, 0.0)
    for stopped in (False, True):
        assert bench.agreed([linear], lambda stopped=stopped: stopped) is None
    bounded = Trial(Recipe("bounded", solved), 1.0, 0.0)
    assert bench.agreed([linear, bounded], lambda: False) is bounded


def test_nor_is_it_on_a_clean_series(monkeypatch: pytest.MonkeyPatch) -> None:
    """A chirp swings faster after its end than anything that a linear map has learned."""
    solved = {"warm_start": True, "epochs": 1, "learning_rate": 1e-6, "window": 20}
    ways = [
        Recipe("explodes", solved | {"linear_path": True, "difference": 19}),
        Recipe("bounded", solved | {"hidden_size": 8}),
    ]
    errors = count(1.0)  # the first one did best before the end
    monkeypatch.setattr(_Bench, "recipes", lambda self: iter(ways))
    monkeypatch.setattr(_Bench, "error", lambda self, forecasts: next(errors))
    _, found = found_in(make_series("chirp", points=400).values[:320], 80)
    assert found.traits.surprise < searching.CLEAN
    assert found.best.recipe.title == "bounded"


def test_a_clean_series_is_trained_on_for_longer_while_that_pays(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name, steps in {"SCREENING": 5, "FULL": 10, "LONGER": (30, 90)}.items():
        monkeypatch.setattr(searching, name, steps)
    trials, found = found_in(make_series("lorenz-x", points=240).values, 10)
    assert found.traits.surprise < searching.CLEAN
    trained = [trial for trial in trials if trial.recipe.trained]
    last = [t for t in trained if t.recipe.title == trained[-1].recipe.title]
    epochs = [trial.recipe.options["epochs"] for trial in last]
    assert len(epochs) > 2  # the two rounds of all series, and more
    assert epochs == sorted(epochs)
    assert all(b.error <= PAYS * a.error for a, b in pairwise(last[1:-1]))
    assert len(epochs) == 4 or last[-1].error > PAYS * last[-2].error
    assert found.best.error == min(t.error for t in (*last[1:], found.best))


def test_a_noisy_series_is_not(noisy: tuple[list[Trial], Recommendation]) -> None:
    trials, found = noisy
    assert found.traits.surprise > searching.CLEAN
    titles = titles_of(trials)
    assert max(titles.count(title) for title in titles) == 2


def test_changes_are_tried_over_a_step_and_over_a_cycle(
    noisy: tuple[list[Trial], Recommendation],
) -> None:
    tried = [t.recipe.options["difference"] for t in noisy[0] if "difference" in t.recipe.options]
    assert tried == [1, 12]


def test_a_budget_ends_the_search_early() -> None:
    trials, found = found_in(NOISY, 12, budget_s=1e-9)
    assert len(trials) == 1
    assert found.best == trials[0]


def test_a_request_ends_the_search_with_what_it_has() -> None:
    trials, found = found_in(NOISY, 12, should_stop=lambda: True)
    assert found.trials == tuple(trials)
    assert len(trials) == 1


def test_dates_go_on_in_the_forecast() -> None:
    index = pd.date_range("2020-01-01", periods=len(MONTHLY), freq="MS")
    series = pd.Series(MONTHLY, index=index, name="sales")
    result = run(recommend(series, 3, budget_s=1e-9), series=series)
    assert list(result.forecast["t"]) == list(pd.date_range("2026-01-01", periods=3, freq="MS"))


@pytest.mark.parametrize("horizon", [1, 24, 200])
def test_any_horizon_gives_as_many_values(horizon: int) -> None:
    experiment = recommend(NOISY, horizon, budget_s=1e-9)
    assert experiment.horizon == horizon
    forecast = run(experiment, series=NOISY).forecast["forecast"].to_numpy()
    assert forecast.shape == (horizon,)


@pytest.mark.parametrize("n", [12, 13, 20])
def test_a_short_series_is_enough(n: int) -> None:
    result = run(recommend(MONTHLY[:n], 2), series=MONTHLY[:n])
    assert np.isfinite(result.forecast["forecast"]).all()


def test_a_cycle_longer_than_what_is_known_is_none() -> None:
    trials, found = found_in(NOISY, 6, period=100, budget_s=1e-9)
    assert found.traits.period == 1
    assert np.isfinite(trials[0].error)


def test_a_constant_series_goes_on() -> None:
    result = run(recommend(np.full(40, 5.0), 4), series=np.full(40, 5.0))
    np.testing.assert_allclose(result.forecast["forecast"], 5.0, atol=0.05)


def test_too_short_a_series_is_refused() -> None:
    with pytest.raises(SeriesError, match="has 11 values, and finding settings needs at least 12"):
        recommend(np.arange(11.0), 2)


@pytest.mark.parametrize("options", [{"horizon": 0}, {"seed": -1}, {"budget_s": 0.0}])
def test_what_is_out_of_range_is_refused(options: dict[str, float]) -> None:
    with pytest.raises(OptionError):
        recommend(NOISY, **({"horizon": 3} | options))  # type: ignore[arg-type]


def test_gaps_are_refused() -> None:
    with pytest.raises(SeriesError, match="missing or infinite"):
        recommend([1.0, np.nan] * 20, 3)


def test_traits_of_closed_forms() -> None:
    wave = np.sin(2 * np.pi * np.arange(200) / 20)
    assert Traits.of(wave).period == 20
    assert Traits.of(wave).trend == pytest.approx(0, abs=0.02)
    assert Traits.of(wave).noise == pytest.approx(0, abs=1e-6)
    assert Traits.of(np.arange(50.0)).trend == pytest.approx(1)
    noise = np.random.default_rng(1).normal(size=500)
    assert Traits.of(noise).noise > 0.9
    assert Traits.of(np.full(30, 2.0)) == Traits(30, 1, 0.0, 0.0, 0.0)
    assert Traits.of(wave).surprise == pytest.approx(0, abs=1e-6)
    walk = Traits.of(np.cumsum(noise))
    assert walk.noise < 0.3
    assert walk.surprise == pytest.approx(1, abs=0.05)
    for swing in (9.0, 90.0):  # a season makes every step large, and tells nothing of the walk
        season = np.tile([0.0, swing, 0.0, -swing], 125)
        assert Traits.of(season + np.cumsum(noise)).surprise > 0.5
    assert Traits.of(wave, 7).period == 7
    assert Traits.of(wave, 200).period == 1


def test_it_is_part_of_the_package() -> None:
    import gru_core

    assert gru_core.recommend is recommend
    assert isinstance(recommend(MONTHLY, 2, budget_s=1e-9), Experiment)
