"""The figures that change during a run: plain dictionaries that are valid figures."""

from __future__ import annotations

import json
import math
from typing import Any

import numpy as np
import pandas as pd
import plotly.graph_objects as go
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose

from gru_core.data.series import Series
from gru_core.figures import by_epoch, forecast_after, handover, loss, losses
from gru_core.judgement.handover import Handover

WAVE = np.sin(np.arange(100) / 4)
PLAIN = Series(WAVE)
DATED = Series(WAVE, "sales", pd.date_range("2024-01-01", periods=100), "€")


def history(train: Any, validation: Any = math.nan) -> pd.DataFrame:
    table = pd.DataFrame({"train_loss": np.asarray(train, float)})
    table["val_loss"] = np.broadcast_to(validation, len(table)).astype(float)
    table["epoch"] = np.arange(1, len(table) + 1)
    return table


def valid(figure: dict[str, Any]) -> go.Figure:
    """The figure after conversion to JSON and back, as a Plotly figure."""
    return go.Figure(json.loads(json.dumps(figure, allow_nan=False)))


# --- the loss


def test_both_losses_are_drawn_by_epoch() -> None:
    figure = valid(loss(history([1.0, 0.5, 0.25], [2.0, 1.0, 0.5])))
    assert [line.name for line in figure.data] == ["Training", "Validation"]
    assert list(figure.data[0].x) == [1, 2, 3]
    assert list(figure.data[1].y) == [2.0, 1.0, 0.5]
    assert figure.layout.yaxis.type == "log"
    assert valid(loss(history([1.0]), log=False)).layout.yaxis.type == "linear"


def test_the_losses_of_several_runs_have_a_line_each() -> None:
    runs = {"GRU": history([1.0, 0.5, 0.25]), "RNN": history([2.0]), "LSTM": history([])}
    figure = valid(losses(runs))
    assert [(line.name, list(line.y or ())) for line in figure.data] == [
        ("GRU", [1.0, 0.5, 0.25]),
        ("RNN", [2.0]),
        ("LSTM", []),
    ]
    assert [line.mode for line in figure.data] == ["lines", "lines+markers", "lines+markers"]
    assert len({(line.line.color, line.line.dash) for line in figure.data}) == 3
    assert figure.layout.yaxis.type == "log"


def test_a_missing_part_has_no_line() -> None:
    assert [line["name"] for line in loss(history([1.0, 0.5]))["data"]] == ["Training"]
    assert loss(history([]))["data"] == []


def test_a_single_epoch_has_a_marker() -> None:
    assert loss(history([1.0]))["data"][0]["mode"] == "lines+markers"
    assert loss(history([1.0, 0.5, 0.2]))["data"][0]["mode"] == "lines"


def test_the_true_loss_stays_visible_under_the_smoothed_one() -> None:
    true, smooth = loss(history([1.0, 0.0, 1.0]), smooth=True)["data"]
    assert (true["name"], smooth["name"]) == ("Training, true", "Training")
    assert true["y"] == [1.0, 0.0, 1.0]
    assert true["opacity"] < 1
    assert 0 < smooth["y"][1] < 1


@given(st.lists(st.floats(), max_size=5))
def test_the_figure_is_valid_for_any_losses(losses: list[float]) -> None:
    for smooth in (False, True):
        figure = valid(loss(history(losses), smooth=smooth))
        for line in figure.data:
            assert len(line.y) == len(losses)


# --- the forecast after an epoch


@pytest.mark.parametrize("series", [PLAIN, DATED], ids=["plain", "dated"])
def test_the_loop_begins_at_the_last_true_value(series: Series) -> None:
    values = np.full(20, 0.5)
    figure = valid(forecast_after(series, 80, values, window=10))
    original, loop = figure.data
    assert_allclose(loop.y, [WAVE[79], *values], rtol=1e-5)
    assert len(original.y) == 40
    assert original.x[-1] == loop.x[-1]
    assert loop.x[0] == original.x[19]


def test_true_values_have_a_gap_after_the_data() -> None:
    original, loop = valid(forecast_after(PLAIN, 100, np.zeros(5), window=10)).data
    assert list(original.y[-5:]) == [None] * 5
    assert len(loop.y) == 6


def test_the_true_values_stay_visible_if_a_forecast_explodes() -> None:
    wild = np.r_[1e300, np.inf, np.nan, np.zeros(17)]
    figure = valid(forecast_after(PLAIN, 80, wild, window=10))
    low, high = figure.layout.yaxis.range
    assert -2.1 < low < -1 < 1 < high < 2.1
    assert figure.data[1].y[2] is None


def test_the_slider_goes_through_the_epochs() -> None:
    forecasts = {0: np.zeros(20), 3: np.full(20, 0.5), 9: WAVE[80:]}
    figure = by_epoch(PLAIN, 80, forecasts, ["raw", "three", "nine"], kept=3, window=10)
    assert figure["layout"]["meta"] == {"slider": "After epoch", "start": 1}
    assert [frame["name"] for frame in figure["frames"]] == ["0", "3", "9"]
    for frame, caption, values in zip(
        figure["frames"], ["raw", "three", "nine"], forecasts.values(), strict=True
    ):
        assert frame["layout"]["meta"]["caption"] == caption
        assert frame["traces"] == [1]
        assert_allclose(frame["data"][0]["y"], [WAVE[79], *values], rtol=1e-4, atol=1e-5)
    valid(figure)


# --- the handover


def test_every_position_of_the_handover_slider_has_two_parts() -> None:
    handovers = [Handover(WAVE[80 : 80 + n], np.full(10 - n, 0.5)) for n in (0, 4, 10)]
    figure = handover(PLAIN, 80, handovers, ["none", "four", "all"])
    for frame, one in zip(figure["frames"], handovers, strict=True):
        fed, loop = frame["data"]
        assert_allclose(fed["y"], one.one_step, rtol=1e-4, atol=1e-5)
        assert_allclose(loop["y"], one.closed_loop, rtol=1e-4)
        assert fed["x"] + loop["x"] == list(range(80, 90))
    assert [frame["name"] for frame in figure["frames"]] == ["0 steps", "4 steps", "10 steps"]
    marks = [frame["layout"]["shapes"] for frame in figure["frames"]]
    assert [shapes[0]["x0"] for shapes in marks[:2]] == [80, 84]
    assert marks[2] == []  # the loop never closes
    valid(figure)
