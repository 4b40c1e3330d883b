"""`plot`: a figure of a result, by name, and in a notebook."""

from __future__ import annotations

import numpy as np
import plotly.graph_objects as go
import plotly.io as pio
import pytest
from numpy.testing import assert_array_equal

from gru_core import Experiment, OptionError, plot, run
from gru_core.forecast.result import Result

TINY = Experiment(points=120, hidden_size=4, epochs=3, window=5)


@pytest.fixture(scope="module")
def result() -> Result:
    return run(TINY)


def lines(figure: go.Figure) -> dict[str, go.Scatter]:
    return {line.name: line for line in figure.data}


def test_the_forecast_is_drawn_with_the_series_and_the_baselines(result: Result) -> None:
    drawn = lines(plot(result))
    assert next(iter(drawn)) == "Original"
    assert {"Copy the last value", "Repeat the last cycle", "Linear AR"} < set(drawn)
    assert_array_equal(drawn["Closed loop"].y[1:], result.forecast["forecast"])
    assert_array_equal(drawn["One step"].y, result.forecast["one_step"])
    shaded = [shape for shape in plot(result).layout.shapes if shape.type == "rect"]
    assert len(shaded) == 3


def test_the_loss_is_drawn_by_epoch(result: Result) -> None:
    figure = plot(result, "loss")
    drawn = lines(figure)
    assert list(drawn) == ["Training", "Validation"]
    assert list(drawn["Training"].x) == [1, 2, 3]
    np.testing.assert_allclose(drawn["Training"].y, result.history["train_loss"], rtol=1e-5)
    assert figure.layout.yaxis.type == "log"


@pytest.mark.parametrize("what", ["forecast", "loss"])
def test_the_labels_of_the_axes_have_room_outside_the_app(result: Result, what: str) -> None:
    shape = plot(result, what).layout
    assert shape.xaxis.automargin is True
    assert shape.yaxis.automargin is True


def test_an_unknown_figure_is_refused_and_the_known_ones_are_named(result: Result) -> None:
    with pytest.raises(OptionError, match=r"no plot 'gates'\. Choose 'forecast' or 'loss'"):
        plot(result, "gates")


def test_a_notebook_shows_the_figure_and_a_short_text(result: Result) -> None:
    before = pio.renderers.default
    pio.renderers.default = "plotly_mimetype"
    try:
        bundle = result._repr_mimebundle_()
    finally:
        pio.renderers.default = before
    shown = bundle["application/vnd.plotly.v1+json"]["data"]
    assert "Closed loop" in {line["name"] for line in shown}
    assert bundle["text/plain"] == repr(result)
    assert repr(result).startswith("<Result: finished after 3 epochs; rmse ")
    assert len(repr(result)) < 120
