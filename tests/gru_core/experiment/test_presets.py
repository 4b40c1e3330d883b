"""Every preset is a valid experiment, and its series is long enough."""

from __future__ import annotations

import pytest

from gru_core.data.sources import SOURCES
from gru_core.engine.cost import Limits, estimate
from gru_core.experiment.experiment import OPTIONS, Experiment
from gru_core.experiment.gallery import GALLERY
from gru_core.experiment.presets import PRESETS, Preset
from gru_core.forecast.problem import Problem


def test_the_presets_in_menu_order() -> None:
    assert list(PRESETS) == [
        "The lesson: sine",
        "The exercise: cosine",
        "The lesson's own recipe (slow)",
        "Noisy sine",
        "Mackey–Glass",
        "Airline passengers",
        "Sunspots",
    ]


@pytest.mark.parametrize("title", PRESETS)
class TestEveryPreset:
    @pytest.fixture
    def preset(self, title: str) -> Preset:
        return PRESETS[title]

    def test_has_a_title_and_a_reason(self, preset: Preset, title: str) -> None:
        assert preset.title == title
        assert preset.why.endswith(".")

    def test_fits_its_series_without_a_notice(self, preset: Preset) -> None:
        problem = Problem.of(preset.experiment)
        assert problem.notices == ()
        assert problem.parts.forecast_end <= problem.parts.n  # true values exist for the score

    def test_stays_within_the_limits_of_a_server(self, preset: Preset) -> None:
        Limits().check(estimate(Problem.of(preset.experiment)))

    def test_can_be_shared_as_a_link(self, preset: Preset) -> None:
        query = preset.experiment.to_query()
        assert Experiment.from_query(query) == preset.experiment


def test_no_two_presets_are_the_same() -> None:
    assert len({preset.experiment for preset in PRESETS.values()}) == len(PRESETS)


def numbers_of(experiment: Experiment) -> dict[str, float]:
    """Every numeric option of an experiment, with the parameters of its signal."""
    values = {name: getattr(experiment, name) for name in OPTIONS} | dict(experiment.parameters)
    return {name: value for name, value in values.items() if isinstance(value, int | float)}


@pytest.mark.parametrize(
    "experiment",
    [preset.experiment for preset in PRESETS.values()]
    + [e for failure in GALLERY.values() for e in (failure.broken, failure.fixed)],
)
def test_no_number_has_more_than_four_digits(experiment: Experiment) -> None:
    """People write 0.17, not 0.16666666666666666."""
    long = {name: n for name, n in numbers_of(experiment).items() if n != float(f"{n:.4g}")}
    assert long == {}


def test_the_airline_preset_holds_out_two_years() -> None:
    parts = Problem.of(PRESETS["Airline passengers"].experiment).parts
    assert (parts.n, parts.holdout_start, parts.horizon) == (144, 120, 24)


@pytest.mark.parametrize(
    ("title", "experiment"),
    [
        ("The lesson: sine", Experiment()),
        ("The exercise: cosine", Experiment().replace(signal="cosine")),
        ("The lesson's own recipe (slow)", Experiment.lesson()),
    ],
)
def test_the_presets_of_the_lesson_are_its_experiments(title: str, experiment: Experiment) -> None:
    assert PRESETS[title].experiment == experiment


@pytest.mark.parametrize("title", ["Airline passengers", "Sunspots"])
def test_a_window_holds_two_seasons_of_a_real_series(title: str) -> None:
    experiment = PRESETS[title].experiment
    season = SOURCES[experiment.signal].period
    assert season is not None
    assert experiment.window == 2 * season
