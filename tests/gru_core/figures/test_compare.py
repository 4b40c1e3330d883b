"""Several runs in one figure: the lines are right, can be told apart, and stay readable."""

from __future__ import annotations

import itertools
import json
import math
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import plotly.graph_objects as go
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose

from gru_core import run
from gru_core.data.series import Series
from gru_core.errors import OptionError
from gru_core.experiment.experiment import Experiment
from gru_core.figures import compare, run_scores
from gru_core.forecast.baselines import BASELINES
from gru_core.forecast.problem import Problem
from gru_core.forecast.result import Result
from tests.gru_core.every_result import odd_results

SMALL = Experiment(points=60, window=5, hidden_size=4, epochs=4, batch_size=8)
WAVE = np.sin(np.arange(60.0))


@pytest.fixture(scope="module")
def results() -> list[Result]:
    return [run(SMALL.replace(seed=seed), WAVE) for seed in range(3)]


def checked(figure: dict[str, Any]) -> dict[str, Any]:
    """The figure. It is valid JSON, and Plotly accepts it."""
    go.Figure(json.loads(json.dumps(figure, allow_nan=False)))
    return figure


def named(results: list[Result]) -> list[compare.Run]:
    return compare.runs((f"run {k}", result) for k, result in enumerate(results))


def lines(figure: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """The lines of the runs by their letters."""
    drawn = [trace for trace in figure["data"] if "line" in trace and "legendgroup" in trace]
    return {trace["legendgroup"].partition(" ")[0]: trace for trace in drawn}


def letters(figure: dict[str, Any]) -> list[dict[str, Any]]:
    return [trace for trace in figure["data"] if trace["mode"] == "text"]


# --- colours


def _linear(color: str) -> np.ndarray:
    part = np.array([int(color[k : k + 2], 16) for k in (1, 3, 5)]) / 255
    return np.where(part <= 0.04045, part / 12.92, ((part + 0.055) / 1.055) ** 2.4)


#: What the eye makes of a colour with each kind of colour blindness: Machado, Oliveira & Fernandes
#: 2009, "A physiologically-based model for simulation of color vision deficiency", severity 1.
_EYES = {
    "usual": np.eye(3),
    "protanopia": np.array(
        [
            [0.152286, 1.052583, -0.204868],
            [0.114503, 0.786281, 0.099216],
            [-0.003882, -0.048116, 1.051998],
        ]
    ),
    "deuteranopia": np.array(
        [
            [0.367322, 0.860646, -0.227968],
            [0.280085, 0.672501, 0.047413],
            [-0.011820, 0.042940, 0.968881],
        ]
    ),
    "tritanopia": np.array(
        [
            [1.255528, -0.076749, -0.178779],
            [-0.078411, 0.930809, 0.147602],
            [0.004733, 0.691367, 0.303900],
        ]
    ),
}
#: From linear RGB to Oklab (Ottosson 2020), where equal distances look equally large.
_TO_LMS = np.array(
    [
        [0.4122214708, 0.5363325363, 0.0514459929],
        [0.2119034982, 0.6806995451, 0.1073969566],
        [0.0883024619, 0.2817188376, 0.6299787005],
    ]
)
_TO_LAB = np.array(
    [
        [0.2104542553, 0.7936177850, -0.0040720468],
        [1.9779984951, -2.4285922050, 0.4505937099],
        [0.0259040371, 0.7827717662, -0.8086757660],
    ]
)


@pytest.mark.parametrize("eye", _EYES)
def test_every_eye_can_tell_the_colours_apart(eye: str) -> None:
    seen = [
        _TO_LAB @ np.cbrt(_TO_LMS @ np.clip(_EYES[eye] @ _linear(color), 0, 1))
        for color in compare.RUN_COLORS
    ]
    assert min(math.dist(*pair) for pair in itertools.combinations(seen, 2)) > 0.075


@pytest.mark.parametrize("background", ["#ffffff", "#10171a"])
def test_the_colours_stand_out_from_the_background(background: str) -> None:
    weights = np.array([0.2126, 0.7152, 0.0722])  # WCAG 2
    ground = weights @ _linear(background) + 0.05
    for color in compare.RUN_COLORS:
        light = weights @ _linear(color) + 0.05
        assert max(light, ground) / min(light, ground) >= 3


def test_a_run_looks_the_same_in_every_figure(results: list[Result]) -> None:
    compared = named(results)
    [(_, forecast)] = compare.forecasts(compared)
    drawn = [compare.losses(compared), compare.errors(compared), forecast]
    for figure in (*drawn, run_scores.scores(compared)):
        looks = {one: (t["line"]["color"], t["line"]["dash"]) for one, t in lines(figure).items()}
        looks.pop("best", None)
        assert looks == {run.letter: (run.color, run.dash) for run in compared}
    for figure in drawn:
        assert sorted(trace["name"] for trace in letters(figure)) == ["A", "B", "C"]


def test_too_many_runs_are_refused(results: list[Result]) -> None:
    eight = compare.runs([("same name", results[0])] * 8)
    assert [run.letter for run in eight] == list("ABCDEFGH")
    assert len({(run.color, run.dash) for run in eight}) == 8
    with pytest.raises(OptionError, match="at most 8"):
        compare.runs([("", results[0])] * 9)


@pytest.mark.parametrize(
    "name",
    ["<script>alert(1)</script>", r"$\href{javascript:alert(1)}{x}$", "‮desrever", "x" * 300, ""],
)
def test_a_name_is_drawn_as_text(results: list[Result], name: str) -> None:
    [one] = compare.runs([(name, results[0])])
    figure = json.dumps(
        [compare.losses([one]), compare.errors([one]), run_scores.scores([one])],
        ensure_ascii=False,
    )
    assert "<script" not in figure
    assert "$" not in figure.replace("&#36;", "")
    assert "‮" not in figure
    assert len(one.title) < 50


# --- losses


@pytest.mark.parametrize("by", ["epoch", "seconds"])
@pytest.mark.parametrize("loss", ["train_loss", "val_loss"])
def test_losses_are_drawn_as_they_were(results: list[Result], by: Any, loss: Any) -> None:
    figure = checked(compare.losses(named(results), loss=loss, by=by, log=False))
    for letter, result in zip("ABC", results, strict=True):
        line = lines(figure)[letter]
        assert_allclose(line["x"], result.history[by])
        assert_allclose(line["y"], result.history[loss], rtol=1e-5)


def test_a_run_without_validation_has_no_validation_loss(results: list[Result]) -> None:
    table = results[0].history.assign(val_loss=math.nan)
    figure = compare.losses(
        named([replace(results[0], history=table), results[1]]), loss="val_loss"
    )
    assert list(lines(figure)) == ["B"]


def test_a_long_history_keeps_its_peaks(results: list[Result]) -> None:
    epochs = np.arange(1, 10_001)
    loss = np.where(epochs == 7777, 50.0, 1 / epochs)
    table = pd.DataFrame({"epoch": epochs, "train_loss": loss, "val_loss": loss, "seconds": epochs})
    figure = compare.losses(named([replace(results[0], history=table)]))
    line = lines(figure)["A"]
    assert len(line["y"]) <= compare.MOST_POINTS
    assert max(line["y"]) == 50


def test_a_run_that_explodes_leaves_the_others_visible(results: list[Result]) -> None:
    burst = results[0].history.assign(train_loss=[1.0, 1e6, 1e12, 1e30])
    compared = named([replace(results[0], history=burst), *results[1:]])
    figure = checked(compare.losses(compared, log=False))
    usual = max(result.history["train_loss"].max() for result in results[1:])
    assert figure["layout"]["yaxis"]["range"][1] <= 6 * usual


@pytest.mark.parametrize("losses", [[1e300, 1.7e308], [5e-324, 1.7e308], [1.7e308, 1.7e308]])
def test_losses_near_the_largest_number_are_drawn(
    results: list[Result], losses: list[float]
) -> None:
    history = pd.DataFrame({"epoch": [1, 2], "seconds": [0.1, 0.2], "train_loss": losses})
    huge = named([replace(result, history=history) for result in results])
    for log in (False, True):
        # Their letters are moved apart, upwards.
        assert lines(checked(compare.losses(huge, log=log))).keys() == {"A", "B", "C"}


# --- errors


def test_errors_by_lead_time(results: list[Result]) -> None:
    compared = named(results)
    at_each = lines(checked(compare.errors(compared)))
    so_far = lines(checked(compare.errors(compared, measure="running", log=True)))
    for letter, result in zip("ABC", results, strict=True):
        error = (result.forecast["forecast"] - result.forecast["actual"]).abs()
        assert at_each[letter]["x"] == list(range(1, 13))
        assert_allclose(at_each[letter]["y"], error, rtol=1e-5)
        assert_allclose(so_far[letter]["y"][-1], result.scores["rmse"], rtol=1e-5)


def test_a_forecast_beyond_the_data_has_no_errors(results: list[Result]) -> None:
    beyond = run(SMALL.replace(forecast_start="end", horizon=9), WAVE)
    figure = checked(compare.errors(named([beyond, results[0]])))
    assert list(lines(figure)) == ["B"]
    assert compare.errors(named([beyond]))["data"] == []


# --- forecasts


def test_forecasts_over_one_series(results: list[Result]) -> None:
    [(group, figure)] = compare.forecasts(named(results))
    checked(figure)
    assert [run.letter for run in group] == ["A", "B", "C"]
    original = figure["data"][0]
    assert_allclose(original["y"], WAVE)
    for letter, result in zip("ABC", results, strict=True):
        line = lines(figure)[letter]
        assert line["x"] == list(range(47, 60))
        expected = [WAVE[47], *result.forecast["forecast"]]
        assert_allclose(line["y"], expected, rtol=1e-5)


def test_each_series_has_its_own_figure(results: list[Result]) -> None:
    days = Series(WAVE, "sales", pd.date_range("2024-01-01", periods=60), "€")
    other = replace(results[1], problem=Problem.of(SMALL, days))
    dated = other.forecast.assign(t=days.times(48, 60))
    other = replace(other, forecast=dated)
    drawn = compare.forecasts(named([results[0], other, results[2]]))
    assert [[run.letter for run in group] for group, _ in drawn] == [["A", "C"], ["B"]]
    line = lines(checked(drawn[1][1]))["B"]
    assert line["x"][:2] == ["2024-02-17T00:00:00", "2024-02-18T00:00:00"]


# --- letters


@given(
    st.lists(st.floats(0, 1), min_size=1, max_size=8).map(sorted),
    st.floats(0.01, 0.1),
)
def test_letters_never_overlap(places: list[float], gap: float) -> None:
    moved = compare._apart(places, gap, 1.0)
    assert len(moved) == len(places)
    assert max(moved) <= 1.0
    assert all(high - low >= gap - 1e-9 for low, high in itertools.pairwise(moved))


# --- scores


def test_each_panel_shows_the_scores_and_the_best_baseline(results: list[Result]) -> None:
    figure = checked(run_scores.scores(named(results)))
    titles = [title["text"] for title in figure["layout"]["annotations"]]
    assert titles == ["<b>MAE</b>", "<b>RMSE</b>", "<b>MASE</b>", "<b>sMAPE</b>"]
    for place, metric in enumerate(run_scores.TITLES):
        axis = "x" if place == 0 else f"x{place + 1}"
        panel = [trace for trace in figure["data"] if trace["xaxis"] == axis]
        dots = {trace["legendgroup"].partition(" ")[0]: trace["x"] for trace in panel}
        highest = figure["layout"][f"xaxis{axis[1:]}"]["range"][1]
        for letter, result in zip("ABC", results, strict=True):
            assert dots[letter] == [pytest.approx(min(result.scores[metric], highest))]
        best = [result.score_table[metric][list(BASELINES)].min() for result in results]
        assert_allclose(dots["best"], [one for one in best if one <= highest])


def test_a_score_that_has_exploded_stands_at_the_edge(results: list[Result]) -> None:
    table = results[0].score_table.copy()
    table.loc["forecast"] = math.inf
    compared = named([replace(results[0], score_table=table), *results[1:]])
    figure = checked(run_scores.scores(compared))
    dot = figure["data"][0]
    assert dot["text"] == ["exploded"]
    assert dot["marker"]["symbol"] == "triangle-right"
    assert dot["x"] == [figure["layout"]["xaxis"]["range"][1]]


def test_a_score_that_is_not_known_has_no_panel(results: list[Result]) -> None:
    table = results[0].score_table.assign(mase=math.nan)
    figure = checked(run_scores.scores(named([replace(results[0], score_table=table)])))
    titles = [title["text"] for title in figure["layout"]["annotations"]]
    assert titles == ["<b>MAE</b>", "<b>RMSE</b>", "<b>sMAPE</b>"]


@settings(max_examples=10)
@given(odd_results(), odd_results())
def test_any_results_can_be_drawn(one: Result, other: Result) -> None:
    compared = named([one, other])
    drawn = [figure for _, figure in compare.forecasts(compared)]
    for log in (False, True):
        drawn.append(compare.losses(compared, log=log))
        drawn.append(compare.errors(compared, log=log))
        drawn.append(compare.errors(compared, measure="running", log=log))
    drawn.append(run_scores.scores(compared))
    json.dumps(drawn, allow_nan=False)
