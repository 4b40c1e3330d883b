"""The search for settings: its trials, what it may see, its choice, and its errors."""

from __future__ import annotations

import re
from collections.abc import Callable
from itertools import count, pairwise
from typing import get_args

import numpy as np
import pandas as pd
import pytest

import gru_core.search.search as searching
from gru_core import Experiment, recommend, run
from gru_core.data.series import as_series
from gru_core.data.sources import make_series
from gru_core.errors import OptionError, SeriesError
from gru_core.forecast.metrics import scores
from gru_core.search.bench import Bench
from gru_core.search.recipe import REASONS, Reason, Recipe, Recommendation, Traits, Trial
from gru_core.search.search import CLOSE_ERRORS, PAYING_SHARE, _most_typical, _Search, search

T = np.arange(72)
#: Six years of a monthly season on a trend, far from zero.
MONTHLY = 500 + 2.0 * T + 30 * np.sin(2 * np.pi * T / 12)
NOISY = MONTHLY + np.random.default_rng(0).normal(0, 3, len(T))


def searched(series: object, horizon: int, **options: object) -> tuple[list[Trial], Recommendation]:
    """The trials that a search tells, and what it returns."""
    trials: list[Trial] = []
    found = search(series, horizon, tell=trials.append, **options)  # type: ignore[arg-type]
    return trials, found


def titles_of(trials: list[Trial]) -> list[str]:
    return [trial.recipe.title for trial in trials]


@pytest.fixture(scope="module")
def noisy() -> tuple[list[Trial], Recommendation]:
    return searched(NOISY[:-12], 12)


def test_the_recommended_experiment_forecasts_better_than_seasonal_naive(
    noisy: tuple[list[Trial], Recommendation],
) -> None:
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


def test_every_trial_is_told_and_returned(noisy: tuple[list[Trial], Recommendation]) -> None:
    trials, found = noisy
    assert found.trials == tuple(trials)
    assert any(trial is found.chosen for trial in found.trials)
    second = [t for k, t in enumerate(trials) if t.recipe.title in titles_of(trials[:k])]
    solved = [trial for trial in trials if not trial.recipe.trained]
    assert found.chosen in solved + second
    assert found.chosen.error <= CLOSE_ERRORS * min(trial.error for trial in solved + second)
    assert found.baselines.keys() == {"copy_last", "seasonal_naive", "linear_ar"}
    for name, value in found.chosen.recipe.options.items():
        assert getattr(found.experiment, name) == value
    titles = titles_of(trials)
    assert len(set(titles)) >= 4
    twice = {title for title in titles if titles.count(title) == 2}  # the second round
    assert len(twice) == 2
    first = {t.recipe.title: t for t in reversed(trials) if t.recipe.trained}
    worst_finalist = max(first[title].error for title in twice)
    assert all(t.error >= worst_finalist for title, t in first.items() if title not in twice)


def test_finalists_are_trained_for_longer(noisy: tuple[list[Trial], Recommendation]) -> None:
    trials, _ = noisy
    epochs: dict[str, list[int]] = {}
    for trial in trials:
        epochs.setdefault(trial.recipe.title, []).append(trial.recipe.options["epochs"])
    for made in epochs.values():
        assert made == sorted(made)
    assert any(len(made) == 2 and made[1] > 2 * made[0] for made in epochs.values())


def test_an_error_is_a_mase_on_the_end_of_the_series() -> None:
    # Copying a straight line's last value errs by 1, 2, ... steps; one step ahead by 1.
    line = np.arange(40.0) * 3.0
    _, found = searched(line, 4, budget_s=1e-9)
    assert found.traits.period == 1
    assert found.baselines["copy_last"] == pytest.approx((1 + 2 + 3 + 4) / 4)
    oracle = scores(line[30:34], {"copy_last": np.full(4, line[29])}, train=line[:28], period=1)
    assert found.baselines["copy_last"] == pytest.approx(float(oracle["mase"]["copy_last"]))


def test_a_clean_sine_needs_no_training() -> None:
    sine = 7 + 2 * np.sin(2 * np.pi * np.arange(200) / 20)
    trials, found = searched(sine[:-20], 20)
    assert not any(trial.recipe.trained for trial in trials)
    assert found.chosen.error < 0.05
    forecast = run(found.experiment, series=sine[:-20]).forecast["forecast"].to_numpy()
    assert np.abs(forecast - sine[-20:]).max() < 0.2


def test_a_trial_is_not_trained_on_the_values_that_score_it() -> None:
    trials, found = searched(NOISY, 6, budget_s=1e-9)
    bent = NOISY.copy()
    bent[-1] += 1000.0  # it scores the trial; nothing is trained on it
    again, _ = searched(bent, 6, budget_s=1e-9)
    assert found.traits == searched(bent, 6, budget_s=1e-9)[1].traits
    # Only forecasts that cover the last value have another error, and only at that value.
    assert again[0].error > trials[0].error


# --- the choice

SOLVED: dict[str, object] = {"warm_start": True, "epochs": 1, "learning_rate": 1e-6}
#: The first cannot follow a line to a new level. The others can, so they agree.
WAYS: list[dict[str, object]] = [
    {"hidden_size": 2},
    {"linear_path": True, "difference": 1},
    {"linear_path": True, "difference": 12},
]
TRAINED = Trial(Recipe("trained", {"window": 13, "epochs": 5}), 1.0, 0.0)
#: A linear map of the last values goes on growing like that.
GROWING = 1.5 ** np.arange(40.0)


def trial(error: float = 1.0, **options: object) -> Trial:
    return Trial(Recipe(str(options), {"window": 13} | SOLVED | options), error, 0.0)


def searching_on(values: np.ndarray, over: Callable[[], bool] = lambda: False) -> _Search:
    base = Experiment(signal="own", holdout=0.0, forecast_start="end", horizon=12)
    return _Search(Bench(as_series(values), base, None), lambda trial: None, over)


def test_the_most_typical_of_about_equally_good_recipes_is_chosen() -> None:
    trials = [trial(**way) for way in WAYS]
    chosen, reason = searching_on(NOISY).choose(trials)
    assert chosen in trials[1:]
    assert reason == "most typical"


def test_a_recipe_that_is_clearly_best_is_chosen() -> None:
    trials = [trial(error, **way) for error, way in zip((1.0, 3.1, 3.2), WAYS, strict=True)]
    assert searching_on(NOISY).choose(trials) == (trials[0], "clearly best")


def test_on_a_clean_series_the_least_error_is_chosen() -> None:
    trials = [trial(error, **way) for error, way in zip((1.0, 0.9, 0.8), WAYS, strict=True)]
    assert searching_on(MONTHLY).choose(trials) == (trials[2], "least error")


def test_without_time_to_train_again_the_best_so_far_is_chosen() -> None:
    trials = [trial(**way) for way in WAYS]
    search = searching_on(NOISY, over=lambda: True)
    assert search.choose([TRAINED, *trials]) == (TRAINED, "cut short")
    assert search.choose([trials[0], TRAINED]) == (trials[0], "cut short")


def test_the_trial_with_the_forecast_nearest_to_the_median_is_the_most_typical() -> None:
    trials = [trial(float(k)) for k in range(3)]
    forecasts = [np.array(values) for values in ([0.0, 9.0], [1.0, 1.0], [2.0, 0.0])]
    assert _most_typical(list(zip(trials, forecasts, strict=True))) is trials[1]


def test_a_recipe_whose_forecast_explodes_is_passed_over() -> None:
    explodes, bounded = trial(window=4, linear_path=True), trial(window=4)
    for over in (False, True):
        search = searching_on(GROWING, over=lambda over=over: over)
        assert search.bench.forecast_ahead(explodes.recipe, search.over) is None
        assert search.choose([explodes]) == (explodes, "all explode")
        assert search.choose([explodes, bounded]) == (bounded, "others explode")


@pytest.mark.parametrize("reason", get_args(Reason))
def test_every_reason_has_its_words(reason: Reason) -> None:
    assert re.fullmatch(r"[A-Z].*[^.]\.", REASONS[reason])
    assert len(set(REASONS.values())) == len(get_args(Reason))


def test_a_recommendation_says_why(noisy: tuple[list[Trial], Recommendation]) -> None:
    found = noisy[1]
    assert found.reason == "most typical"
    assert found.why.startswith("Several recipes were about equally good. We took the one with")


def test_on_a_clean_series_too_it_is_passed_over(monkeypatch: pytest.MonkeyPatch) -> None:
    """A chirp swings faster after its end than anything before, which a linear map learned."""
    explodes = {"window": 20, "linear_path": True, "difference": 19}
    ways = [
        Recipe("explodes", SOLVED | explodes),
        Recipe("bounded", SOLVED | {"window": 20, "hidden_size": 8}),
    ]
    errors = count(1.0)  # the first one did best before the end
    monkeypatch.setattr(Bench, "recipes", lambda self: iter(ways))
    monkeypatch.setattr(Bench, "error", lambda self, forecasts: next(errors))
    _, found = searched(make_series("chirp", points=400).values[:320], 80)
    assert found.traits.surprise < searching.CLEAN_SURPRISE
    assert (found.chosen.recipe.title, found.reason) == ("bounded", "others explode")


def test_a_clean_series_is_trained_on_for_longer_while_that_pays(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name, steps in {
        "SCREENING_STEPS": 5,
        "FINALIST_STEPS": 10,
        "LONGER_STEPS": (30, 90),
    }.items():
        monkeypatch.setattr(searching, name, steps)
    trials, found = searched(make_series("lorenz-x", points=240).values, 10)
    assert found.traits.surprise < searching.CLEAN_SURPRISE
    trained = [trial for trial in trials if trial.recipe.trained]
    last = [t for t in trained if t.recipe.title == trained[-1].recipe.title]
    epochs = [trial.recipe.options["epochs"] for trial in last]
    assert len(epochs) > 2  # the two rounds of all series, and more
    assert epochs == sorted(epochs)
    assert all(b.error <= PAYING_SHARE * a.error for a, b in pairwise(last[1:-1]))
    assert len(epochs) == 4 or last[-1].error > PAYING_SHARE * last[-2].error
    assert found.chosen.error == min(t.error for t in (*last[1:], found.chosen))


def test_a_noisy_series_is_not_trained_on_for_longer(
    noisy: tuple[list[Trial], Recommendation],
) -> None:
    trials, found = noisy
    assert found.traits.surprise > searching.CLEAN_SURPRISE
    titles = titles_of(trials)
    assert max(titles.count(title) for title in titles) == 2


def test_changes_are_tried_over_a_step_and_over_a_cycle(
    noisy: tuple[list[Trial], Recommendation],
) -> None:
    tried = [t.recipe.options["difference"] for t in noisy[0] if "difference" in t.recipe.options]
    assert tried == [1, 12]


def test_a_budget_ends_the_search_early() -> None:
    trials, found = searched(NOISY, 12, budget_s=1e-9)
    assert len(trials) == 1
    assert (found.chosen, found.reason) == (trials[0], "only one")


def test_a_stop_ends_the_search_after_the_first_trial() -> None:
    trials, found = searched(NOISY, 12, should_stop=lambda: True)
    assert found.trials == tuple(trials)
    assert len(trials) == 1


def test_the_forecast_continues_the_dates() -> None:
    index = pd.date_range("2020-01-01", periods=len(MONTHLY), freq="MS")
    series = pd.Series(MONTHLY, index=index, name="sales")
    result = run(recommend(series, 3, budget_s=1e-9), series=series)
    assert list(result.forecast["t"]) == list(pd.date_range("2026-01-01", periods=3, freq="MS"))


@pytest.mark.parametrize("horizon", [1, 24, 200])
def test_the_forecast_is_as_long_as_the_horizon(horizon: int) -> None:
    experiment = recommend(NOISY, horizon, budget_s=1e-9)
    assert experiment.horizon == horizon
    forecast = run(experiment, series=NOISY).forecast["forecast"].to_numpy()
    assert forecast.shape == (horizon,)


@pytest.mark.parametrize("n", [8, 9, 11, 12, 13, 20])
def test_a_short_series_is_enough(n: int) -> None:
    result = run(recommend(MONTHLY[:n], 2), series=MONTHLY[:n])
    assert np.isfinite(result.forecast["forecast"]).all()


def test_a_period_longer_than_the_training_part_is_ignored() -> None:
    trials, found = searched(NOISY, 6, period=100, budget_s=1e-9)
    assert found.traits.period == 1
    assert np.isfinite(trials[0].error)


def test_a_constant_series_is_forecast_as_constant() -> None:
    result = run(recommend(np.full(40, 5.0), 4), series=np.full(40, 5.0))
    np.testing.assert_allclose(result.forecast["forecast"], 5.0, atol=0.05)


def test_too_short_a_series_is_refused() -> None:
    with pytest.raises(SeriesError, match="has 7 values, and finding settings needs at least 8"):
        recommend(np.arange(7.0), 2)


@pytest.mark.parametrize("options", [{"horizon": 0}, {"seed": -1}, {"budget_s": 0.0}])
def test_an_argument_out_of_range_is_refused(options: dict[str, float]) -> None:
    with pytest.raises(OptionError):
        recommend(NOISY, **({"horizon": 3} | options))  # type: ignore[arg-type]


def test_missing_values_are_refused() -> None:
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
    for swing in (
        9.0,
        90.0,
    ):  # a season makes every step large, and does not help to foresee the walk
        season = np.tile([0.0, swing, 0.0, -swing], 125)
        assert Traits.of(season + np.cumsum(noise)).surprise > 0.5
    assert Traits.of(wave, 7).period == 7
    assert Traits.of(wave, 200).period == 1


def test_recommend_is_part_of_the_package() -> None:
    import gru_core

    assert gru_core.recommend is recommend
    assert isinstance(recommend(MONTHLY, 2, budget_s=1e-9), Experiment)
